"""``{economics-explorer}``, ``{budget-impact}`` and ``{capacity-explorer}``: models that a reader can question.

Each puts a table of results in the page, for every builder and for paper, and for HTML the data from which
``carta-economics.js`` makes the controls and charts. The first two name models of ``evidence/models``::

    ```{economics-explorer} lupus-us, lupus-de
    :id: worth-it
    ```
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import directives

from carta.evidence.formatting import format_number
from carta.findings import as_text
from carta.site.directives.listing import Listing
from carta.site.directives.live import data_element, identifier, load_where_used, share
from carta.site.directives.table import Cell, table
from carta.site.domain import asking

# Figures and models are imported where they are used: every build loads this module, and most have no such page to read.
if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.models.economics import Model
    from carta.models.economics.source import Source

#: Draws that a page carries: enough for a cloud and a curve, few enough to be run anew while a slider moves.
DRAWS = 80
SEED = 1

#: Ends of the sliders, in the money of each model.
PRICE_LIMIT = 800_000
THRESHOLD_LIMIT = 200_000

_MARK = 'class="carta-econ"'

_Models = dict[str, "tuple[Model, Source]"]


class _Explorer(Listing):
    """An explorer: a box for the page, and a table for everyone."""

    required_arguments = 0
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"id": directives.unchanged, "title": directives.unchanged}  # noqa: RUF012  as docutils has it

    kind = ""
    title = ""
    caution = ""

    def box(self, data: dict[str, Any]) -> list[nodes.Node]:
        """Return the box with its data; for HTML alone."""
        name = identifier(self.options.get("id") or f"{self.kind}-explorer")
        title = self.options.get("title") or self.title
        html = (
            f'<div {_MARK} id="{name}" data-explorer="{self.kind}" data-title="{escape(title)}">'
            f'<p class="carta-econ-title">{escape(title)}</p>'
            f'<p class="carta-econ-warning">{escape(self.caution)}</p>'
            f"{data_element('carta-econ-data', data)}</div>"
        )
        return [nodes.raw("", html, format="html")]

    def models(self) -> _Models:
        """Load the models that the argument names.

        Raises:
            ValueError: in words, when there is none, or one cannot be used.
        """
        from carta.models.economics import ModelError
        from carta.models.economics.carta_models import load_model

        names = [
            name.strip() for name in (self.arguments[0] if self.arguments else "").split(",") if name.strip()
        ]
        if not names:
            raise ValueError(f"{self.name} needs the name of a model, such as lupus-us.")
        loaded: _Models = {}
        with asking(self.env) as project:
            for name in names:
                try:
                    loaded[name] = load_model(name, project.evidence)
                except ModelError as error:
                    raise ValueError(f"The model {name} cannot be used. {as_text(error.findings)}") from error
                for file in loaded[name][1].files:
                    self.env.note_dependency(str(file))
            tables = {str(path) for path in (project.root / "evidence" / "models").rglob("*.csv")}
        for path in sorted(tables):
            self.env.note_dependency(path)
        return loaded

    def run(self) -> list[nodes.Node]:
        """Return the box and the table, or a warning at the line of the directive."""
        try:
            return self.content_nodes()
        except ValueError as error:
            return self.fail(f"{str(error).removesuffix('.')}.")

    def content_nodes(self) -> list[nodes.Node]:
        """Return what the directive stands for."""
        raise NotImplementedError


def _exported(models: _Models) -> dict[str, Any]:
    from carta.models.economics.web import export

    exported = {}
    for name, (model, _) in models.items():
        price = model.parameters["price"].value
        discount = model.parameters["discount_rate"]
        rate = discount.value if isinstance(discount.value, int | float) else None
        if rate is None:
            percent = model.parameters["discount_percent"].value
            rate = float(percent) / 100
        exported[name] = export(model, DRAWS, SEED) | {"defaults": {"price": price, "discount": rate}}
    return {"models": exported, "priceLimit": PRICE_LIMIT, "thresholdLimit": THRESHOLD_LIMIT}


class EconomicsExplorer(_Explorer):
    """Cost-effectiveness under the reader's own assumptions."""

    kind = "economics"
    title = "Is it worth it? Try your own assumptions"
    caution = "Early and exploratory: no trial, no approved product and no price stand behind it."

    def content_nodes(self) -> list[nodes.Node]:
        """Return the box, and the base case with the scenarios of each model."""
        models = self.models()
        made: list[nodes.Node] = self.box(_exported(models))
        made.append(_drawn(*next(iter(models.values()))))
        for model, source in models.values():
            made.append(_results(model, source))
        return made


def _drawn(model: Model, source: Source) -> nodes.raw:
    """The figure that stands in for the explorer on paper, and where no script runs."""
    import pandas as pd

    from carta.figures import line_plot, show
    from carta.models.economics.sensitivity import threshold_prices

    years = [1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 40.0]
    prices = threshold_prices(model, "remission_years", years, "cart", model.thresholds, source=source)
    worth = f"price of a QALY ({model.currency})"
    frame = pd.DataFrame(
        [
            {
                worth: f"{threshold:,.0f}",
                "mean years until relapse": year,
                "price that breaks even": round(price),
            }
            for threshold, curve in prices.items()
            for year, price in zip(years, curve, strict=True)
        ]
    )
    first = prices[float(model.thresholds[0])]
    chart = line_plot(
        frame,
        x="mean years until relapse",
        y="price that breaks even",
        x_title="mean years until relapse",
        y_title=f"price that breaks even ({model.currency})",
        group=worth,
    )
    alt = (
        f"{model.model}: the price of CAR T that breaks even goes from {first[0]:,.0f} to {first[-1]:,.0f} "
        f"{model.currency} as the mean time to relapse goes from {years[0]:.0f} to {years[-1]:.0f} years, "
        f"at {model.thresholds[0]:,.0f} {model.currency} a QALY."
    )
    figure = show(chart, alt=alt, filename=f"threshold-price-{model.currency.lower()}")
    return nodes.raw("", f'<div class="carta-econ-static">{figure.html}</div>', format="html")


