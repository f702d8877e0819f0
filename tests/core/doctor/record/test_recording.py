"""Cassettes: what is written, and that a replay comes to the same verdicts."""

import gzip
import json
from contextlib import suppress

import httpx2
import pytest

from weryai_core.doctor.lab import Lab
from weryai_core.doctor.probes.every import PROBES, questions_of
from weryai_core.doctor.record.cassettes import CassetteWriter
from weryai_core.doctor.record.privacy import Privacy
from weryai_core.doctor.roles import Roles
from weryai_emulator import Emulator

KEY = "sk-0123456789abcdef0123456789abcdef"
QUESTIONS = {question.name: question for question in questions_of(PROBES)}


def entries(directory, name):
    log = json.loads((directory / f"{name}.har").read_bytes())["log"]
    return log["entries"]


@pytest.fixture
def record(tmp_path, make_config):
    """Ask some questions at an address, record them, and return the directory."""

    def run(base_url, *names):
        config = make_config(base_url, max_retries=0, api_key=KEY)
        directory = tmp_path / "cassettes"
        writer = CassetteWriter(directory, Privacy(config))
        with Lab(config, Roles("GPT_4_1"), record=writer.write) as lab:
            lab.ask_all(QUESTIONS[name] for name in names)
        return directory

    return run


@pytest.mark.parametrize(
    "options",
    [
        {"api_keys": [KEY]},
        {"ignore_tools": True, "source_shape": "anthropic"},
        {"error_style": "envelope_200", "source_shape": "late", "chunk_delay": 0.001},
    ],
    ids=["default", "ignoring tools", "errors in HTTP 200"],
)
def test_a_replay_comes_to_the_recorded_verdicts(run_doctor, tmp_path, options):
    directory = tmp_path / "cassettes"
    with Emulator(**options) as emulator:
        recorded = run_doctor(emulator.base_url, "--record", str(directory))
    assert len(recorded.table) == len(PROBES)
    with Emulator(cassettes=directory) as emulator:
        replayed = run_doctor(emulator.base_url)
        requests = len(emulator.requests)
    assert replayed.table == recorded.table
    assert replayed.status == recorded.status
    assert requests == replayed.report["requests"]


def test_a_part_of_a_recording_leaves_the_rest_unknown(run_doctor, tmp_path, weryai_emulator):
    directory = tmp_path / "cassettes"
    run_doctor(weryai_emulator.base_url, "--only", "plain", "tools", "--record", str(directory))
    with Emulator(cassettes=directory) as emulator:
        ran = run_doctor(emulator.base_url, "--only", "plain", "tools", "stop", "forced-tool")
    assert {probe: row[0] for probe, row in ran.table.items()} == {
        "plain": "holds",
        "tools": "holds",
        "stop": "unknown",
        "forced-tool": "unknown",
    }
    assert "No cassette holds this request. The nearest one is" in ran.table["stop"][1]


def test_a_cassette_is_har(record, weryai_emulator):
    weryai_emulator.reply("Hello.", usage={"total_tokens": 5}, extra={"user_id": "u-17"})
    [entry] = entries(record(weryai_emulator.base_url, "plain"), "plain")
    assert [*entry] == ["startedDateTime", "time", "request", "response", "cache", "timings"]
    assert entry["request"] | {"bodySize": 0} == {
        "method": "POST",
        "url": "https://api.weryai.com/v1/chat/completions",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "queryString": [],
        "headersSize": -1,
        "bodySize": 0,
        "postData": {
            "mimeType": "application/json",
            "params": [],
            "text": '{"model":"GPT_4_1","max_tokens":32,"messages":[{"role":"user","content":'
            '"Say hello in one short sentence."}]}',
        },
    }
    response = entry["response"]
    assert response["status"] == 200
    assert {"name": "x-request-id", "value": "[hidden]"} in response["headers"]
    assert json.loads(response["content"]["text"])["extra"] == {"user_id": "[hidden]"}
    assert response["content"]["size"] == response["_pieces"][0]["size"] == response["bodySize"]
    assert "_error" not in response
    assert entry["timings"]["wait"] >= 0


def test_a_stream_keeps_its_pieces(record):
    with Emulator(chunk_delay=0.002) as emulator:
        [entry] = entries(record(emulator.base_url, "stream"), "stream")
    pieces = entry["response"]["_pieces"]
    assert len(pieces) > 5
    assert [piece["time"] for piece in pieces] == sorted(piece["time"] for piece in pieces)
    body = entry["response"]["content"]["text"].encode()
    assert sum(piece["size"] for piece in pieces) == len(body)
    assert body.endswith(b"data: [DONE]\n\n")


