"""Each kind of message and content, and the JSON it becomes."""

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    CitableBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.llms.llm import ToolSelection
from message_parts import CACHE, CALL, CALL_BLOCK, CITATION, PNG, assert_becomes, assistant, user
from pydantic import BaseModel

from llama_index_weryai.request.messages import to_params
from weryai_core import MessageCountError


class Function(BaseModel):
    name: str
    arguments: str


class Call(BaseModel):
    """A tool call of OpenAI's client."""

    id: str
    type: str = "function"
    function: Function
    index: int | None = None


# Name -> a message and its JSON.
MESSAGES = {
    "system": (
        ChatMessage(role="system", content="Be brief."),
        '{"role": "system", "content": "Be brief."}',
    ),
    "developer": (
        ChatMessage(role="developer", content="Be brief."),
        '{"role": "developer", "content": "Be brief."}',
    ),
    "user": (ChatMessage(content="Hello"), '{"role": "user", "content": "Hello"}'),
    "user with a name": (
        ChatMessage(content="Hello", additional_kwargs={"name": "ann"}),
        '{"role": "user", "content": "Hello", "name": "ann"}',
    ),
    "user with an empty text": (ChatMessage(content=""), '{"role": "user", "content": ""}'),
    "no content": (ChatMessage(), '{"role": "user", "content": ""}'),
    "assistant": (
        ChatMessage(role="assistant", content="Hi"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "chatbot": (
        ChatMessage(role=MessageRole.CHATBOT, content="Hi"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "model": (
        ChatMessage(role=MessageRole.MODEL, content="Hi"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "assistant with other kwargs": (
        assistant(TextBlock(text="Hi"), note="no", tool_call_id="call_1"),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "several texts": (
        user(TextBlock(text="One."), TextBlock(text="Two.")),
        '{"role": "user", "content": "One.\\nTwo."}',
    ),
    "reasoning": (
        assistant(
            ThinkingBlock(content="Hm. "), ThinkingBlock(content="So."), TextBlock(text="Hi")
        ),
        '{"role": "assistant", "content": "Hi", "reasoning_content": "Hm. So."}',
    ),
    "text and a refusal": (
        assistant(TextBlock(text="Half"), refusal="No."),
        '{"role": "assistant", "content": "HalfNo."}',
    ),
    "a refusal that is the text": (
        assistant(TextBlock(text="No."), refusal="No."),
        '{"role": "assistant", "content": "No."}',
    ),
    "an image and a refusal": (
        assistant(ImageBlock(url="https://a.example/a.png"), refusal="No."),
        '{"role": "assistant", "content": [{"type": "image_url", "image_url": '
        '{"url": "https://a.example/a.png"}}, {"type": "text", "text": "No."}]}',
    ),
    "a refusal": (
        assistant(TextBlock(text=""), refusal="I will not."),
        '{"role": "assistant", "content": "I will not."}',
    ),
}


@pytest.mark.parametrize(("message", "json_text"), MESSAGES.values(), ids=MESSAGES)
def test_roles_and_texts(message, json_text):
    assert_becomes(message, json_text)


CALLS = {
    "tool calls": (
        assistant(CALL_BLOCK),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1,\\"b\\":2}"}
            }]}""",
    ),
    "tool calls and text": (
        assistant(TextBlock(text="I add."), CALL_BLOCK),
        """{"role": "assistant", "content": "I add.", "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1,\\"b\\":2}"}
            }]}""",
    ),
    "tool calls with arguments as text": (
        assistant(ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs='{"a": 1}')),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\": 1}"}}]}""",
    ),
    "tool calls without arguments": (
        assistant(ToolCallBlock(tool_call_id="call_1", tool_name="now")),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "now", "arguments": "{}"}}]}""",
    ),
    "tool calls in both places": (
        assistant(CALL_BLOCK, tool_calls=[CALL]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1,\\"b\\":2}"}
            }]}""",
    ),
    "tool calls in additional_kwargs only": (
        assistant(tool_calls=[CALL]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1,\\"b\\":2}"}
            }]}""",
    ),
    "tool calls as OpenAI's objects": (
        assistant(tool_calls=[Call(id="call_1", function=Function(name="add", arguments="{}"))]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{}"}}]}""",
    ),
    "null tool calls": (
        assistant(TextBlock(text="Hi"), tool_calls=None),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "tool calls whose arguments are objects": (
        assistant(tool_calls=[CALL | {"function": {"name": "add", "arguments": {"a": 1}}}]),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
            "type": "function", "function": {"name": "add", "arguments": "{\\"a\\":1}"}}]}""",
    ),
    "an older function call": (
        assistant(function_call={"name": "add", "arguments": "{}"}),
        """{"role": "assistant", "content": null, "tool_calls": [{"id": null,
            "type": "function", "function": {"name": "add", "arguments": "{}"}}]}""",
    ),
}


@pytest.mark.parametrize(("message", "json_text"), CALLS.values(), ids=CALLS)
def test_tool_calls(message, json_text):
    assert_becomes(message, json_text)


RESULTS_AND_SOURCES = {
    "a tool's result": (
        ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"}),
        '{"role": "tool", "content": "3", "tool_call_id": "call_1"}',
    ),
    "a tool's result with its name": (
        ChatMessage(
            role="tool", content="3", additional_kwargs={"tool_call_id": "call_1", "name": "add"}
        ),
        '{"role": "tool", "content": "3", "tool_call_id": "call_1", "name": "add"}',
    ),
    "a tool's empty result": (
        ChatMessage(role="tool", additional_kwargs={"tool_call_id": "call_1"}),
        '{"role": "tool", "content": "", "tool_call_id": "call_1"}',
    ),
    "an image in a tool's result": (
        ChatMessage(
            role="tool",
            blocks=[TextBlock(text="Here."), ImageBlock(image=PNG)],
            additional_kwargs={"tool_call_id": "call_1"},
        ),
        """{"role": "tool", "tool_call_id": "call_1", "content": [
            {"type": "text", "text": "Here."}, {"type": "image_url", "image_url":
            {"url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}]}""",
    ),
    "a text to cite": (
        user(
            CitableBlock(title="Cats", source="https://a.example", content="Cats sleep."),
            TextBlock(text="Do cats sleep?"),
        ),
        """{"role": "user", "content":
            "Cats (https://a.example):\\nCats sleep.\\nDo cats sleep?"}""",
    ),
    "a picture to cite": (
        user(CitableBlock(title="Cat", source="s", content=[ImageBlock(image=PNG)])),
        """{"role": "user", "content": [{"type": "text", "text": "Cat (s):"},
            {"type": "image_url", "image_url":
            {"url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}]}""",
    ),
    "a citation in a question": (
        user(CITATION),
        '{"role": "user", "content": "T (s):\\ntext"}',
    ),
    "a citation of an answer": (
        assistant(TextBlock(text="Hi"), CITATION),
        '{"role": "assistant", "content": "Hi"}',
    ),
    "a cache point": (
        user(TextBlock(text="Long."), CACHE, TextBlock(text="Short.")),
        """{"role": "user", "content": [{"type": "text", "text": "Long.", "cache_control":
            {"type": "ephemeral", "ttl": "5m"}}, {"type": "text", "text": "Short."}]}""",
    ),
}


@pytest.mark.parametrize(
    ("message", "json_text"), RESULTS_AND_SOURCES.values(), ids=RESULTS_AND_SOURCES
)
def test_results_sources_and_cache_points(message, json_text):
    assert_becomes(message, json_text)


CALLS_WITHOUT_IDS = {
    "a block": {"blocks": [ToolCallBlock(tool_name="add", tool_kwargs={"a": 1})]},
    "a selection": {
        "tool_calls": [ToolSelection(tool_id="", tool_name="add", tool_kwargs={"a": 1})]
    },
    "a saved selection": {
        "tool_calls": [{"tool_id": "", "tool_name": "add", "tool_kwargs": {"a": 1}}]
    },
    "a function": {"function_call": {"name": "add", "arguments": '{"a":1}'}},
}


@pytest.mark.parametrize("called", CALLS_WITHOUT_IDS.values(), ids=CALLS_WITHOUT_IDS)
def test_calls_and_results_without_ids_get_ids(llm, weryai_emulator, called):
    called = dict(called)
    call = assistant(*called.pop("blocks", ()), **called)
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": ""})
    llm.chat([call, result])
    sent_call, sent_result = weryai_emulator.last_request.json["messages"]
    function = {"name": "add", "arguments": '{"a":1}'}
    id_ = sent_result["tool_call_id"]
    assert id_.startswith("call_")
    assert sent_call["tool_calls"] == [{"id": id_, "type": "function", "function": function}]
    assert sent_result == {"role": "tool", "content": "3", "tool_call_id": id_}


@pytest.mark.parametrize("extra", [{}, {"name": "add"}], ids=str)
def test_a_function_message_becomes_a_result(extra):
    message = ChatMessage(role="function", content="3", additional_kwargs=extra)
    assert to_params([message]) == [
        {"role": "tool", "content": "3", "tool_call_id": None, **extra},
    ]


@pytest.mark.parametrize("calls", ["add", ["add"], [{"id": "9"}], [None], 7], ids=repr)
def test_calls_that_name_no_tool_are_left_out(llm, weryai_emulator, calls):
    llm.chat([ChatMessage("Add."), assistant(TextBlock(text="I add."), tool_calls=calls)])
    _, answered = weryai_emulator.last_request.json["messages"]
    assert answered == {"role": "assistant", "content": "I add."}


def test_a_block_without_a_name_is_left_out_with_its_result(llm, weryai_emulator):
    nameless = ToolCallBlock(tool_call_id="9", tool_name="", tool_kwargs={"a": 1})
    unknown = ChatMessage(role="tool", content="?", additional_kwargs={"tool_call_id": "9"})
    known = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    llm.chat([ChatMessage("Add."), assistant(nameless, CALL_BLOCK), unknown, known])
    _, asked, answered = weryai_emulator.last_request.json["messages"]
    assert [call["id"] for call in asked["tool_calls"]] == ["call_1"]
    assert answered["tool_call_id"] == "call_1"


@pytest.mark.parametrize("count", [0, 51])
def test_no_messages_and_more_than_50_are_errors_if_so_chosen(make_llm, weryai_emulator, count):
    llm = make_llm(message_overflow="error")
    with pytest.raises(MessageCountError):
        llm.chat([ChatMessage(content="Hello")] * count)
    assert weryai_emulator.requests == []
