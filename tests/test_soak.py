"""The soak test finds what it is there to find: calls that hang, lose text, mix up or leak."""

import socket
import threading

import pytest
from soak import Soak

from weryai_core import Client

chat, stream = Client.chat, Client.stream
kept = []
is_over = threading.Event()


def crossed(client, *request):
    kept.append(chat(client, *request))
    return kept[0]


def lost(client, *request):
    return [*stream(client, *request)][:2]


def foreign(client, *request):
    raise ValueError("not ours")


def leaking(client, *request):
    kept.extend(socket.socket() for _ in range(10))
    return chat(client, *request)


def hanging(client, *request):
    is_over.wait(60)
    raise ValueError("the test is over")  # a call would take an answer of the next test


@pytest.fixture
def soak(weryai_emulator, monkeypatch):
    monkeypatch.setattr("soak.POOL_LINGER", 0.5)
    is_over.clear()
    yield Soak(weryai_emulator.base_url, 1, seed=1, longest=1)
    is_over.set()
    for one in kept:
        if isinstance(one, socket.socket):
            one.close()
    kept.clear()


def test_a_good_run_has_no_complaints(soak):
    soak.run()
    assert soak.complaints() == []
    started, ended = soak.record.started, soak.record.ended
    assert started.total() == ended["answered"] + ended["given up"] > 0


@pytest.mark.parametrize(
    ("method", "broken", "complaint"),
    [
        ("chat", crossed, "is not the answer to"),
        ("stream", lost, "is not the answer to"),
        ("chat", foreign, "not ours"),
        ("chat", leaking, "open files more than before"),
        ("chat", hanging, "Client.chat has not ended after"),
    ],
)
def test_what_is_broken_is_found(soak, monkeypatch, method, broken, complaint):
    monkeypatch.setattr(Client, method, broken)
    soak.run()
    assert any(complaint in one for one in soak.complaints())
