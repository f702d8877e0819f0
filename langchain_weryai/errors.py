"""WeryAI's errors as LangChain's errors of the same meaning, which its retries and fallbacks check.

Each class here is a class of `weryai_core` and one of `langchain_core.exceptions`, so that code
which catches either works. WeryAI's class comes first among the bases: its `is_retryable` belongs
to the error, LangChain's to the class.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from langchain_core import exceptions
from langchain_core.messages import AIMessage, BaseMessage

import weryai_core as core


class LangChainErrors:
    """A context manager that raises WeryAI's errors from its block as this module's classes."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not isinstance(error, core.WeryAIError) or type(error) not in _CLASSES:
            return
        converted = to_langchain_error(error)
        try:
            raise converted
        finally:
            # Python has just made `error` the context; tracebacks would show everything twice.
            converted.__context__ = error.__context__
            del converted  # which holds this frame by its traceback


def to_langchain_error(error: core.WeryAIError) -> core.WeryAIError:
    """The same error as an instance of this module's class for it, with all that belongs to it.

    Args:
        error: An error of one of the core's own classes.
    """
    answer = error.partial
    refused = _OF_REFUSALS.get(type(error)) if answer and answer.choice.refusal else None
    converted: core.WeryAIError
    if refused is not None and answer is not None:
        converted = refused(str(error), raw_message=_refusal_of(answer.choice))
    else:
        converted = _CLASSES[type(error)](str(error))
    if isinstance(converted, StructuredOutputError) and answer is not None:
        calls = answer.choice.tool_calls
        converted.llm_output = answer.text or (calls[0].arguments if calls else "")
    vars(converted).update(vars(error))  # includes the notes
    converted.__cause__ = error.__cause__
    converted.__context__ = error.__context__
    converted.__suppress_context__ = error.__suppress_context__
    return converted.with_traceback(error.__traceback__)


def _refusal_of(choice: core.Choice) -> AIMessage:
    said: list[str | dict[Any, Any]] = (
        [{"type": "text", "text": choice.text}] if choice.text else []
    )
    return AIMessage([*said, {"type": "refusal", "refusal": choice.refusal}])


class APIConnectionError(core.APIConnectionError, exceptions.ModelConnectionError):
    """The service could not be reached, or the connection broke."""


class APIError(core.APIError, exceptions.ModelError):
    """The service refused the request."""


class APITimeoutError(core.APITimeoutError, exceptions.ModelTimeoutError):
    """The service did not answer within the timeout."""


class AuthenticationError(core.AuthenticationError, exceptions.ModelAuthenticationError):
    """The key is missing, wrong, or not accepted from this address."""


class ConfigurationError(core.ConfigurationError, exceptions.ModelError):
    """A setting is missing or invalid."""


class ContentFilterError(core.ContentFilterError, exceptions.ModelInvalidRequestError):
    """A content filter flagged the prompt or the answer."""


class ContextOverflowError(core.ContextOverflowError, exceptions.ContextOverflowError):
    """The conversation has more tokens than the model accepts."""


class DailyQuotaError(core.DailyQuotaError, exceptions.ModelError):
    """The account's requests of the day are used up."""


class InsufficientCreditsError(core.InsufficientCreditsError, exceptions.ModelError):
    """The account's credits are used up."""


class InvalidRequestError(core.InvalidRequestError, exceptions.ModelInvalidRequestError):
    """A parameter is wrong."""


class MessageCountError(core.MessageCountError, exceptions.ModelInvalidRequestError):
    """The request has no messages, or more than 50.

    LangChain's `ContextOverflowError` is about tokens: agents that catch it drop tokens and call
    the model again, with as many messages as before.
    """


class NotFoundError(core.NotFoundError, exceptions.ModelNotFoundError):
    """The path or resource does not exist."""


class PermissionDeniedError(core.PermissionDeniedError, exceptions.ModelPermissionDeniedError):
    """The key is valid but may not do this."""


class ProtocolError(core.ProtocolError, exceptions.ModelAPIError):
    """The service answered, but not with a chat completion."""


class RateLimitError(core.RateLimitError, exceptions.ModelRateLimitError):
    """Too many requests, too often or at once."""


class RefusedCallError(core.ToolCallError, exceptions.ModelRefusalError):
    """The model refused in place of the required call; `partial` holds the answer.

    `raw_message` holds the message with the refusal.
    """

    def __init__(
        self, message: str = "", *, raw_message: BaseMessage | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.raw_message = raw_message


class RefusalError(core.StructuredOutputError, exceptions.ModelRefusalError):
    """The model refused a structured answer; `raw_message` holds the message with the refusal."""

    def __init__(
        self, message: str = "", *, raw_message: BaseMessage | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.raw_message = raw_message


class ReplyTooLargeError(core.ReplyTooLargeError, exceptions.ModelError):
    """The answer is larger than a limit."""


class ServerError(core.ServerError, exceptions.ModelAPIError):
    """The service failed."""


class StreamError(core.StreamError, exceptions.ModelConnectionError):
    """A streamed answer broke off; `partial` holds what arrived."""


class StructuredOutputError(
    core.StructuredOutputError, exceptions.OutputParserException, exceptions.ModelError
):
    """The answer does not follow the schema; `partial` holds the answer, `llm_output` its text."""

    def __init__(self, message: str = "", *, llm_output: str | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.args: tuple[Any, ...] = (message,)  # without the link to LangChain's page
        self.llm_output = llm_output


class ToolCallError(core.ToolCallError, exceptions.ModelError):
    """The answer lacks the required tool call; `partial` holds the answer."""


class UnknownModelError(core.UnknownModelError, exceptions.ModelNotFoundError):
    """The service does not know the model."""


class UnsupportedContentError(core.UnsupportedContentError, exceptions.ModelInvalidRequestError):
    """A message has a part that a chat request cannot carry."""


class WeryAIError(core.WeryAIError, exceptions.ModelError):
    """An error without a more specific class."""


# Those of an answer that is a refusal.
_OF_REFUSALS: dict[type[core.WeryAIError], type[RefusedCallError | RefusalError]] = {
    core.StructuredOutputError: RefusalError,
    core.ToolCallError: RefusedCallError,
}
_CLASSES: dict[type[core.WeryAIError], type[core.WeryAIError]] = {
    core.APIConnectionError: APIConnectionError,
    core.APIError: APIError,
    core.APITimeoutError: APITimeoutError,
    core.AuthenticationError: AuthenticationError,
    core.ConfigurationError: ConfigurationError,
    core.ContentFilterError: ContentFilterError,
    core.ContextOverflowError: ContextOverflowError,
    core.DailyQuotaError: DailyQuotaError,
    core.InsufficientCreditsError: InsufficientCreditsError,
    core.InvalidRequestError: InvalidRequestError,
    core.MessageCountError: MessageCountError,
    core.NotFoundError: NotFoundError,
    core.PermissionDeniedError: PermissionDeniedError,
    core.ProtocolError: ProtocolError,
    core.RateLimitError: RateLimitError,
    core.ReplyTooLargeError: ReplyTooLargeError,
    core.ServerError: ServerError,
    core.StreamError: StreamError,
    core.StructuredOutputError: StructuredOutputError,
    core.ToolCallError: ToolCallError,
    core.UnknownModelError: UnknownModelError,
    core.UnsupportedContentError: UnsupportedContentError,
    core.WeryAIError: WeryAIError,
}
