"""Answers whose texts, calls, images or refusals stand in unusual places."""

import json

import pytest
from outcomes import ONE, PNG, answer_of, outcomes
from replies import decode_stream, to_stream
from reply_fields import END, delta

from weryai_core import (
    ProtocolError,
    StreamError,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

TEXT_SHAPES = {
    "text of a delta": lambda text: {"delta": {"type": "text_delta", "text": text}},
    "parts of a delta": lambda text: {"delta": {"parts": [{"text": text}]}},
    "a list of values": lambda text: {
        "delta": {"content": [{"type": "text", "text": [{"value": text}]}]}
    },
    "text of a choice": lambda text: {"text": text},
    "content of a choice": lambda text: {"content": text},
    "a text": lambda text: {"delta": text},
    "one part": lambda text: {"delta": {"content": {"type": "text", "text": text}}},
    "parts with values": lambda text: {
        "delta": {"content": [{"type": "text", "text": {"value": text, "annotations": []}}]}
    },
}


@pytest.mark.parametrize("shape", TEXT_SHAPES.values(), ids=TEXT_SHAPES)
def test_texts_of_other_shapes_are_read_in_streams(shape):
    events = [{"choices": [{"index": 0, **shape(text)}]} for text in ("Hel", "lo", "!")]
    events.append({"choices": [{"index": 0, "finish_reason": "stop"}]})
    assert merge_chunks(decode_stream(to_stream(*events), ONE)).text == "Hello!"


CALLS = {
    "one call": {"id": "a", "function": {"name": "f", "arguments": '{"x":1}'}},
    "by number": {"0": {"id": "a", "function": {"name": "f", "arguments": '{"x":1}'}}},
    "flat": [{"id": "a", "name": "f", "arguments": '{"x":1}'}],
    "Anthropic's": [{"id": "a", "type": "tool_use", "name": "f", "input": {"x": 1}}],
    "parameters": [{"id": "a", "function": {"name": "f", "parameters": {"x": 1}}}],
}


@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
def test_tool_calls_of_other_shapes_are_read(calls):
    choice = answer_of({"content": None, "tool_calls": calls}, "tool_calls")
    [call] = choice.tool_calls
    assert (call.id, call.name, json.loads(call.arguments)) == ("a", "f", {"x": 1})


def test_arguments_by_the_names_of_tools_are_calls():
    calls = {"f": {"x": 1}, "g": '{"y": 2}'}
    for reply in outcomes({"content": None, "tool_calls": calls}, "tool_calls"):
        found = [(call.name, json.loads(call.arguments)) for call in reply.choice.tool_calls]
        assert found == [("f", {"x": 1}), ("g", {"y": 2})]


IMAGES = {
    "OpenRouter": ({"images": [{"type": "image_url", "image_url": {"url": PNG}}]}, PNG),
    "addresses": ({"images": ["https://a.example/b.png"]}, "https://a.example/b.png"),
    "base64": ({"images": [{"b64_json": "iVBORw0KGgo="}]}, PNG),
    "a part": ({"content": [{"type": "image_url", "image_url": {"url": PNG}}]}, PNG),
    "a flat part": ({"content": [{"type": "output_image", "image_url": PNG}]}, PNG),
    "Anthropic": (
        {
            "content": [
                {
                    "type": "image",
                    "source": {
                        "type": "base64",
                        "media_type": "image/png",
                        "data": "iVBORw0KGgo=",
                    },
                }
            ]
        },
        PNG,
    ),
    "Google": (
        {"content": [{"inline_data": {"mime_type": "image/png", "data": "iVBORw0KGgo="}}]},
        PNG,
    ),
}


@pytest.mark.parametrize(("message", "image"), IMAGES.values(), ids=IMAGES)
def test_images_are_kept(message, image):
    choice = answer_of(message, "stop")
    assert (choice.images, choice.text) == ((image,), "")


@pytest.mark.parametrize("address", ["/files/x.png", "gs://b/a.png", "files/x.png", "files/x"])
def test_an_address_that_only_the_service_can_open_is_text(address):
    choice = answer_of({"content": "See:", "images": [address]}, "stop")
    assert (choice.images, choice.text) == ((), f"See:\n\n![image]({address})")
    events = [{"choices": [{"index": 0, "delta": {"images": [address]}}]}] * 2
    chunks = decode_stream(to_stream(delta("See:"), *events), ONE)
    assert merge_chunks(chunks).choice.text == choice.text


@pytest.mark.parametrize(
    "fields",
    [
        {"images": ["%%%"]},
        {"images": ["file-abc123"]},
        {"content": [{"type": "text", "text": "See:"}, {"type": "file", "file": {"file_id": "f"}}]},
        {"content": [{"type": "text", "text": "See:"}, {"type": "video_url", "video_url": {}}]},
    ],
    ids=json.dumps,
)
def test_a_medium_that_cannot_be_read_is_left_out_with_a_warning(fields, caplog):
    choice = answer_of({"content": "See:", **fields}, "stop")
    assert (choice.images, choice.text) == ((), "See:")
    assert "left out" in caplog.text


def test_an_image_that_is_repeated_counts_once():
    image = {"images": [{"image_url": {"url": PNG}}]}
    events = [{"choices": [{"index": 0, "delta": {"content": "Here: ", **image}}]}] * 2
    chunks = decode_stream(to_stream(*events, END), ONE)
    assert [chunk.choice.images for chunk in chunks] == [(PNG,), (), (), ()]
    assert merge_chunks(chunks).choice.images == (PNG,)


def test_a_whole_reply_may_be_an_event_stream():
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    body = to_stream(delta("Hel"), delta("lo"), {**END, "usage": usage})
    for start in (b"", b"\xef\xbb\xbf", b": hello\n\n", b"event: message\n"):
        chunk = StreamDecoder(ONE).read_whole(start + body)
        assert (chunk.text, chunk.choice.finish_reason, chunk.is_last) == ("Hello", "stop", True)
        assert chunk.usage.total_tokens == 3


def test_an_event_stream_that_is_cut_is_an_error_of_a_whole_reply():
    with pytest.raises(StreamError) as caught:
        StreamDecoder(ONE).read_whole(to_stream(delta("Hel"), done=False))
    assert caught.value.partial.text == "Hel"


FUNCTION = {"name": "f", "arguments": '{"a":1}'}
# Ways in which services write the call of `f`.
CALL_SHAPES = [
    {"toolCalls": [{"id": "t", "function": FUNCTION}]},
    {"tool_call": {"id": "t", "function": FUNCTION}},
    {"tool_calls": [{"id": "t", "functionCall": {"name": "f", "args": {"a": 1}}}]},
    {"tool_calls": [{"id": "t", "tool": "f", "args": {"a": 1}}]},
    {"tool_calls": [{"id": "t", "function": {"tool_name": "f", "arguments": '{"a":1}'}}]},
    {"content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}]},
    {"content": [{"type": "tool_call", "id": "t", "name": "f", "args": {"a": 1}}]},
    {"content": [{"type": "tool-call", "toolCallId": "t", "toolName": "f", "args": {"a": 1}}]},
    {"content": [{"type": "function_call", "call_id": "t", "name": "f", "arguments": '{"a":1}'}]},
    {"content": [{"functionCall": {"id": "t", "name": "f", "args": {"a": 1}}}]},
    {"content": [{"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}}]},
    {"content": {"functionCall": {"id": "t", "name": "f", "args": {"a": 1}}}},
]


@pytest.mark.parametrize("message", CALL_SHAPES, ids=json.dumps)
def test_a_call_is_read_in_any_shape(message):
    choice = answer_of({"role": "assistant", "content": None, **message}, "tool_calls")
    [call] = choice.tool_calls
    assert (call.id, call.name, call.arguments, choice.text) == ("t", "f", '{"a":1}', "")


def test_calls_next_to_text_in_the_content_are_read():
    parts = [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "u", "name": "g", "input": {}},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": "x"}},
    ]
    choice = answer_of({"content": parts}, "tool_use")
    assert choice.text == "Let me see."
    assert [(call.id, call.name) for call in choice.tool_calls] == [("t", "f"), ("u", "g")]


@pytest.mark.parametrize("refusal", ["no", {"message": "no"}, [{"text": "no"}], {"text": "no"}])
def test_a_refusal_is_read_in_any_shape(refusal):
    assert answer_of({"content": None, "refusal": refusal}, "stop").refusal == "no"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({}, "refusal"), ({"refusal": True}, "stop"), ({"refusal": "true"}, "stop")],
)
def test_the_text_of_an_answer_that_says_it_is_a_refusal_is_the_refusal(fields, reason):
    choice = answer_of({"content": "I cannot.", **fields}, reason)
    assert (choice.text, choice.refusal) == ("I cannot.", "I cannot.")


def test_parts_in_a_list_of_lists_are_parts():
    parts = [[{"type": "text", "text": "a"}], [{"type": "text", "text": "b"}]]
    assert answer_of({"content": parts}, "stop").text == "ab"
    assert answer_of({"content": [[1, 2], [3]]}, "stop").text == "[[1,2],[3]]"


def test_white_space_is_part_of_a_refusal_that_has_begun():
    words = ["", " ", "No", " ", " none of that", "\n"]
    events = [{"choices": [{"index": 0, "delta": {"refusal": word}}]} for word in words]
    chunks = decode_stream(to_stream(*events, END), ONE)
    assert merge_chunks(chunks).choice.refusal == "No  none of that\n"
    for nothing in ("", " ", "null", "None", None, "N/A", False, "false"):
        assert answer_of({"content": "a", "refusal": nothing}, "stop").refusal == ""


def test_more_fields_that_hold_an_answer_are_read():
    assert answer_of({"output": "o"}, "stop").text == "o"
    url = "https://a.example/i.png"
    assert answer_of({"content": None, "image": {"url": url}}, "stop").images == (url,)


@pytest.mark.parametrize("field", [{"verdict": "x"}, {"frames": [{"a": 1}]}, {"video": {"u": 1}}])
def test_a_message_of_unknown_fields_is_an_error(field):
    for error in outcomes({"role": "assistant", "content": None, **field}, "stop"):
        assert type(error) is ProtocolError
        assert f"`{next(iter(field))}`" in str(error)


@pytest.mark.parametrize(
    "fields", [{"annotations": [{"a": 1}]}, {"name": "m"}, {"provider_specific_fields": {"a": 1}}]
)
def test_an_empty_answer_may_have_fields_that_are_no_answer(fields):
    assert answer_of({"content": "", **fields}, "stop").text == ""


def test_two_deltas_of_one_choice_in_a_chunk_are_joined():
    both = {"choices": [{"index": 0, "delta": {"content": text}} for text in "ab"]}
    for options in (ONE, ReplyOptions()):
        chunks = decode_stream(to_stream(both, END), options)
        assert chunks[0].text == merge_chunks(chunks).text == "ab"


@pytest.mark.parametrize("last", [{}, {"delta": None}, {"delta": {}}])
def test_the_whole_message_after_its_deltas_is_ignored(last):
    message = {"role": "assistant", "content": "Hello"}
    end = {"choices": [{"index": 0, "message": message, "finish_reason": "stop", **last}]}
    assert merge_chunks(decode_stream(to_stream(delta("Hel"), delta("lo"), end), ONE)).text == (
        "Hello"
    )
    assert merge_chunks(decode_stream(to_stream(end), ONE)).text == "Hello"


def test_a_stream_may_name_its_deltas_messages():
    events = [{"choices": [{"index": 0, "message": {"content": text}}]} for text in ("a", "b")]
    assert merge_chunks(decode_stream(to_stream(*events, END), ONE)).text == "ab"


def test_calls_that_only_the_whole_message_after_the_deltas_has_are_read():
    message = {"content": "Hi", "tool_calls": [{"id": "t", "function": FUNCTION}]}
    end = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    choice = merge_chunks(decode_stream(to_stream(delta("Hi"), end), ONE)).choice
    assert (choice.text, [call.name for call in choice.tool_calls]) == ("Hi", ["f"])
