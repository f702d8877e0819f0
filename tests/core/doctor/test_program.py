"""The program: what it says, asks and returns."""

import io
import json
import sys

import pytest

from weryai_core.doctor.__main__ import main
from weryai_core.doctor.probes.every import PROBES
from weryai_core.version import __version__
from weryai_emulator import Emulator

KEY = "sk-0123456789abcdef0123456789abcdef"


class Terminal(io.StringIO):
    """What a user types."""

    def isatty(self):
        return True


@pytest.fixture
def at_the_terminal(monkeypatch, weryai_emulator_env):
    """Run the program for a user who types this; a mark of the end of the input is Ctrl-C."""

    def run(typed, *arguments):
        monkeypatch.setattr(sys, "stdin", Terminal(typed))
        return main([*arguments])

    return run


def test_the_probes_are_listed_without_a_request(capsys, weryai_emulator_env):
    assert main(["--list", "--width", "140"]) == 0
    out = capsys.readouterr().out
    assert all(probe.id in out for probe in PROBES)
    assert weryai_emulator_env.requests == []


def test_the_cost_is_said_and_asked_for_before_anything_is_paid(
    at_the_terminal, capsys, weryai_emulator_env
):
    assert at_the_terminal("n\n", "--only", "plain", "n") == 2
    captured = capsys.readouterr()
    paths = [request.path for request in weryai_emulator_env.requests]
    assert paths == ["/v1/chat/models", "/v1/generation/balance"]
    assert "5 requests to http://127.0.0.1:" in captured.out
    assert "3 of them free. The model is GPT_4_1." in captured.out
    assert "At most 73 tokens of input and 96 of output" in captured.out
    assert "At the listed prices about 0.0011, if they are for a million tokens." in captured.out
    assert captured.err == "weryai-doctor: nothing was asked.\n"


@pytest.mark.parametrize("typed", ["y\n", "YES\n"])
def test_who_agrees_is_served(at_the_terminal, capsys, typed):
    assert at_the_terminal(typed, "--only", "plain") == 0
    assert "1 hold, 0 differ, 0 unknown; 4 requests." in capsys.readouterr().out


def test_without_a_terminal_nobody_can_be_asked(monkeypatch, capsys, weryai_emulator_env):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert main(["--only", "plain"]) == 2
    assert "Pass --yes to agree to these requests." in capsys.readouterr().err
    assert len(weryai_emulator_env.requests) == 2


def test_as_many_requests_are_sent_as_were_named(run_doctor):
    with Emulator(api_keys=[KEY]) as emulator:
        ran = run_doctor(emulator.base_url)
        sent = len(emulator.requests)
    assert ran.out.startswith(f"{sent} requests to ")
    assert ran.report["requests"] == sent
    assert f"{len(PROBES) - 4} hold, 0 differ, 4 unknown; {sent} requests." in ran.out


def test_no_more_tokens_are_used_than_were_named(run_doctor, weryai_emulator):
    ran = run_doctor(weryai_emulator.base_url)
    [line] = [line for line in ran.out.splitlines() if line.startswith("At most")]
    numbers = [int(word.replace(",", "")) for word in line.split() if word[0].isdigit()]
    measured = ran.report["measured"]
    assert 0 < measured["input_tokens"] < numbers[0]
    assert 0 < measured["output_tokens"] < numbers[1]


def test_the_report_has_verdicts_and_no_secrets(run_doctor, weryai_emulator):
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain", "wrong-key")
    report = ran.report
    assert report.pop("python")
    assert report.pop("started")
    assert report.pop("measured").keys() == {"input_tokens", "output_tokens"}
    assert report == {
        "format": 1,
        "weryai_integrations": __version__,
        "service": "another address",
        "model": "GPT_4_1",
        "requests": 5,
        "is_whole": True,
        "probes": [
            {
                "id": "plain",
                "assumptions": ["documented-answer", "envelopes"],
                "claim": "An answer is a bare completion",
                "verdict": "holds",
                "seen": "as documented",
                "setting": "",
                "models": ["GPT_4_1"],
            },
            {
                "id": "wrong-key",
                "assumptions": ["error-classes"],
                "claim": "A wrong key is refused as one",
                "verdict": "differs",
                "seen": "answered",
                "setting": "",
                "models": ["GPT_4_1"],
            },
        ],
    }


