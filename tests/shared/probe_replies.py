"""What a service may answer to the doctor's questions: (status, headers, body) each."""

import json

from replies import to_stream

REFUSED = (
    400,
    {},
    json.dumps({"status": 1002, "desc": "Parameter error", "message": "no"}).encode(),
)
BUSY = (429, {}, b'{"status": 1001, "desc": "Request rate limit exceeded"}')
POOR = (402, {}, b'{"status": 1011, "desc": "Insufficient credits"}')
BROKEN = (503, {}, b"")
EMPTY = (200, {}, b"")
PAGE = (200, {"content-type": "text/html"}, b"<html><title>Down for maintenance</title></html>")
FORBIDDEN = (400, {}, b'{"status": 1009, "desc": "Permission denied"}')
MISSING = (400, {}, b'{"status": 1006, "desc": "Model not supported"}')


def saying(body, status=200, **headers):
    """A JSON document."""
    return status, headers, json.dumps(body).encode()


def answering(text="Hi", *more, finish="stop", usage=None, **message):
    """A completion: its first message has this text and these fields, further ones these texts."""
    messages = [{"role": "assistant", "content": text, **message}]
    messages += [{"role": "assistant", "content": one} for one in more]
    choices = [
        {"index": index, "message": one, "finish_reason": finish}
        for index, one in enumerate(messages)
    ]
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1711929600,
        "model": "GPT_4_1",
        "choices": choices,
        "usage": usage or {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    }
    return saying(body)


def counting(tokens, finish, text="1, 2, 3"):
    """A completion of that many tokens."""
    usage = {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}
    return answering(text, finish=finish, usage=usage)


def calling(*arguments, name="get_weather", text=None, **call):
    """A completion with a call of a tool for each of these arguments."""
    calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(one)},
            **call,
        }
        for number, one in enumerate(arguments)
    ]
    return answering(text, finish="tool_calls", tool_calls=calls)


def streaming(*events, done=True, content_type="text/event-stream"):
    """An event stream of these chunks."""
    return 200, {"content-type": content_type}, to_stream(*events, done=done)


def delta(fields, finish=None, **more):
    """A chunk of a stream."""
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}], **more}
