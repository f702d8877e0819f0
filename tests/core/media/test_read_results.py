"""Results of tools with media in the form of any API, files that are text, and other files."""

import pytest

from weryai_core.media.read_results import with_readable_results

PNG = "iVBORw0KGgo="
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
PDF = {
    "type": "file",
    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
}


def text(content):
    return {"type": "text", "text": content}


def file(name, mime_type, data):
    file_data = f"data:{mime_type};base64,{data}"
    return {"type": "file", "file": {"filename": name, "file_data": file_data}}


def read(content, where="auto"):
    messages = [
        {"role": "user", "content": content},
        {"role": "tool", "tool_call_id": "c1", "content": content},
    ]
    first, result = with_readable_results(messages, where)
    assert first is messages[0]
    return result["content"]


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        ({"type": "image", "data": PNG, "mimeType": "image/png"}, IMAGE),
        ({"type": "media", "data": PNG, "mime_type": "image/png"}, IMAGE),
        ({"inline_data": {"data": PNG, "mime_type": "image/png"}}, IMAGE),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
            IMAGE,
        ),
        ({"type": "file", "filename": "a.pdf", "data": "JVBERi0="}, PDF),
        (IMAGE, IMAGE),
        (PDF, PDF),
        (text(f'[{{"type":"image","base64":"{PNG}","mime_type":"image/png"}}]'), IMAGE),
        (file("a.csv", "text/csv", "YSxi"), text("a.csv:\na,b")),
        (file("a.json", "application/vnd.api+json", "e30="), text("a.json:\n{}")),
        (file("a.zip", "application/zip", "UEsDBA=="), text("a.zip:\n(application/zip left out)")),
        (file("a.txt", "text/plain", "/w=="), text("a.txt:\n(text/plain left out)")),
        (
            {"type": "image_url", "image_url": {"url": "data:image/svg+xml;base64,PHN2Zy8+"}},
            text("<svg/>"),
        ),
    ],
    ids=str,
)
def test_a_part_of_a_result_is_in_a_form_that_models_read(part, sent):
    assert read([text("Here."), part, IMAGE]) == [text("Here."), sent, IMAGE]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.svg"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "file", "file": {"file_data": "AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "made_up"},
    ],
    ids=str,
)
def test_other_parts_stay(part):
    content = [part]
    assert read(content) is content


def test_parts_stay_as_they_are_where_the_setting_keeps_them():
    content = [file("a.zip", "application/zip", "UEsDBA==")]
    assert read(content, where="keep") is content


def test_texts_alone_become_one_string():
    assert read([text("Here."), file("a.csv", "text/csv", "YSxi")]) == "Here.\na.csv:\na,b"


@pytest.mark.parametrize(
    "content", ["", " \n", None, [], [None], [text("")], [text(" "), ""]], ids=str
)
def test_a_result_that_says_nothing_says_so(content):
    assert read(content) == read(content, where="keep") == "(empty)"


def test_blank_text_next_to_media_is_left_out():
    assert read([text(""), IMAGE, text(" ")]) == [IMAGE]


def test_results_without_media_are_the_same_messages():
    messages = [
        {"role": "tool", "tool_call_id": "c1", "content": "It is 22 °C in Rome, and sunny."}
    ]
    assert with_readable_results(messages, "auto") is messages
