"""Streams as upstreams really send them: the reasoning, text, calls and sources in order."""

import pytest
from awkward_streams import STREAMS, to_wire
from replies import decode_stream, decode_whole, to_stream

from weryai_core import merge_chunks
from weryai_core.json_text import parse_arguments

ROWS = [pytest.param(*row, id=name) for name, row in STREAMS.items()]
HEAD = {"id": "chatcmpl-1", "created": 1, "model": "m"}


def to_blocks(choice):
    """A choice as the blocks of the table."""
    blocks = []
    if choice.reasoning:
        blocks.append({"type": "reasoning", "reasoning": choice.reasoning})
    if choice.text:
        annotations = [
            {
                "type": "citation",
                "url": one.url,
                "title": one.title,
                "start_index": one.start_index,
                "end_index": one.end_index,
                "extras": {"source_index": one.source_index},
            }
            for one in choice.citations
        ]
        text = {"type": "text", "text": choice.text}
        blocks.append({**text, "annotations": annotations} if annotations else text)
    for image in choice.images:
        head, _, data = image.partition(";base64,")
        whole = {"base64": data, "mime_type": head.removeprefix("data:")}
        blocks.append({"type": "image", **(whole if data else {"url": image})})
    for call in choice.tool_calls:
        args = parse_arguments(call.arguments)
        blocks.append({"type": "tool_call", "id": call.id, "name": call.name, "args": args})
    return blocks


@pytest.mark.parametrize(("deltas", "blocks"), ROWS)
def test_a_stream_is_read(deltas, blocks):
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    chunks = decode_stream(to_stream(*({**HEAD, "choices": [one]} for one in choices)))
    assert to_blocks(merge_chunks(chunks).choice) == blocks


@pytest.mark.parametrize("blocks", [pytest.param(row[1], id=name) for name, row in STREAMS.items()])
def test_the_same_reply_whole_is_read_alike(blocks):
    choice = {"index": 0, "message": to_wire(blocks), "finish_reason": "stop"}
    assert to_blocks(decode_whole({**HEAD, "choices": [choice]}).choice) == blocks
