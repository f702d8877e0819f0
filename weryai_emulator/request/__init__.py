"""The request: check its JSON against the documented bounds, and read it into a ChatRequest."""
