"""Faults of the class, its metadata and what is saved."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, LLMMetadata
from pydantic import Field

from ._noticed import noticed_by
from ._parrot import Parrot


@noticed_by("test_the_class_has_its_own_name")
class NameOfAnother(Parrot):
    """The class is saved under the name of LlamaIndex's own base class."""

    @classmethod
    def class_name(cls) -> str:
        return "base_component"


@noticed_by("test_async_methods_are_coroutines")
class Undeclared(Parrot):
    """`achat` returns an awaitable but is not a coroutine function."""

    def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        return self._achat(messages, **kwargs)


@noticed_by(
    "test_the_window_is_larger_than_the_output",
    "test_a_large_limit_leaves_room_for_a_prompt",
    "test_a_query_engine_answers",
    "test_a_query_engine_answers_async",
)
class NoRoom(Parrot):
    """The whole window is output."""

    @property
    def metadata(self) -> LLMMetadata:
        known = super().metadata
        return known.model_copy(update={"context_window": known.num_output})


@noticed_by("test_the_output_follows_the_limit")
class FixedOutput(Parrot):
    """The metadata ignore the limit."""

    @property
    def metadata(self) -> LLMMetadata:
        return super().metadata.model_copy(update={"num_output": 200})


@noticed_by("test_the_model_is_named", "test_the_payload_names_class_and_model")
class Nameless(Parrot):
    """The metadata do not name the model."""

    @property
    def metadata(self) -> LLMMetadata:
        return super().metadata.model_copy(update={"model_name": "unknown"})

    def to_payload(self) -> dict[str, Any]:
        return {"class_name": self.class_name()}


@noticed_by("test_it_says_that_it_chats")
class Modest(Parrot):
    """The metadata say that it completes texts."""

    @property
    def metadata(self) -> LLMMetadata:
        return super().metadata.model_copy(update={"is_chat_model": False})


@noticed_by("test_it_takes_the_settings_of_every_llm", "test_the_system_prompt_goes_first")
class Unprompted(Parrot):
    """The constructor drops the system prompt."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "system_prompt": None})


@noticed_by("test_the_environment_configures_it")
class Isolated(Parrot):
    """The key cannot come from the environment."""

    def __init__(self, api_key: str = "", **settings: Any) -> None:
        super().__init__(api_key=api_key, **settings)


@noticed_by("test_the_constructor_makes_no_connection")
class Curious(Parrot):
    """The constructor looks up a host."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        socket.getaddrinfo("127.0.0.1", 80)


@noticed_by("test_secrets_are_not_shown")
class OpenKey(Parrot):
    """The key is a field like any other."""

    api_key: str


@noticed_by("test_secrets_are_not_shown", "test_observers_see_no_secrets")
class TalkativePayload(Parrot):
    """Observers see the key."""

    def to_payload(self) -> dict[str, Any]:
        return {**super().to_payload(), "key": self.api_key}


@noticed_by("test_it_is_saved_and_loaded", "test_it_is_saved_and_loaded_as_json")
class ForgetfulSave(Parrot):
    """A setting is not saved."""

    max_tokens: int = Field(default=200, exclude=True)


@noticed_by("test_it_is_a_function_calling_llm")
class Denying(Parrot):
    """The metadata say that it calls no tools."""

    @property
    def metadata(self) -> LLMMetadata:
        return super().metadata.model_copy(update={"is_function_calling_model": False})


@noticed_by("test_saved_data_names_the_class")
class Unmarked(Parrot):
    """A saved LLM does not name its class."""

    def to_dict(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().to_dict(**kwargs), "class_name": ""}


@noticed_by("test_a_copy_is_the_same")
class Fresh(Parrot):
    """Unpickling resets the settings to defaults."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(api_key=state["__dict__"]["api_key"])
