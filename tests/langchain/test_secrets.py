"""Places where the key must not appear: reprs, saved models, traces, errors, logs."""

import asyncio
import logging
import pickle
import traceback

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler
from shown_secrets import shown_in

from langchain_weryai import ChatWeryAI
from weryai_core import AuthenticationError, ConfigurationError, InvalidRequestError, WeryAIError

HEADER = "a-secret-in-a-header"
PASSWORD = "a-secret-of-a-proxy"
NEW_KEY = "sk-new-fedcba9876543210"

EVENTS = [name for name in dir(BaseCallbackHandler) if name.startswith("on_")]


class Everything(BaseCallbackHandler):
    """Records everything that LangChain passes to its handlers."""

    def __init__(self):
        self.recorded = []


def _note(name):
    def note(self, *args, **kwargs):
        self.recorded.append(repr((name, args, kwargs)))

    return note


for _name in EVENTS:
    setattr(Everything, _name, _note(_name))


@pytest.fixture
def model(make_model):
    return make_model(default_headers={"X-Secret": HEADER})


def shown(model):
    """Return every text that shows a model."""
    return {
        "repr": repr(model),
        "vars": repr(vars(model)),
        "str": str(model),
        "asdict": repr(model.asdict()),
        "dumps": dumps(model),
        "to_json": repr(model.to_json()),
        "model_dump": repr(model.model_dump()),
        "model_dump_json": model.model_dump_json(),
        "identifying": repr(model._identifying_params),
        "cache key": model._get_llm_string(),
        "bound": repr(model.bind_tools([])),
        "dumps of bound": dumps(model.bind(stop=["x"])),
        "tracing": repr(model._get_ls_params()),
    }


@pytest.mark.parametrize("where", ["argument", "environment"])
def test_the_key_and_header_values_are_not_shown(monkeypatch, key, where):
    monkeypatch.setenv("WERYAI_API_KEY", key)
    arguments = {"api_key": key} if where == "argument" else {}
    model = ChatWeryAI(
        model="GPT_4O",
        default_headers={"X-Secret": HEADER},
        default_query={"secret": HEADER},
        proxy=f"http://user:{PASSWORD}@proxy.test",
        **arguments,
    )
    for way, text in shown(model).items():
        for secret in (key, HEADER, PASSWORD):
            assert secret not in text, way


def test_the_key_of_a_changed_copy_is_not_shown(model):
    copied = model.model_copy(update={"weryai_api_key": NEW_KEY})
    for show in (repr, str, dumps, lambda model: repr(model.bind_tools([]))):
        assert NEW_KEY not in show(copied)


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_a_traced_run_does_not_hold_the_key(model, call, key):
    everything, runs = Everything(), RunCollectorCallbackHandler()
    chain = model.bind_tools([]).with_config(run_name="traced") | (lambda message: message.text)
    await call(chain, config={"callbacks": [everything, runs]})
    texts = "\n".join([*everything.recorded, *(repr(run) for run in runs.traced_runs)])
    assert "on_chat_model_start" in texts
    assert "GPT_4O" in texts
    for secret in (key, HEADER):
        assert secret not in texts


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_a_traced_failure_does_not_hold_the_key(model, call, key, weryai_emulator):
    weryai_emulator.reply_error(401, message=f"Incorrect API key provided: {key}")
    everything, runs = Everything(), RunCollectorCallbackHandler()
    with pytest.raises(AuthenticationError):
        await call(model, config={"callbacks": [everything, runs]})
    texts = "\n".join([*everything.recorded, *(repr(run) for run in runs.traced_runs)])
    assert "Incorrect API key" in texts
    for secret in (key, HEADER):
        assert secret not in texts


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            lambda emulator, key: emulator.reply_error(401, message=f"Bad key {key}"), id="401"
        ),
        pytest.param(
            lambda emulator, key: emulator.reply_raw(500, f"trace: {key}".encode()), id="500"
        ),
        pytest.param(
            lambda emulator, key: emulator.reply_json({"status": 1002, "msg": f"key {key}"}),
            id="envelope",
        ),
        pytest.param(lambda emulator, key: emulator.drop(), id="hung up"),
    ],
)
@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_an_error_does_not_hold_the_key(model, call, key, weryai_emulator, script):
    script(weryai_emulator, key)
    with pytest.raises(WeryAIError) as caught:
        await call(model)
    error = caught.value
    response = error.response
    texts = [
        str(error),
        repr(error),
        error.message,
        "".join(traceback.format_exception(error)),
        repr(vars(error)),
        response and response.text,
        response and repr(response.headers),
    ]
    for text in filter(None, texts):
        assert key not in text
        assert HEADER not in text


