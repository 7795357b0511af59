"""Answers as expressions over facts: arithmetic, the helpers of the exercises, and nothing that could run other code."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

from carta.evidence import Evidence, UnknownRecordError
from carta.exercises import Facts, numbers
from carta.exercises.facts import INTERVALS

MAX_LENGTH = 1000
#: Exponents beyond this are a slip, and could take all day.
MAX_EXPONENT = 1000

#: What ``math`` may be asked for.
_MATH: dict[str, Any] = {
    name: getattr(math, name)
    for name in ("ceil", "e", "exp", "expm1", "floor", "log", "log10", "log1p", "log2", "pi", "sqrt")
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "max": max,
    "min": min,
    "round": round,
    "sum": lambda *values: math.fsum(values),
    **{
        name: value
        for name, value in vars(numbers).items()
        if callable(value)
        and getattr(value, "__module__", "") == numbers.__name__
        and not name.startswith("_")
    },
}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: lambda a: -a, ast.UAdd: lambda a: a}
#: Fields of a fact that hold numbers.
_FIELDS = frozenset(
    {"events", "high", "low", "mean", "median", "n", "p", "plus_minus", "range_width", "sd", "value", "year"}
    | set(INTERVALS)
)


class ExpressionError(ValueError):
    """An expression cannot be read or evaluated; the message says why."""


def fact_names(text: str) -> list[str]:
    """Return the names in ``fact("key:id")`` calls of an expression or of code, in order, each once.

    Text that is no Python has none.
    """
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names = [
        argument.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fact"
        for argument in node.args[:1]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    return list(dict.fromkeys(names))


def facts_from(base: Evidence, names: list[str] | tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the records of facts as JSON values, as exercises carry them.

    Raises:
        UnknownRecordError: when the base has no such fact.
    """
    return {name: _record(base, name) for name in names}


def _record(base: Evidence, name: str) -> dict[str, Any]:
    content = base.fact(name).fact.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    for field in ("added", "checked", "corrections"):
        content.pop(field, None)
    return content


def evaluate(text: str, base: Evidence) -> float:
    """Return the value of an answer's expression.

    Allowed are numbers, ``+ - * / // % **``, ``fact("key:id").field``, ``math`` and the functions of
    :mod:`carta.exercises.numbers`, ``abs``, ``min``, ``max``, ``round`` and ``sum``.

    Raises:
        ExpressionError: when the text is no such expression, names an unknown fact or field, or has no finite number
            as its value.
    """
    source = text.strip()
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters")
    try:
        tree = ast.parse(source, mode="eval").body
        value = _Evaluation(source, base).value(tree)
    except (SyntaxError, MemoryError) as error:
        raise ExpressionError(f"`{source}` is no expression: {getattr(error, 'msg', error)}") from error
    except RecursionError as error:
        raise ExpressionError(f"`{source[:60]}` is nested too deeply") from error
    except UnknownRecordError as error:
        raise ExpressionError(str(error).rstrip(".")) from error
    except (ArithmeticError, AttributeError, IndexError, TypeError, ValueError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(f"`{source}`: {str(error).rstrip('.')}") from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ExpressionError(f"`{source}` is {value!r}, no finite number")
    return float(value)


class _Evaluation:
    def __init__(self, source: str, base: Evidence) -> None:
        self.source = source
        self.base = base

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return number
            case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
                return _UNARY[type(sign)](self.value(operand))
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                exponent = self.value(right)
                if abs(exponent) > MAX_EXPONENT:
                    raise ExpressionError(f"`{self.source}` raises to a power beyond {MAX_EXPONENT}")
                return float(self.value(left)) ** exponent
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return _BINARY[type(op)](self.value(left), self.value(right))
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if name in _MATH:
                return _MATH[name]
            case ast.Attribute(value=ast.Call(func=ast.Name(id="fact")) as call, attr=field):
                return self.field(call, field)
            case ast.Subscript(value=inner, slice=ast.Constant(value=0 | 1 as index)):
                return self.value(inner)[index]
            case ast.Call(func=function, args=arguments, keywords=keywords):
                return self.call(function, arguments, keywords)
            case _:
                return self.refuse(node)

    def field(self, call: ast.Call, field: str) -> Any:
        match call:
            case ast.Call(args=[ast.Constant(value=str() as name)], keywords=[]):
                if field not in _FIELDS:
                    listed = ", ".join(sorted(_FIELDS))
                    raise ExpressionError(f"`{field}` is no numeric field of a fact; there are {listed}")
                return getattr(Facts(facts_from(self.base, [name]))(name), field)
            case _:
                return self.refuse(call)

    def call(self, function: ast.expr, arguments: list[ast.expr], keywords: list[ast.keyword]) -> Any:
        match function:
            case ast.Name(id=name) if name in _FUNCTIONS:
                called = _FUNCTIONS[name]
            case ast.Attribute(value=ast.Name(id="numbers"), attr=name) if name in _FUNCTIONS:
                called = _FUNCTIONS[name]
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if callable(_MATH.get(name)):
                called = _MATH[name]
            case _:
                return self.refuse(function)
        named = {keyword.arg: self.value(keyword.value) for keyword in keywords if keyword.arg}
        if len(named) != len(keywords) or any(isinstance(argument, ast.Starred) for argument in arguments):
            return self.refuse(function)
        return called(*(self.value(argument) for argument in arguments), **named)

    def refuse(self, node: ast.expr) -> Any:
        part = ast.get_source_segment(self.source, node) or self.source
        raise ExpressionError(
            f'`{part}` is not allowed in an answer: use numbers, + - * / // % **, fact("key:id").field, '
            f"math and the functions {', '.join(sorted(_FUNCTIONS))}"
        )
