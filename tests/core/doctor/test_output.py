"""What a run writes: the report is kept, whatever happens to the table and the end of the run."""

import io
import json
import subprocess
import sys

import pytest

from weryai_core.doctor.__main__ import main
from weryai_core.doctor.record.tap import TappedClient

ODD = "bad \u2603 \x1b[2J[red]x[/red] [/] thing"


def fail_at_the_end(monkeypatch, error):
    """Let the second request for the balance raise this."""
    send = TappedClient.send

    def failing(self, request, **options):
        if str(request.url).endswith("balance") and len(self.exchanges) > 1:
            raise error
        return send(self, request, **options)

    monkeypatch.setattr(TappedClient, "send", failing)


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), 2), (OSError(28, "full"), 0), (KeyError("x"), 0)]
)
def test_the_verdicts_outlive_the_balance_at_the_end(
    run_doctor, weryai_emulator, monkeypatch, error, status
):
    fail_at_the_end(monkeypatch, error)
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain")
    assert ran.status == status
    assert ran.table["plain"][0] == "holds"
    assert "1 hold, 0 differ, 0 unknown" in ran.out
    assert ran.report["is_whole"] is True


def test_the_report_is_there_before_the_table(run_doctor, weryai_emulator, monkeypatch, tmp_path):
    def fail(*arguments):
        assert json.loads((tmp_path / "report.json").read_bytes())["probes"]
        raise OSError("the terminal is gone")

    monkeypatch.setattr("weryai_core.doctor.program.show_run", fail)
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain")
    assert ran.err == "weryai-doctor: the terminal is gone\n"
    assert ran.table["plain"][0] == "holds"


@pytest.mark.parametrize("old", [None, b"of mine"])
def test_a_run_that_is_refused_leaves_files_as_they_were(
    run_doctor, weryai_emulator, closed_url, tmp_path, old
):
    file = tmp_path / "other.json"
    if old is not None:
        file.write_bytes(old)
    assert run_doctor(closed_url, "--json", str(file)).status == 2
    assert (file.read_bytes() if file.exists() else None) == old


def test_any_word_of_a_service_can_be_shown_and_written(run_doctor, weryai_emulator, monkeypatch):
    for step in ({"models": []}, {"status": 0, "data": 0}):
        weryai_emulator.reply_json(step)
    weryai_emulator.reply_error(400, message=ODD)
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain")
    out.flush()
    shown = out.buffer.getvalue().decode("ascii")
    assert ran.status == 1
    assert "\\u2603 [2J[red]x[/red] [/]" in " ".join(shown.split())
    assert "\x1b" not in shown
    assert ran.table["plain"][1].endswith("\u2603 [2J[red]x[/red] [/] thing; Parameter error")
    assert out.errors == "strict"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_closed_pipe_ends_no_run(weryai_emulator_env, tmp_path):
    file = tmp_path / "report.json"
    command = ["-m", "weryai_core.doctor", "--yes", "--only", "plain", "--json", str(file)]
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, b"")
    assert json.loads(file.read_bytes())["probes"][0]["verdict"] == "holds"


def test_a_service_that_knows_no_chat_completions_is_no_success(run_doctor, weryai_emulator):
    for step in ({"models": [{"model": "GPT_4_1"}]}, {"status": 0, "data": 0}):
        weryai_emulator.reply_json(step)
    for _ in range(3):
        weryai_emulator.reply_error(404, {"detail": "Not Found"})
    ran = run_doctor(weryai_emulator.base_url, "--only", "key", "unknown-model", "stop")
    assert [row[0] for row in ran.table.values()] == ["holds", "unknown", "unknown"]
    assert "No chat completion was answered: check the address and the model." in ran.out
    assert ran.status == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pause", "-1"), "pass a number from 0"),
        (("--pause", "nan"), "pass a number from 0"),
        (("--width", "-5"), "pass a whole number from 1"),
        (("--model", ""), "pass the key of a model"),
    ],
)
def test_values_without_a_meaning_are_refused(capsys, arguments, message):
    with pytest.raises(SystemExit) as exit_:
        main(["--list", *arguments])
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err
