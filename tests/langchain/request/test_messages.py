"""LangChain's messages and the messages that are sent for them."""

import pytest
from langchain_calls import TOOL_CALL, WIRE_CALL
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)

from langchain_weryai.request.messages import to_param, to_params
from weryai_core import UnsupportedContentError

IMAGE_URL = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
CACHED = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
PDF = {
    "type": "file",
    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
}
MESSAGES = {
    "user": (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
    "named user": (
        HumanMessage("Hi", name="ann"),
        {"role": "user", "content": "Hi", "name": "ann"},
    ),
    "empty user": (HumanMessage(""), {"role": "user", "content": ""}),
    "system": (SystemMessage("Be brief."), {"role": "system", "content": "Be brief."}),
    "developer": (
        convert_to_messages([{"role": "developer", "content": "Be brief."}])[0],
        {"role": "developer", "content": "Be brief."},
    ),
    "system of blocks": (
        SystemMessage([CACHED, "Be kind."]),
        {"role": "system", "content": [CACHED, {"type": "text", "text": "Be kind."}]},
    ),
    "user of wrapped blocks": (
        HumanMessage(content_blocks=[{"type": "non_standard", "value": IMAGE_URL}]),
        {"role": "user", "content": [IMAGE_URL]},
    ),
    "assistant": (AIMessage("Hi"), {"role": "assistant", "content": "Hi"}),
    "empty assistant": (AIMessage(""), {"role": "assistant", "content": ""}),
    "named assistant": (
        AIMessage("Hi", name="bot"),
        {"role": "assistant", "content": "Hi", "name": "bot"},
    ),
    "streamed assistant": (
        AIMessageChunk("Hi", additional_kwargs={"reasoning_content": "Hm."}),
        {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."},
    ),
    "tool call": (
        AIMessage("", tool_calls=[TOOL_CALL]),
        {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
    ),
    "text and tool call": (
        AIMessage("I add.", tool_calls=[TOOL_CALL]),
        {"role": "assistant", "content": "I add.", "tool_calls": [WIRE_CALL]},
    ),
    "tool call without arguments": (
        AIMessage("", tool_calls=[{"id": "call_2", "name": "now", "args": {}}]),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "now", "arguments": "{}"},
                }
            ],
        },
    ),
    "invalid tool call": (
        AIMessage(
            "",
            invalid_tool_calls=[
                {
                    "id": "call_3",
                    "name": "add",
                    "args": '{"a": ',
                    "error": "Truncated.",
                    "type": "invalid_tool_call",
                }
            ],
        ),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_3",
                    "type": "function",
                    "function": {
                        "name": "add",
                        "arguments": '{"invalid_arguments":"{\\"a\\": "}',
                    },
                }
            ],
        },
    ),
    "OpenAI's raw tool calls": (
        AIMessage("", additional_kwargs={"tool_calls": [WIRE_CALL]}),
        {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
    ),
    "assistant of v1 blocks": (
        AIMessage(
            content_blocks=[
                {"type": "reasoning", "reasoning": "Hm."},
                {"type": "text", "text": "I "},
                {"type": "text", "text": "add."},
                TOOL_CALL,
            ]
        ),
        {
            "role": "assistant",
            "content": "I add.",
            "reasoning_content": "Hm.",
            "tool_calls": [WIRE_CALL],
        },
    ),
    "assistant of Anthropic's blocks": (
        AIMessage(
            [
                {"type": "thinking", "thinking": "Hm.", "signature": "x"},
                {"type": "redacted_thinking", "data": "x"},
                {"type": "text", "text": "I add."},
                {"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 1}},
            ],
            tool_calls=[TOOL_CALL],
        ),
        {
            "role": "assistant",
            "content": "I add.",
            "reasoning_content": "Hm.",
            "thinking_blocks": [
                {"type": "thinking", "thinking": "Hm.", "signature": "x"},
                {"type": "redacted_thinking", "data": "x"},
            ],
            "tool_calls": [WIRE_CALL],
        },
    ),
    "assistant of another's blocks": (
        AIMessage(
            [
                {"type": "server_tool_call", "id": "s", "name": "web_search", "args": {}},
                {"type": "server_tool_call_chunk", "id": "s", "args": ""},
                {"type": "server_tool_result", "tool_call_id": "s", "status": "success"},
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
                {"type": "web_search_call", "id": "s"},
                {"type": "non_standard", "value": {"type": "made_up", "data": "x"}},
                {
                    "type": "text",
                    "text": "It is sunny.",
                    "annotations": [{"type": "citation", "url": "https://example.com"}],
                    "citations": [{"url": "https://example.com"}],
                    "extras": {"x": 1},
                },
                {"type": "output_text", "text": " Today.", "annotations": []},
            ]
        ),
        {"role": "assistant", "content": "It is sunny. Today."},
    ),
    "tool calls that only the content has": (
        AIMessage(
            [
                {"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 1, "b": "ä"}},
                {
                    "type": "function_call",
                    "id": "fc_1",
                    "call_id": "call_2",
                    "name": "now",
                    "arguments": "{}",
                },
                {"type": "tool_use", "id": "call_3", "name": "now", "input": {}},
            ]
        ),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                WIRE_CALL,
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "now", "arguments": "{}"},
                },
                {
                    "id": "call_3",
                    "type": "function",
                    "function": {"name": "now", "arguments": "{}"},
                },
            ],
        },
    ),
    "assistant with a cached text": (
        AIMessage([CACHED]),
        {"role": "assistant", "content": [CACHED]},
    ),
    "refusal": (
        AIMessage("", additional_kwargs={"refusal": "I will not."}),
        {"role": "assistant", "content": "I will not."},
    ),
    "text and a refusal": (
        AIMessage("Half", additional_kwargs={"refusal": "No."}),
        {"role": "assistant", "content": "HalfNo."},
    ),
    "text and a refusal, as blocks of version 1": (
        AIMessage(
            [{"type": "text", "text": "Half"}, {"type": "refusal", "refusal": "No."}],
            additional_kwargs={"refusal": "No."},
        ),
        {"role": "assistant", "content": "HalfNo."},
    ),
    "a refusal that is the text": (
        AIMessage("No.", additional_kwargs={"refusal": "No."}),
        {"role": "assistant", "content": "No."},
    ),
    "a refusal that is the text, as blocks of version 1": (
        AIMessage([{"type": "text", "text": "No."}, {"type": "refusal", "refusal": "No."}]),
        {"role": "assistant", "content": "No."},
    ),
    "spoken assistant": (
        AIMessage("", additional_kwargs={"audio": {"id": "audio_1", "data": "UklG"}}),
        {"role": "assistant", "content": None, "audio": {"id": "audio_1"}},
    ),
    "assistant of strings": (AIMessage(["a", "b"]), {"role": "assistant", "content": "ab"}),
    "assistant of nothing": (AIMessage([]), {"role": "assistant", "content": ""}),
    "assistant with an image": (
        AIMessage([{"type": "text", "text": "See"}, IMAGE_URL]),
        {"role": "assistant", "content": [{"type": "text", "text": "See"}, IMAGE_URL]},
    ),
    "tool": (
        ToolMessage("3", tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ),
    "named tool": (
        ToolMessage("3", tool_call_id="call_1", name="add"),
        {"role": "tool", "tool_call_id": "call_1", "content": "3", "name": "add"},
    ),
    "failed tool with an artifact": (
        ToolMessage("No.", tool_call_id="call_1", status="error", artifact={"x": 1}),
        {"role": "tool", "tool_call_id": "call_1", "content": "The tool call failed:\nNo."},
    ),
    "failed tool whose text says so": (
        ToolMessage("Error: No.", tool_call_id="call_1", status="error"),
        {"role": "tool", "tool_call_id": "call_1", "content": "Error: No."},
    ),
    "failed tool without text": (
        ToolMessage("", tool_call_id="call_1", status="error"),
        {"role": "tool", "tool_call_id": "call_1", "content": "The tool call failed:\n"},
    ),
    "failed tool with an image": (
        ToolMessage([IMAGE_URL], tool_call_id="call_1", status="error"),
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [{"type": "text", "text": "The tool call failed:"}, IMAGE_URL],
        },
    ),
    "tool with several texts": (
        ToolMessage(["1", {"type": "text", "text": "2"}], tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": "1\n2"},
    ),
    "tool with a cached text": (
        ToolMessage([CACHED], tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": [CACHED]},
    ),
    "tool of v1 blocks": (
        ToolMessage(
            content_blocks=[
                {
                    "type": "file",
                    "base64": "JVBERi0=",
                    "mime_type": "application/pdf",
                    "filename": "a.pdf",
                }
            ],
            tool_call_id="call_1",
        ),
        {"role": "tool", "tool_call_id": "call_1", "content": [PDF]},
    ),
    "tool with nothing": (
        ToolMessage([], tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": ""},
    ),
    "tool with blocks": (
        ToolMessage([{"type": "text", "text": "3"}], tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ),
    "tool with an image": (
        ToolMessage([{"type": "text", "text": "See"}, IMAGE_URL], tool_call_id="call_1"),
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [{"type": "text", "text": "See"}, IMAGE_URL],
        },
    ),
    "assistant by its role": (
        ChatMessage([{"type": "thinking", "thinking": "Hm."}, "Hi"], role="assistant"),
        {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."},
    ),
    "OpenAI's older result by its role": (
        ChatMessage("3", role="function"),
        {"role": "tool", "content": "3"},
    ),
    "a call that was streamed": (
        AIMessage(
            [{"type": "tool_use", "id": "1", "name": "f", "input": {}, "partial_json": '{"a": 1}'}]
        ),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "1",
                    "type": "function",
                    "function": {"name": "f", "arguments": '{"a": 1}'},
                }
            ],
        },
    ),
    "any role": (ChatMessage("Hi", role="critic"), {"role": "critic", "content": "Hi"}),
}


