"""Secrets stay out of everything shown or saved; saved and copied models work."""

import copy
import dataclasses
import json
import logging
import pickle
import traceback

import httpx
import pytest
from llama_index.core import Document
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.extractors import TitleExtractor
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.span_handlers import NullSpanHandler
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel, PrivateAttr
from shown_secrets import shown_in

from llama_index_weryai import WeryAI
from weryai_core import AuthenticationError, ConfigurationError, WeryAIError

KEY = "sk-0123456789abcdef0123456789abcdef"
HEADER = "value-of-a-secret-header"
PASSWORD = "password-of-a-proxy"


@pytest.fixture
def secretive(make_llm):
    """A model with a key and a secret header."""
    return make_llm(temperature=0.5, default_headers={"X-Token": HEADER})


def assert_no_secrets(text):
    text = str(text)
    for secret in (KEY, HEADER, PASSWORD):
        assert secret not in text


SHOWN = {
    "repr": repr,
    "str": str,
    "to_dict": lambda llm: llm.to_dict(),
    "dict": lambda llm: llm.dict(),
    "to_json": lambda llm: llm.to_json(),
    "json": lambda llm: llm.json(),
    "model_dump": lambda llm: llm.model_dump(),
    "model_dump_json": lambda llm: llm.model_dump_json(),
    "to_payload": lambda llm: llm.to_payload(),
    "metadata": lambda llm: llm.metadata,
    "an extractor of it": lambda llm: TitleExtractor(llm=llm).to_dict(),
    "a structured one": lambda llm: repr(llm.as_structured_llm(Song)),
    "a structured one, saved": lambda llm: llm.as_structured_llm(Song).to_dict(),
    "its settings": lambda llm: repr(llm._config()),
    "its settings as a dict": lambda llm: dataclasses.asdict(llm._config()),
    "vars": vars,
}


class Song(BaseModel):
    """A song with a title."""

    title: str


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_secrets_are_not_shown(secretive, show):
    secretive.complete("Hello")
    assert_no_secrets(show(secretive))


def test_the_proxys_password_and_the_query_are_not_shown(make_llm):
    llm = make_llm(proxy=f"http://user:{PASSWORD}@proxy.test", default_query={"key": HEADER})
    for show in SHOWN.values():
        assert_no_secrets(show(llm))


# --- observers


class Events(BaseEventHandler):
    """Keeps all events as text."""

    _seen: list[str] = PrivateAttr(default_factory=list)

    def handle(self, event, **kwargs):
        self._seen.append(f"{type(event).__name__} {event!r} {event.model_dump()}")


class Spans(NullSpanHandler):
    """Keeps all that spans receive, as text."""

    _seen: list[str] = PrivateAttr(default_factory=list)

    def span_enter(self, id_, bound_args, instance=None, parent_id=None, tags=None, **kwargs):
        self._seen.append(f"{id_} {bound_args} {instance!r} {tags}")

    def span_exit(self, id_, bound_args, instance=None, result=None, **kwargs):
        self._seen.append(f"{id_} {bound_args} {instance!r} {result!r}")

    def span_drop(self, id_, bound_args, instance=None, err=None, **kwargs):
        self._seen.append(f"{id_} {bound_args} {instance!r} {err!r}")


class Callbacks(BaseCallbackHandler):
    """Keeps all payloads as text."""

    def __init__(self):
        super().__init__([], [])
        self.seen = []

    def on_event_start(self, event_type, payload=None, event_id="", parent_id="", **kwargs):
        self.seen.append(f"{event_type} {payload}")
        return event_id

    def on_event_end(self, event_type, payload=None, event_id="", **kwargs):
        self.seen.append(f"{event_type} {payload}")

    def start_trace(self, trace_id=None):
        self.seen.append(str(trace_id))

    def end_trace(self, trace_id=None, trace_map=None):
        self.seen.append(f"{trace_id} {trace_map}")


@pytest.fixture
def observers():
    """Handlers of all events and spans of LlamaIndex."""
    root = get_dispatcher()
    events, spans = Events(), Spans()
    root.event_handlers.append(events)
    root.span_handlers.append(spans)
    yield events, spans
    root.event_handlers.remove(events)
    root.span_handlers.remove(spans)


