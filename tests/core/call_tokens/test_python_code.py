"""Tool calls that a model wrote as Python: read as literals, never run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.call_tokens.python_code import read_python

READ = {
    "a call": ("add(a=1, b=[2, 'x'])", [("add", {"a": 1, "b": [2, "x"]})]),
    "of Gemini": ("print(default_api.add(a=-1.5))", [("add", {"a": -1.5})]),
    "of a tool": ("search.call(query='x')", [("search", {"query": "x"})]),
    "of a tool named call": ("default_api.call(n=None)", [("call", {"n": None})]),
    "several": (
        "add(a=1)\nprint(add(a=2), get())",
        [*(("add", {"a": n}) for n in (1, 2)), ("get", {})],
    ),
    "a list": ("[add(a={'k': True}), (get(),)]", [("add", {"a": {"k": True}}), ("get", {})]),
    "strings": (
        "add(a='it\\'s\\n' '\u00e4', b='''x\" y''')",
        [("add", {"a": "it's\n\u00e4", "b": 'x" y'})],
    ),
    "more lines": ("add(\n  a=1,  # one\n)", [("add", {"a": 1})]),
}
REFUSED = [
    "",
    "print()",
    "x = add(a=1)",
    "add(1)",
    "add(a=b)",
    "add(a=get())",
    "add(**{'a': 1})",
    "add(a=1) + 2",
    "(lambda: 0)(a=1)",
    "a.b.c(d=1)",
    "add(a=1",
    "add(a=b'x')",
    "add(a={1: 2})",
    "add(a={'k': 1j})",
    "add(a=1e999)",
    "add(a=(...,))",
    r"add(a='\d')",
    "add(a='\x00')",
    "add(a='\ud83d')",
    f"add(a={'[' * 5000})",
    f"add(a='{'x' * 200_000}')",
    "import os",
]


@pytest.mark.parametrize(("code", "calls"), READ.values(), ids=READ)
def test_calls_with_literals_are_read(code, calls):
    assert read_python(code) == calls


@pytest.mark.parametrize("code", REFUSED, ids=lambda code: code[:20])
def test_other_code_is_refused(code):
    with pytest.raises(ValueError, match=r"[a-z]"):
        read_python(code)


words = ("add", "a", "1", "lambda", "print(", "default_api.")
parts = st.sampled_from([*"()[]{}'\"=,:.*\\\n #", *words])


@given(st.lists(parts, max_size=12).map("".join))
def test_any_code_is_read_or_refused(code):
    try:
        calls = read_python(code)
    except ValueError:
        return
    assert all(isinstance(name, str) and isinstance(given, dict) for name, given in calls)
