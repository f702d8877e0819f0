"""The JSON of each shape, as a document and streamed. `test_offsets` checks its offsets."""

from __future__ import annotations

import pytest

from weryai_emulator.options import SOURCE_SHAPES, Options

PROMPT = "Grüße 🥐! Did the telescope see croissants?"
TELESCOPE = "The telescope sent new pictures of a spiral galaxy this week."
CROISSANTS = "The café in Zürich bakes croissants 🥐 all day, for 2 € each."
ECHO = 'You said: "Grüße 🥐! Did the telescope see croissants?"'
TEXT = f"{ECHO} {TELESCOPE} {CROISSANTS}"
MARKED = f"{ECHO} {TELESCOPE}[1][2] {CROISSANTS}[3]"
# The sentences are the characters 55 to 116 and 117 to 177, and the bytes 60 to 121 and 122 to 189.
SPACE = {
    "type": "web_search_result_location",
    "url": "https://example.com/space",
    "title": "News from space",
    "encrypted_index": "emulated-https://example.com/space",
    "cited_text": TELESCOPE,
}
ASTRONOMY = {
    "type": "web_search_result_location",
    "url": "https://example.net/astronomy",
    "title": "Astronomy today",
    "encrypted_index": "emulated-https://example.net/astronomy",
    "cited_text": TELESCOPE,
}
CAFE = {
    "type": "web_search_result_location",
    "url": "https://cafe.example.org/croissants",
    "title": "Café Löwen, Zürich 🥐",
    "encrypted_index": "emulated-https://cafe.example.org/croissants",
    "cited_text": CROISSANTS,
}
LINK = "https://example.com/search?q=Gr%C3%BC%C3%9Fe+telescope+see+croissants"
RENDERED = f'<a href="{LINK}">Grüße telescope see croissants</a>'
GROUNDING = {
    "webSearchQueries": ["Grüße telescope see croissants"],
    "searchEntryPoint": {"renderedContent": RENDERED},
    "groundingChunks": [
        {"web": {"uri": "https://example.com/space", "title": "News from space"}},
        {"web": {"uri": "https://example.net/astronomy", "title": "Astronomy today"}},
        {"web": {"uri": "https://cafe.example.org/croissants", "title": "Café Löwen, Zürich 🥐"}},
    ],
    "groundingSupports": [
        {
            "segment": {"startIndex": 60, "endIndex": 121, "text": TELESCOPE},
            "groundingChunkIndices": [0, 1],
        },
        {
            "segment": {"startIndex": 122, "endIndex": 189, "text": CROISSANTS},
            "groundingChunkIndices": [2],
        },
    ],
}
GROUNDING_SNAKE = {
    "web_search_queries": ["Grüße telescope see croissants"],
    "search_entry_point": {"rendered_content": RENDERED},
    "grounding_chunks": [
        {"web": {"uri": "https://example.com/space", "title": "News from space"}},
        {"web": {"uri": "https://example.net/astronomy", "title": "Astronomy today"}},
        {"web": {"uri": "https://cafe.example.org/croissants", "title": "Café Löwen, Zürich 🥐"}},
    ],
    "grounding_supports": [
        {
            "segment": {"start_index": 60, "end_index": 121, "text": TELESCOPE},
            "grounding_chunk_indices": [0, 1],
        },
        {
            "segment": {"start_index": 122, "end_index": 189, "text": CROISSANTS},
            "grounding_chunk_indices": [2],
        },
    ],
}
NESTED = [
    {
        "type": "url_citation",
        "url_citation": {
            "url": "https://example.com/space",
            "title": "News from space",
            "content": TELESCOPE,
            "start_index": 55,
            "end_index": 116,
        },
    },
    {
        "type": "url_citation",
        "url_citation": {
            "url": "https://example.net/astronomy",
            "title": "Astronomy today",
            "content": TELESCOPE,
            "start_index": 55,
            "end_index": 116,
        },
    },
    {
        "type": "url_citation",
        "url_citation": {
            "url": "https://cafe.example.org/croissants",
            "title": "Café Löwen, Zürich 🥐",
            "content": CROISSANTS,
            "start_index": 117,
            "end_index": 177,
        },
    },
]
FLAT = [
    {
        "type": "url_citation",
        "url": "https://example.com/space",
        "title": "News from space",
        "start_index": 55,
        "end_index": 116,
    },
    {
        "type": "url_citation",
        "url": "https://example.net/astronomy",
        "title": "Astronomy today",
        "start_index": 55,
        "end_index": 116,
    },
    {
        "type": "url_citation",
        "url": "https://cafe.example.org/croissants",
        "title": "Café Löwen, Zürich 🥐",
        "start_index": 117,
        "end_index": 177,
    },
]
LITELLM = [
    {
        "type": "url_citation",
        "url_citation": {
            "start_index": 60,
            "end_index": 121,
            "url": "https://example.com/space",
            "title": "News from space",
        },
    },
    {
        "type": "url_citation",
        "url_citation": {
            "start_index": 122,
            "end_index": 189,
            "url": "https://cafe.example.org/croissants",
            "title": "Café Löwen, Zürich 🥐",
        },
    },
]
RESULTS = {
    "citations": [
        "https://example.com/space",
        "https://example.net/astronomy",
        "https://cafe.example.org/croissants",
    ],
    "search_results": [
        {
            "title": "News from space",
            "url": "https://example.com/space",
            "date": "2025-05-28",
            "snippet": TELESCOPE,
        },
        {
            "title": "Astronomy today",
            "url": "https://example.net/astronomy",
            "date": "2025-05-29",
            "snippet": TELESCOPE,
        },
        {
            "title": "Café Löwen, Zürich 🥐",
            "url": "https://cafe.example.org/croissants",
            "date": "2025-03-14",
            "snippet": CROISSANTS,
        },
    ],
}
VERTEX = {"vertex_ai_grounding_metadata": [GROUNDING]}
PARTS = [
    {"type": "text", "text": ECHO + " "},
    {"type": "text", "text": TELESCOPE, "citations": [SPACE, ASTRONOMY]},
    {"type": "text", "text": " "},
    {"type": "text", "text": CROISSANTS, "citations": [CAFE]},
]

