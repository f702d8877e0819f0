"""Choices that a schema leaves: a branch of several, a value of an enum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_text import JsonObject
from weryai_emulator.text import word_set, words_of

# How a text feels, for the enums of sentiments.
_GOOD = word_set(
    """amazing awesome best better delicious enjoy enjoyed excellent fantastic friendly glad good
    great happy like liked love loved lovely nice perfect pleased thank thanks wonderful"""
)
_BAD = word_set(
    """angry awful bad boring broken broke crash crashes disappointed disappointing fail fails hate
    hated horrible late never poor rude sad slow terrible unhappy waste worse worst wrong"""
)
_FEELINGS = {"positive": 1, "happy": 1, "good": 1, "negative": -1, "sad": -1, "bad": -1}


def choose_branch(branches: Sequence[JsonObject], prompt: PromptValues) -> JsonObject:
    """Return the first branch that the prompt names by its title or a constant, else the first."""
    for branch in branches:
        names = [branch.get("title"), *_constants(branch)]
        if prompt.one_of(names) is not None:
            return branch
    return branches[0]


def choose_value(values: Sequence[Any], prompt: PromptValues, index: int) -> Any:
    """Return the value of an enum that the prompt names or sounds like, else one by its position.

    Args:
        values: The values of the enum.
        prompt: The values of the prompt.
        index: The position of the item in an array.
    """
    named = prompt.one_of(values)
    if named is not None:
        return named
    feeling = _feeling(prompt.text)
    felt = [value for value in values if _FEELINGS.get(str(value).lower()) == feeling]
    return felt[0] if feeling and felt else values[index % len(values)]


def _constants(branch: JsonObject) -> list[Any]:
    properties = branch.get("properties")
    subs = properties.values() if isinstance(properties, dict) else ()
    return [sub["const"] for sub in subs if isinstance(sub, dict) and "const" in sub]


def _feeling(text: str) -> int:
    """Return 1 for a text that sounds good, -1 for one that sounds bad, 0 for any other."""
    words = words_of(text)
    balance = sum(word in _GOOD for word in words) - sum(word in _BAD for word in words)
    return (balance > 0) - (balance < 0)
