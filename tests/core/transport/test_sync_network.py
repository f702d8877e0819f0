"""The sockets of our own synchronous clients, in a time that passes only when the test says so."""

import socket

import httpcore2
import pytest

from weryai_core import APITimeoutError, Client
from weryai_core.clock import Clock, Seconds
from weryai_core.transport.sync_network import BoundedStream


class SlowSocket:
    """A socket that takes a second to send ten bytes."""

    def __init__(self):
        self.now = 0.0
        self.timeouts = []

    def settimeout(self, seconds):
        self.timeouts.append(seconds)

    def send(self, data):
        self.now += 1
        return min(10, len(data))


class Stream(httpcore2.NetworkStream):
    """A connection on that socket."""

    def __init__(self, connection):
        self._connection = connection

    def get_extra_info(self, info):
        return self._connection if info == "socket" else None


def test_each_part_of_a_request_has_the_time_that_is_left_for_the_call():
    connection = SlowSocket()
    clock = Clock(total=5, now=lambda: connection.now)
    clock.begin_attempt()
    with pytest.raises(httpcore2.WriteTimeout):
        BoundedStream(Stream(connection)).write(b"x" * 1000, Seconds(3, clock))
    assert connection.timeouts == [3, 3, 3, 2, 1]


def test_a_request_that_is_sent_in_parts_is_sent_whole():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = BoundedStream(Stream(ours))
        stream.write(b"x" * 1000, Seconds(3, Clock()))
        stream.write(b"", Seconds(3, Clock()))
        assert theirs.recv(2000) == b"x" * 1000


class QuietSocket:
    """A socket on which nothing arrives, except for some bytes at first."""

    def __init__(self, *arriving):
        self.arriving = list(arriving)
        self.waits = []
        self.now = 0.0

    def settimeout(self, seconds):
        self.waits.append(seconds)

    def recv(self, size):
        if self.arriving:
            self.now += 1
            return self.arriving.pop(0)
        self.now += self.waits[-1]
        raise TimeoutError


class QuietStream(Stream):
    def read(self, max_bytes, timeout=None):
        self._connection.settimeout(timeout)
        try:
            return self._connection.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout from error


def test_a_timeout_is_set_once_for_many_reads_and_lasts_as_long_as_it_says():
    connection = QuietSocket(b"a", b"b", b"c")
    stream = BoundedStream(QuietStream(connection))
    clock = Clock(total=100, now=lambda: connection.now)
    clock.begin_attempt()
    clock.has_begun = True
    assert [stream.read(9, Seconds(50, clock)) for _ in range(3)] == [b"a", b"b", b"c"]
    assert connection.waits == [45]
    with pytest.raises(httpcore2.ReadTimeout):
        stream.read(9, Seconds(50, clock))
    assert connection.waits == [45, 5]
    assert connection.now == 53


def test_no_read_waits_longer_than_the_call_has_left():
    connection = QuietSocket()
    clock = Clock(total=10, now=lambda: connection.now)
    clock.begin_attempt()
    clock.has_begun = True
    with pytest.raises(httpcore2.ReadTimeout):
        BoundedStream(QuietStream(connection)).read(9, Seconds(50, clock))
    assert connection.now == 10


def test_the_addresses_of_a_host_share_the_time_to_connect(monkeypatch):
    given = []

    def connect(address, timeout, **options):
        given.append((address[0], round(timeout)))
        raise TimeoutError

    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    found = [(*entry, (f"127.0.0.{number}", 80)) for number in (1, 2, 3, 4)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    monkeypatch.setattr(socket, "create_connection", connect)
    for limits in ({"timeout": (1200, 60)}, {"timeout": 6000, "total_timeout": 1200}):
        given.clear()
        client = Client(
            api_key="sk-12345678", base_url="http://many.internal", max_retries=0, **limits
        )
        with client, pytest.raises(APITimeoutError):
            client.balance()
        assert given == [
            ("127.0.0.1", 300),
            ("127.0.0.2", 400),
            ("127.0.0.3", 600),
            ("127.0.0.4", 1200),
        ]
