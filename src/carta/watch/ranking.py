"""The order in which new works are read: TF-IDF and logistic regression on what the base took and left.

Positive are the works of the base that report people treated for an autoimmune disease, and what was screened and
included. Negative are the works kept as background (cancer, models, costs, news, reviews) and what was screened and
excluded. A score is an order for reading. It decides nothing, and nothing is hidden for a low one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline

from carta.bibliography.texts import plain_text
from carta.watch.answers import Paper
from carta.watch.known import Known

#: Designs that report people treated.
_REPORTS = frozenset({"case-report", "case-series", "cohort", "phase-1", "phase-1-2", "phase-2", "rct"})
#: Below so many works on either side nothing is learnt.
_FEWEST = 10
_FOLDS = 5


@dataclass(frozen=True)
class Ranking:
    """Scores between 0 and 1 in the order of the papers, or none; and how they came about."""

    scores: list[float | None]
    about: str


def training_set(known: Known) -> tuple[list[str], list[int]]:
    """Return titles and labels (1: included) of what the base has judged."""
    titles: list[str] = []
    labels: list[int] = []
    for key, study in sorted(known.records.studies.items()):
        entry = known.bibliography.get(key)
        title = plain_text(entry.fields.get("title", "")) if entry is not None else ""
        if not title or title.startswith("["):
            continue
        report = study.design in _REPORTS and bool(set(study.diseases) - {"cancer"})
        titles.append(title)
        labels.append(int(report))
    for search in known.records.screening.values():
        for paper in search.papers.values():
            if paper.decision != "undecided":
                titles.append(paper.title)
                labels.append(int(paper.decision == "included"))
    return titles, labels


def _model() -> Pipeline:
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, strip_accents="unicode", stop_words="english"),
        LogisticRegression(class_weight="balanced", C=10.0, max_iter=1000, random_state=0),
    )


def rank(known: Known, papers: Sequence[Paper]) -> Ranking:
    """Score papers: the higher of the score of the title and that of the abstract, so that neither dilutes the other."""
    titles, labels = training_set(known)
    included = sum(labels)
    left = len(labels) - included
    if min(included, left) < _FEWEST:
        return Ranking(
            [None] * len(papers),
            f"not ranked: the base has {included} included and {left} other works, and {_FEWEST} of each are needed",
        )
    target = np.array(labels)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    guessed = cross_val_predict(_model(), titles, target, cv=folds, method="predict_proba")[:, 1]
    model = _model().fit(titles, target)
    scores: list[float | None] = []
    for paper in papers:
        texts = [paper.title, *([paper.abstract] if paper.abstract else [])]
        scores.append(round(float(model.predict_proba(texts)[:, 1].max()), 4))
    return Ranking(
        scores,
        f"ranked by titles of {included} included and {left} other works of the base "
        f"(area under the ROC curve {roc_auc_score(target, guessed):.2f}, {_FOLDS}-fold cross-validation)",
    )
