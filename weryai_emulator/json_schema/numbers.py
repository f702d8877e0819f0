"""The number for a property of a JSON schema, from its name, its bounds and the prompt.

Each number of a prompt has words around it. "34 years old" fits `age`, "at 1200.50 each" fits
`unit_price`. Where no words fit, the next number is taken, as `add(a, b)` needs it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from weryai_emulator.json_text import JsonObject
from weryai_emulator.text import name_words, stem, word_set, words_of

_NUMBER = re.compile(r"(?<![\w.])-?\d(?:[\d,]*\d)?(?:\.\d+)?(?!\w)|(?<=[-+*/^(])-?\d+(?:\.\d+)?")
_AROUND = 4  # words on either side of a number,
_NEAR = 60  # within so many characters
_YEARS = range(1000, 2101)
_YEAR_WORDS = word_set("year")
_BEFORE_YEARS = word_set("in since of from until")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of number.

    Attributes:
        words: Words of a property's name that ask for it.
        units: Words around a number that it has.
        invented: What to write where the prompt has none.
        is_whole: Whether it is a whole number, whatever the schema says.
        range: Where it lies.
    """

    words: frozenset[str]
    units: frozenset[str]
    invented: float
    is_whole: bool = False
    range: tuple[float, float] = (-math.inf, math.inf)


_KINDS = (
    _Kind(_YEAR_WORDS, word_set("in since year"), 2024, True, (1000, 2100)),
    _Kind(word_set("age"), word_set("year old aged age"), 34, True, (0, 130)),
    _Kind(
        word_set("rating score stars grade"),
        word_set("star out rating score point"),
        4,
        range=(0, 100),
    ),
    _Kind(
        word_set("confidence probability likelihood"),
        word_set("confidence sure percent"),
        0.9,
        range=(0, 100),
    ),
    _Kind(
        word_set("price cost amount total sum fee salary budget subtotal revenue"),
        word_set("at each cost price total eur euro usd dollar pound pay paid for"),
        19.99,
    ),
    _Kind(
        word_set("quantity qty servings guests people seats copies"),
        word_set("people person serving guest copy piece"),
        2,
        True,
    ),
    _Kind(word_set("minutes duration"), word_set("minute min hour"), 30),
    _Kind(word_set("seconds length"), word_set("second sec long"), 180),
    _Kind(word_set("hours"), word_set("hour h"), 2),
    _Kind(word_set("height"), word_set("tall high feet foot ft cm metre meter"), 1.75),
    _Kind(word_set("weight"), word_set("kg kilo pound lb gram weigh"), 70),
    _Kind(word_set("temperature"), word_set("degree celsius fahrenheit"), 20),
    _Kind(word_set("population inhabitants"), word_set("inhabitant people million"), 1_200_000),
    _Kind(word_set("area"), word_set("square km"), 1200),
    _Kind(word_set("latitude lat"), word_set("latitude lat north"), 59.91, range=(-90, 90)),
    _Kind(word_set("longitude lon lng"), word_set("longitude lon east"), 10.75, range=(-180, 180)),
)


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number of a prompt, with the stems of the words before and after it."""

    value: float
    before: tuple[str, ...]
    after: tuple[str, ...]
    is_decimal: bool

    def fit(self, name: str, kind: _Kind | None) -> int:
        """Return how well the words around it fit a property."""
        wanted = {stem(word) for word in name_words(name)}
        units = {stem(word) for word in kind.units} if kind else set()
        nearest = {*self.before[-1:], *self.after[:1]}
        around = {*self.before, *self.after}
        score = 2 * len(wanted & around) + 2 * len(wanted & nearest)
        score += len(units & around) + 2 * len(units & nearest)
        if kind is not None and self.value in _YEARS and nearest & _BEFORE_YEARS:
            score += 1 if kind.words == _YEAR_WORDS else -1
        return score


def find_numbers(text: str) -> list[FoundNumber]:
    """Return the numbers of a text, in its order."""
    found: list[FoundNumber] = []
    for match in _NUMBER.finditer(text):
        left = text[max(match.start() - _NEAR, 0) : match.start()]
        right = text[match.end() : match.end() + _NEAR]
        before = words_of(re.split(r"[.;!?]\s", left)[-1])[-_AROUND:]
        after = words_of(re.split(r"[.;!?,]\s", right)[0])[:_AROUND]
        value = float(match.group().replace(",", ""))
        around = tuple(map(stem, before)), tuple(map(stem, after))
        found.append(FoundNumber(value, *around, is_decimal="." in match.group()))
    return found


def kind_of_number(name: str) -> _Kind | None:
    """Return the kind of number that a property's name asks for."""
    words = name_words(name)
    # The last word says what it is: `unit_price`, but also `height_in_meters`.
    for word in reversed(words):
        for kind in _KINDS:
            if word in kind.words:
                return kind
    return None


