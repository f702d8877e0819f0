"""Fragments of tool calls -> tool calls."""
