"""The answers that a test queues: replies, errors and faults, first in, first out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weryai_emulator.checks import check_whole
from weryai_emulator.faults.catalogue import make_fault
from weryai_emulator.faults.chance import Chance, Names
from weryai_emulator.options import Options, check_limit
from weryai_emulator.server.delivery import Delivered, Delivery, Envelope, ErrorPlace
from weryai_emulator.server.script import (
    Headers,
    Script,
    Silence,
    StreamItem,
    scripted_error,
    scripted_events,
    scripted_json,
    scripted_message,
    scripted_raw,
)


class AnswerQueue:
    """The base of the emulator: what a test may queue.

    Args:
        options: The options of the emulator.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._script = Script(limit=options.max_concurrency)

    def draft(self) -> AnswerQueue:
        """Return an empty queue with the same options, to try answers on."""
        return AnswerQueue(self._options)

    @property
    def max_concurrency(self) -> int | None:
        """How many chat requests are answered at once; may be set while the emulator runs.

        `reset` returns to the value of the constructor.
        """
        return self._script.limit

    @max_concurrency.setter
    def max_concurrency(self, limit: int | None) -> None:
        check_limit(limit)
        self._script.limit = limit

    @property
    def pending_replies(self) -> int:
        """How many queued answers are unused."""
        return len(self._script)

    def reply(
        self,
        /,
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
            ValueError: An argument is unknown, of another type, or cannot be written as JSON.
        """
        delivery = Delivery(error, error_place, envelope, delivered, without)
        self._script.add(
            scripted_message(
                message, finish_reason=finish_reason, usage=usage, extra=extra, delivery=delivery
            )
        )

    def reply_json(self, body: Any, *, status: int = 200, headers: Headers | None = None) -> None:
        """Queue exactly this JSON body; a request for a stream gets it too.

        Args:
            body: The value to send as JSON.
            status: The HTTP status, from 200 to 599.
            headers: More response headers.

        Raises:
            ValueError: An argument is of another type or out of range, or cannot be sent.
        """
        self._script.add(scripted_json(body, status=status, headers=headers))

    def reply_chunks(
        self,
        items: Sequence[StreamItem],
        *,
        done: bool = True,
        abort: bool = False,
        headers: Headers | None = None,
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
            ValueError: An argument or an item is of another type or out of range.
        """
        self._script.add(scripted_events(items, done=done, abort=abort, headers=headers))

    def reply_error(
        self,
        status: int,
        body: dict[str, Any] | str | bytes | None = None,
        *,
        headers: Headers | None = None,
        code: int | None = None,
        message: str | None = None,
    ) -> None:
        """Queue an error.

        Args:
            status: The HTTP status, from 200 to 599.
            body: The body: a dict is sent as JSON, text and bytes as they are. None builds the
                envelope of this emulator's `error_style`.
            headers: More response headers, such as `{"Retry-After": "1"}`.
            code: The service's code in the envelope; None takes the code for the status.
            message: The text in the envelope; None takes the text for the status.

        Raises:
            ValueError: An argument is of another type or out of range, or cannot be sent.
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
        body: bytes | str,
        content_type: str = "application/json",
        headers: Headers | None = None,
    ) -> None:
        """Queue exactly these bytes, for example an empty or a broken body.

        Args:
            status: The HTTP status, from 200 to 599.
            body: The bytes of the body; text is sent as UTF-8.
            content_type: The content type.
            headers: More response headers.

        Raises:
            ValueError: An argument is of another type or out of range, or cannot be sent.
        """
        self._script.add(scripted_raw(status, body, content_type, headers))

    def hang(self) -> None:
        """Queue silence: the request is read and never answered."""
        self._script.add(Silence())

    def drop(self) -> None:
        """Queue a closed connection: the request is read, then the connection is closed."""
        self._script.add(Silence(close=True))

    def fail(self, /, name: str, *, times: int = 1, **parameters: Any) -> None:
        """Queue a fault of the catalogue; see `weryai_emulator.faults`.

        Args:
            name: The name of the fault, such as "cut".
            times: How many requests it answers, at most a million.
            parameters: Parameters of the fault.

        Raises:
            ValueError: The name or a parameter is unknown or out of range.
        """
        check_whole("times", times, 1, 1_000_000)
        fault = make_fault(name, parameters)
        for _ in range(times):
            self._script.add(fault)

    def fail_sometimes(
        self, probability: float, *, seed: int = 0, names: Names | None = None
    ) -> None:
        """Answer some of the requests with a fault, until `reset` or the next call.

        Each request without a queued answer draws, on any route. Queued answers are sent as they
        are.

        Args:
            probability: The share of the requests that meet a fault, from 0 to 1.
            seed: The same seed gives the same faults in the order of the requests.
            names: The names of the faults, or a mapping from names to parameters; each is as
                likely as the others. None takes those of `faults.TEMPORARY`.

        Raises:
            ValueError: The probability is out of range, the seed is not an integer, or a fault is
                unknown.
        """
        self._script.chance = Chance(probability, seed, names)
