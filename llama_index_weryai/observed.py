"""Methods that LlamaIndex's observers see.

LlamaIndex tells three kinds of observers of a call: callback handlers, event handlers and span
handlers. It makes traces, events and spans also where there are none, which takes longer than all
else in a chunk. So our methods tell of a call only if somebody observes the model when it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import WRAPPER_ASSIGNMENTS
from inspect import iscoroutinefunction, signature
from typing import Any, TypeVar, cast, get_type_hints

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

F = TypeVar("F", bound=Callable[..., Any])

_spans = get_dispatcher("llama_index_weryai.base")


def observed_chat(method: F) -> F:
    """Decorate a method that takes messages."""
    hints = get_type_hints(method)
    told = _told(method, llm_chat_callback())

    def chat(self: Any, messages: Any, **kwargs: Any) -> Any:
        way = told.__get__(self) if _is_observed(self) else method.__get__(self)
        return way(messages, **kwargs)

    async def achat(self: Any, messages: Any, **kwargs: Any) -> Any:
        way = told.__get__(self) if _is_observed(self) else method.__get__(self)
        return await way(messages, **kwargs)

    return _named(achat if iscoroutinefunction(method) else chat, method, hints)


def observed_completion(method: F) -> F:
    """Decorate a method that takes a prompt."""
    hints = get_type_hints(method)
    told = _told(method, llm_completion_callback())

    def complete(self: Any, prompt: Any, formatted: bool = False, **kwargs: Any) -> Any:
        way = told.__get__(self) if _is_observed(self) else method.__get__(self)
        return way(prompt, formatted, **kwargs)

    async def acomplete(self: Any, prompt: Any, formatted: bool = False, **kwargs: Any) -> Any:
        way = told.__get__(self) if _is_observed(self) else method.__get__(self)
        return await way(prompt, formatted, **kwargs)

    return _named(acomplete if iscoroutinefunction(method) else complete, method, hints)


def _told(method: Any, tell: Callable[[Any], Any]) -> Any:
    """The method with LlamaIndex's callbacks, events and spans."""
    told = tell(method)
    # LlamaIndex would compute it for each call, in 20 us.
    told.__signature__ = signature(told)
    return _spans.span(told)


def _named(call: Any, method: F, hints: dict[str, Any]) -> F:
    """Give a function the looks of the method that it calls, and nothing that needs `self`.

    `functools.wraps` would add `__wrapped__`, which shows the `self` of a bound method to whoever
    wraps it again.
    """
    for name in WRAPPER_ASSIGNMENTS:
        setattr(call, name, getattr(method, name))
    call.__annotations__ = hints
    # LlamaIndex gives a span to each method of a model that has not this sign.
    setattr(call, DISPATCHER_SPAN_DECORATED_ATTR, True)
    return cast(F, call)


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
