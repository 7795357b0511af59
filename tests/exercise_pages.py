"""A chapter with exercises of every kind and form, on the sound little project of ``tests/projects.py``."""

from __future__ import annotations

from pathlib import Path

from projects import write_pages, write_project

NODE_MODULES = Path(__file__).parents[1] / "node_modules"

CHAPTER = '''\
# A chapter

## What you will learn

- to choose
- to **compute** a share
- to write a function

Words, see {exercise}`share`.

## Exercises

::::{exercise} binder
:kind: concept
:objective: 1
:difficulty: easy

Which part decides? In {fact}`alpha-2024-journal:crs` it was not asked.

:::{option} The signal
It gives the order. See {fact}`alpha-2024-journal:followup`.
:::
:::{option} The binder, as in {fact}`alpha-2024-journal:n`
:correct:
Yes: it alone touches the target.
:::
:::{option} The hinge
It holds.
:::
:::{hint}
Look outside.
:::
:::{solution}
The binder, {cite:p}`alpha-2024-journal` said.
:::
::::

::::{exercise} several-right
:kind: evidence
:objective: 1
:difficulty: medium
:several:

Which objections hold?

:::{option} No control group
:correct:
It had none.
:::
:::{option} Few patients
:correct:
There were few.
:::
:::{option} No patients
There were some.
:::
:::{hint}
Count.
:::
:::{solution}
The first and the second.
:::
::::

::::{exercise} share
:kind: estimate
:objective: 2
:difficulty: medium
:answer: 100 * fact("alpha-2024-journal:crs").events / fact("alpha-2024-journal:crs").n
:unit: %
:tolerance: 0.5

What share of {fact-events}`alpha-2024-journal:crs` patients is that?

:::{wrong} 100 * fact("alpha-2024-journal:crs").n / fact("alpha-2024-journal:crs").events
You divided the wrong way round.
:::
:::{wrong} fact("alpha-2024-journal:crs").events
This is the count, not the share.
:::
:::{hint}
Divide.
:::
:::{solution}
The share is {answer}``.
:::
::::

::::{exercise} rule-of-three
:kind: code
:objective: 3
:difficulty: hard
:function: rule_of_three
:facts: alpha-2024-journal:crs

Complete the function.

:::{starter}
```python
def rule_of_three(n):
    """Upper limit of a proportion after none of n events."""
    ...
```
:::
:::{tests}
```python
expect_close(rule_of_three(300), 0.01, "With 300 patients the limit is one in a hundred.")
expect(rule_of_three(1) <= 1, "A proportion cannot exceed one.")
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
Three over n.
:::
:::{solution}
```python
def rule_of_three(n):
    return min(1, 3 / n)
```
It is an approximation.
:::
::::
'''

INDEX = """\
# Exercises

{exercise-archive}`All notebooks`

## All

```{exercise-index}
```
"""

SOLUTIONS = "# Solutions\n\n```{exercise-solutions}\n```\n"

OTHER = "# Other\n\nSee {exercise}`binder` and {exercise}`that one <share>`.\n"


def write_exercise_book(root: Path) -> Path:
    """Write the project to ``root`` and return it; Python for the browser is linked where it is installed."""
    write_project(root)
    write_pages(root, {"chapter": CHAPTER, "exercises": INDEX, "solutions": SOLUTIONS, "other": OTHER})
    if NODE_MODULES.is_dir():
        (root / "node_modules").symlink_to(NODE_MODULES.resolve())
    return root
