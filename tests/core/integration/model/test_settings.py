"""The settings of both wrappers' model classes: names, defaults, checks, secrets."""

from collections.abc import Mapping

import httpx2
import pytest
from renamed_settings import RenamedSettings
from shown_secrets import shown_in

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI
from weryai_core import ConfigurationError, InvalidRequestError
from weryai_core.integration import ModelSettings
from weryai_core.integration.model.request_fields import RequestFields

KEY = "sk-0123456789abcdef"
MODELS = (ChatWeryAI, WeryAI)


@pytest.mark.parametrize("wrapper", MODELS)
def test_both_classes_have_the_shared_fields_unchanged(wrapper):
    for name, shared in ModelSettings.model_fields.items():
        own = wrapper.model_fields[name]
        for attribute in ("annotation", "default", "description", "exclude", "repr", "alias"):
            assert getattr(own, attribute) == getattr(shared, attribute), (name, attribute)


@pytest.mark.parametrize("wrapper", MODELS)
def test_every_field_has_a_description(wrapper):
    ours = {*ModelSettings.model_fields, *wrapper.__annotations__} & wrapper.model_fields.keys()
    assert [name for name in ours if not wrapper.model_fields[name].description] == []


def test_the_defaults_are_unset():
    fields = ModelSettings.model_fields
    assert {name: field.default for name, field in fields.items() if field.default is not None} == {
        "stream_chunk_timeout": 600.0,
        "max_reply_bytes": 64 * 1024 * 1024,
        "max_event_bytes": 16 * 1024 * 1024,
        "max_retries": 2,
        "allow_insecure": False,
        "message_overflow": "fold",
        "tool_calling": "native",
        "check_content_filter": True,
        "stream_usage": True,
        "echo_reasoning": "auto",
        "reasoning_tags": True,
        "tool_media": "auto",
        "drop_unsupported": False,
    }


def test_the_parameters_that_are_sent_are_these():
    assert list(RequestFields.model_fields) == [
        "max_tokens",
        "temperature",
        "top_p",
        "presence_penalty",
        "frequency_penalty",
        "seed",
        "logprobs",
        "top_logprobs",
        "reasoning_effort",
        "web_search",
        "plugins",
    ]


def test_only_parameters_that_are_set_are_sent():
    model = RenamedSettings(api_key=KEY, temperature=0, seed=7, web_search=False, max_retries=5)
    expected = {"model": "GPT_4O", "temperature": 0.0, "seed": 7, "web_search": False}
    assert model._parameters() == expected
    assert RenamedSettings(api_key=KEY)._parameters() == {"model": "GPT_4O"}


def test_connection_settings_are_resolved_under_the_names_of_the_wrapper(monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", KEY)
    monkeypatch.setenv("WERYAI_BASE_URL", "https://example.com")
    model = RenamedSettings(timeout=httpx2.Timeout(7))
    assert model.api_key.get_secret_value() == KEY
    assert model.api_base == "https://example.com/v1"
    assert model.timeout == (7, 7, 7, 7)
    assert RenamedSettings(timeout=7).timeout == 7


def test_parameters_are_checked_when_the_model_is_made():
    with pytest.raises(InvalidRequestError, match="`temperature` must be"):
        RenamedSettings(api_key=KEY, temperature=3)


def test_the_error_for_invalid_arguments_shows_neither_values_nor_the_key():
    with pytest.raises(ConfigurationError) as caught:
        RenamedSettings(api_key=KEY, temperature="hot stuff")
    assert str(caught.value).startswith(
        "RenamedSettings cannot be created with these arguments. `temperature`: "
    )
    assert "hot stuff" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_secrets_are_neither_shown_nor_saved():
    model = RenamedSettings(api_key=KEY, default_headers={"x": "hush"}, default_query={"y": "hush"})
    shown = f"{model!r} {model} {model.model_dump()} {model.model_dump_json()}"
    assert "hush" not in shown


ASSIGN = {
    "assigned": lambda model, values: [setattr(model, *item) for item in values.items()],
    "copied": lambda model, values: vars(model).update(vars(model.model_copy(update=values))),
}


@pytest.mark.parametrize("assign", ASSIGN.values(), ids=ASSIGN)
def test_assigned_secrets_are_checked_and_hidden(assign):
    model = RenamedSettings(api_key=KEY)
    secrets = {
        "api_key": "Bearer sk-assigned",
        "proxy": "http://ann:sk-assigned@proxy.test",
        "default_headers": {"x": "sk-assigned"},
        "default_query": {"y": "sk-assigned"},
    }
    assign(model, secrets)
    assert "sk-assigned" not in f"{vars(model)} {model.model_dump()}"
    assert not any(isinstance(value, Mapping) for value in vars(model).values())
    config = model._config()
    assert config.api_key.get_secret_value() == "sk-assigned"
    assert (config.default_headers, config.default_query) == (
        {"x": "sk-assigned"},
        {"y": "sk-assigned"},
    )
    for name in secrets:
        with pytest.raises(ConfigurationError) as caught:
            assign(model, {name: "sk-bad \0 value"})
        assert shown_in(caught.value, "sk-bad", skip=__file__) == []
    assign(model, dict.fromkeys(list(secrets)[1:]))
    assert model.proxy is model.default_headers is model.default_query is None
