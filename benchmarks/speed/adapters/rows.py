"""All compared models and engines, one line each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

from speed.adapters.subject import Subject

# Otherwise LiteLLM fetches a table of prices when it is imported.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

LANGCHAIN, LLAMA_INDEX, ENGINE = "langchain", "llama-index", "engine"
SLOW = ("ChatOpenRouter", "ChatLiteLLM", "OpenRouter", "LiteLLM")
"""Peers that a quick run leaves out."""


class Row(NamedTuple):
    """A model class or an engine.

    Attributes:
        name: As the tables show it.
        kind: A framework's name, or "engine".
        module: Where it is imported from, and what an import of it costs is measured with.
        make: Returns a subject for a base URL.
    """

    name: str
    kind: str
    module: str
    make: Callable[[str], Subject]

    @property
    def is_peer(self) -> bool:
        """Whether it is neither ours nor the floor nor an engine."""
        return self.kind != ENGINE and self.name not in ("FLOOR", "ChatWeryAI", "WeryAI")


def rows(kind: str) -> Iterator[Row]:
    """Yield a framework's floor, its classes, and the engines."""
    yield from (row for row in _ROWS if row.kind in (kind, ENGINE))


def row_named(kind: str, name: str) -> Row:
    """Return one of the rows of a framework."""
    return next(row for row in rows(kind) if row.name == name)


def _model(name: str, kind: str, place: str, url: str, **settings: Any) -> Row:
    module, _, attribute = place.partition(":")

    def make(base_url: str) -> Subject:
        made = _named(module, attribute)(**{url: base_url}, **settings)
        subject: Subject = _driver(kind)(made)
        return subject

    return Row(name, kind, module, make)


def _engine(name: str, attribute: str, place: str = "speed.adapters.engines") -> Row:
    return Row(name, ENGINE, place, lambda base_url: _named(place, attribute)(base_url))


def _named(module: str, attribute: str) -> Any:
    value: Any = import_module(module)
    for part in attribute.split("."):
        value = getattr(value, part)
    return value


def _driver(kind: str) -> Any:
    if kind == LANGCHAIN:
        return _named("speed.adapters.langchain", "LangChain")
    return _named("speed.adapters.llama_index", "LlamaIndex")


_GPT: dict[str, Any] = {"model": "GPT_4O", "api_key": "k"}
_GPT_4O: dict[str, Any] = {"model": "gpt-4o", "api_key": "k"}  # refuses unknown names
_LITE: dict[str, Any] = {"model": "openai/GPT_4O", "api_key": "k"}
_ABILITIES: dict[str, Any] = {"is_function_calling_model": True, "context_window": 128_000}
_LANGCHAIN_FLOOR = "speed.adapters.langchain_floor:LangChainFloor.at"
_LLAMA_INDEX_FLOOR = "speed.adapters.llama_index_floor:LlamaIndexFloor.at"

_ROWS = (
    _model("FLOOR", LANGCHAIN, _LANGCHAIN_FLOOR, "base_url"),
    _model("ChatWeryAI", LANGCHAIN, "langchain_weryai:ChatWeryAI", "base_url", **_GPT),
    _model("ChatOpenAI", LANGCHAIN, "langchain_openai:ChatOpenAI", "base_url", **_GPT),
    _model("ChatGroq", LANGCHAIN, "langchain_groq:ChatGroq", "base_url", **_GPT),
    _model("ChatOpenRouter", LANGCHAIN, "langchain_openrouter:ChatOpenRouter", "base_url", **_GPT),
    _model("ChatLiteLLM", LANGCHAIN, "langchain_litellm:ChatLiteLLM", "api_base", **_LITE),
    _model("FLOOR", LLAMA_INDEX, _LLAMA_INDEX_FLOOR, "base_url"),
    _model("WeryAI", LLAMA_INDEX, "llama_index_weryai:WeryAI", "base_url", **_GPT),
    _model("OpenAI", LLAMA_INDEX, "llama_index.llms.openai:OpenAI", "api_base", **_GPT_4O),
    _model(
        "OpenAILike",
        LLAMA_INDEX,
        "llama_index.llms.openai_like:OpenAILike",
        "api_base",
        is_chat_model=True,
        **_ABILITIES,
        **_GPT,
    ),
    _model(
        "OpenRouter",
        LLAMA_INDEX,
        "llama_index.llms.openrouter:OpenRouter",
        "api_base",
        **_ABILITIES,
        **_GPT,
    ),
    _model("LiteLLM", LLAMA_INDEX, "llama_index.llms.litellm:LiteLLM", "api_base", **_LITE),
    _engine("httpx2", "Httpx2"),
    _engine("httpx2 on aiohttp", "Httpx2OnAiohttp"),
    _engine("httpcore2", "Httpcore2"),
    _engine("aiohttp", "Aiohttp"),
    _engine("pyreqwest", "Pyreqwest"),
    _engine("raw socket", "RawSocket", "speed.adapters.raw_socket"),
)
