"""Merged chunks equal the whole reply."""

import copy
import pickle
from dataclasses import fields, replace

import pytest

from weryai_core import Choice, Chunk, Citation, ToolCallDelta, Usage, merge_chunks
from weryai_core.chunk import holds_only_text, next_arguments
from weryai_core.extras import merge_extras
from weryai_core.integration import merge_sources


def test_an_empty_chunk_has_an_empty_choice():
    assert Chunk().text == ""
    assert Chunk().choice == Choice()


def test_the_text_is_that_of_the_choice_with_index_0():
    assert Chunk((Choice(text="a"), Choice(1, "b"))).text == "a"
    assert Chunk((Choice(1, "b"), Choice(text="a"))).text == "a"
    assert Chunk((Choice(1, "b"),)).text == ""


def test_nothing_merges_to_an_empty_chunk():
    assert merge_chunks([]) == Chunk()


def test_everything_is_merged():
    chunks = [
        Chunk((Choice(text="Hel", reasoning="H", refusal="N"),), id="c", model="m", created=1),
        Chunk((Choice(text="lo", reasoning="m", refusal="o"),), system_fingerprint="fp"),
        Chunk((Choice(tool_calls=(ToolCallDelta(0, "a", "f", "{"),)),)),
        Chunk((Choice(tool_calls=(ToolCallDelta(0, None, None, "}"),)),)),
        Chunk((Choice(sources={"annotations": [1]}),), sources={"citations": ["x"]}),
        Chunk((Choice(sources={"annotations": [2]}),), sources={"citations": ["y"]}),
        Chunk((Choice(citations=(Citation("x"),)),)),
        Chunk((Choice(audio={"id": "a", "transcript": "Hel", "data": "AAAA"}),)),
        Chunk((Choice(audio={"id": "a", "transcript": "lo", "data": "BBBB"}),)),
        Chunk((Choice(audio={"expires_at": 2}),)),
        Chunk((Choice(finish_reason="stop"),)),
        Chunk(usage=Usage(1, 2, 3), is_last=True),
    ]
    merged = merge_chunks(chunks)
    assert merged == Chunk(
        choices=(
            Choice(
                index=0,
                text="Hello",
                reasoning="Hm",
                refusal="No",
                tool_calls=(ToolCallDelta(0, "a", "f", "{}"),),
                finish_reason="stop",
                sources={"annotations": [1, 2]},
                citations=(Citation("x"),),
                audio={"id": "a", "transcript": "Hello", "data": "AAAABBBB", "expires_at": 2},
            ),
        ),
        id="c",
        model="m",
        created=1,
        system_fingerprint="fp",
        usage=Usage(1, 2, 3),
        sources={"citations": ["x", "y"]},
        is_last=True,
    )
    assert merge_chunks([merged]) == merged
    assert merge_chunks([merge_chunks(chunks[:3]), merge_chunks(chunks[3:])]) == merged


def test_choices_are_merged_by_index_and_sorted():
    chunks = [Chunk((Choice(1, "b"),)), Chunk((Choice(0, "a"), Choice(1, "B")))]
    assert [(choice.index, choice.text) for choice in merge_chunks(chunks).choices] == [
        (0, "a"),
        (1, "bB"),
    ]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([None, None], None),
        ([{"content": [1]}, None, {"content": [2]}], {"content": [1, 2]}),
        (
            [{"content": [1], "refusal": None}, {"content": [2], "refusal": None}],
            {"content": [1, 2], "refusal": None},
        ),
        (
            [{"content": [1], "refusal": None}, {"content": None, "refusal": None}],
            {"content": [1], "refusal": None},
        ),
        ([{"content": None}, {"content": [1]}], {"content": [1]}),
        (["x", {"content": [1]}], {"content": [1]}),
    ],
    ids=str,
)
def test_logprobs_are_joined_token_by_token(pieces, expected):
    chunks = [Chunk((Choice(logprobs=piece),)) for piece in pieces]
    assert merge_chunks(chunks).choice.logprobs == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], {}),
        ([{"a": [1]}, {"a": [2]}], {"a": [1, 2]}),
        ([{"a": [1]}, {"b": [2]}], {"a": [1], "b": [2]}),
        ([{"a": [1]}, {"a": [1, 2]}], {"a": [1, 2]}),
        ([{"a": [1]}, {"a": [1]}], {"a": [1]}),
        ([{"a": [1, 2]}, {"a": [1]}], {"a": [1, 2, 1]}),
        ([{"a": {"x": 1}}, {"a": {"y": 2}}], {"a": {"x": 1, "y": 2}}),
        ([{"a": {"x": [1], "y": 1}}, {"a": {"x": [2], "y": 2}}], {"a": {"x": [1, 2], "y": 2}}),
        ([{"a": [1]}, {"a": None}], {"a": [1]}),
        ([{"a": None}, {"a": [1]}], {"a": [1]}),
        ([{"a": [1]}, {"a": {"x": 1}}], {"a": {"x": 1}}),
    ],
    ids=str,
)
def test_lists_and_objects_of_sources_are_joined_and_other_values_replaced(parts, expected):
    assert merge_sources(parts) == expected


