"""The objects inside a reply: variants, nulls and values that should not be there."""

import copy
import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Choice, Chunk, ToolCallDelta, Usage, WeryAIError, merge_chunks
from weryai_core.reply.completion import find_sources
from weryai_core.reply.reply_stream import ReplyStream

REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1764590000,
    "model": "GPT_4O",
    "system_fingerprint": "fp_1",
    "citations": ["https://a.example"],
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Hello",
                "refusal": "No",
                "reasoning_content": "Hm",
                "annotations": [{"type": "url_citation", "url_citation": {"url": "https://b"}}],
                "tool_calls": [
                    {
                        "index": 0,
                        "id": "a",
                        "type": "function",
                        "function": {"name": "f", "arguments": "{}"},
                    }
                ],
            },
            "logprobs": {"content": [{"token": "Hello", "logprob": -0.1}], "refusal": None},
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 4},
    },
}
PARTS = copy.deepcopy(REPLY)
PARTS["choices"][0]["message"]["content"] = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
    {"type": "text", "text": "Hello"},
]


def choice_of(message):
    """The choice of a whole reply with this message."""
    return decode_whole({"choices": [{"message": message, "finish_reason": "stop"}]}).choice


def paths_in(value, path=()):
    """The way to every field and entry of a JSON object, the object itself not included."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in entries:
        yield (*path, name)
        if isinstance(inner, (dict, list)):
            yield from paths_in(inner, (*path, name))


def with_value_at(document, path, value):
    changed = copy.deepcopy(document)
    parent = changed
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = value
    return changed


def streamed(document):
    """The same document as one chunk of a stream."""
    chunk = copy.deepcopy(document)
    if isinstance(chunk["choices"], list):
        for choice in chunk["choices"]:
            if isinstance(choice, dict):
                choice["delta"] = choice.pop("message", None)
    return chunk


@contextmanager
def only_our_errors(path):
    try:
        yield
    except WeryAIError:
        pass
    except Exception as error:  # a foreign error is what this test finds
        raise AssertionError(f"{type(error).__name__} because of {path}: {error}") from error


def assert_types(chunk):
    """What the annotations of `Chunk` promise."""
    assert isinstance(chunk, Chunk)
    assert all(isinstance(value, (str, type(None))) for value in (chunk.id, chunk.model))
    assert isinstance(chunk.system_fingerprint, (str, type(None)))
    assert isinstance(chunk.created, (int, type(None)))
    assert isinstance(chunk.usage, (Usage, type(None)))
    for choice in chunk.choices:
        assert isinstance(choice.index, int)
        assert all(
            isinstance(text, str) for text in (choice.text, choice.reasoning, choice.refusal)
        )
        assert isinstance(choice.finish_reason, (str, type(None)))
        for call in choice.tool_calls:
            assert isinstance(call.arguments, str)
            assert all(isinstance(value, (str, type(None))) for value in (call.id, call.name))


WRONG = [None, -1.5, True, "x", {}, [None], [[]], {"x": 1}, float("nan")]


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_reply_with_any_field_replaced_is_a_chunk_of_the_right_types_or_our_error(value):
    for document in (REPLY, PARTS):
        for path in paths_in(document):
            changed = json.loads(json.dumps(with_value_at(document, path, value)))
            with only_our_errors(path):
                assert_types(merge_chunks([ReplyStream().read_whole(changed) or Chunk()]))
            with only_our_errors(path):
                body = to_stream(streamed(changed))
                assert_types(merge_chunks(decode_stream(body, sizes=[None])))


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("Hello", "Hello", ""),
        ("", "", ""),
        (None, "", ""),
        ([], "", ""),
        (["Hel", "lo"], "Hello", ""),
        ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}], "Hello", ""),
        ([{"type": "text", "text": "a"}, {"type": "image_url"}, None, 7], "a", ""),
        ([{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Hi"}], "Hi", "Hm"),
        ([{"thinking": [{"text": "H"}, {"text": "m"}]}, {"text": "Hi"}], "Hi", "Hm"),
        ([{"type": "reasoning", "reasoning": "Hm"}], "", "Hm"),
        ({"text": "Hello"}, "Hello", ""),
        ({"type": "text", "text": {"value": "Hello", "annotations": []}}, "Hello", ""),
        ([{"type": "output_text", "text": "Hel"}, {"type": "text", "content": "lo"}], "Hello", ""),
        ([{"type": "reasoning", "text": "Hm"}, {"text": "Hi"}], "Hi", "Hm"),
        ([{"text": "Hm", "thought": True}, {"text": "Hi"}], "Hi", "Hm"),
        # JSON that a service has parsed
        ({"city": "Rome"}, '{"city":"Rome"}', ""),
        ([{"city": "Rome"}], '[{"city":"Rome"}]', ""),
        (7, "7", ""),
        (True, "true", ""),
        (0, "0", ""),
        (False, "false", ""),
        ({"text": "Good", "score": 5}, '{"text":"Good","score":5}', ""),
        ({"reasoning": "2 + 2", "answer": 4}, '{"reasoning":"2 + 2","answer":4}', ""),
        ({"value": 3}, '{"value":3}', ""),
        ([{"text": "Hm", "page": 1}], '[{"text":"Hm","page":1}]', ""),
    ],
    ids=repr,
)
def test_content_is_text_or_a_list_of_parts(content, text, reasoning):
    choice = choice_of({"content": content})
    assert (choice.text, choice.reasoning) == (text, reasoning)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reasoning_content": "Hm"}, "Hm"),
        ({"reasoning": "Hm"}, "Hm"),
        ({"reasoning_content": "Hm", "reasoning": "Hm"}, "Hm"),
        ({"reasoning_content": None, "reasoning": "Hm"}, "Hm"),
        ({"reasoning_content": "", "reasoning": "Hm"}, "Hm"),
        ({"reasoning": {"effort": "low"}}, ""),
        ({"reasoning": "Hm", "content": [{"thinking": "Hm"}]}, "Hm"),
    ],
    ids=repr,
)
def test_reasoning_has_two_names_and_counts_once(fields, expected):
    choice = choice_of(fields)
    assert choice.reasoning == expected


@pytest.mark.parametrize(
    ("choices", "texts"),
    [
        ([{"message": {"content": "a"}}, {"message": {"content": "b"}}], ["a", "b"]),
        ([{"index": 1, "message": {"content": "b"}}], ["b"]),
        ([{"index": None, "message": {"content": "a"}}], ["a"]),
        ([None, {"message": {"content": "b"}}], ["b"]),
        ([{"delta": {"content": "a"}}], ["a"]),
        ([{"message": None, "delta": {"content": "a"}}], ["a"]),
        ([{"message": "x"}], ["x"]),
        ([{"delta": "x"}], ["x"]),
        ([{"message": [{"type": "text", "text": "x"}]}], ["x"]),
        ([{"text": "x"}], ["x"]),
        ([{"text": {"value": "x"}}], ["x"]),
        ([{"content": "x"}], ["x"]),
        ([{"message": None, "text": "x"}], ["x"]),
        ({"message": {"content": "x"}}, ["x"]),
    ],
    ids=repr,
)
def test_each_object_in_choices_is_a_choice(choices, texts):
    found = decode_whole({"choices": choices}).choices
    assert [(choice.index, choice.text) for choice in found] == list(enumerate(texts))


@pytest.mark.parametrize("choices", [[], None, "x", 7, {"0": {}}, [7], [None]], ids=repr)
def test_a_reply_without_a_choice_is_none(choices):
    assert ReplyStream().read_whole({"id": "c", "choices": choices}) is None


def test_a_streamed_choice_may_say_message_instead_of_delta():
    events = [
        {"choices": [{"delta": {}, "message": {"content": "a"}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": "b"}}]},
    ]
    assert merge_chunks(decode_stream(to_stream(*events))).text == "ab"


@pytest.mark.parametrize("delta", [{}, None])
def test_a_message_that_repeats_the_streamed_text_is_ignored(delta):
    pieces = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ("Hel", "lo")]
    message = {"role": "assistant", "content": "Hello"}
    end = {"index": 0, "delta": delta, "message": message, "finish_reason": "stop"}
    chunks = decode_stream(to_stream(*pieces, {"choices": [end]}))
    assert merge_chunks(chunks).text == "Hello"


def test_a_message_that_is_all_of_a_stream_counts():
    role = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}
    end = {"index": 0, "delta": {}, "message": {"content": "Hello"}, "finish_reason": "stop"}
    assert merge_chunks(decode_stream(to_stream(role, {"choices": [end]}))).text == "Hello"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"content": [], "refusal": None}, {"content": [], "refusal": None}),
        ({"tokens": ["a"], "average": -1.5, "content": {"a": 1}}, {"tokens": ["a"]}),
        *(([1], None), ("x", None), (7, None), (None, None)),
    ],
)
def test_log_probabilities_are_lists_by_name(given, read):
    entry = {"index": 0, "delta": {"content": "Hi"}, "logprobs": given}
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    assert decode_stream(to_stream({"choices": [entry]}, end))[0].choice.logprobs == read
    whole = {"choices": [{"message": {"content": "Hi"}, "logprobs": given}]}
    assert decode_whole(whole).choice.logprobs == read


def test_the_usage_may_be_in_the_choice():
    counts = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    end = {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop", "usage": counts}
    usage = decode_stream(to_stream({"choices": [end]}))[-1].usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (10, 5, 15)
    whole = {"choices": [{"message": {"content": "a"}, "usage": counts}]}
    assert decode_whole(whole).usage == usage


def test_a_choice_holds_all_that_a_message_has():
    choice = decode_whole(REPLY).choice
    assert replace(choice, citations=()) == Choice(
        index=0,
        text="Hello",
        reasoning="Hm",
        refusal="No",
        tool_calls=(ToolCallDelta(0, "a", "f", "{}"),),
        finish_reason="stop",
        logprobs={"content": [{"token": "Hello", "logprob": -0.1}], "refusal": None},
        sources={"annotations": [{"type": "url_citation", "url_citation": {"url": "https://b"}}]},
    )


FUNCTION = {"name": "f", "arguments": '{"a":1}'}


@pytest.mark.parametrize("calls", [{}, {"tool_calls": None}, {"tool_calls": []}], ids=str)
def test_a_call_of_a_function_is_a_tool_call(calls):
    (call,) = choice_of({"content": None, **calls, "function_call": FUNCTION}).tool_calls
    assert (call.index, call.name, call.arguments) == (0, "f", '{"a":1}')
    assert call.id


def test_a_streamed_call_of_a_function_is_a_tool_call():
    pieces = [{"name": "f"}, {"arguments": '{"a"'}, {"name": "f", "arguments": ":1}"}]
    deltas = [{"function_call": piece, "tool_calls": None} for piece in pieces]
    events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "function_call"}]}
    (choice,) = merge_chunks(decode_stream(to_stream(*events, end))).choices
    (call,) = choice.tool_calls
    assert (call.index, call.name, call.arguments) == (0, "f", '{"a":1}')
    assert call.id


def test_a_call_in_both_fields_is_one_call():
    message = REPLY["choices"][0]["message"] | {"function_call": {"name": "f", "arguments": "{}"}}
    assert choice_of(message).tool_calls == (ToolCallDelta(0, "a", "f", "{}"),)


@pytest.mark.parametrize(
    "name",
    [
        "annotations",
        "citations",
        "search_results",
        "groundingMetadata",
        "grounding_metadata",
        "vertex_ai_grounding_metadata",
    ],
)
def test_sources_are_kept_as_they_come(name):
    assert find_sources({name: [{"anything": 1}], "content": "x"}) == {name: [{"anything": 1}]}
    assert find_sources({name: []}, {name: None}, {name: {}}) == {}
    assert find_sources({name: []}, {name: ["b"]}) == {name: ["b"]}


def test_sources_of_choice_and_message_are_both_kept():
    message = {"content": "x", "annotations": [2]}
    payload = {"choices": [{"groundingMetadata": {"a": 1}, "message": message}]}
    assert decode_whole(payload).choice.sources == {
        "groundingMetadata": {"a": 1},
        "annotations": [2],
    }
