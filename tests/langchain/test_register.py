"""Saving and loading models, with and without `register`."""

import httpx
import pytest
from langchain.chat_models import base, init_chat_model
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.load.load import ALL_SERIALIZABLE_MAPPINGS, _default_class_paths_cache
from langchain_core.runnables import RunnableBinding
from langchain_core.runnables.configurable import (
    RunnableConfigurableAlternatives,
    RunnableConfigurableFields,
)

from langchain_weryai import ChatWeryAI, register, trusted_addresses
from weryai_core import ConfigurationError

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

PATH = ("langchain_weryai", "chat_models", "ChatWeryAI")
NAMESPACES = ["langchain_weryai"]


@pytest.fixture(autouse=True)
def _unregistered(monkeypatch):
    monkeypatch.delitem(ALL_SERIALIZABLE_MAPPINGS, PATH, raising=False)
    monkeypatch.delitem(base._BUILTIN_PROVIDERS, "weryai", raising=False)
    base._get_chat_model_creator.cache_clear()
    _default_class_paths_cache.clear()
    yield
    _default_class_paths_cache.clear()


@pytest.fixture
def saved(model):
    return dumpd(model)


def test_a_saved_model_names_the_variable_of_its_key(model, saved, weryai_emulator):
    assert saved == {
        "lc": 1,
        "type": "constructor",
        "id": list(PATH),
        "kwargs": {
            "model_name": "GPT_4O",
            "weryai_api_key": {"lc": 1, "type": "secret", "id": ["WERYAI_API_KEY"]},
            "weryai_api_base": weryai_emulator.base_url,
            "stream_chunk_timeout": 600.0,
            "max_reply_bytes": 64 * 1024 * 1024,
            "max_event_bytes": 16 * 1024 * 1024,
            "max_retries": 0,
            "check_content_filter": True,
            "stream_usage": True,
            "tool_calling": "native",
            "message_overflow": "fold",
            "echo_reasoning": "auto",
            "reasoning_tags": True,
            "tool_media": "auto",
        },
        "name": "ChatWeryAI",
    }


