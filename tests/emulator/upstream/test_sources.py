"""Sources in the answers of an upstream: the JSON of each shape, as a document and streamed."""

from __future__ import annotations

import pytest

from weryai_emulator.options import SOURCE_SHAPES
from weryai_emulator.upstream.answer import Answer, AnswerStream
from weryai_emulator.upstream.sources import Search
from weryai_emulator.web_search.pages import Page
from weryai_emulator.web_search.source_shapes import SHAPES

# Characters of two and four bytes: the text is 13 characters and 19 bytes long.
TEXT = "Ja, 🥐 für 2 €"
FIRST = Page("https://example.com/a", "First", "2025-06-01", "Croissants cost 2 €.")
SECOND = Page("https://example.com/b", "Second", "2025-06-02", "The café is open.")
IDENTITY = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "GPT_4O"}

NESTED = [
    {
        "type": "url_citation",
        "url_citation": {
            "url": "https://example.com/a",
            "title": "First",
            "content": "Croissants cost 2 €.",
            "start_index": 0,
            "end_index": 13,
        },
    },
    {
        "type": "url_citation",
        "url_citation": {
            "url": "https://example.com/b",
            "title": "Second",
            "content": "The café is open.",
            "start_index": 0,
            "end_index": 13,
        },
    },
]
FLAT = [
    {
        "type": "url_citation",
        "url": "https://example.com/a",
        "title": "First",
        "start_index": 0,
        "end_index": 13,
    },
    {
        "type": "url_citation",
        "url": "https://example.com/b",
        "title": "Second",
        "start_index": 0,
        "end_index": 13,
    },
]
RESULTS = {
    "citations": ["https://example.com/a", "https://example.com/b"],
    "search_results": [
        {
            "title": "First",
            "url": "https://example.com/a",
            "date": "2025-06-01",
            "snippet": "Croissants cost 2 €.",
        },
        {
            "title": "Second",
            "url": "https://example.com/b",
            "date": "2025-06-02",
            "snippet": "The café is open.",
        },
    ],
}
RENDERED = '<a href="https://example.com/search?q=croissants">croissants</a>'
GROUNDING = {
    "webSearchQueries": ["croissants"],
    "searchEntryPoint": {"renderedContent": RENDERED},
    "groundingChunks": [
        {"web": {"uri": "https://example.com/a", "title": "First"}},
        {"web": {"uri": "https://example.com/b", "title": "Second"}},
    ],
    "groundingSupports": [
        {"segment": {"endIndex": 19, "text": TEXT}, "groundingChunkIndices": [0, 1]}
    ],
}
GROUNDING_SNAKE = {
    "web_search_queries": ["croissants"],
    "search_entry_point": {"rendered_content": RENDERED},
    "grounding_chunks": [
        {"web": {"uri": "https://example.com/a", "title": "First"}},
        {"web": {"uri": "https://example.com/b", "title": "Second"}},
    ],
    "grounding_supports": [
        {"segment": {"end_index": 19, "text": TEXT}, "grounding_chunk_indices": [0, 1]}
    ],
}
VERTEX = {"vertex_ai_grounding_metadata": [GROUNDING]}
CITATIONS = [
    {
        "type": "web_search_result_location",
        "url": "https://example.com/a",
        "title": "First",
        "encrypted_index": "emulated-https://example.com/a",
        "cited_text": "Croissants cost 2 €.",
    },
    {
        "type": "web_search_result_location",
        "url": "https://example.com/b",
        "title": "Second",
        "encrypted_index": "emulated-https://example.com/b",
        "cited_text": "The café is open.",
    },
]

# The fields of a document: of the message, of the choice, of the reply. LiteLLM makes no annotation
# of a text that begins at offset 0, because Google omits the offset.
WHOLE = {
    "openrouter": ({"content": TEXT, "annotations": NESTED}, {}, {}),
    "openai_flat": ({"content": TEXT, "annotations": FLAT}, {}, {}),
    "late": ({"content": TEXT, "annotations": NESTED}, {}, {}),
    "perplexity": ({"content": f"{TEXT}[1][2]"}, {}, RESULTS),
    "gemini": ({"content": TEXT}, {"groundingMetadata": GROUNDING}, {}),
    "gemini_snake": ({"content": TEXT, "grounding_metadata": GROUNDING_SNAKE}, {}, {}),
    "litellm": ({"content": TEXT, "annotations": []}, {}, VERTEX),
    "litellm_message": ({"content": TEXT, **VERTEX}, {}, {}),
    "anthropic": (
        {"content": [{"type": "text", "text": TEXT, "citations": CITATIONS}]},
        {},
        {},
    ),
}