UNUSABLE = {
    "no model": {},
    "wrong type": {"model": "GPT_4O", "temperature": "hot"},
    "bad address": {"model": "GPT_4O", "base_url": "weryai"},
    "out of range": {"model": "GPT_4O", "temperature": 3},
    "bad header": {"model": "GPT_4O", "default_headers": {"X": 1}},
    "in model_kwargs": {"model": "GPT_4O", "model_kwargs": {"api_key": "x"}},
}


@pytest.mark.parametrize(
    "arguments", [pytest.param(row, id=name) for name, row in UNUSABLE.items()]
)
def test_the_error_of_unusable_arguments_does_not_hold_the_key(key, arguments):
    with pytest.raises((ConfigurationError, InvalidRequestError)) as caught:
        ChatWeryAI(api_key=key, **arguments)
    assert key not in "".join(traceback.format_exception(caught.value))
    assert shown_in(caught.value, key, skip=__file__) == []


def test_the_error_of_a_key_that_no_header_can_carry_does_not_hold_it():
    key = "sk-schlüssel"
    with pytest.raises(ConfigurationError) as caught:
        ChatWeryAI(model="GPT_4O", api_key=key)
    assert key not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_what_a_service_repeats_is_in_no_frame(model, call, key, weryai_emulator):
    for status in (401, 200):
        text = f"key {key}, {HEADER}".replace("-", "\\u002D")
        weryai_emulator.reply_raw(status, f'{{"status":1002,"message":"{text}"}}'.encode())
        with pytest.raises(WeryAIError) as caught:
            await call(model)
        assert shown_in(caught.value, key, HEADER, text, skip=__file__) == []


def test_assigned_secrets_are_hidden(model):
    model.weryai_api_key = NEW_KEY
    model.default_headers = {"X-Secret": NEW_KEY}
    assert model.default_headers["X-Secret"] == NEW_KEY
    for way, text in shown(model).items():
        assert NEW_KEY not in text, way
    with pytest.raises(ConfigurationError) as caught:
        model.weryai_api_key = f"{NEW_KEY} {NEW_KEY}"
    assert shown_in(caught.value, NEW_KEY, skip=__file__) == []


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_nothing_logs_the_key(model, call, key, caplog, weryai_emulator):
    caplog.set_level(logging.DEBUG)
    weryai_emulator.reply_error(401, message=f"Bad key {key}")
    with pytest.raises(AuthenticationError):
        await call(model)
    await call(model)
    assert key not in caplog.text
    assert HEADER not in caplog.text


def test_the_clients_are_pickled_without_connections_or_key(model, key):
    model.invoke("Hello")
    asyncio.run(model.ainvoke("Hello"))
    assert key.encode() not in pickle.dumps(model._clients)


@pytest.mark.parametrize("name", ["openai_api_key", "apikey", "openai_proxy"])
def test_a_secret_under_an_unknown_name_is_refused_and_not_sent(name, monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-right")
    with pytest.raises(ConfigurationError, match=name) as caught:
        ChatWeryAI(model="GPT_4O", **{name: "sk-mislaid-0123"})
    assert "sk-mislaid-0123" not in str(caught.value)


@pytest.mark.parametrize("holder", ["model_kwargs", "extra_body"])
@pytest.mark.parametrize("name", ["openai_api_key", "password", "extra_headers"])
def test_a_secret_in_model_kwargs_or_extra_body_is_refused(make_model, holder, name):
    with pytest.raises(ConfigurationError, match=f"`{holder}` must not hold '{name}'") as caught:
        make_model(**{holder: {name: "sk-other-secret"}})
    assert "sk-other-secret" not in str(caught.value)
