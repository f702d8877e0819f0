"""The values that a prompt names: numbers, dates, quoted texts, places, people, `city=Paris`.

In goes the text of a prompt. Regular expressions find the candidates of each kind once, in the
order of the prompt. Whoever fills a schema then takes them one by one, and uses each once.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable
from itertools import takewhile
from typing import Self

from weryai_emulator.json_schema.dates import Moment, find_moments, without_moments
from weryai_emulator.json_schema.numbers import FoundNumber, find_numbers
from weryai_emulator.text import (
    NO_TOPIC,
    REQUEST_VERBS,
    STOP_WORDS,
    is_request,
    name_words,
    split_sentences,
    subject_of,
    word_set,
)

_QUOTED = re.compile(
    r'"([^"\n]+)"|(?<![A-Za-z])\'([^\n]+?)\'(?![A-Za-z])|`([^`\n]+)`'
    "|\u201c([^\u201d]+)\u201d|\u2018([^\u2019]+)\u2019|\u300c([^\u300d]+)\u300d"
    "|\u300e([^\u300f]+)\u300f|\u00ab\\s*([^\u00bb]+?)\\s*\u00bb"
)
# A full stop belongs to the word after an initial or a title: "J. R. R. Tolkien", "St. Louis".
_CAPITALISED = (
    r"(?:(?:Dr|Mr|Mrs|Ms|Prof|St|[A-Z])\.(?=\s)"
    r"|[A-Z\u00c0-\u00de](?:[\w'\u2019-]|\.(?=\w))*)"
)
_PLACE = rf"{_CAPITALISED}(?:(?:,\s*|\s+){_CAPITALISED})*"
_PLACES = re.compile(
    rf"\b(?:in|at|near|for|to|from|of)\s+({_PLACE}(?:,?\s+(?:and|or)\s+(?:in\s+)?{_PLACE})*)"
)
_SURE_PLACES = re.compile(rf"\b(?:in|at|near|from|to)\s+({_PLACE})")  # "for" may precede a person
_LOWER_PLACE = re.compile(
    r"\b(?:in|near|for)\s+((?!the\b|a\b|an\b|my\b|your\b)[a-z]+(?:\s(?!today|tomorrow|now|right|"
    r"and|or|on|at|in|for|this|is|please)[a-z]+)?)"
)
_AND = re.compile(r",?\s+(?:and|or)\s+(?:in\s+)?")
_STATE = re.compile(r",\s*[A-Z]{2}\b")
_NAMED = re.compile(rf"\b(?:named|called|name is|name's)\s+({_CAPITALISED}(?:\s+{_CAPITALISED})*)")
_PROPER = re.compile(rf"{_CAPITALISED}(?:\s+{_CAPITALISED})*")
_EXPRESSION = re.compile(r"[\d.(][\d.()\s]*(?:[-+*/^%]\s*[\d.()]+\s*)+")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"https?://[^\s\"'<>)\]]+")
# "INV-2024-017", "X200": letters, a number, and no word.
_CODE = re.compile(r"(?<![\w/.@-])(?=[A-Za-z]{0,5}[-_/]?\d)[A-Za-z]+[-_/]?\d[\w-]*(?:[/-]\w+)*")
_PHONE = re.compile(r"\+\d[\d ()-]{6,}\d|\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}-\d{3}-\d{4}\b")

STREET = re.compile(
    r"\b\d{1,5} (?:[A-Z][\w']* ){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Square|Way)\b"
    r"|(?<!\w)(?:[A-Z\u00c0-\u00de][\w'.]* ){1,4}"
    r"(?:gate|gata|vei|veien|stra\u00dfe|strasse|weg|platz) \d+\w?"
    r"|\b[A-Z\u00c0-\u00de]\w*(?:stra\u00dfe|strasse|weg|gasse|platz|gata|gatan|veien) \d+\w?"
)
POSTAL = re.compile(
    r"\b\d{4,5}(?:-\d{4})?(?=\s+[A-Z\u00c0-\u00de])|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"
    r"|(?<=[A-Z]{2} )\d{5}\b"
)

_OCCASION = re.compile(
    r"\b(?:for|gives?|holds?|has|have|attends?|about)\s+(?:the|an?|our|his|her|their)\s+"
    r"([a-z][\w-]*(?: (?!on|at|in|with|and|to|for)[a-z][\w-]*)?)"
)

# Capitalised because they start a sentence, not because they are names.
_NOT_NAMES = (
    STOP_WORDS
    | REQUEST_VERBS
    | word_set("dear he hello i invoice it query question she therefore they this we yes")
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
        people: Those of them that are no places.
        numbers: The numbers that are not used yet.
        moments: The dates and times that are not used yet.
        codes: The codes that are not used yet, such as "INV-017".
    """

    text: str
    quoted: list[str]
    places: list[str]
    names: list[str]
    people: list[str]
    numbers: list[FoundNumber]
    moments: list[Moment]
    codes: list[str]

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
        self.names = [name for name in self.names if not _CODE.fullmatch(name)]
        self.moments = find_moments(text)
        self._last_moment: Moment | None = None
        self.codes = _CODE.findall(text)
        sure = {part for place in _SURE_PLACES.findall(text) for part in re.split(r",\s*", place)}
        self.people = [name for name in self.names if name not in sure and not _CODE.search(name)]
        unquoted = without_moments(_QUOTED.sub(" ", text))
        for pattern in (_URL, _EMAIL, _PHONE, _CODE, STREET, POSTAL):
            unquoted = pattern.sub(" ", unquoted)
        self.numbers = find_numbers(unquoted.strip())

    def copy(self) -> Self:
        """Return the same values, to be used up by themselves."""
        copied = copy.copy(self)
        for name in ("quoted", "places", "names", "people", "numbers", "moments", "codes"):
            setattr(copied, name, [*getattr(self, name)])
        return copied

    def topic(self) -> str:
        """Return what the prompt is about; never an empty string."""
        topic = subject_of(self.text)
        return topic if self._allowed([topic]) else NO_TOPIC

    def statement(self) -> str | None:
        """Return the first sentence that tells something and asks for nothing; None without one."""
        sentences = split_sentences(self.text)
        return next((one for one in sentences if not is_request(one) and one[-1:] != "?"), None)

    def occasion(self) -> str | None:
        """Return what happens: "Kick-off" for "They meet for the kick-off."; None if unknown."""
        found = _OCCASION.search(self.text)
        return None if found is None else found.group(1).capitalize()

    def mentions(self, name: str) -> bool:
        """Return whether the prompt names a property and does not decline it."""
        return self._has_phrase(name) and not self.declines(name)

    def declines(self, name: str) -> bool:
        """Return whether the prompt asks to omit a property: "no punchline"."""
        phrase = _phrase(name)
        without = rf"\b(?:no|not|without|omit|skip|exclude|don't|do not)\s(?:\w+\s){{0,2}}?{phrase}"
        return re.search(without, self.text, re.IGNORECASE) is not None

    def denies(self, name: str) -> bool:
        """Return whether the prompt has the opposite of a property: "unpaid", "not married"."""
        state = re.sub(r"^(?:is|has|was|are)_?(?=[a-zA-Z])", "", name)
        found = re.search(rf"\b(?:un|non-?|in){_phrase(state)}\b", self.text, re.IGNORECASE)
        return found is not None or self.declines(state)

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
            if found is not None and self._allowed([found.group(1)]):
                return found.group(1)
        if self._guessed and self.quoted:
            return self.quoted.pop(0)
        return self.places.pop(0) if self.places else None

    def name(self) -> str | None:
        """Return the next quoted text, or the next proper name."""
        if self.quoted:
            return self.quoted.pop(0)
        named = _NAMED.search(self.text)
        if named is not None:
            return named.group(1)
        return self.use(self.names[0]) if self.names else None

    def person(self) -> str | None:
        """Return the next name that is no place."""
        named = _NAMED.search(self.text)
        if named is not None and named.group(1) in self.people:
            return self.use(named.group(1))
        return self.use(self.people[0]) if self.people else None

    def moment(self, words: Collection[str]) -> Moment | None:
        """Return the date or time that one of these words stands before, else the next one.

        The last one is returned again, if there was one at all: a party begins and ends on its day.
        """
        named = (moment for moment in self.moments if self._follows(moment, words))
        found = next(named, self.moments[0] if self.moments else self._last_moment)
        if found in self.moments:
            self.moments.remove(found)
        self._last_moment = found
        return found

    def _follows(self, moment: Moment, words: Collection[str]) -> bool:
        before = self.text[: moment.start].lower().split()[-3:]
        return any(word.startswith(wanted) for word in before for wanted in words)

    def find(self, kind: str) -> str | None:
        """Return the first "email", "uri", "phone" or "expression" of the prompt."""
        pattern = {"email": _EMAIL, "uri": _URL, "phone": _PHONE, "expression": _EXPRESSION}[kind]
        found = pattern.search(self.text)
        return None if found is None else found.group().strip().rstrip(".")

    def use(self, name: str) -> str:
        """Return a name, which is then no candidate any more."""
        for candidates in (self.names, self.people):
            if name in candidates:
                candidates.remove(name)
        return name

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
        places.extend(_without_unit(part, reserved) for part in parts)
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
            found.append(" ".join(words))
    return found


def _phrase(name: str) -> str:
    return r"[\s_-]*".join(re.escape(word) for word in name_words(name)) or re.escape(name)