def test_no_prompt_is_in_the_report(run_doctor):
    with Emulator() as emulator:
        for _ in range(2):
            emulator.reply_error(404)
        emulator.reply_error(400, message="Not allowed: Say hello in one short sentence.")
        ran = run_doctor(emulator.base_url, "--only", "plain")
    assert "Not allowed: [prompt]" in ran.table["plain"][1]
    assert "Say hello" not in json.dumps(ran.report)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"status": 1002, "desc": "Authentication failed", "message": "Invalid API Key"}),
        (403, {"status": 403, "msg": "Invalid API Key"}),
        (200, {"status": 1002, "desc": "Authentication failed", "message": "Invalid API Key"}),
    ],
)
def test_a_refused_key_ends_the_run(run_doctor, weryai_emulator, status, body):
    for _ in range(2):
        weryai_emulator.reply_error(status, body)
    ran = run_doctor(weryai_emulator.base_url)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"weryai-doctor: WeryAI answered with HTTP {status}, code ")
    assert "Check `api_key` or `WERYAI_API_KEY`" in ran.err


def test_a_service_that_is_not_reached_ends_the_run(run_doctor, closed_url):
    ran = run_doctor(closed_url)
    assert (ran.status, ran.out) == (2, "")
    assert "weryai-doctor: " in ran.err


def test_a_missing_key_is_named(monkeypatch, capsys):
    assert main(["--yes"]) == 2
    assert "No API key. Pass `api_key` or set `WERYAI_API_KEY`." in capsys.readouterr().err


def test_an_unknown_probe_is_named(run_doctor, weryai_emulator):
    ran = run_doctor(weryai_emulator.base_url, "--only", "plane")
    assert ran.status == 2
    assert ran.err == "weryai-doctor: unknown probe 'plane'. --list shows all.\n"


def test_a_report_that_cannot_be_written_is_an_error(run_doctor, weryai_emulator, tmp_path):
    ran = run_doctor(weryai_emulator.base_url, "--only", "key", "--json", str(tmp_path))
    assert (ran.status, ran.out) == (2, "")
    assert str(tmp_path) in ran.err
    assert not weryai_emulator.requests


def test_used_up_credits_end_the_questions_and_not_the_run(run_doctor, weryai_emulator):
    for step in ({"models": []}, {"status": 0, "data": 0}):
        weryai_emulator.reply_json(step)
    weryai_emulator.reply_error(402)
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain", "n", "stop", "key")
    assert ran.table["key"][0] == "holds"
    for probe in ("plain", "n", "stop"):
        assert ran.table[probe][:1] == ("unknown",)
        assert ran.table[probe][1].startswith("the credits are used up")
    assert len(weryai_emulator.requests) == 4  # two lists, one refusal, the balance at the end
    assert ran.status == 0


def test_a_rate_limit_is_no_verdict(run_doctor, weryai_emulator):
    for step in ({"models": []}, {"status": 0, "data": 0}):
        weryai_emulator.reply_json(step)
    weryai_emulator.reply_error(429)
    ran = run_doctor(weryai_emulator.base_url, "--only", "n")
    assert ran.table["n"][0] == "unknown"
    assert ran.table["n"][1].startswith("a rate limit; run it again with --pause 5")
    assert ran.status == 2


def test_spent_credits_are_shown(run_doctor, weryai_emulator):
    weryai_emulator.reply_json({"models": []})
    weryai_emulator.reply_json({"status": 0, "data": 10})
    weryai_emulator.reply("Hi")
    weryai_emulator.reply_json({"status": 0, "data": 7.5})
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain")
    assert "The balance is lower by 2.5." in ran.out
    assert ran.report["measured"]["credits"] == 2.5
    assert "The service lists no prices for these models." in ran.out


