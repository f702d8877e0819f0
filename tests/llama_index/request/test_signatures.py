"""Signatures in the histories of other providers' classes, and where they are sent."""

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from llama_index_weryai.request.messages import to_params
from weryai_core.request.prepare import prepare

CALL = ToolCallBlock(tool_call_id="call_1", tool_name="weather", tool_kwargs={})
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": "{}"},
}
BLOCKS = [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]
GOOGLES = {"extra_content": {"google": {"thought_signature": "c2ln"}}}


def answer(*blocks, **kwargs):
    return ChatMessage(role=MessageRole.ASSISTANT, blocks=[*blocks], additional_kwargs=kwargs)


def thought(**information):
    return ThinkingBlock(content="Hm.", additional_information=information)


# The message and the fields that go to its family, of the message and of its call.
HISTORIES = {
    "Anthropic": (answer(thought(signature="c2ln"), CALL), {"thinking_blocks": BLOCKS}, {}),
    "GoogleGenAI": (
        answer(TextBlock(text="I look."), CALL, thought_signatures=[None, b"sig"]),
        {},
        GOOGLES,
    ),
    "GoogleGenAI, in the text": (
        answer(TextBlock(text="I look."), CALL, thought_signatures=[b"sig"]),
        GOOGLES,
        {},
    ),
    "GoogleGenAI, in its thoughts": (answer(thought(thought_signature="c2ln"), CALL), GOOGLES, {}),
    "GoogleGenAI, older": (
        answer(
            tool_calls=[
                {"id": "call_1", "name": "weather", "args": {}, "thought_signature": b"sig"}
            ]
        ),
        {},
        {"thought_signature": "c2ln"},
    ),
    "no signature": (answer(thought(signature=""), CALL, thought_signatures=[None]), {}, {}),
}


def sent(message, model):
    result = ChatMessage("3", role="tool", additional_kwargs={"tool_call_id": "call_1"})
    talk = to_params([ChatMessage("Weather?"), message, result])
    return prepare({"model": model, "messages": talk}).body["messages"][1]


@pytest.mark.parametrize(("message", "fields", "of_call"), HISTORIES.values(), ids=HISTORIES)
def test_signatures_go_to_the_family_that_made_them(message, fields, of_call):
    is_gemini = bool(of_call) or "extra_content" in fields
    for saved in (message, ChatMessage.model_validate_json(message.model_dump_json())):
        param = sent(saved, "GEMINI_25_PRO" if is_gemini else "CLAUDE_SONNET_4_6")
        assert {**param, "content": None} == {
            "role": "assistant",
            "content": None,
            "tool_calls": [{**WIRE_CALL, **of_call}],
            **fields,
        }
    for model in ("GPT_5_5", "CLAUDE_SONNET_4_6" if is_gemini else "GEMINI_25_PRO"):
        param = sent(message, model)
        assert param.keys() == {"role", "content", "tool_calls"}
        assert param["tool_calls"] == [WIRE_CALL]


def test_calls_of_other_classes_go_to_gemini_3_with_the_placeholder():
    skipped = {"google": {"thought_signature": "skip_thought_signature_validator"}}
    for message in (answer(CALL), answer(thought(signature="c2ln"), CALL)):
        param = sent(message, "GEMINI_3_5_FLASH")
        assert param["tool_calls"] == [{**WIRE_CALL, "extra_content": skipped}]
    signed = HISTORIES["GoogleGenAI"][0]
    assert sent(signed, "GEMINI_3_5_FLASH")["tool_calls"] == [{**WIRE_CALL, **GOOGLES}]


STRANGE = [
    answer(CALL, thought_signatures={"a": 1}, model=3),
    answer(CALL, thought_signatures=[3]),
    answer(thought(signature=["x"], thought_signature=3), CALL),
    answer(CALL, tool_calls=[{"id": "call_1", "extra_content": "x", "thought_signature": b"\xff"}]),
]


@pytest.mark.parametrize("message", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("model", ["GEMINI_3_5_FLASH", "CLAUDE_SONNET_4_6", "mine"])
def test_signatures_of_other_types_never_end_a_conversation(message, model):
    assert sent(message, model)["tool_calls"][0]["function"] == WIRE_CALL["function"]
