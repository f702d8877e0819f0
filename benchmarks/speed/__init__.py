"""Measures what our classes cost, next to the frameworks' floor, to raw engines and to peers.

server/    answers on loopback with ready-made bytes, faster than any client asks
adapters/  the compared classes and engines: one line each, called in one way, checked before timed
measures/  what is timed, and how: interleaved in one process, or in fresh processes
report/    ratios and goals, the tables, the chart, the generated part of docs/performance.md
"""
