"""Opt-in entries in LangChain's own tables, which have no place for third parties yet."""

from __future__ import annotations

from langchain_core.load.load import ALL_SERIALIZABLE_MAPPINGS, _default_class_paths_cache

from langchain_weryai.chat_models import ChatWeryAI


def register() -> None:
    """Let `load(..., allowed_objects="all")` load `ChatWeryAI`, as it does LangChain's partners.

    Without it, name the class: `load(..., allowed_objects=[ChatWeryAI])`. Either way LangChain
    wants `valid_namespaces=["langchain_weryai"]`. Not done on import, since it widens what a
    program deserialises. Calling it again changes nothing.
    """
    path = tuple(ChatWeryAI.lc_id())
    ALL_SERIALIZABLE_MAPPINGS[path] = path
    # LangChain keeps the list of trusted classes once it has been asked for.
    _default_class_paths_cache.clear()