def test_merging_does_not_change_its_arguments():
    first, second = {"a": [1]}, {"a": [2]}
    merge_sources([first, second])
    assert (first, second) == ({"a": [1]}, {"a": [2]})


def test_a_chunk_survives_copies_and_pickle():
    choice = Choice(
        text="a", tool_calls=(ToolCallDelta(0, "a"),), citations=(Citation("u", "T", "w", 0, 1),)
    )
    chunk = Chunk((choice,), usage=Usage(1))
    assert copy.deepcopy(chunk) == chunk
    assert pickle.loads(pickle.dumps(chunk)) == chunk


def test_texts_of_reasoning_in_fields_of_a_provider_are_joined():
    pieces = [
        {"provider_specific_fields": {"reasoning_content": "Thi", "citations": None}},
        {"provider_specific_fields": {"reasoning_content": "nk"}},
        {"thought_signature": "a"},
        {"thought_signature": "b"},
    ]
    assert merge_extras(pieces) == {
        "provider_specific_fields": {"reasoning_content": "Think", "citations": None},
        "thought_signature": "b",
    }


ELSE = {
    "index": 1,
    "refusal": "No",
    "tool_calls": (ToolCallDelta(0),),
    "finish_reason": "stop",
    "logprobs": {"content": []},
    "sources": {"annotations": []},
    "citations": (Citation("https://example.com"),),
    "audio": {"id": "a"},
    "images": ("https://example.com/a.png",),
    "extra": {"thinking_blocks": []},
}


def test_a_piece_of_text_or_reasoning_stands_alone():
    assert {field.name for field in fields(Choice)} == {"text", "reasoning", *ELSE}
    assert holds_only_text(Chunk((Choice(text="Hi", reasoning="Hm"),), "1", "GPT_4O", 1))
    assert not any(holds_only_text(Chunk((Choice(**{name: ELSE[name]}),))) for name in ELSE)
    assert not holds_only_text(Chunk((Choice(), Choice(1))))
    assert not holds_only_text(Chunk((Choice(text="Hi"),), is_last=True))
    assert not holds_only_text(Chunk())


def test_a_piece_of_arguments_stands_alone():
    call = ToolCallDelta(1, arguments="Rome")
    assert next_arguments(Chunk((Choice(tool_calls=(call,)),))) is call
    for name, value in {
        **ELSE,
        "text": "Hi",
        "reasoning": "Hm",
        "tool_calls": (call, call),
    }.items():
        piece = Choice(**{"tool_calls": (call,), name: value})
        assert next_arguments(Chunk((piece,))) is None, name
    for begun in ({"id": "call_1"}, {"name": "add"}, {"extra": {"thought_signature": "s"}}):
        assert next_arguments(Chunk((Choice(tool_calls=(replace(call, **begun),)),))) is None
    assert next_arguments(Chunk((Choice(tool_calls=(call,)),), is_last=True)) is None
    assert next_arguments(Chunk()) is None
