"""The program of the model's process: serve one GGUF file with llama.cpp until the parent is gone.

It reads its settings from standard input: one line of JSON. It writes one line of JSON to standard
output: the address of the server, or why there is none. Then it waits for the end of its input,
which comes when the parent closes it, or ends in any way.

It is run as a file, so that it imports nothing of this package.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any


def main() -> None:
    """Serve until the input ends."""
    # Ctrl-C in a terminal reaches this process too; its parent decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = json.loads(sys.stdin.readline())
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    try:
        server = _serve(settings)
    except (ImportError, RuntimeError) as error:
        _answer(error=str(error), missing=isinstance(error, ImportError))
        sys.exit(1)
    _answer(url=server.listening_address)
    threading.Event().wait()


def _answer(**fields: Any) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _exit_with_parent() -> None:
    sys.stdin.read()
    # At once, in the middle of an answer too.
    os._exit(0)


def _serve(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["name"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    # Web pages may reach this machine, so the server answers only who has the key.
    params.api_keys = [settings["key"]]
    params.ui = False
    params.verbosity = 1  # errors
    if settings["chat_template"] is not None:
        params.chat_template = settings["chat_template"]
    # The slots share the context: one of them may have all that the model was trained for.
    params.n_parallel = settings["slots"]
    params.kv_unified = True
    params.n_ctx = settings["context"]
    # A slot keeps its last prompt; the cache for more of them would grow to 8 GB.
    params.cache_ram_mib = 0
    # A thread per open request, those that wait for a slot included.
    params.n_threads_http = settings["connections"]
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