@pytest.mark.parametrize("method", ["chat", "astream_chat", "acomplete", "stream_complete"])
def test_observers_see_the_calls_and_no_secrets(
    secretive, method, ask, observers, caplog, weryai_emulator
):
    caplog.set_level(logging.DEBUG)
    callbacks = Callbacks()
    secretive.callback_manager = CallbackManager([callbacks])
    events, spans = observers
    ask(secretive, method)
    weryai_emulator.reply_error(401, message=f"No such key: {KEY}")
    with pytest.raises(AuthenticationError):
        ask(secretive, method)
    kind = "Chat" if "chat" in method else "Completion"
    assert any(text.startswith(f"LLM{kind}StartEvent") for text in events._seen)
    assert any(text.startswith(f"LLM{kind}EndEvent") for text in events._seen)
    assert any("GPT_4O" in text for text in callbacks.seen)
    assert any("AuthenticationError" in text for text in callbacks.seen)
    assert spans._seen
    for text in (*events._seen, *spans._seen, *callbacks.seen, caplog.text):
        assert_no_secrets(text)


def test_predict_shows_no_secrets(secretive, observers):
    events, spans = observers
    secretive.predict(PromptTemplate("Hello"))
    secretive.structured_predict(Song, PromptTemplate("A song"))
    assert len(events._seen) > 5
    for text in (*events._seen, *spans._seen):
        assert_no_secrets(text)


# --- errors


def test_an_error_shows_no_secrets(secretive, ask, weryai_emulator):
    weryai_emulator.reply_error(401, {"status": 1002, "message": f"Bad key {KEY}", "key": KEY})
    with pytest.raises(AuthenticationError) as caught:
        ask(secretive, "chat")
    error = caught.value
    shown = [str(error), repr(error), error.response, error.response.text, vars(error)]
    for text in (*shown, "".join(traceback.format_exception(error))):
        assert_no_secrets(text)


@pytest.mark.parametrize("method", ["chat", "astream_chat"])
def test_what_a_service_repeats_is_in_no_frame(secretive, ask, weryai_emulator, method):
    for status in (401, 200):
        text = f"key {KEY}, {HEADER}".replace("-", "\\u002D")
        weryai_emulator.reply_raw(status, f'{{"status":1002,"message":"{text}"}}'.encode())
        with pytest.raises(WeryAIError) as caught:
            ask(secretive, method)
        assert shown_in(caught.value, KEY, HEADER, text, skip=__file__) == []


def test_assigned_secrets_are_hidden(secretive):
    secretive.api_key = "sk-new-fedcba9876543210"
    secretive.proxy = "http://ann:sk-new-fedcba9876543210@proxy.test"
    secretive.default_headers = {"X-Token": "sk-new-fedcba9876543210"}
    for show in SHOWN.values():
        assert "sk-new" not in str(show(secretive))
    with pytest.raises(ConfigurationError) as caught:
        secretive.api_key = "sk-new fedcba9876543210"
    assert shown_in(caught.value, "sk-new", skip=__file__) == []


