"""``{sample-size} two-proportions``: how many people a study needs, under assumptions that a reader can change.

The page holds a table of sizes at the starting values for readers without script and for paper; for HTML,
``carta-sample-size.js`` adds sliders. Kinds: ``two-proportions``, ``time-to-event`` and ``at-least-one``::

    ```{sample-size} two-proportions
    :title: CAR T against an engager
    :first: Remission with an engager
    :p1: 0.4
    :second: Remission with CAR T
    :p2: 0.6
    ```
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import directives

from carta.evidence.formatting import format_number
from carta.site.directives.explorers import carta_explorer
from carta.site.directives.listing import Listing
from carta.site.directives.live import data_element, identifier, load_where_used, share
from carta.site.directives.table import table
from carta.synthesis.sample_size import at_least_one, time_to_event, to_enrol, two_proportions

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_MARK = 'class="carta-samplesize"'
KINDS = ("two-proportions", "time-to-event", "at-least-one")
#: Powers of the table; the slider goes from the first to the last.
POWERS = (0.7, 0.8, 0.9, 0.95)


class SampleSize(Listing):
    """A sample-size calculation of one kind."""

    required_arguments = 1
    option_spec = dict.fromkeys(
        ("id", "title", "first", "second", "p1", "p2", "power", "lost"), directives.unchanged_required
    )

    def run(self) -> list[nodes.Node]:
        """Return the box for HTML and the table, or a warning at the line of the directive."""
        try:
            return self._content()
        except ValueError as error:
            return self.fail(f"The sample size cannot be computed: {error}.")

    def _content(self) -> list[nodes.Node]:
        kind = self.arguments[0]
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of calculation; there are {', '.join(KINDS)}")
        number = self.env.new_serialno("carta-sample-size")
        name = identifier(self.options.get("id", f"sample-size-{number + 1}"))
        alone = kind == "at-least-one"
        first = share(self.options, "p1", 0.01 if alone else 0.4)
        second = share(self.options, "p2", 0.6)
        power = share(self.options, "power", 0.95 if alone else 0.8)
        lost = share(self.options, "lost", 0.1)
        labels = (self.options.get("first", "First group"), self.options.get("second", "Second group"))
        title = self.options.get("title", "How many people?")
        if alone:
            controls = [_slider("first", labels[0], first, 0.001, 0.2, 0.001)]
        else:
            controls = [
                _slider("first", labels[0], first, 0.02, 0.98, 0.01),
                _slider("second", labels[1], second, 0.02, 0.98, 0.01),
            ]
        controls += [
            _slider(
                "power", "Chance to see it (power)", power, POWERS[0], 0.99 if alone else POWERS[-1], 0.01
            ),
            _slider("lost", "People lost or not counted", lost, 0.0, 0.5, 0.01),
        ]
        for slider in controls:
            if not slider["min"] <= slider["value"] <= slider["max"]:
                raise ValueError(f"{slider['value']} for “{slider['label']}” is beyond the slider's ends")
        data = data_element("carta-samplesize-data", {"kind": kind, "controls": controls})
        html = f'<div {_MARK} id="{name}"><p class="carta-samplesize-title">{escape(title)}</p>{data}</div>\n'
        return [carta_explorer("", html=html), self._table(kind, title, labels, (first, second), lost)]

    def _table(
        self, kind: str, title: str, labels: tuple[str, str], shares: tuple[float, float], lost: float
    ) -> nodes.table:
        first, second = shares
        rows = []
        for power in POWERS:
            if kind == "at-least-one":
                rows.append([f"{power:.0%}", format_number(to_enrol(at_least_one(first, power=power), lost))])
                continue
            each = (
                two_proportions(first, second, power=power)
                if kind == "two-proportions"
                else time_to_event(first, second, power=power)[1]
            )
            people = to_enrol(each, lost)
            rows.append([f"{power:.0%}", format_number(people), format_number(2 * people)])
        assumed = f"{labels[0]} {first:.1%}" if kind == "at-least-one" else f"{labels[0]} {first:.0%}"
        if kind != "at-least-one":
            assumed += f", {labels[1][0].lower()}{labels[1][1:]} {second:.0%}"
        heads = [
            "Chance to see it (power)",
            *(["People"] if kind == "at-least-one" else ["People in each group", "In all"]),
        ]
        caption = f"{title}: at the starting assumptions ({assumed}; {lost:.0%} lost). They are assumed, not measured."
        return table(caption, heads, rows)


def _slider(key: str, label: str, value: float, low: float, high: float, step: float) -> dict[str, Any]:
    return {"key": key, "label": label, "value": value, "min": low, "max": high, "step": step}


def setup(app: Sphinx) -> None:
    """Register the directive, and what its pages load."""
    app.add_directive("sample-size", SampleSize)
    app.connect("html-page-context", load_where_used(_MARK, "carta-sample-size.js", "carta-sample-size.css"))
