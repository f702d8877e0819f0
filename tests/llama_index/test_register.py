"""Loading a saved model by its name."""

import json

import pytest
from llama_index.core.llms.loading import RECOGNIZED_LLMS, load_llm

from llama_index_weryai import WeryAI, register
from weryai_core import ConfigurationError


@pytest.fixture(autouse=True)
def _unregistered(monkeypatch):
    monkeypatch.delitem(RECOGNIZED_LLMS, "WeryAI_LLM", raising=False)


def test_the_import_does_not_register(llm):
    with pytest.raises(ValueError, match="Invalid LLM name: WeryAI_LLM"):
        load_llm(llm.to_dict())


def test_a_registered_model_loads_with_the_key_of_the_environment(make_llm, monkeypatch):
    saved = make_llm(temperature=0.5, additional_kwargs={"user": "ann"}).to_dict()
    monkeypatch.setenv("WERYAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("WERYAI_BASE_URL", saved["api_base"])
    register()
    register()
    loaded = load_llm(saved)
    assert type(loaded) is WeryAI
    assert (loaded.model, loaded.temperature) == ("GPT_4O", 0.5)
    assert loaded.additional_kwargs == {"user": "ann"}
    assert loaded.api_key.get_secret_value() == "sk-of-the-environment"
    assert loaded.to_dict() == saved


EVIL = "https://evil.example/v1"


@pytest.mark.parametrize("name", ["api_base", "base_url"])
def test_the_environments_key_goes_to_another_address_with_a_warning_only(
    make_llm, monkeypatch, name
):
    own = "https://Own.example:443"
    saved = make_llm(api_base=own).to_dict()
    monkeypatch.setenv("WERYAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("WERYAI_BASE_URL", "https://own.example/v1")
    register()
    load_llm(saved)
    altered = {**saved, "api_base": None, name: EVIL}
    for load in (load_llm, WeryAI.from_dict, lambda data: WeryAI.from_json(json.dumps(data))):
        with pytest.warns(UserWarning, match=r"key of the environment to 'https://evil\.example"):
            load(altered)
    with pytest.warns(UserWarning, match="evil"):
        WeryAI.from_dict({**saved, "base_url": EVIL}, api_base=None)
    for argument in ("api_base", "base_url"):
        loaded = WeryAI.from_dict(altered, **{argument: "https://mine.example"})
        assert loaded.api_base == "https://mine.example/v1"
    assert WeryAI.from_dict(altered, api_key="sk-given").api_base == EVIL


@pytest.mark.parametrize(
    "change",
    [
        {"proxy": "http://evil.example"},
        {"default_headers": {"Host": "a"}},
        {"default_query": {1: 2}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_saved_model_has_no_proxy_headers_or_query(llm, monkeypatch, change):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("WERYAI_BASE_URL", llm.api_base)
    with pytest.raises(ConfigurationError, match="may send the API key elsewhere"):
        WeryAI.from_dict(llm.to_dict() | change)
    name = next(iter(change))
    assert WeryAI.from_dict(llm.to_dict() | change, **{name: None})
