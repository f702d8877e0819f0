"""A real model on this machine: find its weights, and serve them from a process of its own.

The process runs llama.cpp's server, which speaks OpenAI's API on a free port of 127.0.0.1. The
emulator stands in front of it as in front of any other upstream.
"""
