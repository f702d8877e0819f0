"""Turns the parameters of a chat request into the JSON body to send, in stages.

Each stage takes the body and returns a new one: names and `extra_body`, web search, tools, bounds,
`response_format` (`stages.parameters`), then the messages (`stages.messages`). What the request
means for reading its reply comes with the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import from_json

from weryai_core.errors import InvalidRequestError, WeryAIError
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.request.options import RequestOptions
from weryai_core.request.stages.messages import with_messages
from weryai_core.request.stages.parameters import Parameters, prepare_parameters
from weryai_core.request.tools import forces_call, without_force
from weryai_core.signatures.placeholders import with_placeholders
from weryai_core.signatures.refused import without_reasoning
from weryai_core.unsupported import RequestWarning
from weryai_core.wire import may_hold_nan, write_json

_SHORT = 4096  # bytes
_DEFAULT_OPTIONS = RequestOptions()


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request that is ready to be encoded, and how to read its reply.

    Attributes:
        body: The object to send, without `stream`.
        reply_options: How to read the reply.
        warnings: What to warn about, once per client.
        has_reasoning: Whether the reasoning of earlier answers may be part of it.
        are_finite: Whether all numbers but those in messages are known to be ones that JSON has.
    """

    body: Mapping[str, Any]
    reply_options: ReplyOptions = NO_OPTIONS
    warnings: Sequence[RequestWarning] = ()
    has_reasoning: bool = True
    are_finite: bool = field(default=False, compare=False)

    @property
    def model(self) -> str:
        """Key of the model."""
        model: str = self.body["model"]
        return model

    @property
    def forces_call(self) -> bool:
        """Whether the body has a `tool_choice` that requires a call."""
        return forces_call(self.body.get("tool_choice"))

    def without_forced_call(self) -> PreparedRequest:
        """The same request, leaving it to the model whether to call a tool."""
        body = {**self.body, "tool_choice": without_force(self.body.get("tool_choice"))}
        return replace(self, body=body, reply_options=self.reply_options.without_forced_call())

    def with_placeholders(self) -> PreparedRequest:
        """The same request, with placeholders for the signatures that Gemini 3 wants."""
        messages = with_placeholders(self.body["messages"])
        return replace(self, body={**self.body, "messages": messages})

    def without_reasoning(self, error: WeryAIError) -> PreparedRequest:
        """The same request without the reasoning that the service refuses."""
        return replace(self, body=without_reasoning(self.body, error))


def prepare(
    parameters: Mapping[str, Any], options: RequestOptions = _DEFAULT_OPTIONS
) -> PreparedRequest:
    """Prepare a request: the API's names only, checked, with messages that fit.

    Args:
        parameters: A `ChatRequest` without its options. It is not changed.
        options: The options, see `split_options`.

    Raises:
        InvalidRequestError: A parameter is out of its documented range, or parameters exclude one
            another.
        MessageCountError: There are no messages, or too many.
    """
    ready, messages = prepare_parameters(parameters, options)
    return with_prepared(ready, messages)


def with_prepared(parameters: Parameters, messages: Sequence[Mapping[str, Any]]) -> PreparedRequest:
    """The request with these messages; see `prepare`."""
    body, reply_options, warnings = with_messages(parameters, messages)
    options = parameters.options
    has_reasoning = options.echo_reasoning is not False and options.tool_calling == "native"
    return PreparedRequest(
        body, reply_options, tuple(warnings), has_reasoning, are_finite=parameters.are_finite
    )


def encode(body: Mapping[str, Any], *, stream: bool, are_finite: bool = False) -> bytes:
    """Encode the body of a prepared request as JSON.

    Args:
        body: The body.
        stream: Whether the answer is to be streamed.
        are_finite: See `PreparedRequest`.

    Raises:
        InvalidRequestError: It holds something that JSON cannot.
    """
    # OpenAI refuses `stream_options` on a request that does not stream.
    not_sent = ("stream",) if stream else ("stream", "stream_options")
    sent = {name: value for name, value in body.items() if name not in not_sent}
    if stream:
        sent["stream"] = True
    try:
        encoded = write_json(sent)
        # To search a long text takes longer than to write it, and longer than to look for numbers.
        numbers = sent["messages"] if are_finite else sent
        is_searched = len(encoded) < _SHORT or may_hold_nan(numbers)
        if is_searched and (b"NaN" in encoded or b"Infinity" in encoded):
            # Either words of the prompt, or numbers that JSON does not have: parsing decides.
            from_json(encoded, allow_inf_nan=False)
    except ValueError as error:  # pydantic's own is one
        raise InvalidRequestError(f"The request cannot be written as JSON: {error}") from error
    return encoded
