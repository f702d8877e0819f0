"""Errors of a call are ours and LangChain's at once, so its retries and fallbacks know them."""

import pickle
import traceback

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware, ModelRetryMiddleware
from langchain_core import exceptions as theirs
from langchain_core.messages import HumanMessage

from langchain_weryai.errors import LangChainErrors, to_langchain_error
from weryai_core import Choice, Chunk, errors

# Our class -> status, LangChain's class, whether a retry can help.
MEANINGS = {
    "AuthenticationError": (401, theirs.ModelAuthenticationError, False),
    "InsufficientCreditsError": (402, theirs.ModelError, False),
    "UnknownModelError": (404, theirs.ModelNotFoundError, False),
    "RateLimitError": (429, theirs.ModelRateLimitError, True),
    "ServerError": (500, theirs.ModelAPIError, True),
    "InvalidRequestError": (400, theirs.ModelInvalidRequestError, False),
    "ContextOverflowError": (400, theirs.ContextOverflowError, False),
    "ContentFilterError": (400, theirs.ModelInvalidRequestError, False),
    "PermissionDeniedError": (400, theirs.ModelPermissionDeniedError, False),
    "DailyQuotaError": (400, theirs.ModelError, False),
}
# Our class -> the code and text that mean it.
TEXTS = {
    "UnknownModelError": (1006, "model not supported"),
    "ContextOverflowError": (1002, "maximum context length exceeded"),
    "ContentFilterError": (2003, "flagged"),
    "PermissionDeniedError": (1017, "no"),
    "DailyQuotaError": (6101, "no more today"),
}
NOW = {"Retry-After": "0"}
LIMITED = {"code": 429, "message": "Provider returned error", "metadata": {"raw": "too fast"}}


@pytest.mark.parametrize("name", MEANINGS)
def test_a_refusal_raises_its_class_and_langchains(model, weryai_emulator, name):
    status, meaning, is_retryable = MEANINGS[name]
    code, text = TEXTS.get(name, (None, None))
    weryai_emulator.reply_error(status, code=code, message=text)
    with pytest.raises(getattr(errors, name)) as caught:
        model.invoke("Hello")
    assert isinstance(caught.value, meaning)
    assert isinstance(caught.value, theirs.ModelError)
    assert caught.value.is_retryable is is_retryable
    assert type(caught.value).__name__ == name
    assert caught.value.status_code == status
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is type(caught.value)
    assert str(copy) == str(caught.value)


CORE_CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.WeryAIError)
]


@pytest.mark.parametrize("ours", CORE_CLASSES, ids=lambda ours: ours.__name__)
def test_every_error_of_the_core_has_a_class_that_is_langchains_too(ours):
    converted = to_langchain_error(ours("No."))
    assert type(converted).__mro__[1] is ours
    assert type(converted).__name__ == ours.__name__
    assert isinstance(converted, theirs.ModelError)
    assert converted.is_retryable is ours.is_retryable


def test_an_error_keeps_all_that_belongs_to_it():
    def fail():
        error = errors.RateLimitError(
            "Slow down.", status_code=429, request_id="r1", retry_after=2.5, partial=Chunk(())
        )
        error.add_note("A note.")
        error.is_retryable = False
        raise error from OSError("cause")

    def call():
        try:
            raise KeyError("context")
        except KeyError:
            with LangChainErrors():
                fail()

    with pytest.raises(errors.RateLimitError) as caught:
        call()
    error = caught.value
    assert isinstance(error, theirs.ModelRateLimitError)
    assert str(error) == error.message == "Slow down."
    assert (error.status_code, error.request_id, error.retry_after) == (429, "r1", 2.5)
    assert error.partial == Chunk(())
    assert error.is_retryable is False
    assert error.__notes__ == ["A note."]
    assert str(error.__cause__) == "cause"
    assert isinstance(error.__context__, KeyError)
    assert error.__suppress_context__
    assert caught.traceback[-1].name == "fail"
    assert "".join(traceback.format_exception(error)).count("Slow down.") == 1
    assert pickle.loads(pickle.dumps(error)).retry_after == 2.5


def test_an_error_of_langchains_leaves_a_second_block_unchanged():
    error = to_langchain_error(errors.ServerError("No."))
    with pytest.raises(errors.ServerError) as caught, LangChainErrors():
        raise error
    assert caught.value is error


FAILURES = {
    "hung up": (lambda emulator: emulator.drop(), theirs.ModelConnectionError),
    "silence": (lambda emulator: emulator.hang(), theirs.ModelTimeoutError),
    "an empty body": (lambda emulator: emulator.reply_raw(200, b""), theirs.ModelAPIError),
    "an error under HTTP 200": (
        lambda emulator: emulator.reply_json({"status": 1001, "desc": "request frequency"}),
        theirs.ModelRateLimitError,
    ),
}


