"""Replies as bytes, and their decoding: whole, and streamed with the bytes cut in several ways."""

import json
import re

from weryai_core import WeryAIError
from weryai_core.reply.decode import StreamDecoder

CUTS = (1, 2, 3, 7, None)
_MADE_UP_ID = re.compile(r"call_[0-9a-f]{22,}")


def to_stream(*events, done=True):
    """An event stream of JSON texts, or of objects."""
    texts = [event if isinstance(event, str) else json.dumps(event) for event in events]
    return "".join(f"data: {text}\n\n" for text in [*texts, *(["[DONE]"] if done else [])]).encode()


def cut(data, size):
    """The bytes in pieces of this size; in one piece for None."""
    size = size or max(len(data), 1)
    return [data[start : start + size] for start in range(0, len(data), size)]


def decode_whole(body, *options, **settings):
    """The chunk that a whole reply is: an object or bytes, for a `StreamDecoder` with these."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    decoder = StreamDecoder(*options, **settings)
    [chunk] = [*decoder.feed(body), *decoder.close()]
    return chunk


def decode_stream(body, *options, sizes=CUTS, **settings):
    """The chunks of an event stream, for a `StreamDecoder` with these arguments.

    The bytes are cut at 1, 2, 3, 7 and not at all. All must come to the same chunks, or to the same
    error, which is raised.
    """
    outcomes = [_outcome(body, size, options, settings) for size in sizes]
    shown = {_MADE_UP_ID.sub("call_", _show(outcome)) for outcome in outcomes}
    assert len(shown) == 1, shown
    if isinstance(outcomes[-1], WeryAIError):
        raise outcomes[-1]
    return outcomes[-1]


def _outcome(body, size, options, settings):
    decoder = StreamDecoder(*options, **settings)
    try:
        chunks = [chunk for piece in cut(body, size) for chunk in decoder.feed(piece)]
        return [*chunks, *decoder.close()]
    except WeryAIError as error:
        return error


def _show(outcome):
    if isinstance(outcome, WeryAIError):
        return f"{outcome!r} {vars(outcome)}"
    return repr(outcome)
