from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from weryai_emulator.answers.rules import Replier
from weryai_emulator.options import Options
from weryai_emulator.server.gate import Gate
from weryai_emulator.server.record import Recorder
from weryai_emulator.server.routes import build_app
from weryai_emulator.server.script import Script, scripted_events


@pytest.mark.parametrize("version", ["2.3", "2.4"])
async def test_a_lost_client_is_noticed_with_any_asgi_version(version):
    recorder, script = Recorder(), Script()
    never = threading.Event()
    script.add(scripted_events(["first", never], done=True, abort=False, headers=None))
    options = Options()
    app = build_app(
        options,
        recorder=recorder,
        script=script,
        replier=Replier(options),
        gate=Gate(options, script),
    )
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": version},
        "method": "GET",
        "path": "/v1/models",
        "headers": [],
        "state": {"connection": SimpleNamespace(lost=True)},
    }
    messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])

    async def receive():
        return next(messages)

    async def send(message):
        assert message["type"].startswith("http.response.")

    await app(scope, receive, send)
    assert [request.disconnected for request in recorder.snapshot()] == [True]
