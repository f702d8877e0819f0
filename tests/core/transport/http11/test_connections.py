"""Idle connections: which are kept, and which are used again."""

import socket
import ssl
from contextlib import ExitStack

import httpcore2
import pytest

from weryai_core.clock import Clock, Seconds
from weryai_core.transport.http11 import connections as module
from weryai_core.transport.http11.connections import Connections, Server
from weryai_core.transport.sync_network import BoundedStream

PORT = 9
HERE, THERE = Server("127.0.0.1", PORT, False), Server("127.0.0.2", PORT, False)
AT_ONCE = Seconds(1, Clock())


class Stream(httpcore2.NetworkStream):
    """A connection whose other end may be closed."""

    def __init__(self, connection):
        self._connection = connection

    def get_extra_info(self, info):
        if info == "is_readable":
            return bool(self._connection.fileno() < 0 or _has_something(self._connection))
        return self._connection if info == "socket" else None

    def close(self):
        self._connection.close()


def _has_something(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) is not None
    except BlockingIOError:
        return False


@pytest.fixture
def connected():
    """Makes connections; each comes with its other end."""
    with ExitStack() as sockets:

        def make():
            ours, theirs = map(sockets.enter_context, socket.socketpair())
            return BoundedStream(Stream(ours)), theirs

        yield make


@pytest.fixture
def pool():
    return Connections(ssl.create_default_context())


def is_open(stream):
    return stream.get_extra_info("socket").fileno() >= 0


def test_the_connection_that_was_used_last_is_used_first(pool, connected):
    older, younger = connected()[0], connected()[0]
    pool.put(HERE, older)
    pool.put(HERE, younger)
    assert pool.take(HERE, AT_ONCE) is younger
    assert pool.take(HERE, AT_ONCE) is older


def test_a_connection_of_another_server_is_not_used(pool, connected):
    pool.put(THERE, connected()[0])
    with pytest.raises(httpcore2.ConnectError):
        pool.take(HERE, AT_ONCE)


def test_a_connection_that_the_server_closed_is_not_used(pool, connected):
    good, (stale, other_end) = connected()[0], connected()
    pool.put(HERE, good)
    pool.put(HERE, stale)
    other_end.close()
    assert pool.take(HERE, AT_ONCE) is good
    assert not is_open(stale)


def test_connections_that_were_idle_for_long_are_closed(pool, connected, monkeypatch):
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    first, second, third = (connected()[0] for _ in range(3))
    pool.put(HERE, first)
    now = 14.0
    pool.put(HERE, second)
    now = 16.0
    pool.put(HERE, third)
    assert [is_open(stream) for stream in (first, second, third)] == [False, True, True]
    now = 30.0
    assert pool.take(HERE, AT_ONCE) is third
    with pytest.raises(httpcore2.ConnectError):
        pool.take(HERE, AT_ONCE)
    assert not is_open(second)


def test_old_connections_of_servers_that_are_not_called_again_are_closed(
    pool, connected, monkeypatch
):
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    there, here = connected()[0], connected()[0]
    pool.put(THERE, there)
    now = 16.0
    pool.put(HERE, here)
    assert not is_open(there)
    assert is_open(here)


def test_so_many_are_kept_for_a_server(pool, connected, monkeypatch):
    monkeypatch.setattr(module, "MOST_IDLE", 2)
    streams = [connected()[0] for _ in range(3)]
    for stream in streams:
        pool.put(HERE, stream)
    pool.put(THERE, other := connected()[0])
    assert [is_open(stream) for stream in (*streams, other)] == [False, True, True, True]


def test_a_closed_pool_closes_what_comes_back(pool, connected):
    idle, used, dropped = (connected()[0] for _ in range(3))
    pool.put(HERE, idle)
    pool.close()
    assert not is_open(idle)
    assert is_open(used)
    pool.put(HERE, used)
    pool.drop(dropped)
    assert not is_open(used)
    assert not is_open(dropped)
