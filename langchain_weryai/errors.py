"""WeryAI's errors as LangChain's of the same meaning, by which it retries and falls back. No I/O.

Each class is one of `weryai_core.errors` and one of `langchain_core.exceptions`:

    APIConnectionError, StreamError           ModelConnectionError
    APITimeoutError                           ModelTimeoutError
    AuthenticationError                       ModelAuthenticationError
    PermissionDeniedError                     ModelPermissionDeniedError
    RateLimitError                            ModelRateLimitError
    ContextOverflowError, MessageCountError   ContextOverflowError
    InvalidRequestError, ContentFilterError   ModelInvalidRequestError
    NotFoundError, UnknownModelError          ModelNotFoundError
    ProtocolError, ServerError                ModelAPIError
    all others                                ModelError
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core import exceptions as theirs

from weryai_core import errors

# The first that fits counts.
_MEANINGS: tuple[tuple[type[errors.WeryAIError], type[theirs.ModelError]], ...] = (
    (errors.APITimeoutError, theirs.ModelTimeoutError),
    (errors.APIConnectionError, theirs.ModelConnectionError),
    (errors.StreamError, theirs.ModelConnectionError),
    (errors.AuthenticationError, theirs.ModelAuthenticationError),
    (errors.PermissionDeniedError, theirs.ModelPermissionDeniedError),
    (errors.RateLimitError, theirs.ModelRateLimitError),
    (errors.ContextOverflowError, theirs.ContextOverflowError),
    (errors.InvalidRequestError, theirs.ModelInvalidRequestError),
    (errors.ContentFilterError, theirs.ModelInvalidRequestError),
    (errors.NotFoundError, theirs.ModelNotFoundError),
    (errors.ProtocolError, theirs.ModelAPIError),
    (errors.ServerError, theirs.ModelAPIError),
    (errors.WeryAIError, theirs.ModelError),
)


def _as_theirs(ours: type[errors.WeryAIError]) -> type[errors.WeryAIError]:
    meaning = next(meaning for known, meaning in _MEANINGS if issubclass(ours, known))
    # Ours first: whether a retry may help is known better of the error than of its class.
    return type(ours.__name__, (ours, meaning), {"__module__": __name__, "__doc__": ours.__doc__})


_CLASSES = {
    ours: _as_theirs(ours)
    for ours in vars(errors).values()
    if isinstance(ours, type) and issubclass(ours, errors.WeryAIError)
}
# An error that was pickled finds its class here.
globals().update((known.__name__, known) for known in _CLASSES.values())


@contextmanager
def as_langchain_errors() -> Iterator[None]:
    """Have errors of ours that leave the `with` block be LangChain's, too."""
    try:
        yield
    except errors.WeryAIError as error:
        # The error itself, and not another one around it: nothing of it is lost.
        error.__class__ = _CLASSES.get(type(error), type(error))
        raise
