"""Rows for both frameworks: what is sent, how often, and how failures are reported."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import threading
import warnings
from typing import Any

from peer_rows import replies
from peer_rows.trial import KEY, Attempt, Trial, row
from weryai_emulator import StreamItem


@row("`max_tokens`, without which answers stop at 1,024 tokens", good="sent")
def max_tokens(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    trial.framework.ask(trial.make(max_tokens=77))
    body = trial.emulator.last_request.json
    if body.get("max_tokens") == 77:
        return "sent"
    names = [f"`{name}`" for name, value in body.items() if value == 77]
    return f"sent as {names[0]}" if names else "not sent"


@row("an answer with the documented fields only", good="read")
def documented_fields(trial: Trial) -> str:
    trial.emulator.reply_json(replies.documented("Hello"))
    return _read(trial.attempt(trial.framework.ask, trial.make()))


@row("51 messages, one more than WeryAI takes", good="answered")
def too_many_messages(trial: Trial) -> str:
    conversation = [("user", "Hello"), ("assistant", "Hello!")] * 25 + [("user", "Hello")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # ours warns that it sends the oldest in words
        attempt = trial.attempt(trial.framework.send, trial.make(), conversation)
    return attempt.failure() if attempt.error else "answered"


@row(
    "an error inside HTTP 200, as WeryAI reports errors",
    good="`AuthenticationError` with the service's text",
)
def error_in_http_200(trial: Trial) -> str:
    trial.emulator.reply_json(replies.REFUSED_KEY)
    attempt = trial.attempt(trial.framework.ask, trial.make())
    return attempt.failure(replies.REFUSED_KEY["message"]) if attempt.error else "no error"


@row("a rate limit inside HTTP 200, with two retries", good="retried")
def rate_limit_in_http_200(trial: Trial) -> str:
    trial.emulator.reply_json(replies.envelope(6002, replies.BUSY), headers={"Retry-After": "0"})
    return _retried(trial)


@row("HTTP 200 with an empty body, with two retries", good="retried")
def empty_body(trial: Trial) -> str:
    trial.emulator.reply_raw(200, b"", headers={"Retry-After": "0"})
    return _retried(trial)


@row("a server that always fails, with two retries", good="3 requests, then `ServerError`")
def failing_server(trial: Trial) -> str:
    for _ in range(100):
        trial.emulator.reply_error(500, headers={"Retry-After": "0"})
    return _requests_then_error(trial)


@row("a server that always fails, without retries", good="1 request, then `ServerError`")
def failing_server_without_retries(trial: Trial) -> str:
    for _ in range(100):
        trial.emulator.reply_error(500, headers={"Retry-After": "0"})
    return _requests_then_error(trial, max_retries=0)


@row(
    "a refused request (HTTP 400), with two retries",
    good="1 request, then `InvalidRequestError`",
)
def refused_request(trial: Trial) -> str:
    for _ in range(100):
        trial.emulator.reply_error(400, message="A field of the test is wrong")
    return _requests_then_error(trial)


@row("a stream that ends in the middle of its answer", good="`StreamError`")
def cut_stream(trial: Trial) -> str:
    trial.emulator.reply_chunks([replies.opening(), replies.chunk("Half an")], done=False)
    return _taken(trial.attempt(trial.framework.stream, trial.make()))


@row("a stream that loses its connection", good="`StreamError`")
def lost_connection(trial: Trial) -> str:
    trial.emulator.reply_chunks([replies.opening(), replies.chunk("Half an")], abort=True)
    return _taken(trial.attempt(trial.framework.stream, trial.make()))


@row("an error in the middle of a stream", good="`ServerError` with the service's text")
def error_in_stream(trial: Trial) -> str:
    error = {"error": {"message": replies.BUSY, "code": 502}}
    trial.emulator.reply_chunks([replies.opening(), replies.chunk("Half an"), error])
    return _taken(trial.attempt(trial.framework.stream, trial.make()), replies.BUSY)


@row(
    "an error in WeryAI's form in the middle of a stream",
    good="`RateLimitError` with the service's text",
)
def envelope_in_stream(trial: Trial) -> str:
    error = dict(replies.envelope(6002, replies.BUSY))
    trial.emulator.reply_chunks([replies.opening(), replies.chunk("Half an"), error])
    return _taken(trial.attempt(trial.framework.stream, trial.make()), replies.BUSY)


@row("a stream answered with one JSON document", good="read")
def document_for_stream(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    return _read(trial.attempt(trial.framework.stream, trial.make()))


@row("one object in three calls of `asyncio.run`, without retries", good="3 requests, 3 answers")
def three_event_loops(trial: Trial) -> str:
    return _three_loops(trial, trial.make(max_retries=0))


@row("one object in three calls of `asyncio.run`, with two retries", good="3 requests, 3 answers")
def three_event_loops_with_retries(trial: Trial) -> str:
    return _three_loops(trial, trial.make(max_retries=2))


@row("the connection of a stream that is abandoned early", good="closed")
def left_early(trial: Trial) -> str:
    never = threading.Event()
    stream: list[StreamItem] = [replies.opening(), replies.chunk("Half an"), never]
    trial.emulator.reply_chunks(stream)
    gc.disable()  # otherwise it could run at any time
    try:
        for piece in trial.framework.pieces(trial.make()):
            if piece:
                break
        verdict = _closed(trial)
        trial.emulator.reset()
        trial.emulator.reply_chunks(stream)
        asynchronous = asyncio.run(_leave_early(trial, trial.make()))
    finally:
        gc.enable()
    return verdict if verdict == asynchronous else f"{verdict}; asynchronous: {asynchronous}"


@row("the API key", good="hidden")
def api_key(trial: Trial) -> str:
    ways = trial.framework.shown_by(trial.make(), KEY)
    return f"shown by {', '.join(ways)}" if ways else "hidden"


@row("`pickle` and `deepcopy` after the first call", good="work")
def copies(trial: Trial) -> str:
    for _ in range(3):
        trial.emulator.reply_json(replies.document("Hello"))
    model = trial.make()
    trial.framework.ask(model)
    for make_copy in (lambda: pickle.loads(pickle.dumps(model)), lambda: copy.deepcopy(model)):
        attempt = trial.attempt(make_copy)
        if not attempt.error:
            attempt = trial.attempt(trial.framework.ask, attempt.value)
        if attempt.error:
            return attempt.failure()
    return "work"


def _read(attempt: Attempt) -> str:
    if attempt.error:
        return attempt.failure()
    return "read" if attempt.value.text == "Hello" else "taken for an empty answer"


def _taken(attempt: Attempt, mentions: str = "") -> str:
    return attempt.failure(mentions) if attempt.error else "taken for a finished answer"


def _retried(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    attempt = trial.attempt(trial.framework.ask, trial.make(max_retries=2))
    if attempt.error:
        return attempt.failure()
    right = attempt.value.text == "Hello" and len(trial.emulator.requests) == 2
    return "retried" if right else "taken for an empty answer"


def _requests_then_error(trial: Trial, *, max_retries: int = 2) -> str:
    attempt = trial.attempt(trial.framework.ask, trial.make(max_retries=max_retries))
    outcome = attempt.failure() if attempt.error else "an answer"
    return f"{_count(len(trial.emulator.requests), 'request')}, then {outcome}"


def _three_loops(trial: Trial, model: Any) -> str:
    for _ in range(20):
        trial.emulator.reply_json(replies.document("Hello"))
    attempts = [trial.attempt(asyncio.run, trial.framework.aask(model)) for _ in range(3)]
    answers = sum(attempt.error is None for attempt in attempts)
    requests = _count(len(trial.emulator.requests), "request")
    return f"{requests}, {_count(answers, 'answer')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


async def _leave_early(trial: Trial, model: Any) -> str:
    async for piece in await trial.framework.apieces(model):
        if piece:
            break
    # The loop must keep running for the connection to be closed.
    return await asyncio.to_thread(_closed, trial)


def _closed(trial: Trial) -> str:
    request = trial.emulator.requests[0]
    if request.wait_for_disconnect(1):
        return "closed"
    gc.collect()
    return "closed by the garbage collector" if request.wait_for_disconnect(1) else "left open"


REQUEST_ROWS = [
    max_tokens,
    too_many_messages,
    documented_fields,
    error_in_http_200,
    rate_limit_in_http_200,
    empty_body,
    failing_server,
    failing_server_without_retries,
    refused_request,
    cut_stream,
    lost_connection,
    error_in_stream,
    envelope_in_stream,
    document_for_stream,
    three_event_loops,
    three_event_loops_with_retries,
    left_early,
    api_key,
    copies,
]
