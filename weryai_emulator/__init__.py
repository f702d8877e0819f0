"""The WeryAI chat service on this machine, for demos and for your own tests.

`Emulator` serves the chat routes over real HTTP, on a free port, from a background thread.
**No model is behind it**: answers come from rules (see `_replies`) or from a script that the
test wrote. From the command line: `python -m weryai_emulator --port 8000`. For pytest:
`pytest_plugins = ["weryai_emulator.pytest_plugin"]`.

Modules, in the order a request meets them:

    _emulator    Emulator: start, stop, scripted answers, recorded requests
    _server      the HTTP server in its thread
    _app         routes
    _record      RecordedRequest
    _script      answers queued by a test
    _validation  the documented bounds of a chat request, and what is refused
    _errors      kinds of errors and the envelopes they travel in
    _request     the chat request as the rules see it
    _replies     what is answered, by rule
    _completion  the answer as one document or as chunks
    _wire        documents, event streams and silence as they are written
"""

from __future__ import annotations

from weryai_emulator._emulator import Emulator
from weryai_emulator._options import ErrorStyle
from weryai_emulator._record import RecordedRequest
from weryai_emulator._script import StreamItem

__all__ = ["Emulator", "ErrorStyle", "RecordedRequest", "StreamItem"]