# The fields of a document in addition to a plain one: of the message, the choice, the reply.
WHOLE = {
    "openrouter": ({"content": TEXT, "annotations": NESTED}, {}, {}),
    "openai_flat": ({"content": TEXT, "annotations": FLAT}, {}, {}),
    "late": ({"content": TEXT, "annotations": NESTED}, {}, {}),
    "perplexity": ({"content": MARKED}, {}, RESULTS),
    "gemini": ({"content": TEXT}, {"groundingMetadata": GROUNDING}, {}),
    "gemini_snake": ({"content": TEXT, "grounding_metadata": GROUNDING_SNAKE}, {}, {}),
    "litellm": ({"content": TEXT, "annotations": LITELLM}, {}, VERTEX),
    "litellm_message": ({"content": TEXT, **VERTEX}, {}, {}),
    "anthropic": ({"content": PARTS}, {}, {}),
}

# The last chunks of a stream, after those of the text: delta, finish reason, the fields of the
# choice, the fields of the chunk.
ENDS = {
    "openrouter": [({"annotations": NESTED}, None, {}, {}), ({}, "stop", {}, {})],
    "openai_flat": [({"annotations": FLAT}, None, {}, {}), ({}, "stop", {}, {})],
    "late": [({}, "stop", {}, {}), ({"annotations": NESTED}, None, {}, {})],
    "perplexity": [({}, "stop", {}, RESULTS)],
    "gemini": [({}, "stop", {"groundingMetadata": GROUNDING}, {})],
    "gemini_snake": [({"grounding_metadata": GROUNDING_SNAKE}, None, {}, {}), ({}, "stop", {}, {})],
    "litellm": [({"annotations": LITELLM}, "stop", {}, VERTEX)],
    "litellm_message": [(VERTEX, "stop", {}, {})],
    "anthropic": [({}, "stop", {}, {})],
}


