"""Cassettes: recorded exchanges with a service, replayed to whoever sends the same requests."""
