"""What goes wrong leaves the class as a `WeryAIError`, after as many requests as were allowed."""

import pytest
from llama_index.core.base.llms.types import ChatMessage

from weryai_core import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    ContentFilterError,
    InsufficientCreditsError,
    InvalidRequestError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    UnknownModelError,
    WeryAIError,
)

# Status and code of the service -> the error.
REFUSALS = {
    "a wrong key": (401, None, AuthenticationError),
    "no credits": (402, None, InsufficientCreditsError),
    "no such path": (404, 1003, NotFoundError),
    "a wrong parameter": (400, None, InvalidRequestError),
    "an unknown model": (400, 1006, UnknownModelError),
    "a flagged prompt": (400, 2003, ContentFilterError),
    "another refusal": (418, 9999, APIError),
}
PASSING = {
    "too many requests": (429, None, RateLimitError),
    "a broken service": (500, None, ServerError),
    "an overloaded service": (503, None, ServerError),
}


@pytest.mark.parametrize(("status", "code", "error"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_once(llm, method, ask, weryai_emulator, status, code, error):
    weryai_emulator.reply_error(status, code=code)
    with pytest.raises(error) as caught:
        ask(llm, method)
    assert isinstance(caught.value, WeryAIError)
    assert caught.value.status_code == status
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("max_retries", [0, 1, 2])
@pytest.mark.parametrize(("status", "code", "error"), PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_as_often_as_allowed(
    make_llm, method, ask, weryai_emulator, status, code, error, max_retries
):
    for _ in range(max_retries + 1):
        weryai_emulator.reply_error(status, code=code, headers={"Retry-After": "0"})
    with pytest.raises(error):
        ask(make_llm(max_retries=max_retries), method)
    assert len(weryai_emulator.requests) == max_retries + 1
    assert weryai_emulator.pending_replies == 0


def test_an_answer_after_a_failure_is_an_answer(llm, method, ask, weryai_emulator):
    weryai_emulator.reply_error(429, headers={"Retry-After": "0"})
    weryai_emulator.reply("Hello again.")
    last = ask(llm, method)[-1]
    assert (last.message.content if "chat" in method else last.text) == "Hello again."
    assert len(weryai_emulator.requests) == 2


def test_an_error_under_a_status_of_success_is_an_error(llm, method, ask, weryai_emulator):
    body = {"status": 1006, "desc": "model not supported", "message": "model not supported"}
    weryai_emulator.reply_json(body)
    with pytest.raises(UnknownModelError):
        ask(llm, method)


NO_COMPLETIONS = {
    "nothing": b"",
    "a page": b"<html>Welcome</html>",
    "no choices": b'{"id": "x", "choices": []}',
    "half a document": b'{"choices": [{"mess',
}


@pytest.mark.parametrize("body", NO_COMPLETIONS.values(), ids=NO_COMPLETIONS)
def test_an_answer_that_is_no_completion_is_an_error(make_llm, method, ask, weryai_emulator, body):
    weryai_emulator.reply_raw(200, body)
    with pytest.raises(ProtocolError):
        ask(make_llm(max_retries=0), method)


def test_a_dropped_connection_is_an_error(make_llm, method, ask, weryai_emulator):
    weryai_emulator.drop()
    with pytest.raises(APIConnectionError):
        ask(make_llm(max_retries=0), method)
    assert len(weryai_emulator.requests) == 1


def test_a_service_that_is_not_there_is_an_error(make_llm, method, ask):
    # Port 9 of loopback ("discard") is served by nobody.
    llm = make_llm(api_base="http://127.0.0.1:9", max_retries=0)
    with pytest.raises(APIConnectionError):
        ask(llm, method)


@pytest.mark.parametrize("where", ["model", "call"])
def test_silence_is_an_error(make_llm, method, ask, weryai_emulator, where):
    weryai_emulator.hang()
    timeout = {"timeout": (5.0, 0.05)}
    llm = make_llm(max_retries=0, **(timeout if where == "model" else {}))
    with pytest.raises(APITimeoutError):
        ask(llm, method, **(timeout if where == "call" else {}))
    assert weryai_emulator.wait_for_requests()
    assert len(weryai_emulator.requests) == 1


DELTAS = ({"content": "Once upon"}, {"content": " a time"})


HELLO = [ChatMessage(content="Hello")]


async def read_into(seen, llm, stream_method):
    """Keeps the responses in `seen`, whatever comes after them."""
    if stream_method == "stream_chat":
        for response in llm.stream_chat(HELLO):
            seen.append(response)
    else:
        async for response in await llm.astream_chat(HELLO):
            seen.append(response)


@pytest.mark.parametrize("how", ["ended", "aborted"])
async def test_a_stream_that_breaks_off_tells_what_had_arrived(
    llm, stream_method, to_chunks, weryai_emulator, how
):
    chunks = to_chunks(*DELTAS)[:-1]
    weryai_emulator.reply_chunks(chunks, done=False, abort=how == "aborted")
    seen = []
    with pytest.raises(StreamError) as caught:
        await read_into(seen, llm, stream_method)
    assert seen[-1].message.content == "Once upon a time"
    assert caught.value.partial.text == "Once upon a time"
    assert len(weryai_emulator.requests) == 1  # what has been seen is not asked for again


async def test_an_error_in_a_stream_is_that_error(llm, stream_method, to_chunks, weryai_emulator):
    refusal = {"error": {"message": "Flagged.", "code": 2003}}
    weryai_emulator.reply_chunks([*to_chunks(*DELTAS)[:-1], refusal])
    seen = []
    with pytest.raises(ContentFilterError) as caught:
        await read_into(seen, llm, stream_method)
    assert len(seen) == 2
    assert caught.value.partial.text == "Once upon a time"


async def test_a_stream_that_is_refused_at_first_is_tried_again(
    llm, stream_method, to_chunks, weryai_emulator
):
    weryai_emulator.reply_error(503, headers={"Retry-After": "0"})
    weryai_emulator.reply_chunks(to_chunks(*DELTAS))
    seen = []
    await read_into(seen, llm, stream_method)
    assert seen[-1].message.content == "Once upon a time"
    assert len(weryai_emulator.requests) == 2


def test_a_wrong_request_is_told_before_the_stream_is_read(llm, weryai_emulator):
    with pytest.raises(InvalidRequestError):
        llm.stream_chat(HELLO, temperature=9)
    assert weryai_emulator.requests == []
