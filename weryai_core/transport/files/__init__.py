"""Reads files of this machine and of others, within limits."""
