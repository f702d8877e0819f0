"""The fields of a model class that are request parameters."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class RequestFields(BaseModel):
    """Parameters that are sent as they are, under their own names, when they are set."""

    max_tokens: int | None = Field(
        default=None,
        description="Most tokens to generate, 1 or more. WeryAI stops at 1024 if it is not set.",
    )
    temperature: float | None = Field(
        default=None, description="Randomness, 0 to 2. The service's default is 1."
    )
    top_p: float | None = Field(
        default=None, description="Nucleus sampling, 0 to 1. The service's default is 1."
    )
    presence_penalty: float | None = Field(
        default=None,
        description="Penalty on tokens that have occurred at all, -2 to 2. Positive values favor "
        "new topics.",
    )
    frequency_penalty: float | None = Field(
        default=None,
        description="Penalty on tokens by how often they have occurred, -2 to 2. Positive values "
        "avoid repetition.",
    )
    seed: int | None = Field(
        default=None, description="Seed of the sampling: the same seed and input, the same output."
    )
    logprobs: bool | None = Field(
        default=None, description="Whether to return log probabilities of the answer's tokens."
    )
    top_logprobs: int | None = Field(
        default=None, description="How many alternatives to return per token."
    )
    reasoning_effort: str | None = Field(
        default=None, description="E.g. low, medium or high, if the model knows it."
    )
    web_search: bool | None = Field(
        default=None, description='Whether to search the web (the plugin "web").'
    )
    plugins: list[dict[str, Any]] | None = Field(
        default=None, description='Plugins as the API takes them, e.g. [{"id": "web"}].'
    )

    def _set_fields(self) -> dict[str, Any]:
        """The parameters that are set, by name."""
        fields = self.__dict__
        return {name: fields[name] for name in _NAMES if fields[name] is not None}


_NAMES = tuple(RequestFields.model_fields)
