"""Failures raise a `WeryAIError` after the allowed number of requests."""

import threading

import httpx
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

# The service's status and code -> the error.
REFUSALS = {
    "a wrong key": (401, None, AuthenticationError),
    "no credits": (402, None, InsufficientCreditsError),
    "no such path": (404, 1003, NotFoundError),
    "a wrong parameter": (400, None, InvalidRequestError),
    "an unknown model": (400, 1006, UnknownModelError),
    "a flagged prompt": (400, 2003, ContentFilterError),
    "another refusal": (418, 9999, APIError),
}
TEMPORARY = {
    "too many requests": (429, None, RateLimitError),
    "a broken service": (500, None, ServerError),
    "an overloaded service": (503, None, ServerError),
}


@pytest.mark.parametrize(("status", "code", "error"), REFUSALS.values(), ids=REFUSALS)
def test_refusals_raise_their_class_after_one_request(
    llm, ask, weryai_emulator, status, code, error
):
    weryai_emulator.reply_error(status, code=code)
    with pytest.raises(error) as caught:
        ask(llm, "chat")
    assert isinstance(caught.value, WeryAIError)
    assert caught.value.status_code == status
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize(("status", "code", "error"), TEMPORARY.values(), ids=TEMPORARY)
def test_temporary_failures_are_retried(
    make_llm, chat_method, ask, weryai_emulator, status, code, error
):
    for _ in range(2):
        weryai_emulator.reply_error(status, code=code, headers={"Retry-After": "0"})
    with pytest.raises(error):
        ask(make_llm(max_retries=1), chat_method)
    assert len(weryai_emulator.requests) == 2
    assert weryai_emulator.pending_replies == 0


