"""The stages of preparing a request: first its parameters, then its messages."""