@pytest.mark.parametrize(("script", "meaning"), FAILURES.values(), ids=FAILURES)
def test_a_failure_raises_our_class_and_langchains(make_model, weryai_emulator, script, meaning):
    script(weryai_emulator)
    with pytest.raises(meaning) as caught:
        make_model(timeout=0.2).invoke("Hello")
    assert isinstance(caught.value, errors.WeryAIError)
    assert caught.value.is_retryable


@pytest.mark.every_style
async def test_every_call_style_raises_after_one_request(make_model, call, weryai_emulator):
    weryai_emulator.reply_error(401)
    with pytest.raises(errors.AuthenticationError) as caught:
        await call(make_model(max_retries=2))
    assert caught.value.status_code == 401
    assert len(weryai_emulator.requests) == 1


@pytest.mark.parametrize("max_retries", [0, 2])
@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_a_rate_limit_is_retried_max_retries_times(
    make_model, call, weryai_emulator, max_retries
):
    for _ in range(5):
        weryai_emulator.reply_error(429, headers=NOW)
    with pytest.raises(errors.RateLimitError):
        await call(make_model(max_retries=max_retries))
    assert len(weryai_emulator.requests) == max_retries + 1


@pytest.mark.every_style
async def test_a_retry_that_succeeds_gives_its_answer(make_model, call, weryai_emulator):
    weryai_emulator.reply_error(503, headers=NOW)
    weryai_emulator.reply_error(429, headers=NOW)
    weryai_emulator.reply("Third time lucky.")
    assert (await call(make_model(max_retries=2))).text == "Third time lucky."
    assert len({request.body for request in weryai_emulator.requests}) == 1


@pytest.mark.parametrize("style", ["stream", "astream"])
async def test_a_truncated_stream_raises_both_classes_with_what_arrived(
    make_model, call, weryai_emulator, chunk
):
    pieces = [chunk({"content": "Half an "}), chunk({"content": "answer"})]
    weryai_emulator.reply_chunks(pieces, done=False)
    with pytest.raises(theirs.ModelConnectionError) as caught:
        await call(make_model(max_retries=2))
    assert isinstance(caught.value, errors.StreamError)
    assert caught.value.partial.text == "Half an answer"
    # The caller has seen the chunks, so nothing is retried.
    assert len(weryai_emulator.requests) == 1


def test_chunks_before_an_error_are_delivered(model, chunk, weryai_emulator):
    error = {"error": {"message": "Overloaded.", "type": "server_error", "code": None}}
    weryai_emulator.reply_chunks([chunk({"content": "Half"}), error], done=False)
    pieces = model.stream("Hello")
    assert next(pieces).text == "Half"
    with pytest.raises(errors.ServerError, match="Overloaded"):
        list(pieces)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_event_streams_raise_the_error_unchanged(model, chunk, weryai_emulator):
    weryai_emulator.reply_chunks([chunk({"content": "Half"})], done=False)
    with pytest.raises(errors.StreamError):
        _ = model.stream_events("Hello", version="v3").output


@pytest.mark.parametrize("count", [0, 51])
def test_too_few_or_too_many_messages_are_not_sent(make_model, weryai_emulator, count):
    model = make_model(message_overflow="error")
    with pytest.raises(errors.MessageCountError, match="messages") as caught:
        model.invoke([HumanMessage("Hello")] * count)
    assert isinstance(caught.value, theirs.ModelInvalidRequestError)
    # Agents that catch this one drop tokens and call again, with as many messages.
    assert not isinstance(caught.value, theirs.ContextOverflowError)
    assert weryai_emulator.requests == []


def test_batch_can_return_errors(model, weryai_emulator):
    weryai_emulator.reply_error(500)
    first, second = model.batch(["a", "b"], {"max_concurrency": 1}, return_exceptions=True)
    assert isinstance(first, errors.ServerError)
    assert second.text == 'You said: "b"'


@pytest.mark.parametrize(
    ("status", "requests"),
    [pytest.param(500, 2, id="temporary"), pytest.param(401, 1, id="permanent")],
)
def test_retry_middleware_retries_temporary_errors_only(model, weryai_emulator, status, requests):
    retry = ModelRetryMiddleware(max_retries=1, initial_delay=0, jitter=False, on_failure="error")
    weryai_emulator.reply_error(status)
    agent = create_agent(model, [], middleware=[retry])
    if status == 401:
        with pytest.raises(errors.AuthenticationError):
            agent.invoke({"messages": "Hello"})
    else:
        assert agent.invoke({"messages": "Hello"})["messages"][-1].text
    assert len(weryai_emulator.requests) == requests


