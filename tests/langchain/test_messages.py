"""LangChain's messages, and what is sent of them."""

import pytest
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

from langchain_weryai._messages import to_param, to_params
from weryai_core import UnsupportedContentError

PNG = "iVBORw0KGgo="
TOOL_CALL = {"type": "tool_call", "id": "call_1", "name": "add", "args": {"a": 1, "b": "ä"}}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a":1,"b":"ä"}'},
}
IMAGE_URL = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
IMAGE_DATA = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
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
    "assistant": (AIMessage("Hi"), {"role": "assistant", "content": "Hi"}),
    "empty assistant": (AIMessage(""), {"role": "assistant", "content": ""}),
    "named assistant": (
        AIMessage("Hi", name="bot"),
        {"role": "assistant", "content": "Hi", "name": "bot"},
    ),
    "streamed assistant": (
        AIMessageChunk("Hi", additional_kwargs={"reasoning_content": "Hm."}),
        {"role": "assistant", "content": "Hi"},
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
                    "error": "cut",
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
                    "function": {"name": "add", "arguments": '{"a": '},
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
        {"role": "assistant", "content": "I add.", "tool_calls": [WIRE_CALL]},
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
        {"role": "assistant", "content": "I add.", "tool_calls": [WIRE_CALL]},
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
        {"role": "tool", "tool_call_id": "call_1", "content": "No."},
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
    "function": (
        FunctionMessage("3", name="add"),
        {"role": "function", "content": "3", "name": "add"},
    ),
    "any role": (ChatMessage("Hi", role="critic"), {"role": "critic", "content": "Hi"}),
}

