"""Which reasoning of earlier answers is sent."""

import copy

import pytest

from weryai_core.request.reasoning import with_reasoning

QUESTION = {"role": "user", "content": "Hi"}
ANSWER = {"role": "assistant", "content": "Ok", "reasoning_content": "Hm."}
CALL = {
    "role": "assistant",
    "content": None,
    "reasoning_content": "So.",
    "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "content": "3", "tool_call_id": "1"}
PLAIN_ANSWER = {"role": "assistant", "content": "Ok"}
PLAIN_CALL = {"role": "assistant", "content": None, "tool_calls": CALL["tool_calls"]}


@pytest.mark.parametrize(
    ("model", "echo", "answer", "call"),
    [
        ("GPT_5", True, ANSWER, CALL),
        ("GPT_5", False, PLAIN_ANSWER, PLAIN_CALL),
        ("GPT_5", "auto", PLAIN_ANSWER, PLAIN_CALL),
        ("KIMI_K2_5", "auto", PLAIN_ANSWER, CALL),
        ("moonshotai/kimi-k2-thinking", "auto", PLAIN_ANSWER, CALL),
        ("KIMI_K2_5", False, PLAIN_ANSWER, PLAIN_CALL),
    ],
)
def test_reasoning_is_sent_as_the_option_and_the_model_require(model, echo, answer, call):
    messages = [QUESTION, ANSWER, CALL, RESULT]
    before = copy.deepcopy(messages)
    assert with_reasoning(messages, echo, model) == [QUESTION, answer, call, RESULT]
    assert messages == before


def test_messages_without_reasoning_are_left_as_they_are():
    messages = [QUESTION, PLAIN_ANSWER]
    assert with_reasoning(messages, "auto", "GPT_5") is messages
