"""The kinds of strings that a property may ask for by its name, and where a prompt has them.

A kind knows the words of a name that ask for it, how to take a value from a prompt, and what to
write if the prompt has none. The items of an array take the invented values one after another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from weryai_emulator.json_schema.prompt_values import POSTAL, STREET, PromptValues
from weryai_emulator.text import stem, word_set

_PEOPLE = ("Ada Miller", "Ben Carter", "Clara Novak", "David Olsen")
_COLOURS = (
    "red orange yellow green blue purple pink black white grey gray brown blond blonde silver gold"
)
_LANGUAGES = (
    "English German French Spanish Italian Portuguese Dutch Norwegian Swedish Danish Finnish "
    "Polish Czech Russian Ukrainian Greek Turkish Arabic Hebrew Hindi Chinese Japanese Korean"
)
_COUNTRIES = (
    "Argentina|Australia|Austria|Belgium|Brazil|Canada|Chile|China|Czechia|Denmark|Egypt|England|"
    "Finland|France|Germany|Greece|Hungary|Iceland|India|Ireland|Israel|Italy|Japan|Kenya|Mexico|"
    "Netherlands|New Zealand|Nigeria|Norway|Peru|Poland|Portugal|Scotland|South Africa|South Korea|"
    "Spain|Sweden|Switzerland|Turkey|Ukraine|United Kingdom|United States|USA|UK|Vietnam"
)
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}

_COLOUR = re.compile(rf"\b(?:{'|'.join(_COLOURS.split())})\b", re.IGNORECASE)
_LANGUAGE = re.compile(rf"\b(?:{'|'.join(_LANGUAGES.split())})\b")
_COUNTRY = re.compile(rf"\b(?:{_COUNTRIES})\b")
_CURRENCY = re.compile(
    r"\b(?:EUR|USD|GBP|CHF|NOK|SEK|DKK|PLN|CZK|JPY|CNY|INR|CAD|AUD|BRL)\b|[€$£¥]"
)
_JOB = re.compile(
    r"\b(?:is|was|am|works as|working as|as) an? ((?!very\b|the\b)[a-z]+(?: (?:engineer|developer|"
    r"manager|designer|teacher|scientist|driver|officer|writer|analyst|nurse|director|assistant))?)"
)
_AFTER_POSTAL = re.compile(r"\b\d{4,5}\s+([A-Z\u00c0-\u00de][\w-]+)")
_COMPANY = re.compile(
    r"\b(?:[A-Z\u00c0-\u00de][\w&'-]* ){1,5}"
    r"(?:AS|ASA|AB|AG|GmbH|Inc|Ltd|LLC|Corp|Co|SA|BV|Oy|PLC)\b\.?"
)
_MEASURE = re.compile(
    r"\b(\d+(?:\.\d+)?)\s?(cm|mm|km|kg|metres?|meters?|m|feet|foot|ft|inches|pounds|lbs?|g)\b"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of string.

    Attributes:
        words: Words of a property's name of which one asks for it.
        take: Takes a value from a prompt, given the words of the name.
        invented: What to write where the prompt has none.
        needs: Words that the name must have, too.
    """

    words: frozenset[str]
    take: Callable[[PromptValues, Collection[str]], str | None]
    invented: tuple[str, ...]
    needs: frozenset[str] = frozenset()

    @property
    def is_of_people(self) -> bool:
        """Whether it is the name of a person."""
        return self.take in (_first_name, _last_name, _person)


def kind_of_string(words: Collection[str]) -> Kind | None:
    """Return the kind of string that the words of a property's name ask for; None for any other."""
    given = {*words}
    return next((kind for kind in _KINDS if given & kind.words and kind.needs <= given), None)


def list_of(kind: Kind, prompt: PromptValues, words: Collection[str]) -> list[str]:
    """Return all values of a kind that a prompt has."""
    values, found = prompt.copy(), list[str]()
    while (value := kind.take(values, words)) is not None and value not in found:
        found.append(value)
        values.text = values.text.replace(value, " ", 1)
    return found


def _searched(pattern: re.Pattern[str]) -> Callable[[PromptValues, Collection[str]], str | None]:
    def take(prompt: PromptValues, words: Collection[str]) -> str | None:
        found = pattern.search(prompt.text)
        return None if found is None else found.group().strip()

    return take


def _first_name(prompt: PromptValues, words: Collection[str]) -> str | None:
    return prompt.people[0].split()[0] if prompt.people else None


def _last_name(prompt: PromptValues, words: Collection[str]) -> str | None:
    whole = next((name for name in prompt.people if " " in name), None)
    return None if whole is None else prompt.use(whole).split()[-1]


def _person(prompt: PromptValues, words: Collection[str]) -> str | None:
    return prompt.quoted.pop(0) if prompt.quoted else prompt.person()


