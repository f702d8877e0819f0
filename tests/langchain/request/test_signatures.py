"""Signatures in the histories of other providers' classes, and where they are sent."""

import json

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)

from langchain_weryai.request.messages import to_params
from weryai_core.request.prepare import prepare

CALL = {"type": "tool_call", "id": "call_1", "name": "weather", "args": {}}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": "{}"},
}
BLOCKS = [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]
GOOGLES = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
TEXT = {"type": "text", "text": "I look."}
CLAUDE = {"model_provider": "anthropic", "model_name": "claude-sonnet-4-6"}
GEMINI = {"model_provider": "google_genai", "model_name": "gemini-3-pro-preview"}


def answer(content, metadata=None, calls=(CALL,), **kwargs):
    return AIMessage(
        content,
        tool_calls=list(calls),
        response_metadata=metadata or {},
        additional_kwargs=kwargs,
    )


def streamed(*chunks):
    first, *rest = (AIMessageChunk(**chunk) for chunk in chunks)
    for chunk in rest:
        first += chunk
    return first


REASONING = {"type": "reasoning", "reasoning": "Hm.", "extras": {"signature": "c2ln"}}
DETAIL = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}

# The message and the fields that go to its family, of the message and of its call.
HISTORIES = {
    "ChatAnthropic": (answer([*BLOCKS, TEXT], CLAUDE), {"thinking_blocks": BLOCKS}, {}),
    "ChatAnthropic, without a model": (answer([*BLOCKS, TEXT]), {"thinking_blocks": BLOCKS}, {}),
    "ChatAnthropic, redacted": (
        answer([{"type": "redacted_thinking", "data": "x"}, TEXT], CLAUDE),
        {"thinking_blocks": [{"type": "redacted_thinking", "data": "x"}]},
        {},
    ),
    "ChatAnthropic, v1": (
        answer(
            [
                REASONING,
                {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "x"}},
                TEXT,
                CALL,
            ],
            {**CLAUDE, "output_version": "v1"},
        ),
        {"thinking_blocks": [*BLOCKS, {"type": "redacted_thinking", "data": "x"}]},
        {},
    ),
    "ChatAnthropic, streamed": (
        streamed(
            {"content": [{"type": "thinking", "thinking": "H", "index": 0}]},
            {"content": [{"type": "thinking", "thinking": "m.", "index": 0}]},
            {"content": [{"type": "thinking", "signature": "c2ln", "index": 0}]},
            {
                "content": [{**TEXT, "index": 1}],
                "response_metadata": CLAUDE,
                "tool_call_chunks": [{"id": "call_1", "name": "weather", "args": "{}", "index": 2}],
            },
        ),
        {"thinking_blocks": BLOCKS},
        {},
    ),
    "ChatBedrockConverse": (
        answer(
            [
                {
                    "type": "reasoning_content",
                    "reasoning_content": {"text": "Hm.", "signature": "c2ln"},
                },
                TEXT,
            ],
            {"model_provider": "bedrock_converse", "model_name": "us.anthropic.claude-4"},
        ),
        {"thinking_blocks": BLOCKS},
        {},
    ),
    "Bedrock's own": (
        answer(
            [{"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}, TEXT]
        ),
        {"thinking_blocks": BLOCKS},
        {},
    ),
    "ChatLiteLLM": (
        answer("", thinking_blocks=[{**BLOCKS[0], "origin": "x", "prefix": "y"}]),
        {"thinking_blocks": BLOCKS},
        {},
    ),
    "ChatOpenRouter, streamed": (
        streamed(
            {"content": "", "additional_kwargs": {"reasoning_details": [{**DETAIL, "text": "H"}]}},
            {"content": "", "additional_kwargs": {"reasoning_details": [{**DETAIL, "text": "m."}]}},
            {
                "content": "",
                "additional_kwargs": {"reasoning_details": [{**DETAIL, "signature": "c2ln"}]},
                "tool_call_chunks": [{"id": "call_1", "name": "weather", "args": "{}", "index": 0}],
            },
        ),
        {"reasoning_details": [{**DETAIL, "text": "Hm.", "signature": "c2ln"}]},
        {},
    ),
    "ChatGoogleGenerativeAI": (
        answer("", GEMINI, __gemini_function_call_thought_signatures__={"call_1": "c2ln"}),
        {},
        GOOGLES,
    ),
    "ChatGoogleGenerativeAI, v1": (
        answer(
            [REASONING, TEXT, CALL],
            GEMINI,
            __gemini_function_call_thought_signatures__={"call_1": "c2ln"},
        ),
        {},
        GOOGLES,
    ),
    "ChatGoogleGenerativeAI, in the call": (
        answer([{**CALL, "extras": {"signature": "c2ln"}}], GEMINI),
        {},
        GOOGLES,
    ),
    "ChatGoogleGenerativeAI, older": (
        answer([TEXT, {"type": "function_call_signature", "signature": "c2ln", "index": 0}]),
        {},
        GOOGLES,
    ),
    "ChatGoogleGenerativeAI, in the text": (
        answer([{**TEXT, "extras": {"signature": "c2ln"}}], GEMINI),
        GOOGLES,
        {},
    ),
    "ChatGoogleGenerativeAI, in the text, without a model": (
        answer([{**TEXT, "extras": {"signature": "c2ln"}}]),
        GOOGLES,
        {},
    ),
    "ChatGoogleGenerativeAI, in its thoughts": (answer([*BLOCKS, TEXT], GEMINI), GOOGLES, {}),
    "no signature": (answer([{"type": "thinking", "thinking": "Hm."}, TEXT], CLAUDE), {}, {}),
}


def sent(message, model):
    talk = [HumanMessage("Weather?"), message, ToolMessage("Sunny", tool_call_id="call_1")]
    return prepare({"model": model, "messages": to_params(talk)}).body["messages"][1]


@pytest.mark.parametrize(("message", "fields", "of_call"), HISTORIES.values(), ids=HISTORIES)
def test_signatures_go_to_the_family_that_made_them(message, fields, of_call):
    call = {**WIRE_CALL, **of_call}
    is_gemini = "extra_content" in (*fields, *of_call)
    for saved in (message, *messages_from_dict(messages_to_dict([message]))):
        param = sent(saved, "GEMINI_25_PRO" if is_gemini else "CLAUDE_SONNET_4_6")
        assert {**param, "content": None} == {
            "role": "assistant",
            "content": None,
            "tool_calls": [call],
            **fields,
        }
    for model in ("GPT_5_5", "CLAUDE_SONNET_4_6" if is_gemini else "GEMINI_25_PRO"):
        param = sent(message, model)
        assert param.keys() == {"role", "content", "tool_calls"}
        assert param["tool_calls"] == [WIRE_CALL]


@pytest.mark.parametrize("metadata", [{}, {"model_name": "gpt-5"}, CLAUDE], ids=str)
def test_calls_of_other_classes_go_to_gemini_3_with_the_placeholder(metadata):
    param = sent(answer(BLOCKS, metadata), "GEMINI_3_5_FLASH")
    skipped = {"google": {"thought_signature": "skip_thought_signature_validator"}}
    assert param["tool_calls"] == [{**WIRE_CALL, "extra_content": skipped}]


def test_calls_of_gemini_3_by_google_s_class_have_their_signature_or_none():
    assert sent(answer("", GEMINI), "GEMINI_3_5_FLASH")["tool_calls"] == [WIRE_CALL]
    signed = HISTORIES["ChatGoogleGenerativeAI"][0]
    assert sent(signed, "GEMINI_3_5_FLASH")["tool_calls"] == [{**WIRE_CALL, **GOOGLES}]


STRANGE = [
    answer("", __gemini_function_call_thought_signatures__=["x"], tool_call_extras=3),
    answer("", __gemini_function_call_thought_signatures__={"call_1": 3}),
    answer([{"type": "function_call_signature", "index": [0], "signature": {}}]),
    answer([{"type": "thinking", "signature": ["x"]}, {"type": "redacted_thinking", "data": 3}]),
    answer([{"type": "reasoning", "extras": "x", "reasoning_content": 3}], {"model_name": 3}),
    answer("", reasoning_details="x", thinking_blocks={"a": 1}, extra_content=[None]),
    answer("", reasoning_details=[{"format": ["x"]}, None, "x"], thought_signature=b"\xff"),
]


@pytest.mark.parametrize("message", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("model", ["GEMINI_3_5_FLASH", "CLAUDE_SONNET_4_6", "mine"])
def test_signatures_of_other_types_never_end_a_conversation(message, model):
    assert json.dumps(sent(message, model)["tool_calls"][0]["function"])