def test_another_default_is_taken_if_the_service_lacks_it(run_doctor, weryai_emulator):
    weryai_emulator.reply_json({"models": [{"model": "GLM_5"}, {"model": "GPT_5"}]})
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain", "reasoning", "web-search")
    assert ran.report["model"] == "GLM_5"
    models = [one["models"] for one in ran.report["probes"]]
    assert models == [["GLM_5"], ["GLM_5"], ["GEMINI_3_1_FLASH_LITE"]]


def interrupt_at(monkeypatch, number):
    """Have the user press Ctrl-C while that many requests have been sent."""
    from weryai_core.doctor.record.tap import TappedClient

    send = TappedClient.send

    def interrupted(self, request, **options):
        if len(self.exchanges) == number:
            raise KeyboardInterrupt
        return send(self, request, **options)

    monkeypatch.setattr(TappedClient, "send", interrupted)


def test_ctrl_c_shows_what_is_there_and_keeps_the_cassettes(
    run_doctor, weryai_emulator, monkeypatch, tmp_path
):
    interrupt_at(monkeypatch, 4)
    directory = tmp_path / "cassettes"
    ran = run_doctor(
        weryai_emulator.base_url,
        *("--only", "plain", "request-id", "stream", "n", "--record", str(directory)),
    )
    assert [*ran.table] == ["plain", "request-id", "stream"]
    assert "The run was interrupted; the other probes did not run." in ran.out
    assert ran.report["is_whole"] is False
    assert ran.status == 2
    assert {file.name for file in directory.iterdir()} >= {"plain.har", "stream.har"}


def test_ctrl_c_before_the_first_probe_ends_the_run(run_doctor, weryai_emulator, monkeypatch):
    interrupt_at(monkeypatch, 0)
    ran = run_doctor(weryai_emulator.base_url)
    assert ran.status == 2
    assert ran.err == "weryai-doctor: interrupted before the first probe\n"


def test_a_terminal_sees_colours_and_progress(run_doctor, weryai_emulator, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain", "wrong-key")
    assert "\x1b[32mholds\x1b[0m" in ran.out
    assert "\x1b[1;31mdiffers\x1b[0m" in ran.out
    assert "2 of 2: wrong-key" in ran.err


def test_questions_are_sent_with_pauses_between_them(run_doctor, weryai_emulator, monkeypatch):
    waits = []
    monkeypatch.setattr("weryai_core.doctor.lab.time.sleep", waits.append)
    run_doctor(weryai_emulator.base_url, "--only", "plain", "n", "stop", "--pause", "2.5")
    assert waits == [2.5, 2.5]


def test_a_probe_that_fails_ends_no_run(run_doctor, weryai_emulator, monkeypatch):
    weryai_emulator.reply_json({"models": [None, 3], "x": {"models": [[]]}})
    weryai_emulator.reply_json([])
    weryai_emulator.reply_json({"choices": [{"index": 0, "message": {"content": [[], 3]}}]})
    ran = run_doctor(weryai_emulator.base_url, "--only", "key", "models", "balance", "plain", "n")
    assert [*ran.table] == ["key", "balance", "models", "plain", "n"]
    assert ran.table["n"][0] == "holds"


def test_without_rich_the_extra_is_named(run_script):
    script = (
        "import sys, importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'rich' else find(name)\n"
        "from weryai_core.doctor.__main__ import main\n"
        "sys.exit(main(['--list']))\n"
    )
    done = run_script(script)
    assert done.returncode == 2
    assert done.stderr == "weryai-doctor needs rich: pip install 'weryai-integrations[doctor]'\n"


@pytest.mark.slow
def test_the_module_is_a_program(run_script):
    done = run_script(
        "import runpy, sys\nsys.argv[1:] = ['--help']\n"
        "runpy.run_module('weryai_core.doctor', run_name='__main__')\n"
    )
    assert done.returncode == 0
    assert "usage: weryai-doctor" in done.stdout
    assert "Exit status: 0 if nothing differs, 1 if something does, 2 if it could" in done.stdout