def _results(model: Model, source: Source) -> nodes.table:
    from carta.models.economics import run
    from carta.models.economics.report import reference_of
    from carta.models.economics.sensitivity import threshold_prices, with_scenario

    reference = reference_of(model)
    money = model.currency
    heads = ["Assumptions", f"More cost ({money})", "More QALYs"]
    heads += [f"Price that breaks even at {format_number(t)} {money} a QALY" for t in model.thresholds]
    rows: list[list[Cell]] = []
    for name in (None, *model.scenarios):
        changed, fixed = with_scenario(model, name)
        outcomes = run(changed, fixed, source=source)
        here, there = outcomes["cart"], outcomes[reference]
        prices = threshold_prices(
            changed,
            "remission_years",
            [float(fixed.get("remission_years", 0.0))],
            "cart",
            model.thresholds,
            fixed={key: value for key, value in fixed.items() if key != "price"},
            source=source,
        )
        rows.append(
            [
                "Base case" if name is None else model.scenarios[name].label,
                _rounded(float(here.cost[0] - there.cost[0])),
                f"{float(here.effect[0] - there.effect[0]):.2f}".replace("-", "−"),
                *(_price(float(prices[float(t)][0])) for t in model.thresholds),
            ]
        )
    label = model.strategies[reference].label or reference
    return table(f"{model.model}: CAR T against {label[0].lower()}{label[1:]}", heads, rows)


def _rounded(value: float) -> str:
    return format_number(round(value, -2) + 0.0)


def _price(value: float) -> str:
    return "none: not even free of charge" if value < 0 else _rounded(value)


class BudgetImpact(_Explorer):
    """What a payer spends more, year by year."""

    kind = "budget"
    title = "What it does to a budget"
    caution = (
        "How many could be treated is the reader's assumption; the costs are those of the exploratory model."
    )

    def content_nodes(self) -> list[nodes.Node]:
        """Return the box, and the budget impact of treating a hundred people a year."""
        from carta.models.economics.budget import budget_impact, yearly_cost_difference
        from carta.models.economics.report import reference_of

        models = self.models()
        made: list[nodes.Node] = self.box(_exported(models))
        for model, source in models.values():
            difference = yearly_cost_difference(model, "cart", reference_of(model), 5, source=source)
            rows: list[list[Cell]] = [
                [str(year.year), _rounded(year.starting), _rounded(year.following), _rounded(year.net)]
                for year in budget_impact(difference, [100.0] * 5)
            ]
            heads = ["Year", "On those treated in it", "On those treated before", "Net"]
            made.append(
                table(
                    f"{model.model}: more spent ({model.currency}) when 100 people are treated a year",
                    heads,
                    rows,
                )
            )
        return made


class CapacityExplorer(_Explorer):
    """Slots, failures and the waiting list."""

    kind = "capacity"
    title = "Who waits when slots are few?"
    caution = "A flow of patients in the mean; the start is set by the reader, and no country is meant."
    option_spec = {  # noqa: RUF012
        **_Explorer.option_spec,
        "referrals": directives.nonnegative_int,
        "slots": directives.positive_int,
        "vein-to-vein": directives.positive_int,
        "failure": directives.unchanged,
        "leaving": directives.unchanged,
    }

    def content_nodes(self) -> list[nodes.Node]:
        """Return the box, and the course of its start values."""
        from carta.models.capacity import CapacityInput, capacity, yearly_capacity

        described = CapacityInput(
            referrals=self.options.get("referrals", 200),
            slots=self.options.get("slots", 10),
            vein_to_vein=self.options.get("vein-to-vein", 28),
            failure=share(self.options, "failure", 0.04),
            leaving=share(self.options, "leaving", 0.2),
        )
        days = capacity(described)
        rows: list[list[Cell]] = [
            [
                str(day.day // 365),
                *(format_number(round(value)) for value in (day.waiting, day.treated, day.failed, day.left)),
            ]
            for day in days
            if day.day % 365 == 0
        ]
        caption = (
            f"{format_number(described.referrals)} referrals a year, {described.slots} slots of {described.vein_to_vein} "
            f"days: room for {format_number(round(yearly_capacity(described)))} a year"
        )
        start = {
            "referrals": described.referrals,
            "slots": described.slots,
            "veinToVein": described.vein_to_vein,
            "failure": described.failure,
            "leaving": described.leaving,
        }
        heads = ["Year", "Waiting", "Treated", "Products failed", "Left the list"]
        return [*self.box({"defaults": start}), table(caption, heads, rows)]


def setup(app: Sphinx) -> None:
    """Register the directives, and what their pages load."""
    app.add_directive("economics-explorer", EconomicsExplorer)
    app.add_directive("budget-impact", BudgetImpact)
    app.add_directive("capacity-explorer", CapacityExplorer)
    app.connect("html-page-context", load_where_used(_MARK, "carta-economics.js", "carta-economics.css"))
