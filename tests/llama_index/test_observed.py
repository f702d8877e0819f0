"""LlamaIndex's observers are told of a call where there are any, and only there."""

import functools
import inspect
from collections.abc import Sequence
from typing import ClassVar, get_type_hints

import pytest
from conformance._observers import Callbacks, Events
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.callbacks import CallbackManager
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.span_handlers import SimpleSpanHandler
from llama_index.core.llms import callbacks
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.tools import FunctionTool

from llama_index_weryai import WeryAI

EVENTS = [name for name in vars(callbacks) if name.startswith("LLM") and name.endswith("Event")]


@pytest.fixture
def root():
    """LlamaIndex's root dispatcher, which has its handlers back afterwards."""
    root = get_dispatcher()
    before = [*root.event_handlers], [*root.span_handlers]
    yield root
    root.event_handlers, root.span_handlers = before


def test_a_call_that_nobody_observes_makes_no_events(
    monkeypatch, llm, method, ask, weryai_emulator
):
    for name in EVENTS:
        monkeypatch.delattr(callbacks, name)  # to make one is a NameError
    weryai_emulator.reply("Hi")
    assert str(ask(llm, method)[-1]).endswith("Hi")


def test_a_span_handler_alone_sees_each_call_once(root, llm, method, ask):
    spans = SimpleSpanHandler()
    root.add_span_handler(spans)
    ask(llm, method)
    [span] = spans.completed_spans
    assert span.id_.startswith(f"WeryAI.{method}-")


def test_a_subclass_has_a_span_of_its_own_for_what_it_overrides(root, weryai_emulator):
    class Careful(WeryAI):
        def chat(self, messages, **kwargs):
            return super().chat(messages, **kwargs)

    spans = SimpleSpanHandler()
    root.add_span_handler(spans)
    weryai_emulator.reply("Hi")
    model = Careful(model="GPT_4O", api_key="k", base_url=weryai_emulator.base_url)
    model.chat([ChatMessage("Hello")])
    inner, outer = spans.completed_spans
    assert inner.parent_id == outer.id_


@pytest.mark.parametrize("name", ["llama_index.core.llms.callbacks", "llama_index_weryai.base"])
def test_handlers_of_a_single_dispatcher_count(llm, name, ask, method):
    dispatcher, events, spans = get_dispatcher(name), Events(), SimpleSpanHandler()
    dispatcher.add_event_handler(events)
    dispatcher.add_span_handler(spans)
    try:
        ask(llm, method)
    finally:
        dispatcher.event_handlers.remove(events)
        dispatcher.span_handlers.remove(spans)
    seen = events.named(*EVENTS) if name.endswith("callbacks") else spans.completed_spans
    assert seen


def test_a_method_taken_before_there_are_observers_tells_them(root, llm, ask):
    chat, events, seen = llm.chat, Events(), Callbacks()
    root.add_event_handler(events)
    llm.callback_manager = CallbackManager([seen])
    chat([ChatMessage("Hello")])
    assert events.named("LLMChatEndEvent")
    assert seen.llm_events == ["start", "end"]


@pytest.mark.parametrize(
    ("decorate", "prompt", "answer"),
    [
        (llm_chat_callback, [], ChatResponse(message=ChatMessage("Hi"))),
        (llm_completion_callback, "Hello", CompletionResponse(text="Hi")),
    ],
)
def test_the_decorators_of_llama_index_need_nothing_else_of_a_model(decorate, prompt, answer):
    """What they read of it besides is a duty that calls without observers would not have."""
    read = set()

    class Model:
        rate_limiter = None
        callback_manager = CallbackManager()

        def to_payload(self):
            return {}

        def __getattribute__(self, name):
            read.add(name)
            return super().__getattribute__(name)

        @decorate()
        def call(self, prompt, **kwargs):
            return answer

    assert Model.call(Model(), prompt) is answer
    assert read == {"callback_manager", "rate_limiter", "to_payload"}


def test_a_method_shows_its_own_signature_and_types(llm):
    assert str(inspect.signature(llm.complete)).startswith("(prompt: str, formatted: bool = False")
    assert get_type_hints(WeryAI.chat)["messages"] == Sequence[ChatMessage]
    assert get_type_hints(WeryAI.achat)["return"] is ChatResponse
    assert inspect.iscoroutinefunction(llm.astream_chat)


def test_a_method_that_is_wrapped_again_can_be_a_tool(llm, weryai_emulator):
    @functools.wraps(llm.complete)
    def retried(*args, **kwargs):
        return llm.complete(*args, **kwargs)

    weryai_emulator.reply("Paris")
    tool = FunctionTool.from_defaults(retried)
    assert tool.call(prompt="Capital of France?").content == "Paris"
    assert "self" not in tool.metadata.get_parameters_dict()["properties"]


def test_a_method_that_is_decorated_again_tells_once(root, weryai_emulator):
    class Sub(WeryAI):
        chat = llm_chat_callback()(WeryAI.chat)
        complete = llm_completion_callback()(WeryAI.complete)

    seen, events = Callbacks(), Events()
    root.add_event_handler(events)
    model = Sub(model="GPT_4O", api_key="k", base_url=weryai_emulator.base_url)
    model.callback_manager = CallbackManager([seen])
    model.chat([ChatMessage("Hello")])
    model.complete("Hello")
    assert seen.llm_events == ["start", "end"] * 2
    assert len(events.named("LLMChatEndEvent")) == len(events.named("LLMCompletionEndEvent")) == 1
    assert "messages" in inspect.signature(WeryAI.chat).parameters


def test_a_method_can_be_unwrapped():
    method = inspect.unwrap(WeryAI.chat)
    assert inspect.isfunction(method)
    assert not hasattr(method, "__wrapped__")


class Arguments(SimpleSpanHandler):
    """Keeps the arguments of each call."""

    seen: ClassVar[list[inspect.BoundArguments]] = []

    def new_span(self, id_, bound_args, **others):
        self.seen.append(bound_args)
        return super().new_span(id_, bound_args, **others)


def test_observers_see_the_arguments_as_they_were_written(root, llm):
    events, spans = Events(), Arguments()
    root.add_event_handler(events)
    root.add_span_handler(spans)
    llm.complete(prompt="Hello", temperature=0)
    llm.complete("Hello")
    named, placed = events.named("LLMCompletionStartEvent")
    assert named.additional_kwargs == {"prompt": "Hello", "temperature": 0}
    assert placed.additional_kwargs == {}
    assert [bound.args for bound in spans.seen] == [(), ("Hello",)]


async def test_who_observes_counts_when_a_call_begins(root, llm):
    call, events = llm.achat([ChatMessage("Hello")]), Events()
    root.add_event_handler(events)
    await call
    assert events.named("LLMChatEndEvent")
