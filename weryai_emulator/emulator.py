"""The emulator itself: start, stop, scripted answers and recorded requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from weryai_emulator.answers.rules import Replier
from weryai_emulator.options import ErrorStyle, Options, SourceShape
from weryai_emulator.server.record import RecordedRequest, Recorder
from weryai_emulator.server.routes import build_app
from weryai_emulator.server.script import (
    Script,
    Silence,
    StreamItem,
    scripted_error,
    scripted_events,
    scripted_json,
    scripted_message,
    scripted_raw,
)
from weryai_emulator.server.thread import ServerThread


class Emulator:
    """The WeryAI service on this machine, over real HTTP. No model is behind it.

    It serves from its own thread, so the test or the demo that started it may block:

        with Emulator() as emulator:
            client = OpenAI(base_url=emulator.base_url, api_key="any")

    Without a script it answers by rule and always the same way. The `reply*` methods queue
    exact answers: each is used once, first in first out, by the next request on any route,
    whatever that request says (its key and its fields are then not checked).

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.
        api_keys: The Bearer keys that are accepted; none given, any key or no key will do.
        chunk_delay: Seconds between two streamed deltas, for demos.
        error_style: How errors are wrapped: "envelope" (the documented envelope inside the
            matching HTTP status), "envelope_200" (the same inside HTTP 200), "envelope_msg"
            (the other documented envelope, text in `msg`) or "openai".
        source_shape: In which shape the sources of a web search are sent. The service does not
            document one, so this is a choice of those its upstreams use: "openrouter",
            "openai_flat" and "late" are annotations of the message (nested, flat, and nested
            but streamed after the finish reason); "perplexity" has lists at the top level and
            "[1]" in the text; "gemini" and "gemini_snake" are Google's grounding metadata beside
            the message and in it; "litellm" and "litellm_message" hand these on at the top level
            with annotations, and in the message without; "anthropic" has parts of text with
            citations of their own. Offsets of the shapes from Google are in bytes of UTF-8,
            the annotations of "litellm" included, all others in characters.
        ignore_plugins: Whether models other than Gemini answer as if no plugin was asked for.
        ignore_tools: Whether `tools`, `tool_choice` and `parallel_tool_calls` are accepted and
            ignored, as by a gateway that does not know them. Tools that the prompt describes are
            called either way.
        log_level: A uvicorn log level such as "info"; None keeps the server silent.

    Raises:
        ValueError: An option is out of range.
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
        log_level: str | None = None,
    ) -> None:
        if isinstance(api_keys, str):
            raise ValueError("api_keys is one string; pass a list of keys.")
        self._options = Options(
            tuple(api_keys), chunk_delay, error_style, source_shape, ignore_plugins, ignore_tools
        )
        self._host = host
        self._port = port
        self._log_level = log_level
        self._recorder = Recorder()
        self._script = Script()
        self._replier = Replier(self._options)
        self._server: ServerThread | None = None

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
        """Start serving; requests are accepted when this returns. Harmless when running.

        Raises:
            OSError: The port is taken or the address is not of this machine.
        """
        if self._server is not None:
            return
        self._replier.forget()
        app = build_app(
            self._options, recorder=self._recorder, script=self._script, replier=self._replier
        )
        server = ServerThread(app, host=self._host, port=self._port, log_level=self._log_level)
        server.start()
        self._server = server

    def stop(self) -> None:
        """Stop serving, cutting open streams; the thread is gone when this returns."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    @property
    def port(self) -> int:
        """The port that is listened on.

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
        """The base URL for a client, such as "http://127.0.0.1:40123/v1".

        Raises:
            RuntimeError: The emulator is not running.
        """
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/v1"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests since the start or the last `reset`, oldest first."""
        return self._recorder.snapshot()

    @property
    def last_request(self) -> RecordedRequest:
        """The newest request.

        Raises:
            LookupError: Nothing was asked yet.
        """
        requests = self._recorder.snapshot()
        if not requests:
            raise LookupError("The emulator has had no request yet.")
        return requests[-1]

    @property
    def disconnects(self) -> int:
        """How many of the recorded requests lost their client before the answer was whole."""
        return sum(request.disconnected for request in self._recorder.snapshot())

    @property
    def pending_replies(self) -> int:
        """How many queued answers have not been used."""
        return len(self._script)

    def wait_for_requests(self, count: int = 1, *, timeout: float = 5.0) -> bool:
        """Wait until at least `count` requests are recorded.

        Args:
            count: How many.
            timeout: Seconds to wait at most.

        Returns:
            Whether they arrived in time.
        """
        return self._recorder.wait_for(count, timeout)

    def reset(self) -> None:
        """Forget recorded requests, unused scripted answers and what was said before."""
        self._script.clear()
        self._recorder.clear()
        self._replier.forget()

    def reply(
        self,
        message: str | Mapping[str, Any],
        *,
        finish_reason: str | None = "stop",
        usage: dict[str, Any] | None = None,
        **extra: Any,
    ) -> None:
        """Queue a whole reply; it is streamed in OpenAI's fashion if the request streams.

        Args:
            message: The text, or the fields of the message (`content`, `tool_calls`,
                `reasoning_content`, `annotations`, ...).
            finish_reason: Why the answer ended; None leaves it null.
            usage: The usage object; None counts it.
            extra: More top-level fields of the reply. A stream carries them on its last
                chunk that has a choice.
        """
        self._script.add(
            scripted_message(message, finish_reason=finish_reason, usage=usage, extra=extra)
        )

    def reply_json(
        self, body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Queue exactly this JSON body, sent even to a request that streams."""
        self._script.add(scripted_json(body, status=status, headers=headers))

    def reply_chunks(
        self,
        items: Sequence[StreamItem],
        *,
        done: bool = True,
        abort: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Queue exactly this event stream.

        Args:
            items: What is sent, in order: a dict is one event with that JSON, a str the data
                of one event, bytes go out as they are, a number waits so many seconds and a
                `threading.Event` is waited for.
            done: Whether `data: [DONE]` closes the stream; without it the stream just ends.
            abort: Close the connection in the middle of the body instead; no `[DONE]` then.
            headers: More response headers.

        Raises:
            TypeError: An item is of no such type.
        """
        self._script.add(scripted_events(items, done=done, abort=abort, headers=headers))

    def reply_error(
        self,
        status: int,
        body: dict[str, Any] | str | bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        code: int | None = None,
        message: str | None = None,
    ) -> None:
        """Queue an error.

        Args:
            status: The HTTP status.
            body: The body: a dict goes out as JSON, text and bytes as they are. None builds
                the envelope of this emulator's `error_style`.
            headers: More response headers, such as `{"Retry-After": "1"}`.
            code: The service's code in the envelope; by default the one that fits the status.
            message: The text in the envelope.
        """
        self._script.add(
            scripted_error(
                status,
                body,
                headers=headers,
                code=code,
                message=message,
                style=self._options.error_style,
            )
        )

    def reply_raw(
        self,
        status: int,
        body: bytes,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Queue exactly these bytes, an empty body or a broken one for instance."""
        self._script.add(scripted_raw(status, body, content_type, headers))

    def hang(self) -> None:
        """Queue silence: the request is read and never answered, until the client goes."""
        self._script.add(Silence())

    def drop(self) -> None:
        """Queue a closed connection: the request is read and the connection closed."""
        self._script.add(Silence(close=True))
