"""An explorer as HTML: it shows its first treatment without a script, and the script moves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from carta.models.kinetics.run import simulate
from carta.models.kinetics.scenarios import Scenario
from carta.models.kinetics.settings import Library
from carta.models.kinetics.solution import Solution
from carta.models.kinetics.system import CONSTANTS, STATE_NAMES, decline_function
from carta.site.explorers import drawing
from carta.site.explorers.spec import (
    POSITIONS,
    PRODUCTION_LEFT,
    Explorer,
    Slider,
    explorers,
    target_constants,
    treatments,
)
from carta.site.standing import STANDINGS

#: Days of output: fine while cells grow and shrink, coarse afterwards.
TIMES = np.concatenate((np.arange(0, 60, 0.25), np.arange(60, 731, 2.0)))

#: Days of the table beneath an explorer.
TABLE_DAYS = (0, 7, 14, 28, 60, 90, 180, 365, 730)

NOT_A_FORECAST = "A teaching model, not a forecast."

_COMPUTED = (
    "Every curve and number is computed by the model from the settings shown; none is an observation. "
    "A sign beside a setting tells where its value comes from."
)


def words_of(status: str) -> str:
    """Return sign and words of the standing of a setting."""
    if status == "scenario":
        return "set by the treatment"
    standing = STANDINGS[status]
    return f"{standing.mark.partition(' ')[0] or '✓'} {standing.words}"


def explorer_html(library: Library, name: str, uid: str) -> str:
    """Return the HTML of an explorer.

    Args:
        library: the records of the model.
        name: ``kinetics`` or the name of a smaller one.
        uid: an identifier unique in the page.

    Raises:
        KeyError: there is no explorer of that name.
    """
    explorer = explorers(library)[name]
    scenarios = treatments(library, explorer.scenarios)
    first = scenarios[0]
    curves = _curves(explorer, first)
    panels = []
    for panel in explorer.panels:
        title = f"{uid}-{panel.name}"
        svg = drawing.draw(panel, explorer.spans, TIMES, [curves[s.name] for s in panel.series], title)
        panels.append(
            f'<div class="carta-explorer-panel"><p class="carta-explorer-panel-title" id="{title}">'
            f"{escape(panel.title)}</p>{svg}{drawing.legend(panel)}</div>"
        )
    tries = "".join(f"<li>{escape(line)}</li>" for line in explorer.tries)
    limits = "".join(f"<li>{escape(line)}</li>" for line in library.limits)
    parts = [
        f'<div class="carta-explorer" data-explorer="{explorer.name}" id="{uid}" role="group" '
        f'aria-labelledby="{uid}-title">',
        f'<p class="carta-explorer-title" id="{uid}-title">{escape(explorer.title)}</p>',
        f'<p class="carta-explorer-about">{escape(explorer.about)}</p>',
        f'<p class="carta-explorer-warning"><strong>{NOT_A_FORECAST}</strong> {_COMPUTED} '
        '<span class="carta-explorer-scenario-warning"></span></p>',
        f'<ul class="carta-explorer-tries">{tries}</ul>' if tries else "",
        '<noscript><p class="carta-explorer-noscript">Moving the settings needs a script, which this browser '
        "does not run. The figure and the table show the first treatment.</p></noscript>",
        '<form class="carta-explorer-form" autocomplete="off">',
        _choices(explorer, scenarios, uid),
        # A phone shows one panel at a time, beside the next; it scrolls by keyboard too.
        f'<div class="carta-explorer-panels" tabindex="0" role="group" aria-label="Charts">{"".join(panels)}</div>',
        '<p class="carta-explorer-ghost-note" hidden>Thin grey lines: the treatment before you moved anything.</p>',
        '<div class="carta-explorer-sliders carta-explorer-control" hidden>',
        *(_slider(slider, scenarios[0], uid) for slider in explorer.sliders),
        "</div>",
        '<div class="carta-explorer-actions carta-explorer-control" hidden><button type="reset">Reset</button>'
        '<button type="button" class="carta-explorer-link">Copy a link to these settings</button></div></form>',
        '<p class="carta-explorer-print"></p>',
        '<ul class="carta-explorer-measures"></ul>',
        '<p class="carta-explorer-live" role="status"></p>',
        _table(library, explorer),
        "<details><summary>What this model does not do</summary>"
        f'<ul class="carta-explorer-limits">{limits}</ul></details>',
        f'<script type="application/json" class="carta-explorer-data">{_data(library, explorer, scenarios)}</script>',
        "</div>",
    ]
    return "\n".join(part for part in parts if part)


def _curves(explorer: Explorer, chosen: Scenario) -> Mapping[str, Any]:
    names = [series.name for panel in explorer.panels for series in panel.series]
    if explorer.engine == "decline":
        values = decline_function()(TIMES, 0.0, chosen.settings["igg_loss"])
        return {name: np.asarray(values, dtype=float) for name in names}
    run: Solution = simulate(chosen, times=TIMES)
    return {name: run.state(name) if name in STATE_NAMES else run.readout(name) for name in names}


def _choices(explorer: Explorer, scenarios: list[Scenario], uid: str) -> str:
    parts = ['<div class="carta-explorer-choices carta-explorer-control" hidden>']
    if len(scenarios) > 1:
        parts.append(_choice(uid, "scenario", "Treatment", [(s.name, s.title) for s in scenarios]))
    if explorer.targets:
        words = [("cd19", "CD19"), ("bcma", "BCMA"), ("both", "both")]
        parts.append(_choice(uid, "target", "Target of the CAR", words))
    spans = [(str(span), _span_words(span)) for span in sorted(explorer.spans)]
    parts.append(_choice(uid, "span", "Time shown", spans, checked=str(explorer.spans[0])))
    parts.append("</div>")
    return "".join(parts)


def _span_words(span: int) -> str:
    return {120: "4 months", 180: "6 months", 365: "1 year", 730: "2 years"}.get(span, f"{span} days")


def _choice(
    uid: str, name: str, legend: str, options: list[tuple[str, str]], checked: str | None = None
) -> str:
    chosen = checked if checked is not None else options[0][0]
    radios = "".join(
        f'<label><input type="radio" name="{uid}-{name}" value="{escape(value)}"'
        f"{' checked' if value == chosen else ''}><span>{escape(words)}</span></label>"
        for value, words in options
    )
    return (
        f'<fieldset class="carta-explorer-choice" data-choice="{name}"><legend>{escape(legend)}</legend>'
        f"{radios}</fieldset>"
    )


def _slider(slider: Slider, chosen: Scenario, uid: str) -> str:
    ident = f"{uid}-{slider.name}"
    constant = 0.0 if slider.constant == PRODUCTION_LEFT else chosen.settings[slider.constant]
    place = slider.position(constant)
    return (
        f'<div class="carta-explorer-slider" data-slider="{slider.name}">'
        f'<label for="{ident}">{escape(slider.label)}</label>'
        f'<output id="{ident}-value" for="{ident}"></output>'
        f'<input type="range" id="{ident}" min="0" max="{POSITIONS}" step="1" value="{place}" '
        f'aria-describedby="{ident}-status {ident}-help">'
        f'<span class="carta-explorer-note"><span class="carta-explorer-status" id="{ident}-status"></span> '
        f'<span class="carta-explorer-help" id="{ident}-help">{escape(slider.help)}</span></span></div>'
    )


def table_rows(library: Library, explorer: Explorer) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of the first treatment's curves on chosen days, as text."""
    curves = _curves(explorer, treatments(library, explorer.scenarios)[0])
    columns = _columns(explorer)
    heads = ["Day", *(label for _, label, _ in columns)]
    rows = [
        [
            str(day),
            *(_shown(float(np.interp(day, TIMES, curves[name])), percent) for name, _, percent in columns),
        ]
        for day in TABLE_DAYS
    ]
    return heads, rows


