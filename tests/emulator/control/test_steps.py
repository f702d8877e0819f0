"""Steps as JSON: what they queue, and which are refused."""

import re

import pytest

from weryai_emulator import Emulator
from weryai_emulator.control.steps import StepError, take_scenario, take_steps

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
    "header": ({"reply_error": {"status": 429, "headers": {"A": 1.5}}}, 429, '"status": 1001'),
    "no body": ({"reply_error": 204}, 204, ""),
}


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


def test_a_step_sets_the_limit(emulator):
    assert take_steps(emulator, {"max_concurrency": 3}) == 1
    assert emulator.max_concurrency == 3


# A wrong step -> what its error says: the name of the step, of the argument, and what to pass.
WRONG = [
    ("reply", "Step 1 is 'reply'. Pass an object with one name, such as"),
    ({}, "Step 1 is {}. Pass an object with one name"),
    ({"reply": "a", "fail": "cut"}, "Step 1 is {'reply': 'a', 'fail': 'cut'}. Pass an object"),
    ([{"reply": "a"}, {"explode": 1}], "Step 2 has the unknown name 'explode'. Pass one of reply,"),
    ({"reset": {}}, "Step 1 has the unknown name 'reset'."),
    ({"reply": {"content": "a"}}, "Step 1 (`reply`): `message` is missing. Pass an object with"),
    ({"reply_json": {"id": 1}}, '`body` is missing. Pass an object with the arguments: {"reply_js'),
    ({"reply_json": {"body": 1, "code": 2}}, "Unknown argument 'code'. Pass body, status, headers"),
    (
        {"reply": {"message": "a", "delivered": "late"}},
        "`delivered` is 'late'. Pass one of 'as ask",
    ),
    ({"reply": {"message": "a", "self": 1, "choices": 2}}, "`choices` cannot be replaced."),
    ({"reply": {"message": "a", "usage": 3}}, "`usage` is 3. Pass an object or null."),
    ({"reply": {"message": "a", "finish_reason": 3}}, "`finish_reason` is 3. Pass text or null."),
    ({"reply": {"message": "a", "without": "id"}}, "`without` is 'id'. Pass a list of names."),
    ({"reply": {"message": "a", "without": [1]}}, "`without` is 1. Pass text."),
    ({"reply": {"message": "a", "error": "b"}}, "`error` is 'b'. Pass an object or null."),
    ({"reply": {"message": "a", "envelope": []}}, "`envelope` is []. Pass one of 'desc', 'msg',"),
    ({"reply": 7}, "`message` is 7. Pass text, or an object with the fields of the message."),
    ({"reply_error": "503"}, "`status` is '503'. Pass a whole number from 200 to 599."),
    ({"reply_error": True}, "`status` is True. Pass a whole number from 200 to 599."),
    ({"reply_error": -5}, "`status` is -5. Pass a whole number from 200 to 599."),
    ({"reply_error": {"status": 400, "code": "x"}}, "`code` is 'x'. Pass a whole number"),
    ({"reply_error": {"status": 400, "body": [1]}}, "`body` is [1]. Pass text or bytes."),
    ({"reply_error": {"status": 204, "body": "x"}}, "`status` is 204, to which HTTP allows no bo"),
    ({"reply_error": {"status": 429, "headers": [1]}}, "`headers` is [1]. Pass an object such as"),
    ({"reply_error": {"status": 429, "headers": {"A": "x\r\ny"}}}, "The header `A` is 'x\\r\\ny'."),
    (
        {"reply_error": {"status": 429, "headers": {"A": True}}},
        "The header `A` is True. Pass a num",
    ),
    ({"reply_json": {"body": 1, "headers": {"a b": 1}}}, "The name of a header is 'a b'. Pass one"),
    (
        {"reply_json": {"body": 1, "headers": {"Content-Length": 5}}},
        "The emulator sets the header `Content-Length`. Queue the fault `short_length`.",
    ),
    (
        {"reply_raw": {"status": 200, "body": "\ud800"}},
        "`body` is '\\ud800'. Pass text without half",
    ),
    ({"reply_raw": {"status": 200, "body": 1}}, "`body` is 1. Pass text or bytes."),
    ({"reply_raw": {"status": 200, "body": "", "content_type": "a\nb"}}, "header `content-type`"),
    ({"reply_chunks": "text"}, "`items` is 'text'. Pass a list of objects, texts, bytes,"),
    ({"reply_chunks": ["a", None]}, "`item 2` is None. Pass an object (one JSON event), text"),
    ({"reply_chunks": [-1]}, "`item 1` is -1. Pass a number from 0 to 1000000000."),
    ({"reply_chunks": [float("nan")]}, "`item 1` is nan. Pass a number from 0"),
    ({"reply_chunks": {"items": [], "done": 1}}, "`done` is 1. Pass true or false."),
    ({"fail": "lightning"}, "Step 1 (`fail`): Unknown fault 'lightning'. Pass one of http_error,"),
    ({"fail": {"after": 3}}, "`name` is missing."),
    ({"fail": ["cut"]}, "Unknown fault ['cut']."),
    ({"fail": {"name": "cut", "after": -1}}, "`after` is -1. Pass a whole number from 0 to"),
    ({"fail": {"name": "cut", "times": 10**7}}, "`times` is 10000000. Pass a whole number from 1"),
    ({"fail_sometimes": 2}, "`probability` is 2. Pass a number from 0 to 1."),
    ({"fail_sometimes": {"probability": 1, "seed": "a"}}, "`seed` is 'a'. Pass a whole number."),
    ({"fail_sometimes": {"probability": 1, "names": [["cut"]]}}, "Unknown fault ['cut']."),
    ({"fail_sometimes": {"probability": 1, "names": {"cut": 3}}}, "`cut` is 3. Pass an object."),
    ({"fail_sometimes": {"probability": 1, "names": "cut"}}, "`names` is 'cut'. Pass a list of"),
    ({"max_concurrency": "2"}, "(`max_concurrency`): `max_concurrency` is '2'. Pass a whole"),
    ({"max_concurrency": 0}, "`max_concurrency` is 0. Pass a whole number from 1 to 1000000000 or"),
]


