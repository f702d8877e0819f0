"""Methods that LlamaIndex's observers see.

LlamaIndex tells three kinds of observers of a call: callback handlers, event handlers and span
handlers. It makes traces, events and spans also where there are none, which takes longer than all
else in a chunk. So our methods tell of a call only if somebody observes the model when it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction, signature
from typing import Any, TypeVar, cast, get_type_hints

import wrapt
from llama_index.core.callbacks import CallbackManager
from llama_index.core.instrumentation import (  # type: ignore[attr-defined]
    DISPATCHER_SPAN_DECORATED_ATTR,
    Dispatcher,
    NullEventHandler,
    NullSpanHandler,
    get_dispatcher,
)
from llama_index.core.llms.callbacks import dispatcher as _events
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

from llama_index_weryai import request

F = TypeVar("F", bound=Callable[..., Any])

_spans = get_dispatcher("llama_index_weryai.base")


def observed_chat(method: F) -> F:
    """Decorate a method that takes messages."""
    return _observed(method, llm_chat_callback(), "messages", request.check_messages)


def observed_completion(method: F) -> F:
    """Decorate a method that takes a prompt."""
    return _observed(method, llm_completion_callback(), "prompt", request.check_prompt)


def _observed(method: F, tell: Callable[[Any], Any], name: str, check: Callable[[Any], None]) -> F:
    """Decorate a method whose first argument is checked before LlamaIndex's observers see it."""
    told = _told(method, tell)
    # Types rather than their names, for a tool that is made of the method elsewhere.
    method.__annotations__ = get_type_hints(method)
    # LlamaIndex gives a span to each method of a model that has not this sign.
    setattr(method, DISPATCHER_SPAN_DECORATED_ATTR, True)

    def choose(plain: Any, model: Any, args: tuple[Any, ...], given: Mapping[str, Any]) -> Any:
        if args or name in given:
            check(args[0] if args else given[name])
        return told.__get__(model) if _is_observed(model) else plain

    # LlamaIndex's own methods are wrapped by this library, so what it and users do with them works:
    # to decorate them again, to take their signature, to make a tool of them.
    @wrapt.decorator
    def call(plain: Any, model: Any, args: tuple[Any, ...], given: Mapping[str, Any]) -> Any:
        return choose(plain, model, args, given)(*args, **given)

    @wrapt.decorator
    async def acall(plain: Any, model: Any, args: tuple[Any, ...], given: Mapping[str, Any]) -> Any:
        return await choose(plain, model, args, given)(*args, **given)

    return cast(F, acall(method) if iscoroutinefunction(method) else call(method))


def _told(method: Any, tell: Callable[[Any], Any]) -> Any:
    """The method with LlamaIndex's callbacks, events and spans."""
    told = tell(method)
    # `tell` leaves this mark where `inspect` looks for a function.
    del method.__wrapped__
    # LlamaIndex would compute it for each call, in 20 us.
    told.__signature__ = signature(told)
    return _spans.span(told)


def _is_observed(model: Any) -> bool:
    """Whether LlamaIndex has something to do for a call besides the call."""
    manager = model.callback_manager
    if type(manager) is not CallbackManager or manager.handlers:
        return True
    if model.rate_limiter is not None:
        return True
    return _has_handlers(_events) or _has_handlers(_spans)


def _has_handlers(dispatcher: Dispatcher) -> bool:
    while True:
        for event_handler in dispatcher.event_handlers:
            if type(event_handler) is not NullEventHandler:
                return True
        for span_handler in dispatcher.span_handlers:
            if type(span_handler) is not NullSpanHandler:
                return True
        if not dispatcher.propagate:
            return False
        dispatcher = dispatcher.parent
