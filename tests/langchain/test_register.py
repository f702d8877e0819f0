"""Saving and loading models, with and without `register`."""

import httpx
import pytest
from langchain.chat_models import base, init_chat_model
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.load.load import ALL_SERIALIZABLE_MAPPINGS, _default_class_paths_cache

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