@pytest.mark.parametrize(("step", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_wrong_step_is_refused_and_none_is_taken(step, message):
    emulator = Emulator()
    wrong = step if isinstance(step, list) else [{"max_concurrency": 5}, {"reply": "a"}, step]
    message = message.replace("Step 1", "Step 3")
    with pytest.raises(StepError, match=re.escape(message)):
        take_steps(emulator, wrong)
    assert (emulator.pending_replies, emulator.max_concurrency) == (0, None)


@pytest.mark.parametrize(
    "message", [{"tool_calls": 3}, {"tool_calls": [3]}, {"audio": "x"}], ids=str
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_message_of_odd_types_is_sent_as_it_is(http, emulator, message, stream):
    error = {"error": {"code": 1}, "error_place": "choice", "without": ["choices"]}
    take_steps(
        emulator, [{"reply": {"message": message}}, {"reply": {"message": message, **error}}]
    )
    body = {"messages": [3, {"content": ["a", {"type": "text"}]}], "stream": stream}
    for _ in range(2):
        response = http.post("/chat/completions", json=body)
        assert response.status_code == 200
    assert '"error":{"code":1}' in response.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_scenario_may_have_the_encodings_of_windows(tmp_path, encoding):
    path = tmp_path / "scenario.json"
    path.write_text('[{"reply": "\u00e9"}]', encoding=encoding)
    emulator = Emulator()
    assert take_scenario(emulator, str(path)) == emulator.pending_replies == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{]", "It is not JSON"),
        ("[" * 100_000, "It is nested too deeply."),
        ('{"reply": "a", "reply": "b"}', "An object has the name 'reply' twice."),
        ('[{"fail": "lightning"}]', "Step 1 (`fail`): Unknown fault"),
    ],
)
def test_a_wrong_scenario_is_named(tmp_path, text, message):
    path = tmp_path / "scenario.json"
    path.write_text(text)
    with pytest.raises(StepError, match=re.escape(f"{path}: {message}")):
        take_scenario(Emulator(), str(path))
