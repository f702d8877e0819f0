"""Our own clients over TLS: which certificates they accept. `localhost.pem` is made for this."""

import socket
import ssl
import threading
from pathlib import Path

import pytest
from raw_answers import ANSWER, DONE, END, PIECE, REQUEST, to_chunk

from weryai_core import APIConnectionError, Client, merge_chunks

CERTIFICATE = Path(__file__).parent / "localhost.pem"
STREAM = b"".join(
    (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
        to_chunk(PIECE),
        to_chunk(END + DONE),
        to_chunk(b""),
    )
)


def read(stream):
    """A request with a JSON object as its body; nothing at the end of the connection."""
    request = b""
    while not request.endswith(b"}"):
        data = stream.recv(65536)
        if not data:
            return b""
        request += data
    return request


@pytest.fixture
def tls_server():
    """The port of a server with that certificate, and a list of the connections that it took."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    listener = socket.create_server(("127.0.0.1", 0))
    taken = []

    def serve(client):
        try:
            with client, context.wrap_socket(client, server_side=True) as stream:
                taken.append(stream.version())
                while request := read(stream):
                    stream.sendall(STREAM if b'"stream":true' in request else ANSWER)
        except OSError:
            pass  # the client refuses the certificate, or hangs up

    def accept():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    yield listener.getsockname()[1], taken
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    accepting.join()


def test_a_certificate_of_the_environment_is_accepted(monkeypatch, make_own_driver, tls_server):
    port, taken = tls_server
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    driver = make_own_driver(f"https://localhost:{port}/v1", max_retries=0)
    assert driver.chat().text == "Hi"
    assert merge_chunks(driver.stream()).text == "Hel"
    assert taken


@pytest.mark.parametrize(("host", "is_trusted"), [("localhost", False), ("127.0.0.1", True)])
def test_an_unknown_certificate_and_a_wrong_name_are_refused(
    monkeypatch, make_own_driver, tls_server, host, is_trusted
):
    port, _ = tls_server
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    driver = make_own_driver(f"https://{host}:{port}/v1", max_retries=0)
    with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
        driver.chat()


def test_a_connection_with_tls_is_used_again(monkeypatch, tls_server):
    port, taken = tls_server
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with Client(api_key="k", base_url=f"https://localhost:{port}/v1", max_retries=0) as client:
        for _ in range(2):
            assert client.chat(REQUEST).text == "Hi"
            assert merge_chunks(list(client.stream(REQUEST))).text == "Hel"
    assert len(taken) == 1
