"""Running a model: its description becomes programs for the inner loop, one a strategy and block of draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from carta.findings import Finding
from carta.models.economics.checks import merged_transitions
from carta.models.economics.counting import Counting, counting, discount_weights
from carta.models.economics.description import Formula, Model, OneTime, Strategy, Transition
from carta.models.economics.errors import ModelError
from carta.models.economics.expressions import ExpressionError, parse, probability_from_rate
from carta.models.economics.kernel import ABOVE_ONE, NEGATIVE, TOLERANCE, Counted, Program, propagate
from carta.models.economics.source import Source

Array = npt.NDArray[np.float64]
#: Offset into a buffer, stride over draws, stride over cycles.
_Place = tuple[int, int, int]

Parameters = Mapping[str, "float | Array"]


@dataclass(frozen=True)
class Outcome:
    """What a strategy comes to, for each draw."""

    #: Discounted, a person; shape (draws,).
    cost: Array
    #: Discounted QALYs a person; shape (draws,).
    effect: Array
    #: Years lived, not discounted; shape (draws,).
    life_years: Array
    #: Years in each state, not discounted; each of shape (draws,).
    years: dict[str, Array]
    #: Share of the cohort in each state at the cycle ends, in the first draw; each of shape (cycles + 1,).
    trace: dict[str, Array] = field(repr=False)


def run(
    model: Model, parameters: Parameters | None = None, *, source: Source | None = None
) -> dict[str, Outcome]:
    """Run every strategy of a model.

    Args:
        model: a model that :func:`carta.models.economics.reading.read_model` let through.
        parameters: values in place of those of the model: a number, or an array of shape (draws,); all arrays
            have the same length. An expression may be replaced too.
        source: the model's files, for errors.

    Returns:
        The outcome of each strategy, in the order of the model; one draw when no array was given.

    Raises:
        ModelError: when a probability lies outside of 0 to 1, a row does not sum to one, or a share of the start
            is not sound; the finding names strategy, state, cycle and draw.
        KeyError: for a parameter that the model does not have.
    """
    given = dict(parameters or {})
    unknown = given.keys() - model.parameters.keys()
    if unknown:
        raise KeyError(f"{model.model} has no parameter {', '.join(sorted(unknown))}")
    block = _Block(model, given, source or Source())
    return {name: block.outcome(name) for name in model.strategies}


class _Scope:
    """Values of names, computed when first asked for; what a strategy does not change is taken from the parent."""

    def __init__(
        self,
        definitions: Mapping[str, Formula | Array],
        clock: Mapping[str, Array | float],
        functions: Mapping[str, Any],
    ) -> None:
        self.definitions = definitions
        self.clock = clock
        self.functions = functions
        self._known: dict[str, Any] = {}
        self._expressions: dict[tuple[str, float], Any] = {}
        self._needs: dict[str, frozenset[str]] = {}

    def needs(self, name: str) -> frozenset[str]:
        """All names that a name rests on, itself included."""
        if name not in self._needs:
            definition = self.definitions.get(name)
            found = {name}
            if isinstance(definition, str):
                for needed in parse(definition).names:
                    found |= self.needs(needed)
            self._needs[name] = frozenset(found)
        return self._needs[name]

    def value(self, name: str) -> Any:
        if name in self.clock:
            return self.clock[name]
        if name not in self._known:
            definition = self.definitions[name]
            self._known[name] = self.evaluate(definition) if isinstance(definition, str) else definition
        return self._known[name]

    def evaluate(self, formula: Formula, state_time: float = math.nan) -> Any:
        expression = parse(formula)
        if "state_time" not in expression.names:
            state_time = math.nan
        key = (expression.text, -1.0 if math.isnan(state_time) else state_time)
        if key not in self._expressions:
            names = {
                name: state_time if name == "state_time" else self.value(name) for name in expression.names
            }
            self._expressions[key] = expression.evaluate(names, self.functions)
        return self._expressions[key]

    def child(self, changes: Mapping[str, Formula]) -> _Scope:
        """A scope with other definitions, which keeps every value that they do not touch."""
        if not changes:
            return self
        child = _Scope({**self.definitions, **changes}, self.clock, self.functions)
        changed = frozenset(changes)
        child._known = {name: value for name, value in self._known.items() if not child.needs(name) & changed}
        child._expressions = {
            key: value
            for key, value in self._expressions.items()
            if not frozenset().union(*(child.needs(name) for name in parse(key[0]).names)) & changed
        }
        return child


class _Buffer:
    """The flat buffer of a program and the places in it."""

    def __init__(self, draws: int) -> None:
        self.draws = draws
        self._pieces: list[Array] = []
        self._size = 0
        self._places: dict[int, tuple[int, int, int]] = {}
        self._kept: list[Any] = []

    def place(self, value: Any) -> tuple[int, int, int]:
        """Put a value of shape (), (draws or 1, columns or 1) and return offset and strides."""
        if id(value) in self._places:
            return self._places[id(value)]
        array = np.asarray(value, dtype=np.float64)
        shaped = array.reshape(1, 1) if array.ndim == 0 else array
        rows, columns = shaped.shape
        place = (self._size, columns if rows > 1 else 0, 1 if columns > 1 else 0)
        self._pieces.append(shaped.ravel())
        self._size += shaped.size
        self._places[id(value)] = place
        self._kept.append(value)  # so that its id stays its own
        return place

    def content(self) -> Array:
        return np.concatenate(self._pieces)


class _Block:
    """One block of draws of a model."""

    def __init__(self, model: Model, given: Parameters, source: Source) -> None:
        self.model = model
        self.source = source
        lengths = {
            len(value) for value in given.values() if isinstance(value, np.ndarray) and value.ndim == 1
        }
        if len(lengths) > 1:
            raise ValueError(f"parameters have different numbers of draws: {sorted(lengths)}")
        self.draws = lengths.pop() if lengths else 1
        definitions: dict[str, Formula | Array] = {n: p.value for n, p in model.parameters.items()}
        for name, value in given.items():
            definitions[name] = (
                np.asarray(value, dtype=float)[:, np.newaxis]
                if isinstance(value, np.ndarray)
                else float(value)
            )
        self.definitions = definitions
        functions = {
            name: _tabulated(table.x, table.y, table.interpolation) for name, table in model.tables.items()
        }
        length, cycles = model.cycle_length, model.cycles
        still = _Scope(definitions, {"cycle_length": length}, functions)
        start_age = still.evaluate(model.start_age)
        self.counting: Counting = counting(model.correction, cycles, length, model.counting_weights)
        number = np.arange(1, cycles + 1, dtype=float)[np.newaxis, :]
        self.still = still
        self.moving = _Scope(definitions, _clock(number, (number - 1) * length, start_age, length), functions)
        self.counted = _Scope(
            definitions,
            _clock(self.counting.cycle[np.newaxis, :], self.counting.time[np.newaxis, :], start_age, length),
            functions,
        )
        # Tunnel states stand for several: one for each cycle that is remembered.
        self.parts: list[tuple[str, int]] = [
            (name, k) for name, state in model.states.items() for k in range(1, (state.tunnel or 1) + 1)
        ]
        self.index = {part: i for i, part in enumerate(self.parts)}

    def outcome(self, name: str) -> Outcome:
        strategy = self.model.strategies[name]
        try:
            program, labels = self.program(strategy)
        except ExpressionError as error:
            raise ModelError(
                [
                    self.source.finding(
                        "expression", ("strategies", name), f"{error}.", "Correct the expression."
                    )
                ]
            ) from error
        counted = propagate(program)
        if counted.fault[0]:
            raise ModelError([self._fault(name, counted, labels)])
        return self._gather(counted)

    def program(self, strategy: Strategy) -> tuple[Program, list[tuple[str, str]]]:
        """Compile a strategy.

        Returns:
            The program, and the states that each of its entries joins.
        """
        model, buffer = self.model, _Buffer(self.draws)
        still = self.still.child(strategy.parameters)
        moving = self.moving.child(strategy.parameters)
        counted = self.counted.child(strategy.parameters)
        rows = merged_transitions(model, strategy)
        nothing: _Place = (-1, 0, 0)
        entry: list[_Place] = []
        entry_cost: list[_Place] = []
        entry_effect: list[_Place] = []
        source: list[int] = []
        target: list[int] = []
        labels: list[tuple[str, str]] = []
        rest = np.full(len(self.parts), -1, dtype=np.int64)
        for i, (state, k) in enumerate(self.parts):
            row = rows.get(state, {})
            stays = self._reach(state, state, k)
            rest[i] = stays if state not in row else -1
            probabilities = _probabilities(row, moving, float(k), model.cycle_length)
            for aim, transition in row.items():
                if not isinstance(transition, Transition):
                    rest[i] = self._reach(state, aim, k)
                    continue
                entry.append(buffer.place(probabilities[aim]))
                source.append(i)
                target.append(self._reach(state, aim, k))
                labels.append((state, aim))
                for places, formula in ((entry_cost, transition.cost), (entry_effect, transition.effect)):
                    places.append(
                        nothing if formula is None else buffer.place(moving.evaluate(formula, float(k)))
                    )
        initial = self._initial(strategy, still)
        shares = [initial.get(state, 0.0) if k == 1 else 0.0 for state, k in self.parts]
        costs, utilities = [], []
        for state, k in self.parts:
            described = model.states[state]
            changed = strategy.states.get(state, {})
            costs.append(buffer.place(counted.evaluate(changed.get("cost", described.cost), float(k))))
            utilities.append(
                buffer.place(counted.evaluate(changed.get("utility", described.utility), float(k)))
            )
        rates = [
            np.atleast_2d(still.evaluate(rate)) for rate in (model.discount.costs, model.discount.effects)
        ]
        by = model.discount.by
        discounts = [
            buffer.place(discount_weights(rate, moments, by))
            for moments in (self.counting.time, self.counting.flow_time)
            for rate in rates
        ]
        one_time, present = [], []
        for item in (*model.one_time, *strategy.one_time):
            places_of_item: list[int] = []
            for formula, rate in ((item.cost, rates[0]), (item.effect, rates[1])):
                amount = still.evaluate(formula) * discount_weights(rate, np.array([item.at]), by)
                places_of_item += buffer.place(amount)
            one_time.append((round(item.at / model.cycle_length), *places_of_item))
            present.append([self._counts(item, state) for state, _ in self.parts])
        program = Program(
            buffer=np.empty(0),
            entry=_integers(entry, 3),
            source=np.array(source, dtype=np.int64),
            target=np.array(target, dtype=np.int64),
            rest=rest,
            initial=_integers([buffer.place(share) for share in shares], 3),
            cost=_integers(costs, 3),
            utility=_integers(utilities, 3),
            discount=_integers(discounts, 3),
            entry_cost=_integers(entry_cost, 3),
            entry_effect=_integers(entry_effect, 3),
            one_time=_integers(one_time, 7),
            one_time_states=np.array(present, dtype=bool).reshape(-1, len(self.parts)),
            weights=self.counting.weights,
            average=self.counting.average,
            cycle_length=model.cycle_length,
            draws=self.draws,
        )
        return program._replace(buffer=buffer.content()), labels

    def _reach(self, state: str, aim: str, k: int) -> int:
        """Index of the part that is reached: one cycle further for who stays in a tunnel, else the first."""
        tunnel = self.model.states[aim].tunnel or 1
        return self.index[aim, min(k + 1, tunnel) if aim == state else 1]

    def _counts(self, item: OneTime, state: str) -> bool:
        return state in item.states if item.states is not None else not self.model.states[state].dead

    def _initial(self, strategy: Strategy, still: _Scope) -> dict[str, Any]:
        described = strategy.initial if strategy.initial is not None else self.model.initial
        shares = {state: still.evaluate(share) for state, share in described.items()}
        total = sum(shares.values())
        least = min(float(np.min(share)) for share in shares.values())
        if not np.all(np.abs(np.asarray(total) - 1) <= TOLERANCE) or least < -TOLERANCE:
            found = float(np.ravel(total)[np.argmax(np.abs(np.ravel(total) - 1))])
            raise ModelError(
                [
                    self.source.finding(
                        "initial",
                        ("initial",),
                        f"The shares of the cohort at the start sum to {found:g} (the smallest is {least:g}).",
                        "Make them sum to one, none below zero.",
                    )
                ]
            )
        return shares

    def _fault(self, name: str, counted: Counted, labels: Sequence[tuple[str, str]]) -> Finding:
        kind, draw, cycle, where, value = (float(item) for item in counted.fault)
        strategy = self.model.strategies[name]
        at = f"strategy {name!r}, cycle {int(cycle)}"
        if self.draws > 1:
            at += f", draw {int(draw) + 1}"
        if kind in (NEGATIVE, ABOVE_ONE):
            state, aim = labels[int(where)]
            problem = "is no number" if math.isnan(value) else f"is {value:.6g}"
            message = f"The probability of going from {state!r} to {aim!r} {problem} ({at})."
            mend = "A probability lies between 0 and 1: check the expression and its parameters."
            location: tuple[str, ...] = (state, aim)
        else:
            state = self.parts[int(where)][0]
            message = f"The probabilities of leaving {state!r} sum to {value:.6g}, not to one ({at})."
            mend = (
                "Correct them, or leave out the state's own entry so that who does not move stays."
                if value < 1
                else "Together they must not exceed one: check them, or give rates, which compete."
            )
            location = (state,)
        own = state in strategy.transitions and (
            len(location) == 1 or location[1] in strategy.transitions[state]
        )
        prefix = ("strategies", name, "transitions") if own else ("transitions",)
        return self.source.finding("probability", (*prefix, *location), message, mend)

    def _gather(self, counted: Counted) -> Outcome:
        years: dict[str, Array] = {name: np.zeros(self.draws) for name in self.model.states}
        trace: dict[str, Array] = {name: np.zeros(len(self.counting.weights)) for name in self.model.states}
        for i, (state, _) in enumerate(self.parts):
            years[state] = years[state] + counted.occupancy[:, i]
            trace[state] = trace[state] + counted.trace[:, i]
        alive = [years[name] for name, state in self.model.states.items() if not state.dead]
        return Outcome(counted.cost, counted.effect, np.sum(alive, axis=0), years, trace)


def _integers(rows: Sequence[Sequence[int]], columns: int) -> npt.NDArray[np.int64]:
    return np.array(rows, dtype=np.int64).reshape(-1, columns)


def _clock(number: Array, time: Array, start_age: Any, cycle_length: float) -> dict[str, Array | float]:
    return {"cycle": number, "time": time, "age": start_age + time, "cycle_length": cycle_length}


def _tabulated(x: list[float], y: list[float], interpolation: str) -> Callable[[Any], Array]:
    places, values = np.asarray(x), np.asarray(y)
    if interpolation == "linear":
        return lambda at: np.interp(at, places, values)

    def step(at: Any) -> Array:
        # A hair's breadth: 35 * (1 / 12 * 12) must not fall below 35.
        found = np.searchsorted(places, np.asarray(at) + 1e-9, side="right") - 1
        result: Array = values[np.clip(found, 0, len(values) - 1)]
        return result

    return step


def _probabilities(
    row: Mapping[str, Transition | str], scope: _Scope, state_time: float, cycle_length: float
) -> dict[str, Any]:
    """Return the probability of each move within a cycle.

    Rates compete: with rates r and their sum R, the first event within the cycle is j with probability
    ``r_j / R * (1 - exp(-R * cycle_length))``.
    """
    moves = {aim: transition for aim, transition in row.items() if isinstance(transition, Transition)}
    result: dict[str, Any] = {}
    rates: dict[str, Any] = {}
    for aim, move in moves.items():
        if move.rate is not None:
            rate = scope.evaluate(move.rate, state_time)
            rates[aim] = rate if move.hr is None else rate * scope.evaluate(move.hr, state_time)
            continue
        assert move.probability is not None
        probability = scope.evaluate(move.probability, state_time)
        if move.rr is not None:
            probability = probability * scope.evaluate(move.rr, state_time)
        if move.hr is not None:
            probability = 1 - np.power(1 - probability, scope.evaluate(move.hr, state_time))
        result[aim] = probability
    if rates:
        total = sum(rates.values())
        leaving = probability_from_rate(total, cycle_length)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(np.equal(total, 0), 0.0, np.divide(leaving, total))
        # A negative rate must show itself, not vanish in the sum.
        result |= {
            aim: rate * share if np.all(np.asarray(rate) >= 0) else rate for aim, rate in rates.items()
        }
    return result
