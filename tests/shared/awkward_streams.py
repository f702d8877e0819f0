"""Streams as upstreams really send them, and the answers that they are."""

import json


def fragment(arguments="", *, name=None, **fields):
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {**fields, "type": "function", "function": function}


def text(words, **fields):
    return {"type": "text", "text": words, **fields}


def reasoning(words):
    return {"type": "reasoning", "reasoning": words}


def tool_call(id_, name, **arguments):
    return {"type": "tool_call", "id": id_, "name": name, "args": arguments}


WEATHER = tool_call("call_1", "weather", city="Rome")
TIME = tool_call("call_2", "time", zone="CET")
NOW = tool_call("call_3", "now")
CITATION = {
    "type": "url_citation",
    "url_citation": {
        "url": "https://example.com/a",
        "title": "A",
        "start_index": 0,
        "end_index": 6,
    },
}
ANNOTATION = {
    "type": "citation",
    "url": "https://example.com/a",
    "title": "A",
    "start_index": 0,
    "end_index": 6,
    "extras": {"source_index": 0},
}

PNG = "data:image/png;base64,iVBORw0KGgo="
IMAGE = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
LINKED = {"type": "image", "url": "https://example.com/b.png"}


def image_entry(url):
    """An entry of a message's `images`."""
    return {"type": "image_url", "image_url": {"url": url}}