def test_a_saved_model_sends_the_key_to_trusted_addresses_only(saved, monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-from-the-environment")
    own = saved["kwargs"]["weryai_api_base"]

    def loaded(*addresses, **changes):
        altered = {**saved, "kwargs": {**saved["kwargs"], **changes}}
        return load(
            altered,
            allowed_objects=[ChatWeryAI],
            valid_namespaces=NAMESPACES,
            secrets_from_env=True,
            init_validator=trusted_addresses(*addresses),
        )

    loaded(own)
    loaded(own.removesuffix("/v1"), "https://b.example")
    for changes in (
        {"weryai_api_base": "https://evil.example"},
        {"base_url": "https://evil.example"},
    ):
        with pytest.raises(
            ConfigurationError, match=r"send the API key to 'https://evil\.example'"
        ):
            loaded(own, **changes)
    with pytest.raises(ConfigurationError):
        loaded()
    monkeypatch.setenv("WERYAI_BASE_URL", own)
    loaded()


class OwnModel(ChatWeryAI):
    """A class of a user, with an id of its own."""


EVIL = "https://evil.example"
FIELDS = ["b", None, None, None, False]  # how a ConfigurableField is saved


def runnable(name, **arguments):
    path = ["langchain", "schema", "runnable", name]
    return {"lc": 1, "type": "constructor", "id": path, "kwargs": arguments}


def load_checked(text, *addresses):
    return load(
        text,
        allowed_objects=[
            *(ChatWeryAI, OwnModel, RunnableBinding),
            *(RunnableConfigurableFields, RunnableConfigurableAlternatives),
        ],
        valid_namespaces=["langchain_weryai", OwnModel.__module__.split(".")[0]],
        init_validator=trusted_addresses(*addresses),
    )


ALTERED = {
    "the address": {"weryai_api_base": EVIL},
    "its alias": {"base_url": EVIL},
    "its case": {"weryai_api_base": "https://b.example/V1"},
    "an address with a password": {"base_url": "https://b.example@evil.example"},
    "a proxy": {"weryai_proxy": "http://evil.example"},
    "a proxy's alias": {"proxy": "http://evil.example"},
    "the Host header": {"default_headers": {"Host": "evil.example"}},
    "a router's header": {"default_headers": {"X-Target-Url": EVIL}},
    "a query": {"default_query": {"upstream": EVIL}},
    "no encryption": {"allow_insecure": True},
}


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
@pytest.mark.parametrize("kind", [ChatWeryAI, OwnModel], ids=["ours", "a subclass"])
def test_a_saved_model_of_any_class_is_checked(monkeypatch, kind, change):
    monkeypatch.setenv("WERYAI_BASE_URL", "https://b.example")
    monkeypatch.setenv("WERYAI_API_KEY", "sk-from-the-environment")
    saved = dumpd(kind(model="GPT_4O"))
    assert isinstance(load_checked(saved), kind)
    with pytest.raises(ConfigurationError):
        load_checked({**saved, "kwargs": {**saved["kwargs"], **change}})


PASSED_ON = {
    "a configurable address": lambda model: runnable(
        "RunnableBinding",
        bound=runnable("RunnableConfigurableFields", default=model, fields={"base_url": FIELDS}),
        kwargs={},
        config={"configurable": {"b": EVIL}},
    ),
    "a configurable proxy": lambda model: runnable(
        "RunnableConfigurableFields", default=model, fields={"weryai_proxy": FIELDS}
    ),
    "configurable headers": lambda model: runnable(
        "RunnableConfigurableFields", default=model, fields={"default_headers": FIELDS}
    ),
    "configurable fields": lambda model: runnable(
        "RunnableBinding",
        bound=runnable("RunnableConfigurableFields", default=model, fields={"fields": FIELDS}),
        kwargs={},
        config={"configurable": {"b": {"weryai_api_base": ["c", None, None, None, False]}}},
    ),
    "a choice of addresses": lambda model: runnable(
        "RunnableConfigurableFields",
        default=model,
        fields={"weryai_api_base": ["b", {"x": EVIL}, "x", None, None, False]},
    ),
    "an alternative": lambda model: runnable(
        "RunnableConfigurableAlternatives",
        which=FIELDS,
        default=model,
        alternatives={"x": {**model, "kwargs": {**model["kwargs"], "weryai_api_base": EVIL}}},
    ),
    "a header of calls": lambda model: runnable(
        "RunnableBinding", bound=model, kwargs={"extra_headers": {"host": "evil.example"}}
    ),
    "a header in further parameters": lambda model: runnable(
        "RunnableBinding", bound=model, kwargs={"model_kwargs": {"extra_headers": {"a": "b"}}}
    ),
}


@pytest.mark.parametrize("make", PASSED_ON.values(), ids=PASSED_ON)
def test_what_a_runnable_sets_on_a_saved_model_is_checked(monkeypatch, saved, make):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-from-the-environment")
    with pytest.raises(ConfigurationError, match="The saved model"):
        load_checked(make(saved), saved["kwargs"]["weryai_api_base"])


def test_what_cannot_redirect_the_key_is_loaded(monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-from-the-environment")
    model = ChatWeryAI(model="GPT_4O", base_url="https://API.b.example:443", temperature=0)
    schema = {"type": "object", "properties": {"base_url": {"type": "string"}}}
    tool = {"type": "function", "function": {"name": "open", "parameters": schema}}
    bound = load_checked(dumpd(model.bind(tools=[tool], stop=["x"])), "https://api.b.example/v1")
    assert bound.bound.weryai_api_key.get_secret_value() == "sk-from-the-environment"
    fields = runnable(
        "RunnableConfigurableFields", default=dumpd(model), fields={"temperature": FIELDS}
    )
    assert load_checked(fields, "https://api.b.example")


def test_encryption_may_be_missing_for_a_named_address(monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-from-the-environment")
    public = "http://llm.company.com"
    saved = dumpd(ChatWeryAI(model="GPT_4O", base_url=public, allow_insecure=True))
    assert load_checked(saved, public).allow_insecure
    monkeypatch.setenv("WERYAI_BASE_URL", public)
    with pytest.raises(ConfigurationError, match="unencrypted"):
        load_checked(saved)


def test_a_model_is_loaded_if_its_class_is_allowed(saved, monkeypatch, weryai_emulator):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-from-the-environment")
    model = load(
        saved, allowed_objects=[ChatWeryAI], valid_namespaces=NAMESPACES, secrets_from_env=True
    )
    assert isinstance(model, ChatWeryAI)
    assert model.invoke("Hello").text == 'Hello! You said: "Hello"'
    headers = weryai_emulator.last_request.headers
    assert headers["authorization"] == "Bearer sk-from-the-environment"


@pytest.mark.parametrize("timeout", [7, httpx.Timeout(7), (3, 7)], ids=["seconds", "httpx", "pair"])
def test_a_timeout_of_any_kind_is_saved(timeout):
    model = ChatWeryAI(model="GPT_4O", api_key="k", timeout=timeout)
    loaded = loads(
        dumps(model),
        allowed_objects=[ChatWeryAI],
        valid_namespaces=NAMESPACES,
        secrets_map={"WERYAI_API_KEY": "k"},
    )
    assert loaded._config() == model._config()
    assert loaded._config().timeout.read == 7


def test_a_key_can_come_from_a_map(saved):
    model = load(
        saved,
        allowed_objects=[ChatWeryAI],
        valid_namespaces=NAMESPACES,
        secrets_map={"WERYAI_API_KEY": "sk-from-the-map"},
    )
    assert model.weryai_api_key.get_secret_value() == "sk-from-the-map"


def test_every_setting_survives_saving(make_model, key):
    model = make_model(
        temperature=0.5,
        max_tokens=9,
        stop=["END"],
        web_search=True,
        plugins=[{"id": "x"}],
        model_kwargs={"user": "me"},
        extra_body={"a": {"b": 1}},
        timeout=7.5,
        stream_usage=False,
        tool_calling="prompted",
        message_overflow="trim",
    )
    loaded = loads(
        dumps(model),
        allowed_objects=[ChatWeryAI],
        valid_namespaces=NAMESPACES,
        secrets_map={"WERYAI_API_KEY": key},
    )
    assert loaded.model_dump() == model.model_dump()


def test_all_objects_include_the_model_once_it_is_registered(saved, key):
    def load_any():
        return load(
            saved,
            allowed_objects="all",
            valid_namespaces=NAMESPACES,
            secrets_map={"WERYAI_API_KEY": key},
        )

    with pytest.raises(ValueError, match="not allowed"):
        load_any()
    register()
    assert isinstance(load_any(), ChatWeryAI)


def test_registering_twice_changes_nothing():
    register()
    once = dict(ALL_SERIALIZABLE_MAPPINGS)
    register()
    assert once == ALL_SERIALIZABLE_MAPPINGS
    assert ALL_SERIALIZABLE_MAPPINGS[PATH] == PATH


@pytest.mark.parametrize(
    "named", [("weryai:GPT_4O", {}), ("GPT_4O", {"model_provider": "weryai"})], ids=["one", "two"]
)
def test_a_registered_model_is_made_by_name(weryai_emulator, key, named):
    name, provider = named
    settings = {
        **provider,
        "api_key": key,
        "base_url": weryai_emulator.base_url,
        "temperature": 0.5,
    }
    with pytest.raises(ValueError, match="provider"):
        init_chat_model(name, **settings)
    register()
    register()
    model = init_chat_model(name, **settings)
    assert isinstance(model, ChatWeryAI)
    assert model.invoke("Hello").text == 'Hello! You said: "Hello"'
    assert weryai_emulator.last_request.json["temperature"] == 0.5


def test_a_configurable_model_is_made_by_name(weryai_emulator, key):
    register()
    model = init_chat_model(
        configurable_fields="any", api_key=key, base_url=weryai_emulator.base_url
    )
    model.invoke("Hello", {"configurable": {"model": "GLM_5", "model_provider": "weryai"}})
    assert weryai_emulator.last_request.json["model"] == "GLM_5"
