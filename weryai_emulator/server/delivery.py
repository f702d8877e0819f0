"""How a queued reply is delivered: with an error in it, in an envelope, as a stream or not.

The document or the chunks of a completion go in, and the same with the delivery's changes come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, get_args

from weryai_emulator.checks import check_choice, check_list, check_object, check_text
from weryai_emulator.json_text import JsonObject

ErrorPlace = Literal["reply", "choice", "event"]
Envelope = Literal["desc", "msg", "success"]
Delivered = Literal["as asked", "whole", "streamed"]

_ENVELOPES: dict[str, JsonObject] = {
    "desc": {"status": 0, "desc": "success", "message": "success"},
    "msg": {"status": 200, "msg": "Success"},
    "success": {"success": True},
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What becomes of a reply on its way.

    Attributes:
        error: The error in the reply; None for none.
        error_place: Where it stands: "reply" is next to the choices, "choice" is in the choice,
            "event" replaces the end of a stream, and a whole reply.
        envelope: The envelope around a whole reply; None for none.
        delivered: Whether the reply is whole or streamed.
        without: Top-level fields to leave out, of each chunk as well.

    Raises:
        ValueError: An option is unknown, or of another type.
    """

    error: JsonObject | None = None
    error_place: ErrorPlace = "reply"
    envelope: Envelope | None = None
    delivered: Delivered = "as asked"
    without: Sequence[str] = ()

    def __post_init__(self) -> None:
        check_object("error", self.error, or_null=True)
        check_choice("error_place", self.error_place, get_args(ErrorPlace))
        check_choice("envelope", self.envelope, get_args(Envelope), or_null=True)
        check_choice("delivered", self.delivered, get_args(Delivered))
        check_list("without", self.without, "names")
        for name in self.without:
            check_text("without", name)

    def is_streamed(self, *, asked: bool) -> bool:
        """Return whether the reply is a stream, if the request asked for one or not."""
        if self.delivered == "as asked":
            # No service puts an envelope around a stream.
            return asked and self.envelope is None
        return self.delivered == "streamed"

    def change_body(self, body: JsonObject) -> JsonObject:
        """Return the document to send."""
        body = self._without_fields(body)
        if self.error is not None:
            if self.error_place == "event":
                body = self.error
            elif self.error_place == "reply":
                body = {**body, "error": self.error}
            else:
                choices = body.get("choices", [{}])
                body = {**body, "choices": [{**one, "error": self.error} for one in choices]}
        return body if self.envelope is None else {**_ENVELOPES[self.envelope], "data": body}

    def change_chunks(self, chunks: Iterable[JsonObject]) -> Iterator[JsonObject]:
        """Yield the chunks to send."""
        plain = [self._without_fields(chunk) for chunk in chunks]
        if self.error is None:
            yield from plain
            return
        # The error takes the place of the end, and of the usage after it.
        middle = [*takewhile(_is_middle, plain)]
        yield from middle
        if self.error_place == "event":
            yield self.error
            return
        end = plain[len(middle)] if len(middle) < len(plain) else {}
        choices = end.get("choices") or [{"index": 0, "delta": {}, "finish_reason": None}]
        if self.error_place == "choice":
            choices = [{**choice, "error": self.error} for choice in choices]
            yield {**end, "choices": choices}
        else:
            yield {**end, "choices": choices, "error": self.error}

    def _without_fields(self, reply: JsonObject) -> JsonObject:
        return {name: value for name, value in reply.items() if name not in self.without}


def _is_middle(chunk: JsonObject) -> bool:
    """Return whether a chunk has choices, and none of them ends."""
    choices = chunk.get("choices") or []
    return bool(choices) and not any(choice.get("finish_reason") for choice in choices)
