"""Addresses of upstreams."""

from __future__ import annotations

import pytest

from weryai_emulator.upstream.address import Upstream


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1/"])
def test_paths_are_added_to_the_base_url(url):
    assert Upstream(url).chat_url == "http://127.0.0.1:9/v1/chat/completions"
    assert Upstream(url).models_url == "http://127.0.0.1:9/v1/models"


@pytest.mark.parametrize(
    ("url", "is_local", "is_encrypted"),
    [
        ("http://127.0.0.1:9/v1", True, False),
        ("http://[::1]:9/v1", True, False),
        ("http://localhost/v1", True, False),
        ("http://192.168.0.7:9/v1", False, False),
        ("https://models.example.com/v1", False, True),
    ],
)
def test_an_upstream_on_this_machine_is_known(url, is_local, is_encrypted):
    upstream = Upstream(url)
    assert (upstream.is_local, upstream.is_encrypted) == (is_local, is_encrypted)
