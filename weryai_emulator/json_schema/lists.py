"""The texts for an array of strings, and the parts of a prompt for an array of objects."""

from __future__ import annotations

import re

from weryai_emulator.json_schema.kinds import kind_of_string, list_of
from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.text import key_words, name_words, split_sentences, without_addresses, word_set

_LABELS = word_set("category categories genres keyword keywords labels tag tags topics")
_PROS = word_set("pros advantages strengths positives likes")
_CONS = word_set("cons disadvantages weaknesses negatives dislikes drawbacks")
_BUT = re.compile(r",? \b(?:but|however|although|though)\b,? ")
_PLACES = word_set("cities destinations locations places towns")
_ITEM = r"[\w'\u2019-]+(?: (?!and\b|or\b)[\w'\u2019-]+){0,3}"
_LISTED = re.compile(
    r"(?:\b(?:likes?|loves?|enjoys?|includes?|including|with|are|speaks?|needs?|of|contains?)\b|:)"
    rf"\s+((?:{_ITEM}, ){{0,8}}{_ITEM},? (?:and|or) {_ITEM})"
)
_SEPARATOR = re.compile(r",? (?:and|or) |, ")
_PART_END = re.compile(r";\s*|\n+|:\s+|,? and (?=\d)|, (?=\d+ [a-z]|(?:sub)?total\b)")
_MOST_PARTS = 10


def listed_texts(name: str, prompt: PromptValues) -> list[str]:
    """Return the texts of a prompt for an array of strings, in their order; none if it has none."""
    if prompt.quoted:
        return prompt.quoted
    words = name_words(name)
    if {*words} & _PLACES:
        return prompt.places
    kind = kind_of_string(words)
    if kind is not None:
        return list_of(kind, prompt, words)
    listed = _LISTED.search(prompt.text)
    if listed is not None:
        return _SEPARATOR.split(listed.group(1))
    statement = prompt.statement()
    if statement is None:
        return []
    if {*words} & _LABELS:
        return key_words(without_addresses(statement), 3).lower().split()
    sides = [side.rstrip(".") for side in _BUT.split(statement, maxsplit=1)]
    if {*words} & _PROS:
        return sides[:1]
    return sides[1:] if {*words} & _CONS else []


def split_parts(text: str) -> list[str]:
    """Return the parts of a prompt that may each describe an object."""
    parts = [part for sentence in split_sentences(text) for part in _PART_END.split(sentence)]
    return [part.strip() for part in parts if part.strip()][:_MOST_PARTS]
