"""The value for a string of a JSON schema, from its name, its format and the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weryai_emulator.json_schema.formats import invented_value, is_known, take_value
from weryai_emulator.json_schema.kinds import CODE_WORDS, address_of, kind_of_string
from weryai_emulator.json_schema.patterns import compiled_pattern, found_text, matching_text
from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_text import JsonObject
from weryai_emulator.text import key_words, name_words, word_set

_PLACE_WORDS = word_set(
    "address area capital city country county destination location place region state town where"
)
_FROM_WORDS = word_set("origin source departure from")
_TO_WORDS = word_set("destination target arrival to")
_RECIPIENT_WORDS = word_set("to recipient recipients")
_LINK_WORDS = word_set("url link uri website homepage")
_DATE_WORDS = word_set("date day deadline birthday birthdate dob when")
_NAME_WORDS = word_set(
    "artist author brand company customer employee headline name owner person product subject "
    "title user username who"
)
_TITLE_WORDS = word_set("title subject headline summary")
_EVENT_OWNERS = word_set(
    "appointment booking bug event incident issue meeting reminder request task ticket todo"
)
_PERSON_OWNERS = word_set(
    "actor applicant attendee author candidate character contact customer employee guest human "
    "member participant patient people person player profile student teacher user"
)
_WHOLE_TEXT_WORDS = word_set("content input message prompt query question request text")
_SENTENCE_WORDS = word_set(
    "abstract body comment comments description details explanation justification notes overview "
    "rationale reason reasoning review summary"
)
_LABEL_WORDS = word_set("category categories genre genres keyword keywords label labels tag tags")
_ANSWER_WORDS = word_set(
    "answer conclusion content explanation output summary reply response result text"
)
_EXPRESSION_WORDS = word_set("expression equation formula calculation")

# A joke has its own texts, because every guide to structured output asks for one.
_JOKE = {
    "setup": "Here is one about {topic}: why did it cross the road?",
    "punchline": "To get to the other side.",
}


@dataclass(frozen=True, slots=True)
class Property:
    """A string of a schema, and where it is.

    Attributes:
        name: Its name; for the items of an array, the name of the array.
        schema: Its schema: `format`, `pattern`, `minLength`, `maxLength`, `default`.
        owner: The title of the object around it, or the name of the property that holds that.
        index: The position in an array, or that of the object around it; None outside of arrays.
        siblings: What is built already of the object around it.
        is_item: Whether it is an item of an array.
    """

    name: str
    schema: JsonObject
    owner: str = ""
    index: int | None = None
    siblings: Mapping[str, Any] = field(default_factory=dict)
    is_item: bool = False

    @property
    def words(self) -> list[str]:
        """The words of the name."""
        return name_words(self.name)

    @property
    def is_of_person(self) -> bool:
        """Whether the object around it is a person."""
        words = name_words(self.owner)
        return bool(_PERSON_OWNERS & {*words, *(word.removesuffix("s") for word in words)})


def fill_string(wanted: Property, prompt: PromptValues, *, answer: str | None = None) -> str:
    """Return the value for a string; it is empty only if the schema requires that.

    Args:
        wanted: The string.
        prompt: The values that the prompt names.
        answer: The answer in words, for properties that ask for one.
    """
    asks_for_answer = answer is not None and bool(_ANSWER_WORDS & {*wanted.words})
    text = answer if asks_for_answer else _from_prompt(wanted, prompt)
    return _fit(_invented(wanted, prompt) if text is None else text, wanted.schema, prompt)


def is_persons_name(wanted: Property) -> bool:
    """Return whether a string is the name of a person."""
    words = {*wanted.words}
    kind = kind_of_string(wanted.words)
    return ("name" in words and wanted.is_of_person) or (kind is not None and kind.is_of_people)


def has_value(wanted: Property, prompt: PromptValues) -> bool:
    """Return whether the prompt names a value for a string."""
    prompt = prompt.copy()
    prompt.quoted = []  # may be meant for any property
    return _from_prompt(wanted, prompt, is_sure=True) is not None


def _from_prompt(wanted: Property, prompt: PromptValues, *, is_sure: bool = False) -> str | None:
    """Take the value from the prompt; None if it has none.

    Args:
        wanted: The string.
        prompt: The values of the prompt.
        is_sure: Whether to leave out what may fill any property.
    """
    name, words = wanted.name, {*wanted.words}
    given = prompt.given(name) if name else None
    if given is not None:
        return given
    kind = wanted.schema.get("format")
    if is_known(kind):
        return take_value(str(kind), words, prompt)
    special = _special(words, prompt) or _route(words, prompt)
    if special is not None:
        return special
    known = kind_of_string(wanted.words)
    if known is not None:
        return known.take(prompt, words)
    described = {*name_words(str(wanted.schema.get("description", "")))}
    if words & _PLACE_WORDS or (described & _PLACE_WORDS and not words & _NAME_WORDS):
        return prompt.place()
    if words & _TITLE_WORDS and {*name_words(wanted.owner)} & _EVENT_OWNERS:
        return prompt.quoted.pop(0) if prompt.quoted else prompt.occasion()
    if words & _NAME_WORDS:
        is_persons = wanted.is_of_person and not prompt.quoted
        return prompt.person() if is_persons or is_sure else prompt.name()
    if words & _SENTENCE_WORDS and not is_sure:
        return prompt.quoted.pop(0) if prompt.quoted else prompt.statement()
    return prompt.quoted.pop(0) if prompt.quoted else None


def _special(words: set[str], prompt: PromptValues) -> str | None:
    """Return the address, link, date or expression that a property asks for by its name."""
    if words & _DATE_WORDS and prompt.moments:
        return take_value("date", words, prompt)
    kinds = {"uri": words & _LINK_WORDS, "expression": words & _EXPRESSION_WORDS}
    wanted = [kind for kind, is_wanted in kinds.items() if is_wanted]
    if words & _RECIPIENT_WORDS or "email" in words:
        wanted.append("email")
    return next((found for kind in wanted if (found := prompt.find(kind)) is not None), None)


def _route(words: set[str], prompt: PromptValues) -> str | None:
    """Return the place that a journey begins or ends at."""
    if words & _FROM_WORDS:
        return prompt.place(after="from")
    return prompt.place(after="to") if words & _TO_WORDS else None


def _invented(wanted: Property, prompt: PromptValues) -> str:
    default, kind = wanted.schema.get("default"), wanted.schema.get("format")
    number = wanted.index or 0
    if isinstance(default, str) and default:
        return default
    if is_known(kind):
        return _invented_address(wanted) or invented_value(str(kind))
    if wanted.name in _JOKE:
        return _JOKE[wanted.name].format(topic=prompt.topic())
    known = kind_of_string(wanted.words)
    if known is not None and known.invented:
        return _invented_address(wanted) or known.invented[number % len(known.invented)]
    words = {*wanted.words}
    if words & CODE_WORDS:
        return _invented_code(wanted)
    if "name" in words and wanted.is_of_person:
        people = kind_of_string(["person"])
        return people.invented[number % len(people.invented)] if people else ""
    return _about(words, wanted, prompt)


def _about(words: set[str], wanted: Property, prompt: PromptValues) -> str:
    """Return a text about the subject of the prompt, in the form that a property has."""
    if words & _WHOLE_TEXT_WORDS:
        return prompt.text.strip() or "Hello"
    topic = prompt.topic()
    capitalised = topic[:1].upper() + topic[1:]
    if "capital" in words:
        return f"The capital of {topic}"
    if words & _PLACE_WORDS:
        return "Oslo"
    if words & _LABEL_WORDS:
        label = key_words(topic, 1).lower() or topic
        return f"{label} {wanted.index + 1}" if wanted.index else label
    if wanted.index is not None and (wanted.is_item or words & (_NAME_WORDS | _SENTENCE_WORDS)):
        kind = singular(wanted.name) if wanted.is_item else " ".join(name_words(wanted.owner))
        return f"{kind.capitalize() or capitalised} {wanted.index + 1}"
    if words & _SENTENCE_WORDS:
        return f"{capitalised}."
    return capitalised if words & _NAME_WORDS else topic


def singular(name: str) -> str:
    """Return the words of an array's name as one of its items is called: "prep step"."""
    words = " ".join(name_words(name))
    if words.endswith("ies"):
        return f"{words[:-3]}y"
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def _invented_address(wanted: Property) -> str | None:
    """Return a mail address of the person whose name is built already."""
    words = {*wanted.words}
    if not ("email" in words or "mail" in words or "email" in str(wanted.schema.get("format"))):
        return None
    names = [
        value
        for name, value in wanted.siblings.items()
        if "name" in name_words(name) and isinstance(value, str)
    ]
    return address_of(" ".join(names)) if names and wanted.is_of_person else None


