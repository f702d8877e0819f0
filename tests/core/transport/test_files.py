"""Files are read within limits."""

import gzip
import os

import pytest
from raw_answers import CHUNKED

from weryai_core import APITimeoutError, InvalidRequestError
from weryai_core.transport.files import reader as files
from weryai_core.transport.files.reader import FileReader


def read_file(path):
    return FileReader().read(path)


def fetch_file(url):
    return FileReader().fetch(url)


def test_a_file_is_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert read_file(path) == read_file(str(path)) == b"abc"


@pytest.mark.parametrize("path", ["/dev/zero", ".", "no/such/file", "a\0b", "a" * 5000, "\ud800"])
def test_what_is_no_file_is_refused(path):
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        read_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidRequestError, match="it is not a file"):
        read_file(tmp_path / "pipe")


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="needs /proc")
def test_files_without_a_size_are_not_read():
    assert read_file("/proc/self/environ") == b""


def test_the_files_of_a_call_are_as_large_as_the_limit_together(
    tmp_path, monkeypatch, service, service_url
):
    monkeypatch.setattr(files, "LARGEST_FILES", 6)
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    service.reply(b"abc")
    reader = FileReader()
    assert reader.read(path) == reader.fetch(service_url) == b"abc"
    path.write_bytes(b"d")
    service.reply(b"d")
    for read in (lambda: reader.read(path), lambda: reader.fetch(service_url)):
        with pytest.raises(InvalidRequestError, match="larger than 6 bytes together"):
            read()


def test_a_file_that_grows_when_decompressed_is_bounded(monkeypatch, service, service_url):
    service.reply(gzip.compress(b"abc"), headers={"content-encoding": "gzip"})
    assert fetch_file(service_url) == b"abc"
    monkeypatch.setattr(files, "LARGEST_FILES", 2**20)
    service.reply(gzip.compress(bytes(2**24)), headers={"content-encoding": "gzip"})
    with pytest.raises(InvalidRequestError, match="larger than 1,048,576 bytes"):
        fetch_file(service_url)


LONG = b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n"
FOUND = b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 99999\r\n\r\n"
DRIPS = {
    "silence": (b"", "hold"),
    "the head": (b"HTTP/1.1 200 OK\r\nx: ", b"a"),
    "announcements": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "the body": (LONG + b"\r\n", b"a"),
    "the size of a chunk": (CHUNKED + b"5;x=", b"a"),
    "empty blocks of gzip": (
        LONG + b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10],
        b"\0\0\0\xff\xff",
    ),
}


@pytest.mark.timeout(60)  # without the limit they never end
@pytest.mark.parametrize(("data", "drip"), DRIPS.values(), ids=DRIPS)
def test_reading_from_an_address_ends(monkeypatch, raw_server, data, drip):
    raw_server.reply(data, then=drip)
    raw_server.reply(data, then=drip)
    with pytest.raises(APITimeoutError, match=r"`total_timeout` of 0\.3 s"):
        FileReader(0.3).fetch(raw_server.url)
    monkeypatch.setattr(files, "LONGEST_READ", 0.3)
    with pytest.raises(InvalidRequestError, match="it takes longer than 0 s"):
        fetch_file(raw_server.url)


def test_nothing_is_read_when_the_time_is_over(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    reader = FileReader(600)
    assert reader.read(path) == b"abc"
    assert 0 < reader.rest() < 600
    reader.stop()
    for read in (lambda: reader.read(path), reader.rest):
        with pytest.raises(APITimeoutError, match=r"`total_timeout` of 600 s"):
            read()


def test_the_body_of_a_redirect_is_not_read(raw_server):
    raw_server.reply(FOUND, then=b"a")
    raw_server.reply(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc")
    assert fetch_file(raw_server.url) == b"abc"


@pytest.mark.parametrize(
    ("location", "reason"), [("/", "more than 20 times"), ("file:///etc/passwd", "'file://'")]
)
def test_some_redirects_are_not_followed(service, service_url, location, reason):
    for _ in range(21):
        service.reply(b"", status=302, headers={"location": location})
    with pytest.raises(InvalidRequestError, match=reason):
        fetch_file(service_url)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/a", "http://[", "nothing", "http://\ud800"]
)
def test_other_addresses_are_refused(url):
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        fetch_file(url)


def test_an_address_that_answers_with_an_error_is_refused(service, service_url):
    service.reply(b"no", status=404)
    with pytest.raises(InvalidRequestError, match="404"):
        fetch_file(service_url)
