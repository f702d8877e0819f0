"""What the finish reason of an answer means, in the words of any upstream.

Sources: the API pages of OpenAI, OpenRouter (`error`, `native_finish_reason`), DeepSeek
(`insufficient_system_resource`, `aborted`), Zhipu (`sensitive`, `network_error`), Mistral
(`model_length`, `error`), Google (the enum `FinishReason`), Anthropic (`stop_reason`), Cohere and
Bedrock, and the servers vLLM and SGLang (`abort`). Letter case and separators do not count. New
reasons are recognized by their words: a reason that contains "error" is a failure. What is left may
end a good answer, and does not explain an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

GOOGLES_REASONS = dict(
    enumerate(
        (
            *("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "BLOCKLIST"),
            *("PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL"),
        ),
        start=1,
    )
)
"""Google's reasons by the numbers that its libraries write."""

Meaning = Literal["truncated", "blocked", "failed", "unclear"]

_EARLY_ENDS = {
    "truncated": ("was truncated", "Raise `max_tokens`."),
    "blocked": ("was blocked", "Rephrase the prompt, or use another model."),
}

_TRUNCATED = re.compile(
    r"length|max_?(new_|output_?|completion_?)?tokens|token_limit|error_limit|context_window",
)
# `language` is Google's for a language that it does not support: the same request fails again.
_BLOCKED = re.compile(
    r"content_?filter|safety|prohibited|recitation|block_?list|blocked|spii|sensitive|guardrail"
    r"|toxic|moderat|flagged|refusal|refused|policy|model_armor|language",
)
_FAILED = re.compile(
    r"error|fail|abort|cancel|time_?out|timed_out|exhausted|insufficient|overload|unavailable"
    r"|malformed|interrupt|unexpected_tool|too_many_tool|missing_thought|rate_limit|exception|crash"
    r"|out_of_memory|^oom$|killed|disconnect|preempt|connection",
)
_STEPS = r"(stop|end|ended|eos|eot|eod|eom|eog|done|finish|complete|success)"
_USUAL = re.compile(
    rf"(natural_|hit_|matched_|found_|user_|model_|tool_)?{_STEPS}(ped|ed|d|ful)?"
    r"(_?(token|sequence|turn|string|str|words?|text|criteria|id|condition|found|by_user|generation|message|answer"
    r"|response|of_(turn|text|sequence|stream|message|generation|answer|response)))*"
    r"|(parallel_)?(tool|function)s?(_?(calls?|uses?|calling))?|calls?|succeeded|normal|ok|pause"
    r"|pause_turn|im_end|/?s"
)
_LONGEST_REASON = 1000  # characters that are looked at
_REFUSALS = ("refusal", "refused", "model_refusal")


def meaning_of(reason: str | None) -> Meaning | None:
    """What a finish reason says of the answer; None for a usual end ("stop", "tool_calls").

    "truncated": at a limit. "blocked": by a filter. "failed": the model or the service failed.
    "unclear": the answer may be whole or not; Google's `OTHER`, or a reason that is not known.
    """
    return _meaning_of(reason[:_LONGEST_REASON]) if reason else None


@lru_cache(maxsize=64)
def _meaning_of(reason: str) -> Meaning | None:
    word = _word_of(reason)
    if _BLOCKED.search(word):
        return "blocked"
    if _TRUNCATED.search(word):
        return "truncated"
    if _FAILED.search(word):
        return "failed"
    return None if _USUAL.fullmatch(word) else "unclear"


def is_refusal(reason: str | None) -> bool:
    """Whether a finish reason says that the model refused, as Claude's `refusal` does."""
    return reason is not None and _is_refusal(reason[:_LONGEST_REASON])


@lru_cache(maxsize=64)
def _is_refusal(reason: str) -> bool:
    return _word_of(reason) in _REFUSALS


def find_block_reason(payload: Mapping[str, Any]) -> str:
    """Why Google or Azure blocked the prompt, so that there is no answer; "" if they did not."""
    feedback = payload.get("promptFeedback") or payload.get("prompt_feedback")
    if isinstance(feedback, Mapping):
        reason = feedback.get("blockReason") or feedback.get("block_reason")
        if isinstance(reason, str) and not reason.endswith("UNSPECIFIED"):
            return reason
    results = payload.get("prompt_filter_results")
    for entry in results if isinstance(results, list) else ():
        found = entry.get("content_filter_results") if isinstance(entry, Mapping) else None
        for name, result in found.items() if isinstance(found, Mapping) else ():
            if isinstance(result, Mapping) and result.get("filtered") is True:
                return str(name)
    return ""


def _word_of(reason: str) -> str:
    word = re.sub(r"[\s\-]+", "_", reason.strip(" \t\r\n<|>.").lower())
    return word.removeprefix("finish_reason_").removeprefix("finishreason.")


def explain_end(reason: str | None) -> tuple[str, str] | None:
    """What happened to an answer that ended too early, and what to do; None for another one."""
    explained = _EARLY_ENDS.get(meaning_of(reason) or "")
    if explained is None:
        return None
    what, advice = explained
    return f"{what} (finish reason {reason!r})", advice
