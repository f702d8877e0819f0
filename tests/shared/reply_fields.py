"""The fields of a reply, and chunks of a stream."""

from weryai_core import (
    ToolCallDelta,
    Usage,
)

FIELDS = {
    "id": "chatcmpl-1",
    "created": 1764590000,
    "model": "GPT_4O",
    "system_fingerprint": "fp_1",
}
RAW_USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
USAGE = Usage(5, 7, 12, raw=RAW_USAGE)
CALL = ToolCallDelta(0, "a", "f", '{"x":1}')


def delta(text, **more):
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
