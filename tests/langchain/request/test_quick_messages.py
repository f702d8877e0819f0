"""Answers of texts and calls are read in a quick way, with the result of the slow way."""

import pytest
from langchain_core.messages import AIMessage

from langchain_weryai.request.messages import to_params

CALL = {"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
CALLS = {
    "none": [],
    "one": [CALL],
    "two": [CALL, {**CALL, "id": "c2", "args": {}}],
    "without an id": [{**CALL, "id": None}],
    "an empty id": [{**CALL, "id": ""}],
    "without a name": [{**CALL, "name": ""}],
    "a signature in the id": [{**CALL, "id": "c1__thought__abc"}],
    "odd numbers": [{**CALL, "args": {"a": float("nan"), "b": [1.5]}}],
}


@pytest.mark.parametrize("model", [None, "GEMINI_3_1_PRO"])
@pytest.mark.parametrize("text", ["", "Hi", " ", "<think>Hm.</think>Hi"])
@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
def test_both_ways_give_the_same(calls, text, model):
    metadata = {"model_name": model} if model else {}
    quick = AIMessage(text, tool_calls=calls, response_metadata=metadata)
    slow = quick.model_copy(update={"additional_kwargs": {"unknown": 1}})
    [quick_param], [slow_param] = to_params([quick]), to_params([slow])
    assert [*quick_param.items()] == [*slow_param.items()]


def test_an_answer_with_calls_is_sent_with_its_model():
    message = AIMessage("", tool_calls=[CALL], response_metadata={"model_name": "GPT_4O"})
    assert to_params([message]) == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "add", "arguments": '{"a":1}'},
                }
            ],
            "model": "GPT_4O",
        }
    ]
