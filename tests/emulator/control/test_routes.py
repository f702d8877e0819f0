"""The control API over HTTP: what programs in other languages and processes use."""

import httpx
import pytest

from weryai_emulator import Emulator, faults
from weryai_emulator.control.routes import Control

CHAT = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def control(emulator):
    with httpx.Client(base_url=f"http://127.0.0.1:{emulator.port}", timeout=60) as client:
        yield client


def test_faults_are_queued_and_requests_read_from_outside(control):
    queued = control.post("/_emulator/queue", json=[{"fail": "rate_limit"}, {"reply": "Hi"}])
    assert queued.json() == {"taken": 2, "pending": 2}
    headers = {"Authorization": "Bearer sk-secret", "X-Api-Key": "sk-secret", "X-Note": "yes"}
    statuses = [
        control.post("/v1/chat/completions", json=CHAT, headers=headers).status_code
        for _ in range(2)
    ]
    assert statuses == [429, 200]
    first, second = control.get("/_emulator/requests").json()
    assert (first["fault"], second["fault"]) == ("rate_limit", None)
    assert (first["method"], first["path"]) == ("POST", "/v1/chat/completions")
    assert (first["json"], first["text"], first["disconnected"]) == (CHAT, None, False)
    shown = first["headers"]
    assert (shown["authorization"], shown["x-api-key"]) == ("Bearer [hidden]", "[hidden]")
    assert shown["x-note"] == "yes"


def test_the_state_has_the_catalogue(control, emulator):
    emulator.reply("Unused.")
    state = control.get("/_emulator").json()
    assert (state["pending"], state["requests"]) == (1, 0)
    assert list(state["faults"]) == list(faults.CATALOGUE)
    assert state["faults"]["cut"] == {
        "description": "Closes the connection in the middle of the body.",
        "parameters": {"after": 2, "reset": False},
    }


def test_reset_forgets_everything(control, emulator):
    emulator.fail_sometimes(1)
    emulator.reply("Unused.")
    control.get("/v1/nowhere")
    assert control.post("/_emulator/reset").json() == {"pending": 0}
    assert emulator.requests == []
    assert control.post("/v1/chat/completions", json=CHAT).status_code == 200


def test_requests_of_the_control_api_are_not_recorded_and_take_no_answer(control, emulator):
    emulator.fail("drop")
    emulator.fail_sometimes(1)
    assert control.get("/_emulator").status_code == 200
    assert (emulator.requests, emulator.pending_replies) == ([], 1)


def test_a_body_that_is_not_json_is_recorded_as_text(control):
    control.post("/v1/x", content=b"a\xff")
    [request] = control.get("/_emulator/requests").json()
    assert (request["json"], request["text"]) == (None, "a\ufffd")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "queue", b"{", 400, "The body is not JSON"),
        ("POST", "queue", b'{"fail": "x"}', 400, "Step 1: Unknown fault 'x'."),
        ("GET", "queue", b"", 405, "Unknown request. Known ones: GET /_emulator, POST"),
        ("GET", "nowhere", b"", 404, "Unknown request."),
    ],
)
def test_a_wrong_request_says_what_is_known(control, method, path, body, status, message):
    response = control.request(method, f"/_emulator/{path}", content=body)
    assert response.status_code == status
    assert message in response.json()["error"]


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://127.0.0.1"}, {"Host": "evil.example"}], ids=["page", "name"]
)
def test_web_pages_are_refused(control, headers):
    for method, path in (("GET", "/_emulator/requests"), ("POST", "/_emulator/reset")):
        response = control.request(method, path, headers=headers)
        assert response.status_code == 403
        assert "does not answer web pages" in response.json()["error"]


@pytest.mark.parametrize(
    ("client", "status"),
    [
        (("127.0.0.1", 1), 200),
        (("::1", 1), 200),
        (("::ffff:127.0.0.1", 1), 200),
        (("10.0.0.7", 1), 403),
        (("2001:db8::1", 1), 403),
        (("testclient", 1), 403),
        (None, 403),
    ],
    ids=str,
)
async def test_other_hosts_are_refused(client, status):
    emulator = Emulator()
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/_emulator",
        "raw_path": b"/_emulator",
        "query_string": b"",
        "headers": [(b"host", b"localhost:8000")],
        "client": client,
        "server": ("127.0.0.1", 8000),
    }
    await Control(None, emulator, emulator)(scope, receive, send)
    assert sent[0]["status"] == status
