"""Tool calling: optional, required, chosen and streamed calls, and their results."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection

from ._samples import ADD, ADD_AND_WEATHER, ASK_ADD, ASK_BOTH, NOW, tool_entry
from ._subject import Subject, needs
from ._ways import HELLO, TOOLS, call, each_chat, each_tool_chat, text_of

each_tool_stream = pytest.mark.parametrize("method", TOOLS[2:])
each_whole_tool_chat = pytest.mark.parametrize("method", TOOLS[:2])
each_prediction = pytest.mark.parametrize("method", ["predict_and_call", "apredict_and_call"])

ARGUMENTS = {"a": 2, "b": 3}
ENTRY = tool_entry("call_1", "add", '{"a": 2, "b": 3}')
CALL = ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs=ARGUMENTS)
# An assistant's turn as current, older and other integrations write it.
TURNS = {
    "blocks and entries": ChatMessage(
        role="assistant", blocks=[CALL], additional_kwargs={"tool_calls": [ENTRY]}
    ),
    "blocks": ChatMessage(role="assistant", blocks=[CALL]),
    "entries": ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [ENTRY]}),
}


class ToolTests(Subject):
    """What agents and structured output need from a `FunctionCallingLLM`."""

    @each_tool_chat
    @needs("has_tool_calling")
    def test_a_tool_is_called(self, method: str) -> None:
        """The call has an id, the tool's name and arguments of the right types."""
        [selection] = self._select(method, ADD_AND_WEATHER, user_msg=ASK_ADD)
        assert selection.tool_id
        assert (selection.tool_name, selection.tool_kwargs) == ("add", ARGUMENTS)

    @each_tool_chat
    @needs("has_tool_calling")
    def test_a_call_is_in_both_places(self, method: str) -> None:
        """Agents read the blocks; structured streams and chat engines look for the list."""
        message = call(self.make_llm(), method, [ADD], user_msg=ASK_ADD)[-1].message
        blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
        entries = message.additional_kwargs.get("tool_calls")
        assert [block.tool_name for block in blocks] == ["add"]
        assert isinstance(entries, list)
        assert len(entries) == 1

    @each_tool_chat
    @needs("has_tool_calling")
    def test_a_call_without_arguments_has_none(self, method: str) -> None:
        """A tool without parameters is called with {}, however the service writes that."""
        [selection] = self._select(method, [NOW], user_msg="Call the tool now.")
        assert (selection.tool_name, selection.tool_kwargs) == ("now", {})

    @each_tool_stream
    @needs("has_tool_calling")
    def test_calls_can_be_read_from_every_chunk(self, method: str) -> None:
        """Agents read calls from every chunk, with partial arguments."""
        llm = self.make_llm()
        for response in call(llm, method, [ADD], user_msg=ASK_ADD):
            selections = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
            assert isinstance(selections, list)

    @each_tool_chat
    @needs("has_tool_choice")
    def test_a_call_can_be_required(self, method: str) -> None:
        """`tool_required` forces a call where a text would do: structured output depends on it."""
        assert self._select(method, ADD_AND_WEATHER, user_msg=HELLO, tool_required=True)

    @each_tool_chat
    @needs("has_tool_choice")
    def test_a_tool_can_be_chosen(self, method: str) -> None:
        """`tool_choice` takes a tool's name, which agents pass for their first step."""
        selections = self._select(method, ADD_AND_WEATHER, user_msg=ASK_ADD, tool_choice="weather")
        assert {selection.tool_name for selection in selections} == {"weather"}

    @each_tool_chat
    @needs("has_parallel_tool_calls")
    def test_two_tools_are_called_in_one_answer(self, method: str) -> None:
        """Two calls in one answer are two calls, each with its own id, name and arguments."""
        add, weather = sorted(
            self._select(
                method, ADD_AND_WEATHER, user_msg=ASK_BOTH, allow_parallel_tool_calls=True
            ),
            key=lambda selection: selection.tool_name,
        )
        assert (add.tool_name, add.tool_kwargs) == ("add", ARGUMENTS)
        assert (weather.tool_name, weather.tool_kwargs) == ("weather", {"city": "Rome"})
        assert add.tool_id != weather.tool_id

    @each_whole_tool_chat
    @needs("has_tool_calling")
    def test_one_call_is_returned_by_default(self, method: str) -> None:
        """The default is one call: core's `predict_and_call` fails with more."""
        assert len(self._select(method, ADD_AND_WEATHER, user_msg=ASK_BOTH)) == 1

    @each_tool_chat
    @needs("has_tool_calling")
    def test_the_callers_history_is_not_changed(self, method: str) -> None:
        """`user_msg` is sent to the model, but not added to the caller's `chat_history`."""
        history = [ChatMessage(content=HELLO), ChatMessage(role="assistant", content="Hello.")]
        before = [message.model_copy(deep=True) for message in history]
        call(self.make_llm(), method, [ADD], user_msg=ASK_ADD, chat_history=history)
        assert history == before

    @each_tool_chat
    @needs("has_tool_calling")
    def test_a_message_may_be_the_question(self, method: str) -> None:
        """`user_msg` is a text or a message."""
        [selection] = self._select(method, [ADD], user_msg=ChatMessage(content=ASK_ADD))
        assert selection.tool_name == "add"

    # --- running tools

    @each_prediction
    @needs("has_tool_calling")
    def test_a_tool_is_called_and_run(self, method: str) -> None:
        """`predict_and_call` returns the tool's output with its source."""
        [answer] = call(self.make_llm(), method, ADD_AND_WEATHER, user_msg=ASK_ADD)
        assert answer.response == "5"
        assert [source.tool_name for source in answer.sources] == ["add"]

    @each_prediction
    @needs("has_parallel_tool_calls")
    def test_two_tools_are_called_and_run(self, method: str) -> None:
        """`allow_parallel_tool_calls` runs all calls."""
        llm, allowed = self.make_llm(), {"allow_parallel_tool_calls": True}
        [answer] = call(llm, method, ADD_AND_WEATHER, user_msg=ASK_BOTH, **allowed)
        assert sorted(source.content for source in answer.sources) == ["5", "Sunny in Rome."]

    # --- sending results back

    @each_chat
    @pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
    @needs("has_tool_calling")
    def test_a_result_is_answered(self, method: str, turn: ChatMessage) -> None:
        """A history with a call and its result is understood in any shape."""
        messages = [ChatMessage(content=ASK_ADD), turn, _result("call_1", "5")]
        last = call(self.make_llm(), method, messages)[-1]
        assert "5" in text_of(last)

    @each_tool_chat
    @needs("has_tool_calling")
    def test_a_round_with_a_tool_ends_with_an_answer(self, method: str) -> None:
        """Question, call, result, answer: the model's own message is sent back unchanged."""
        llm = self.make_llm()
        history = [ChatMessage(content=ASK_ADD)]
        asked = llm.chat_with_tools([ADD], chat_history=history)
        [selection] = llm.get_tool_calls_from_response(asked)
        history += [asked.message, _result(selection.tool_id, "5")]
        assert "5" in text_of(call(llm, method, [ADD], chat_history=history)[-1])

    def _select(self, method: str, *args: Any, **kwargs: Any) -> list[ToolSelection]:
        """The calls in the last response of a method."""
        llm = self.make_llm()
        last: ChatResponse = call(llm, method, *args, **kwargs)[-1]
        calls: list[ToolSelection] = llm.get_tool_calls_from_response(
            last, error_on_no_tool_call=False
        )
        return calls


def _result(id: str, content: str) -> ChatMessage:
    """A tool's result as agents write it."""
    return ChatMessage(role="tool", content=content, additional_kwargs={"tool_call_id": id})
