"""The benchmark still works: our classes pass its check, and its figures become a page."""

import asyncio

import pytest
from speed.adapters.check import Verdict, check
from speed.adapters.rows import row_named
from speed.measures.run import Options, Run
from speed.report.chart import chart
from speed.report.page import measured
from speed.server.run import server

OURS = {"langchain": "ChatWeryAI", "llama-index": "WeryAI"}


@pytest.fixture(scope="module")
def address():
    with server() as address:
        yield address


@pytest.fixture
def loop():
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.mark.parametrize(
    ("framework", "name"),
    [(framework, name) for framework, ours in OURS.items() for name in ("FLOOR", ours)],
)
def test_our_classes_and_the_floors_answer_what_the_server_sends(framework, name, address, loop):
    assert check(row_named(framework, name).make, address, loop) == Verdict({}, [])


def test_a_run_gives_a_page_and_a_chart(address):
    framework = "langchain"
    only = ["stream, each", "async call"]
    run = Run(framework, address, Options(rounds=1, only=only, names=["FLOOR", OURS[framework]]))
    run.report |= {"date": "2026-01-31", "machine": "2 cores", "versions": {"aiohttp": "3.14"}}
    run.report["ceiling"] = {"requests/s": 40000.0, "chunks/s": 200000.0}
    run.choose()
    run.measure_all()
    run.loop.close()
    assert set(run.report["costs"]) >= {"stream, each", "async call"}
    page = measured({framework: run.report})
    assert "40,000 requests/s" in page
    assert "stream, each, x FLOOR" in page
    assert f"| {OURS[framework]} |" in page
    assert OURS[framework] in chart({framework: run.report})
