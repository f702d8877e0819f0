"""The objects inside a reply: variants, nulls and what should never be there."""

import copy
import json
from contextlib import contextmanager

import pytest

from weryai_core import Choice, Chunk, ToolCallDelta, Usage, WeryAIError, merge_chunks
from weryai_core.reply.completion import to_choices, to_sources, to_usage
from weryai_core.reply.decode import decode_reply

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
FIVE = {"prompt_tokens": 5}
PARTS = copy.deepcopy(REPLY)
PARTS["choices"][0]["message"]["content"] = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
    {"type": "text", "text": "Hello"},
]


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
    except Exception as error:
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


NUMBERS = [float("inf"), float("nan")]
WRONG = [None, 7, -1.5, True, "x", [], {}, [None], [[]], {"x": 1}, *NUMBERS]


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize("document", [REPLY, PARTS], ids=["text", "parts"])
def test_a_whole_reply_with_any_field_replaced_is_a_chunk_or_our_error(document, value):
    for path in paths_in(document):
        body = json.dumps(with_value_at(document, path, value)).encode()
        with only_our_errors(path):
            merge_chunks([decode_reply(body)])


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_stream_with_any_field_replaced_is_chunks_or_our_error(decode_stream, to_stream, value):
    for path in paths_in(PARTS):
        body = to_stream(streamed(with_value_at(PARTS, path, value)))
        with only_our_errors(path):
            merge_chunks(decode_stream(body))


@pytest.mark.parametrize("value", [None, 7, "x", [], {}], ids=repr)
def test_a_field_of_the_wrong_type_counts_as_absent(decode_stream, to_stream, value):
    for path in paths_in(REPLY):
        changed = with_value_at(REPLY, path, value)
        with only_our_errors(path):
            assert_types(decode_reply(json.dumps(changed).encode()))
        with only_our_errors(path):
            assert_types(merge_chunks(decode_stream(to_stream(streamed(changed)))))


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("Hello", "Hello", ""),
        ("", "", ""),
        (None, "", ""),
        ([], "", ""),
        (["Hel", "lo"], "Hello", ""),
        ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}], "Hello", ""),
        ([{"type": "text", "text": None}, {"type": "image_url"}, None, 7], "", ""),
        ([{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Hi"}], "Hi", "Hm"),
        ([{"thinking": [{"text": "H"}, {"text": "m"}]}, {"text": "Hi"}], "Hi", "Hm"),
        ([{"type": "reasoning", "reasoning": "Hm"}], "", "Hm"),
        ({"text": "Hello"}, "", ""),
        (7, "", ""),
    ],
    ids=repr,
)
def test_content_is_text_or_a_list_of_parts(content, text, reasoning):
    (choice,) = to_choices({"choices": [{"message": {"content": content}}]}, None)
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
    (choice,) = to_choices({"choices": [{"message": fields}]}, None)
    assert choice.reasoning == expected


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ([{"message": {"content": "a"}}, {"message": {"content": "b"}}], [(0, "a"), (1, "b")]),
        ([{"index": 1, "message": {"content": "b"}}], [(1, "b")]),
        ([{"index": None, "message": {"content": "a"}}], [(0, "a")]),
        ([None, {"message": {"content": "b"}}], [(1, "b")]),
        ([{"delta": {"content": "a"}}], [(0, "a")]),
        ([{"message": None, "delta": {"content": "a"}}], [(0, "a")]),
        ([{"message": "x"}], [(0, "")]),
        ([], []),
        (None, []),
        ("x", []),
        ({"0": {}}, []),
    ],
    ids=repr,
)
def test_choices_are_numbered_by_index_or_place(choices, expected):
    found = to_choices({"choices": choices}, None)
    assert [(choice.index, choice.text) for choice in found] == expected


def test_a_chunk_may_say_message_instead_of_delta():
    (choice,) = to_choices({"choices": [{"delta": {}, "message": {"content": "a"}}]}, {})
    assert choice.text == "a"


@pytest.mark.parametrize("delta", [{}, None])
def test_a_message_that_repeats_what_was_streamed_is_passed_over(decode_stream, to_stream, delta):
    pieces = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ("Hel", "lo")]
    message = {"role": "assistant", "content": "Hello"}
    end = {"index": 0, "delta": delta, "message": message, "finish_reason": "stop"}
    chunks = decode_stream(to_stream(*pieces, {"choices": [end]}))
    assert merge_chunks(chunks).text == "Hello"


def test_a_message_that_is_all_of_a_stream_is_taken(decode_stream, to_stream):
    role = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}
    end = {"index": 0, "delta": {}, "message": {"content": "Hello"}, "finish_reason": "stop"}
    assert merge_chunks(decode_stream(to_stream(role, {"choices": [end]}))).text == "Hello"