def cases(table):
    return [pytest.param(*row, id=name) for name, row in table.items()]


@pytest.mark.parametrize(("message", "param"), cases(MESSAGES))
def test_each_message_becomes_its_parameters(message, param):
    before = message.model_copy(deep=True)
    assert to_param(message) == param
    assert message == before


def test_content_that_is_one_text_is_sent_as_a_string():
    assert to_param(HumanMessage([{"type": "text", "text": "Hi"}]))["content"] == "Hi"
    assert to_param(HumanMessage([]))["content"] == ""
    assert to_param(HumanMessage([CACHED]))["content"] == [CACHED]


NAMELESS = {
    "in its field": {"content": "", "tool_calls": [{**TOOL_CALL, "id": "call_9", "name": ""}]},
    "invalid": {
        "content": "",
        "invalid_tool_calls": [
            {"type": "invalid_tool_call", "id": "call_9", "name": None, "args": "{", "error": None}
        ],
    },
    "in the content": {"content": [{"type": "tool_use", "id": "call_9", "input": {"a": 1}}]},
}


@pytest.mark.parametrize("fields", NAMELESS.values(), ids=NAMELESS)
def test_a_call_without_a_name_is_left_out_with_its_result(model, sent, fields):
    calls = fields.get("tool_calls", [])
    beside = AIMessage(**{**fields, "tool_calls": [*calls, TOOL_CALL]})
    unknown = ToolMessage("unknown tool", tool_call_id="call_9", status="error")
    known = ToolMessage("3", tool_call_id="call_1")
    model.invoke([HumanMessage("Add."), AIMessage(**fields), unknown, beside, unknown, known])
    assert sent()["messages"] == [
        {"role": "user", "content": "Add."},
        {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ]


def test_a_message_that_cannot_be_sent_is_named():
    with pytest.raises(UnsupportedContentError, match="A RemoveMessage cannot be sent"):
        to_params([HumanMessage("Hi"), RemoveMessage("1")])


def test_unsupported_content_is_an_error_before_anything_is_sent(model, weryai_emulator):
    with pytest.raises(UnsupportedContentError):
        model.invoke([HumanMessage([{"type": "made_up"}])])
    assert weryai_emulator.requests == []


def test_a_conversation_is_sent_in_order(model, sent):
    model.invoke(
        [
            ("system", "Be brief."),
            ("human", "What is 1 + 2?"),
            AIMessage("", tool_calls=[TOOL_CALL]),
            ToolMessage("3", tool_call_id="call_1"),
        ]
    )
    assert sent()["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 1 + 2?"},
        {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ]


def test_system_messages_keep_their_places(model, sent):
    model.invoke([("human", "Hi"), ("system", "Be brief."), ("human", "Bye"), ("system", "End.")])
    assert [message["role"] for message in sent()["messages"]] == [
        "user",
        "system",
        "user",
        "system",
    ]


def test_older_function_calls_in_a_history_get_distinct_ids(model, sent):
    function = {"name": "add", "arguments": '{"a":1}'}
    asked = AIMessage("", additional_kwargs={"function_call": function})
    given = FunctionMessage("3", name="add")
    model.invoke([HumanMessage("Add."), asked, given, HumanMessage("Again."), asked, given])
    messages = sent()["messages"]
    first, second = messages[2]["tool_call_id"], messages[5]["tool_call_id"]
    assert first != second
    assert [messages[1]["tool_calls"], messages[4]["tool_calls"]] == [
        [{"id": id_, "type": "function", "function": function}] for id_ in (first, second)
    ]
    assert {messages[2]["role"], messages[5]["role"]} == {"tool"}


@pytest.mark.parametrize("value", ["ephemeral", {"type": "ephemeral"}])
def test_the_cache_control_of_a_message_marks_its_end(value):
    marked = [{"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}]
    extra = {"cache_control": value}
    call = {"name": "f", "args": {}, "id": "c1"}
    question = HumanMessage("Long.", additional_kwargs=extra)
    assert to_params([question])[0]["content"] == marked
    calling = AIMessage("", tool_calls=[call], additional_kwargs=extra)
    assert [p["content"] for p in to_params([HumanMessage("Long."), calling])] == [marked, None]
