"""Reads the usual whole answer at a third of the price: one text, its end, and what it cost.

`ReplyStream.read_whole` finds the same in such a document, and reads every other.
"""

from __future__ import annotations

from typing import Any, cast

from weryai_core.chunk import Chunk, Usage
from weryai_core.new_chunk import new_choice, new_chunk
from weryai_core.reply.chain import has_only_words, is_without_steps
from weryai_core.reply.completion import NO_IDENTITY, to_identity
from weryai_core.reply_options import ReplyOptions
from weryai_core.usage import to_usage

_OF_BODY = frozenset(("id", "object", "created", "model", "choices", "usage", "system_fingerprint"))
_OF_CHOICE = frozenset(("index", "message", "finish_reason", "logprobs"))
_OF_MESSAGE = frozenset(("role", "content", "refusal"))
_COUNTS = frozenset(("prompt_tokens", "completion_tokens", "total_tokens"))


def read_plain_answer(payload: Any, options: ReplyOptions) -> Chunk | None:
    """The reply in a document that holds the usual fields and one text; None for any other.

    Args:
        payload: The JSON of the document.
        options: What the request means for reading its reply.
    """
    if not isinstance(payload, dict) or not _OF_BODY.issuperset(payload):
        return None
    choices = payload.get("choices")
    if payload.get("object") != "chat.completion" or not isinstance(choices, list):
        return None
    entry = choices[0] if len(choices) == 1 else None
    if not isinstance(entry, dict) or not _OF_CHOICE.issuperset(entry):
        return None
    message = entry.get("message")
    if entry.get("finish_reason") != "stop" or entry.get("logprobs") is not None:
        return None
    if not isinstance(message, dict) or not _OF_MESSAGE.issuperset(message):
        return None
    text = message.get("content")
    if not isinstance(text, str) or not text.strip() or message.get("refusal") is not None:
        return None
    choice = new_choice(0, text, finish_reason="stop")
    is_checked = options.checks_answer or options.answer_tools or options.choice_count != 1
    if is_checked or not is_without_steps(options) or not has_only_words(choice):
        return None
    before = NO_IDENTITY if options.model is None else (None, options.model, None, None)
    usage = _to_usage(payload.get("usage"))
    return new_chunk(choice, to_identity(payload, before), payload, usage, is_last=True)


def _to_usage(usage: object) -> Usage | None:
    """The usage, which is nearly always three counts."""
    if isinstance(usage, dict) and usage.keys() == _COUNTS:
        counts = (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"])
        are_counts = all(type(count) is int and count >= 0 for count in counts)
        if are_counts and counts[0] + counts[1] == counts[2]:
            return Usage(*cast(tuple[int, int, int], counts), raw={**usage})
    return to_usage(usage)
