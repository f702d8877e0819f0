"""What both clients send and return, on HTTP clients of our own and of both libraries."""

import gzip
import warnings

import pytest
from client_calls import CALLS, KEY, REQUEST
from hypothesis import given
from hypothesis import strategies as st
from replies import to_stream
from strange_replies import bounded

from weryai_core import (
    AuthenticationError,
    ModelEntry,
    ProtocolError,
    ToolCallError,
    Usage,
    __version__,
    merge_chunks,
)


def test_a_chat_is_one_request_and_one_chunk(any_driver, service):
    service.reply(
        {
            "id": "chatcmpl-1",
            "model": "GPT_4O",
            "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        }
    )
    chunk = any_driver.chat({**REQUEST, "temperature": 0.5, "web_search": True})
    assert (chunk.text, chunk.id, chunk.is_last) == ("Hi", "chatcmpl-1", True)
    assert chunk.usage == Usage(1, 2, 3, raw=chunk.usage.raw)
    (request,) = service.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.json == {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "Hello"}],
        "temperature": 0.5,
        "plugins": [{"id": "web"}],
    }


def test_the_headers_name_the_key_the_types_and_the_package(driver, service):
    service.reply_text("Hi")
    driver.chat()
    headers = service.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "application/json, text/event-stream"
    assert headers["user-agent"].startswith(f"weryai-integrations/{__version__} Python/3.")


def test_a_stream_is_one_request_and_its_chunks(any_driver, service):
    service.reply_stream("Hel", "lo")
    chunks = any_driver.stream()
    assert [chunk.text for chunk in chunks] == ["Hel", "lo", "", ""]
    assert [chunk.is_last for chunk in chunks] == [False, False, False, True]
    assert merge_chunks(chunks).choice.finish_reason == "stop"
    (request,) = service.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.json == {
        "model": "GPT_4O",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
    }


def test_a_stream_answered_by_one_document_is_one_chunk(driver, service):
    service.reply_text("Hi")
    (chunk,) = driver.stream()
    assert (chunk.text, chunk.is_last) == ("Hi", True)


def test_the_models_are_one_get_request(driver, service):
    service.reply({"models": [{"model": "GPT_4O", "desc": "x", "max_tokens": 9}]})
    (entry,) = driver.models()
    assert entry == ModelEntry("GPT_4O", "x", 9, raw=entry.raw)
    (request,) = service.requests
    assert (request.method, request.path, request.body) == ("GET", "/v1/chat/models", b"")
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_the_balance_is_one_get_request(driver, service):
    service.reply({"status": 0, "desc": "success", "message": "success", "data": 1000})
    assert driver.balance() == 1000.0
    (request,) = service.requests
    assert (request.method, request.path, request.body) == ("GET", "/v1/generation/balance", b"")


@pytest.mark.parametrize(("what", "field"), [("models", "models"), ("balance", "data")])
def test_an_account_answer_without_its_field_is_an_error_that_names_it(
    make_driver, service, what, field
):
    service.reply({}, headers={"x-request-id": "req-1"})
    with pytest.raises(ProtocolError) as caught:
        getattr(make_driver(max_retries=0), what)()
    assert str(caught.value) == (
        f"WeryAI answered with HTTP 200. The body holds no `{field}`. Request id: req-1."
    )


def test_headers_of_the_call_and_default_ones_are_sent(make_driver, service):
    driver = make_driver(default_headers={"USER-AGENT": "mine", "X-Team": "blue", "x-b": "1"})
    for ask in (driver.chat, driver.stream):
        service.reply_text("Hi")
        ask(headers={"X-B": "2"})
        headers = service.requests[-1].headers
        assert (headers["user-agent"], headers["x-team"], headers["x-b"]) == ("mine", "blue", "2")
        assert headers["authorization"] == f"Bearer {KEY}"


def test_the_default_query_is_sent_with_every_request(make_driver, service):
    driver = make_driver(default_query={"api-version": "1"})
    answers = {"models": {"models": []}, "balance": {"data": 1}}
    for what in CALLS:
        service.reply(answers[what]) if what in answers else service.reply_text("Hi")
        getattr(driver, what)()
    assert [request.path for request in service.requests] == [
        "/v1/chat/completions?api-version=1",
        "/v1/chat/completions?api-version=1",
        "/v1/chat/models?api-version=1",
        "/v1/generation/balance?api-version=1",
    ]


def test_a_compressed_answer_is_decompressed(any_driver, service):
    headers = {"content-encoding": "gzip"}
    whole = '{"choices":[{"message":{"content":"Grüße"},"finish_reason":"stop"}]}'.encode()
    streamed = to_stream({"choices": [{"delta": {"content": "Grüße"}, "finish_reason": "stop"}]})
    service.reply(gzip.compress(whole), headers=headers)
    assert any_driver.chat().text == "Grüße"
    service.reply(gzip.compress(streamed), headers=headers)
    assert merge_chunks(any_driver.stream()).text == "Grüße"


@pytest.mark.parametrize("n", [None, 1])
def test_the_only_requested_choice_may_have_number_1(driver, service, n):
    events = ['{"index":1,"delta":{"content":"Hi"}}', '{"index":1,"delta":{},"finish_reason":"x"}']
    service.reply("".join(f'data: {{"choices":[{event}]}}\n\n' for event in events))
    chunks = driver.stream({**REQUEST, "n": n})
    assert [chunk.choice.text for chunk in chunks] == ["Hi", "", ""]


