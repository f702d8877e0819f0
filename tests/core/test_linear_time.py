"""A stream of twice as many events takes twice the time, whatever grows with each."""

import json

import pytest
from step_counts import growth

from weryai_core.extras import merge_extras
from weryai_core.reply.content import calls_in_content, split_images
from weryai_core.reply.decode import StreamDecoder

LINEAR = 2.3  # a quadratic part makes it 4


def delta(**fields):
    return {"choices": [{"index": 0, "delta": fields}]}


def next_to_text(**fields):
    return {**fields, **delta(content="a")}


def call(index, arguments, **fields):
    return {"index": index, "function": {"arguments": arguments}, **fields}


BEGIN = {**call(0, '{"a":"', id="c"), "function": {"name": "add", "arguments": '{"a":"'}}

EVENTS = {
    "text": lambda n: delta(content=f"a{n} "),
    "text of code": lambda n: delta(content=f"a[{n}] < `b`"),
    "text and ids": lambda n: {"id": f"{n}", **delta(content="a")},
    "reasoning alone": lambda n: delta(reasoning_content=f"a{n} "),
    "usage": lambda n: next_to_text(usage={"prompt_tokens": 1, f"k{n}": 1}),
    "details of usage": lambda n: next_to_text(
        usage={"prompt_tokens": 1, "prompt_tokens_details": {f"cached_{n}": 1}}
    ),
    "metadata": lambda n: next_to_text(**{f"k{n}": "v"}),
    "citations": lambda n: next_to_text(citations=[f"https://a/{n}"]),
    "grounding": lambda n: next_to_text(groundingMetadata={f"k{n}": 1}),
    "grounding in an object": lambda n: next_to_text(groundingMetadata={"a": {f"k{n}": 1}}),
    "annotations": lambda n: delta(
        content="a", annotations=[{"type": "url_citation", "url_citation": {"url": f"https://{n}"}}]
    ),
    "images": lambda n: delta(images=[{"image_url": {"url": f"https://a/{n}.png"}}]),
    "audio": lambda n: delta(audio={"id": "a", f"k{n}": "QUJD"}),
    "log probabilities": lambda n: {
        "choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": {f"k{n}": [1]}}]
    },
    "reasoning": lambda n: delta(
        reasoning="ab ", reasoning_details=[{"type": "t", "index": n, "text": "ab "}]
    ),
    "reasoning and blanks": lambda n: delta(reasoning_content="ab ", reasoning=" "),
    "ids of reasoning": lambda n: delta(
        reasoning_details=[{"type": "t", "index": 0, "id": f"i{n}", "text": "a"}]
    ),
    "fields of a nameless call": lambda n: delta(
        tool_calls=[call(0, "1", reasoning_details=[{"type": f"t{n}", "text": "a"}])]
    ),
    "fields of a call": lambda n: delta(
        tool_calls=[call(0, "1", extra_content={"google": {f"k{n}": "a"}})]
    ),
    "calls": lambda n: delta(tool_calls=[{**BEGIN, "index": n, "id": f"c{n}"}]),
    "nameless calls": lambda n: delta(tool_calls=[call(n, '{"a":"1"}')]),
    "calls without keys": lambda n: delta(tool_calls=[{"function": {"name": "add"}}]),
    "calls without arguments": lambda n: delta(
        tool_calls=[{"index": n, "id": f"c{n}", "function": {"name": "add", "arguments": ""}}]
    ),
    "fragments": lambda n: delta(tool_calls=[call(0, "1", id="c")]),
}


@pytest.mark.parametrize("name", EVENTS)
def test_events_take_the_same_time_each(name):
    def run(count):
        decoder = StreamDecoder()
        events = [*map(EVENTS[name], range(count)), delta(content="x")]
        if name.startswith("fields of a call"):
            events.insert(0, delta(tool_calls=[BEGIN]))
        for event in events:
            list(decoder.feed(b"data: " + json.dumps(event).encode() + b"\n\n"))
        assert decoder.partial is not None

    assert growth(run, 100) < LINEAR


@pytest.mark.parametrize(
    "read",
    [
        lambda n: calls_in_content(
            [{"type": "input_json_delta", "partial_json": "1", "index": i} for i in range(n)]
        ),
        lambda n: split_images(tuple(f"gs://a/{i}" for i in range(n))),
        lambda n: merge_extras(
            {"reasoning_details": [{"type": "t", "index": 0, "id": i // 2, "text": "a"}]}
            for i in range(n)
        ),
    ],
    ids=["pieces of calls", "images", "ids of reasoning"],
)
def test_lists_of_one_event_are_read_in_linear_time(read):
    assert growth(read, 100) < LINEAR
