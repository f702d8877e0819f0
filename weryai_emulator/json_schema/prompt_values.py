"""The values that a prompt names: numbers, quoted texts, places, names, `city=Paris`.

In goes the text of a prompt. Regular expressions find the candidates of each kind once, in the
order of the prompt. Whoever fills a schema then takes them one by one, and uses each once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from weryai_emulator.text import NO_TOPIC, STOP_WORDS, name_words, topic_of, word_set

_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?![\w])|(?<=[-+*/^(])-?\d+(?:\.\d+)?")
_QUOTED = re.compile(
    r'"([^"\n]+)"|(?<![A-Za-z])\'([^\n]+?)\'(?![A-Za-z])|`([^`\n]+)`'
    "|\u201c([^\u201d]+)\u201d|\u2018([^\u2019]+)\u2019|\u300c([^\u300d]+)\u300d"
    "|\u300e([^\u300f]+)\u300f|\u00ab\\s*([^\u00bb]+?)\\s*\u00bb"
)
_CAPITALISED = r"[A-Z\u00c0-\u00de][\w.'\u2019-]*"
_PLACE = rf"{_CAPITALISED}(?:(?:,\s*|\s+){_CAPITALISED})*"
_PLACES = re.compile(
    rf"\b(?:in|at|near|for|to|from|of)\s+({_PLACE}(?:,?\s+(?:and|or)\s+(?:in\s+)?{_PLACE})*)"
)
_LOWER_PLACE = re.compile(
    r"\b(?:in|near|for)\s+((?!the\b|a\b|an\b|my\b|your\b)[a-z]+(?:\s(?!today|tomorrow|now|right|"
    r"and|or|on|at|in|for|this|is|please)[a-z]+)?)"
)
_AND = re.compile(r",?\s+(?:and|or)\s+(?:in\s+)?")
_STATE = re.compile(r",\s*[A-Z]{2}\b")
_NAMED = re.compile(rf"\b(?:named|called|name is|name's)\s+({_CAPITALISED}(?:\s+{_CAPITALISED})*)")
_PROPER = re.compile(rf"{_CAPITALISED}(?:\s+{_CAPITALISED})*")
_EXPRESSION = re.compile(r"[\d.(][\d.()\s]*(?:[-+*/^%]\s*[\d.()]+\s*)+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"https?://[^\s\"'<>)\]]+")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")

# Capitalised because they start a sentence, not because they are names.
_NOT_NAMES = STOP_WORDS | word_set(
    """add answer book calculate call compute count create delete describe explain extract fetch
    find generate give he invent list look make multiply name open order please query question
    read remember remove return say search send set she start subtract summarize tell they this
    translate update write"""
)


class PromptValues:
    """The values that one prompt names.

    Args:
        text: The prompt.
        reserved: Texts that are not values, in lower case: those of enums, which the property
            with the enum looks for itself. "in celsius" names a unit, not a place.

    Attributes:
        text: The prompt.
        quoted: The quoted texts that are not used yet.
        places: The places that are not used yet.
        names: The proper names that are not used yet.
        numbers: The numbers that are not used yet.
    """

    text: str
    quoted: list[str]
    places: list[str]
    names: list[str]
    numbers: list[float]

    def __init__(self, text: str, reserved: frozenset[str] = frozenset()) -> None:
        self.text = text
        self._reserved = reserved
        self.quoted = self._allowed(_quoted(text))
        self.places = self._allowed(_named_places(text, reserved))
        # Lower-case words after "in" are only guesses: a quoted text is a better place.
        self._guessed = not self.places
        if self._guessed:
            self.places = self._allowed(_guess_places(text, reserved))
        self.names = self._allowed(_proper_names(text))
        unquoted = _DATE.sub(" ", _QUOTED.sub(" ", text))
        self.numbers = [
            float(found.replace(",", "")) for found in _NUMBER.findall(unquoted.strip())
        ]

    def topic(self) -> str:
        """Return what the prompt is about; never an empty string."""
        topic = topic_of(self.text)
        return topic if self._allowed([topic]) else NO_TOPIC

    def mentions(self, name: str) -> bool:
        """Return whether the prompt names a property and does not decline it."""
        return self._has_phrase(name) and not self.declines(name)

    def declines(self, name: str) -> bool:
        """Return whether the prompt asks to omit a property: "no punchline"."""
        phrase = _phrase(name)
        without = rf"\b(?:no|not|without|omit|skip|exclude|don't|do not)\s(?:\w+\s){{0,2}}?{phrase}"
        return re.search(without, self.text, re.IGNORECASE) is not None

    def given(self, name: str) -> str | None:
        """Return the value that the prompt gives by name: `city=Paris`, `city: "New York"`."""
        found = re.search(
            rf"(?<!\w){_phrase(name)}\s*[=:]\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s,;]+))",
            self.text,
            re.IGNORECASE,
        )
        if found is None:
            return None
        value: str = found.group(found.lastindex or 0)
        return value.rstrip(".?!)")

    def one_of(self, values: Iterable[object]) -> object | None:
        """Return the first of these values that the prompt names, or None."""
        for value in values:
            if isinstance(value, str) and value and self._has_phrase(value):
                return value
        return None

    def place(self, *, after: str | None = None) -> str | None:
        """Return the next place, or the one that follows the word `after`."""
        if after is not None:
            found = re.search(rf"\b{after}\s+({_PLACE})", self.text)
            if found is not None and self._allowed([found.group(1).rstrip(".")]):
                return found.group(1).rstrip(".")
        if self._guessed and self.quoted:
            return self.quoted.pop(0)
        return self.places.pop(0) if self.places else None

    def name(self) -> str | None:
        """Return the next quoted text, or the next proper name."""
        if self.quoted:
            return self.quoted.pop(0)
        named = _NAMED.search(self.text)
        if named is not None:
            return named.group(1).rstrip(".")
        return self.names.pop(0) if self.names else None

    def find(self, kind: str) -> str | None:
        """Return the first "email", "uri", "date" or "expression" of the prompt."""
        pattern = {"email": _EMAIL, "uri": _URL, "date": _DATE, "expression": _EXPRESSION}[kind]
        found = pattern.search(self.text)
        return None if found is None else found.group().strip().rstrip(".")

    def _allowed(self, texts: list[str]) -> list[str]:
        return [text for text in texts if text.lower() not in self._reserved]

    def _has_phrase(self, name: str) -> bool:
        return re.search(rf"(?<!\w){_phrase(name)}s?(?!\w)", self.text, re.IGNORECASE) is not None


def _named_places(text: str, reserved: frozenset[str]) -> list[str]:
    """Return the places of a prompt: "in X and Y", "in X and in Y", "San Francisco, CA"."""
    places: list[str] = []
    for found in _PLACES.findall(text):
        parts = _AND.split(found)
        if len(parts) > 1 and not _STATE.search(found):
            parts = [part for piece in parts for part in re.split(r",\s*", piece)]
        places.extend(_without_unit(part.rstrip("."), reserved) for part in parts)
    return list(dict.fromkeys(place for place in places if place))


def _without_unit(place: str, reserved: frozenset[str]) -> str:
    """Return "Rome" for "Rome, Celsius", if "celsius" is reserved."""
    rest, _, last = place.rpartition(",")
    return rest if rest and last.strip().lower() in reserved else place


def _guess_places(text: str, reserved: frozenset[str]) -> list[str]:
    """Return lower-case words that may be places, each up to the first reserved word."""
    guesses = [
        " ".join(takewhile(lambda word: word not in reserved, found.split()))
        for found in _LOWER_PLACE.findall(text)
    ]
    return list(dict.fromkeys(guess for guess in guesses if guess))


def _quoted(text: str) -> list[str]:
    return ["".join(groups).strip() for groups in _QUOTED.findall(text)]


def _proper_names(text: str) -> list[str]:
    found: list[str] = []
    for name in _PROPER.findall(text):
        words = name.split()
        while words and words[0].lower().rstrip(".'") in _NOT_NAMES:
            words.pop(0)
        if words:
            found.append(" ".join(words).rstrip("."))
    return found


def _phrase(name: str) -> str:
    return r"[\s_-]*".join(re.escape(word) for word in name_words(name)) or re.escape(name)
