"""What goes wrong, and that it always leaves the model as a `WeryAIError`."""

import pytest
from langchain_core.messages import HumanMessage

from weryai_core import (
    APIConnectionError,
    AuthenticationError,
    InsufficientCreditsError,
    InvalidRequestError,
    MessageCountError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    UnknownModelError,
    WeryAIError,
)

NOW = {"Retry-After": "0"}


async def test_a_wrong_key_is_not_tried_again(make_model, call, weryai_emulator):
    weryai_emulator.reply_error(401)
    with pytest.raises(AuthenticationError) as caught:
        await call(make_model(max_retries=2))
    assert caught.value.status_code == 401
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("max_retries", [0, 1, 2])
async def test_a_rate_limit_is_met_with_max_retries_more_requests(
    make_model, call, weryai_emulator, max_retries
):
    for _ in range(5):
        weryai_emulator.reply_error(429, headers=NOW)
    with pytest.raises(RateLimitError):
        await call(make_model(max_retries=max_retries))
    assert len(weryai_emulator.requests) == max_retries + 1


async def test_a_request_that_succeeds_later_gives_its_answer(make_model, call, weryai_emulator):
    weryai_emulator.reply_error(503, headers=NOW)
    weryai_emulator.reply_error(429, headers=NOW)
    weryai_emulator.reply("Third time lucky.")
    assert (await call(make_model(max_retries=2))).text == "Third time lucky."
    assert len({request.body for request in weryai_emulator.requests}) == 1


@pytest.mark.parametrize(
    ("body", "error_class"),
    [
        pytest.param(
            {"status": 1001, "desc": "request frequency", "message": "Too many requests"},
            RateLimitError,
            id="rate",
        ),
        pytest.param(
            {"status": 1006, "msg": "model not supported", "data": None},
            UnknownModelError,
            id="model",
        ),
        pytest.param(
            {"status": 1011, "msg": "insufficient credits", "data": None},
            InsufficientCreditsError,
            id="credits",
        ),
        pytest.param(
            {"error": {"message": "No.", "type": "invalid_request_error"}},
            InvalidRequestError,
            id="openai",
        ),
        pytest.param({"choices": []}, ProtocolError, id="no choices"),
        pytest.param({"choices": None}, ProtocolError, id="null choices"),
        pytest.param({"choices": [None]}, ProtocolError, id="a null choice"),
        pytest.param({}, ProtocolError, id="nothing"),
        pytest.param([], ProtocolError, id="list"),
    ],
)
async def test_an_error_under_http_200_is_an_error(model, call, weryai_emulator, body, error_class):
    weryai_emulator.reply_json(body)
    with pytest.raises(error_class) as caught:
        await call(model)
    assert type(caught.value).__name__ == error_class.__name__
    assert caught.value.status_code == 200


@pytest.mark.parametrize(
    ("script", "error_class"),
    [
        pytest.param(lambda emulator: emulator.reply_error(500), ServerError, id="500"),
        pytest.param(lambda emulator: emulator.drop(), APIConnectionError, id="hung up"),
        pytest.param(lambda emulator: emulator.reply_raw(200, b""), ProtocolError, id="empty"),
        pytest.param(
            lambda emulator: emulator.reply_raw(200, b"<html>", "text/html"),
            ProtocolError,
            id="html",
        ),
    ],
)
async def test_what_is_no_answer_is_an_error(model, call, weryai_emulator, script, error_class):
    script(weryai_emulator)
    with pytest.raises(error_class):
        await call(model)


async def test_a_host_that_is_not_there_is_an_error(make_model, call):
    with pytest.raises(APIConnectionError):
        await call(make_model(base_url="http://127.0.0.1:1"))


@pytest.mark.parametrize("style", ["stream", "astream"])
@pytest.mark.parametrize("abort", [False, True], ids=["ended", "broken off"])
async def test_a_cut_stream_is_an_error_with_what_had_arrived(
    make_model, call, chunk, weryai_emulator, abort
):
    weryai_emulator.reply_chunks(
        [chunk({"content": "Half an "}), chunk({"content": "answer"}), 0.01],
        done=False,
        abort=abort,
    )
    with pytest.raises(StreamError) as caught:
        await call(make_model(max_retries=2))
    assert caught.value.partial.text == "Half an answer"
    # What has been seen cannot be taken back, so there is no second attempt.
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("style", ["stream", "astream"])
async def test_an_error_in_a_stream_is_raised(make_model, call, chunk, weryai_emulator):
    error = {"error": {"message": "Overloaded.", "type": "server_error", "code": None}}
    weryai_emulator.reply_chunks([chunk({"content": "Half"}), error], done=False)
    with pytest.raises(ServerError, match="Overloaded") as caught:
        await call(make_model(max_retries=2))
    assert caught.value.partial.text == "Half"
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("style", ["stream", "astream"])
async def test_an_error_that_opens_a_stream_is_tried_again(make_model, call, weryai_emulator):
    error = {"error": {"message": "Overloaded.", "type": "server_error", "code": None}}
    weryai_emulator.reply_chunks([error], done=False, headers=NOW)
    weryai_emulator.reply("Better now.")
    assert (await call(make_model(max_retries=1))).text == "Better now."


def test_chunks_before_an_error_are_given_out(model, chunk, weryai_emulator):
    weryai_emulator.reply_chunks([chunk({"content": "Half"})], done=False)
    pieces = model.stream("Hello")
    assert next(pieces).text == "Half"
    with pytest.raises(StreamError):
        list(pieces)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_an_error_leaves_an_event_stream_as_it_is(model, chunk, weryai_emulator):
    weryai_emulator.reply_chunks([chunk({"content": "Half"})], done=False)
    with pytest.raises(StreamError):
        _ = model.stream_events("Hello", version="v3").output


@pytest.mark.parametrize("count", [0, 51])
async def test_too_few_or_too_many_messages_are_not_sent(model, call, weryai_emulator, count):
    with pytest.raises(MessageCountError):
        await call(model, [HumanMessage("Hello")] * count)
    assert weryai_emulator.requests == []


# Streams are not among them: LangChain does not retry those.
@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_with_retry_tries_again(model, call, weryai_emulator):
    weryai_emulator.reply_error(500)
    weryai_emulator.reply("Back again.")
    patient = model.with_retry(
        retry_if_exception_type=(WeryAIError,),
        wait_exponential_jitter=False,
        stop_after_attempt=2,
    )
    assert (await call(patient)).text == "Back again."


async def test_with_fallbacks_asks_the_next_model(make_model, call, weryai_emulator):
    weryai_emulator.reply_error(500)
    chain = make_model().with_fallbacks([make_model(model="GPT_5")])
    message = await call(chain)
    assert message.response_metadata["model_name"] == "GPT_5"
    assert [request.json["model"] for request in weryai_emulator.requests] == ["GPT_4O", "GPT_5"]


async def test_batch_can_return_errors(model, weryai_emulator):
    weryai_emulator.reply_error(500)
    first, second = model.batch(["a", "b"], {"max_concurrency": 1}, return_exceptions=True)
    assert isinstance(first, ServerError)
    assert second.text == 'You said: "b"'
