"""Plain and streamed answers."""

from __future__ import annotations

from itertools import pairwise

from weryai_core.doctor.probe import Answers, Finding, Probe, differs, holds, unknown
from weryai_core.doctor.probes.reading import listed_names
from weryai_core.doctor.question import Question, says
from weryai_core.doctor.record.exchange import DONE, Event, Exchange, entries_of, messages_of
from weryai_core.reply.outcome.hints import request_id

PLAIN = Question("plain", says("Say hello in one short sentence."))
STREAM = Question("stream", says("Name the seven days of the week."), way="stream", tokens=64)
STREAM_USAGE = Question(
    "stream-usage",
    says("Name the four seasons.", stream_options={"include_usage": True}),
    way="stream",
)

_DOCUMENTED = ("id", "object", "created", "model", "choices", "usage")
_OF_MESSAGES = frozenset(("role", "content", "refusal", "tool_calls", "annotations", "audio"))
_LATE = 5.0  # seconds after the finish reason, in which usage and sources are waited for
_SILENCE = 600.0  # seconds without a piece, after which the client gives up


def _judge_plain(answers: Answers) -> Finding:
    answer = answers["plain"]
    payload = answer.exchange.json
    missing = [name for name in _DOCUMENTED if name not in payload]
    around = [name for name in ("status", "desc", "msg", "data") if name in payload]
    messages = messages_of(payload)
    more = [name for name in (messages[0] if messages else ()) if name not in _OF_MESSAGES]
    parts = [
        f"without {listed_names(missing)}" if missing else "as documented",
        f"in an envelope of {listed_names(around)}" if around else "",
        f"further fields of the message: {listed_names(more)}" if more else "",
        "" if payload.get("model") == answer.model else f"`model` is {payload.get('model')!r}",
    ]
    seen = "; ".join(part for part in parts if part)
    return (differs if missing or around else holds)(seen)


def _judge_request_id(answers: Answers) -> Finding:
    exchange = answers["plain"].exchange
    headers = dict(exchange.headers)
    if request_id(headers, exchange.json):
        names = [name for name in headers if request_id({name: headers[name]})]
        place = f"the header {listed_names(names)}" if names else "a field of the body"
        return holds(f"in {place}")
    return differs(f"none among the headers: {', '.join(sorted(headers))}")


def _judge_stream(answers: Answers) -> Finding:
    answer = answers["stream"]
    exchange = answer.exchange
    if not exchange.is_stream:
        return differs("one JSON document: it is read, and comes as one chunk")
    lacking = _lacking(exchange)
    if lacking:
        return differs(f"events without {', '.join(lacking)}; the answer is read")
    return holds("chunks with deltas, a finish reason and `[DONE]`")


def _lacking(exchange: Exchange) -> list[str]:
    """What a stream lacks of OpenAI's form."""
    entries = [entry for payload in exchange.payloads for entry in entries_of(payload)]
    parts = {
        "`text/event-stream`": exchange.header("content-type").startswith("text/event-stream"),
        "deltas": any(entry.get("delta") for entry in entries),
        "a finish reason": any(entry.get("finish_reason") for entry in entries),
        "`[DONE]`": any(event.data == DONE for event in exchange.events),
    }
    return [name for name, is_there in parts.items() if not is_there]


def _judge_usage(answers: Answers) -> Finding:
    answer = answers["stream-usage"]
    if answer.chunk is None or answer.chunk.usage is None:
        return differs("the field is taken, and no token counts come")
    asked = any(payload.get("usage") for payload in answers["stream"].exchange.payloads)
    last = [payload for payload in answer.exchange.payloads if payload.get("usage")][-1:]
    place = "with the finish reason" if any(map(entries_of, last)) else "in a chunk of their own"
    return holds(f"{place}; without the field {'they come, too' if asked else 'none come'}")


def _judge_times(answers: Answers) -> Finding:
    answer = answers["stream"]
    exchange = answer.exchange
    if not exchange.is_stream:
        return unknown("the answer came in one document")
    times = [exchange.wait, *(piece.time for piece in exchange.pieces)]
    silence = max(later - earlier for earlier, later in pairwise(times))
    ends = [event.time for event in exchange.events if _is_end(event)]
    late = times[-1] - ends[-1] if ends else 0.0
    if silence > _SILENCE:
        return differs(f"{silence:.0f} s of silence", "`stream_chunk_timeout`")
    if late > _LATE:
        return differs(f"the last part came {late:.0f} s after the finish reason")
    return holds(f"no silence over {_LATE if silence <= _LATE else _SILENCE:.0f} s")


def _is_end(event: Event) -> bool:
    entries = entries_of(event.json or {})
    return any(entry.get("finish_reason") for entry in entries)


PROBES = (
    Probe(
        "plain",
        ("documented-answer", "envelopes"),
        "An answer is a bare completion",
        (PLAIN,),
        _judge_plain,
    ),
    Probe(
        "request-id",
        ("request-id",),
        "An answer names its request",
        (PLAIN,),
        _judge_request_id,
    ),
    Probe(
        "stream",
        ("stream-events",),
        "Streams are OpenAI's events",
        (STREAM,),
        _judge_stream,
    ),
    Probe(
        "stream-usage",
        ("stream-usage",),
        "`include_usage` brings token counts",
        (STREAM, STREAM_USAGE),
        _judge_usage,
        "`stream_usage=False`",
        may_fail=("stream",),
    ),
    Probe(
        "stream-times",
        ("stream-times",),
        "Streams go on within 600 s, and end 5 s after the finish reason",
        (STREAM,),
        _judge_times,
    ),
)