ARGUMENTS = {
    "no model": {},
    "an unknown name": {"model": "GPT_4O", "colour": "red"},
    "a wrong type": {"model": "GPT_4O", "temperature": "hot"},
    "a wrong address": {"model": "GPT_4O", "api_base": "nowhere"},
    "a wrong timeout": {"model": "GPT_4O", "timeout": "soon"},
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
@pytest.mark.parametrize("key", [KEY, "short"])
def test_wrong_arguments_show_no_secrets(arguments, key):
    with pytest.raises(ConfigurationError) as caught:
        WeryAI(api_key=key, default_headers={"X-Token": HEADER}, **arguments)
    shown = "".join(traceback.format_exception(caught.value))
    assert f"'{key}'" not in shown
    assert_no_secrets(shown)
    assert shown_in(caught.value, KEY, HEADER, skip=__file__) == []
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


# --- saving and copying

SETTINGS = {
    "max_tokens": 200,
    "temperature": 0.5,
    "top_p": 0.9,
    "seed": 7,
    "stop": ["END"],
    "plugins": [{"id": "web"}],
    "web_search": True,
    "additional_kwargs": {"user": "ann"},
    "system_prompt": "Be brief.",
    "timeout": (1.0, 2.0, 3.0, None),
    "max_retries": 0,
    "context_window": 5000,
    "strict": True,
    "stream_usage": False,
    "tool_calling": "prompted",
}


@pytest.fixture
def configured(make_llm):
    return make_llm(**SETTINGS)


def assert_same(copied, llm):
    assert copied is not llm
    assert copied.to_dict() == llm.to_dict()
    assert copied.metadata == llm.metadata
    assert copied.api_key.get_secret_value() == KEY


def test_to_dict_and_from_dict(configured):
    saved = configured.to_dict()
    assert saved["class_name"] == "WeryAI_LLM"
    assert_same(WeryAI.from_dict(saved, api_key=KEY), configured)


def test_to_json_and_from_json(configured):
    assert_same(WeryAI.from_json(configured.to_json(), api_key=KEY), configured)
    assert json.loads(configured.to_json())["api_base"] == configured.api_base


def test_model_dump_json_and_model_validate(configured):
    saved = configured.model_dump_json()
    assert_same(WeryAI.model_validate({**json.loads(saved), "api_key": KEY}), configured)


def test_a_saved_model_takes_the_key_from_the_environment(configured, monkeypatch):
    saved = configured.to_json()
    monkeypatch.setenv("WERYAI_BASE_URL", configured.api_base)
    with pytest.raises(ConfigurationError, match="No API key"):
        WeryAI.from_json(saved)
    monkeypatch.setenv("WERYAI_API_KEY", KEY)
    assert_same(WeryAI.from_json(saved), configured)


COPIES = {
    "pickle": lambda llm: pickle.loads(pickle.dumps(llm)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda llm: llm.model_copy(),
    "deep model_copy": lambda llm: llm.model_copy(deep=True),
}


@pytest.mark.parametrize("make_copy", COPIES.values(), ids=COPIES)
async def test_a_copy_works_and_sends_the_same(make_llm, make_copy, weryai_emulator, caplog):
    llm = make_llm(**SETTINGS, default_headers={"X-Token": HEADER})
    await llm.acomplete("Hello")
    llm.complete("Hello")
    copied = make_copy(llm)
    copied.complete("Hello")
    await copied.acomplete("Hello")
    assert_same(copied, llm)
    assert len(weryai_emulator.requests) == 4
    assert len({request.body for request in weryai_emulator.requests}) == 1
    assert {request.headers["x-token"] for request in weryai_emulator.requests} == {HEADER}
    assert caplog.records == []  # e.g. "Removing unpickleable attribute"


def test_pickling_drops_a_given_http_client(make_llm):
    with httpx.Client() as client:
        copied = pickle.loads(pickle.dumps(make_llm(http_client=client)))
    assert copied.http_client is None
    assert copied.complete("Hello").text


def test_a_structured_llm_is_saved_with_its_model(configured):
    assert configured.as_structured_llm(Song).to_dict()["llm"]["model"] == "GPT_4O"


def test_a_copied_extractor_works(llm):
    extractor = copy.deepcopy(TitleExtractor(llm=llm, show_progress=False))
    [node] = SentenceSplitter().get_nodes_from_documents([Document(text="About ferries.")])
    [metadata] = extractor.extract([node])
    assert metadata["document_title"]


def test_messages_are_not_saved(llm):
    llm.chat([ChatMessage(content="a private question")])
    assert "a private question" not in llm.to_json()


@pytest.mark.parametrize(
    "name", ["api_key", "openai_api_key", "password", "extra_headers", "headers"]
)
def test_a_secret_in_additional_kwargs_is_an_error(make_llm, name):
    with pytest.raises(ConfigurationError, match=f"must not hold '{name}'") as caught:
        make_llm(additional_kwargs={name: "sk-other-secret"})
    assert "sk-other-secret" not in str(caught.value)


def test_a_secret_in_the_extra_body_is_an_error(make_llm):
    with pytest.raises(ConfigurationError, match="`extra_body` must not hold 'api_key'") as caught:
        make_llm(additional_kwargs={"extra_body": {"api_key": "sk-other-secret"}})
    assert "sk-other-secret" not in str(caught.value)
