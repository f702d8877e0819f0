"""What a client sends when a service refuses the reasoning of earlier answers."""

import warnings

import pytest
from replies import to_stream

from weryai_core import InvalidRequestError, merge_chunks

HELLO = {"role": "user", "content": "Hello"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "3"}
PLAIN = {"role": "assistant", "content": None, "tool_calls": [CALL]}
SIGNED = {**CALL, "extra_content": {"google": {"thought_signature": "c2ln"}}}
SKIPPED = {
    **CALL,
    "extra_content": {"google": {"thought_signature": "skip_thought_signature_validator"}},
}
BLOCKS = [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]
DETAILS = [{"type": "reasoning.encrypted", "data": "c2ln", "id": "rs_1"}]
MISSING = (
    "Function call is missing a thought_signature in functionCall parts. This is required for "
    "tools to work correctly"
)

# The next model, the answer in the history, what the service says, and the answer sent then.
REFUSED = {
    # github.com/pydantic/pydantic-ai/issues/3881
    "a missing signature": (
        "GEMINI_3_1_PRO",
        {**PLAIN, "model": "GEMINI_3_1_PRO"},
        MISSING,
        {**PLAIN, "tool_calls": [SKIPPED]},
    ),
    "in Vertex's words": (
        "GEMINI_3_1_PRO",
        {**PLAIN, "model": "GEMINI_3_1_PRO"},
        "Unable to submit request because function call `f` in the 2. content block is missing a "
        "`thought_signature`.",
        {**PLAIN, "tool_calls": [SKIPPED]},
    ),
    # github.com/google-gemini/gemini-cli/issues/13467
    "another platform's signature": (
        "GEMINI_3_1_PRO",
        {**PLAIN, "tool_calls": [SIGNED]},
        "Corrupted thought signature.",
        {**PLAIN, "tool_calls": [SKIPPED]},
    ),
    "a field that it does not know": (
        "GEMINI_3_1_PRO",
        PLAIN,
        "messages.1.tool_calls.0.extra_content: Extra inputs are not permitted",
        PLAIN,
    ),
    # github.com/anthropics/anthropic-sdk-python/issues/1598
    "another conversation's signature": (
        "CLAUDE_4_5_OPUS",
        {**PLAIN, "thinking_blocks": BLOCKS},
        "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a "
        "different conversation.",
        PLAIN,
    ),
    # a gateway that knows OpenAI's fields only
    "text that it does not know": (
        "KIMI_K2_5",
        {**PLAIN, "reasoning_content": "Hm."},
        "property 'reasoning_content' is unsupported",
        PLAIN,
    ),
    # github.com/langchain-ai/langchain/issues/37777
    "an item that OpenAI did not store": (
        "GPT_5_5",
        {**PLAIN, "reasoning_details": DETAILS},
        "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.",
        PLAIN,
    ),
}


def with_answer(model, answer):
    return {"model": model, "messages": [HELLO, answer, RESULT]}


@pytest.mark.parametrize(("model", "answer", "says", "sent"), REFUSED.values(), ids=REFUSED)
def test_the_conversation_goes_on_without_it(driver, service, model, answer, says, sent):
    service.reply({"error": {"message": says, "code": 400}}, status=400)
    service.reply_text("Sunny.")
    with pytest.warns(UserWarning, match=rf"{model} (refuses|wants)"):
        assert driver.chat(with_answer(model, answer)).text == "Sunny."
    before, after = (request.json["messages"][1] for request in service.requests)
    assert after == sent != before


def test_an_error_in_a_stream_is_no_other(driver, service):
    service.reply(
        to_stream({"error": {"message": "Corrupted thought signature.", "code": 400}}),
        headers={"content-type": "text/event-stream"},
    )
    service.reply_stream("Sun", "ny.")
    answer = {**PLAIN, "tool_calls": [SIGNED]}
    with pytest.warns(UserWarning, match="refuses the reasoning"):
        assert merge_chunks(driver.stream(with_answer("GEMINI_3_1_PRO", answer))).text == "Sunny."


def test_a_client_knows_from_then_on_that_signatures_are_not_sent(driver, service):
    request = with_answer("GEMINI_3_1_PRO", {**PLAIN, "model": "GEMINI_3_1_PRO"})
    service.reply({"error": {"message": MISSING, "code": 400}}, status=400)
    service.reply_text("Sunny.")
    with pytest.warns(UserWarning, match="GEMINI_3_1_PRO wants its tool calls back"):
        driver.chat(request)
    service.reply_text("Sunny.")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        driver.chat(request)
    sent = [one.json["messages"][1]["tool_calls"][0] for one in service.requests]
    assert sent == [CALL, SKIPPED, SKIPPED]


def test_the_service_decides_where_a_turn_begins(driver, service):
    image = {"role": "user", "content": "The image of the tool."}
    request = with_answer("GEMINI_3_1_PRO", PLAIN)
    request["messages"].append(image)
    service.reply({"error": {"message": MISSING, "code": 400}}, status=400)
    service.reply_text("Sunny.")
    with pytest.warns(UserWarning, match="GEMINI_3_1_PRO wants its tool calls back"):
        driver.chat(request)
    sent = [one.json["messages"][1]["tool_calls"][0] for one in service.requests]
    assert sent == [CALL, SKIPPED]


def test_a_forced_call_and_a_missing_signature_are_both_taken_back(driver, service):
    request = {
        **with_answer("GEMINI_3_1_PRO", {**PLAIN, "model": "GEMINI_3_1_PRO"}),
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "tool_choice": "required",
    }
    service.reply({"error": {"message": MISSING, "code": 400}}, status=400)
    service.reply({"error": {"message": "tool_choice is not supported", "code": 400}}, status=400)
    service.reply_text("Sunny.")
    with pytest.warns(UserWarning, match="GEMINI_3_1_PRO"):
        assert driver.chat(request).text == "Sunny."
    assert service.requests[-1].json["tool_choice"] == "auto"
    assert service.requests[-1].json["messages"][1]["tool_calls"] == [SKIPPED]


NOTHING_TO_LEAVE_OUT = {
    "no signature": ("GPT_5_5", PLAIN, "Invalid thought signature", {}),
    "one that is missing still": ("GEMINI_3_1_PRO", PLAIN, MISSING, {}),
    "another refusal": ("CLAUDE_4_5_OPUS", {**PLAIN, "thinking_blocks": BLOCKS}, "No.", {}),
    "reasoning that must be there": (
        "CLAUDE_4_5_OPUS",
        {**PLAIN, "thinking_blocks": BLOCKS},
        "Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
        {},
    ),
    "text that must be there": (
        "DEEPSEEK_R1",
        {**PLAIN, "reasoning_content": "Hm."},
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
        {},
    ),
    "turned off": (
        "GEMINI_3_1_PRO",
        {**PLAIN, "model": "GEMINI_3_1_PRO"},
        MISSING,
        {"echo_reasoning": False},
    ),
}


@pytest.mark.parametrize(
    ("model", "answer", "says", "options"), NOTHING_TO_LEAVE_OUT.values(), ids=NOTHING_TO_LEAVE_OUT
)
def test_other_refusals_are_errors_after_one_request(driver, service, model, answer, says, options):
    service.reply({"error": {"message": says, "code": 400}}, status=400)
    with pytest.raises(InvalidRequestError, match=r"\w"):
        driver.chat({**with_answer(model, answer), **options})
    assert len(service.requests) == 1
