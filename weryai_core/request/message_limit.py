"""Keep a conversation within the API's limit of 50 messages: fold, merge, trim or refuse it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from weryai_core.errors import MessageCountError
from weryai_core.media.tool_results import count_moved
from weryai_core.option_values import MessageOverflow
from weryai_core.request.overflow.fold import count_messages, fold
from weryai_core.request.overflow.merge import merge
from weryai_core.request.overflow.trim import trim
from weryai_core.unsupported import RequestWarning
from weryai_core.wire import Message, is_instruction

MAX_MESSAGES = 50
"""Most messages in a request (the API page: "Required array length: 1 - 50 elements")."""

_log = logging.getLogger(__name__)


def fit_messages(
    messages: Sequence[Message],
    overflow: MessageOverflow,
    *,
    limit: int = MAX_MESSAGES,
    joins_results: bool = False,
) -> Sequence[Message]:
    """The messages, reduced to at most `limit` of them as `overflow` says.

    Args:
        messages: A request's messages, 1 or more. They are not changed.
        overflow: What to do if there are too many. "fold" puts the oldest turns into words, in one
            user message; nothing is lost, and it is never an error. "merge" joins adjacent
            messages of one role; nothing is lost. "trim" drops the oldest turns, a turn being a
            user's message and everything up to the next one. It keeps system and developer
            messages. Of the newest turn it drops the oldest answers and calls if necessary, but
            never the user's message and the last call. "error" refuses them. Where the caller's
            own messages are within the limit, and those with media of tool results are too many,
            "error" and "merge" fold as well.
        limit: The most messages.
        joins_results: Whether adjacent tool results will become one message.

    Raises:
        MessageCountError: There are too many, and `overflow` does not allow or suffice to have
            fewer.
    """
    if count_messages(messages, joins_results) <= limit:
        return messages
    if overflow != "trim" and len(messages) - count_moved(messages) <= limit:
        overflow = "fold"  # the caller has sent no more than the limit
    match overflow:
        case "fold":
            return fold(messages, limit, joins_results=joins_results)
        case "merge":
            return _merge(messages, limit)
        case "trim":
            return _trim(messages, limit)
        case _:
            raise _count_error(
                messages,
                '. Send fewer, or set message_overflow="fold" (puts the oldest turns into words), '
                '"merge" (joins adjacent messages of one role) or "trim" (drops the oldest turns).',
                limit,
            )


def folding_warning(messages: Sequence[Message]) -> RequestWarning:
    """The warning that a conversation with too many messages is not sent as it is."""
    text = (
        f"The conversation has {_count(messages, ' messages')}, and WeryAI takes at most "
        f"{MAX_MESSAGES}. From now on the oldest turns are sent in words, as one message. To "
        'choose this without a warning, set message_overflow="fold"; "trim" drops the oldest '
        'turns, "merge" joins adjacent messages of one role, and "error" refuses the conversation.'
    )
    return RequestWarning("folding", text, default_of="message_overflow")


def _merge(messages: Sequence[Message], limit: int) -> list[Message]:
    merged = merge(messages)
    if len(merged) > limit:
        raise _count_error(
            messages,
            f", and {len(merged)} after merging adjacent ones of one role. Send fewer, or set "
            'message_overflow="fold" (puts the oldest turns into words) or "trim" (drops the '
            "oldest turns).",
            limit,
        )
    return merged


def _trim(messages: Sequence[Message], limit: int) -> list[Message]:
    kept = trim(messages, limit)
    if len(kept) > limit:
        instructions = sum(map(is_instruction, kept))
        raise _count_error(
            messages,
            f'. message_overflow="trim" cannot drop enough: it keeps system and developer messages '
            f"({instructions} here) and the end of the newest turn, including the last tool call "
            f"with all its results ({len(kept) - instructions}). Join the system messages, have "
            'the model call fewer tools at once, or set message_overflow="fold".',
            limit,
        )
    _log.debug("Dropped the %d oldest of %d messages.", len(messages) - len(kept), len(messages))
    return kept


def _count(messages: Sequence[Message], unit: str = "") -> str:
    """How many messages the caller has sent, and how many hold media of tool results."""
    moved = count_moved(messages)
    added = f" (and {moved} with media of tool results)" if moved else ""
    return f"{len(messages) - moved}{unit}{added}"


def _count_error(messages: Sequence[Message], rest: str, limit: int) -> MessageCountError:
    """The error for too many messages; `rest` ends its sentence."""
    return MessageCountError(
        f"`messages` must hold 1 to {limit} messages (the limit of WeryAI's API), "
        f"but holds {_count(messages)}{rest}"
    )
