"""The chart of docs/performance.md: horizontal bars, as SVG written by hand.

Each panel is one measure of one framework, on a scale of its own. A bar that does not fit ends in
an arrow; the number next to it says how long it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from speed.report.goals import OURS, TITLES

_WIDTH, _NAMES, _BARS, _BAR, _GAP = 430, 120, 220, 16, 5
_MOST = 8.0  # times our own figure: longer bars are cut
_COLOURS = {"FLOOR": "#8c959f", "engine": "#bf8700", "ours": "#0969da", "peer": "#d1d9e0"}
_ENGINES = ("httpx2", "aiohttp", "raw socket")


class Panel(NamedTuple):
    """One measure: its title, and what it shows for each row."""

    title: str
    figures: Mapping[str, float]


def _panels(report: Mapping[str, Any]) -> Iterator[Panel]:
    costs = report["costs"]
    for title, measure in (
        ("A streamed chunk, CPU µs", "stream, each"),
        ("A streamed chunk, async, CPU µs", "astream, each"),
        ("A call, CPU µs", "call"),
        ("A call, async, CPU µs", "async call"),
    ):
        if measure in costs:
            yield Panel(title, {name: of_it["cpu"] for name, of_it in costs[measure].items()})
    if rates := report["rates"].get("1000 in flight"):
        figures = {name: of_it["rate"] for name, of_it in rates.items()}
        yield Panel("1,000 calls in flight, answers/s (more is better)", figures)


def chart(reports: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the SVG."""
    columns = []
    height = 0.0
    for number, (framework, report) in enumerate(reports.items()):
        parts, y = [f'<text x="0" y="16" class="h">{TITLES[framework]}</text>'], 42.0
        for panel in _panels(report):
            drawn, used = _draw(panel, OURS[framework], y)
            parts += drawn
            y += used
        height = max(height, y)
        x = 20 + number * (_WIDTH + 20)
        columns.append(f'<g transform="translate({x},14)">\n' + "\n".join(parts) + "\n</g>")
    width = 20 + len(columns) * (_WIDTH + 20)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height + 20:.0f}" '
        f'viewBox="0 0 {width} {height + 20:.0f}" font-family="sans-serif" font-size="12">\n'
        "<style>text{fill:#1f2328}.h{font-size:16px;font-weight:bold}.t{font-weight:bold}"
        ".n{text-anchor:end}</style>\n"
        '<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(columns) + "\n</svg>\n"
    )


def _draw(panel: Panel, ours: str, y: float) -> tuple[list[str], float]:
    shown = {name: figure for name, figure in panel.figures.items() if _kind(name, ours)}
    longest = min(max(shown.values()), _MOST * shown.get(ours, max(shown.values())))
    parts = [f'<text x="0" y="{y:.0f}" class="t">{escape(panel.title)}</text>']
    top = y + 8
    for name, figure in shown.items():
        length = min(figure / longest, 1.0) * _BARS
        middle = top + _BAR - 4
        colour = _COLOURS[_kind(name, ours)]
        arrow = " →" if figure > longest else ""
        parts += [
            f'<text x="{_NAMES - 6}" y="{middle:.0f}" class="n">{escape(name)}</text>',
            f'<rect x="{_NAMES}" y="{top:.0f}" width="{length:.1f}" height="{_BAR}" '
            f'fill="{colour}"/>',
            f'<text x="{_NAMES + length + 5:.1f}" y="{middle:.0f}">{_short(figure)}{arrow}</text>',
        ]
        top += _BAR + _GAP
    return parts, top - y + 24


def _kind(name: str, ours: str) -> str:
    if name in ("FLOOR", ours):
        return "ours" if name == ours else name
    if name in _ENGINES:
        return "engine"
    return "peer" if name[0].isupper() else ""


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
