"""The two forms of a completion: a document, and the chunks that are it when joined."""

from __future__ import annotations

import pytest

from weryai_emulator.answers.completion import Choice, Completion
from weryai_emulator.web_search.source_shapes import SHAPES

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}},
            "required": ["location"],
        },
    },
}
IN_TWO_PLACES = "Weather in Paris and in Rome?"
REQUESTS = {
    "plain": ("Write a story about 你好.", {}),
    "reasoning": ("Hello", {"model": "DEEPSEEK_R1"}),
    "cut": ("Count to 100", {"max_tokens": 3}),
    "stopped at once": ("Weather?", {"stop": "You"}),
    "several": ("Hello", {"n": 3}),
    "several with reasoning": ("Hello", {"n": 2, "model": "GPT_5"}),
    "web": ("Weather?", {"plugins": [{"id": "web"}]}),
    "tool calls": (IN_TWO_PLACES, {"tools": [WEATHER]}),
    "tool calls of several": (IN_TWO_PLACES, {"tools": [WEATHER], "n": 2}),
    "json": ("Hello", {"response_format": {"type": "json_object"}}),
    "logprobs": ("Hello", {"logprobs": True, "top_logprobs": 1}),
    "spoken": ("Hello", {"modalities": ["text", "audio"]}),
}


def merge(chunks):
    """Put the chunks together the way a client does."""
    choices = {}
    for chunk in chunks:
        for part in chunk["choices"]:
            choice = choices.setdefault(
                part["index"],
                {"message": {"role": None, "content": None}, "logprobs": None, "finish": []},
            )
            merge_delta(choice["message"], part["delta"])
            if part["logprobs"]:
                choice["logprobs"] = (choice["logprobs"] or []) + part["logprobs"]["content"]
            if part["finish_reason"]:
                choice["finish"].append(part["finish_reason"])
    return [choices[index] for index in sorted(choices)]


def merge_delta(message, delta):
    for name, value in delta.items():
        if name == "tool_calls":
            for fragment in value:
                merge_call(message.setdefault("tool_calls", []), fragment)
        elif name in ("content", "reasoning_content") and value is not None:
            message[name] = (message.get(name) or "") + value
        elif value is not None:
            assert message.get(name) is None, f"{name} was sent twice"
            message[name] = value


def merge_call(calls, fragment):
    if fragment["index"] == len(calls):
        calls.append({k: v for k, v in fragment.items() if k != "index"})
        assert fragment["function"]["arguments"] == ""
        return
    assert fragment.keys() == {"index", "function"}
    calls[fragment["index"]]["function"]["arguments"] += fragment["function"]["arguments"]


@pytest.mark.parametrize("case", REQUESTS)
def test_the_joined_chunks_are_the_document(ask, case):
    prompt, fields = REQUESTS[case]
    whole = ask(prompt, **fields)
    *parts, last = ask(prompt, **fields, stream=True, stream_options={"include_usage": True})
    assert last["choices"] == []
    assert last["usage"] == whole["usage"]
    merged = merge(parts)
    assert len(merged) == len(whole["choices"])
    for got, expected in zip(merged, whole["choices"], strict=True):
        assert got["message"] == expected["message"]
        assert got["finish"] == [expected["finish_reason"]]
        assert got["logprobs"] == (expected["logprobs"] and expected["logprobs"]["content"])


def chunks_of(message, *, include_usage=False, choices=1, **fields):
    answers = [Choice(message) for _ in range(choices)]
    usage = {"total_tokens": 7}
    completion = Completion("chatcmpl-1", 5, "GPT_4O", answers, usage, SHAPES["late"], **fields)
    return list(completion.to_chunks(include_usage=include_usage))


def test_chunks_have_the_order_of_openai():
    chunks = chunks_of({"role": "assistant", "content": "Hi.", "reasoning_content": "A hm"})
    header = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 5,
        "model": "GPT_4O",
    }
    deltas = [
        ({"role": "assistant", "content": ""}, None),
        ({"reasoning_content": "A"}, None),
        ({"reasoning_content": " hm"}, None),
        ({"content": "Hi"}, None),
        ({"content": "."}, None),
        ({}, "stop"),
    ]
    assert chunks == [
        {
            **header,
            "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}],
        }
        for delta, reason in deltas
    ]


def test_usage_is_null_until_the_last_chunk():
    *parts, last = chunks_of({"content": "Hi."}, include_usage=True)
    assert all(chunk["usage"] is None for chunk in parts)
    assert (last["choices"], last["usage"]) == ([], {"total_tokens": 7})


def test_the_chunks_of_several_choices_are_interleaved():
    chunks = chunks_of({"content": "Hi."}, choices=2)
    assert [chunk["choices"][0]["index"] for chunk in chunks] == [0, 1] * 4


def test_extra_fields_are_on_the_last_chunk_with_a_choice():
    chunks = chunks_of({"content": "Hi."}, include_usage=True, extra={"grounding": 1})
    assert [chunk.get("grounding") for chunk in chunks] == [None, None, None, 1, None]


ARGUMENTS = '{"location": "Paris"}'


@pytest.mark.parametrize(("fields", "index"), [({}, 0), ({"index": 3}, 3)], ids=["plain", "index"])
def test_a_tool_call_is_opened_and_then_filled(fields, index):
    function = {"name": "get_weather", "arguments": ARGUMENTS}
    call = {"id": "c1", "type": "function", "function": function, **fields}
    deltas = [
        chunk["choices"][0]["delta"] for chunk in chunks_of({"content": None, "tool_calls": [call]})
    ]
    [opening], *fragments = [each["tool_calls"] for each in deltas if "tool_calls" in each]
    assert opening == {
        "index": index,
        "id": "c1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": ""},
    }
    assert len(fragments) > 2
    assert {fragment["index"] for [fragment] in fragments} == {index}
    assert "".join(each["function"]["arguments"] for [each] in fragments) == ARGUMENTS


def test_a_document_has_the_documented_fields():
    completion = Completion(
        "chatcmpl-1", 5, "GPT_4O", [Choice({"content": "Hi."}, None)], None, SHAPES["late"]
    )
    assert completion.to_body() == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 5,
        "model": "GPT_4O",
        "choices": [
            {"index": 0, "message": {"content": "Hi."}, "logprobs": None, "finish_reason": None}
        ],
    }
