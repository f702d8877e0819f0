"""Failed, blocked and oddly wrapped answers through the clients: the class, and how many requests.

`reply/test_outcomes.py` has the cases; here each is one way through.
"""

import pytest
from replies import to_stream

from weryai_core import (
    APIError,
    ContentFilterError,
    ProtocolError,
    RateLimitError,
    ServerError,
    ToolCallError,
    merge_chunks,
)

REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
LIMITED = {"code": 429, "message": "Provider returned error"}
NO_SUCH_THING = {"message": "no such thing"}
PIECE = {"choices": [{"index": 0, "delta": {"content": "The dose is 10"}}]}


def choice(text, reason, **more):
    return {"index": 0, "message": {"content": text}, "finish_reason": reason, **more}


def end(reason, **more):
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason, **more}]}


@pytest.mark.parametrize("status", [408, 409, 425])
def test_statuses_that_ask_for_another_attempt_are_retried(driver, service, status):
    for ask in (driver.chat, driver.stream):
        service.requests.clear()
        for _ in range(3):
            service.reply({"message": "x"}, status=status)
        with pytest.raises(APIError, match=r"Gave up after 3 requests\.$"):
            ask()
        assert len(service.requests) == 3


def test_an_error_in_a_choice_is_retried_if_it_is_temporary(driver, service):
    service.reply({"choices": [choice("", "error", error=LIMITED)]})
    service.reply_text("Hi")
    assert driver.chat().text == "Hi"
    service.reply(to_stream(end("error", error=LIMITED)))
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 4


def test_a_lasting_error_as_the_first_event_takes_one_request(driver, service):
    for event in ({"object": "error", **NO_SUCH_THING}, {"choices": None, **NO_SUCH_THING}):
        service.requests.clear()
        service.reply(to_stream(event))
        with pytest.raises(APIError, match="no such thing") as caught:
            driver.stream()
        assert type(caught.value) is APIError
        assert len(service.requests) == 1


def test_an_error_after_the_first_chunk_holds_the_answer_and_is_not_retried(driver, service):
    for last, error_class in (
        (end("error", error=LIMITED), RateLimitError),
        ({"object": "error", "message": "CUDA out of memory"}, ServerError),
        (end("insufficient_system_resource"), ServerError),
    ):
        service.requests.clear()
        service.reply(to_stream(PIECE, last))
        with pytest.raises(error_class) as caught:
            driver.stream()
        assert caught.value.partial.text == "The dose is 10"
        assert len(service.requests) == 1


@pytest.mark.parametrize("reason", ["error", "network_error", "OTHER"])
def test_a_failed_answer_with_nothing_in_it_is_retried(driver, service, reason):
    service.reply({"choices": [choice("", reason)]})
    service.reply_text("Hi")
    assert driver.chat().text == "Hi"
    service.reply(to_stream(end(reason)))
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 4


def test_an_answer_without_anything_is_retried(driver, service):
    service.reply({"choices": [{}]})
    service.reply({"choices": [{"message": None}]})
    service.reply_text("Hi")
    assert driver.chat().text == "Hi"
    for _ in range(3):
        service.reply(to_stream({"choices": [{}]}))
    with pytest.raises(ProtocolError):
        driver.stream()
    assert len(service.requests) == 6


def test_a_blocked_answer_is_an_error_after_one_request_unless_it_may_be_empty(driver, service):
    for number, (ask, body) in enumerate(
        (
            (driver.chat, {"choices": [choice(None, "content_filter")]}),
            (driver.stream, to_stream(end("content_filter"))),
        ),
        1,
    ):
        service.reply(body)
        with pytest.raises(ContentFilterError):
            ask()
        assert len(service.requests) == 2 * number - 1
        service.reply(body)
        found = ask({**REQUEST, "check_content_filter": False})
        chunk = merge_chunks(found) if isinstance(found, list) else found
        assert (chunk.text, chunk.choice.finish_reason) == ("", "content_filter")
        assert "check_content_filter" not in service.requests[-1].json


