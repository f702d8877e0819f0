"""What clients say about a model by a name that is not WeryAI's."""

import pytest

from weryai_core import ServerError, UnknownModelError

REQUEST = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
QUESTION = "WeryAI documents no model 'gpt-4o'. Did you mean GPT_4O?"


@pytest.mark.parametrize("method", ["chat", "stream"])
def test_a_client_warns_once_and_sends_the_name_as_it_is(driver, service, method):
    service.reply_text("Hi")
    with pytest.warns(UserWarning, match="Did you mean") as caught:
        getattr(driver, method)(REQUEST)
    service.reply_text("Hi again")
    getattr(driver, method)(REQUEST)  # a warning would be an error
    assert [str(warning.message) for warning in caught] == [
        f"{QUESTION} The request is sent with the name as it is."
    ]
    assert {received.json["model"] for received in service.requests} == {"gpt-4o"}


@pytest.mark.filterwarnings("ignore:WeryAI documents no model")
@pytest.mark.parametrize("method", ["chat", "stream"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"status": 1006, "desc": "NOT_MODEL", "message": "model not supported"}),
        (404, {"error": {"message": "The model `gpt-4o` does not exist"}}),
        (404, b""),
        (400, {"error": {"message": "Invalid value: model"}}),
    ],
    ids=["code", "text", "nothing", "parameter"],
)
def test_a_refusal_asks_what_was_meant(driver, service, method, status, body):
    service.reply(body, status=status)
    with pytest.raises(Exception, match="Did you mean GPT_4O") as caught:
        getattr(driver, method)(REQUEST)
    assert str(caught.value).endswith(QUESTION)
    assert len(service.requests) == 1


@pytest.mark.filterwarnings("ignore:WeryAI documents no model")
def test_a_refusal_that_is_retried_asks_once(make_driver, service):
    for _ in range(2):
        service.reply({"error": {"message": "No channel for model gpt-4o"}}, status=503)
    with pytest.raises(ServerError) as caught:
        make_driver(max_retries=1).chat(REQUEST)
    assert str(caught.value).count(QUESTION) == 1
    assert len(service.requests) == 2


def test_a_refusal_of_a_documented_model_does_not_ask(driver, service):
    service.reply({"status": 1006, "desc": "NOT_MODEL", "message": "model not supported"})
    with pytest.raises(UnknownModelError) as caught:
        driver.chat({**REQUEST, "model": "GPT_4O"})
    assert "Did you mean" not in str(caught.value)