def test_each_of_several_choices_keeps_its_number(driver, service):
    event = '{"index":1,"delta":{"content":"Hi"},"finish_reason":"stop"}'
    service.reply(f'data: {{"choices":[{event}]}}\n\n')
    first, *_ = driver.stream({**REQUEST, "n": 2})
    assert [choice.index for choice in first.choices] == [1]


def test_tools_in_the_prompt_are_read_from_the_text(driver, service):
    call = '<tool_call>{"name": "get_weather", "arguments": {}}</tool_call>'
    tool = {"type": "function", "function": {"name": "get_weather"}}
    request = {**REQUEST, "tools": [tool], "tool_choice": "required", "tool_calling": "prompted"}
    service.reply_text(call)
    assert driver.chat(request).choice.tool_calls[0].name == "get_weather"
    service.reply_stream(call[:20], call[20:])
    assert merge_chunks(driver.stream(request)).choice.tool_calls[0].name == "get_weather"
    for sent in service.requests:
        assert sent.json.keys() - {"stream"} == {"model", "messages"}
        assert sent.json["messages"][0]["role"] == "system"


@pytest.mark.parametrize(
    "options",
    [{"tool_choice": "required"}, {"tool_choice": {"type": "function", "function": {"name": "f"}}}],
    ids=["any tool", "a named tool"],
)
def test_an_answer_without_the_required_call_is_an_error_after_one_request(
    driver, service, options
):
    request = {**REQUEST, "tools": [{"type": "function", "function": {"name": "f"}}], **options}
    service.reply_text("Sunny.")
    with pytest.raises(ToolCallError) as caught:
        driver.chat(request)
    assert caught.value.partial.text == "Sunny."
    service.reply_stream("Sun", "ny.")
    with pytest.raises(ToolCallError) as caught:
        driver.stream(request)
    assert caught.value.partial.text == "Sunny."
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    "options", [{"check_tool_choice": False}, {"tool_choice": "auto"}, {"tool_choice": None}]
)
def test_an_answer_without_a_call_is_good_if_none_is_required(driver, service, options):
    tools = [{"type": "function", "function": {"name": "f"}}]
    service.reply_text("Sunny.")
    assert driver.chat({**REQUEST, "tools": tools, "tool_choice": "any", **options}).text
    assert "check_tool_choice" not in service.requests[0].json


def test_a_model_that_rejects_a_forced_call_gets_auto_from_then_on(make_driver, service):
    driver = make_driver(max_retries=0)
    tools = [{"type": "function", "function": {"name": "f"}}]
    request = {**REQUEST, "tools": tools, "tool_choice": "required"}
    message = "deepseek-reasoner does not support this tool_choice"
    service.reply({"error": {"message": message, "type": "invalid_request_error"}}, status=400)
    service.reply_text("Sunny.")
    with pytest.warns(UserWarning, match='falls back to tool_choice="auto"'):
        assert driver.chat(request).text == "Sunny."
    service.reply_stream("Sunny.")
    assert merge_chunks(driver.stream(request)).text == "Sunny."
    choices = [received.json["tool_choice"] for received in service.requests]
    assert choices == ["required", "auto", "auto"]


def test_another_refusal_of_a_forced_call_is_an_error(driver, service):
    tools = [{"type": "function", "function": {"name": "f"}}]
    service.reply(b"", status=401)
    with pytest.raises(AuthenticationError):
        driver.chat({**REQUEST, "tools": tools, "tool_choice": "required"})
    assert len(service.requests) == 1


# -- Long conversations --------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["chat", "stream"])
def test_a_conversation_is_folded_with_one_warning_a_client(make_driver, service, what):
    talk = [{"role": "user", "content": f"Line {n}"} for n in range(60)]
    for driver in (make_driver(), make_driver()):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            for _ in range(2):
                service.reply_text("Hi")
                getattr(driver, what)({**REQUEST, "messages": talk})
        assert [str(one.message)[:48] for one in caught] == [
            "The conversation has 60 messages, and WeryAI tak"
        ]
    sent = service.requests[-1].json["messages"]
    assert len(sent) == 37
    assert "\nLine 23\n" in sent[0]["content"]
    assert sent[1:] == talk[24:]


def test_who_chooses_to_fold_is_not_warned(driver, service):
    talk = [{"role": "user", "content": f"Line {n}"} for n in range(60)]
    service.reply_text("Hi")
    driver.chat({**REQUEST, "messages": talk, "message_overflow": "fold"})
    assert len(service.requests[-1].json["messages"]) == 37


_TEXTS = st.text(max_size=30)
_VALUES = st.recursive(
    _TEXTS | st.integers(-(2**53), 2**53) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@bounded(20)
@given(_TEXTS.filter(bool), _VALUES)
def test_any_text_and_any_json_arrive_as_they_were_sent(any_driver, service, text, value):
    service.requests.clear()
    service.reply({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]})
    schema = {"type": "object", "properties": {}, "examples": [value]}
    tool = {"type": "function", "function": {"name": "look", "parameters": schema}}
    messages = [{"role": "user", "content": text}]
    any_driver.chat({"model": "GPT_4O", "messages": messages, "tools": [tool]})
    (request,) = service.requests
    assert request.json["messages"] == messages
    assert request.json["tools"] == [tool]