def test_an_answer_after_a_failure_is_returned(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply_error(429, headers={"Retry-After": "0"})
    weryai_emulator.reply("Hello again.")
    assert ask(llm, chat_method)[-1].message.content == "Hello again."
    assert len(weryai_emulator.requests) == 2


def test_an_error_body_with_status_200_is_an_error(llm, ask, weryai_emulator):
    body = {"status": 1006, "desc": "model not supported", "message": "model not supported"}
    weryai_emulator.reply_json(body)
    with pytest.raises(UnknownModelError):
        ask(llm, "chat")


NOT_COMPLETIONS = {
    "nothing": b"",
    "a page": b"<html>Welcome</html>",
    "no choices": b'{"id": "x", "choices": []}',
    "half a document": b'{"choices": [{"mess',
}


@pytest.mark.parametrize("body", NOT_COMPLETIONS.values(), ids=NOT_COMPLETIONS)
def test_a_body_that_is_not_a_completion_is_an_error(make_llm, ask, weryai_emulator, body):
    weryai_emulator.reply_raw(200, body)
    with pytest.raises(ProtocolError):
        ask(make_llm(max_retries=0), "chat")


def test_a_dropped_connection_is_a_connection_error(make_llm, chat_method, ask, weryai_emulator):
    weryai_emulator.drop()
    with pytest.raises(APIConnectionError):
        ask(make_llm(max_retries=0), chat_method)
    assert len(weryai_emulator.requests) == 1


def test_an_unreachable_service_is_a_connection_error(make_llm, chat_method, ask):
    # No service listens on port 9 ("discard") of loopback.
    llm = make_llm(api_base="http://127.0.0.1:9", max_retries=0)
    with pytest.raises(APIConnectionError):
        ask(llm, chat_method)


def test_silence_is_a_timeout(make_llm, chat_method, ask):
    requests = []

    def be_silent(request):
        requests.append(request)
        raise httpx.ReadTimeout("The service is silent.", request=request)

    transport = httpx.MockTransport(be_silent)
    with httpx.Client(transport=transport) as client:
        clients = {
            "http_client": client,
            "async_http_client": httpx.AsyncClient(transport=transport),
        }
        llm = make_llm(max_retries=0, **clients)
        with pytest.raises(APITimeoutError):
            ask(llm, chat_method)
    assert len(requests) == 1


@pytest.mark.parametrize("method", ["stream_chat", "astream_chat"])
@pytest.mark.parametrize("place", ["model", "call"])
def test_a_stream_without_payload_is_a_timeout_with_what_had_arrived(
    make_llm, ask, weryai_emulator, to_chunks, place, method
):
    over = threading.Event()
    first, end = to_chunks({"content": "Once "})
    weryai_emulator.reply_chunks([first, over, end])
    limit = {"stream_chunk_timeout": 0.5}
    llm = make_llm(**(limit if place == "model" else {}), max_retries=0)
    with pytest.raises(APITimeoutError, match="`stream_chunk_timeout`") as caught:
        ask(llm, method, **(limit if place == "call" else {}))
    over.set()
    assert caught.value.partial.text == "Once "


@pytest.mark.parametrize("place", ["total_timeout", "deadline"])
def test_a_call_ends_with_its_total_time(make_llm, chat_method, ask, weryai_emulator, place):
    weryai_emulator.hang()
    with pytest.raises(APITimeoutError, match="`total_timeout`"):
        ask(make_llm(**{place: 0.2}), chat_method)
    weryai_emulator.hang()
    with pytest.raises(APITimeoutError, match="`total_timeout`"):
        ask(make_llm(), chat_method, **{place: 0.2})
    assert not {"total_timeout", "deadline"} & weryai_emulator.last_request.json.keys()


LIMITED = {"code": 429, "message": "Provider returned error", "metadata": {"raw": "too fast"}}


@pytest.mark.parametrize("method", ["chat", "achat", "stream_chat", "astream_chat"])
def test_an_error_in_a_choice_is_its_class(make_llm, ask, weryai_emulator, method):
    for _ in range(2):
        weryai_emulator.reply("", finish_reason="error", error=LIMITED, error_place="choice")
    with pytest.raises(RateLimitError, match="Provider returned error; too fast"):
        ask(make_llm(max_retries=0), method)
    weryai_emulator.reply("Hello again.")
    assert ask(make_llm(max_retries=1), method)[-1].message.content == "Hello again."
    assert len(weryai_emulator.requests) == 3


@pytest.mark.parametrize("method", ["chat", "achat", "stream_chat", "astream_chat"])
def test_a_blocked_answer_is_an_error_or_an_empty_answer(make_llm, ask, weryai_emulator, method):
    for _ in range(3):
        weryai_emulator.reply("", finish_reason="content_filter")
    with pytest.raises(ContentFilterError):
        ask(make_llm(), method)
    for responses in (
        ask(make_llm(check_content_filter=False), method),
        ask(make_llm(), method, check_content_filter=False),
    ):
        assert responses[-1].message.content == ""
        assert responses[-1].additional_kwargs["finish_reason"] == "content_filter"
    assert "check_content_filter" not in weryai_emulator.last_request.json


DELTAS = ({"content": "Once upon"}, {"content": " a time"})


HELLO = [ChatMessage(content="Hello")]


async def read_into(seen, llm, stream_method):
    """Adds the responses to `seen`, also if an error follows."""
    if stream_method == "stream_chat":
        for response in llm.stream_chat(HELLO):
            seen.append(response)
    else:
        async for response in await llm.astream_chat(HELLO):
            seen.append(response)


@pytest.mark.parametrize("stream_method", ["stream_chat", "astream_chat"])
@pytest.mark.parametrize("how", ["ended", "aborted"])
async def test_the_error_of_a_truncated_stream_carries_what_arrived(
    llm, stream_method, to_chunks, weryai_emulator, how
):
    chunks = to_chunks(*DELTAS)[:-1]
    weryai_emulator.reply_chunks(chunks, done=False, abort=how == "aborted")
    seen = []
    with pytest.raises(StreamError) as caught:
        await read_into(seen, llm, stream_method)
    assert seen[-1].message.content == "Once upon a time"
    assert caught.value.partial.text == "Once upon a time"
    assert len(weryai_emulator.requests) == 1  # chunks were passed on, so no retry


async def test_an_error_inside_a_stream_raises_its_class(llm, to_chunks, weryai_emulator):
    refusal = {"error": {"message": "Flagged.", "code": 2003}}
    weryai_emulator.reply_chunks([*to_chunks(*DELTAS)[:-1], refusal])
    seen = []
    with pytest.raises(ContentFilterError) as caught:
        await read_into(seen, llm, "astream_chat")
    assert len(seen) == 2
    assert caught.value.partial.text == "Once upon a time"


async def test_a_stream_is_retried_before_its_first_chunk(llm, to_chunks, weryai_emulator):
    weryai_emulator.reply_error(503, headers={"Retry-After": "0"})
    weryai_emulator.reply_chunks(to_chunks(*DELTAS))
    seen = []
    await read_into(seen, llm, "astream_chat")
    assert seen[-1].message.content == "Once upon a time"
    assert len(weryai_emulator.requests) == 2


def test_an_invalid_request_fails_before_the_stream_is_read(llm, weryai_emulator):
    with pytest.raises(InvalidRequestError):
        llm.stream_chat(HELLO, temperature=9)
    assert weryai_emulator.requests == []
