"""The WeryAI chat service on this machine, for demos and for your own tests.

`Emulator` serves the chat routes over real HTTP, on a free port, from a background thread.
**No model is behind it**: answers come from rules (see `_replies`) or from a script that the
test wrote. From the command line: `python -m weryai_emulator --port 8000`. For pytest:
`pytest_plugins = ["weryai_emulator.pytest_plugin"]`.

Modules, in the order a request meets them:

    _emulator    Emulator: start, stop, scripted answers, recorded requests
    _server      the HTTP server in its thread (uvicorn)
    _wire        connections that are broken off or left without an answer
    _reception   requests recorded, and answered by the script if it holds an answer
    _record      RecordedRequest
    _app         routes, errors, documents and streams (Starlette)
    _script      answers queued by a test
    _validation  the documented bounds of a chat request, and what is refused
    _errors      kinds of errors and the envelopes they travel in
    _request     the chat request as the rules see it
    _replies     what is answered, by rule
    _web         the pages that a web search finds
    _sources     the shapes in which their citations are sent; Google's are in `_grounding`
    _completion  the answer as one document or as chunks
    _events      server-sent events
"""

from __future__ import annotations

from weryai_emulator.emulator import Emulator
from weryai_emulator.options import ErrorStyle, SourceShape
from weryai_emulator.server.record import RecordedRequest
from weryai_emulator.server.script import StreamItem

__all__ = ["Emulator", "ErrorStyle", "RecordedRequest", "SourceShape", "StreamItem"]
