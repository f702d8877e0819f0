"""What models write into their text instead of into fields: reasoning in tags, calls in tokens."""
