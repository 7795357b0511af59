"""Expressions of a model file: arithmetic on named quantities, and nothing that could run other code.

An expression is parsed by Python's own parser, but only the operators, comparisons and functions listed
here are let through; names are looked up in a table that the caller gives. Every operation works element by
element on NumPy arrays, so that one evaluation serves all draws and all cycles.
"""

from __future__ import annotations

import ast
import functools
import keyword
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Value = Any  # a float or an array; NumPy's own union says no more

MAX_LENGTH = 2000


class ExpressionError(ValueError):
    """An expression cannot be read or evaluated; the message says why in words."""


def probability_from_rate(rate: Value, time: Value = 1.0) -> Value:
    """Probability of the event within ``time`` at a constant ``rate``: ``1 - exp(-rate * time)``."""
    # In place, since these are the largest arrays there are.
    result = np.asarray(np.multiply(rate, -np.asarray(time, dtype=float)), dtype=float)
    if result.ndim == 0:
        return -np.expm1(result)
    np.expm1(result, out=result)
    return np.negative(result, out=result)


def rate_from_probability(probability: Value, time: Value = 1.0) -> Value:
    """Constant rate whose probability within ``time`` is given: ``-log(1 - probability) / time``."""
    return -np.log1p(-np.asarray(probability, dtype=float)) / time


def _where(condition: Value, yes: Value, no: Value) -> Value:
    return np.where(condition, yes, no)


#: What may be called in an expression, besides the tables of the model. Each takes arrays.
FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "min": lambda *values: functools.reduce(np.minimum, values),
    "max": lambda *values: functools.reduce(np.maximum, values),
    "where": _where,
    "prob": probability_from_rate,
    "rate": rate_from_probability,
}

_BINARY: Mapping[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
    ast.FloorDiv: np.floor_divide,
}
_UNARY: Mapping[type[ast.unaryop], Callable[[Value], Value]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: np.logical_not,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Value, Value], Value]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


#: Reserved words that an expression may use.
_WORDS = frozenset({"and", "or", "not", "True", "False"})


@dataclass(frozen=True)
class Expression:
    """A parsed expression."""

    #: As written.
    text: str
    #: Names whose values it needs (not the functions it calls).
    names: frozenset[str]
    #: Functions and tables it calls.
    calls: frozenset[str]
    _tree: ast.expr

    def evaluate(
        self, names: Mapping[str, Value], functions: Mapping[str, Callable[..., Value]] | None = None
    ) -> Value:
        """Return the value.

        Args:
            names: value of each name; arrays broadcast against each other.
            functions: callables besides :data:`FUNCTIONS`, such as the tables of a model.

        Raises:
            ExpressionError: for an unknown name or function, or a wrong number of arguments.
        """
        return _evaluate(self._tree, names, functions or {}, self.text)


@functools.lru_cache(maxsize=4096)
def parse(text: str | float | int) -> Expression:
    """Parse one expression; a plain number is an expression too.

    Raises:
        ExpressionError: when the text is no expression, or uses what is not allowed in one.
    """
    source = str(text).strip()
    if not source:
        raise ExpressionError("is empty")
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem = error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__
        reserved = sorted(
            {word for word in re.findall(r"[A-Za-z_]\w*", source) if keyword.iskeyword(word)} - _WORDS
        )
        if reserved:
            problem = f"{', '.join(reserved)} is a reserved word and cannot be a name"
        raise ExpressionError(f"{source!r} is no expression: {problem}") from error
    names: set[str] = set()
    calls: set[str] = set()
    try:
        _collect(tree, names, calls, source)
    except RecursionError as error:
        raise ExpressionError(f"{source[:60]!r} is nested too deeply") from error
    return Expression(source, frozenset(names), frozenset(calls), tree)


def _collect(node: ast.expr, names: set[str], calls: set[str], text: str) -> None:
    children: list[ast.expr]
    match node:
        case ast.Constant(value=bool() | int() | float()):
            children = []
        case ast.Name(id=name):
            names.add(name)
            children = []
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            children = [left, right]
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
            children = [operand]
        case ast.BoolOp(values=values):
            children = values
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(o) in _COMPARE for o in ops):
            children = [left, *others]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if any(isinstance(argument, ast.Starred) for argument in arguments):
                raise ExpressionError(f"{text!r} unpacks arguments, which is not allowed")
            calls.add(name)
            children = arguments
        case _:
            part = ast.get_source_segment(text, node) or text
            raise ExpressionError(
                f"{text!r} uses {part!r}, which is not allowed: use numbers, names, + - * / ** % //, comparisons, "
                f"and, or, not, and the functions {', '.join(FUNCTIONS)}"
            )
    for child in children:
        _collect(child, names, calls, text)


def _evaluate(
    node: ast.expr, names: Mapping[str, Value], functions: Mapping[str, Callable[..., Value]], text: str
) -> Value:
    def go(part: ast.expr) -> Value:
        return _evaluate(part, names, functions, text)

    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            try:
                return names[name]
            except KeyError:
                raise ExpressionError(f"{text!r} names {name!r}, which is not defined") from None
        case ast.BinOp(left=left, op=op, right=right):
            with np.errstate(divide="ignore", invalid="ignore"):
                return _BINARY[type(op)](go(left), go(right))
        case ast.UnaryOp(op=sign, operand=operand):
            return _UNARY[type(sign)](go(operand))
        case ast.BoolOp(op=junction, values=values):
            combine = np.logical_and if isinstance(junction, ast.And) else np.logical_or
            return functools.reduce(combine, (go(value) for value in values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            terms = [go(left), *(go(other) for other in others)]
            pairs = zip(terms, ops, terms[1:], strict=False)
            return functools.reduce(np.logical_and, (_COMPARE[type(op)](a, b) for a, op, b in pairs))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            function = functions.get(name) or FUNCTIONS.get(name)
            if function is None:
                raise ExpressionError(f"{text!r} calls {name!r}, which is neither a function nor a table")
            try:
                with np.errstate(divide="ignore", invalid="ignore"):
                    return function(*(go(argument) for argument in arguments))
            except TypeError as error:
                raise ExpressionError(f"{text!r}: {name} was given the wrong arguments") from error
    raise AssertionError(node)  # parse() let nothing else through


def as_array(value: Value) -> npt.NDArray[np.float64]:
    """Return a value of an expression as an array of floats (a condition counts 1 or 0)."""
    return np.asarray(value, dtype=np.float64)