def _columns(explorer: Explorer) -> list[tuple[str, str, bool]]:
    return [
        (series.name, f"{series.label} ({'%' if panel.percent else 'per µL'})", panel.percent)
        for panel in explorer.panels
        for series in panel.series
    ]


def _table(library: Library, explorer: Explorer) -> str:
    heads, rows = table_rows(library, explorer)
    names = [name for name, _, _ in _columns(explorer)]
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr data-day="{day}"><th scope="row">{day}</th>'
        + "".join(f'<td data-column="{name}">{value}</td>' for name, value in zip(names, values, strict=True))
        + "</tr>"
        for day, *values in rows
    )
    return (
        "<details><summary>The curves as a table</summary>"
        '<div class="carta-scroll" tabindex="0" role="group" aria-label="Table of the curves">'
        '<table class="carta-table carta-explorer-table"><caption>Values on chosen days, as computed by the model</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _shown(value: float, percent: bool) -> str:
    """Return a number as the page's script writes it too: three digits, or two decimals of a percentage."""
    scaled = 100 * value if percent else value
    if abs(scaled) < 5e-3:
        return "0"
    return (
        f"{scaled:.0f}" if abs(scaled) >= 100 else f"{scaled:.1f}" if abs(scaled) >= 10 else f"{scaled:.2f}"
    )


def _data(library: Library, explorer: Explorer, scenarios: list[Scenario]) -> str:
    """Return what the script needs, as JSON that is safe inside a script element."""
    content = {
        "name": explorer.name,
        "engine": explorer.engine,
        "measures": explorer.measures,
        "spans": explorer.spans,
        "threshold": library.aplasia_threshold,
        "times": [float(time) for time in TIMES],
        "positions": POSITIONS,
        "geometry": {
            "width": drawing.WIDTH,
            "height": drawing.HEIGHT,
            "left": drawing.LEFT,
            "right": drawing.RIGHT,
            "top": drawing.TOP,
            "bottom": drawing.BOTTOM,
        },
        "targets": target_constants(library) if explorer.targets else {},
        "sliders": [
            {
                "name": slider.name,
                "constant": slider.constant,
                "low": slider.low,
                "high": slider.high,
                "log": slider.log,
                "transform": slider.transform,
                "unit": slider.unit,
                "scenarios": slider.scenarios,
            }
            for slider in explorer.sliders
        ],
        "panels": [
            {
                "name": panel.name,
                "low": panel.low,
                "high": panel.high,
                "log": panel.log,
                "percent": panel.percent,
                "series": [series.name for series in panel.series],
            }
            for panel in explorer.panels
        ],
        "scenarios": {
            chosen.name: {
                "title": chosen.title,
                "about": chosen.about,
                "warning": chosen.warning,
                "target": _target_of(library, chosen),
                "doses": [{"time": dose.time, "kind": dose.kind} for dose in chosen.doses],
                "constants": [chosen.settings[name] for name in CONSTANTS],
                "status": {
                    slider.name: words_of(chosen.settings.held[slider.constant].status)
                    for slider in explorer.sliders
                    if slider.constant in CONSTANTS
                },
            }
            for chosen in scenarios
        },
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _target_of(library: Library, chosen: Scenario) -> str | None:
    """Return the target whose sensitivities a scenario has unchanged; nothing where it has some of its own."""
    if not any(dose.kind == "infusion" for dose in chosen.doses):
        return None
    for target, values in target_constants(library).items():
        if all(chosen.settings[name] == value for name, value in values.items()):
            return target
    return None
