"""A stream of twice as many chunks takes twice the time in this package, whatever it brings."""

import pytest
from step_counts import growth

from langchain_weryai.reply.events import EventTranslator
from langchain_weryai.reply.messages import StreamTranslator
from weryai_core import Choice, Chunk, ToolCallDelta

LINEAR = 2.3  # a quadratic part makes it 4

PIECES = {
    "calls": lambda n: Choice(tool_calls=(ToolCallDelta(n, f"c{n}", "add", '{"a":"1"}'),)),
    "fields of a call": lambda n: Choice(
        tool_calls=(ToolCallDelta(0, "c", "add", extra={"google": {f"k{n}": 1}}),)
    ),
    "images": lambda n: Choice(images=(f"https://a/{n}.png",)),
}


def chunks(name, count):
    return [
        *(Chunk((PIECES[name](number),)) for number in range(count)),
        Chunk((Choice(),), is_last=True),
    ]


def read_messages(name, count):
    translator = StreamTranslator()
    for chunk in chunks(name, count):
        translator.translate(chunk)


def read_events(name, count):
    translator = EventTranslator("id")
    for chunk in chunks(name, count):
        translator.translate(chunk)
    list(translator.finish())


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("read", [read_messages, read_events])
def test_chunks_take_the_same_time_each(name, read):
    assert growth(lambda count: read(name, count), 100) < LINEAR
