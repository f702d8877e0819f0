"""The figures as text.

goals  the ratios that matter, each with its goal
text   tables for a terminal
"""
