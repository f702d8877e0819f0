"""An answer with its sources listed below it."""

from __future__ import annotations

import pytest

from weryai_core import Citation
from weryai_core.integration import format_with_sources

A, B = "https://a.example/x", "https://b.example/y"
TEXT = "Grüße 🥐 你好."

# A text and its citations -> the text with footnotes.
CASES = {
    "none": (TEXT, [], TEXT),
    "none, with space at the end": ("Hello \n", [], "Hello \n"),
    "a passage": (
        TEXT,
        [Citation(A, "News", "", 0, 5, 0)],
        f"Grüße[1] 🥐 你好.\n\n[1] News - {A}",
    ),
    "no title": (TEXT, [Citation(A, start_index=0, end_index=5)], f"Grüße[1] 🥐 你好.\n\n[1] {A}"),
    "the end": (TEXT, [Citation(A, start_index=8, end_index=11)], f"{TEXT}[1]\n\n[1] {A}"),
    "two passages": (
        TEXT,
        [Citation(A, "News", "", 0, 5, 0), Citation(B, "", "", 8, 10, 1)],
        f"Grüße[1] 🥐 你好[2].\n\n[1] News - {A}\n[2] {B}",
    ),
    "two sources of a passage": (
        TEXT,
        [Citation(B, "", "", 0, 5, 1), Citation(A, "", "", 0, 5, 0)],
        f"Grüße[1][2] 🥐 你好.\n\n[1] {A}\n[2] {B}",
    ),
    "a source of two passages": (
        TEXT,
        [Citation(A, "", "", 0, 5, 0), Citation(A, "", "", 8, 10, 0)],
        f"Grüße[1] 🥐 你好[1].\n\n[1] {A}",
    ),
    "passages with one end": (
        TEXT,
        [Citation(A, "", "", 0, 5, 0), Citation(A, "", "", 2, 5, 0)],
        f"Grüße[1] 🥐 你好.\n\n[1] {A}",
    ),
    "no passage": (
        "It is so.[1]",
        [Citation(A, "News"), Citation(B, source_index=1)],
        f"It is so.[1]\n\n[1] News - {A}\n[2] {B}",
    ),
    "ten sources": (
        "x",
        [Citation(f"{A}/{number}", source_index=number) for number in range(10)],
        "x\n\n" + "\n".join(f"[{number + 1}] {A}/{number}" for number in range(10)),
    ),
    "space at the end": ("Hello. \n\n", [Citation(A)], f"Hello.\n\n[1] {A}"),
    "no text": ("", [Citation(A)], f"\n\n[1] {A}"),
}


@pytest.mark.parametrize(("text", "citations", "expected"), CASES.values(), ids=CASES)
def test_marks_follow_their_passages_and_sources_are_listed_below(text, citations, expected):
    assert format_with_sources(text, citations) == expected
    assert format_with_sources(text, tuple(reversed(citations))) == expected
