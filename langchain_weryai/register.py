"""Opt-in entries in LangChain's own tables, which have no place for third parties yet."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.load.load import ALL_SERIALIZABLE_MAPPINGS, _default_class_paths_cache

from langchain_weryai.chat_models import ChatWeryAI
from langchain_weryai.reply.messages import PROVIDER


def register() -> None:
    """Make `ChatWeryAI` known by name to LangChain, as it knows its partners' classes.

    `init_chat_model("weryai:GPT_4O")` then makes one, and `load(..., allowed_objects="all")` loads
    a saved one (without this, name the class: `load(..., allowed_objects=[ChatWeryAI])`; either way
    LangChain wants `valid_namespaces=["langchain_weryai"]`). Not done on import, since it widens
    what a program deserialises. Calling it again changes nothing.
    """
    path = tuple(ChatWeryAI.lc_id())
    ALL_SERIALIZABLE_MAPPINGS[path] = path
    # LangChain keeps the list of trusted classes once it has been asked for.
    _default_class_paths_cache.clear()
    try:
        from langchain.chat_models import base
    except ImportError:
        return  # langchain-core alone has no `init_chat_model`
    base._BUILTIN_PROVIDERS[PROVIDER] = ("langchain_weryai", "ChatWeryAI", _make)


def _make(cls: type[BaseChatModel], **arguments: Any) -> BaseChatModel:
    return cls(**arguments)
