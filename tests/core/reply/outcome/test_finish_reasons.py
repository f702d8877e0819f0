"""What finish reasons mean, in the words of each service."""

import pytest

from weryai_core.reply.outcome.finish_reasons import meaning_of

USUAL = (
    *("stop", "STOP", "tool_calls", "function_call", "end_turn", "tool_use", "stop_sequence"),
    *("eos", "eos_token", "COMPLETE", "TOOL_CALL", "pause_turn", "finished", "FinishReason.STOP"),
    *("<|im_end|>", "</s>", "end_of_turn", "stop_str", "natural_stop", "completed"),
)
TRUNCATED = (
    *("length", "max_tokens", "MAX_TOKENS", "model_length", "model_context_window_exceeded"),
    *("max_output_tokens", "ERROR_LIMIT", "FINISH_REASON_MAX_TOKENS"),
)
BLOCKED = (
    *("content_filter", "content-filter", "content_filtered", "SAFETY", "PROHIBITED_CONTENT"),
    *("RECITATION", "BLOCKLIST", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "LANGUAGE"),
    *("sensitive", "guardrail_intervened", "ERROR_TOXIC", "refusal", "MODEL_ARMOR"),
    *("FINISH_REASON_SAFETY", "FinishReason.SAFETY"),
)
FAILED = (
    *("error", "ERROR", "insufficient_system_resource", "aborted", "abort", "network_error"),
    *("MALFORMED_FUNCTION_CALL", "malformed_function_call", "MALFORMED_RESPONSE"),
    *("UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE"),
    *("cancelled", "canceled", "timeout", "failed", "rate_limit_exceeded", "server_overloaded"),
    *("exception", "crashed", "oom", "killed", "disconnected", "preempted", "connection_reset"),
)
UNCLEAR = (
    *("OTHER", "other", "unknown", "FINISH_REASON_UNSPECIFIED", "IMAGE_OTHER", "NO_IMAGE"),
    *("incomplete", "terminated", "closed", "dropped", "expired", "evicted", "busy", "halted"),
    *("shutdown", "quota_exceeded", "engine_dead", "stream_closed", "premature_close", "x"),
)


@pytest.mark.parametrize(
    ("reasons", "meaning"),
    [
        ((*USUAL, None, ""), None),
        (TRUNCATED, "truncated"),
        (BLOCKED, "blocked"),
        (FAILED, "failed"),
        (UNCLEAR, "unclear"),
    ],
    ids=["usual", "truncated", "blocked", "failed", "unclear"],
)
def test_a_finish_reason_has_a_meaning_in_any_services_words(reasons, meaning):
    assert {reason: meaning_of(reason) for reason in reasons} == dict.fromkeys(reasons, meaning)