# The chunks after those with the text: delta, finish reason, fields of the choice and of the chunk.
ENDS = {
    "openrouter": [({"annotations": NESTED}, None, {}, {}), ({}, "stop", {}, {})],
    "openai_flat": [({"annotations": FLAT}, None, {}, {}), ({}, "stop", {}, {})],
    "late": [({}, "stop", {}, {}), ({"annotations": NESTED}, None, {}, {})],
    "perplexity": [({"content": "[1][2]"}, None, {}, RESULTS), ({}, "stop", {}, RESULTS)],
    "gemini": [({}, "stop", {"groundingMetadata": GROUNDING}, {})],
    "gemini_snake": [({"grounding_metadata": GROUNDING_SNAKE}, None, {}, {}), ({}, "stop", {}, {})],
    "litellm": [({"annotations": []}, "stop", {}, VERTEX)],
    "litellm_message": [(VERTEX, "stop", {}, {})],
    "anthropic": [
        (
            {"content": [{"type": "text", "text": "", "citations": CITATIONS[:1], "index": 0}]},
            None,
            {},
            {},
        ),
        (
            {"content": [{"type": "text", "text": "", "citations": CITATIONS[1:], "index": 0}]},
            None,
            {},
            {},
        ),
        ({}, "stop", {}, {}),
    ],
}


def answer_in(shape):
    return Answer("chatcmpl-1", "GPT_4O", Search("croissants", (FIRST, SECOND), SHAPES[shape]))


def streamed(shape, *chunks):
    stream = AnswerStream(answer_in(shape))
    return [sent for chunk in chunks for sent in stream.translate(chunk)]


