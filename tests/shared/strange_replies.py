"""Strategies for replies that are strange but plausible, and a gateway that sends them.

Texts are made of what upsets readers: tags, halves of emojis, code fences, call tokens, braces.
Every field may have a value of another type.
"""

import json
import re
from itertools import pairwise

import httpx2
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from weryai_core import known_models

KEYS = [*known_models()]
IDS = re.compile(r"[a-zA-Z0-9_-]{1,40}")
KIMI_IDS = re.compile(r"functions\.[a-zA-Z0-9_-]+:\d+")
NAMES = re.compile(r"[a-zA-Z0-9_-]{1,64}")
TOOL_NAMES = ("get_weather", "notion.search", "a" * 70, "Ünit")
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "A tool.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
    for name in TOOL_NAMES
]
KIMI = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
    '<|tool_call_argument_begin|>{"city": "Rome"}<|tool_call_end|><|tool_calls_section_end|>'
)


def bounded(examples):
    """The settings of a property: a bounded number of examples, the same in each run."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


PIECES = (
    *("Hi ", "Rome", "\n", " ", "a", "é", "\U0001f600", "\ud83d", "\ude00", "\x00", "\x1f"),
    *("<think>", "</think>", "<thinking>", "</reasoning>", "<tool_call>", "</tool_call>", "<thi"),
    *("{", "}", '{"city": "Rome"}', "```json\n", "```", '"', "\\", "\\ud83d", KIMI, "<|tool_call"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 2**70, 1.5, 1e300]),
    texts,
    st.lists(st.one_of(st.none(), texts, st.integers(0, 9)), max_size=2),
    st.dictionaries(st.sampled_from(["text", "type", "a", "id"]), texts, max_size=2),
)


def mostly(strategy):
    """The strategy, and sometimes a value of any type."""
    return st.integers(0, 7).flatmap(lambda number: strategy if number else junk)


def record(**fields):
    """A dict with some of these fields."""
    return st.fixed_dictionaries({}, optional={name: mostly(one) for name, one in fields.items()})


arguments = st.one_of(
    st.sampled_from(
        [
            '{"city": "Rome"}',
            "{}",
            "",
            '{"city": "Ro',
            '{"city": "a\nb"}',
            r'"{\"city\": \"Rome\"}"',
            '```json\n{"city": "Rome"}\n```',
            r'{"city": "\ud83d"}',
            "[1]",
            "NaN",
            '{"n": NaN}',
            '{"n": 1e999}',
        ]
    ),
    texts,
    st.fixed_dictionaries({"city": texts}),
)
names = st.sampled_from([*TOOL_NAMES, "notion_search", "", "no such tool", "functions.get_weather"])
ids = st.sampled_from(["call_1", "call_2", "functions.get_weather:0", "x" * 70, "", "a|b:c", "ü"])
signature = st.one_of(
    st.fixed_dictionaries({name: st.fixed_dictionaries({"thought_signature": texts})})
    for name in ("google", "vertex")
)
calls = st.one_of(
    record(
        id=ids,
        type=st.just("function"),
        index=st.integers(0, 2),
        function=record(name=names, arguments=arguments, thought_signature=texts),
        extra_content=signature,
        provider_specific_fields=record(thought_signature=texts),
    ),
    record(id=ids, name=names, arguments=arguments),
    record(id=ids, name=names, input=st.fixed_dictionaries({"city": texts})),
)
parts = st.one_of(
    record(type=st.just("text"), text=texts),
    record(type=st.just("thinking"), thinking=texts),
    record(type=st.just("image_url"), image_url=record(url=st.just("data:image/png;base64,AA=="))),
    texts,
)
details = record(
    type=st.sampled_from(["reasoning.text", "reasoning.summary", "reasoning.encrypted"]),
    text=texts,
    summary=texts,
    data=texts,
    signature=texts,
    id=ids,
    index=st.integers(0, 1),
)
messages = record(
    role=st.just("assistant"),
    content=st.one_of(texts, st.lists(parts, max_size=2)),
    reasoning_content=texts,
    reasoning=texts,
    refusal=texts,
    tool_calls=st.one_of(st.lists(calls, min_size=1, max_size=3), calls),
    function_call=record(name=names, arguments=arguments),
    reasoning_details=st.lists(details, max_size=2),
    thinking_blocks=st.lists(
        record(
            type=st.sampled_from(["thinking", "redacted_thinking"]),
            thinking=texts,
            signature=texts,
            data=texts,
            index=st.integers(0, 1),
        ),
        max_size=2,
    ),
    reasoning_items=st.lists(record(id=ids, encrypted_content=texts, summary=texts), max_size=2),
    reasoning_opaque=texts,
    reasoning_text=texts,
    reasoning_signature=texts,
    provider_specific_fields=record(thought_signatures=st.lists(texts, max_size=1)),
    images=st.lists(record(image_url=record(url=texts)), max_size=1),
    annotations=st.lists(record(type=texts, url=texts), max_size=1),
    audio=record(id=ids, data=texts, transcript=texts),
)
reasons = st.sampled_from(
    ["stop", "tool_calls", "length", "content_filter", "error", "SAFETY", "OTHER", "", None]
)
usages = record(
    prompt_tokens=st.integers(0, 9),
    completion_tokens=st.integers(0, 9),
    cached_tokens=st.integers(0, 9),
    prompt_tokens_details=record(cached_tokens=st.integers(0, 9)),
    cost=st.floats(0, 1),
)
around = {
    "id": st.just("chatcmpl-1"),
    "model": texts,
    "created": st.just(1),
    "usage": usages,
    "error": st.one_of(st.none(), record(message=texts, code=st.integers(0, 599))),
    "status": st.sampled_from([0, 200, 1001, "ok", "error"]),
}


def replies_of(field):
    """Replies, or chunks, whose choices have a message, or a delta."""
    choices = record(
        index=st.integers(0, 1),
        finish_reason=reasons,
        text=texts,
        **{field: messages},
        error=st.one_of(st.none(), record(message=texts, code=st.integers(0, 599))),
    )
    choice_lists = mostly(st.lists(choices, min_size=1, max_size=2))
    return st.builds(
        lambda choices, fields: {"choices": choices, **fields},
        choice_lists,
        st.fixed_dictionaries({}, optional={name: mostly(one) for name, one in around.items()}),
    )


bodies = replies_of("message")
streams = st.lists(st.one_of(replies_of("delta"), junk), max_size=5)


COPIES = (("reasoning.text", "reasoning_details"), ("thinking", "thinking_blocks"))
COPIED = {"reasoning.text": "text", "thinking": "thinking"}


@st.composite
def answers(draw):
    """An answer that is whole, with its deltas: a strange one, in fields of the right type."""
    message = {"role": "assistant", "content": None}
    if draw(st.booleans()):
        message["reasoning_content"] = draw(texts)
    if draw(st.booleans()):
        message["content"] = draw(texts)
    if draw(st.integers(0, 3)) == 0:
        message["refusal"] = draw(texts)
    entries = []
    for number in range(draw(st.integers(0, 2))):
        given_text = draw(arguments.filter(lambda value: isinstance(value, str)))
        entry = {"type": "function", "function": {"name": draw(names), "arguments": given_text}}
        entry["id"] = f"{draw(ids)}{number}"
        if draw(st.booleans()):
            entry["extra_content"] = draw(signature)
        entries.append(entry)
    if entries:
        message["tool_calls"] = entries
    deltas = []
    if message.get("reasoning_content"):
        for name, field in draw(st.lists(st.sampled_from(COPIES), unique=True)):
            entry = {"type": name, "index": 0}
            message[field] = [{**entry, COPIED[name]: message["reasoning_content"]}]
            pieces = cut_text(draw, message["reasoning_content"])
            deltas += [{field: [{**entry, COPIED[name]: piece}]} for piece in pieces]
    for name in ("reasoning_content", "content", "refusal"):
        deltas += [{name: piece} for piece in cut_text(draw, message.get(name) or "")]
    for number, entry in enumerate(entries):
        pieces = cut_text(draw, entry["function"]["arguments"])
        head = {**entry, "function": {**entry["function"], "arguments": ""}}
        deltas.append({"tool_calls": [{"index": number, **head}]})
        deltas += [
            {"tool_calls": [{"index": number, "function": {"arguments": piece}}]}
            for piece in pieces
        ]
    return message, deltas, "tool_calls" if entries else "stop"


def cut_text(draw, text):
    """A text in pieces, cut anywhere, in the middle of an emoji too."""
    if not text:
        return []
    places = sorted(draw(st.lists(st.integers(1, max(1, len(text) - 1)), max_size=3, unique=True)))
    bounds = [0, *(place for place in places if place < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def to_body(message, finish_reason):
    """A whole reply as bytes. Halves of emojis are escapes."""
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return json.dumps({"id": "1", "choices": [choice]}).encode()


def to_events(deltas, finish_reason):
    """A stream as bytes."""
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": finish_reason})
    return to_stream([{"id": "1", "choices": [choice]} for choice in choices])


def to_stream(events):
    """Events as bytes, closed by `[DONE]`."""
    data = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return f"{data}data: [DONE]\n\n".encode()


class Gateway:
    """A transport that answers each request with the queued bytes, and keeps the requests."""

    def __init__(self):
        self.answers = []
        self.requests = []
        self.client = httpx2.Client(transport=httpx2.MockTransport(self._answer))

    def _answer(self, request):
        self.requests.append(json.loads(request.content))
        return httpx2.Response(200, content=self.answers.pop(0))


PLAIN = to_body({"content": "Hello"}, "stop")
_CALL = {
    "id": "functions.get_weather:0",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "a\nb\ud83d"}'},
    "extra_content": {"google": {"thought_signature": "c2ln"}},
}
# A message with much that only some services take back.
STRANGE = {
    "content": "<think>Hm.</think>I look \ud83d.",
    "reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "signature": "c2ln"}],
    "thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}],
    "tool_calls": [_CALL, {**_CALL, "function": {"name": "", "arguments": "{}"}}],
}


def check_messages(body):
    """Check what services check: ids and names, calls and their results, no empty answer."""
    key = body["model"]
    waiting = []
    seen = set()
    assert 1 <= len(body["messages"]) <= 50
    for message in body["messages"]:
        role = message["role"]
        if role != "tool":
            assert waiting == [], waiting
        else:
            assert message["tool_call_id"] in waiting, (message, waiting)
            waiting.remove(message["tool_call_id"])
        if role == "assistant":
            entries = message.get("tool_calls") or []
            content = message.get("content")
            # Audio that the service keeps goes back as its id.
            assert entries or message.get("audio") or str(content or "").strip(), message
            for entry in entries:
                check_call(entry, key)
                assert entry["id"] not in seen, entry
                seen.add(entry["id"])
                waiting.append(entry["id"])
    assert waiting == []
    for tool in body.get("tools", ()):
        assert NAMES.fullmatch(tool["function"]["name"])
    json.dumps(body, allow_nan=False).encode()
    json.dumps(body, ensure_ascii=False).encode()  # no half of an emoji


def check_call(entry, key):
    assert NAMES.fullmatch(entry["function"]["name"]), entry
    assert isinstance(json.loads(entry["function"]["arguments"]), dict), entry
    allowed = IDS.fullmatch(entry["id"]) or (
        key.startswith("KIMI") and KIMI_IDS.fullmatch(entry["id"])
    )
    assert allowed, entry