def test_fallback_middleware_falls_back(model, make_model, weryai_emulator):
    weryai_emulator.reply_error(500)
    fallback = ModelFallbackMiddleware(make_model(model="GLM_5"))
    create_agent(model, [], middleware=[fallback]).invoke({"messages": "Hello"})
    assert [request.json["model"] for request in weryai_emulator.requests] == ["GPT_4O", "GLM_5"]


def test_with_retry_and_with_fallbacks_go_by_langchains_classes(model, make_model, weryai_emulator):
    weryai_emulator.reply_error(429)
    patient = model.with_retry(
        retry_if_exception_type=(theirs.ModelRateLimitError,), wait_exponential_jitter=False
    )
    assert patient.invoke("Hello").text
    weryai_emulator.reply_error(404)
    careful = model.with_fallbacks(
        [make_model(model="GLM_5")], exceptions_to_handle=(theirs.ModelNotFoundError,)
    )
    assert careful.invoke("Hello").response_metadata["model_name"] == "GLM_5"


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


BEFORE_CALLS = {
    "bind_tools": lambda make: make().bind_tools([add], tool_choice="nope"),
    "with_structured_output": lambda make: make().with_structured_output(add, method="nope"),
    "the constructor": lambda make: make(temperature=3),
}


@pytest.mark.parametrize("do", BEFORE_CALLS.values(), ids=BEFORE_CALLS)
def test_an_error_before_a_call_is_langchains_too_and_not_retryable(make_model, do):
    with pytest.raises(errors.InvalidRequestError) as caught:
        do(make_model)
    assert isinstance(caught.value, theirs.ModelInvalidRequestError)
    assert caught.value.is_retryable is False


@pytest.mark.every_style
async def test_an_error_in_a_choice_is_its_class_and_langchains(model, call, weryai_emulator):
    weryai_emulator.reply("", finish_reason="error", error=LIMITED, error_place="choice")
    with pytest.raises(errors.RateLimitError, match="Provider returned error; too fast") as caught:
        await call(model)
    assert isinstance(caught.value, theirs.ModelRateLimitError)
    assert caught.value.is_retryable


@pytest.mark.every_style
async def test_a_temporary_error_in_a_choice_is_retried(make_model, call, weryai_emulator):
    weryai_emulator.reply("", finish_reason="error", error=LIMITED, error_place="choice")
    weryai_emulator.reply("Hello again.")
    assert (await call(make_model(max_retries=1))).text == "Hello again."
    assert len(weryai_emulator.requests) == 2


async def test_a_blocked_answer_is_an_error_or_an_empty_answer(make_model, call, weryai_emulator):
    for _ in range(3):
        weryai_emulator.reply("", finish_reason="content_filter")
    with pytest.raises(errors.ContentFilterError) as caught:
        await call(make_model())
    assert isinstance(caught.value, theirs.ModelInvalidRequestError)
    for answer in (
        await call(make_model(check_content_filter=False)),
        await call(make_model(), check_content_filter=False),
    ):
        assert answer.text == ""
        assert answer.response_metadata["finish_reason"] == "content_filter"
    assert "check_content_filter" not in weryai_emulator.last_request.json


async def test_the_finish_reason_of_a_blocked_text_is_in_its_metadata(model, call, weryai_emulator):
    weryai_emulator.reply("The dose", finish_reason="SAFETY")
    answer = await call(model)
    assert answer.text == "The dose"
    assert answer.response_metadata["finish_reason"] == "SAFETY"


@pytest.mark.every_style
async def test_an_error_in_a_stream_holds_what_arrived(model, call, style, weryai_emulator):
    weryai_emulator.reply("The dose is 10", error={"message": "boom"}, error_place="event")
    with pytest.raises(errors.APIError, match="boom") as caught:
        await call(model)
    partial = caught.value.partial
    assert (partial.text if partial else "") == ("The dose is 10" if "stream" in style else "")


def test_a_refusal_in_place_of_a_required_call_is_langchains_refusal_too():
    refused = Chunk((Choice(refusal="No."),))
    converted = to_langchain_error(errors.ToolCallError("No.", partial=refused))
    assert isinstance(converted, errors.ToolCallError)
    assert isinstance(converted, theirs.ModelRefusalError)
    assert converted.raw_message.content_blocks == [{"type": "refusal", "refusal": "No."}]
    copy = pickle.loads(pickle.dumps(converted))
    assert copy.raw_message == converted.raw_message
