"""The offsets of each shape, read back: they enclose the sentences of the cited pages."""

from __future__ import annotations

import re

import pytest

from weryai_emulator.options import SOURCE_SHAPES
from weryai_emulator.web_search.pages import PAGES

PAGE = {page.url: page for page in PAGES}
# Characters of one, two and four bytes.
PROMPT = "Grüße 🥐! Did the telescope see croissants?"
FOUND = [
    "https://example.com/space",
    "https://example.net/astronomy",
    "https://cafe.example.org/croissants",
]


def gather(reply, number=0):
    """Return the text of an answer, and its sources of any shape as (URL, quoted text)."""
    if isinstance(reply, dict):
        choice = reply["choices"][number]
        # A document has LiteLLM's metadata of all answers in one list.
        metadata = reply.get("vertex_ai_grounding_metadata", [])[number:]
        top = {**reply, "vertex_ai_grounding_metadata": metadata}
        return read(choice["message"], choice, top)
    message, fields, top = {"content": ""}, {}, {}
    for chunk in reply:
        for choice in (c for c in chunk["choices"] if c["index"] == number):
            add_delta(message, choice["delta"])
            fields.update(choice)
            top.update(chunk)
    return read(message, fields, top)


def add_delta(message, delta):
    content = delta.get("content")
    message.update({**delta, "content": message["content"]})
    if isinstance(content, str) and content:
        message["content"] += content
    for piece in content if isinstance(content, list) else ():
        parts = message["content"] = message["content"] or []
        if piece["index"] == len(parts):
            parts.append({"type": "text", "text": "", "citations": []})
        parts[-1]["text"] += piece["text"]
        parts[-1]["citations"] += piece.get("citations", [])


def read(message, choice, top):
    text = message["content"]
    if isinstance(text, list):
        return "".join(part["text"] for part in text), list(from_parts(text))
    vertex = top.get("vertex_ai_grounding_metadata") or message.get("vertex_ai_grounding_metadata")
    if "groundingMetadata" in choice:
        return text, list(from_google(choice["groundingMetadata"], text))
    if "grounding_metadata" in message:
        return text, list(from_google(camel_case(message["grounding_metadata"]), text))
    if vertex and "annotations" in message:
        annotated = [each["url_citation"] for each in message["annotations"]]
        cut = [cut_bytes(text, each["start_index"], each["end_index"]) for each in annotated]
        found = list(from_google(vertex[0], text))
        # Only the first page of a sentence is annotated.
        firsts = {quote: url for url, quote in reversed(found)}
        assert {quote: each["url"] for each, quote in zip(annotated, cut, strict=True)} == firsts
        return text, found
    if vertex:
        return text, list(from_google(vertex[0], text))
    if "citations" in top:
        return text, list(from_lists(top, text))
    return text, list(from_annotations(message.get("annotations", ()), text))


def from_annotations(annotations, text):
    for annotation in annotations:
        assert annotation["type"] == "url_citation"
        citation = annotation.get("url_citation", annotation)
        quote = text[citation["start_index"] : citation["end_index"]]
        assert citation.get("content", quote) == quote
        assert citation["title"] == PAGE[citation["url"]].title
        yield citation["url"], quote


def from_google(metadata, text):
    assert metadata["webSearchQueries"]
    for support in metadata["groundingSupports"]:
        segment = support["segment"]
        quote = cut_bytes(text, segment["startIndex"], segment["endIndex"])
        assert segment["text"] == quote
        for index in support["groundingChunkIndices"]:
            yield metadata["groundingChunks"][index]["web"]["uri"], quote


def from_lists(top, text):
    assert top["citations"] == [result["url"] for result in top["search_results"]]
    for number, result in enumerate(top["search_results"], start=1):
        _, quoted, rest = text.rpartition(result["snippet"])
        marks = rest.split(" ")[0]
        # Only at the end of the answer may the mark be missing, because the answer was cut.
        assert f"[{number}]" in marks or not quoted or marks == rest
        yield result["url"], result["snippet"]


def from_parts(parts):
    for part in parts:
        for citation in part.get("citations", ()):
            assert citation["type"] == "web_search_result_location"
            assert citation["cited_text"] == part["text"]
            yield citation["url"], part["text"]


def cut_bytes(text, start, end):
    return text.encode()[start:end].decode()


def camel_case(value):
    if isinstance(value, list):
        return [camel_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub("_([a-z])", lambda found: found[1].upper(), name): camel_case(item)
        for name, item in value.items()
    }


def quoted_in(text):
    return [(url, PAGE[url].sentence) for url in FOUND if PAGE[url].sentence in text]


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_offsets_enclose_the_sentences_of_the_pages(search, shape):
    for stream in (False, True):
        text, sources = gather(search(PROMPT, shape, stream=stream))
        assert text.startswith(f'You said: "{PROMPT}"')
        assert text.endswith(("each.", "each.[3]"))
        assert sources == quoted_in(text)
        assert len(sources) == 3


@pytest.mark.parametrize("shape", SOURCE_SHAPES)
def test_a_truncated_sentence_is_not_a_source(search, shape):
    for stream in (False, True):
        counts = set()
        for limit in range(1, 64, 3):
            text, sources = gather(search(PROMPT, shape, stream=stream, max_tokens=limit))
            assert sources == quoted_in(text)
            counts.add(len(sources))
        assert counts == {0, 2, 3}


@pytest.mark.parametrize(
    ("stop", "shape", "count"),
    [
        ("telescope sent", "openrouter", 0),
        ("week.", "openrouter", 0),
        (" all", "openrouter", 2),
        ([" The café", "never"], "openrouter", 2),
        ("[3]", "openrouter", 3),
        ("[3]", "perplexity", 3),
    ],
)
def test_a_stop_text_removes_sources(search, stop, shape, count):
    text, sources = gather(search(PROMPT, shape, stop=stop))
    assert sources == quoted_in(text)
    assert len(sources) == count


@pytest.mark.parametrize("shape", [shape for shape in SOURCE_SHAPES if shape != "perplexity"])
def test_each_of_several_answers_quotes_its_own_text(search, shape):
    for limit in (None, 40, 44):
        body = search(PROMPT, shape, n=4, max_tokens=limit)
        chunks = search(PROMPT, shape, n=4, max_tokens=limit, stream=True)
        texts = set()
        for number in range(4):
            text, sources = gather(body, number)
            assert gather(chunks, number) == (text, sources)
            assert sources == quoted_in(text)
            texts.add(text)
        assert len(texts) == 4


def test_several_answers_of_perplexity_share_their_lists(search):
    body = search(PROMPT, "perplexity", n=4, max_tokens=40)
    for number in range(4):
        text, sources = gather(body, number)
        # The lists have the pages of all four answers.
        assert sources[: len(quoted_in(text))] == quoted_in(text)


@pytest.mark.parametrize("shape", ["openrouter", "anthropic"])
def test_a_reasoning_model_cites_too(search, shape):
    for stream in (False, True):
        text, sources = gather(search(PROMPT, shape, model="GEMINI_3_1_PRO", stream=stream))
        assert sources == quoted_in(text)
        assert len(sources) == 3


def test_bytes_and_characters_agree_in_ascii(search):
    message = search("The weather?", "litellm")["choices"][0]["message"]
    assert list(from_annotations(message["annotations"], message["content"])) == [
        ("https://example.com/weather", "It is sunny and 22 degrees in San Francisco today.")
    ]
