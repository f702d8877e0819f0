"""The figures as text.

goals   the ratios that matter, each with its goal
tables  all figures as tables, for a terminal or a page
chart   the chart of the page
page    writes the generated part of docs/performance.md
"""
