"""A small project with one chapter that has exercises of every form, for tests of the workbook."""

from __future__ import annotations

from pathlib import Path

from projects import write_project

CHAPTER = "book/trials/small.md"

#: Sound exercises of all kinds; facts are those of the small project.
EXERCISES = """\
# A small chapter

## Key points

- One.

## What you will learn

- which part of a {term}`CAR` decides
- how far a small count reaches

  with more words
- what a limit is

## Body

Text.

## How sure are we

## What would change our mind

## Further reading

## Exercises

::::{exercise} binder-or-signal
:kind: concept
:objective: 1
:difficulty: easy

Which part of the receptor decides what the cell attacks? CRS came in {fact}`alpha-2024-journal:crs`.

:::{option} The binder
:correct:
Yes: it alone touches the target.
:::
:::{option} CD3 zeta
It gives the order to kill, whatever the binder has found.
:::
:::{option} The hinge
It only holds the binder at a distance.
:::
:::{hint}
Ask which part lies outside the cell.
:::
:::{solution}
It must be the *scFv-worked-out* part ({cite:p}`alpha-2024-journal`).
:::
::::

::::{exercise} which-series
:kind: evidence
:objective: 2
:difficulty: medium
:several:

Which reports share patients?

:::{option} {study}`alpha-2024-journal`
:correct:
Its fifteen hold the five.
:::
:::{option} {study}`the smaller series <beta-2023-journal>`
:correct:
Its five are in the larger one.
:::
:::{option} The {claim}`reset`
A claim has no patients.
:::
:::{option} {trial}`NCT00000001`
A registration is no report.
:::
:::{hint}
Look at the cohort.
:::
:::{solution}
Both series come from one centre.
:::
::::

::::{exercise} share-with-crs
:kind: evidence
:objective: 2
:difficulty: easy
:answer: percent(fact("alpha-2024-journal:crs").events, fact("alpha-2024-journal:crs").n)
:unit: %
:tolerance: 1

Of the patients of {cite:t}`alpha-2024-journal`, what share had CRS?

:::{wrong} fact("alpha-2024-journal:crs").events
That is the count, not the share.
:::
:::{wrong} 100 * fact("alpha-2024-journal:crs").n / (fact("alpha-2024-journal:crs").events + fact("alpha-2024-journal:crs").n)
The patients with CRS were counted twice in the denominator.
:::
:::{hint}
Divide by all who were treated.
:::
:::{solution}
{answer}``: {fact-events}`alpha-2024-journal:crs`.
:::
::::

::::{exercise} lower-limit
:kind: estimate
:objective: 3
:difficulty: medium
:answer: 100 * exact_lower(fact("alpha-2024-journal:crs").events, fact("alpha-2024-journal:crs").n)
:unit: %
:tolerance: 0.5

How low can the true share be?

:::{wrong} 0
That would be no knowledge at all.
:::
:::{wrong} 100 * wilson_lower(fact("alpha-2024-journal:crs").events, fact("alpha-2024-journal:crs").n)
That is the score limit.
:::
:::{hint}
The exact limit is wider than the others.
:::
:::{solution}
The exact lower limit is {answer}`value`.
:::
::::

::::{exercise} rate-with-none
:kind: code
:objective: 3
:difficulty: hard
:function: rule_of_three
:facts: alpha-2024-journal:n

Complete the function, so that it gives the limit after none of $n$:

```{math}
p = 3 / n
```

:::{starter}
```python
def rule_of_three(n):
    \"\"\"Upper limit of a proportion after none of n events.\"\"\"
    ...
```
:::
:::{tests}
```python
expect_close(rule_of_three(300), 0.01, "With 300 patients the limit is one in a hundred.")
expect(rule_of_three(2) <= 1, "A proportion cannot exceed 1. What is it for very small n?")
expect_raises(ValueError, lambda: rule_of_three(0), "No patients: the function should refuse.")
expect(rule_of_three(int(fact("alpha-2024-journal:n").value)) < 1, "It must be below one here.")
```
:::
:::{wrong}
```python
def rule_of_three(n):
    return 1 / n
```
:::
:::{wrong}
```python
def rule_of_three(n):
    return 3 / n
```
:::
:::{hint}
What if n is very small?
:::
:::{solution}
```python
def rule_of_three(n):
    if n < 1:
        raise ValueError("no patients")
    worked_out_limit = 3 / n
    return min(1.0, worked_out_limit)
```
Below three patients the rule gives more than one, hence the cap.
:::
::::
"""

GLOSSARY = """\
# Glossary

```{glossary}
CAR
  A receptor.
```
"""

TOC = """\
format: jb-book
root: book/intro
parts:
  - caption: Trials
    chapters:
      - file: book/trials/small
  - caption: About
    chapters:
      - file: book/glossary
"""


def write_exercises_book(root: Path, chapter: str = EXERCISES) -> Path:
    """Write the small project with the chapter, and return it."""
    return write_project(
        root,
        **{
            CHAPTER: chapter,
            "book/intro.md": "# Start\n\nWords.\n",
            "book/glossary.md": GLOSSARY,
            "_toc.yml": TOC,
        },
    )