def take_number(
    name: str, schema: JsonObject, found: list[FoundNumber], *, whole: bool
) -> float | None:
    """Take the number of a prompt that fits a property, and return it; None if none fits.

    Args:
        name: The property's name.
        schema: Its schema, for the bounds.
        found: The numbers of the prompt; the one that is taken is removed.
        whole: Whether the schema asks for a whole number.
    """
    kind = kind_of_number(name)
    able = [number for number in found if kind is None or _is_in(number.value, kind)]
    within = [
        number for number in able if into_range(number.value, schema, whole=whole) == number.value
    ]
    if whole or (kind is not None and kind.is_whole):
        within = [number for number in within if not number.is_decimal] or within
    for group in (within, able):
        if group:
            best = max(group, key=lambda number: number.fit(name, kind))
            found.remove(best)
            return best.value
    return None


def has_number(name: str, found: list[FoundNumber]) -> bool:
    """Return whether the words around a number of the prompt fit a property."""
    kind = kind_of_number(name)
    return any(
        number.fit(name, kind) > 1 for number in found if kind is None or _is_in(number.value, kind)
    )


def invented_number(name: str, schema: JsonObject, index: int) -> float:
    """Return a number for a property of which the prompt says nothing."""
    default = schema.get("default")
    if isinstance(default, (int, float)):
        return default
    kind = kind_of_number(name)
    if kind is None:
        return 1 + index
    high = schema.get("maximum")
    if isinstance(high, (int, float)) and kind.invented > high:
        low = schema.get("minimum") or 0
        return low + (high - low) * 0.8
    return kind.invented + index


def into_range(number: float, schema: JsonObject, *, whole: bool) -> float:
    """Return the nearest number that the schema allows, if it allows any."""
    step = schema.get("multipleOf") or 0
    if whole and (not step or (step < 1 and 1 % step == 0)):
        step = 1
    low, high = _lowest(schema, step), _highest(schema, step)
    number = min(max(number, low), high)
    if step:
        turns = math.floor(number / step)
        number = _multiple(turns, step)
        if number < low:
            number = _multiple(turns + 1, step)
    return int(number) if whole or float(number).is_integer() else number


def _lowest(schema: JsonObject, step: float) -> float:
    low: float = schema.get("minimum", -math.inf)
    above: float | None = schema.get("exclusiveMinimum")
    if above is True:  # as drafts up to 4 write it
        above = low
    if above is None or above is False:
        return low
    next_one = (math.floor(above / step) + 1) * step if step else above + _margin(schema)
    return max(low, next_one)


def _highest(schema: JsonObject, step: float) -> float:
    high: float = schema.get("maximum", math.inf)
    below: float | None = schema.get("exclusiveMaximum")
    if below is True:
        below = high
    if below is None or below is False:
        return high
    last_one = (math.ceil(below / step) - 1) * step if step else below - _margin(schema)
    return min(high, last_one)


def _margin(schema: JsonObject) -> float:
    """Return the distance to keep from an exclusive bound."""
    bounds = [
        schema[name]
        for name in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
        if name in schema and not isinstance(schema[name], bool)
    ]
    width = max(bounds) - min(bounds)
    return float(min(0.5, width / 2)) if width else 0.5


def _multiple(turns: int, step: float) -> float:
    """Return a multiple without the digits that binary fractions add."""
    return float(Decimal(str(step)) * turns) if isinstance(step, float) else step * turns


def _is_in(value: float, kind: _Kind) -> bool:
    return kind.range[0] <= value <= kind.range[1]
