"""Running a model: its description becomes programs for the inner loop, one a strategy and block of draws."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from carta.findings import Finding
from carta.models.economics.checks import merged_transitions
from carta.models.economics.counting import Counting, counting, discount_weights
from carta.models.economics.description import Formula, Model, OneTime, Strategy, Transition
from carta.models.economics.errors import ModelError
from carta.models.economics.expressions import ExpressionError, parse
from carta.models.economics.kernel import Counted, Program, propagate
from carta.models.economics.source import Source

Array = npt.NDArray[np.float64]

#: Rounding that is forgiven in a probability and in the sum of a row.
TOLERANCE = 1e-9
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
    return _Block(model, given, source or Source()).outcomes()


@dataclass(frozen=True)
class _Fault:
    """A probability that is none."""

    #: The move, or none when the row as a whole is wrong.
    aim: str | None
    cycle: int
    draw: int
    value: float


@dataclass(frozen=True)
class _Row:
    """What a state's row of the transition matrix holds, over cycles and draws."""

    #: Two factors of the probability, or of the rate, of each move.
    factors: dict[str, tuple[Any, Any]]
    #: Whether the factors are those of rates.
    competing: bool
    fault: _Fault | None


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
        self._rows: dict[Any, tuple[frozenset[str], _Row]] = {}
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

    def row(self, row: Mapping[str, Transition | str], state: str, state_time: float) -> _Row:
        """The probabilities of leaving a state, remembered as expressions are."""
        formulas = {
            aim: (move.probability, move.rate, move.hr, move.rr)
            for aim, move in row.items()
            if isinstance(move, Transition)
        }
        texts = [str(formula) for four in formulas.values() for formula in four if formula is not None]
        names = frozenset().union(*(parse(text).names for text in texts))
        own = row.get(state) not in (None, "rest")
        key = (state, own, tuple(formulas.items()), state_time if "state_time" in names else -1.0)
        if key not in self._rows:
            self._rows[key] = names, _make_row(row, self, state_time, own)
        return self._rows[key][1]

    def child(self, changes: Mapping[str, Formula]) -> _Scope:
        """A scope with other definitions, which keeps every value that they do not touch."""
        if not changes:
            return self
        child = _Scope({**self.definitions, **changes}, self.clock, self.functions)
        changed = frozenset(changes)

        def kept(names: Iterable[str]) -> bool:
            return not any(child.needs(name) & changed for name in names)

        child._known = {name: value for name, value in self._known.items() if kept([name])}
        child._expressions = {
            key: value for key, value in self._expressions.items() if kept(parse(key[0]).names)
        }
        child._rows = {key: held for key, held in self._rows.items() if kept(held[0])}
        return child


#: A thread's memory for buffers, kept between blocks: new memory costs more than filling it.
_scratch = threading.local()


