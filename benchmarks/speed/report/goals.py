"""The ratios that matter, each with its goal.

A ratio compares figures of one run. It is taken from medians, of CPU time and of the clock. A goal
is reached if both say so, where both are measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

LANGCHAIN, LLAMA_INDEX = "langchain", "llama-index"
OURS = {LANGCHAIN: "ChatWeryAI", LLAMA_INDEX: "WeryAI"}
TITLES = {LANGCHAIN: "LangChain", LLAMA_INDEX: "LlamaIndex"}
SYNC_ENGINE = "httpcore2"
"""The engine of our synchronous client, which a batch in threads is compared with."""


class Figures:
    """The figures of one framework.

    Raises:
        KeyError: A figure has not been measured.
    """

    def __init__(self, framework: str, report: Mapping[str, Any]) -> None:
        self.report = report
        self.ours = OURS[framework]

    def cost(self, measure: str, name: str, clock: str) -> float:
        """Return the microseconds of a unit."""
        return float(self.report["costs"][measure][name][clock])

    def over(self, measure: str, *names: str, clock: str) -> float:
        """Return our cost divided by the sum of others."""
        others = sum(self.cost(measure, name, clock) for name in names)
        return self.cost(measure, self.ours, clock) / others


class Goal(NamedTuple):
    """A ratio and what it should be.

    Attributes:
        title: What is compared.
        framework: Whose figures.
        bound: The goal.
        is_least: Whether the ratio should be at least the bound, or else at most.
        ratio: Computes the ratio for a clock: "cpu" or "wall".
        clocks: Which clocks make sense.
    """

    title: str
    framework: str
    bound: float
    is_least: bool
    ratio: Callable[[Figures, str], float]
    clocks: tuple[str, ...] = ("cpu", "wall")


class Result(NamedTuple):
    """A goal, and the ratios of a run by clock."""

    goal: Goal
    ratios: dict[str, float]

    @property
    def is_reached(self) -> bool:
        """Whether all clocks say so."""
        bound = self.goal.bound
        if self.goal.is_least:
            return min(self.ratios.values()) >= bound
        return max(self.ratios.values()) <= bound


def results(reports: Mapping[str, Mapping[str, Any]]) -> Iterator[Result]:
    """Yield the goals of all measures that have been taken.

    Args:
        reports: The report of each framework.
    """
    for goal in GOALS:
        if goal.framework not in reports:
            continue
        figures = Figures(goal.framework, reports[goal.framework])
        try:
            yield Result(goal, {clock: goal.ratio(figures, clock) for clock in goal.clocks})
        except KeyError:
            continue


def _times(measure: str, *names: str) -> Callable[[Figures, str], float]:
    return lambda figures, clock: figures.over(measure, *names, clock=clock)


def _against(measure: str, name: str) -> Callable[[Figures, str], float]:
    return lambda figures, clock: 1 / figures.over(measure, name, clock=clock)


def _rate(measure: str, name: str) -> Callable[[Figures, str], float]:
    def ratio(figures: Figures, clock: str) -> float:
        others, ours = (figures.report["rates"][measure][who] for who in (name, figures.ours))
        if ours["unfinished"]:
            return 0.0
        return float(ours["rate"] / others["rate"])

    return ratio


def _growth(short: str, long: str) -> Callable[[Figures, str], float]:
    def ratio(figures: Figures, clock: str) -> float:
        grown = [
            figures.cost(long, name, clock) / figures.cost(short, name, clock)
            for name in (figures.ours, "FLOOR")
        ]
        return grown[0] / grown[1]

    return ratio


def _history(figures: Figures, clock: str) -> float:
    """Return what a long history costs us over `to_json`, in multiples of `to_json`.

    The framework's own share and that of sending the bytes are taken off.
    """
    grown = {
        name: figures.cost("200 KB history", name, clock) - figures.cost("call", name, clock)
        for name in (figures.ours, "FLOOR", SYNC_ENGINE)
    }
    encoding = figures.report["encoding"]
    sending = grown[SYNC_ENGINE] - encoding["orjson"]
    own = grown[figures.ours] - grown["FLOOR"] - sending
    return float((own - encoding["to_json"]) / encoding["to_json"])


def _crowd(figure: str) -> Callable[[Figures, str], float]:
    def ratio(figures: Figures, clock: str) -> float:
        found = figures.report["200 streams"]
        return float(found[figures.ours][figure] / found["FLOOR"][figure])

    return ratio


def _modules(figures: Figures, clock: str) -> float:
    found = figures.report["imports"]
    return float(found[figures.ours]["modules"] - found["bare framework"]["modules"])


def _floor_goals() -> Iterator[Goal]:
    for framework, bounds in {
        LANGCHAIN: (1.4, 1.5, 1.8, 1.6),
        LLAMA_INDEX: (1.3, 1.4, 1.8, 1.6),
    }.items():
        measures = ("stream", "astream", "stream, each", "astream, each")
        for measure, bound in zip(measures, bounds, strict=True):
            title = f"{measure}, x FLOOR"
            yield Goal(title, framework, bound, False, _times(measure, "FLOOR"))


def _call_goals() -> Iterator[Goal]:
    for framework in (LANGCHAIN, LLAMA_INDEX):
        ratio = _times("call", "FLOOR", "httpx2")
        yield Goal("call, x (FLOOR + httpx2)", framework, 0.9, False, ratio)
        ratio = _times("async call", "FLOOR", "httpx2 on aiohttp")
        yield Goal("async call, x (FLOOR + httpx2 on aiohttp)", framework, 1.0, False, ratio)
        ratio = _times("first token", "httpx2")
        yield Goal("first token, x httpx2", framework, 1.3, False, ratio, ("wall",))


def _rate_goals() -> Iterator[Goal]:
    for framework in (LANGCHAIN, LLAMA_INDEX):
        for at_once, bound in ((100, 0.8), (1000, 0.6)):
            measure = f"{at_once} in flight"
            title = f"{measure}, requests/s, x FLOOR"
            yield Goal(title, framework, bound, True, _rate(measure, "FLOOR"), ("wall",))
        ratio = _rate("batch in 100 threads", SYNC_ENGINE)
        title = f"batch in 100 threads, requests/s, x {SYNC_ENGINE}"
        yield Goal(title, framework, 0.8, True, ratio, ("wall",))
        title = "200 streams at once, chunks/s, x FLOOR"
        yield Goal(title, framework, 0.8, True, _crowd("chunks/s"), ("wall",))
        title = "200 streams at once, peak memory, x FLOOR"
        yield Goal(title, framework, 1.1, False, _crowd("peak MB"), ("count",))


def _growth_goals() -> Iterator[Goal]:
    for framework in (LANGCHAIN, LLAMA_INDEX):
        for short, long in (
            ("stream", "stream 10,000"),
            ("astream", "astream 10,000"),
            ("stream, each", "stream 10,000, each"),
            ("astream, each", "astream 10,000, each"),
        ):
            title = f"{short}: a chunk of 10,000, x 1 of 1,000, x FLOOR's"
            yield Goal(title, framework, 1.0, False, _growth(short, long))


def _once_goals() -> Iterator[Goal]:
    for framework in (LANGCHAIN, LLAMA_INDEX):
        title = "import: modules over the bare framework"
        yield Goal(title, framework, 40, False, _modules, ("count",))
        title = "200 KB history: our cost over to_json, x to_json"
        yield Goal(title, framework, 2, False, _history, ("cpu",))


def _openai_goals() -> Iterator[Goal]:
    for measure, bound in (("stream, each", 7), ("call", 4), ("async call", 5)):
        ratio = _against(measure, "ChatOpenAI")
        yield Goal(f"ChatOpenAI's {measure}, x ours", LANGCHAIN, bound, True, ratio)


GOALS = (
    *_floor_goals(),
    Goal("v2 events, x FLOOR", LANGCHAIN, 1.2, False, _times("v2 events", "FLOOR")),
    Goal("v3 events, x FLOOR", LANGCHAIN, 1.0, False, _times("v3 events", "FLOOR")),
    *_call_goals(),
    *_openai_goals(),
    *_rate_goals(),
    *_once_goals(),
    *_growth_goals(),
)
