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
    statuses = [control.post("/v1/chat/completions", json=CHAT).status_code for _ in range(2)]
    assert statuses == [429, 200]
    first, second = control.get("/_emulator/requests").json()
    assert (first["fault"], second["fault"]) == ("rate_limit", None)
    assert (first["method"], first["path"]) == ("POST", "/v1/chat/completions")
    assert (first["json"], first["text"], first["disconnected"]) == (CHAT, None, False)


# Header -> its value as it is shown.
HEADERS = {
    "authorization": ("Bearer sk-secret", "Bearer [hidden]"),
    "proxy-authorization": ("sk-secret and more", "[hidden]"),
    "x-api-key": ("sk-secret", "[hidden]"),
    "api-key": ("sk-secret", "[hidden]"),
    "x-goog-api-key": ("sk-secret", "[hidden]"),
    "x-auth-token": ("sk-secret", "[hidden]"),
    "cf-access-client-secret": ("sk-secret", "[hidden]"),
    "cookie": ("a=sk-secret; b=sk-secret", "[hidden]"),
    "x-gateway": ("bearer sk-secret", "bearer [hidden]"),
    "x-note": ("yes", "yes"),
    "idempotency-key": ("7", "7"),
}


def test_credentials_are_hidden(control):
    control.get("/v1/models", headers={name: value for name, (value, _) in HEADERS.items()})
    answer = control.get("/_emulator/requests")
    assert "sk-secret" not in answer.text
    [request] = answer.json()
    assert {name: request["headers"][name] for name in HEADERS} == {
        name: shown for name, (_, shown) in HEADERS.items()
    }


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


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"a\xff", "a\ufffd"),
        (b'{"temperature":NaN}', '{"temperature":NaN}'),
        (b'["\\ud83d"]', '["\\ud83d"]'),
        (b"[" * 100_000, "[" * 100_000),
        (b'{"a":' * 900 + b"0" + b"}" * 900, None),
    ],
    ids=["bytes", "NaN", "half a surrogate pair", "too deep", "deep"],
)
def test_a_body_that_not_everybody_reads_is_shown_as_text(control, body, text):
    assert control.post("/v1/chat/completions", content=body).status_code == 400
    [request] = control.get("/_emulator/requests").json()
    assert request["text"] == text
    assert (request["json"] is None) == (text is not None)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "queue", b"{", 400, "It is not JSON"),
        ("POST", "queue", b"[" * 100_000, 400, "It is nested too deeply."),
        ("POST", "queue", b'{"fail": "x"}', 400, "Step 1 (`fail`): Unknown fault 'x'."),
        ("GET", "queue", b"", 405, "Unknown request. Known ones: GET /_emulator, POST"),
        ("GET", "nowhere", b"", 404, "Unknown request."),
    ],
)
def test_a_wrong_request_says_what_is_known(control, method, path, body, status, message):
    response = control.request(method, f"/_emulator/{path}", content=body)
    assert response.status_code == status
    assert message in response.json()["error"]


def test_a_slash_at_the_end_changes_nothing(control, emulator):
    assert control.get("/_emulator/").json()["pending"] == 0
    assert control.post("/_emulator/queue/", json={"reply": "a"}).json()["pending"] == 1


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://127.0.0.1"}, {"Host": "evil.example"}], ids=["page", "name"]
)
def test_web_pages_are_refused(control, headers):
    for method, path in (("GET", "/_emulator/requests"), ("POST", "/_emulator/reset")):
        response = control.request(method, path, headers=headers)
        assert response.status_code == 403
        assert "does not answer web pages" in response.json()["error"]


@pytest.mark.parametrize(
    ("client", "allowed", "remote"),
    [
        (("127.0.0.1", 1), 200, {}),
        (("::1", 1), 200, {}),
        (("::ffff:127.0.0.1", 1), 200, {}),
        (("10.0.0.7", 1), 403, {}),
        (("2001:db8::1", 1), 403, {}),
        (("testclient", 1), 403, {}),
        (None, 403, {}),
        (("10.0.0.7", 1), 200, {"host": b"emulator:8000"}),
        (("10.0.0.7", 1), 403, {"host": b"emulator:8000", "origin": b"http://emulator:8000"}),
    ],
    ids=str,
)
async def test_other_hosts_are_refused_unless_they_are_allowed(client, allowed, remote):
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
        "headers": [(n.encode(), v) for n, v in (remote or {"host": b"localhost:8000"}).items()],
        "client": client,
        "server": ("127.0.0.1", 8000),
    }
    control = Control(None, emulator, emulator, allow_remote=bool(remote))
    await control(scope, receive, send)
    assert sent[0]["status"] == allowed


def test_no_header_replaces_the_address_of_the_client(monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with Emulator() as emulator:
        url = f"http://127.0.0.1:{emulator.port}/_emulator"
        assert httpx.get(url, headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 200