class _Buffer:
    """The flat buffer of a block and the places in it; strategies share what they have in common.

    One buffer at a time is in use in a thread.
    """

    def __init__(self) -> None:
        self._size = 0
        self._places: dict[int, _Place] = {}
        self._numbers: dict[float, _Place] = {}
        self._kept: list[Any] = []
        self._memory: Array = getattr(_scratch, "memory", np.empty(1 << 16))

    def place(self, value: Any) -> _Place:
        """Put a value of shape (), (columns or 1, draws or 1) and return offset and strides."""
        if isinstance(value, float):
            if value not in self._numbers:
                self._numbers[value] = (self._take(1), 0, 0)
                self._memory[self._numbers[value][0]] = value
            return self._numbers[value]
        if id(value) in self._places:
            return self._places[id(value)]
        array = np.asarray(value, dtype=np.float64)
        shaped = array.reshape(1, 1) if array.ndim == 0 else array
        columns, draws = shaped.shape
        at = self._take(shaped.size)
        self._memory[at : at + shaped.size].reshape(shaped.shape)[...] = shaped
        place = (at, 1 if draws > 1 else 0, draws if columns > 1 else 0)
        self._places[id(value)] = place
        self._kept.append(value)  # so that its id stays its own
        return place

    def _take(self, size: int) -> int:
        at, self._size = self._size, self._size + size
        if self._size > len(self._memory):
            larger = np.empty(2 * self._size)
            larger[:at] = self._memory[:at]
            self._memory = _scratch.memory = larger
        return at

    def content(self) -> Array:
        """What was put, in place; it stays as it is until the thread's next buffer is filled."""
        return self._memory[: self._size]


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
                np.asarray(value, dtype=float)[np.newaxis, :]
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
        number = np.arange(1, cycles + 1, dtype=float)[:, np.newaxis]
        self.still = still
        self.moving = _Scope(definitions, _clock(number, (number - 1) * length, start_age, length), functions)
        self.counted = _Scope(
            definitions,
            _clock(self.counting.cycle[:, np.newaxis], self.counting.time[:, np.newaxis], start_age, length),
            functions,
        )
        self.buffer = _Buffer()
        # Tunnel states stand for several: one for each cycle that is remembered.
        self.parts: list[tuple[str, int]] = [
            (name, k) for name, state in model.states.items() for k in range(1, (state.tunnel or 1) + 1)
        ]
        self.index = {part: i for i, part in enumerate(self.parts)}

    def programs(self) -> dict[str, Program]:
        """Compile every strategy."""
        compiled = {}
        for name, strategy in self.model.strategies.items():
            try:
                compiled[name] = self._compile(name, strategy)
            except ExpressionError as error:
                raise ModelError(
                    [
                        self.source.finding(
                            "expression", ("strategies", name), f"{error}.", "Correct the expression."
                        )
                    ]
                ) from error
        buffer = self.buffer.content()
        return {name: program._replace(buffer=buffer) for name, program in compiled.items()}

    def outcomes(self) -> dict[str, Outcome]:
        """Run every strategy."""
        result = {}
        for name, program in self.programs().items():
            result[name] = self._gather(propagate(program))
        return result

    def _compile(self, name: str, strategy: Strategy) -> Program:
        model, buffer = self.model, self.buffer
        still = self.still.child(strategy.parameters)
        moving = self.moving.child(strategy.parameters)
        counted = self.counted.child(strategy.parameters)
        rows = merged_transitions(model, strategy)
        nothing: _Place = (-1, 0, 0)
        entry: list[tuple[int, ...]] = []
        entry_cost: list[_Place] = []
        entry_effect: list[_Place] = []
        target: list[int] = []
        first: list[int] = []
        competing: list[bool] = []
        rest: list[int] = []
        for state, k in self.parts:
            moves = rows.get(state, {})
            row = moving.row(moves, state, float(k))
            if row.fault is not None:
                raise ModelError([self._finding(name, state, row.fault)])
            first.append(len(entry))
            competing.append(row.competing)
            remainder = None if isinstance(moves.get(state), Transition) else state
            for aim, move in moves.items():
                if not isinstance(move, Transition):
                    remainder = aim
                    continue
                one, other = row.factors[aim]
                entry.append((*buffer.place(one), *buffer.place(other)))
                target.append(self._reach(state, aim, k))
                for places, formula in ((entry_cost, move.cost), (entry_effect, move.effect)):
                    places.append(
                        nothing if formula is None else buffer.place(moving.evaluate(formula, float(k)))
                    )
            rest.append(-1 if remainder is None else self._reach(state, remainder, k))
        first.append(len(entry))
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
        return Program(
            buffer=np.empty(0),
            entry=_integers(entry, 6),
            target=np.array(target, dtype=np.int64),
            first=np.array(first, dtype=np.int64),
            competing=np.array(competing, dtype=bool),
            rest=np.array(rest, dtype=np.int64),
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

    def _finding(self, name: str, state: str, fault: _Fault) -> Finding:
        strategy = self.model.strategies[name]
        at = f"strategy {name!r}, cycle {fault.cycle}"
        if self.draws > 1:
            at += f", draw {fault.draw}"
        if fault.aim is not None:
            problem = "is no number" if math.isnan(fault.value) else f"is {fault.value:.6g}"
            message = f"The probability of going from {state!r} to {fault.aim!r} {problem} ({at})."
            mend = "A probability lies between 0 and 1: check the expression and its parameters."
            location: tuple[str, ...] = (state, fault.aim)
        else:
            message = f"The probabilities of leaving {state!r} sum to {fault.value:.6g}, not to one ({at})."
            mend = (
                "Correct them, or leave out the state's own entry so that who does not move stays."
                if fault.value < 1
                else "Together they must not exceed one: check them, or give rates, which compete."
            )
            location = (state,)
        own = state in strategy.transitions and (
            fault.aim is None or fault.aim in strategy.transitions[state]
        )
        prefix = ("strategies", name, "transitions") if own else ("transitions",)
        return self.source.finding("probability", (*prefix, *location), message, mend)

    def _gather(self, counted: Counted) -> Outcome:
        years: dict[str, Array] = {name: np.zeros(self.draws) for name in self.model.states}
        trace: dict[str, Array] = {name: np.zeros(len(self.counting.weights)) for name in self.model.states}
        for i, (state, _) in enumerate(self.parts):
            years[state] = years[state] + counted.occupancy[i]
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


def _make_row(row: Mapping[str, Transition | str], scope: _Scope, state_time: float, own: bool) -> _Row:
    """Return the factors of the probabilities or rates of leaving a state, and what is wrong with them."""
    moves = {aim: transition for aim, transition in row.items() if isinstance(transition, Transition)}
    factors: dict[str, tuple[Any, Any]] = {}
    competing = any(move.rate is not None for move in moves.values())
    for aim, move in moves.items():
        ratio: Any = 1.0
        if move.rate is not None:
            value = scope.evaluate(move.rate, state_time)
            if move.hr is not None:
                ratio = scope.evaluate(move.hr, state_time)
        else:
            value = scope.evaluate(move.probability or 0.0, state_time)
            if move.rr is not None:
                ratio = scope.evaluate(move.rr, state_time)
            if move.hr is not None:
                value = 1 - np.power(1 - value * ratio, scope.evaluate(move.hr, state_time))
                ratio = 1.0
        factors[aim] = value, ratio
    return _Row(factors, competing, _first_fault(factors, competing, own))


def _first_fault(factors: Mapping[str, tuple[Any, Any]], competing: bool, own: bool) -> _Fault | None:
    """Return the first probability that is below zero, above one or no number, else a row that does not sum to one.

    Args:
        factors: of the probability, or of the rate, of each move.
        competing: whether they are those of rates, which any number not below zero may be.
        own: whether staying is among the moves, so that nothing may remain.
    """
    most = np.inf if competing else 1 + TOLERANCE
    least = 0.0 if competing else -TOLERANCE
    total: Any = 0.0
    for aim, (value, ratio) in factors.items():
        product = value if isinstance(ratio, float) and ratio == 1.0 else value * ratio
        values = np.asarray(product, dtype=float)
        # Written so that what is no number fails too.
        if not (values.min() >= least and values.max() <= most):
            return _fault_at(aim, values, ~((values >= least) & (values <= most)))
        if not competing:
            total = total + product
    if competing or not factors:
        return None
    left = 1.0 - np.asarray(total, dtype=float)
    if not left.min() >= -TOLERANCE or (own and not left.max() <= TOLERANCE):
        bad = ~(left >= -TOLERANCE) | (own & ~(left <= TOLERANCE))
        return _fault_at(None, 1 - left, bad)
    return None


def _fault_at(aim: str | None, values: Array, bad: npt.NDArray[np.bool_]) -> _Fault:
    shape = (1, 1) if values.ndim == 0 else values.shape
    cycle, draw = (int(i[0]) for i in np.nonzero(bad.reshape(shape)))
    return _Fault(aim, cycle + 1, draw + 1, float(values.reshape(shape)[cycle, draw]))


def traffic(model: Model, parameters: Parameters) -> int:
    """Bytes that a block writes to its buffers and reads from them again, for benchmarks.

    Each value of the buffer is written once; the inner loop reads a place once a draw and cycle.
    """
    programs = list(_Block(model, dict(parameters), Source()).programs().values())
    reads = sum(
        len(program.entry) * model.cycles + (2 * len(program.cost) + 2) * (model.cycles + 1)
        for program in programs
    )
    return programs[0].buffer.nbytes + 8 * programs[0].draws * reads