# Content block -> part of the request.
BLOCKS = {
    "text": ({"type": "text", "text": "Hi"}, {"type": "text", "text": "Hi"}),
    "text with an id": (
        {"type": "text", "text": "Hi", "id": "1", "extras": {}},
        {"type": "text", "text": "Hi"},
    ),
    "text that is null": ({"type": "text", "text": None}, {"type": "text", "text": ""}),
    "cached text": (
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
    ),
    "plain text document": (
        {"type": "text-plain", "text": "Hi", "mime_type": "text/plain"},
        {"type": "text", "text": "Hi"},
    ),
    "string": ("Hi", {"type": "text", "text": "Hi"}),
    "OpenAI image": (
        {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}},
    ),
    "OpenAI audio": (
        {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
        {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
    ),
    "OpenAI file": (PDF, PDF),
    "OpenAI video": (
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
    ),
    "v1 image address": (
        {"type": "image", "url": "https://example.com/cat.png"},
        IMAGE_URL,
    ),
    "v1 image data": ({"type": "image", "base64": PNG, "mime_type": "image/png"}, IMAGE_DATA),
    "v0 image address": (
        {"type": "image", "source_type": "url", "url": "https://example.com/cat.png"},
        IMAGE_URL,
    ),
    "v0 image data": (
        {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
        IMAGE_DATA,
    ),
    "v1 audio": (
        {"type": "audio", "base64": "UklG", "mime_type": "audio/wav"},
        {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
    ),
    "v1 file": (
        {
            "type": "file",
            "base64": "JVBERi0=",
            "mime_type": "application/pdf",
            "filename": "a.pdf",
        },
        PDF,
    ),
    "v1 file id": (
        {"type": "file", "file_id": "file-1"},
        {"type": "file", "file": {"file_id": "file-1"}},
    ),
    "Anthropic image data": (
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": PNG},
        },
        IMAGE_DATA,
    ),
    "Anthropic image address": (
        {"type": "image", "source": {"type": "url", "url": "https://example.com/cat.png"}},
        IMAGE_URL,
    ),
    "Anthropic document": (
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
        },
        {
            "type": "file",
            "file": {"filename": "document", "file_data": "data:application/pdf;base64,JVBERi0="},
        },
    ),
}

UNSUPPORTED = {
    "tool_result": {"type": "tool_result", "tool_use_id": "1", "content": "3"},
    "image": {"type": "image", "file_id": "file-1"},
    "file": {"type": "file", "url": "https://example.com/a.pdf"},
    "audio": {"type": "audio", "url": "https://example.com/a.wav"},
    "video": {"type": "video", "url": "https://example.com/a.mp4"},
    "text-plain": {"type": "text-plain", "url": "https://example.com/a.txt"},
    "non_standard": {"type": "non_standard", "value": {}},
    "document": {"type": "document", "source": {"type": "file", "file_id": "file-1"}},
    "made_up": {"type": "made_up"},
    "None": {"text": "no type"},
}


def cases(table):
    return [pytest.param(*row, id=name) for name, row in table.items()]


@pytest.mark.parametrize(("message", "param"), cases(MESSAGES))
def test_a_message_is_sent_as(message, param):
    before = message.model_copy(deep=True)
    assert to_param(message) == param
    assert message == before


@pytest.mark.parametrize(("block", "part"), cases(BLOCKS))
@pytest.mark.parametrize("role", ["user", "tool", "assistant"])
def test_a_content_block_is_sent_as(role, block, part):
    content = ["First.", block]
    message = {
        "user": HumanMessage(content),
        "tool": ToolMessage(content, tool_call_id="1"),
        "assistant": AIMessage(content),
    }[role]
    first = {"type": "text", "text": "First."}
    if role == "assistant" and part["type"] == "text":
        assert to_param(message)["content"] == f"First.{part['text']}"
    else:
        assert to_param(message)["content"] == [first, part]


def test_content_that_is_one_text_is_sent_as_a_string():
    assert to_param(HumanMessage([{"type": "text", "text": "Hi"}]))["content"] == "Hi"
    assert to_param(HumanMessage([]))["content"] == ""
    cached = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
    assert to_param(HumanMessage([cached]))["content"] == [cached]


@pytest.mark.parametrize(
    ("kind", "block"), [pytest.param(kind, block, id=kind) for kind, block in UNSUPPORTED.items()]
)
@pytest.mark.parametrize("message_class", [HumanMessage, SystemMessage, AIMessage])
def test_a_block_that_cannot_be_sent_is_named(message_class, kind, block):
    with pytest.raises(UnsupportedContentError) as caught:
        to_param(message_class([block]))
    shown = "None" if kind == "None" else repr(kind)
    assert f"type {shown}" in str(caught.value) or f"Anthropic {kind} block" in str(caught.value)


@pytest.mark.parametrize(
    "kind", ["tool_use", "tool_call", "reasoning", "thinking", "redacted_thinking"]
)
def test_an_assistants_block_in_another_message_is_refused(kind):
    with pytest.raises(UnsupportedContentError, match=f"'{kind}' belongs into an AIMessage"):
        to_param(HumanMessage([{"type": kind}]))


def test_a_message_that_cannot_be_sent_is_named():
    with pytest.raises(UnsupportedContentError, match="A RemoveMessage cannot be sent"):
        to_params([HumanMessage("Hi"), RemoveMessage("1")])


async def test_unsupported_content_is_an_error_before_anything_is_sent(
    model, call, weryai_emulator
):
    with pytest.raises(UnsupportedContentError):
        await call(model, [HumanMessage([{"type": "made_up"}])])
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


@pytest.mark.parametrize("output_version", ["v0", "v1"])
async def test_an_answer_can_be_sent_back(make_model, call, sent, weryai_emulator, output_version):
    model = make_model(output_version=output_version)
    weryai_emulator.reply(
        {"content": "I add.", "reasoning_content": "Hm.", "tool_calls": [WIRE_CALL]},
        finish_reason="tool_calls",
    )
    answer = await call(model)
    result = ToolMessage("3", tool_call_id="call_1")
    await call(model, [HumanMessage("Hello"), answer, result])
    assert sent()["messages"][1] == {
        "role": "assistant",
        "content": "I add.",
        "tool_calls": [WIRE_CALL],
    }