def _invented_code(wanted: Property) -> str:
    """Return a code such as "INV-1001" for `invoice_number`."""
    word = next((word for word in wanted.words if word not in CODE_WORDS), "")
    return f"{word[:3].upper() or 'A'}-{1001 + (wanted.index or 0)}"


def _fit(text: str, schema: JsonObject, prompt: PromptValues) -> str:
    """Return a text that the schema allows: this one, or another one with its pattern."""
    least, most = schema.get("minLength") or 0, schema.get("maxLength")
    pattern = schema.get("pattern")
    compiled = compiled_pattern(pattern) if isinstance(pattern, str) else None

    def is_allowed(text: str | None) -> bool:
        return (
            text is not None
            and least <= len(text)
            and (most is None or len(text) <= most)
            and (compiled is None or compiled.search(text) is not None)
        )

    if is_allowed(text):
        return text
    if compiled is not None:
        for other in (
            found_text(compiled.pattern, prompt.text),
            matching_text(compiled.pattern, least, most),
        ):
            if other is not None and is_allowed(other):
                return other
    while len(text) < least:
        text = f"{text} {text}" if text else "text"
    if most is None or len(text) <= most:
        return text
    whole_words = text[: most + 1].rpartition(" ")[0].rstrip(" ,;:-")
    return whole_words if len(whole_words) >= max(least, most // 2, 1) else text[:most]
