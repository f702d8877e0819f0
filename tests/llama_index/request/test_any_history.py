"""Any blocks of models and tools in a history, for each of the 28 models."""

import json
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from llama_index_weryai.request.messages import to_params
from weryai_core import known_models
from weryai_core.request.prepare import encode, prepare

CALL = ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1})
BLOCKS = [
    TextBlock(text=""),
    TextBlock(text=" "),
    TextBlock(text="<think>Hm.</think>Hi"),
    TextBlock(text="Hi"),
    ThinkingBlock(),
    ThinkingBlock(content="Hm."),
    ImageBlock(),
    ImageBlock(image=b"\x00\x01"),
    ImageBlock(url="https://example.com/cat.png"),
    AudioBlock(audio=b"no audio at all"),
    VideoBlock(url="https://example.com/cat.mp4"),
    DocumentBlock(data=b"%PDF-1.7\n", title="a.pdf"),
    DocumentBlock(url="file:///nowhere/a.pdf"),
    CachePoint(cache_control=CacheControl(type="ephemeral")),
    CitableBlock(title="T", source="s", content="Hi"),
    CitationBlock(cited_content="Hi", source="s", title="T", additional_location_info={}),
    ToolCallBlock(tool_call_id="x", tool_name="f", tool_kwargs="{"),
    SimpleNamespace(block_type="made_up"),
    {"block_type": "made_up", "text": "Hi"},
]
EXTRAS = [
    {},
    {"refusal": "No."},
    {"tool_calls": None},
    {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}], "model": "GPT_5"},
    {"thinking_blocks": "odd", "provider_specific_fields": [1], "thought_signature": {"x": 1}},
]
blocks = st.lists(st.sampled_from(BLOCKS), max_size=4)


@settings(max_examples=150)
@given(
    st.sampled_from([*known_models()]),
    blocks,
    blocks,
    st.sampled_from(EXTRAS),
    st.booleans(),
)
def test_any_blocks_of_models_and_tools_can_be_sent(model, said, output, extra, has_call):
    answer = ChatMessage(role="assistant", additional_kwargs=extra)
    answer.blocks = [*said, *([CALL] if has_call else [])]
    result = ChatMessage(role="tool", additional_kwargs={"tool_call_id": "call_1"})
    result.blocks = [*output]
    results = [result] if has_call else []
    talk = [ChatMessage(content="Hi"), answer, *results, ChatMessage(content="Bye")]
    request = prepare({"model": model, "messages": to_params(talk)})
    messages = json.loads(encode(request.body, stream=False))["messages"]
    assert messages[0] == {"role": "user", "content": "Hi"}
    assert messages[-1]["role"] == "user"
    called = [call["id"] for message in messages for call in message.get("tool_calls", ())]
    answered = [one["tool_call_id"] for one in messages if one["role"] == "tool"]
    assert sorted(answered) == sorted(called)
    for message in messages:
        if message["role"] == "assistant":
            assert message.get("tool_calls") or message["content"]
        assert "model" not in message
