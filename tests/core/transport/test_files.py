"""Files are read within limits."""

import os

import pytest

from weryai_core import InvalidRequestError
from weryai_core.transport import files
from weryai_core.transport.files import fetch_file, read_file


def test_a_file_is_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert read_file(path) == read_file(str(path)) == b"abc"


@pytest.mark.parametrize("path", ["/dev/zero", ".", "no/such/file"])
def test_what_is_no_file_is_refused(path):
    with pytest.raises(InvalidRequestError, match=f"{path} cannot be read"):
        read_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidRequestError, match="it is no file"):
        read_file(tmp_path / "pipe")


def test_a_file_of_the_limit_is_read_and_a_larger_one_is_refused(
    tmp_path, monkeypatch, service, service_url
):
    monkeypatch.setattr(files, "LARGEST_FILE", 3)
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    service.reply(b"abc")
    assert read_file(path) == fetch_file(service_url) == b"abc"
    path.write_bytes(b"abcd")
    service.reply(b"abcd")
    for read in (lambda: read_file(path), lambda: fetch_file(service_url)):
        with pytest.raises(InvalidRequestError, match="larger than 3 bytes"):
            read()


def test_reading_from_an_address_ends(monkeypatch, service, service_url):
    service.reply(b"abc")
    monkeypatch.setattr(files, "LONGEST_READ", 1e-9)
    with pytest.raises(InvalidRequestError, match=r"cannot be read"):
        fetch_file(service_url)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/a", "http://[", "nothing"]
)
def test_other_addresses_are_refused(url):
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        fetch_file(url)


def test_an_address_that_answers_with_an_error_is_refused(service, service_url):
    service.reply(b"no", status=404)
    with pytest.raises(InvalidRequestError, match="404"):
        fetch_file(service_url)
