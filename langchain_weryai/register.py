"""Entries in LangChain's own tables: one that the import makes, and others on request.

Third parties cannot extend the latter officially yet.
"""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.load.load import ALL_SERIALIZABLE_MAPPINGS, _default_class_paths_cache
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages import content as blocks
from langchain_core.messages.block_translators import register_translator

from langchain_weryai import reply
from langchain_weryai.chat_models import ChatWeryAI
from langchain_weryai.provider import PROVIDER


def register() -> None:
    """Make LangChain know `ChatWeryAI` by name, as it knows its partners' classes.

    After that, `init_chat_model("weryai:GPT_4O")` makes a model, and `load(...,
    allowed_objects="all")` loads a saved one. Without it, name the class:
    `load(..., allowed_objects=[ChatWeryAI])`. Either way, LangChain requires
    `valid_namespaces=["langchain_weryai"]`.

    An import does not do this, since it widens what a program deserializes. Calling it twice
    changes nothing.
    """
    path = tuple(ChatWeryAI.lc_id())
    ALL_SERIALIZABLE_MAPPINGS[path] = path
    # LangChain caches the list of trusted classes.
    _default_class_paths_cache.clear()
    try:
        from langchain.chat_models import base
    except ImportError:
        return  # only langchain-core is installed, which has no `init_chat_model`
    base._BUILTIN_PROVIDERS[PROVIDER] = ("langchain_weryai", "ChatWeryAI", _make)


def _make(cls: type[BaseChatModel], **arguments: Any) -> BaseChatModel:
    return cls(**arguments)


def register_blocks() -> None:
    """Make `message.content_blocks` work for WeryAI's messages."""
    register_translator(PROVIDER, _translate_content, _translate_content_chunk)


def _translate_content(message: AIMessage) -> list[blocks.ContentBlock]:
    return reply.translate_content(message)


def _translate_content_chunk(message: AIMessageChunk) -> list[blocks.ContentBlock]:
    return reply.translate_content_chunk(message)
