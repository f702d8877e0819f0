"""Answers by rule: from a checked request to choices and usage, and to the JSON of a completion."""
