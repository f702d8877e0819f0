"""A stream of twice as many chunks takes twice the time in this package, whatever it brings."""

import pytest
from step_counts import growth

from llama_index_weryai.reply.responses import ResponseBuilder
from llama_index_weryai.reply.tool_selections import keep_one_call
from weryai_core import Choice, Chunk, ToolCallDelta

LINEAR = 2.3  # a quadratic part makes it 4

PIECES = {
    "calls": lambda n: Choice(tool_calls=(ToolCallDelta(n, f"c{n}", "add", '{"a":"1"}'),)),
    "fields of a call": lambda n: Choice(
        tool_calls=(ToolCallDelta(0, "c", "add", extra={"google": {f"k{n}": 1}}),)
    ),
    "images": lambda n: Choice(images=(f"https://a/{n}.png",)),
    "audio": lambda n: Choice(audio={f"k{n}": "QUJD"}),
}


@pytest.mark.parametrize("name", PIECES)
def test_chunks_take_the_same_time_each(name):
    def run(count):
        builder = ResponseBuilder()
        for number in range(count):
            keep_one_call(builder.add(Chunk((PIECES[name](number),))).message)
        builder.add(Chunk(is_last=True))

    assert growth(run, 100) < LINEAR


def test_responses_hold_the_calls_that_had_come():
    builder = ResponseBuilder()
    extra = {"thought_signature": "s"}
    responses = [
        builder.add(Chunk((Choice(tool_calls=(call,)),), is_last=is_last))
        for call, is_last in (
            (ToolCallDelta(1, "d", "add", "{", extra), False),
            (ToolCallDelta(0, "c", "get", "{}"), False),
            (ToolCallDelta(1, arguments="}"), True),
        )
    ]
    arguments = [
        [(block.tool_call_id, block.tool_kwargs) for block in response.message.blocks]
        for response in responses
    ]
    assert arguments == [[("d", "{")], [("c", "{}"), ("d", "{")], [("c", {}), ("d", {})]]
    assert responses[2].message.additional_kwargs["tool_calls"] == [
        {"id": "c", "type": "function", "function": {"name": "get", "arguments": "{}"}},
        {"id": "d", "type": "function", "function": {"name": "add", "arguments": "{}"}, **extra},
    ]
