"""Answers and errors in the shapes of further services, whole and streamed."""

import json

import pytest
from replies import decode_stream, decode_whole, to_stream

from weryai_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ProtocolError,
    RateLimitError,
    ServerError,
    WeryAIError,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

ONE = ReplyOptions(has_one_choice=True)


def delta(text, **more):
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


def whole(message, reason="stop"):
    return {"choices": [{"index": 0, "message": message, "finish_reason": reason}]}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
HELLO = whole({"content": "Hello"})

DOCUMENTS = {
    "JSON text within JSON text": json.dumps(json.dumps(HELLO)),
    "choices by number": json.dumps({"choices": {"0": HELLO["choices"][0]}}),
    "choices as JSON text": json.dumps({"choices": json.dumps(HELLO["choices"])}),
    "a function in the cloud": json.dumps({"statusCode": 200, "body": json.dumps(HELLO)}),
    "Google's content": json.dumps(whole({"content": {"parts": [{"text": "Hello"}]}})),
    "white space before it": "\n\n \n" + json.dumps(HELLO),
}


@pytest.mark.parametrize("body", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_is_read(body):
    chunks = [decode_whole(body.encode(), ONE), StreamDecoder(ONE).read_whole(body.encode())]
    chunks.append(merge_chunks(decode_stream(f"data: {body.strip()}\n\n".encode(), ONE)))
    for chunk in chunks:
        assert (chunk.text, chunk.choice.finish_reason) == ("Hello", "stop")


def test_json_in_the_text_of_an_answer_of_ollamas_api_is_no_envelope():
    for text in ('{"error": "no"}', '{"choices": [{"text": "no"}]}'):
        chunk = decode_whole({"response": text, "done": True, "done_reason": "stop"}, ONE)
        assert chunk.text == text


def test_json_content_that_is_not_googles_is_text():
    for content in ({"parts": []}, {"parts": [{"a": 1}]}, {"parts": ["a"]}):
        assert json.loads(decode_whole(whole({"content": content})).text) == content


def test_googles_calls_in_an_object_of_parts_are_read():
    parts = [{"functionCall": {"name": "f", "args": {"a": 1}}}]
    [call] = decode_whole(whole({"content": {"parts": parts}})).choice.tool_calls
    assert (call.name, call.arguments) == ("f", '{"a":1}')


# Where other services put a finish reason.
ENDS = [
    {"choices": [{"index": 0, "delta": {}, "stop_reason": "end_turn"}]},
    {"choices": [{"index": 0, "delta": {}, "finish_details": {"type": "end_turn"}}]},
    {"choices": [{"index": 0, "delta": {"finish_reason": "end_turn"}}]},
    {"choices": [{"index": 0, "delta": {"stop_reason": "end_turn"}, "finish_reason": None}]},
]


@pytest.mark.parametrize("end", ENDS, ids=json.dumps)
def test_a_finish_reason_is_found_elsewhere(end):
    chunk = merge_chunks(decode_stream(to_stream(delta("Hi"), end, done=False), ONE))
    assert chunk.choice.finish_reason == "end_turn"
    message = {**end["choices"][0]["delta"], "content": "Hi"}
    choice = {**end["choices"][0], "message": message, "delta": None}
    assert decode_whole({"choices": [choice]}, ONE).choice.finish_reason == "end_turn"


@pytest.mark.parametrize(
    ("number", "reason"),
    [(1, "STOP"), (2, "MAX_TOKENS"), (3, "SAFETY"), (0, None), (True, None), (77, "77")],
)
def test_googles_numbers_of_finish_reasons_are_read(number, reason):
    stream = to_stream(delta("Hi", finish_reason=number))
    assert merge_chunks(decode_stream(stream, ONE)).choice.finish_reason == reason
    assert decode_whole(whole({"content": "Hi"}, number), ONE).choice.finish_reason == reason


def test_openais_finish_reason_wins():
    end = {"choices": [{"delta": {}, "finish_reason": "length", "stop_reason": "###"}]}
    chunk = merge_chunks(decode_stream(to_stream(delta("Hi"), end), ONE))
    assert chunk.choice.finish_reason == "length"


def test_a_finish_reason_before_the_answer_does_not_end_it():
    call = {"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}
    calling = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    for reason, piece in (("tool_calls", calling), ("content_filter", delta("Hi"))):
        chunks = decode_stream(to_stream(delta("", finish_reason=reason), piece), ONE)
        choice = merge_chunks(chunks).choice
        assert (choice.finish_reason, choice.text or choice.tool_calls[0].name) in (
            ("tool_calls", "f"),
            ("content_filter", "Hi"),
        )
        with pytest.raises(WeryAIError) as caught:
            decode_stream(to_stream(delta("", finish_reason=reason)), ONE)
        assert caught.value.code == reason


def message(text, reason=None):
    return {"choices": [{"index": 0, "message": {"content": text}, "finish_reason": reason}]}


@pytest.mark.parametrize(
    "pieces",
    [
        ["Hel", "lo", "!"],
        ["Hel", "Hello", "Hello!"],
        ["Hel", "Hello", "Hello", "Hello!", "Hello!"],
        ["Hel", "lo", "!", "Hello!"],
        ["Hello!", "Hello!"],
        ["Hel", "", "Hello!"],
    ],
)
def test_messages_of_a_stream_may_repeat_the_answer_so_far(pieces):
    events = [message(text) for text in pieces[:-1]]
    stream = to_stream(*events, message(pieces[-1], "stop"), done=False)
    assert merge_chunks(decode_stream(stream, ONE)).text == "Hello!"
    wrapped = [{"output": event} for event in [*events, message(pieces[-1], "stop")]]
    assert merge_chunks(decode_stream(to_stream(*wrapped), ONE)).text == "Hello!"


def test_pieces_that_are_alike_are_kept():
    stream = to_stream(message("ha"), message("ha"), message("!", "stop"))
    assert merge_chunks(decode_stream(stream, ONE)).text == "haha!"
    stream = to_stream(*(delta(text) for text in ("ha", "ha", "haha")), END)
    assert merge_chunks(decode_stream(stream, ONE)).text == "hahahaha"


# Errors next to no answer -> class, words.
ERRORS = {
    "Google's blocked prompt": (
        {"choices": [], "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        ContentFilterError,
        "The prompt was blocked: PROHIBITED_CONTENT",
    ),
    "Vertex's blocked prompt": (
        {"prompt_feedback": {"block_reason": "SAFETY", "block_reason_message": "Too hot"}},
        ContentFilterError,
        "Too hot",
    ),
    "Azure's blocked prompt": (
        {
            "choices": [],
            "prompt_filter_results": [
                {"content_filter_results": {"hate": {"filtered": False}, "sex": {"filtered": True}}}
            ],
        },
        ContentFilterError,
        "The prompt was blocked: sex",
    ),
    "Tencent's": (
        {"Response": {"Error": {"Code": "AuthFailure.SecretIdNotFound", "Message": "No such id"}}},
        AuthenticationError,
        "No such id",
    ),
    "Volcano's": (
        {"ResponseMetadata": {"Error": {"Code": "Throttling", "Message": "Slow down"}}},
        RateLimitError,
        "Slow down",
    ),
    "a code of the result": ({"resultCode": "E1001", "resultMsg": "no such"}, APIError, "no such"),
    "a code that returns": ({"ret": -1, "msg": "no such"}, APIError, "code -1: no such"),
    "a function in the cloud": (
        {"statusCode": 500, "body": '{"message": "Internal Server Error"}'},
        ServerError,
        "Internal Server Error",
    ),
}


@pytest.mark.parametrize(("body", "error_class", "words"), ERRORS.values(), ids=ERRORS)
def test_errors_of_further_services_have_their_class(body, error_class, words):
    for data in (json.dumps(body), json.dumps(json.dumps(body)), f"data: {json.dumps(body)}\n\n"):
        with pytest.raises(error_class, match=words) as caught:
            decode_stream(data.encode(), ONE)
        assert type(caught.value) is error_class
        with pytest.raises(error_class):
            StreamDecoder(ONE).read_whole(data.encode())


@pytest.mark.parametrize(
    "fields",
    [
        {"resultCode": "0000", "resultMsg": "success"},
        {"ret": 0},
        {"errorCode": "00000", "errorMsg": ""},
        {"promptFeedback": {"blockReason": None}},
        {"prompt_filter_results": [{"content_filter_results": {"hate": {"filtered": False}}}]},
    ],
    ids=json.dumps,
)
def test_codes_of_success_next_to_an_answer_are_no_error(fields):
    assert decode_whole({**HELLO, **fields}, ONE).text == "Hello"
    for events in ([{**delta("Hello"), **fields}, END], [fields, delta("Hello"), END]):
        assert merge_chunks(decode_stream(to_stream(*events), ONE)).text == "Hello"


@pytest.mark.parametrize(
    "event",
    [
        *("data: ping", "event: ping\ndata: {}", "event: heartbeat\ndata: 5", "data: : keep-alive"),
        *('data: "pong"', "data: Processing...", "data: OPENROUTER PROCESSING", "data: boom"),
        *("data: null", "data: []", 'data: ""', "data: true", "data: 0"),
    ],
)
def test_events_without_meaning_do_not_harm_a_stream_with_a_finish_reason(event):
    stream = f"{event}\n\n".encode() + to_stream(delta("Hi"), done=False)
    stream += f"{event}\n\n".encode() + to_stream(END, done=False)
    assert merge_chunks(decode_stream(stream, ONE)).text == "Hi"


@pytest.mark.parametrize("data", ["ping", ": keep-alive", "pong", "heartbeat", "processing..."])
def test_a_keep_alive_in_words_does_not_harm_a_stream_that_ends_with_done_only(data):
    stream = to_stream(delta("Hi"), done=False) + f"data: {data}\n\n".encode() + to_stream()
    assert merge_chunks(decode_stream(stream, ONE)).text == "Hi"


@pytest.mark.parametrize("data", ["null", "[]", "0", "boom", '{"choices":[{"delta":{"con'])
def test_other_data_harms_it(data):
    stream = to_stream(delta("Hi"), done=False) + f"data: {data}\n\n".encode() + to_stream()
    with pytest.raises(ProtocolError) as caught:
        decode_stream(stream, ONE)
    assert caught.value.partial.text == "Hi"


def test_several_chunks_in_one_event_are_read():
    stream = to_stream([delta("Hel"), delta("lo")], [END])
    assert merge_chunks(decode_stream(stream, ONE)).text == "Hello"


@pytest.mark.parametrize(
    ("body", "error_class"),
    [
        (b"Rate limit exceeded", RateLimitError),
        (b"upstream connect error or disconnect/reset before headers.", ServerError),
        (b"Hello there", ProtocolError),
        (b"<html><title>Just a moment...</title></html>", ProtocolError),
    ],
)
def test_the_words_of_a_body_that_is_not_json_have_their_class(body, error_class):
    for read in (StreamDecoder(ONE).read_whole, lambda body: decode_stream(body, ONE)):
        with pytest.raises(error_class) as caught:
            read(body)
        assert type(caught.value) is error_class


@pytest.mark.parametrize(
    "body",
    [{"id": "x", "status": "queued"}, {"message": "Processing..."}, {"status": "in_progress"}],
    ids=json.dumps,
)
def test_progress_in_place_of_an_answer_is_no_refusal(body):
    with pytest.raises(ProtocolError) as caught:
        decode_whole(body, ONE)
    assert caught.value.is_retryable
