"""The HTTP server: record each request, answer it by script or by rule, and send the answer."""

try:
    import starlette  # noqa: F401  # reports at once that it is missing, and how to get it
    import uvicorn  # noqa: F401
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        f'weryai_emulator needs {_error.name}: pip install "weryai-integrations[emulator]"',
        name=_error.name,
    ) from None
