"""Steps as JSON: what they queue, and which are refused."""

import pytest

from weryai_emulator import Emulator
from weryai_emulator.control.steps import StepError, read_scenario, take_steps

CHAT = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}

# Step -> status and text of the answer.
STEPS = {
    "text": ({"reply": "Hi"}, 200, '"content":"Hi"'),
    "message": ({"reply": {"message": {"refusal": "No"}}}, 200, '"refusal":"No"'),
    "reason": ({"reply": {"message": "Hi", "finish_reason": "length"}}, 200, '"length"'),
    "JSON": ({"reply_json": {"body": {"a": [1]}, "status": 202}}, 202, '{"a": [1]}'),
    "chunks": ({"reply_chunks": [{"a": 1}, 0, "x"]}, 200, 'data: {"a":1}\n\ndata: x\n\n'),
    "status": ({"reply_error": 503}, 503, '"status": 6001'),
    "error": ({"reply_error": {"status": 400, "code": 1006}}, 400, '"status": 1006'),
    "raw": ({"reply_raw": {"status": 200, "body": "<html>"}}, 200, "<html>"),
    "fault": ({"fail": "not_found"}, 404, '"status":1003'),
    "parameters": ({"fail": {"name": "http_error", "status": 418}}, 418, '"status":1001'),
    "chance": ({"fail_sometimes": {"probability": 1, "names": ["too_large"]}}, 413, "<html>"),
    "limit": ({"max_concurrency": 0}, 429, "0 requests at once"),
}


@pytest.fixture(autouse=True)
def _without_limit(emulator):
    yield
    emulator.max_concurrency = None


@pytest.mark.parametrize(("step", "status", "text"), STEPS.values(), ids=STEPS)
def test_a_step_is_taken(http, emulator, step, status, text):
    assert take_steps(emulator, step) == 1
    response = http.post("/chat/completions", json=CHAT)
    assert response.status_code == status
    assert text in response.text


def test_steps_are_taken_in_their_order(http, emulator):
    assert take_steps(emulator, [{"fail": "rate_limit"}, {"reply": "Hi"}]) == 2
    statuses = [http.post("/chat/completions", json=CHAT).status_code for _ in range(2)]
    assert statuses == [429, 200]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("reply", "Step 1: not an object with one name."),
        ({}, "Step 1: not an object with one name."),
        ({"reply": "a", "fail": "cut"}, "Step 1: not an object with one name."),
        ([{"reply": "a"}, {"explode": 1}], "Step 2: unknown name 'explode'. Pass one of reply,"),
        ({"reset": {}}, "Step 1: unknown name 'reset'."),
        ({"reply": {}}, "Step 1: .*missing 1 required positional argument: 'message'"),
        ({"reply": {"message": "a", "delivered": "late"}}, "Step 1: `delivered` is 'late'."),
        ({"reply": 7}, "Step 1: `message` is 7. Pass a value of type str or Mapping."),
        ({"reply_error": "503"}, "Step 1: `status` is '503'. Pass a value of type int."),
        ({"reply_error": True}, "Step 1: `status` is True. Pass a value of type int."),
        ({"reply_chunks": [None]}, "Step 1: A stream item of type NoneType cannot be sent."),
        ({"fail": "lightning"}, "Step 1: Unknown fault 'lightning'."),
        ({"fail": {"name": "cut", "after": -1}}, "Step 1: `after` is -1."),
        ({"fail_sometimes": 2}, "Step 1: `probability` is 2."),
        ({"max_concurrency": "2"}, "Step 1: `max_concurrency` is '2'."),
    ],
    ids=str,
)
def test_a_wrong_step_is_refused(steps, message):
    with pytest.raises(StepError, match=message):
        take_steps(Emulator(), steps)


def test_a_scenario_that_is_not_json_is_named(tmp_path):
    path = tmp_path / "scenario.json"
    path.write_text("[{]")
    with pytest.raises(ValueError, match=r"scenario\.json is not JSON"):
        read_scenario(str(path))
