"""The batch job on one machine: every row has a result, and no row is paid twice."""

import json
import signal
import sys
from collections import Counter

import batch
import batch_job
import pytest
from batch_jobs import finish, is_own_answer, kill, service, start, whole_lines, write_rows

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def rows(tmp_path):
    return tmp_path / "rows.jsonl"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.jsonl"


@pytest.fixture
def run(rows, path, monkeypatch, weryai_emulator_env, capsys):
    """Run the program in this process; gives its exit status and what it printed."""

    def run(*options):
        monkeypatch.setattr(sys, "argv", ["batch.py", str(rows), str(path), *options])
        status = batch.main()
        return status, capsys.readouterr().out

    return run


@pytest.mark.parametrize("framework", ["langchain", "llama-index"])
def test_each_row_has_its_answer_in_both_frameworks(run, rows, path, framework):
    system = {"role": "system", "content": "Be brief."}
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    rows.write_text(
        json.dumps({"id": "a", "prompt": "Where?", "source": "form"})
        + "\nnot a row\n"
        + json.dumps({"messages": [system, *turns, {"role": "user", "content": "When?"}]})
    )
    status, printed = run("--framework", framework, "--model", "GPT_4O", "--max-tokens", "100")
    assert status == 0
    assert "\nline 2: not JSON (Expecting value: line 1 column 1 (char 0))\n" in printed
    assert "\n2 answered, 0 errors, 1 bad lines, 0 done before\n" in printed
    assert printed.endswith(f"The bad lines are listed in {path.with_name('results.bad.jsonl')}.\n")
    results = {result["id"]: result for result in whole_lines(path)}
    assert results["a"] == {
        "id": "a",
        "prompt": "Where?",
        "source": "form",
        "answer": 'You said: "Where?"',
        "model": "GPT_4O",
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "finish_reason": "stop",
        "error": None,
        "message": None,
        "retryable": False,
    }
    assert results[3]["answer"] == 'You said: "When?"'
    assert results[3]["messages"][0] == system


def test_a_request_has_the_messages_and_the_settings(run, rows, weryai_emulator_env):
    write_rows(rows, 1)
    run("--model", "GPT_5", "--max-tokens", "300")
    body = weryai_emulator_env.last_request.json
    assert body == {
        "model": "GPT_5",
        "max_tokens": 300,
        "messages": [{"role": "user", "content": "Question number 0"}],
    }


def test_a_second_run_asks_only_new_rows(run, rows, path, weryai_emulator_env):
    write_rows(rows, 3)
    run()
    prompts = write_rows(rows, 5)
    status, printed = run()
    assert status == 0
    assert "2 answered, 0 errors, 0 bad lines, 3 done before" in printed
    assert len(weryai_emulator_env.requests) == 5
    assert sorted(result["prompt"] for result in whole_lines(path)) == prompts


@pytest.mark.parametrize("framework", ["langchain", "llama-index"])
def test_errors_are_kept_and_only_those_that_may_pass_are_asked_again(
    run, rows, path, weryai_emulator_env, framework
):
    write_rows(rows, 4)
    options = ("--max-retries", "1", "--concurrency", "1", "--framework", framework)
    wait = {"Retry-After": "0"}
    for status in (400, 500, 500, 402):  # refused; failed twice; no credits
        weryai_emulator_env.reply_error(status, headers=wait)
    status, printed = run(*options)
    assert status == 0
    assert "1 answered, 3 errors, 0 bad lines, 0 done before" in printed
    assert "2 of these errors may pass: see --retry-errors." in printed
    results = whole_lines(path)
    assert [(result["error"], result["retryable"]) for result in results] == [
        ("InvalidRequestError", False),
        ("ServerError", True),
        ("InsufficientCreditsError", True),
        (None, False),
    ]
    assert "credits" in results[2]["message"]
    assert results[2]["answer"] is None

    assert "0 answered, 0 errors, 0 bad lines, 4 done before" in run(*options)[1]
    assert "2 answered, 0 errors, 0 bad lines, 2 done before" in run(*options, "--retry-errors")[1]
    assert len(weryai_emulator_env.requests) == 7
    errors = Counter(result["error"] for result in whole_lines(path))
    assert errors == {None: 3, "InvalidRequestError": 1}


def test_many_errors_in_a_row_stop_the_job_and_the_rest_is_for_the_next_run(
    run, rows, path, weryai_emulator_env
):
    write_rows(rows, 30)
    options = ("--concurrency", "1", "--give-up-after", "3")
    for status in (401, 401, None, 401, 401, 401):
        if status is None:
            weryai_emulator_env.reply("An answer between them.")
        else:
            weryai_emulator_env.reply_error(status)
    status, printed = run(*options)
    assert status == 1
    assert "Stopped: 3 errors in a row. The last one: " in printed
    assert len(whole_lines(path)) == 6
    status, printed = run(*options, "--retry-errors")
    assert (status, len(whole_lines(path))) == (0, 30)
    assert "29 answered, 0 errors, 0 bad lines, 1 done before" in printed


def test_whatever_a_chain_raises_is_the_error_of_its_row(run, rows, path, monkeypatch):
    def ask_oddly(**settings):
        async def ask(messages):
            raise KeyError(messages[0]["content"])

        return ask

    monkeypatch.setitem(batch_job.FRAMEWORKS, "langchain", ask_oddly)
    write_rows(rows, 2)
    assert run()[0] == 0
    assert {(result["error"], result["retryable"]) for result in whole_lines(path)} == {
        ("KeyError", True)
    }


