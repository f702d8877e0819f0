"""A local emulator of the WeryAI chat service, for demos and for your own tests.

`Emulator` serves the chat routes over real HTTP, on a free port, from a background thread.
**No model is behind it**: it answers by rule, or replays answers that a test queued, in the
documented shapes. From the command line: `python -m weryai_emulator --port 8000`. In pytest: the
fixture `weryai_emulator`. `shapes` makes messages and streams in the shapes of other gateways, to
queue. `faults` is the catalogue of what may go wrong, to queue or to happen by chance; other
languages use it through `control`.

HTTP bytes go in, HTTP bytes come out. In between, a request takes these steps:

    server/       records the request, and answers it if a test queued an answer
    cassettes/    finds the recorded answer, if there are cassettes; else
    request/      checks its JSON and reads it into a ChatRequest, or refuses it
    answers/      chooses the answer by rule, with two rooms of its own:
      json_schema/  fills tool arguments and JSON answers with values from the prompt
      web_search/   adds sentences of pages, and their citations
    answers/      makes one document or chunks of the answer (`completion`)
    server/       sends the document, or the chunks as server-sent events

Imports go from an upper line to a lower one only:

    __main__, pytest_plugin
    emulator, shapes
    control
    answer_queue
    cassettes, faults
    server
    answers
    json_schema, web_search
    request
    audio, models, text
    options
    checks
    json_text

The package imports nothing of the other packages of this repository. Its names are imported when
they are first used: pytest loads this module, with the plugin, in every environment that has the
distribution, and the server's libraries are there only with the extra `emulator`.

PYTEST_DONT_REWRITE: the distribution has a plugin for pytest, which warns of packages with a plugin
that were imported before it started.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import weryai_emulator.faults as faults
    import weryai_emulator.shapes as shapes
    from weryai_emulator.emulator import Emulator
    from weryai_emulator.options import ErrorStyle, SourceShape
    from weryai_emulator.server.record import RecordedRequest
    from weryai_emulator.server.script import StreamItem
else:
    _NAMES_IN = {
        "weryai_emulator.emulator": ("Emulator",),
        "weryai_emulator.options": ("ErrorStyle", "SourceShape"),
        "weryai_emulator.server.record": ("RecordedRequest",),
        "weryai_emulator.server.script": ("StreamItem",),
    }

    def __getattr__(name):
        if name in ("faults", "shapes"):
            return import_module(f"{__name__}.{name}")
        for module, names in _NAMES_IN.items():
            if name in names:
                value = getattr(import_module(module), name)
                setattr(sys.modules[__name__], name, value)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*vars(sys.modules[__name__]), *__all__})


__all__ = [
    "Emulator",
    "ErrorStyle",
    "RecordedRequest",
    "SourceShape",
    "StreamItem",
    "faults",
    "shapes",
]
