"""An LLM before its first call: class, metadata and settings. No network."""

from __future__ import annotations

import inspect
import socket
from typing import Any

import pytest
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, LLMMetadata, ToolCallBlock
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import LLM
from pydantic import SecretStr

from ._samples import ADD, tool_entry
from ._subject import Subject, needs
from ._ways import HELLO, each_method

WORDS = ChatResponse(message=ChatMessage(role="assistant", content="No call."))


class IdentityTests(Subject):
    """What LlamaIndex assumes about any LLM object."""

    def test_it_is_an_llm(self) -> None:
        """The class inherits from `BaseLLM` and `LLM`, by which LlamaIndex recognizes it."""
        names = [base.__name__ for base in type(self.make_llm()).__mro__]
        assert {BaseLLM.__name__, LLM.__name__} <= set(names)

    @needs("has_tool_calling")
    def test_it_is_a_function_calling_llm(self) -> None:
        """Agents and structured output check for this class and the metadata."""
        llm = self.make_llm()
        assert isinstance(llm, FunctionCallingLLM)
        assert llm.metadata.is_function_calling_model

    def test_the_class_has_its_own_name(self) -> None:
        """It is saved and loaded under `class_name`, which must not be an inherited one."""
        kind = type(self.make_llm())
        inherited = {
            base.class_name()
            for base in kind.__mro__[1:]
            if base.__module__.startswith("llama_index.core") and hasattr(base, "class_name")
        }
        assert kind.class_name() not in inherited
        assert self.make_llm().class_name() == kind.class_name()

    @each_method
    def test_async_methods_are_coroutines(self, method: str) -> None:
        """Callers await them."""
        function = getattr(self.make_llm(), method)
        assert inspect.iscoroutinefunction(function) == method.startswith("a")

    # --- metadata

    def test_the_window_is_larger_than_the_output(self) -> None:
        """`context_window > num_output > 0`: the difference is the room for prompts."""
        metadata = self.make_llm().metadata
        assert isinstance(metadata, LLMMetadata)
        assert metadata.context_window > metadata.num_output > 0

    @needs("limit_parameter")
    def test_the_output_follows_the_limit(self) -> None:
        """`num_output` is the limit that is set: prompts are truncated to leave it free."""
        metadata = self.make_llm(**{str(self.limit_parameter): 77}).metadata
        assert metadata.num_output == 77

    @needs("limit_parameter")
    def test_a_large_limit_leaves_room_for_a_prompt(self) -> None:
        """Even if the limit is the whole window: a prompt helper fails at a negative rest."""
        window = self.make_llm().metadata.context_window
        metadata = self.make_llm(**{str(self.limit_parameter): window}).metadata
        assert metadata.context_window > metadata.num_output

    def test_the_model_is_named(self) -> None:
        """Traces show `model_name`, and it selects the tokenizer."""
        assert self.make_llm().metadata.model_name not in ("", "unknown")

    def test_it_says_that_it_chats(self) -> None:
        """`is_chat_model` is set if `chat` is more than a completed prompt."""
        assert self.make_llm().metadata.is_chat_model is True

    def test_the_payload_names_class_and_model(self) -> None:
        """`to_payload` is what observers see of the LLM."""
        llm = self.make_llm()
        payload = llm.to_payload()
        assert payload["class_name"] == llm.class_name()
        assert llm.metadata.model_name in payload.values()

    # --- creating it

    def test_the_constructor_makes_no_connection(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The constructor and `metadata` make no requests: they may run at import or offline."""
        monkeypatch.setattr(socket.socket, "connect", _refuse)
        monkeypatch.setattr(socket.socket, "connect_ex", _refuse)
        monkeypatch.setattr(socket, "getaddrinfo", _refuse)
        assert self.make_llm().metadata

    def test_it_takes_the_settings_of_every_llm(self) -> None:
        """The constructor keeps the fields of LlamaIndex's base class."""
        manager = CallbackManager([])
        llm = self.make_llm(system_prompt="Be kind.", callback_manager=manager)
        assert llm.system_prompt == "Be kind."
        assert llm.callback_manager is manager

    def test_the_environment_configures_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A key in the environment is enough."""
        variables, settings, expected = self.init_from_env_params
        if not variables:
            pytest.skip("`init_from_env_params` is empty.")
        kind = type(self.make_llm())
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        llm = kind(**settings)
        assert {name: _plain(getattr(llm, name)) for name in expected} == dict(expected)

    # --- tool calls of a response

    @pytest.mark.parametrize("kept", ["parsed", "written"])
    @needs("has_tool_calling")
    def test_a_call_is_read_from_a_response(self, kept: str) -> None:
        """Arguments are read as an object and as JSON text."""
        arguments: Any = {"a": 2, "b": 3} if kept == "parsed" else '{"a": 2, "b": 3}'
        [selection] = self.make_llm().get_tool_calls_from_response(_calling(arguments))
        assert selection.tool_id == "call_1"
        assert selection.tool_name == "add"
        assert selection.tool_kwargs == {"a": 2, "b": 3}

    @pytest.mark.parametrize("text", ["", "{", '{"a"', '{"a": 2', '{"a": 2, "b'])
    @needs("has_tool_calling")
    def test_a_partial_call_is_not_an_error(self, text: str) -> None:
        """Agents read the calls of each chunk: partial arguments are returned as far as they go."""
        llm = self.make_llm()
        selections = llm.get_tool_calls_from_response(_calling(text), error_on_no_tool_call=False)
        assert all(selection.tool_name == "add" for selection in selections)
        assert all(selection.tool_kwargs in ({}, {"a": 2}) for selection in selections)

    @needs("has_tool_calling")
    def test_a_missing_call_is_an_error_by_default(self) -> None:
        """By default, a response without a call is a `ValueError`."""
        with pytest.raises(ValueError, match=r".+"):
            self.make_llm().get_tool_calls_from_response(WORDS, error_on_no_tool_call=True)

    @needs("has_tool_calling")
    def test_a_missing_call_may_be_allowed(self) -> None:
        """Agents also read answers without calls: an empty list ends their loop."""
        llm = self.make_llm()
        assert llm.get_tool_calls_from_response(WORDS, error_on_no_tool_call=False) == []

    @needs("has_tool_calling")
    def test_a_request_with_tools_leaves_the_history_alone(self) -> None:
        """A request is prepared in a list of its own."""
        history = [ChatMessage(content=HELLO)]
        self.make_llm()._prepare_chat_with_tools([ADD], user_msg=HELLO, chat_history=history)
        assert history == [ChatMessage(content=HELLO)]


def _calling(arguments: dict[str, Any] | str) -> ChatResponse:
    """A response that calls `add`, with the arguments so far."""
    text = arguments if isinstance(arguments, str) else '{"a": 2, "b": 3}'
    block = ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs=arguments)
    extra = {"tool_calls": [tool_entry("call_1", "add", text)]}
    message = ChatMessage(role="assistant", blocks=[block], additional_kwargs=extra)
    return ChatResponse(message=message)


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _refuse(*args: Any, **kwargs: Any) -> None:
    pytest.fail("A connection was opened, or a host's address looked up.")