def test_a_broken_stream_is_replayed_as_one(record, weryai_emulator):
    weryai_emulator.reply_chunks(
        [{"choices": [{"index": 0, "delta": {"content": "Mon"}}]}], abort=True
    )
    directory = record(weryai_emulator.base_url, "stream")
    [entry] = entries(directory, "stream")
    assert entry["response"]["_error"] == "RemoteProtocolError"
    with Emulator(cassettes=directory) as emulator:
        sent = json.loads(entry["request"]["postData"]["text"])
        received = b""
        url = f"{emulator.base_url}/chat/completions"
        with suppress(httpx2.RemoteProtocolError), httpx2.stream("POST", url, json=sent) as answer:
            for piece in answer.iter_raw():
                received += piece
            pytest.fail("the body came to its end")
    assert received == entry["response"]["content"]["text"].encode()


def test_no_answer_is_replayed_as_none(record, weryai_emulator):
    weryai_emulator.drop()
    directory = record(weryai_emulator.base_url, "plain")
    [entry] = entries(directory, "plain")
    assert (entry["response"]["status"], entry["response"]["_pieces"]) == (0, [])
    sent = json.loads(entry["request"]["postData"]["text"])
    with Emulator(cassettes=directory) as emulator, pytest.raises(httpx2.RemoteProtocolError):
        httpx2.post(f"{emulator.base_url}/chat/completions", json=sent)


def test_bodies_are_written_without_their_compression(record, weryai_emulator):
    body = b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}'
    headers = {"content-encoding": "gzip"}
    weryai_emulator.reply_raw(
        200, gzip.compress(body), content_type="application/json", headers=headers
    )
    [entry] = entries(record(weryai_emulator.base_url, "plain"), "plain")
    assert entry["response"]["content"]["text"].encode() == body


def test_a_body_that_is_no_text_is_written_in_base64(record, weryai_emulator):
    weryai_emulator.reply_raw(200, b"\xff\x00", content_type="image/png")
    directory = record(weryai_emulator.base_url, "plain")
    [entry] = entries(directory, "plain")
    assert entry["response"]["content"]["encoding"] == "base64"
    with Emulator(cassettes=directory) as emulator:
        sent = json.loads(entry["request"]["postData"]["text"])
        answer = httpx2.post(f"{emulator.base_url}/chat/completions", json=sent)
    assert (answer.content, answer.headers["content-type"]) == (b"\xff\x00", "image/png")


def test_a_body_that_does_not_decompress_ends_no_run(record, weryai_emulator):
    headers = {"content-encoding": "gzip"}
    weryai_emulator.reply_raw(200, b"\x1f\x8bnothing", content_type="a/b", headers=headers)
    [entry] = entries(record(weryai_emulator.base_url, "plain"), "plain")
    assert entry["response"]["_error"]


def test_the_key_is_nowhere(run_doctor, tmp_path, make_config):
    """Not if a service repeats it in headers, bodies, events, escapes and pieces."""
    directory = tmp_path / "cassettes"
    escaped = "".join(f"\\u{ord(char):04x}" for char in KEY)
    with Emulator() as emulator:
        emulator.reply_json({"models": [{"model": "GPT_4_1", "desc": KEY}]})
        emulator.reply_json({"data": 5, "note": KEY}, headers={"x-key": KEY, "allow": KEY})
        emulator.reply(f"Your key is {KEY}.")
        emulator.reply_chunks([{"choices": [{"index": 0, "delta": {"content": c}}]} for c in KEY])
        emulator.reply_error(400, {"error": {"message": f"bad key {KEY}", "code": KEY}})
        emulator.reply_raw(400, f'{{"message": "{escaped}"}}', content_type="application/json")
        emulator.reply_raw(200, f"data: {KEY}\n\n", content_type="text/event-stream")
        ran = run_doctor(
            emulator.base_url,
            *("--only", "plain", "stream", "n", "stop", "logprobs", "developer"),
            *("--record", str(directory)),
        )
    written = b"".join(file.read_bytes() for file in directory.iterdir()).decode()
    for text in (ran.out, ran.err, json.dumps(ran.report), written):
        assert KEY not in text
        assert KEY[3:] not in text
        assert escaped not in text
    assert written.count("[hidden]") > 5
    assert "The answer holds a secret in pieces" in written


def test_a_directory_with_cassettes_is_not_written_to(run_doctor, tmp_path, weryai_emulator):
    (tmp_path / "old.har").write_text("{}")
    ran = run_doctor(weryai_emulator.base_url, "--only", "key", "--record", str(tmp_path))
    assert ran.status == 2
    assert "holds cassettes already. Name another directory, or empty it." in ran.err
    assert weryai_emulator.requests == []