def test_every_shape_is_written_out():
    assert tuple(WHOLE) == tuple(ENDS) == SOURCE_SHAPES


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_a_document_has_the_sources_where_the_upstream_has_them(search, shape):
    body = search(PROMPT, shape)
    message, choice, reply = WHOLE[shape]
    expected = {
        "index": 0,
        "message": {"role": "assistant", **message},
        "logprobs": None,
        "finish_reason": "stop",
        **choice,
    }
    assert body["choices"] == [expected]
    plain = {"id", "object", "created", "model", "choices", "usage"}
    assert {name: body[name] for name in body.keys() - plain} == reply


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_a_stream_has_the_sources_where_the_upstream_has_them(search, shape):
    chunks = search(PROMPT, shape, stream=True)
    ends = ENDS[shape]
    everywhere = RESULTS if shape == "perplexity" else {}
    header = {name: chunks[0][name] for name in ("id", "object", "created", "model")}
    for chunk in chunks[: -len(ends)]:
        [choice] = chunk["choices"]
        assert choice["delta"].keys() <= {"role", "content"}
        expected = {"index": 0, "delta": choice["delta"], "logprobs": None, "finish_reason": None}
        assert chunk == {**header, "choices": [expected], **everywhere}
    for chunk, (delta, reason, choice, top) in zip(chunks[-len(ends) :], ends, strict=True):
        expected = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        assert chunk == {**header, "choices": [{**expected, **choice}], **top}


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_an_answer_without_sources_is_the_same_in_each_shape(ask, shape):
    options = Options(source_shape=shape)
    for fields in ({}, {"stream": True}):
        assert ask(PROMPT, options=options, **fields) == ask(PROMPT, **fields)


def test_perplexity_repeats_its_lists_on_the_chunk_with_the_usage(search):
    options = {"stream": True, "stream_options": {"include_usage": True}}
    last = search(PROMPT, "perplexity", **options)[-1]
    assert last["choices"] == []
    assert {name: last[name] for name in RESULTS} == RESULTS


def test_the_parts_of_anthropic_are_streamed_with_their_index(search):
    chunks = search(PROMPT, "anthropic", stream=True)
    contents = [chunk["choices"][0]["delta"].get("content") for chunk in chunks]
    opening, *pieces, closing = contents
    assert (opening, closing) == ("", None)
    parts = [part for [part] in pieces]
    assert [part["index"] for part in parts] == sorted(part["index"] for part in parts)
    for index, expected in enumerate(PARTS):
        of_part = [part for part in parts if part["index"] == index]
        cited = [part for part in of_part if "citations" in part]
        assert "".join(part["text"] for part in of_part) == expected["text"]
        # The citations follow the text, one by one.
        assert cited == [
            {"type": "text", "text": "", "citations": [citation], "index": index}
            for citation in expected.get("citations", [])
        ]
        assert of_part[len(of_part) - len(cited) :] == cited


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_each_of_several_answers_has_its_own_sources(search, shape):
    """Google's metadata is in the reply once for each answer, Perplexity's lists once for all."""
    body = search(PROMPT, shape, n=3)
    for choice in body["choices"]:
        assert choice["message"].keys() == {"role", *WHOLE[shape][0]}
        assert choice.keys() >= WHOLE[shape][1].keys()
    assert len(body.get("vertex_ai_grounding_metadata", ())) == (3 if shape == "litellm" else 0)
    if shape == "perplexity":
        assert {name: body[name] for name in RESULTS} == RESULTS
    chunks = search(PROMPT, shape, n=3, stream=True)
    streamed = [each for c in chunks for each in c.get("vertex_ai_grounding_metadata", ())]
    assert streamed == body.get("vertex_ai_grounding_metadata", [])
