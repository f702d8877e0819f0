"""What to send instead of reasoning of earlier answers that a service refuses.

A signature may be valid for one platform, one organization or one conversation only, and a gateway
may not know the fields. Without them the conversation goes on, with less of what the model thought.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from weryai_core.errors import APIError
from weryai_core.signatures.families import requires_signatures
from weryai_core.signatures.placeholders import with_placeholders
from weryai_core.wire import (
    EXTRAS,
    Message,
    call_extras,
    calls_of,
    has_extras,
    role_of,
    without_extras,
)

# "Function call is missing a thought_signature in functionCall parts"
_MISSING = re.compile(r"missing an? `?thought.?signature", re.IGNORECASE)
# "Corrupted thought signature", "Invalid `signature` in `thinking` block", "thinking or
# redacted_thinking blocks in the latest assistant message cannot be modified", "Item with id
# 'rs_1' not found", "The encrypted content ... could not be verified", and unknown fields.
_SIGNATURES = re.compile(
    r"thought.?signature|\bsignature\b.{0,40}thinking|thinking.{0,80}(?:signature|modified)"
    rf"|\brs_\w|encrypted.?content|\b(?:{'|'.join(sorted(EXTRAS))})\b",
    re.IGNORECASE,
)
# "property 'reasoning_content' is unsupported", but not "reasoning_content is missing".
_TEXT = re.compile(
    r"reasoning_content.{0,80}(?:unsupported|unknown|unexpected|not (?:supported|permitted))"
    r"|(?:unsupported|unknown|unrecognized|unexpected|extra|additional).{0,80}reasoning_content",
    re.IGNORECASE,
)


def lacks_signature(error: Exception) -> bool:
    """Whether a service reports that a tool call has no signature."""
    return isinstance(error, APIError) and bool(_MISSING.search(str(error)))


def refuses_reasoning(error: Exception) -> bool:
    """Whether a service reports that it does not take the reasoning of earlier answers."""
    if not isinstance(error, APIError) or lacks_signature(error):
        return False
    return bool(_SIGNATURES.search(str(error)) or _TEXT.search(str(error)))


def without_reasoning(body: Mapping[str, Any], error: Exception) -> dict[str, Any]:
    """A request without the reasoning that a service refuses.

    Gemini 3 gets placeholders for signatures, unless it is their field that the service refuses.
    """
    drops_text = bool(_TEXT.search(str(error)))
    messages = [_without_reasoning(message, drops_text) for message in body["messages"]]
    if requires_signatures(body["model"]) and "extra_content" not in str(error):
        messages = with_placeholders(messages)
    return {**body, "messages": messages}


def _without_reasoning(message: Message, drops_text: bool) -> Message:
    if role_of(message) != "assistant":
        return message
    if drops_text and "reasoning_content" in message:
        message = {name: message[name] for name in message if name != "reasoning_content"}
    if has_extras(message):
        message = without_extras(message)
    if not any(map(call_extras, calls_of(message))):
        return message
    return {**message, "tool_calls": [without_extras(call) for call in message["tool_calls"]]}
