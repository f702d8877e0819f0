"""The class under test: how to create it, and what it can do."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest


class Subject:
    """The base of both suites: a factory, and properties to override."""

    def make_llm(self, **settings: Any) -> Any:
        """Create an LLM with these settings and those that it needs.

        The tests give settings that every LlamaIndex LLM has (`system_prompt`,
        `callback_manager`, `completion_to_prompt`, `output_parser`, `pydantic_program_mode`) and
        the one that `limit_parameter` names.
        """
        raise NotImplementedError("Define `make_llm`: it returns the LLM to be tested.")

    def count_requests(self) -> int | None:
        """The number of requests the LLM's service has received; None if unknown."""
        return None

    # --- what it can do

    @property
    def has_tool_calling(self) -> bool:
        """Whether it is a `FunctionCallingLLM`. Defaults to its metadata."""
        return bool(self.make_llm().metadata.is_function_calling_model)

    @property
    def has_tool_choice(self) -> bool:
        """Whether a call can be required, of any tool or a certain one."""
        return self.has_tool_calling

    @property
    def has_parallel_tool_calls(self) -> bool:
        """Whether one answer may call several tools."""
        return self.has_tool_calling

    @property
    def has_structured_output(self) -> bool:
        """Whether it answers with objects of a class: any model that can write JSON does."""
        return True

    @property
    def supports_image_inputs(self) -> bool:
        """Whether messages may hold an `ImageBlock`."""
        return False

    @property
    def supports_audio_inputs(self) -> bool:
        """Whether messages may hold an `AudioBlock`."""
        return False

    @property
    def supports_video_inputs(self) -> bool:
        """Whether messages may hold a `VideoBlock`."""
        return False

    @property
    def supports_documents(self) -> bool:
        """Whether messages may hold a `DocumentBlock`."""
        return False

    @property
    def returns_usage(self) -> bool:
        """Whether answers report their tokens."""
        return True

    @property
    def returns_reasoning(self) -> bool:
        """Whether answers hold the model's reasoning."""
        return False

    @property
    def waits_for_a_service(self) -> bool:
        """Whether its async methods wait for something."""
        return True

    @property
    def answers_repeat(self) -> bool:
        """Whether the same question gets the same answer, as with an emulator."""
        return False

    @property
    def limit_parameter(self) -> str | None:
        """The parameter that limits the tokens of an answer, per call and per instance."""
        return "max_tokens"

    # --- its settings

    @property
    def secrets(self) -> Sequence[str]:
        """Texts that must not be shown, such as the API key that `make_llm` passes."""
        return ()

    @property
    def secret_settings(self) -> Mapping[str, Any]:
        """Settings that are not saved and are passed again when an LLM is loaded."""
        return {}

    @property
    def init_from_env_params(
        self,
    ) -> tuple[Mapping[str, str], Mapping[str, Any], Mapping[str, Any]]:
        """Environment variables, settings next to them, and the attributes that result."""
        return {}, {}, {}


def needs(*abilities: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Skip a test of a class that lacks one of these abilities."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def checked(self: Subject, *args: Any, **kwargs: Any) -> None:
            for ability in abilities:
                if not getattr(self, ability):
                    pytest.skip(f"`{ability}` is off or empty.")
            test(self, *args, **kwargs)

        return checked

    return decorate
