"""Streams as the chunks that the core makes of them."""

import json

from awkward_streams import STREAMS
from hypothesis import strategies as st
from replies import to_stream
from strange_replies import answers, streams

from weryai_core import WeryAIError
from weryai_core.reply.decode import StreamDecoder


def chunks_of(events):
    """The chunks of a stream up to its end, or to the error that ends it."""
    decoder = StreamDecoder()
    chunks = []
    try:
        chunks.extend(decoder.feed(to_stream(*map(json.dumps, events))))
        chunks += decoder.close()
    except WeryAIError:
        pass
    return chunks


def _to_events(deltas, finish_reason="stop"):
    choices = [delta if "choices" in delta else in_choice(delta) for delta in deltas]
    return [*choices, in_choice({}, finish_reason)]


def in_choice(delta, finish_reason=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "model": "GPT_4O", "usage": None, "choices": [choice]}


AWKWARD = {name: chunks_of(_to_events(deltas)) for name, (deltas, _) in STREAMS.items()}
"""The streams of real services."""

strange_chunks = st.one_of(
    answers().map(lambda answer: chunks_of(_to_events(*answer[1:]))),
    streams.map(chunks_of),
)
"""The chunks of streams that are strange but plausible."""
