"""Turns the bytes of an answer into chunks, or into the error that they mean."""
