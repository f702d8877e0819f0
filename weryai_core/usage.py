"""Reads the `usage` of a reply: token counts by all the names that services give them.

Names are compared without case and underscores, so that `cache_read_input_tokens` and
`cacheReadInputTokens` are one. A count that has several names in one object, some of them 0, is the
largest of them. Nulls, missing counts and values of the wrong type count as absent.

Some counts leave out a part that others include: Anthropic's and Bedrock's prompts are without the
tokens of the cache, xAI's and Google's answers are without reasoning. The parts are added, so that
cached tokens are always part of the prompt, and reasoning is always part of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from weryai_core.chunk import Usage

# In order: OpenAI's name, then Anthropic's and that of OpenAI's Responses, then Google's.
_PROMPT = ("prompttokens", "inputtokens", "prompttokencount", "inputtokencount")
_COMPLETION = ("completiontokens", "outputtokens", "completiontokencount", "outputtokencount")
_COMPLETION_WITHOUT_REASONING = "candidatestokencount"
_TOTAL = ("totaltokens", "totaltokencount")

_LONGEST_NAME = 64  # the patterns take longer the longer a name is
_DIGITS = re.compile(r"[0-9]{1,15}")
# Cohere's two counts of a reply: of the tokens read and written, and of those billed.
_NESTED = ("billedunits", "tokens")

_DETAILS_OF_PROMPT = re.compile(r"(prompt|input)tokens?details")
_DETAILS_OF_COMPLETION = re.compile(r"(completion|output)tokens?details")
_IS_COUNT = re.compile(r".*tokens?(count)?|cached|cache(read|hit|write|creation)")
# What a count is of, and how its name begins.
_MEANINGS = {
    "cache read": re.compile(r"(?!.*(writ|creat)).*(cached|cache.*(read|hit)|(read|hit).*cache)"),
    "cache written": re.compile(r".*(cache.*(writ|creat)|(writ|creat).*cache)"),
    "reasoning": re.compile(r".*(reasoning|thought|thinking)"),
}
# Other counts of the cache, prices, and counts of one modality or lifetime only.
_OTHER = re.compile(
    r"miss|uncached|noncached|cost|price|audio|(?<!con)text|image|video|ephemeral|5m|1h"
)
_PRICES = frozenset(("cost", "totalcost", "estimatedcost"))
# Anthropic's and Bedrock's own names, whose prompts are without the tokens of the cache.
_BESIDE_PROMPT = re.compile(r"cache(read|write|creation)inputtokens?(count)?")


class GrowingUsage:
    """The usage of a stream, whose chunks may each bring all of it or some.

    What a chunk leaves out, or has as null, is that of the chunks before it. The counts are read
    when they are asked for, so that a chunk costs no more than its own fields.

    Args:
        before: The usage of the chunks before; None for none.
    """

    def __init__(self, before: Usage | None = None) -> None:
        self._raw: dict[str, Any] = {**before.raw} if before else {}
        self._value = before
        self._is_read = True

    def add(self, usage: object) -> None:
        """Add the `usage` object of the next chunk."""
        if not isinstance(usage, dict):
            return
        given = {name: value for name, value in usage.items() if value is not None}
        raw = self._raw
        if not raw:
            self._value = _read(given)
            self._raw = given if self._value else {}
            return
        if _is_zero(given):
            return  # a closing chunk that repeats the field without its counts
        for name, value in given.items():
            known = raw.get(name)
            # A part that a later chunk leaves out may come as 0.
            if known and (_is_zero(value) or (_counts(known) and not _counts(value))):
                continue
            raw[name] = value
        self._is_read = False

    def value(self) -> Usage | None:
        """The usage so far; None if no chunk has counts."""
        if not self._is_read:
            self._value = _read({**self._raw}) or self._value
            self._is_read = True
        return self._value


def to_usage(usage: object, before: Usage | None = None) -> Usage | None:
    """A `usage` object as `Usage`; missing counts and nulls are taken from `before`."""
    growing = GrowingUsage(before)
    growing.add(usage)
    return growing.value()


def _counts(value: object) -> bool:
    """Whether a value is a count, or may hold some."""
    return isinstance(value, Mapping) or count_of(value) is not None


def _read(raw: dict[str, Any]) -> Usage | None:
    """The counts of a `usage` object without nulls; None if it has none."""
    fields = {_plain(name): value for name, value in raw.items()}
    inner = _objects_in(fields)
    for name in _NESTED if inner else ():
        nested = {_plain(key): value for key, value in inner.get(name, {}).items()}
        fields |= nested
        inner |= _objects_in(nested)
    prompt, completion = _first(fields, _PROMPT), _first(fields, _COMPLETION)
    total = _first(fields, _TOTAL)
    of_prompt = _details(inner, _DETAILS_OF_PROMPT)
    of_completion = _details(inner, _DETAILS_OF_COMPLETION)
    reasoning = _largest("reasoning", fields, of_completion)
    if completion is None:
        completion = count_of(fields.get(_COMPLETION_WITHOUT_REASONING))
        completion = None if completion is None else completion + (reasoning or 0)
    if prompt is None and completion is None:
        if total is None and not _PRICES.isdisjoint(fields):
            total = 0  # the price alone
        if total is None:
            return None
        prompt, completion = total, 0
    if total is not None:
        # A missing count is the rest of the total.
        prompt = max(total - (completion or 0), 0) if prompt is None else prompt
        completion = max(total - prompt, 0) if completion is None else completion
    cached = _largest("cache read", fields, of_prompt)
    written = _largest("cache written", fields, of_prompt)
    if written is None:
        written = _sum(fields.get("cachecreation"))
    prompt, completion = _with_parts(
        fields, prompt or 0, completion or 0, total, (cached or 0) + (written or 0), reasoning or 0
    )
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        # At least the sum of its parts: while counts grow, the total may be an old one.
        total_tokens=max(total or 0, prompt + completion),
        cached_tokens=cached,
        cache_write_tokens=written,
        prompt_audio_tokens=count_of(of_prompt.get("audiotokens")),
        reasoning_tokens=reasoning,
        completion_audio_tokens=count_of(of_completion.get("audiotokens")),
        raw=raw,
    )


def _is_zero(value: object) -> bool:
    """Whether a count or a price is 0, or an object holds nothing else."""
    if isinstance(value, Mapping):
        return all(map(_is_zero, value.values()))
    return value is None or (count_of(value) == 0 and not (isinstance(value, float) and value))


def find_usage(payload: Mapping[str, Any]) -> object:
    """The `usage` of a completion or a chunk.

    Kimi's streams have it in a choice, Groq's in a field of their own.
    """
    choices = payload.get("choices")
    for place in (payload, payload.get("x_groq"), *(choices if isinstance(choices, list) else ())):
        if isinstance(place, dict) and not _USAGE.isdisjoint(place):
            for name in USAGE_FIELDS:
                if place.get(name):
                    return place[name]
    return None


USAGE_FIELDS = ("usage", "usageMetadata", "usage_metadata")
"""The names of the field with the usage."""
_USAGE = frozenset(USAGE_FIELDS)


def count_of(value: object) -> int | None:
    """A number of tokens, also as text; None for anything that is none."""
    if type(value) is int:
        return value if value >= 0 else None
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # JSON parsers give infinity for 1e999.
    return int(value) if is_number and 0 <= value < float("inf") else None  # type: ignore[operator, call-overload]  # a number here


def _with_parts(
    fields: Mapping[str, Any],
    prompt: int,
    completion: int,
    total: int | None,
    of_cache: int,
    reasoning: int,
) -> tuple[int, int]:
    """The tokens of prompt and answer, with the parts that the service left out."""
    sum_ = prompt + completion
    if reasoning > completion or (reasoning and total == sum_ + reasoning):
        completion += reasoning
    is_beside = "prompttokens" not in fields and any(map(_BESIDE_PROMPT.fullmatch, fields))
    if of_cache > prompt or (is_beside and total != sum_):
        prompt += of_cache
    return prompt, completion


def _plain(name: str) -> str:
    """A name in lower case, without separators; "" for a long one, which is not that of a count."""
    return _plain_name(name) if len(name) <= _LONGEST_NAME else ""


@lru_cache(maxsize=512)
def _plain_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=1024)
def _is_named(name: str, meaning: str) -> bool:
    """Whether a plain name is that of a count with a meaning."""
    is_count = _IS_COUNT.fullmatch(name) and not _OTHER.search(name)
    return bool(is_count and _MEANINGS[meaning].match(name))


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> int | None:
    for name in names:
        count = count_of(fields.get(name))
        if count is not None:
            return count
    return None


def _largest(meaning: str, *places: Mapping[str, Any]) -> int | None:
    largest: int | None = None
    for place in places:
        for name, value in place.items():
            count = count_of(value) if _is_named(name, meaning) else None
            if count is not None and (largest is None or count > largest):
                largest = count
    return largest


def _objects_in(fields: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: value for name, value in fields.items() if isinstance(value, dict)}


def _details(inner: Mapping[str, Mapping[str, Any]], meaning: re.Pattern[str]) -> Mapping[str, Any]:
    """Those of some objects that have the details of a count, in one."""
    found: dict[str, Any] = {}
    for name, counts in inner.items():
        if meaning.fullmatch(name):
            found.update((_plain(key), count) for key, count in counts.items())
    return found


def _sum(counts: object) -> int | None:
    """The sum of the counts in an object, such as those of each lifetime of a cache."""
    values = counts.values() if isinstance(counts, dict) else ()
    known = [count for count in map(count_of, values) if count is not None]
    return sum(known) if known else None
