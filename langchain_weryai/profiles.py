"""What the catalogue knows about a model, as a LangChain model profile."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.language_models import ModelProfile

from weryai_core import model_info


class DerivedProfile(dict[str, Any]):
    """A profile that was made from the catalogue, and not given by the user.

    A model replaces it when its fields change. The class marks it, since LangChain passes the
    profile of one model to the next, for example with `configurable_fields`.
    """


def derive_profile(model: str, *, excludes_schema: bool) -> ModelProfile | None:
    """`profile_of` as a `DerivedProfile`, without structured output where a search excludes it."""
    profile = profile_of(model)
    if profile is None:
        return None
    derived = DerivedProfile(profile)
    if excludes_schema:
        derived["structured_output"] = False
    return cast("ModelProfile", derived)


def profile_of(model: str) -> ModelProfile | None:
    """The profile of a model, without what is unknown; None if the catalogue does not know it."""
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
        "image_tool_message": info.image_tool_message,
        "pdf_tool_message": info.pdf_tool_message,
        "text_outputs": True,
        "reasoning_output": info.reasoning,
        "tool_calling": info.tool_calling,
        "structured_output": info.structured_output,
    }
    return cast("ModelProfile", {name: fact for name, fact in facts.items() if fact is not None})
