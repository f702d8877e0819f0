"""Families of models, and which family signed a piece of reasoning.

A signature, or encrypted reasoning, is of use to the family of models that made it; others ignore
or refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

# Words in the keys, names and ids of a family's models, and in the `format` of OpenRouter's
# `reasoning_details`; then words for the vendor, which also sells models of others.
_MODELS = {
    "Gemini": ("GEMINI",),
    "Claude": ("CLAUDE",),
    "Kimi": ("KIMI",),
    "DeepSeek": ("DEEPSEEK",),
    "Qwen": ("QWEN", "QWQ"),
    "GLM": ("GLM",),
    "Grok": ("GROK",),
    "Seed": ("SEED", "DOUBAO"),
    "GPT": ("GPT",),
}
_VENDORS = {
    "Gemini": ("GOOGLE",),
    "Claude": ("ANTHROPIC",),
    "Kimi": ("MOONSHOT",),
    "Grok": ("XAI",),
    "GPT": ("OPENAI",),
}

# LiteLLM's and Google's names of Gemini's signatures.
_GEMINI_SIGNATURES = frozenset(
    ("thought_signature", "thought_signatures", "thoughtSignature", "thoughtSignatures")
)
# The families whose reasoning these fields hold, if another did not send them.
_SENDERS = {"thinking_blocks": "Claude", "reasoning_signature": "Claude", "reasoning_items": "GPT"}
_GENERATION = re.compile(r"GEMINI\D*(\d)?")
_DEEPEST = 4  # objects in objects


@lru_cache(maxsize=128)
def family_of(model: str) -> str | None:
    """The family of a model, by its key, its name, its id or its vendor; None if it is unknown."""
    folded = model.upper()
    for families in (_MODELS, _VENDORS):
        for family, words in families.items():
            if any(word in folded for word in words):
                return family
    return None


@lru_cache(maxsize=128)
def requires_signatures(model: str) -> bool:
    """Whether a model refuses its own tool calls without their signatures.

    Google's do since Gemini 3 (ai.google.dev/gemini-api/docs/thought-signatures). Names without a
    generation, such as "gemini-flash-latest", mean the newest.
    """
    found = _GENERATION.search(model.upper())
    return found is not None and int(found[1] or 3) >= 3


def goes_to(model: str, name: str, value: Any, maker: str) -> bool:
    """Whether signed reasoning may go to a model: to its own family; what is unknown to all.

    Args:
        model: Key of the model.
        name: Name of the field that holds the reasoning.
        value: The value of that field.
        maker: The model whose answer held it; "" if unknown.
    """
    family, sender = family_of(model), family_of(maker)
    signer = _signer_of(name, value, sender)
    # What a model's own answers held goes back to it, whoever signed that.
    return None in (family, signer) or family in (signer, sender)


def holds_gemini_signature(name: str, value: Any) -> bool:
    """Whether a field holds a signature of Gemini's."""
    for key, inner in _fields_of(name, value):
        if key in _GEMINI_SIGNATURES and inner:
            return True
        for entry in inner if isinstance(inner, list) else ():
            if _format_of(entry) == "Gemini" and (entry.get("data") or entry.get("signature")):
                return True
    return False


def _signer_of(name: str, value: Any, sender: str | None) -> str | None:
    """The family that signed reasoning, by its form; else the one that sent it."""
    if holds_gemini_signature(name, value):
        return "Gemini"
    for key, inner in _fields_of(name, value):
        for entry in inner if isinstance(inner, list) else ():
            if family := _format_of(entry):
                return family
        if key in _SENDERS and inner:
            return sender or _SENDERS[key]
    return sender


def _format_of(entry: object) -> str | None:
    """The family that OpenRouter's `format` of an entry names."""
    form = entry.get("format") if isinstance(entry, Mapping) else None
    return family_of(form) if isinstance(form, str) else None


def _fields_of(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """A field and the fields of the objects in it, e.g. of `extra_content`."""
    yield name, value
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _fields_of(str(key), inner, depth + 1)
