"""Reading HAR files, of the doctor and of other programs."""

import json

import pytest

from weryai_emulator.cassettes.har import read_cassettes

URL = "https://api.weryai.com/v1/chat/completions"


def entry(text="Hi", *, started="2026-01-01T00:00:00Z", url=URL, method="POST", **response):
    answer = {"status": 200, "headers": [], "content": {"text": text}, **response}
    return {
        "startedDateTime": started,
        "request": {"method": method, "url": url, "postData": {"text": '{"a": 1}'}},
        "response": answer,
    }


@pytest.fixture
def read(tmp_path):
    """Write files of these entries and read them."""

    def run(**files):
        for name, entries in files.items():
            log = {"log": {"version": "1.2", "entries": entries}}
            (tmp_path / f"{name}.har").write_text(json.dumps(log))
        return read_cassettes(tmp_path)

    return run


def test_a_request_is_read_without_host_and_query(read):
    [one] = read(a=[entry(url=f"{URL}?key=1", method="post")])
    assert (one.place, one.method, one.path) == ("a.har, entry 1", "POST", "/v1/chat/completions")
    assert (one.body, one.json) == (b'{"a": 1}', {"a": 1})
    assert (one.status, one.pieces, one.is_cut) == (200, ((0.0, b"Hi"),), False)


def test_a_request_without_a_body_has_no_json(read):
    plain = {**entry(), "request": {"method": "GET", "url": URL}}
    text = {**entry(), "request": {"method": "POST", "url": URL, "postData": {"text": "{"}}}
    assert [(one.body, one.json) for one in read(a=[plain, text])] == [(b"", None), (b"{", None)]


def test_exchanges_are_in_the_order_of_their_times(read):
    later, earlier = "2026-01-01T00:00:02+01:00", "2026-01-01T00:00:01+02:00"
    found = read(
        a=[entry(started=later), entry(started="")],
        b=[entry(started=earlier)],
    )
    assert [one.place for one in found] == ["a.har, entry 2", "b.har, entry 1", "a.har, entry 1"]


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ([("Content-Type", "a/b"), ("X-Id", "1")], (("content-type", "a/b"), ("x-id", "1"))),
        ([("Content-Length", "5"), ("Transfer-Encoding", "chunked")], ()),
        ([("Content-Encoding", "br"), (":status", "200"), ("set-cookie", "a\nb")], ()),
    ],
)
def test_headers_about_length_and_encoding_are_left_out(read, headers, kept):
    [one] = read(a=[entry(headers=[{"name": name, "value": value} for name, value in headers])])
    assert one.headers == kept


@pytest.mark.parametrize(
    ("text", "pieces", "read_as"),
    [
        ("abc", [(10, 1), (30, 2)], ((0.01, b"a"), (0.02, b"bc"))),
        ("é", [(10, 1), (30, 1)], ((0.01, b"\xc3"), (0.02, b"\xa9"))),
        ("abc", [(30, 1), (10, 2)], ((0.03, b"a"), (0.0, b"bc"))),
        ("abc", [(10, 1)], ((0.0, b"abc"),)),
        ("abc", [], ((0.0, b"abc"),)),
        ("", [], ()),
    ],
    ids=["in order", "within a character", "out of order", "too short", "none", "empty"],
)
def test_pieces_are_cut_by_their_sizes(read, text, pieces, read_as):
    listed = [{"time": time, "size": size} for time, size in pieces]
    [one] = read(a=[entry(text, _pieces=listed)])
    assert [(round(wait, 6), data) for wait, data in one.pieces] == list(read_as)


def test_base64_is_decoded(read):
    [one] = read(a=[entry(content={"text": "/wA=", "encoding": "base64"}, _error="ReadError")])
    assert (one.pieces, one.is_cut) == (((0.0, b"\xff\x00"),), True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "`cassettes`: a.har is not a HAR file."),
        ("[]", "`cassettes`: a.har is not a HAR file."),
        ('{"log": {}}', "`cassettes`: a.har is not a HAR file."),
        ('{"log": {"entries": [3]}}', "`cassettes`: a.har, entry 1 is not one of HAR 1.2"),
        ('{"log": {"entries": [{"request": {}}]}}', "a.har, entry 1 is not one of HAR 1.2"),
        (
            json.dumps({"log": {"entries": [entry(content={"text": "!", "encoding": "base64"})]}}),
            "a.har, entry 1 is not one of HAR 1.2 (base64: ",
        ),
        (
            json.dumps({"log": {"entries": [entry(started="yesterday")]}}),
            "a.har, entry 1 is not one of HAR 1.2",
        ),
    ],
)
def test_what_is_no_har_is_named(tmp_path, content, message):
    (tmp_path / "a.har").write_text(content)
    with pytest.raises(ValueError, match="cassettes") as error:
        read_cassettes(tmp_path)
    assert message in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "a.har").mkdir()
    with pytest.raises(ValueError, match=r"`cassettes`: a\.har cannot be read"):
        read_cassettes(tmp_path)


def test_a_directory_without_cassettes_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"where no \.har file is\. Pass a directory that"):
        read_cassettes(tmp_path)
