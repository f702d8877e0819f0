"""Media in the text of tool results: JSON, Python's lists, MCP's objects, bytes, bare base64."""

import json
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weryai_core.media import written as module
from weryai_core.media.written import read_written

BYTES = b"\x89PNG\r\n\x1a\n" + bytes(range(60))
PNG = b64encode(BYTES).decode()
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
WAV = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
PDF = {
    "type": "file",
    "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
}
NO_META = "annotations=None, meta=None"


def text(content):
    return {"type": "text", "text": content}


WRITTEN = {
    "a data URI": (f"data:image/png;base64,{PNG}", [IMAGE]),
    "a data URI with a parameter": (f"data:image/png;name=a.png;base64,{PNG}", [IMAGE]),
    "bare base64": (PNG, [IMAGE]),
    "base64 with line breaks": (f"{PNG[:40]}\n{PNG[40:]}\n", [IMAGE]),
    "LangChain's audio": (
        '[{"type":"text","text":"Here"},{"type":"audio","base64":"UklGRg==",'
        '"mime_type":"audio/wav"}]',
        [text("Here"), WAV],
    ),
    "Google's media": ('{"type":"media","data":"UklGRg==","mime_type":"audio/wav"}', [WAV]),
    "Google's inline data": ('{"inlineData":{"data":"UklGRg==","mimeType":"audio/wav"}}', [WAV]),
    "Anthropic's image": (
        json.dumps(
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": PNG},
            }
        ),
        [IMAGE],
    ),
    "an object of its own form": (
        json.dumps({"mimeType": "image/png", "data": PNG, "width": 4}),
        [IMAGE],
    ),
    "a field": (
        json.dumps({"title": "Cats", "screenshot": PNG}),
        [text('{"title":"Cats","screenshot":"(image/png attached)"}'), IMAGE],
    ),
    "a result of MCP as JSON": (
        json.dumps({"content": [{"type": "image", "data": PNG, "mimeType": "image/png"}]}),
        [text('{"content":["(image/png attached)"]}'), IMAGE],
    ),
    "Python's list": (str([{"type": "image", "data": PNG, "mimeType": "image/png"}]), [IMAGE]),
    "bytes": (str(BYTES), [IMAGE]),
    "bytes in a dict": (
        str({"page": 1, "png": BYTES}),
        [text('{"page":1,"png":"(image/png attached)"}'), IMAGE],
    ),
    "bytes that are text": (
        str(b"name,mime\nAda,text/plain\n\xc3\xa4"),
        [text("name,mime\nAda,text/plain\nä")],
    ),
    "a result of MCP as Python prints it": (
        f"meta=None content=[TextContent(type='text', text='Hi', {NO_META}), "
        f"ImageContent(type='image', data='{PNG}', mimeType='image/png', {NO_META}), "
        "EmbeddedResource(type='resource', resource=BlobResourceContents("
        "uri=AnyUrl('file:///a.pdf'), mimeType='application/pdf', meta=None, blob='JVBERi0='))]",
        [
            text(
                f"meta=None content=[TextContent(type='text', text='Hi', {NO_META}), "
                "ImageContent(type='image', data='(image/png attached)', mimeType='image/png', "
                f"{NO_META}), EmbeddedResource(type='resource', resource=BlobResourceContents("
                "uri=AnyUrl('file:///a.pdf'), mimeType='application/pdf', meta=None, "
                "blob='(application/pdf attached)'))]"
            ),
            IMAGE,
            PDF,
        ],
    ),
    "bytes that are neither": (
        str(b"\x00\xff" * 20),
        [text("(binary data left out)")],
    ),
    "an object as Python prints it": (
        f"title='It\\'s' png='{PNG}' n=1",
        [text("title='It\\'s' png='(image/png attached)' n=1"), IMAGE],
    ),
    "an object with bytes": (
        f"Page(png={BYTES!r}, other=b'abc')",
        [text("Page(png='(image/png attached)', other=b'abc')"), IMAGE],
    ),
    "Python's tuple": (str((1, PNG)), [text('[1,"(image/png attached)"]'), IMAGE]),
    "a table": (
        '[{"type":"file","base64":"YSxiCjEsMg==","mime_type":"text/csv"}]',
        [text("a,b\n1,2")],
    ),
    "an archive": (
        '[{"type":"file","base64":"UEsDBA==","mime_type":"application/zip"}]',
        [text("(application/zip left out)")],
    ),
}
PLAIN = {
    "prose around a data URI": f"See ![a](data:image/png;base64,{PNG}) there.",
    "a sequence of genes": json.dumps({"mimeType": "text/plain", "genes": "ACGT" * 40}),
    "an image with an address": json.dumps(
        {"type": "image", "url": "https://example.com/a.png", "mime_type": "image/png"}
    ),
    "a document that is text": json.dumps(
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "Hello there"},
        }
    ),
    "a file that is described": '{"type":"file","name":"a.png","mime_type":"image/png","size":1}',
    "data that are named and not typed": '{"type":"file","name":"my.pdf","data":"inline12"}',
    "no JSON": '[{"type":"image","mime_type":"image/png","base64":"iVBORw0KGgo=',
    "escapes that Python has not": r"['\d+ mime', '\w+ mime', 'and more of them']",
    "no literal": "b'\\x89PNG and no end of the text at all'  + b'mime'",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_media_in_a_text_become_parts(name):
    written, parts = WRITTEN[name]
    assert read_written(written) == parts


@pytest.mark.parametrize("name", PLAIN)
def test_other_text_stays_as_it_is(name):
    assert read_written(PLAIN[name]) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(before=values, after=values, writer=st.sampled_from([json.dumps, str]))
def test_an_image_is_found_wherever_it_stands(before, after, writer):
    parts = read_written(writer({"a": before, "mime": [after, [PNG]]}))
    assert parts[1:] == [IMAGE]
    assert json.loads(parts[0]["text"]) == {"a": before, "mime": [after, ["(image/png attached)"]]}


@settings(deadline=None)
@given(st.text() | st.sampled_from(list(PLAIN.values())), st.integers(0, 80), st.text(max_size=3))
def test_no_text_is_an_error(written, position, inserted):
    read_written(f"[{written[:position]}{inserted}{written[position:]}, 'mime', b'\\xff']")
    read_written(f"{written[:position]}{inserted}{written[position:]}ImageContent(data='AAAA')mime")


def test_a_long_text_without_media_is_searched_once(monkeypatch):
    searched = []
    monkeypatch.setattr(module, "_find_media", searched.append)
    text = json.dumps({"words": "once " * 200})
    assert [read_written(text), read_written("".join(text)), read_written(text[:-1])] == [None] * 3
    assert searched == [text, text[:-1]]


def test_media_in_a_long_text_are_found_each_time():
    text = json.dumps({"words": "again " * 200, "picture": PNG})
    first, second = read_written(text), read_written(text)
    assert first == second
    assert first[1:] == [IMAGE]


def test_few_texts_without_media_are_known(monkeypatch):
    monkeypatch.setattr(module, "_known", set())
    monkeypatch.setattr(module, "_MOST_KNOWN", 10)
    for number in range(25):
        assert read_written(f"{number} " * 500) is None
    assert len(module._known) == 5
