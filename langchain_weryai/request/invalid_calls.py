"""Streamed calls whose arguments are not a JSON object: kept invalid, and as the model wrote them.

LangChain completes the JSON of streamed arguments. A call truncated at `max_tokens` would otherwise
count as valid, and half a path as a path. So a stream ends such arguments with a bracket that makes
LangChain read no object. Where a message is read again, the bracket is removed.
"""

from __future__ import annotations

from langchain_core.messages import InvalidToolCall
from langchain_core.utils.json import parse_partial_json

# A closing bracket without an opening one: outside of strings, in a string, after a backslash in a
# string. The three differ in what precedes the bracket, so that they show what the model wrote.
_SPOILERS = ("\n]", "\n}", '"]', '"}', '""\r]', '""\r}')


def spoiler_of(arguments: str) -> str:
    """The text to append so that LangChain reads no object in the arguments; "" if none is needed.

    Args:
        arguments: Arguments that are not a JSON object.
    """
    for end in ("", *_SPOILERS):
        try:
            if not isinstance(parse_partial_json(arguments + end), dict):
                return end
        except ValueError:
            return end
    return ""


def written_arguments(call: InvalidToolCall) -> str:
    """The arguments of an invalid call as its model wrote them."""
    arguments = call["args"] or ""
    if call.get("error"):  # it came whole
        return arguments
    for end in reversed(_SPOILERS):
        written = arguments.removesuffix(end)
        if written != arguments and spoiler_of(written) == end:
            return written
    return arguments