# Deltas of a stream (or whole chunks) -> the blocks of its answer, in the order of `invoke`.
STREAMS = {
    "text": (
        [{"role": "assistant", "content": ""}, {"content": "Hi "}, {"content": "you."}],
        [text("Hi you.")],
    ),
    "text and images": (
        [
            {"content": "Look: "},
            {"content": "", "images": [image_entry(PNG)]},
            {"content": "two.", "images": [image_entry(LINKED["url"])]},
        ],
        [text("Look: two."), IMAGE, LINKED],
    ),
    "an image only": ([{"images": [image_entry(PNG)]}], [IMAGE]),
    "reasoning only": (
        [{"reasoning_content": "Hm"}, {"reasoning_content": "."}],
        [reasoning("Hm.")],
    ),
    "reasoning and text in one delta": (
        [
            {"reasoning_content": "Hm"},
            {"reasoning_content": ".", "content": "Hi "},
            {"content": "you."},
        ],
        [reasoning("Hm."), text("Hi you.")],
    ),
    "reasoning after text": (
        [{"content": "Hi "}, {"reasoning_content": "Hm."}, {"content": "you."}],
        [reasoning("Hm."), text("Hi you.")],
    ),
    "reasoning, then text, then tools": (
        [
            {"reasoning_content": "Hm."},
            {"content": "I "},
            {"content": "look."},
            {"tool_calls": [fragment('{"city"', name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment(': "Rome"}', index=0)]},
            {"tool_calls": [fragment('{"zone": "CET"}', name="time", index=1, id="call_2")]},
        ],
        [reasoning("Hm."), text("I look."), WEATHER, TIME],
    ),
    "text and a tool call in one delta": (
        [
            {"content": "I "},
            {
                "content": "look.",
                "tool_calls": [fragment('{"city"', name="weather", index=0, id="call_1")],
            },
            {"tool_calls": [fragment(': "Rome"}', index=0)]},
        ],
        [text("I look."), WEATHER],
    ),
    "all three in one delta": (
        [
            {
                "reasoning_content": "Hm.",
                "content": "I look.",
                "tool_calls": [fragment('{"city": "Rome"}', name="weather", index=0, id="call_1")],
            }
        ],
        [reasoning("Hm."), text("I look."), WEATHER],
    ),
    "text after a tool call": (
        [
            {"content": "I "},
            {"tool_calls": [fragment('{"city": "Rome"}', name="weather", index=0, id="call_1")]},
            {"content": "look."},
        ],
        [text("I look."), WEATHER],
    ),
    "two tool calls, both with index 0": (
        [
            {"tool_calls": [fragment('{"city": ', name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment('"Rome"}', index=0)]},
            {"tool_calls": [fragment('{"zone": ', name="time", index=0, id="call_2")]},
            {"tool_calls": [fragment('"CET"}', index=0)]},
        ],
        [WEATHER, TIME],
    ),
    "two tool calls in one delta, both with index 0": (
        [
            {
                "tool_calls": [
                    fragment('{"city": "Rome"}', name="weather", index=0, id="call_1"),
                    fragment('{"zone": "CET"}', name="time", index=0, id="call_2"),
                ]
            }
        ],
        [WEATHER, TIME],
    ),
    "no index": (
        [
            {"tool_calls": [fragment('{"city"', name="weather", id="call_1")]},
            {"tool_calls": [fragment(': "Rome"}')]},
            {"tool_calls": [fragment('{"zone": "CET"}', name="time", id="call_2")]},
        ],
        [WEATHER, TIME],
    ),
    "another id on each fragment": (
        [
            {"tool_calls": [fragment("", name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment('{"city": ', index=0, id="call_7")]},
            {"tool_calls": [fragment('"Rome"}', index=0, id="call_8")]},
            {"tool_calls": [fragment("", name="time", index=0, id="call_2")]},
            {"tool_calls": [fragment('{"zone": "CET"}', index=0, id="call_9")]},
        ],
        [WEATHER, TIME],
    ),
    "another index on each fragment": (
        [
            {"tool_calls": [fragment("", name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment('{"city": ', index=1)]},
            {"tool_calls": [fragment('"Rome"}', index=2)]},
        ],
        [WEATHER],
    ),
    "arguments that come so far each time": (
        [
            {"tool_calls": [fragment('{"city":', name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment('{"city": "R', name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment('{"city": "Rome"}', name="weather", index=0, id="call_1")]},
        ],
        [WEATHER],
    ),
    "arguments that are an object": (
        [{"tool_calls": [fragment({"city": "Rome"}, name="weather", index=0, id="call_1")]}],
        [WEATHER],
    ),
    "whole calls, one a chunk": (
        [
            {"tool_calls": [fragment('{"city": "Rome"}', name="weather", index=0, id="call_1")]},
            {"tool_calls": [fragment('{"zone": "CET"}', name="time", index=1, id="call_2")]},
        ],
        [WEATHER, TIME],
    ),
    "parallel tool calls, interleaved": (
        [
            {
                "tool_calls": [
                    fragment(name="weather", index=0, id="call_1"),
                    fragment(name="time", index=1, id="call_2"),
                ]
            },
            {"tool_calls": [fragment('{"city":', index=0)]},
            {"tool_calls": [fragment('{"zone":', index=1)]},
            {"tool_calls": [fragment(' "Rome"}', index=0)]},
            {"tool_calls": [fragment(' "CET"}', index=1)]},
        ],
        [WEATHER, TIME],
    ),
    "an index that does not begin at 0": (
        [
            {"content": "I look."},
            {"tool_calls": [fragment('{"city": "Rome"}', name="weather", index=1, id="call_1")]},
        ],
        [text("I look."), WEATHER],
    ),
    "arguments that are empty": (
        [{"tool_calls": [fragment("", name="now", index=0, id="call_3")]}],
        [NOW],
    ),
    "arguments that are null": (
        [{"tool_calls": [fragment(None, name="now", index=0, id="call_3")]}],
        [NOW],
    ),
    "arguments that are the text null": (
        [{"tool_calls": [fragment("null", name="now", index=0, id="call_3")]}],
        [NOW],
    ),
    "arguments that are missing": (
        [{"tool_calls": [{"index": 0, "id": "call_3", "function": {"name": "now"}}]}],
        [NOW],
    ),
    "two fragments of a tool call in one delta": (
        [
            {
                "tool_calls": [
                    fragment('{"city": ', name="weather", index=0, id="call_1"),
                    fragment('"Rome"}', index=0),
                ]
            }
        ],
        [WEATHER],
    ),
    "two tool calls in one delta, no index": (
        [
            {
                "tool_calls": [
                    fragment('{"city": "Rome"}', name="weather", id="call_1"),
                    fragment('{"zone": "CET"}', name="time", id="call_2"),
                ]
            }
        ],
        [WEATHER, TIME],
    ),
    "citations before the text": (
        [{"annotations": [CITATION]}, {"content": "Sunny "}, {"content": "in Rome."}],
        [text("Sunny in Rome.", annotations=[ANNOTATION])],
    ),
    "citations after the text": (
        [
            {"reasoning_content": "Hm."},
            {"content": "Sunny "},
            {"content": "in Rome."},
            {"content": "", "annotations": [CITATION]},
        ],
        [reasoning("Hm."), text("Sunny in Rome.", annotations=[ANNOTATION])],
    ),
    "citations after a tool call": (
        [
            {"content": "Sunny in Rome."},
            {"tool_calls": [fragment('{"zone": "CET"}', name="time", index=0, id="call_2")]},
            {"annotations": [CITATION]},
        ],
        [text("Sunny in Rome.", annotations=[ANNOTATION]), TIME],
    ),
}


def to_wire(blocks):
    """The message of a whole reply with these blocks."""
    annotations = [CITATION for block in blocks if "annotations" in block]
    return {
        "reasoning_content": "".join(block.get("reasoning", "") for block in blocks),
        "content": "".join(block.get("text", "") for block in blocks),
        "annotations": annotations,
        "images": [
            image_entry(block.get("url") or PNG) for block in blocks if block["type"] == "image"
        ],
        "tool_calls": [
            fragment(json.dumps(block["args"]), name=block["name"], id=block["id"])
            for block in blocks
            if block["type"] == "tool_call"
        ],
    }
