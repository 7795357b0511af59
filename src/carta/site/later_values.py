"""Values that came later, in the cells of a notebook that is executed on the evidence of an earlier day.

A chapter is written for the evidence of today, and one cell may name a hundred facts of which one came later. On the day
of the view that fact is a :class:`Later` value, which goes through arithmetic, tables and text as NaN goes through sums:
whatever depends on it is not yet known, and all the rest of the chapter stands. Cells need no word of this: their syntax
tree is rewritten in the kernel (:class:`_Isolated`), so that

* a call that asks for a later record, or cannot go on with a later value, has a later value as its result;
* text names the day in place of a later value;
* a statement that fails for any other reason (no study to pool, an empty table) leaves later values in the names that it
  would have bound, and marks the lists that it would have filled;
* figures are drawn from the rows that were known, and say how many were left out; nothing later is glued.

It is loaded by the kernel alone (:mod:`carta.site.notebook_run`), never in a build of today.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, NoReturn

from carta.evidence import NotYetKnownError

#: Names of the helpers in the notebook's own namespace.
_CALL, _TRY, _FAILED, _LATER = "_carta_call", "_carta_try", "_carta_failed", "_carta_later"

#: Methods that change what they are called on.
_CHANGING = frozenset({"add", "append", "extend", "insert", "setdefault", "update"})

#: Calls that count or compare what is in a collection without looking at its items' values.
_COUNTING: tuple[object, ...] = (builtins.len, builtins.any, builtins.all)


class LaterValueError(Exception):
    """A later value was asked for what only a known one has: a truth, a number, items."""


def _same(self: Later, *arguments: object, **named: object) -> Later:
    return self


def _refuse(self: Later, *arguments: object) -> NoReturn:
    raise LaterValueError(self.words)


class Later:
    """What came later than the day of the view. Its parts, and whatever is computed from it, are later values too."""

    def __init__(self, day: str) -> None:
        self.words = f"not yet known on {day}"

    def __getattr__(self, name: str) -> Later:
        # Names that begin so are questions of Python, NumPy and IPython about the kind of object.
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __str__(self) -> str:
        return f"[{self.words}]"

    def __format__(self, form: str) -> str:
        return str(self)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return f"This could not be computed: it was {self.words}."

    __call__ = __getitem__ = _same
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = (
        _same
    )
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = __round__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _same  # type: ignore[assignment]
    __bool__ = __int__ = __float__ = __index__ = __complex__ = __hash__ = __iter__ = __contains__ = _refuse


class _Isolated(ast.NodeTransformer):
    """Sends every call through one helper, and lets every statement outside of functions fail alone."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(ast.Call(_name(_CALL), [node.func, *node.args], node.keywords), node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        self.generic_visit(node)
        node.value = _tried(node.value)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return _tried(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        return _tried(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        return _tried(node)

    def visit_Module(self, node: ast.Module) -> ast.Module:
        self.generic_visit(node)
        # What a cell shows is the value of its last expression, which must stay one.
        end = [node.body.pop()] if node.body and isinstance(node.body[-1], ast.Expr) else []
        node.body = [*self._alone(node.body), *end]
        return ast.fix_missing_locations(node)

    def _alone(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [self._guarded(statement) for statement in body]

    def _guarded(self, statement: ast.stmt) -> ast.stmt:
        if isinstance(
            statement,
            ast.FunctionDef
            | ast.ClassDef
            | ast.Import
            | ast.ImportFrom
            | ast.Pass
            | ast.Break
            | ast.Continue,
        ):
            return statement
        bound, changed = _touched(statement)
        if isinstance(statement, ast.For | ast.While | ast.If | ast.With):
            statement.body = self._alone(statement.body)
            if not isinstance(statement, ast.With):
                statement.orelse = self._alone(statement.orelse)
        failed: list[ast.stmt] = [
            ast.Assign([ast.Name(name, ast.Store())], _name(_LATER)) for name in sorted(bound)
        ]
        failed += [
            ast.Assign(
                [ast.Name(name, ast.Store())],
                ast.Call(_name(_FAILED), [ast.Constant(name), ast.Call(_name("globals"), [], [])], []),
            )
            for name in sorted(changed - bound)
        ]
        handler = ast.ExceptHandler(_name("Exception"), None, failed or [ast.Pass()])
        return ast.copy_location(ast.Try([statement], [handler], [], []), statement)


def _tried(value: ast.expr) -> ast.expr:
    """Return an expression that is later where the given one fails for a later value."""
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.copy_location(ast.Call(_name(_TRY), [ast.Lambda(nothing, value)], []), value)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _touched(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Return the names that a statement binds, and those of objects that it changes."""
    bound, changed = set(), set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and (
            not isinstance(node.ctx, ast.Load) or (isinstance(node, ast.Attribute) and node.attr in _CHANGING)
        ):
            root: ast.expr = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name):
                changed.add(root.id)
    return bound, changed


class _Calls:
    """Every call of a notebook goes through here."""

    def __init__(self, later: Later) -> None:
        self.later = later
        #: Rows that the figures of the cell could not show.
        self.left_out = 0

    def failed(self, name: str, names: dict[str, Any]) -> object:
        """Return what stands for an object that a failed statement would have changed."""
        held = names.get(name, self.later)
        if isinstance(held, list):
            held.append(self.later)
            return held
        return self.later

    def call(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        room = (getattr(function, "__module__", None) or "").partition(".")[0]
        whole = getattr(function, "__module__", None) or ""
        try:
            if room == "myst_nb" and any(self.holds(value) for value in (*arguments, *named.values())):
                return None
            if any(function is one for one in _COUNTING) and any(self.holds(value) for value in arguments):
                return self.later
            if room == "pandas" and isinstance(function, type):
                arguments = tuple(self.even(value) for value in arguments)
            if getattr(function, "__name__", "") == "sort_values" and self.is_table(
                table := getattr(function, "__self__", None)
            ):
                return self.sorted_table(table, arguments, named)
            if room == "altair" or whole.startswith("carta.figures"):
                return self.figure(function, arguments, named)
            return function(*arguments, **named)
        except (NotYetKnownError, LaterValueError):
            return self.later
        except Exception:
            # A function that looks at its input before it computes refuses a later value in its own words.
            if any(self.holds(value) for value in (*arguments, *named.values())):
                return self.later
            raise

    def attempt(self, value: Callable[[], Any]) -> Any:
        """Return the value of an expression, or a later one."""
        try:
            return value()
        except (NotYetKnownError, LaterValueError):
            return self.later

    def holds(self, value: Any) -> bool:
        """Return whether a value is later, or a collection or table with later values in it."""
        if isinstance(value, Later):
            return True
        if self.is_table(value):
            return bool(self.later_rows(value).any())
        if isinstance(value, dict):
            return any(self.holds(item) for item in value.values())
        if isinstance(value, list | tuple | set):
            return any(self.holds(item) for item in value)
        return (
            hasattr(value, "items") and hasattr(value, "dtype") and any(isinstance(v, Later) for v in value)
        )

    def is_table(self, value: object) -> bool:
        return self.is_pandas(value, "DataFrame")

    @staticmethod
    def is_pandas(value: object, kind: str) -> bool:
        pandas = sys.modules.get("pandas")
        return pandas is not None and isinstance(value, getattr(pandas, kind))

    @staticmethod
    def later_rows(table: Any) -> Any:
        return table.map(lambda value: isinstance(value, Later)).any(axis=1)

    def even(self, rows: Any) -> Any:
        """Give rows of a table that are later as a whole the columns of the others."""
        if not isinstance(rows, list) or not any(isinstance(row, Later) for row in rows):
            return rows
        sound = next((row for row in rows if isinstance(row, dict | list | tuple)), None)
        if sound is None:
            return rows
        empty = dict.fromkeys(sound, self.later) if isinstance(sound, dict) else [self.later] * len(sound)
        return [empty if isinstance(row, Later) else row for row in rows]

    def sorted_table(self, table: Any, arguments: Iterable[Any], named: dict[str, Any]) -> Any:
        """Sort what is known; later rows stand last."""
        later = self.later_rows(table)
        known = table[~later].infer_objects().sort_values(*arguments, **named)
        return sys.modules["pandas"].concat([known, table[later]]) if later.any() else known

    def figure(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Draw from the rows that are known; nothing is drawn where none is, or where more than a row is later."""
        arguments = tuple(self.known(value) for value in arguments)
        named = {name: self.known(value) for name, value in named.items()}
        if any(self.holds(value) for value in (*arguments, *named.values())):
            return self.later
        shown = function(*arguments, **named)
        if getattr(function, "__name__", "") == "show" and self.left_out:
            shown = _Noted(shown, self.left_out, self.later.words)
            self.left_out = 0
        return shown

    def known(self, value: Any) -> Any:
        if not self.is_table(value):
            return value
        later = self.later_rows(value)
        if not later.any():
            return value
        # The table of a figure and its chart have the same rows.
        self.left_out = max(self.left_out, int(later.sum()))
        return self.later if later.all() else value[~later].infer_objects()


class _Noted:
    """A figure with a note on the rows that it does not show."""

    def __init__(self, figure: Any, rows: int, words: str) -> None:
        self.figure = figure
        self.note = (
            f"{rows} row{'s' if rows > 1 else ''} of this figure {'were' if rows > 1 else 'was'} {words}."
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle: dict[str, str] = self.figure._repr_mimebundle_(include, exclude)
        if "text/html" in bundle:
            bundle["text/html"] += f'<p class="carta-not-yet">{escape(self.note)}</p>'
        if "text/plain" in bundle:
            bundle["text/plain"] += f" {self.note}"
        return bundle


def install(shell: Any, day: str) -> None:
    """Let the cells of a kernel live with what came later than ``day`` (ISO 8601)."""
    later = Later(day)
    calls = _Calls(later)
    shell.push(
        {_CALL: calls.call, _TRY: calls.attempt, _FAILED: calls.failed, _LATER: later}, interactive=False
    )
    shell.ast_transformers.append(_Isolated())

    def begin(*_: object) -> None:
        calls.left_out = 0

    shell.events.register("pre_run_cell", begin)
