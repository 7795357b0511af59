"""What a model file may hold: the documented form of a cohort state-transition model.

``carta simulate economics --schema`` prints these definitions as a JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

#: A number, or an expression in the names of the model (:mod:`carta.models.economics.expressions`).
Formula = Annotated[
    float | str,
    Field(description="A number, or an expression in the names of the model.", union_mode="smart"),
]

#: How membership over time becomes person-time; :mod:`carta.models.economics.counting` says exactly how.
Correction = Literal["start", "end", "half-cycle", "life-table", "simpson"]

#: Names that stand for the clock of the model in every expression.
CLOCK = ("cycle", "time", "age", "state_time", "cycle_length")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Beta(_Part):
    """Beta distribution, by its shape, by mean and standard error, or by counted events."""

    alpha: Annotated[float, Field(gt=0)] | None = None
    beta: Annotated[float, Field(gt=0)] | None = None
    mean: Annotated[float, Field(gt=0, lt=1)] | None = None
    se: Annotated[float, Field(gt=0)] | None = None
    events: Annotated[float, Field(ge=0)] | None = None
    n: Annotated[float, Field(gt=0)] | None = Field(
        None, description="With events: Jeffreys' posterior, Beta(events + 1/2, n - events + 1/2)."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        if given not in ({"alpha", "beta"}, {"mean", "se"}, {"events", "n"}):
            raise ValueError("give alpha and beta, or mean and se, or events and n")
        if self.mean is not None and self.se is not None and self.se**2 >= self.mean * (1 - self.mean):
            raise ValueError("has a standard error too large for a beta distribution of that mean")
        if self.events is not None and self.n is not None and self.events > self.n:
            raise ValueError("has more events than n")
        return self


class Gamma(_Part):
    """Gamma distribution, by shape and scale, or by mean and standard error."""

    shape: Annotated[float, Field(gt=0)] | None = None
    scale: Annotated[float, Field(gt=0)] | None = None
    mean: Annotated[float, Field(gt=0)] | None = None
    se: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        if given not in ({"shape", "scale"}, {"mean", "se"}):
            raise ValueError("give shape and scale, or mean and se")
        return self


class LogNormal(_Part):
    """Log-normal distribution, by the moments of the logarithm, or by a 95 % interval (and its median)."""

    meanlog: float | None = None
    sdlog: Annotated[float, Field(gt=0)] | None = None
    median: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Default: the geometric middle of the interval."
    )
    ci95: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        if given not in ({"meanlog", "sdlog"}, {"ci95"}, {"median", "ci95"}, {"median", "sdlog"}):
            raise ValueError("give meanlog and sdlog, or ci95 (with median), or median and sdlog")
        if self.ci95 is not None and not 0 < self.ci95[0] < self.ci95[1]:
            raise ValueError("has a ci95 that is not two growing positive numbers")
        return self


class Normal(_Part):
    """Normal distribution, by mean and standard error, or by a 95 % interval."""

    mean: float | None = None
    se: Annotated[float, Field(gt=0)] | None = None
    ci95: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        if given not in ({"mean", "se"}, {"ci95"}):
            raise ValueError("give mean and se, or ci95")
        if self.ci95 is not None and not self.ci95[0] < self.ci95[1]:
            raise ValueError("has a ci95 whose limits do not grow")
        return self


class Uniform(_Part):
    """Uniform distribution."""

    low: float
    high: float

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if not self.low < self.high:
            raise ValueError("has limits that do not grow")
        return self


class Distribution(_Part):
    """The uncertainty of one parameter: exactly one family."""

    beta: Beta | None = None
    gamma: Gamma | None = None
    lognormal: LogNormal | None = None
    normal: Normal | None = None
    uniform: Uniform | None = None

    @model_validator(mode="after")
    def _one_family(self) -> Self:
        if sum(getattr(self, name) is not None for name in type(self).model_fields) != 1:
            raise ValueError(f"give exactly one of {', '.join(type(self).model_fields)}")
        return self


class ParameterDescription(_Part):
    """A quantity of the model."""

    value: Formula
    what: Text | None = Field(None, description="What it is, in words.")
    unit: Text | None = None
    distribution: Distribution | None = Field(None, description="Its uncertainty; none: fixed in every draw.")
    low: float | None = Field(None, description="Low value of one-way analysis (default: 2.5 % quantile).")
    high: float | None = Field(None, description="High value of one-way analysis (default: 97.5 % quantile).")
    facts: list[Text] = Field(default_factory=list, description="Facts it rests on, as key:fact.")
    status: Literal["read", "second-hand", "derived", "calibrated", "assumed"] | None = None
    reason: Text | None = Field(None, description="How the value was come by, or why it was assumed.")

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if isinstance(self.value, str) and self.distribution is not None:
            raise ValueError("is an expression and has a distribution: draw its parts instead")
        if (self.low is None) != (self.high is None):
            raise ValueError("has only one of low and high")
        return self


def _short_parameter(value: Any) -> Any:
    return {"value": value} if isinstance(value, int | float | str) and not isinstance(value, bool) else value


class Table(_Part):
    """A tabulated function of one variable, called by its name: ``mortality(age)``."""

    what: Text | None = None
    source: Text | None = None
    x: list[float] = Field(min_length=1)
    y: list[float] = Field(min_length=1)
    interpolation: Literal["step", "linear"] = Field(
        "step",
        description="step: the value of the last x that is not above; beyond the ends the end's value.",
    )

    @model_validator(mode="after")
    def _matches(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError(f"has {len(self.x)} values of x and {len(self.y)} of y")
        if any(a >= b for a, b in zip(self.x, self.x[1:], strict=False)):
            raise ValueError("has values of x that do not grow")
        return self


class State(_Part):
    """A health state."""

    label: Text | None = None
    cost: Formula = Field(0.0, description="Cost a year in the state.")
    utility: Formula = Field(0.0, description="Utility of a year in the state.")
    dead: bool = Field(False, description="No life-years count here.")
    tunnel: Annotated[int, Field(ge=2, le=2000)] | None = Field(
        None,
        description="Number of cycles for which time in the state is remembered as state_time (1, 2, ...); "
        "the last stands for that long or longer.",
    )


class Transition(_Part):
    """One way out of a state, in one cycle: a probability, or a rate a year that competes with the others."""

    probability: Formula | None = None
    rate: Formula | None = Field(None, description="Rate a year.")
    hr: Formula | None = Field(None, description="Hazard ratio: multiplies the rate.")
    rr: Formula | None = Field(None, description="Relative risk: multiplies the probability.")
    cost: Formula | None = Field(None, description="Cost of the transition itself.")
    effect: Formula | None = Field(None, description="QALYs gained (negative: lost) at the transition.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.probability is None) == (self.rate is None):
            raise ValueError("give a probability or a rate, and not both")
        if self.rr is not None and self.rate is not None:
            raise ValueError("applies a relative risk to a rate: use hr")
        return self


def _short_transition(value: Any) -> Any:
    return {"probability": value} if isinstance(value, int | float | str) else value


class OneTime(_Part):
    """A cost or effect at one moment."""

    what: Text
    at: Annotated[float, Field(ge=0)] = Field(0.0, description="Years from the start.")
    cost: Formula = 0.0
    effect: Formula = Field(0.0, description="QALYs gained (negative: lost).")
    states: list[Name] | None = Field(
        None, description="For the share of the cohort in these states (default: alive)."
    )


class Discount(_Part):
    """Discounting, a year."""

    costs: Formula = 0.0
    effects: Formula = 0.0
    by: Literal["time", "whole-years"] = Field(
        "time", description="time: (1 + r) ** -t; whole-years: t rounded down to whole years."
    )


class Strategy(_Part):
    """A course of action: what differs from the model as described."""

    label: Text | None = None
    about: Text | None = None
    parameters: dict[Name, Formula] = Field(default_factory=dict)
    initial: dict[Name, Formula] | None = None
    states: dict[Name, dict[Literal["cost", "utility"], Formula]] = Field(default_factory=dict)
    transitions: dict[
        Name, dict[Name, Annotated[Transition | Literal["rest"], BeforeValidator(lambda v: _transition(v))]]
    ] = Field(
        default_factory=dict,
        description="Take the place of those of the model, state by state and target by target.",
    )
    one_time: list[OneTime] = Field(default_factory=list)


def _transition(value: Any) -> Any:
    return value if value == "rest" else _short_transition(value)


class Dirichlet(_Part):
    """Parameters drawn together so that they sum to one."""

    parameters: list[Name] = Field(min_length=2)
    counts: list[Annotated[float, Field(gt=0)]] = Field(min_length=2)

    @model_validator(mode="after")
    def _matches(self) -> Self:
        if len(self.parameters) != len(self.counts):
            raise ValueError(f"has {len(self.parameters)} parameters and {len(self.counts)} counts")
        return self


class Correlation(_Part):
    """Correlated draws of two parameters (a Gaussian copula: the correlation of normal scores)."""

    parameters: tuple[Name, Name]
    correlation: Annotated[float, Field(gt=-1, lt=1)]


class Scenario(_Part):
    """A named set of other values."""

    label: Text
    about: Text | None = None
    parameters: dict[Name, float] = Field(default_factory=dict)
    horizon: Annotated[float, Field(gt=0)] | None = None
    correction: Correction | None = None


class Model(_Part):
    """A cohort state-transition model."""

    model: Text = Field(description="Its name.")
    about: Text
    standing: Text | None = Field(None, description="How far its results may be used, in a sentence.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    price_year: int | None = None
    perspective: Text | None = None
    cycle_length: Annotated[float, Field(gt=0)] = Field(description="Years.")
    horizon: Annotated[float, Field(gt=0)] = Field(description="Years; a whole number of cycles.")
    start_age: Formula = Field(0.0, description="Years.")
    discount: Discount = Discount()
    correction: Correction = "half-cycle"
    counting_weights: list[float] | None = Field(
        None, description="Weights of the cycle ends 0, 1, ..., in place of those of the correction."
    )
    thresholds: list[Annotated[float, Field(ge=0)]] = Field(
        default_factory=list, description="Willingness to pay for a QALY."
    )
    reference: Name | None = Field(None, description="The strategy that others are compared with.")
    parameters: dict[Name, Annotated[ParameterDescription, BeforeValidator(_short_parameter)]] = Field(
        default_factory=dict
    )
    dirichlet: dict[Name, Dirichlet] = Field(default_factory=dict)
    correlations: list[Correlation] = Field(default_factory=list)
    tables: dict[Name, Table] = Field(default_factory=dict)
    states: dict[Name, State] = Field(min_length=2)
    initial: dict[Name, Formula]
    transitions: dict[Name, dict[Name, Annotated[Transition | Literal["rest"], BeforeValidator(_transition)]]]
    one_time: list[OneTime] = Field(default_factory=list, description="In every strategy.")
    strategies: dict[Name, Strategy] = Field(min_length=1)
    scenarios: dict[Name, Scenario] = Field(default_factory=dict)

    @property
    def cycles(self) -> int:
        """Number of cycles within the horizon."""
        return round(self.horizon / self.cycle_length)


def schema() -> dict[str, Any]:
    """The JSON Schema of a model file."""
    result: dict[str, Any] = _with_short_forms(Model.model_json_schema())
    result["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return result


def _with_short_forms(node: Any) -> Any:
    """Let a number or an expression stand for a parameter or a transition, as the models do."""
    if isinstance(node, dict):
        short = ("#/$defs/ParameterDescription", "#/$defs/Transition")
        if node.get("$ref") in short:
            return {"anyOf": [node, {"type": "number"}, {"type": "string"}]}
        return {key: _with_short_forms(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_short_forms(item) for item in node]
    return node
