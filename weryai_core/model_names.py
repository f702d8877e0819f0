"""Which documented models an unknown name may mean.

WeryAI has keys of its own, and people know the vendors' ids. A name is read in three steps: what
stands around the model is dropped (a provider, a date, "latest"), the rest is split into words and
a version, and both are compared with the catalogue. Words may be misspelled, a version must be the
same. So `gpt-4o-mini` means none of the documented models, although its name resembles `GPT_4O`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache

from weryai_core.errors import (
    APIError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    WeryAIError,
)
from weryai_core.models import known_models

_MOST = 3  # models that a name without a version may mean
_LONGEST = 200  # characters of a name that is looked at

# What vendors also call a model, in words that the catalogue lacks.
_OTHER_IDS = {"chatgpt-4o": "GPT_4O", "deepseek-reasoner": "DEEPSEEK_R1"}

# Words around a model: providers, regions, stages.
_WORDS_AROUND = """
weryai openai azure anthropic google vertex maas bedrock databricks deepmind xai moonshot moonshotai
alibaba dashscope zai zhipu bytedance doubao us eu au jp gov apac global models latest preview exp
experimental v1
"""
_AROUND = frozenset(_WORDS_AROUND.split())
# Words of other models, of which none is another word misspelled.
_OF_OTHERS = frozenset(("live", "max", "nano", "turbo", "ultra"))
_DATE = re.compile(
    r"[-_@.](?:(?:19|20)\d\d([-_]?)\d\d\1\d\d|\d\d[-_](?:19|20)\d\d|\d\d[-_]\d\d)(?!\d)"
)
_POINT = re.compile(r"(?<=\d)p(?=\d)")  # "kimi-k2p5"
_PART = re.compile(r"[a-z]*\d[a-z\d]*|[a-z]+")
_WORD_AND_NUMBER = re.compile(r"([a-z]{3,})(\d[a-z\d]*)")  # "gpt4o"; "k2" and "r1" are versions
# What an error says that is about a model.
_MODEL = re.compile(r"(?<![a-z])models?(?![a-z])|模型", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Name:
    """A name in parts.

    Attributes:
        words: The parts without a digit.
        version: The others, joined.
        whole: All parts, joined in their order, with zeros for each "o".
    """

    words: tuple[str, ...]
    version: str
    whole: str


def similar_models(name: str) -> tuple[str, ...]:
    """The documented models that an unknown name may mean, the most likely one first.

    Args:
        name: What somebody takes for the key of a model, e.g. "gpt-4o".

    Returns:
        The keys, e.g. ("GPT_4O",). A name without a version may mean up to three. There is none for
        a documented key, and none for a name that resembles no documented model.
    """
    return () if name in known_models() or len(name) > _LONGEST else _find(name)


def did_you_mean(name: str) -> str:
    """A question about an unknown name that may mean a documented model; else an empty text."""
    keys = similar_models(name)
    if not keys:
        return ""
    listed = " or ".join(filter(None, (", ".join(keys[:-1]), keys[-1])))
    return f"WeryAI documents no model {name!r}. Did you mean {listed}?"


def advice_on(error: WeryAIError, name: str) -> str:
    """What to add to the error of a request: the question, if its model may be the reason.

    Args:
        error: The error.
        name: The request's model.
    """
    is_about_model = isinstance(error, NotFoundError) or (
        # Not their subclasses, which have reasons of their own.
        type(error) in (APIError, InvalidRequestError, PermissionDeniedError, ServerError)
        and _MODEL.search(str(error))
    )
    return did_you_mean(name) if is_about_model else ""


@lru_cache(maxsize=256)
def _find(name: str) -> tuple[str, ...]:
    given = _read(name)
    if not given.words:
        return ()
    alike = [key for key, known in _known_names() if known.whole == given.whole]
    if not alike:
        alike = [
            key
            for key, known in _known_names()
            if known.version == given.version and _are_alike(given.words, known.words)
        ]
    if not alike and not given.version:
        alike = [key for key, known in _known_names() if {*known.words} == {*given.words}]
    return tuple(dict.fromkeys(alike))[:_MOST]


@cache
def _known_names() -> Sequence[tuple[str, _Name]]:
    """The names of all documented models, each with the model's key."""
    models = known_models().values()
    names = [
        (model.key, name) for model in models for name in (model.key, model.name, model.upstream_id)
    ]
    others = [(key, name) for name, key in _OTHER_IDS.items()]
    return [(key, _read(name)) for key, name in (*names, *others)]


def _read(name: str) -> _Name:
    text = name.strip().lower().rpartition("/")[2]  # "google/gemini-2.5-pro"
    # "openai:gpt-4o", "deepseek-r1:free": the model is what has a number.
    sections = text.split(":")
    text = next((section for section in sections if re.search(r"\d", section)), sections[-1])
    text = _POINT.sub("", text.partition("@")[0])  # "claude-opus-4-5@20251101"
    parts: list[str] = []
    for part in _PART.findall(_DATE.sub("", text)):
        joined = _WORD_AND_NUMBER.fullmatch(part)
        parts += joined.groups() if joined else [part]
    # "claude-opus-4-0" is "claude-opus-4", "grok-4-0709" is "grok-4", "gpt-40" is "gpt-4o".
    parts = [part for part in parts if part not in _AROUND and not re.fullmatch(r"0|\d{3,}", part)]
    words = tuple(part for part in parts if part.isalpha())
    numbers = [part.replace("o", "0") for part in parts if not part.isalpha()]
    return _Name(words, "".join(numbers), "".join(parts).replace("o", "0"))


def _are_alike(given: Sequence[str], known: Sequence[str]) -> bool:
    """Whether words are the same or misspelled, in any order."""
    if len(given) != len(known):
        return False
    left = [*known]
    for word in given:
        best = max(left, key=lambda other: _likeness(word, other))
        if _likeness(word, best) < (0.65 if len(best) < 5 else 0.75):
            return False
        left.remove(best)
    return True


def _likeness(word: str, known: str) -> float:
    if word != known and (word in _OF_OTHERS or word.startswith(known)):
        return 0.0  # "flashx" is another model than "flash"
    return SequenceMatcher(None, word, known).ratio()
