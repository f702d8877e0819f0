"""What the catalogue knows of a model, as a LangChain model profile. No I/O."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from langchain_core.language_models import ModelProfile

from weryai_core import known_models, model_info
from weryai_core.integration import excludes_json_schema


def profile_of(model: str, *, web_search: bool = False) -> ModelProfile | None:
    """The profile of a model, or None for one that the catalogue does not hold.

    Facts that are unknown are left out.

    Args:
        model: Key of the model.
        web_search: Whether it searches the web, which excludes JSON schemas for some.
    """
    info = model_info(model)
    if info is None:
        return None
    facts: dict[str, Any] = {
        "name": info.name,
        "max_input_tokens": info.max_input_tokens,
        "max_output_tokens": info.max_output_tokens,
        "text_inputs": True,
        "image_inputs": info.image_inputs,
        "image_url_inputs": info.image_inputs,
        "pdf_inputs": info.pdf_inputs,
        "audio_inputs": info.audio_inputs,
        "text_outputs": True,
        "reasoning_output": info.reasoning,
        "tool_calling": info.tool_calling,
        "structured_output": info.structured_output,
    }
    if excludes_json_schema(model, web_search=web_search):
        facts["structured_output"] = False
    return cast("ModelProfile", {name: fact for name, fact in facts.items() if fact is not None})


def is_of_catalogue(profile: ModelProfile) -> bool:
    """Whether a profile is one that `profile_of` makes, of whichever model."""
    return profile in _all_profiles()


@cache
def _all_profiles() -> list[ModelProfile | None]:
    return [
        profile_of(key, web_search=search) for key in known_models() for search in (False, True)
    ]
