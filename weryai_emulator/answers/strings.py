"""The text for one string of a schema, from its name, its format and the prompt. No I/O."""

from __future__ import annotations

from typing import Any

from weryai_emulator.answers.prompt_values import Hints
from weryai_emulator.text import name_words, word_set

JsonObject = dict[str, Any]

_PLACE_WORDS = word_set(
    "address area capital city country county destination location place region state town where"
)
_FROM_WORDS = frozenset({"origin", "source", "departure", "from"})
_TO_WORDS = frozenset({"destination", "target", "arrival", "to"})
_RECIPIENT_WORDS = frozenset({"to", "recipient", "recipients"})
_NAME_WORDS = word_set(
    "artist author brand company customer employee name owner person product title user "
    "username who"
)
_WHOLE_TEXT_WORDS = word_set("content input message prompt query question request text")
_ANSWER_WORDS = word_set(
    "answer conclusion content explanation output summary reply response result text"
)
_EXPRESSION_WORDS = frozenset({"expression", "equation", "formula", "calculation"})

# Shape of a joke, since every guide to structured output asks for one.
_JOKE = {
    "setup": "Here is one about {topic}: why did it cross the road?",
    "punchline": "To get to the other side.",
}

_FORMATS = {
    "date": "2025-01-31",
    "date-time": "2025-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "hostname": "example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
}


def fill_string(
    name: str, schema: JsonObject, hints: Hints, *, answer: str | None = None, index: int = 0
) -> str:
    """Return a text for this string; the empty text only where the schema asks for it.

    Args:
        name: The property's name; for an array's items the name of the array.
        schema: The string's schema: `format`, `minLength`, `maxLength`, `default`.
        hints: The findings in the prompt.
        answer: What the "model" has to say, for properties that ask for an answer.
        index: The position in an array: later items differ from the first.
    """
    says = answer is not None and bool(_ANSWER_WORDS & set(name_words(name)))
    text = answer if says else _from_prompt(name, schema, hints)
    if text is None:
        text = _invented(name, schema, hints)
        if index and schema.get("format") is None:
            text = f"{text} {index + 1}"
    return _fit_length(text, schema)


def enum_values(schema: Any) -> frozenset[str]:
    """Return the texts that a schema's enums and constants hold, in lower case.

    No other string of an instance may be filled with one of them: see `Hints`.
    """
    if isinstance(schema, list):
        return frozenset[str]().union(*map(enum_values, schema))
    if not isinstance(schema, dict):
        return frozenset()
    enum = schema.get("enum")
    values = [*(enum if isinstance(enum, list) else ()), schema.get("const")]
    named = frozenset(value.lower() for value in values if isinstance(value, str))
    return named.union(*map(enum_values, schema.values()))


def has_evidence(name: str, schema: JsonObject, hints: Hints) -> bool:
    """Return whether the prompt names a value for this string."""
    if hints.given(name) is not None:
        return True
    words = set(name_words(name))
    if schema.get("format") in ("email", "uri", "date"):
        return hints.find(schema["format"]) is not None
    return bool(words & _PLACE_WORDS) and bool(hints.places)


def _from_prompt(name: str, schema: JsonObject, hints: Hints) -> str | None:
    given = hints.given(name) if name else None
    if given is not None:
        return given
    words = set(name_words(name))
    kind = schema.get("format")
    if kind in _FORMATS:
        return hints.find(kind) if kind in ("email", "uri", "date") else None
    for word, kind in (("email", "email"), ("url", "uri"), ("link", "uri"), ("date", "date")):
        if word in words and hints.find(kind) is not None:
            return hints.find(kind)
    if words & _EXPRESSION_WORDS and hints.find("expression") is not None:
        return hints.find("expression")
    if words & _RECIPIENT_WORDS and hints.find("email") is not None:
        return hints.find("email")
    place = _place(words, schema, hints)
    if place is not None:
        return place
    if words & _NAME_WORDS:
        return hints.name()
    if hints.quoted:
        return hints.quoted.pop(0)
    return None


def _place(words: set[str], schema: JsonObject, hints: Hints) -> str | None:
    if words & _FROM_WORDS:
        return hints.place(after="from")
    if words & _TO_WORDS:
        return hints.place(after="to")
    described = set(name_words(str(schema.get("description", ""))))
    if words & _PLACE_WORDS or (described & _PLACE_WORDS and not words & _NAME_WORDS):
        return hints.place()
    return None


def _invented(name: str, schema: JsonObject, hints: Hints) -> str:
    default = schema.get("default")
    if isinstance(default, str) and default:
        return default
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if name in _JOKE:
        return _JOKE[name].format(topic=hints.topic())
    if _WHOLE_TEXT_WORDS & set(name_words(name)):
        return hints.text.strip() or "Hello"
    return hints.topic()


def _fit_length(text: str, schema: JsonObject) -> str:
    least, most = schema.get("minLength") or 0, schema.get("maxLength")
    text = text.ljust(least, ".")
    return text if most is None else text[:most]
