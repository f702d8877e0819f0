"""The value for a string of a JSON schema, from its name, its format and the prompt."""

from __future__ import annotations

from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_text import JsonObject
from weryai_emulator.text import name_words, word_set

_PLACE_WORDS = word_set(
    "address area capital city country county destination location place region state town where"
)
_FROM_WORDS = word_set("origin source departure from")
_TO_WORDS = word_set("destination target arrival to")
_RECIPIENT_WORDS = word_set("to recipient recipients")
_NAME_WORDS = word_set(
    "artist author brand company customer employee name owner person product title user "
    "username who"
)
_WHOLE_TEXT_WORDS = word_set("content input message prompt query question request text")
_ANSWER_WORDS = word_set(
    "answer conclusion content explanation output summary reply response result text"
)
_EXPRESSION_WORDS = word_set("expression equation formula calculation")

# A joke has its own texts, because every guide to structured output asks for one.
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
_FORMATS_IN_PROMPTS = ("email", "uri", "date")


def fill_string(
    name: str,
    schema: JsonObject,
    prompt: PromptValues,
    *,
    answer: str | None = None,
    index: int = 0,
) -> str:
    """Return the value for a string; it is empty only if the schema requires that.

    Args:
        name: The property's name; for the items of an array, the name of the array.
        schema: The string's schema: `format`, `minLength`, `maxLength`, `default`.
        prompt: The values that the prompt names.
        answer: The answer in words, for properties that ask for one.
        index: The position in an array: later items differ from the first.
    """
    asks_for_answer = answer is not None and bool(_ANSWER_WORDS & set(name_words(name)))
    text = answer if asks_for_answer else _from_prompt(name, schema, prompt)
    if text is None:
        text = _invented(name, schema, prompt)
        if index and schema.get("format") is None:
            text = f"{text} {index + 1}"
    return _fit_length(text, schema)


def has_value(name: str, schema: JsonObject, prompt: PromptValues) -> bool:
    """Return whether the prompt names a value for a string."""
    if prompt.given(name) is not None:
        return True
    if schema.get("format") in _FORMATS_IN_PROMPTS:
        return prompt.find(schema["format"]) is not None
    return bool(set(name_words(name)) & _PLACE_WORDS) and bool(prompt.places)


def _from_prompt(name: str, schema: JsonObject, prompt: PromptValues) -> str | None:
    given = prompt.given(name) if name else None
    if given is not None:
        return given
    words = set(name_words(name))
    kind = schema.get("format")
    if kind in _FORMATS:
        return prompt.find(kind) if kind in _FORMATS_IN_PROMPTS else None
    special = _special(words, prompt)
    if special is not None:
        return special
    place = _place(words, schema, prompt)
    if place is not None:
        return place
    if words & _NAME_WORDS:
        return prompt.name()
    return prompt.quoted.pop(0) if prompt.quoted else None


def _special(words: set[str], prompt: PromptValues) -> str | None:
    """Return the address, link, date or expression that a property asks for by its name."""
    kinds = {
        "email": "email" in words,
        "uri": bool(words & {"url", "link"}),
        "date": "date" in words,
        "expression": bool(words & _EXPRESSION_WORDS),
    }
    wanted = [kind for kind, is_wanted in kinds.items() if is_wanted]
    if words & _RECIPIENT_WORDS:
        wanted.append("email")
    return next((found for kind in wanted if (found := prompt.find(kind)) is not None), None)


def _place(words: set[str], schema: JsonObject, prompt: PromptValues) -> str | None:
    if words & _FROM_WORDS:
        return prompt.place(after="from")
    if words & _TO_WORDS:
        return prompt.place(after="to")
    described = set(name_words(str(schema.get("description", ""))))
    if words & _PLACE_WORDS or (described & _PLACE_WORDS and not words & _NAME_WORDS):
        return prompt.place()
    return None


def _invented(name: str, schema: JsonObject, prompt: PromptValues) -> str:
    default = schema.get("default")
    if isinstance(default, str) and default:
        return default
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if name in _JOKE:
        return _JOKE[name].format(topic=prompt.topic())
    if _WHOLE_TEXT_WORDS & set(name_words(name)):
        return prompt.text.strip() or "Hello"
    return prompt.topic()


def _fit_length(text: str, schema: JsonObject) -> str:
    least, most = schema.get("minLength") or 0, schema.get("maxLength")
    text = text.ljust(least, ".")
    return text if most is None else text[:most]
