"""Where in a user's program a warning belongs."""

from __future__ import annotations

import inspect

# A model is made through the constructors of these, one below the other, or by their functions.
_PACKAGES = frozenset(
    (
        "weryai_core",
        "langchain_weryai",
        "llama_index_weryai",
        "pydantic",
        "langchain",
        "langchain_core",
        "llama_index",
    )
)


def level_of_user() -> int:
    """The `stacklevel` for a warning of the calling function: the first line outside of ours."""
    current = inspect.currentframe()
    frame = None if current is None else current.f_back
    level = 1
    while frame is not None and _package_of(frame.f_globals) in _PACKAGES:
        frame = frame.f_back
        level += 1
    return level


def _package_of(module: dict[str, object]) -> str:
    return str(module.get("__name__")).partition(".")[0]
