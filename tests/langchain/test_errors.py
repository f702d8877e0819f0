"""Errors of a call are ours and LangChain's at once, for its retries and fallbacks."""

import pickle

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware, ModelRetryMiddleware
from langchain_core import exceptions as theirs

from weryai_core import errors

# Status, what LangChain calls it, whether it may be tried again.
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
TEXTS = {
    "UnknownModelError": (1006, "model not supported"),
    "ContextOverflowError": (1002, "maximum context length exceeded"),
    "ContentFilterError": (2003, "flagged"),
    "PermissionDeniedError": (1017, "no"),
    "DailyQuotaError": (6101, "no more today"),
}


@pytest.mark.parametrize("name", MEANINGS)
async def test_a_refusal_is_an_error_of_both(model, call, weryai_emulator, name):
    status, meaning, is_retryable = MEANINGS[name]
    code, text = TEXTS.get(name, (None, None))
    weryai_emulator.reply_error(status, code=code, message=text)
    with pytest.raises(getattr(errors, name)) as caught:
        await call(model)
    assert isinstance(caught.value, meaning)
    assert isinstance(caught.value, theirs.ModelError)
    assert caught.value.is_retryable is is_retryable
    assert type(caught.value).__name__ == name
    assert caught.value.status_code == status
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is type(caught.value)
    assert str(copy) == str(caught.value)


FAILURES = {
    "hung up": (lambda emulator: emulator.drop(), theirs.ModelConnectionError),
    "silence": (lambda emulator: emulator.hang(), theirs.ModelTimeoutError),
    "an empty body": (lambda emulator: emulator.reply_raw(200, b""), theirs.ModelAPIError),
}


@pytest.mark.parametrize(("script", "meaning"), FAILURES.values(), ids=FAILURES)
async def test_a_failure_is_an_error_of_both(make_model, call, weryai_emulator, script, meaning):
    script(weryai_emulator)
    with pytest.raises(meaning) as caught:
        await call(make_model(timeout=0.2))
    assert isinstance(caught.value, errors.WeryAIError)
    assert caught.value.is_retryable


@pytest.mark.parametrize("style", ["stream", "astream"])
async def test_a_broken_stream_is_an_error_of_both_with_what_arrived(
    model, call, weryai_emulator, chunk
):
    weryai_emulator.reply_chunks([chunk({"content": "Hel"})], done=False)
    with pytest.raises(theirs.ModelConnectionError) as caught:
        await call(model)
    assert caught.value.partial.text == "Hel"


async def test_a_conversation_that_is_too_long_is_an_error_of_both(model, call):
    with pytest.raises(theirs.ContextOverflowError, match="1 to 50"):
        await call(model, [("user", "Hello")] * 51)


@pytest.mark.parametrize(
    ("status", "requests"), [pytest.param(500, 2, id="passes"), pytest.param(401, 1, id="stays")]
)
def test_retry_middleware_tries_again_what_may_pass(model, weryai_emulator, status, requests):
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
def test_an_error_before_a_call_is_langchains_too_and_is_not_tried_again(make_model, do):
    with pytest.raises(errors.InvalidRequestError) as caught:
        do(make_model)
    assert isinstance(caught.value, theirs.ModelInvalidRequestError)
    assert caught.value.is_retryable is False