def _company(prompt: PromptValues, words: Collection[str]) -> str | None:
    if prompt.quoted:
        return prompt.quoted.pop(0)
    found = _COMPANY.search(prompt.text)
    if found is not None and found.group() in prompt.names:
        return prompt.use(found.group())
    return prompt.name()


def _country(prompt: PromptValues, words: Collection[str]) -> str | None:
    found = _COUNTRY.search(prompt.text)
    return found.group() if found is not None else None


def _city(prompt: PromptValues, words: Collection[str]) -> str | None:
    addressed = _AFTER_POSTAL.search(prompt.text)
    if addressed is not None:
        return addressed.group(1)
    # "Bergen, Norway" has a city and a country, "San Francisco, CA" is as people write a city.
    for place in prompt.places:
        if _COMPANY.fullmatch(place):
            continue
        city, _, rest = place.partition(", ")
        if not _COUNTRY.fullmatch(city):
            prompt.places.remove(place)
            return city if _COUNTRY.fullmatch(rest) else place
    return prompt.place()


def _currency(prompt: PromptValues, words: Collection[str]) -> str | None:
    found = _CURRENCY.search(prompt.text)
    return None if found is None else _SYMBOLS.get(found.group(), found.group())


def _job(prompt: PromptValues, words: Collection[str]) -> str | None:
    found = _JOB.search(prompt.text)
    return None if found is None else found.group(1)


def _code(prompt: PromptValues, words: Collection[str]) -> str | None:
    if prompt.codes:
        return prompt.codes.pop(0)
    # "order 1234" for `order_id`
    for number in prompt.numbers:
        if {*number.before[-1:]} & {stem(word) for word in words}:
            prompt.numbers.remove(number)
            return f"{number.value:.0f}"
    return None


def _measure(prompt: PromptValues, words: Collection[str]) -> str | None:
    found = _MEASURE.search(prompt.text)
    if found is None:
        return None
    number, unit = found.groups()
    if {"meters", "metres", "meter", "m"} & {*words}:
        factor = {"feet": 0.3048, "foot": 0.3048, "ft": 0.3048, "cm": 0.01}.get(unit, 1.0)
        return f"{float(number) * factor:.2f}"
    return found.group()


def _email_address(prompt: PromptValues, words: Collection[str]) -> str | None:
    return prompt.find("email")


def _phone_number(prompt: PromptValues, words: Collection[str]) -> str | None:
    return prompt.find("phone")


def _addresses(people: Iterable[str]) -> tuple[str, ...]:
    return tuple(address_of(person) for person in people)


def address_of(person: str) -> str:
    """Return a mail address for a person: "ada.miller@example.com"."""
    local = ".".join(re.findall(r"[a-z0-9]+", person.lower()))
    return f"{local or 'someone'}@example.com"


CODE_WORDS = word_set("sku isbn reference ref number id identifier code no")

# The first one that fits counts.
_KINDS = (
    Kind(word_set("first given"), _first_name, ("Ada", "Ben", "Clara", "David"), word_set("name")),
    Kind(word_set("firstname forename"), _first_name, ("Ada", "Ben", "Clara", "David")),
    Kind(
        word_set("last family"),
        _last_name,
        ("Miller", "Carter", "Novak", "Olsen"),
        word_set("name"),
    ),
    Kind(word_set("lastname surname"), _last_name, ("Miller", "Carter", "Novak", "Olsen")),
    Kind(word_set("email mail emails"), _email_address, _addresses(_PEOPLE)),
    Kind(word_set("phone telephone mobile fax"), _phone_number, ("+47 22 12 34 56",)),
    Kind(word_set("street"), _searched(STREET), ("12 Example Street", "34 Sample Road")),
    Kind(word_set("zip postal postcode zipcode"), _searched(POSTAL), ("10115", "20095")),
    Kind(word_set("color colour colors colours"), _searched(_COLOUR), ("blue", "green", "red")),
    Kind(word_set("currency"), _currency, ("EUR",)),
    Kind(word_set("language languages"), _searched(_LANGUAGE), ("English", "Spanish", "French")),
    Kind(word_set("job occupation profession role position"), _job, ("engineer", "teacher")),
    Kind(word_set("height weight width"), _measure, ("1.75 m",)),
    Kind(word_set("country countries nationality"), _country, ("Norway", "Portugal", "Japan")),
    Kind(word_set("city town"), _city, ("Oslo", "Lisbon", "Tokyo")),
    Kind(
        word_set(
            "vendor supplier company employer organization organisation brand manufacturer "
            "publisher merchant seller airline"
        ),
        _company,
        ("Example Ltd", "Sample Inc"),
    ),
    Kind(word_set("customer client buyer"), _company, ("Harbour AG", "Valley Co")),
    Kind(
        word_set(
            "person people artist author director actor actors cast participant participants "
            "attendee attendees guest guests member members employee manager owner president "
            "speaker teacher student students doctor patient sender assignee reporter contact"
        ),
        _person,
        _PEOPLE,
    ),
    Kind(CODE_WORDS, _code, ()),
)