@pytest.mark.parametrize("failures", [1, 4, 99])
def test_a_full_disk_stops_the_job_and_loses_no_answer(
    rows, path, monkeypatch, capsys, weryai_emulator_env, failures
):
    class FullDisk(batch.Results):
        left = failures

        def add(self, row, outcome):
            if row.number > 2 and self.left:
                self.left -= 1
                raise OSError(28, "No space left on device")
            super().add(row, outcome)

    monkeypatch.setattr(batch, "Results", FullDisk)
    monkeypatch.setattr(sys, "argv", ["batch.py", str(rows), str(path), "--concurrency", "4"])
    write_rows(rows, 30)
    assert batch.main() == 1
    printed, errors = capsys.readouterr()
    assert "Stopped: [Errno 28] No space left on device." in printed
    written = whole_lines(path)
    shown = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    assert bool(shown) is (failures == 99)
    assert len(written) >= 2
    assert len(written) + len(shown) == len(weryai_emulator_env.requests) < 30
    assert all(map(is_own_answer, written + shown))


def test_inserted_lines_cost_nothing_and_equal_rows_are_asked_once(
    run, rows, path, weryai_emulator_env
):
    lines = [json.dumps({"prompt": f"Question {number}"}) + "\n" for number in (1, 2, 2)]
    rows.write_text("".join(lines))
    assert "2 answered, 0 errors, 0 bad lines, 0 done before, 1 repeated" in run()[1]
    rows.write_text(json.dumps({"prompt": "Question 0"}) + "\n" + "".join(lines))
    assert "1 answered, 0 errors, 0 bad lines, 3 done before\n" in run()[1]
    assert len(weryai_emulator_env.requests) == 3
    assert [result["id"] for result in whole_lines(path)] == [1, 2, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.jsonl", "results.jsonl"], "batch.py: [Errno 2] No such file or directory"),
        (["rows.jsonl", "rows.jsonl"], "batch.py: Line 1 of rows.jsonl is not a result."),
        (["rows.jsonl", "new.jsonl", "--concurrency", "0"], "pass a whole number from 1"),
        (["rows.jsonl", "new.jsonl", "--model", ""], "pass the key of a model"),
        (["rows.jsonl", "new.jsonl", "--max-retries", "-1"], "batch.py: `max_retries` must be"),
    ],
)
def test_wrong_arguments_are_one_line(
    tmp_path, monkeypatch, weryai_emulator_env, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    write_rows("rows.jsonl", 1)
    monkeypatch.setattr(sys, "argv", ["batch.py", *arguments])
    with pytest.raises(SystemExit) as exit_:
        batch.main()
    assert message in f"{exit_.value.code}{capsys.readouterr().err}"
    assert not weryai_emulator_env.requests
    assert [file.name for file in tmp_path.iterdir()] == ["rows.jsonl"]


@needs_signals
@pytest.mark.slow
def test_three_kills_lose_no_answer_and_pay_none_twice(rows, path):
    prompts, concurrency = write_rows(rows, 300), 8
    options = (rows, path, "--concurrency", concurrency)
    kept = {}
    with service("--answer-delay", "0.02") as emulator:
        for kills, count in enumerate((60, 140, 220), 1):
            process = start("batch.py", emulator, *options)
            emulator.wait_for(count, process)
            kill(process)
            asked = emulator.asked()
            answered = {result["prompt"] for result in whole_lines(path)}
            assert asked.total() - len(answered) <= kills * concurrency
            kept |= {prompt: asked[prompt] for prompt in answered}
        assert 0 < len(kept) < len(prompts)
        assert finish(start("batch.py", emulator, *options))[0] == 0
        asked = emulator.asked()
    results = whole_lines(path)
    assert sorted(result["prompt"] for result in results) == sorted(prompts)
    assert all(map(is_own_answer, results))
    # What was in flight at a kill is asked again, and nothing else.
    assert asked.total() <= len(prompts) + 3 * concurrency
    assert {prompt: asked[prompt] for prompt in kept} == kept


@needs_signals
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_awaits_the_answers_on_their_way(rows, path, number):
    write_rows(rows, 300)
    with service("--answer-delay", "0.05") as emulator:
        process = start("batch.py", emulator, rows, path, "--concurrency", 8)
        emulator.wait_for(40, process)
        process.send_signal(number)
        status, printed, errors = finish(process)
        asked = emulator.asked().total()
    results = whole_lines(path)
    assert status == 1
    assert f"Stopped: {number.name}.\nRun the same command again to go on.\n" in printed
    assert "Traceback" not in errors
    assert 40 <= len(results) == asked < 300
    assert all(map(is_own_answer, results))


@needs_signals
@pytest.mark.slow
def test_a_second_ctrl_c_ends_at_once_and_a_second_job_is_refused(rows, path):
    write_rows(rows, 30)
    with service("--answer-delay", "600") as emulator:
        process = start("batch.py", emulator, rows, path)
        emulator.wait_for(20, process)
        status, _, errors = finish(start("batch.py", emulator, rows, path))
        assert (status, errors.count("\n")) == (1, 1)
        assert "batch.py: Another job is at work: it holds " in errors
        process.send_signal(signal.SIGINT)
        while "Waiting for the answers" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        status, printed, errors = finish(process)
    assert (status, "Traceback" in errors) == (1, False)
    assert "0 answered, 0 errors, 0 bad lines, 0 done before" in printed
    assert whole_lines(path) == []
