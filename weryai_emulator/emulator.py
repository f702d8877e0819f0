"""The emulator: start it, stop it, queue answers, and read the recorded requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from weryai_emulator.answers.rules import Replier
from weryai_emulator.options import ErrorStyle, Options, SourceShape
from weryai_emulator.server.delivery import Delivered, Delivery, Envelope, ErrorPlace
from weryai_emulator.server.gate import Gate
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
    """A local server that answers in the documented shapes of the WeryAI chat service.

    No model is behind it. It serves real HTTP from its own thread, so the test or demo that
    starts it may block:

        with Emulator() as emulator:
            client = OpenAI(base_url=emulator.base_url, api_key="any")

    It answers by rule, and the same request always gets the same answer. The `reply*` methods
    queue exact answers: each answers one request, first in, first out. A queued answer is sent
    for any request on any route, and neither the key nor the fields of that request are checked.

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
        log_level: A log level of uvicorn such as "info"; None keeps the server silent.

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
        max_concurrency: int | None = None,
        retry_after: float | None = None,
        answer_delay: float = 0.0,
        log_level: str | None = None,
    ) -> None:
        if isinstance(api_keys, str):
            raise ValueError("`api_keys` is a single string. Pass a list of keys.")
        self._options = Options(
            api_keys=tuple(api_keys),
            chunk_delay=chunk_delay,
            error_style=error_style,
            source_shape=source_shape,
            ignore_plugins=ignore_plugins,
            ignore_tools=ignore_tools,
            max_concurrency=max_concurrency,
            retry_after=retry_after,
            answer_delay=answer_delay,
        )
        self._host = host
        self._port = port
        self._log_level = log_level
        self._recorder = Recorder()
        self._script = Script()
        self._replier = Replier(self._options)
        self._gate = Gate(self._options)
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
        """Start the server; it accepts requests when this returns.

        On a running emulator this does nothing.

        Raises:
            OSError: The port is taken, or the address is not available on this machine.
        """
        if self._server is not None:
            return
        self._replier.forget()
        app = build_app(
            self._options,
            recorder=self._recorder,
            script=self._script,
            replier=self._replier,
            gate=self._gate,
        )
        server = ServerThread(app, host=self._host, port=self._port, log_level=self._log_level)
        server.start()
        self._server = server

    def stop(self) -> None:
        """Stop the server and cut open streams; its thread has ended when this returns."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

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
        """The base URL for a client, such as "http://127.0.0.1:40123/v1".

        Raises:
            RuntimeError: The emulator is not running.
        """
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/v1"

    @property
    def max_concurrency(self) -> int | None:
        """How many chat requests are answered at once; may be set while the emulator runs."""
        return self._gate.limit

    @max_concurrency.setter
    def max_concurrency(self, limit: int | None) -> None:
        self._gate.limit = limit

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

    @property
    def pending_replies(self) -> int:
        """How many queued answers are unused."""
        return len(self._script)

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
        """Forget the recorded requests, the unused answers and the prompts seen so far."""
        self._script.clear()
        self._recorder.clear()
        self._replier.forget()

    def reply(
        self,
        message: str | Mapping[str, Any],
        *,
        finish_reason: str | None = "stop",
        usage: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
        error_place: ErrorPlace = "reply",
        envelope: Envelope | None = None,
        delivered: Delivered = "as asked",
        without: Sequence[str] = (),
        **extra: Any,
    ) -> None:
        """Queue a whole reply; a request for a stream gets it as a stream.

        `weryai_emulator.shapes` makes messages in the shapes of other gateways.

        Args:
            message: The text, or the fields of the message (`content`, `tool_calls`,
                `reasoning_content`, `annotations`, ...).
            finish_reason: The finish reason; None sends null.
            usage: The usage object; None counts the tokens.
            error: An error in the reply, which has HTTP status 200.
            error_place: Where the error stands. "reply": next to the choices; "choice": in the
                choice; in a stream both are in the last chunk. "event": the error is the whole
                reply, or an event of its own after the text of a stream.
            envelope: The envelope around the reply, which is then whole: "desc" and "msg" are
                WeryAI's two, "success" is another gateway's.
            delivered: "whole" and "streamed" send the reply so, whatever the request asks.
            without: Top-level fields to leave out, such as `["model"]`.
            extra: More top-level fields of the reply. A stream has them on its last chunk with
                a choice.

        Raises:
            ValueError: An option is unknown.
        """
        delivery = Delivery(error, error_place, envelope, delivered, without)
        self._script.add(
            scripted_message(
                message, finish_reason=finish_reason, usage=usage, extra=extra, delivery=delivery
            )
        )

    def reply_json(
        self, body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Queue exactly this JSON body; a request for a stream gets it too.

        Args:
            body: The value to send as JSON.
            status: The HTTP status.
            headers: More response headers.
        """
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
            items: The items in order. A dict is sent as one event with that JSON, a str as the
                data of one event, and bytes as they are. A number waits that many seconds, and a
                `threading.Event` waits until it is set.
            done: Whether `data: [DONE]` closes the stream; without it the stream just ends.
            abort: Whether to close the connection in the middle of the body, without `[DONE]`.
            headers: More response headers.

        Raises:
            TypeError: An item has another type.
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
            body: The body: a dict is sent as JSON, text and bytes as they are. None builds the
                envelope of this emulator's `error_style`.
            headers: More response headers, such as `{"Retry-After": "1"}`.
            code: The service's code in the envelope; None takes the code for the status.
            message: The text in the envelope; None takes the text for the status.
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
        """Queue exactly these bytes, for example an empty or a broken body.

        Args:
            status: The HTTP status.
            body: The bytes of the body.
            content_type: The content type.
            headers: More response headers.
        """
        self._script.add(scripted_raw(status, body, content_type, headers))

    def hang(self) -> None:
        """Queue silence: the request is read and never answered."""
        self._script.add(Silence())

    def drop(self) -> None:
        """Queue a closed connection: the request is read, then the connection is closed."""
        self._script.add(Silence(close=True))
