"""The batch job on a Ray of two CPUs: it survives its driver and its actors, and pays no row twice.

Ray is not part of the development environment; `make test-ray` installs it into one of its own.
"""

import asyncio
import importlib
import json
from importlib.util import find_spec

import psutil
import pytest
from batch_jobs import finish, is_own_answer, kill, service, start, whole_lines, write_rows
from batch_rows import lock

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed, see make test-ray"),
    pytest.mark.slow,
    pytest.mark.timeout(900),  # Ray takes half a minute to start, on a loaded machine
]
CONCURRENCY = 20
ACTORS = 2


@pytest.fixture
def rows(tmp_path):
    return tmp_path / "rows.jsonl"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "results"


def start_job(emulator, rows, folder, *options):
    options = ("--actors", ACTORS, "--concurrency", CONCURRENCY, *options)
    return start("ray_batch.py", emulator, rows, folder, *options)


def results_in(folder):
    return whole_lines(*folder.glob("part-*.jsonl"))


def test_a_killed_driver_loses_no_answer_and_pays_none_twice(rows, folder):
    prompts = write_rows(rows, 2000)
    # The limit shows that all actors together keep theirs: beyond it, requests would be repeated.
    with service("--answer-delay", "0.05", "--max-concurrency", CONCURRENCY + 1) as emulator:
        process = start_job(emulator, rows, folder)
        emulator.wait_for(700, process)
        kill(process)
        lock(folder / "actors.lock", patience=60).close()  # the actors end with their driver
        asked = emulator.asked()
        kept = {result["prompt"] for result in results_in(folder)}
        assert 0 < len(kept) < len(prompts)
        assert asked.total() - len(kept) <= CONCURRENCY
        status, printed, errors = finish(start_job(emulator, rows, folder))
        asked = emulator.asked()
    assert status == 0, errors
    answered = len(prompts) - len(kept)
    assert f"{answered:,} answered, 0 errors, 0 bad lines, {len(kept):,} done before" in printed
    results = results_in(folder)
    assert sorted(result["prompt"] for result in results) == sorted(prompts)
    assert all(map(is_own_answer, results))
    assert asked.total() <= len(prompts) + CONCURRENCY
    assert {asked[prompt] for prompt in kept} == {1}


def test_a_killed_actor_loses_no_answer_and_pays_none_twice(rows, folder):
    prompts = write_rows(rows, 600)
    options = ("--rows-per-task", 50)
    with service("--answer-delay", "0.1") as emulator:
        process = start_job(emulator, rows, folder, *options)
        emulator.wait_for(200, process)
        children = psutil.Process(process.pid).children(recursive=True)
        [actor, *_] = [child for child in children if "MapWorker" in " ".join(child.cmdline())]
        actor.kill()
        status, printed, errors = finish(process)
        kept = {result["prompt"] for result in results_in(folder)}
        left = len(prompts) - len(kept)
        assert status == 1, errors
        assert f"{left} rows are left: Ray could not finish all tasks" in printed
        assert 0 < left <= 2 * 50  # the tasks of that actor
        assert finish(start_job(emulator, rows, folder, *options))[0] == 0
        asked = emulator.asked()
    results = results_in(folder)
    assert sorted(result["prompt"] for result in results) == sorted(prompts)
    assert all(map(is_own_answer, results))
    assert asked.total() <= len(prompts) + CONCURRENCY // ACTORS
    assert {asked[prompt] for prompt in kept} == {1}


def test_bad_lines_and_errors_are_reported_and_llama_index_works(rows, folder):
    write_rows(rows, 30)
    with open(rows, "a", encoding="utf-8") as file:
        file.write("not a row\n" + json.dumps({"prompt": "Where?", "note": "x"}) + "\n")
    options = ("--framework", "llama-index", "--max-retries", "0", "--rows-per-task", "10")
    with service() as emulator:
        emulator.queue({"reply_error": 500})
        status, printed, errors = finish(start_job(emulator, rows, folder, *options))
        assert status == 0, errors
        assert "line 31: not JSON (" in printed
        assert "30 answered, 1 errors, 1 bad lines, 0 done before" in printed
        assert "1 of these errors may pass: see --retry-errors." in printed
        job = start_job(emulator, rows, folder, *options, "--retry-errors")
        assert "1 answered, 0 errors, 1 bad lines, 30 done before" in finish(job)[1]
    results = {result["id"]: result for result in results_in(folder)}
    assert len(results) == 31
    assert all(map(is_own_answer, results.values()))
    assert results[32]["note"] == "x"


def test_a_wrong_key_stops_all_actors(rows, folder):
    write_rows(rows, 500)
    with service("--api-key", "another-key") as emulator:
        job = start_job(emulator, rows, folder, "--give-up-after", 5, "--rows-per-task", 20)
        status, printed, errors = finish(job)
        asked = emulator.asked().total()
    results = results_in(folder)
    assert status == 1, errors
    assert f"0 answered, {len(results)} errors, 0 bad lines" in printed, errors
    assert f"{500 - len(results)} rows are left: " in printed, errors
    assert "errors in a row. The last one: " in printed
    assert printed.endswith("Run the same command again to go on.\n")
    assert not (folder / "stop").exists()
    assert 5 <= len(results) <= asked < 500
    assert {result["error"] for result in results} == {"AuthenticationError"}


def test_a_task_that_ray_runs_again_asks_nothing(rows, folder, weryai_emulator_env):
    ray_batch = importlib.import_module("ray_batch")
    write_rows(rows, 3)
    folder.mkdir()
    settings = {"model": "GPT_4O"}
    task = {"name": ["part-a-1.jsonl"] * 3, "number": [1, 2, 3], "offset": [0, 47, 94]}

    async def run():
        answerer = ray_batch.Answerer(rows, folder, "langchain", settings, 2, 5)
        first, again = [await anext(answerer(task)) for _ in range(2)]
        answerer.lock.close()
        return first, again

    first, again = asyncio.run(run())
    assert (first["answered"], again["answered"]) == ([3], [0])
    assert len(weryai_emulator_env.requests) == len(results_in(folder)) == 3