def test_a_completion_in_an_envelope_takes_one_request(driver, service):
    body = {"status": 0, "desc": "success", "data": {"choices": [choice("Hi", "stop")]}}
    service.reply(body)
    assert driver.chat().text == "Hi"
    service.reply(body)
    assert merge_chunks(driver.stream()).text == "Hi"
    assert len(service.requests) == 2


def test_an_event_stream_may_answer_a_plain_request(any_driver, service):
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    service.reply(to_stream(PIECE, {**end("stop"), "usage": usage}))
    chunk = any_driver.chat()
    assert (chunk.text, chunk.choice.finish_reason) == ("The dose is 10", "stop")
    assert chunk.usage.total_tokens == 3
    service.reply(to_stream(PIECE, {"error": LIMITED}))
    service.reply_text("Hi")
    assert any_driver.chat().text == "Hi"
    assert len(service.requests) == 3


def test_an_error_without_data_in_a_stream_is_raised_and_retried(driver, service):
    failed = b'data: {"choices": []}\n\n{"error": {"code": 429, "message": "slow down"}}\n'
    service.reply(failed)
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream()).text == "Hi"
    service.reply(
        to_stream(PIECE, done=False) + b"<html>502 Bad Gateway</html>\n\ndata: [DONE]\n\n"
    )
    with pytest.raises(ServerError, match="Bad Gateway") as caught:
        driver.stream()
    assert caught.value.partial.text == "The dose is 10"
    assert len(service.requests) == 3


def test_an_empty_message_is_an_empty_answer_whole_and_streamed(driver, service):
    service.reply({"choices": [{"message": {}, "finish_reason": "stop"}]})
    assert driver.chat().text == ""
    service.reply(to_stream(end("stop")))
    assert merge_chunks(driver.stream()).text == ""
    for _ in range(6):
        service.reply(to_stream({"choices": [{"delta": None, "finish_reason": "stop"}]}))
    for ask in (driver.chat, driver.stream):
        with pytest.raises(ProtocolError, match="no message"):
            ask()


TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
GARBLED = '<|tool_call_begin|>functions.add:0<|tool_call_argument_begin|>{"a": '


@pytest.mark.parametrize("tools", [{"tools": [TOOL]}, {}], ids=["tools", "no tools"])
def test_a_garbled_call_in_the_text_is_retried_while_nothing_is_given_out(driver, service, tools):
    garbled = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in GARBLED]
    service.reply({"choices": [choice(GARBLED, "stop")]})
    service.reply_text("Hi")
    assert driver.chat({**REQUEST, **tools}).text == "Hi"
    service.reply(to_stream(*garbled, end("stop")))
    service.reply_stream("Hi")
    assert merge_chunks(driver.stream({**REQUEST, **tools})).text == "Hi"
    service.reply(to_stream(PIECE, *garbled, end("stop")))
    with pytest.raises(ToolCallError, match="cannot be read") as caught:
        driver.stream({**REQUEST, **tools})
    assert caught.value.partial.text == f"The dose is 10{GARBLED}"
    assert len(service.requests) == 5


def test_a_long_wait_in_the_body_of_an_error_is_not_waited_for(driver, service):
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3600s"}]
    service.reply({"error": {"code": 429, "message": "Quota", "details": details}}, status=429)
    with pytest.raises(RateLimitError, match="asks to wait 3600 s") as caught:
        driver.chat()
    assert caught.value.retry_after == 3600.0
    assert len(service.requests) == 1


def test_an_error_names_the_status_of_its_answer_whole_and_streamed(driver, service):
    for ask in (driver.chat, driver.stream):
        service.reply({"error": {"message": "no such thing"}}, status=202)
        with pytest.raises(APIError, match="HTTP 202: no such thing") as caught:
            ask()
        assert caught.value.status_code == 202