def chunk_of(delta, finish_reason=None, **fields):
    """A chunk of the upstream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    head = {"id": "up", "object": "chat.completion.chunk", "created": 7, "model": "small"}
    return {**head, "choices": [choice], **fields}


def test_every_shape_is_written_out():
    assert tuple(WHOLE) == tuple(ENDS) == SOURCE_SHAPES


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_a_document_has_the_sources_where_the_shape_has_them(shape):
    message = {"role": "assistant", "content": TEXT, "reasoning_content": "Hm."}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    head = {"id": "up", "object": "chat.completion", "created": 7, "model": "small"}
    usage = {"prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9}
    body = answer_in(shape).document({**head, "choices": [choice], "usage": usage, "timings": {}})
    in_message, in_choice, in_reply = WHOLE[shape]
    assert body == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 7,
        "model": "GPT_4O",
        "choices": [{**choice, "message": {**message, **in_message}, **in_choice}],
        "usage": usage,
        "timings": {},
        **in_reply,
    }


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_a_stream_has_the_sources_where_the_shape_has_them(shape):
    deltas = [{"role": "assistant", "content": None}, {"content": "Ja, "}, {"content": TEXT[4:]}]
    usage = {"prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9}
    sent = streamed(
        shape,
        *(chunk_of(delta, usage=None) for delta in deltas),
        chunk_of({}, "stop", usage=None),
        {**chunk_of({}), "choices": [], "usage": usage},
    )
    everywhere = RESULTS if shape == "perplexity" else {}
    for chunk, delta in zip(sent[:3], deltas, strict=True):
        if shape == "anthropic" and delta["content"]:
            delta = {"content": [{"type": "text", "text": delta["content"], "index": 0}]}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        assert chunk == {**IDENTITY, "choices": [choice], "usage": None, **everywhere}
    for chunk, (delta, reason, in_choice, in_chunk) in zip(sent[3:-1], ENDS[shape], strict=True):
        # Only the upstream's own chunk has its other fields.
        own = {"usage": None} if reason else {}
        [choice] = chunk["choices"]
        assert choice.pop("logprobs", None) is None
        assert choice == {"index": 0, "delta": delta, "finish_reason": reason, **in_choice}
        assert chunk == {**IDENTITY, "choices": [choice], **own, **in_chunk}
    assert sent[-1] == {**IDENTITY, "choices": [], "usage": usage, **everywhere}


def test_sources_follow_a_text_that_comes_with_the_finish_reason():
    logprobs = {"content": [], "refusal": None}
    last = chunk_of({"content": TEXT}, "length", usage={"prompt_tokens": 5})
    last["choices"][0]["logprobs"] = logprobs
    text, sources, end = streamed("openrouter", last)
    assert text == {
        **IDENTITY,
        "choices": [
            {"index": 0, "delta": {"content": TEXT}, "finish_reason": None, "logprobs": logprobs}
        ],
    }
    assert sources["choices"][0]["delta"] == {"annotations": NESTED}
    assert end == {
        **IDENTITY,
        "choices": [{"index": 0, "delta": {}, "finish_reason": "length", "logprobs": None}],
        "usage": {"prompt_tokens": 5},
    }


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_sources_come_once_if_the_finish_reason_comes_twice(shape):
    end = chunk_of({}, "stop")
    once = streamed(shape, chunk_of({"content": TEXT}), end)
    twice = streamed(shape, chunk_of({"content": TEXT}), end, end)
    assert twice[: len(once)] == once
    assert [chunk["choices"][0]["delta"] for chunk in twice[len(once) :]] == [{}]


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_sources_come_at_the_end_of_a_stream_without_finish_reason(shape):
    stream = AnswerStream(answer_in(shape))
    begun = list(stream.translate(chunk_of({"content": TEXT})))
    ended = list(stream.finish())
    whole = streamed(shape, chunk_of({"content": TEXT}), chunk_of({}, "stop"))
    assert len(begun + ended) == len(whole)
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in ended)
    assert [chunk["choices"][0]["delta"] for chunk in begun + ended] == [
        chunk["choices"][0]["delta"] for chunk in whole
    ]
    assert list(AnswerStream(answer_in(shape)).finish()) == []


def test_a_text_in_parts_has_sources_too():
    part = {"type": "text", "text": TEXT}
    body = answer_in("perplexity").document({"choices": [{"message": {"content": [part]}}]})
    marks = {"type": "text", "text": "[1][2]"}
    assert body["choices"][0]["message"]["content"] == [part, marks]
    assert body["citations"] == RESULTS["citations"]
    sent = streamed("openrouter", chunk_of({"content": [part]}), chunk_of({}, "stop"))
    assert sent[1]["choices"][0]["delta"] == {"annotations": NESTED}


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_a_call_without_text_has_no_sources(shape):
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    head = {"id": "chatcmpl-1", "model": "GPT_4O"}
    assert answer_in(shape).document({"choices": [choice]}) == {**head, "choices": [choice]}
    sent = streamed(shape, chunk_of({"tool_calls": [call]}), chunk_of({}, "tool_calls"))
    assert [chunk["choices"][0]["delta"] for chunk in sent] == [{"tool_calls": [call]}, {}]


def test_each_of_several_answers_is_cited_for_its_own_text():
    choices = [
        {"index": index, "message": {"content": text}, "finish_reason": "stop"}
        for index, text in enumerate(["Yes.", "Maybe."])
    ]
    body = answer_in("openai_flat").document({"choices": choices})
    ends = [choice["message"]["annotations"][0]["end_index"] for choice in body["choices"]]
    assert ends == [4, 6]
    stream = AnswerStream(answer_in("openai_flat"))
    chunks = [chunk_of({"content": "Yes."}), chunk_of({"content": "Maybe."})]
    chunks += [chunk_of({}, "stop"), chunk_of({}, "stop")]
    for number in (1, 3):
        chunks[number]["choices"][0]["index"] = 1
    sent = [one["choices"][0] for chunk in chunks for one in stream.translate(chunk)]
    cited = [choice for choice in sent if "annotations" in choice["delta"]]
    assert [
        (choice["index"], choice["delta"]["annotations"][0]["end_index"]) for choice in cited
    ] == [(0, 4), (1, 6)]


@pytest.mark.parametrize("odd", [{"message": "text"}, {"message": {"content": 7}}, {}])
def test_an_odd_choice_is_passed_through(odd):
    assert answer_in("openrouter").document({"choices": [odd]})["choices"] == [odd]