def test_the_usage_may_be_in_the_choice(decode_stream, to_stream):
    counts = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    end = {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop", "usage": counts}
    usage = decode_stream(to_stream({"choices": [end]}))[-1].usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (10, 5, 15)
    whole = {"choices": [{"message": {"content": "a"}, "usage": counts}]}
    assert decode_reply(json.dumps(whole).encode()).usage == usage


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"prompt_tokens": 10, "total_tokens": 15}, (10, 5, 15)),
        ({"completion_tokens": 5, "prompt_tokens": None, "total_tokens": 15}, (10, 5, 15)),
        ({"prompt_tokens": 20, "total_tokens": 15}, (20, 0, 20)),
        ({"prompt_tokens": 10}, (10, 0, 10)),
    ],
    ids=str,
)
def test_a_count_that_is_left_out_is_the_rest(counts, expected):
    usage = to_usage(counts)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == expected


def test_a_choice_holds_all_that_a_message_has():
    (choice,) = to_choices(REPLY, None)
    assert choice == Choice(
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
    message = {"content": None, **calls, "function_call": FUNCTION}
    (choice,) = to_choices({"choices": [{"message": message}]}, None)
    (call,) = choice.tool_calls
    assert (call.index, call.name, call.arguments) == (0, "f", '{"a":1}')
    assert call.id


def test_a_streamed_call_of_a_function_is_a_tool_call(decode_stream, to_stream):
    pieces = [{"name": "f"}, {"arguments": '{"a"'}, {"name": "f", "arguments": ":1}"}]
    deltas = [{"function_call": piece, "tool_calls": None} for piece in pieces]
    events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "function_call"}]}
    (choice,) = merge_chunks(decode_stream(to_stream(*events, end))).choices
    (call,) = choice.tool_calls
    assert (call.index, call.name, call.arguments) == (0, "f", '{"a":1}')
    assert call.id


def test_a_call_that_is_told_in_both_ways_is_one():
    message = REPLY["choices"][0]["message"] | {"function_call": {"name": "f", "arguments": "{}"}}
    (choice,) = to_choices({"choices": [{"message": message}]}, None)
    assert choice.tool_calls == (ToolCallDelta(0, "a", "f", "{}"),)


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
    assert to_sources({name: [{"anything": 1}], "content": "x"}) == {name: [{"anything": 1}]}
    assert to_sources({name: []}, {name: None}, {name: {}}) == {}
    assert to_sources({name: []}, {name: ["b"]}) == {name: ["b"]}


def test_sources_of_choice_and_message_are_both_kept():
    payload = {"choices": [{"groundingMetadata": {"a": 1}, "message": {"annotations": [2]}}]}
    (choice,) = to_choices(payload, None)
    assert choice.sources == {"groundingMetadata": {"a": 1}, "annotations": [2]}


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            REPLY["usage"],
            Usage(
                prompt_tokens=5,
                completion_tokens=7,
                total_tokens=12,
                cached_tokens=1,
                prompt_audio_tokens=2,
                reasoning_tokens=3,
                completion_audio_tokens=4,
                raw=REPLY["usage"],
            ),
        ),
        *(
            ({**usage, "prompt_tokens": 5}, Usage(5, 0, 5, cache_write_tokens=4, raw=usage | FIVE))
            for usage in (
                {"prompt_tokens_details": {"cache_write_tokens": 4}},
                {"prompt_tokens_details": {"cache_creation_tokens": 4}},
                {"cache_creation_input_tokens": 4},
            )
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 7},
            Usage(5, 7, 12, raw={"prompt_tokens": 5, "completion_tokens": 7}),
        ),
        ({"prompt_tokens": 5}, Usage(5, 0, 5, raw={"prompt_tokens": 5})),
        ({"completion_tokens": 7}, Usage(0, 7, 7, raw={"completion_tokens": 7})),
        ({"prompt_tokens": 5.0}, Usage(5, 0, 5, raw={"prompt_tokens": 5.0})),
        (
            {"prompt_tokens": 0, "completion_tokens": 0},
            Usage(0, 0, 0, raw={"prompt_tokens": 0, "completion_tokens": 0}),
        ),
        ({"prompt_tokens": "5", "completion_tokens": None}, None),
        ({"prompt_tokens": True}, None),
        ({}, None),
        (None, None),
        ([5, 7], None),
        ("x", None),
    ],
    ids=repr,
)
def test_usage_is_counts_or_nothing(usage, expected):
    assert to_usage(usage) == expected


@pytest.mark.parametrize("number", ["1e999", "Infinity", "NaN", "-1e999"])
def test_a_count_beyond_all_bounds_is_no_crash(number):
    assert (
        to_usage(json.loads(f'{{"prompt_tokens": {number}, "completion_tokens": 7}}')) is not None
    )


def test_a_later_usage_replaces_the_counts_that_it_has():
    first = to_usage({"prompt_tokens": 5, "completion_tokens": 1, "x": 1})
    second = to_usage({"prompt_tokens": None, "completion_tokens": 7}, first)
    assert (second.prompt_tokens, second.completion_tokens) == (5, 7)
    assert second.raw == {"prompt_tokens": 5, "completion_tokens": 7, "x": 1}
    assert to_usage(None, second) is second
    assert to_usage({}, second).total_tokens == 12


def test_token_counts_are_known_by_their_other_names():
    counts = {
        "input_tokens": 5,
        "output_tokens": 6,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": {"reasoning_tokens": 3},
    }
    usage = to_usage(counts)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (5, 6, 11)
    assert (usage.cached_tokens, usage.reasoning_tokens) == (4, 3)
