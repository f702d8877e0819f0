"""What a web answer cites is what its offsets point at: in every shape, whole and streamed."""

from __future__ import annotations

import re

import pytest

from weryai_emulator.web_search.pages import PAGES

PAGE = {page.url: page for page in PAGES}
WEB = {"plugins": [{"id": "web", "max_results": 3}]}
PROMPTS = {
    "ascii": "Did the telescope see croissants?",
    "two and four bytes": "Grüße 🥐! Did the telescope see croissants?",
    "joined emoji and marks": "👩‍🚀 e\u0301: telescope, croissants",
    "markers and quotes": 'Is [1] or "[9]" the telescope? Croissants!',
    "lines": "Telescope\r\n\u2028croissants\t?",
}
FOUND = [
    "https://example.com/space",
    "https://example.net/astronomy",
    "https://cafe.example.org/croissants",
]


def gather(body, number=0):
    """Return the text of an answer, and its sources as (URL, quoted text) by any shape."""
    if "chunks" not in body:
        choice = body["choices"][number]
        return read(choice["message"], choice, body)
    message, beside, top = {"content": ""}, {}, {}
    for chunk in body["chunks"]:
        for choice in (c for c in chunk["choices"] if c["index"] == number):
            add(message, choice["delta"])
            beside.update(choice)
            top.update(chunk)
    return read(message, beside, top)


def add(message, delta):
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


def read(message, beside, top):
    text = message["content"]
    if isinstance(text, list):
        return "".join(part["text"] for part in text), list(from_parts(text))
    vertex = top.get("vertex_ai_grounding_metadata") or message.get("vertex_ai_grounding_metadata")
    if "groundingMetadata" in beside:
        return text, list(from_google(beside["groundingMetadata"], text))
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
        _, quoted, behind = text.rpartition(result["snippet"])
        marks = behind.split(" ")[0]
        # Whatever was cut, it was the end of the answer.
        assert f"[{number}]" in marks or not quoted or marks == behind
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


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", PROMPTS)
def test_the_sentences_of_the_pages_are_quoted(ask_shaped, case, stream):
    text, sources = gather(ask_shaped(PROMPTS[case], **WEB, stream=stream))
    assert text.startswith(f'You said: "{PROMPTS[case]}"')
    assert text.endswith(("each.", "each.[3]"))
    assert sources == quoted_in(text)
    assert len(sources) == 3


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_sentence_that_was_cut_is_no_source(ask_shaped, stream):
    counts = set()
    for limit in range(1, 64, 3):
        body = ask_shaped(PROMPTS["two and four bytes"], **WEB, stream=stream, max_tokens=limit)
        text, sources = gather(body)
        assert sources == quoted_in(text)
        counts.add(len(sources))
    assert counts == {0, 2, 3}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("stop", "count"),
    [("telescope sent", 0), (" all", 2), ("week.", 0), ([" The café", "never"], 2), ("[3]", 3)],
)
def test_a_stop_cuts_sources_off(ask_shaped, stop, count, stream):
    text, sources = gather(ask_shaped(PROMPTS["ascii"], **WEB, stream=stream, stop=stop))
    assert sources == quoted_in(text)
    assert len(sources) == count


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("limit", [None, 40, 44])
def test_each_of_several_answers_quotes_for_itself(ask_shaped, shape, stream, limit):
    prompt = PROMPTS["two and four bytes"]
    body = ask_shaped(prompt, **WEB, stream=stream, n=4, max_tokens=limit)
    if shape == "litellm" and not stream:
        metadata = body["vertex_ai_grounding_metadata"]
        bodies = [{**body, "vertex_ai_grounding_metadata": [each]} for each in metadata]
    else:
        bodies = [body] * 4
    texts = set()
    for number, answer in enumerate(bodies):
        text, sources = gather(answer, number)
        texts.add(text)
        if shape == "perplexity":
            # One list for all: what no answer of these has quoted is not in it.
            assert sources[: len(quoted_in(text))] == quoted_in(text)
        else:
            assert sources == quoted_in(text)
    assert len(texts) == 4


CONTEXT = (
    "Context information is below.\n---------------------\n"
    "Zoë's telescope 🔭 is in Zürich. Her café is closed.\n---------------------\n"
    "Query: Where is the telescope of the croissants?\nAnswer: "
)
CALL = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
TOLD = [
    {"role": "user", "content": "Did the telescope see croissants?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "Oui, à 3 € 🥐"},
]
BEHIND = {
    "context": (CONTEXT, "Zoë's telescope 🔭 is in Zürich."),
    "tool result": (TOLD, "look_up returned: Oui, à 3 € 🥐"),
    "long text": ("Write 20 words on telescope and croissants", "Once upon a time"),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("case", BEHIND)
def test_quotes_follow_any_answer_in_words(ask_shaped, case, stream):
    messages, start = BEHIND[case]
    text, sources = gather(ask_shaped(messages, **WEB, stream=stream))
    assert text.startswith(start)
    assert sources == quoted_in(text)
    assert len(sources) == 3


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_reasoning_model_cites_as_well(ask_shaped, stream):
    fields = {"model": "GEMINI_3_1_PRO", "stream": stream}
    text, sources = gather(ask_shaped(PROMPTS["two and four bytes"], **WEB, **fields))
    assert sources == quoted_in(text)
    assert len(sources) == 3


def test_offsets_differ_by_unit():
    """Offsets in the wrong unit are noticed: the pages and the prompt see to it."""
    sentence = PAGE["https://cafe.example.org/croissants"].sentence
    sizes = [len(sentence), len(sentence.encode("utf-16-le")) // 2, len(sentence.encode())]
    assert sizes == [60, 61, 67]


@pytest.mark.parametrize("shape", ["litellm"], indirect=True)
def test_bytes_and_characters_agree_in_ascii(ask_shaped):
    message = ask_shaped("The weather?", plugins=[{"id": "web"}])["choices"][0]["message"]
    assert list(from_annotations(message["annotations"], message["content"])) == [
        ("https://example.com/weather", "It is sunny and 22 degrees in San Francisco today.")
    ]
