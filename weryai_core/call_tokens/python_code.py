"""Reads tool calls that a model wrote as Python: `print(default_api.add(a=1, b=[2]))`.

The code is parsed, never run. Arguments are literals given by name; anything else is no call.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from typing import Any

# With these Python warns of a string, and does not read it as it was meant.
_BAD_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\[^\n\\'\"abfnrtvx0-7NuU]")
_LONGEST = 100_000  # characters of code
_WRAPPERS = ("print",)


def read_python(code: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls in a piece of code, by name, with their arguments.

    Raises:
        ValueError: It holds something else than calls, or arguments that are not literals.
    """
    if len(code) > _LONGEST or _BAD_ESCAPE.search(code):
        raise ValueError("not a call in Python")
    try:
        statements = ast.parse(code.strip()).body
        calls = [_to_call(node) for statement in statements for node in _calls_in(statement)]
    except (SyntaxError, RecursionError, MemoryError, TypeError) as error:
        raise ValueError("not a call in Python") from error
    if not calls:
        raise ValueError("no call")
    return calls


def _calls_in(node: ast.AST) -> Iterator[ast.Call]:
    match node:
        case ast.Expr(value=value):
            yield from _calls_in(value)
        case ast.Call(func=ast.Name(id=name), args=[*inner], keywords=[]) if name in _WRAPPERS:
            for value in inner:
                yield from _calls_in(value)
        case ast.List(elts=values) | ast.Tuple(elts=values):
            for value in values:
                yield from _calls_in(value)
        case ast.Call():
            yield node
        case _:
            raise ValueError("not a call")


def _to_call(node: ast.Call) -> tuple[str, dict[str, Any]]:
    match node.func:
        case ast.Attribute(value=ast.Name(id=name), attr="call") if name != "default_api":
            pass
        case ast.Attribute(value=ast.Name(), attr=name) | ast.Name(id=name):
            pass
        case _:
            raise ValueError("not a call by name")
    if node.args:
        raise ValueError("an argument without a name")
    return name, {str(word.arg): _to_value(word) for word in node.keywords}


def _to_value(keyword: ast.keyword) -> Any:
    if keyword.arg is None:
        raise ValueError("arguments in a variable")
    value = ast.literal_eval(keyword.value)
    _check(value)
    return value


def _check(value: Any) -> None:
    """Check that JSON has a value.

    Raises:
        ValueError: It has not.
    """
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("JSON has names that are strings")
        for entry in value.values():
            _check(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            _check(entry)
    elif not isinstance(value, (str, int, type(None))) and not _is_number(value):
        raise ValueError("JSON has no such value")


def _is_number(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)
