"""Messages and streams in the shapes of other gateways, and how they are delivered."""

import json
from typing import get_args

import pytest

from weryai_emulator import shapes
from weryai_emulator.shapes import CallForm

HELLO = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
BUSY = {"code": 429, "message": "Upstream is busy"}


@pytest.fixture
def sent(http):
    """The body of the answer as bytes, and the events of a stream."""

    def ask(*, stream=False):
        response = http.post("/chat/completions", json={**HELLO, "stream": stream})
        assert response.status_code == 200
        return response.content

    return ask


def events_of(body):
    texts = [line.removeprefix(b"data: ") for line in body.split(b"\n\n") if line]
    assert texts[-1] == b"[DONE]"
    return [json.loads(text) for text in texts[:-1]]


def test_a_tool_call_has_its_arguments_as_given():
    assert shapes.tool_call("get_weather", {"city": "Rome"}) == {
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
    }
    broken = shapes.tool_call(None, '{"a": "b\nc"', id=None, extra_content={"google": {}})
    assert broken == {
        "type": "function",
        "function": {"name": None, "arguments": '{"a": "b\nc"'},
        "extra_content": {"google": {}},
    }


def test_messages_are_those_of_their_shape():
    call = shapes.tool_call("f", {})
    assert shapes.calling(call, text="I look.") == {"content": "I look.", "tool_calls": [call]}
    assert shapes.refusing("No.") == {"content": None, "refusal": "No."}
    assert shapes.reasoning_in_tags("Hm.", "Yes.") == "<think>Hm.</think>Yes."
    assert shapes.reasoning_in_tags("Hm.", "Yes.", opening=False) == "Hm.</think>Yes."
    assert shapes.reasoning_in_tags("Hm.", "Yes.", tag="thinking").startswith("<thinking>")
    assert shapes.fenced({"a": 1}, before="Here: ") == 'Here: ```json\n{\n  "a": 1\n}\n```'
    details = shapes.reasoning_details("Hm.", None, call)
    assert [detail["text"] for detail in details["reasoning_details"]] == ["Hm."]
    assert details["tool_calls"] == [call]
    assert "tool_calls" not in shapes.reasoning_details("Hm.", "Yes.")
    blocks = shapes.thinking_blocks("Hm.", None, call)
    assert [block["thinking"] for block in blocks["thinking_blocks"]] == ["Hm."]
    assert blocks["tool_calls"] == [call]
    assert "tool_calls" not in shapes.thinking_blocks("Hm.", "Yes.")
    assert shapes.leaked_call("f", {"a": 1}, number=2) == (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.f:2"
        '<|tool_call_argument_begin|>{"a": 1}<|tool_call_end|><|tool_calls_section_end|>'
    )
    arguments = {"city": "Rome", "days": 2}
    leaked = {form: shapes.leaked_call("f", arguments, form=form) for form in get_args(CallForm)}
    del leaked["kimi"]
    assert leaked == {
        "qwen": '<tool_call>{"name": "f", "arguments": {"city": "Rome", "days": 2}}</tool_call>',
        "glm": (
            "<tool_call>f<arg_key>city</arg_key><arg_value>Rome</arg_value>"
            "<arg_key>days</arg_key><arg_value>2</arg_value></tool_call>"
        ),
        "gemini": "```tool_code\nprint(default_api.f(city='Rome', days=2))\n```",
        "gpt-oss": (
            "<|channel|>commentary to=functions.f <|constrain|>json<|message|>"
            '{"city": "Rome", "days": 2}<|call|>'
        ),
    }


