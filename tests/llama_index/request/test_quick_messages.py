"""Messages of texts and calls are read in a quick way, with the result of the slow way."""

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole, TextBlock, ToolCallBlock

from llama_index_weryai.request.messages import to_params


class OtherText(TextBlock):
    """A text of a class of its own, which is read in the slow way."""


class OtherCall(ToolCallBlock):
    """A call of a class of its own."""


CALL = {"tool_call_id": "c1", "tool_name": "add", "tool_kwargs": {"a": 1}}
KNOWN = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
SIGNED = {**KNOWN, "extra_content": {"google": {"thought_signature": "abc"}}}
CALLS = {
    "none": [],
    "one": [CALL],
    "without an id": [{**CALL, "tool_call_id": None}],
    "without a name": [{**CALL, "tool_name": ""}],
    "text": [{**CALL, "tool_kwargs": '{"a": 1}'}, {**CALL, "tool_kwargs": '{"a": '}],
    "no arguments": [{**CALL, "tool_kwargs": {}}],
    "odd numbers": [{**CALL, "tool_kwargs": {"a": float("nan")}}],
    "an object": [{**CALL, "tool_kwargs": {"a": TextBlock(text="x")}}],
}
EXTRAS = {
    "nothing": {},
    "a model": {"model": "GPT_4O"},
    "calls": {"model": "GPT_4O", "tool_calls": [KNOWN]},
    "a signature": {"tool_calls": [SIGNED]},
    "other": {"refusal": "No."},
}


@pytest.mark.parametrize("extra", EXTRAS.values(), ids=EXTRAS)
@pytest.mark.parametrize("texts", [[], [""], ["Hi"], ["Hi", "there"]], ids=str)
@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
def test_answers_are_the_same_in_both_ways(calls, texts, extra):
    def param(text_class, call_class):
        blocks = [text_class(text=text) for text in texts]
        blocks += [call_class(**call) for call in calls]
        message = ChatMessage(
            role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs={**extra}
        )
        return [*to_params([message])[0].items()]

    assert param(TextBlock, ToolCallBlock) == param(OtherText, OtherCall)


@pytest.mark.parametrize("texts", [[], [""], ["Hi"], ["Hi", "there"]], ids=str)
@pytest.mark.parametrize("role", ["user", "system", "tool", "developer", "function"])
def test_texts_are_the_same_in_both_ways(role, texts):
    def params(text_class):
        blocks = [text_class(text=text) for text in texts]
        return to_params([ChatMessage(role=role, blocks=blocks)])

    assert params(TextBlock) == params(OtherText)
