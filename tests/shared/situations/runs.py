"""What the tests that run situations share: queue an answer, and compare JSON on the wire."""

import json
import re

import pytest

from situations import ANY, call, completion, escaped

NOW = {"Retry-After": "0"}
ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "A tool.",
            "parameters": {"type": "object", "properties": {}},
        },
    }
    for name in ("get_weather", "get_time", "run", "edit", "read", "find", "calendar.list")
]


def rows(situations):
    return [pytest.param(each, id=each.id) for each in situations]


def rows_in_turn(situations, whole, streamed):
    """Each situation with its ways of calling: one of `whole` and one of `streamed`, in turn.

    Together the situations of a kind are called in all ways.
    """
    found = []
    for number, each in enumerate(situations):
        ways = [streamed[number % len(streamed)]]
        if each.is_whole or not each.events:
            ways.insert(0, whole[number % len(whole)])
        found.append(pytest.param(each, ways, id=each.id))
    return found


def queue(emulator, reply, *, streamed, times=1):
    """Queue what the service sends, for a plain request or for one for a stream."""
    for _ in range(times):
        events = reply.to_events() if streamed else None
        if events is not None and reply.status == 200:
            items = [event if isinstance(event, bytes) else escaped(event) for event in events]
            emulator.reply_chunks(items, done=b"" not in events, headers=NOW)
            continue
        body = reply.to_body()
        kind = "text/event-stream" if isinstance(body, bytes) else "application/json"
        body = body if isinstance(body, bytes) else escaped(body).encode()
        emulator.reply_raw(reply.status, body, kind, NOW)


def matches(expected, sent, named):
    """Compare with JSON on the wire.

    `ANY` is any value. A tuple is words that the value holds. A text that begins with `*` is a
    valid id, and one that begins with `~` a valid name: equal texts stand for equal ones, except
    "*" and "~" alone.
    """
    if expected is ANY:
        return True
    if isinstance(expected, tuple):
        text = json.dumps(sent, ensure_ascii=False).replace('\\"', '"')
        return all(word in text for word in expected)
    if isinstance(expected, str) and expected.startswith(("*", "~")):
        pattern = ID if expected.startswith("*") else NAME
        if not isinstance(sent, str) or not pattern.fullmatch(sent):
            return False
        return expected in ("*", "~") or named.setdefault(expected, sent) == sent
    if isinstance(expected, dict) and isinstance(sent, dict):
        return expected.keys() == sent.keys() and all(
            same_json(value, sent[name])
            if name == "arguments"
            else matches(value, sent[name], named)
            for name, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(sent, list):
        return len(expected) == len(sent) and all(
            matches(*pair, named) for pair in zip(expected, sent, strict=True)
        )
    return expected == sent


def same_json(expected, sent):
    """Compare the arguments of calls, which may be spaced in any way."""
    return json.loads(expected) == json.loads(sent)


def check_echo(echo, messages):
    """Check the messages of the request that an answer went back with."""
    answers = [message for message in messages if message["role"] == "assistant"]
    if echo.back is None:
        assert answers == []
        return
    [back] = answers
    # Whether reasoning goes back as text as well is up to `echo_reasoning` and the model.
    if "reasoning_content" not in echo.back:
        back = {name: value for name, value in back.items() if name != "reasoning_content"}
    assert matches(echo.back, back, {}), back
    ids = [call["id"] for call in back.get("tool_calls") or ()]
    assert len(set(ids)) == len(ids)
    results = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
    assert results == ids


def queue_object(emulator, row, sent_name=None):
    """Queue a structured answer; a called tool has the sent name, or the one of the row."""
    message = {"content": row.text, "refusal": row.refusal}
    finish_reason = row.finish_reason
    if row.arguments is not None:
        name = sent_name or row.name or row.schema.__name__
        message["tool_calls"] = [call(name, row.arguments)]
        finish_reason = "tool_calls"
    message = {field: value for field, value in message.items() if value is not None}
    emulator.reply_json(completion(message, finish_reason))


def sent_name_of(emulator):
    """The name of the only tool of the newest request; it must be a valid one."""
    [tool] = emulator.last_request.json["tools"]
    name = tool["function"]["name"]
    assert NAME.fullmatch(name), name
    return name
