"""Placeholders for the signatures that Gemini 3 wants, when a request is prepared."""

import pytest

from weryai_core.request.options import split_options
from weryai_core.request.prepare import prepare

HELLO = {"role": "user", "content": "Hello"}
SIGNED = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
# ai.google.dev/gemini-api/docs/thought-signatures, FAQs
PLACEHOLDER = {
    "extra_content": {"google": {"thought_signature": "skip_thought_signature_validator"}}
}


def call(number, **fields):
    return {
        "id": f"call_{number}",
        "type": "function",
        "function": {"name": "f", "arguments": "{}"},
        **fields,
    }


def step(*calls, **fields):
    """An answer that calls tools, and their results."""
    answer = {"role": "assistant", "content": None, "tool_calls": [*calls], **fields}
    results = [{"role": "tool", "tool_call_id": one["id"], "content": "3"} for one in calls]
    return [answer, *results]


def extras_of(messages, model="GEMINI_3_5_FLASH", **options):
    """What the calls of each answer have beyond those of OpenAI."""
    request = prepare(*split_options({"model": model, "messages": messages, **options}))
    return [
        [{"extra_content": one["extra_content"]} if "extra_content" in one else {} for one in calls]
        for message in request.body["messages"]
        if (calls := message.get("tool_calls"))
    ]


MAKERS = {
    "GPT": ("GPT_5_5", PLACEHOLDER),
    "Gemini 2.5": ("GEMINI_25_PRO", PLACEHOLDER),
    "an older id of Gemini": ("gemini-2.5-pro", PLACEHOLDER),
    "unknown": (None, PLACEHOLDER),
    "no name": (3, PLACEHOLDER),
    "the same model": ("GEMINI_3_5_FLASH", {}),
    "another of Gemini 3": ("google/gemini-3.1-pro-preview", {}),
}


@pytest.mark.parametrize(("maker", "extra"), MAKERS.values(), ids=MAKERS)
def test_calls_of_other_models_get_the_placeholder(maker, extra):
    assert extras_of([HELLO, *step(call(1), model=maker)]) == [[extra]]


def test_the_first_call_of_each_answer_in_the_current_turn_gets_it():
    talk = [
        HELLO,
        *step(call(1)),
        {"role": "assistant", "content": "Done."},
        {"role": "user", "content": "And now?"},
        *step(call(2), call(3)),
        *step(call(4, **SIGNED), call(5), model="GEMINI_3_1_PRO"),
        *step(call(6)),
    ]
    assert extras_of(talk) == [[{}], [PLACEHOLDER, {}], [SIGNED, {}], [PLACEHOLDER]]
    assert extras_of([*talk, HELLO]) == [[{}], [{}, {}], [SIGNED, {}], [{}]]


OTHER_SIGNATURES = {
    "of another call": step(call(1), call(2, **SIGNED)),
    "of the function": step(
        call(1, function={"name": "f", "arguments": "{}", "thought_signature": "c2ln"})
    ),
    "of the message": step(call(1), **SIGNED),
    "of Vertex": step(call(1, extra_content={"vertex": {"thought_signature": "c2ln"}})),
    "LiteLLM's": step(call(1, provider_specific_fields={"thought_signature": "c2ln"})),
    "OpenRouter's": step(
        call(1),
        reasoning_details=[
            {"type": "reasoning.encrypted", "data": "c2ln", "format": "google-gemini-v1"}
        ],
    ),
}


@pytest.mark.parametrize("talk", OTHER_SIGNATURES.values(), ids=OTHER_SIGNATURES)
def test_an_answer_with_a_signature_of_gemini_gets_none(talk):
    found = [extra for extras in extras_of([HELLO, *talk]) for extra in extras]
    assert PLACEHOLDER not in found


def test_a_signature_of_claude_is_none_of_gemini():
    blocks = [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]
    request = {"model": "GEMINI_3_1_PRO", "messages": [HELLO, *step(call(1))]}
    request["messages"][1] |= {"thinking_blocks": blocks, "model": "CLAUDE_4_5_OPUS"}
    assert prepare(request).body["messages"][1] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [call(1, **PLACEHOLDER)],
    }


@pytest.mark.parametrize("options", [{"echo_reasoning": False}, {"tool_calling": "prompted"}])
def test_the_placeholder_can_be_turned_off(options):
    found = extras_of([HELLO, *step(call(1))], **options)
    assert found in ([[{}]], [])
    assert extras_of([HELLO, *step(call(1))], echo_reasoning=True) == [[PLACEHOLDER]]


@pytest.mark.parametrize("model", ["GEMINI_25_PRO", "GPT_5", "CLAUDE_4_OPUS", "KIMI_K2_5", "mine"])
def test_other_models_get_no_placeholder(model):
    assert extras_of([HELLO, *step(call(1))], model) == [[{}]]
