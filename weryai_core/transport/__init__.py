"""Bytes over HTTP: one call with its attempts, and the HTTP clients that it runs on."""