@pytest.mark.parametrize(
    ("spelling", "fields"),
    [
        ("openai", {"prompt_tokens_details": {"cached_tokens": 8}}),
        ("deepseek", {"prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 2}),
        ("kimi", {"cached_tokens": 8}),
        ("anthropic", {"cache_read_input_tokens": 8, "cache_creation_input_tokens": 0}),
    ],
)
def test_cached_tokens_have_the_names_of_the_upstream(spelling, fields):
    counts = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    assert shapes.usage(10, 5, cached=8, spelling=spelling) == {**counts, **fields}


def test_an_unknown_spelling_or_form_is_an_error():
    with pytest.raises(ValueError, match="`spelling` is 'mine'"):
        shapes.usage(1, 1, cached=1, spelling="mine")
    with pytest.raises(ValueError, match="`form` is 'mine'"):
        shapes.leaked_call("f", {}, form="mine")


def test_a_stream_has_one_chunk_a_delta_and_an_end():
    chunks = shapes.stream("Hel", {"content": "lo"}, finish_reason="length", usage={"a": 1})
    choices = [chunk["choices"][0] for chunk in chunks]
    assert [choice["delta"] for choice in choices] == [{"content": "Hel"}, {"content": "lo"}, {}]
    assert [choice["finish_reason"] for choice in choices] == [None, None, "length"]
    assert chunks[-1]["usage"] == {"a": 1}


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (
            {"name": ["get_", "weather"], "arguments": ["", "{}"]},
            [("call_1", "get_", ""), (None, "weather", "{}")],
        ),
        (
            {"name": [None, "f"], "arguments": ["{}"], "id_at": 1},
            [(None, None, "{}"), ("call_1", "f", "")],
        ),
        ({"name": ["f"], "arguments": ["{}"], "id": None}, [(None, "f", "{}")]),
    ],
    ids=["a name in pieces", "a late name and id", "no id"],
)
def test_a_tool_call_comes_fragment_by_fragment(arguments, fragments):
    *chunks, end = shapes.tool_call_stream(**arguments)
    entries = [chunk["choices"][0]["delta"]["tool_calls"][0] for chunk in chunks]
    assert [
        (entry.get("id"), entry["function"].get("name"), entry["function"]["arguments"])
        for entry in entries
    ] == fragments
    assert end["choices"][0]["finish_reason"] == "tool_calls"


def test_half_a_surrogate_pair_is_sent_as_an_escape(emulator, sent):
    emulator.reply_chunks(shapes.stream("Hi \ud83d", "\ude00!"))
    body = sent(stream=True)
    assert rb'"content":"Hi \ud83d"' in body
    assert rb'"content":"\ude00!"' in body
    emulator.reply("Hi \ud83d")
    assert rb'"content":"Hi \ud83d"' in sent()
    emulator.reply_json({"text": "\ude00"})
    assert sent() == rb'{"text": "\ude00"}'


def test_an_error_stands_beside_the_choices_in_the_choice_or_alone(emulator, sent):
    places = {}
    for place in ("reply", "choice", "event"):
        emulator.reply("Half an", finish_reason="error", error=BUSY, error_place=place)
        places[place] = json.loads(sent())
    assert places["reply"]["error"] == BUSY
    assert places["reply"]["choices"][0]["message"]["content"] == "Half an"
    assert places["choice"]["choices"][0]["error"] == BUSY
    assert places["choice"]["choices"][0]["finish_reason"] == "error"
    assert places["event"] == BUSY


@pytest.mark.parametrize("finish_reason", ["error", None])
def test_an_error_ends_a_stream_after_its_text(emulator, sent, finish_reason):
    for place in ("reply", "choice", "event"):
        emulator.reply("Half an", finish_reason=finish_reason, error=BUSY, error_place=place)
        *chunks, end = events_of(sent(stream=True))
        said = [chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks]
        assert "".join(said) == "Half an"
        assert not any("error" in str(chunk) for chunk in chunks)
        choice = end["choices"][0] if place != "event" else {}
        assert {"reply": end.get("error"), "choice": choice.get("error"), "event": end}[
            place
        ] == BUSY
        assert choice.get("finish_reason") == (finish_reason if choice else None)


@pytest.mark.parametrize(
    ("envelope", "fields"),
    [
        ("desc", {"status": 0, "desc": "success", "message": "success"}),
        ("msg", {"status": 200, "msg": "Success"}),
        ("success", {"success": True}),
    ],
)
def test_a_reply_in_an_envelope_is_whole(emulator, sent, envelope, fields):
    for stream in (False, True):
        emulator.reply("Hello", envelope=envelope)
        body = json.loads(sent(stream=stream))
        completion = body.pop("data")
        assert body == fields
        assert completion["choices"][0]["message"]["content"] == "Hello"


def test_a_reply_is_delivered_whole_or_streamed_whatever_was_asked(emulator, sent):
    emulator.reply("Hello", delivered="streamed")
    assert events_of(sent())[0]["object"] == "chat.completion.chunk"
    emulator.reply("Hello", delivered="whole")
    assert json.loads(sent(stream=True))["object"] == "chat.completion"


def test_fields_are_left_out_of_each_chunk(emulator, sent):
    emulator.reply("Hello", without=["model", "id"])
    assert not {"model", "id"} & json.loads(sent()).keys()
    emulator.reply("Hello", without=["model"])
    assert not any("model" in chunk for chunk in events_of(sent(stream=True)))


@pytest.mark.parametrize(
    "options",
    [{"error_place": "top"}, {"envelope": "mine"}, {"delivered": "late"}, {"without": "model"}],
    ids=str,
)
def test_an_unknown_option_is_an_error(emulator, options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}`"):
        emulator.reply("Hello", **options)
