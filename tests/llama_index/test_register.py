"""Loading a saved model by its name."""

import pytest
from llama_index.core.llms.loading import RECOGNIZED_LLMS, load_llm

from llama_index_weryai import WeryAI, register


@pytest.fixture(autouse=True)
def _unregistered(monkeypatch):
    monkeypatch.delitem(RECOGNIZED_LLMS, "WeryAI_LLM", raising=False)


def test_the_import_does_not_register(llm):
    with pytest.raises(ValueError, match="Invalid LLM name: WeryAI_LLM"):
        load_llm(llm.to_dict())


def test_a_registered_model_loads_with_the_key_of_the_environment(make_llm, monkeypatch):
    saved = make_llm(temperature=0.5, additional_kwargs={"user": "ann"}).to_dict()
    monkeypatch.setenv("WERYAI_API_KEY", "sk-of-the-environment")
    register()
    register()
    loaded = load_llm(saved)
    assert type(loaded) is WeryAI
    assert (loaded.model, loaded.temperature) == ("GPT_4O", 0.5)
    assert loaded.additional_kwargs == {"user": "ann"}
    assert loaded.api_key.get_secret_value() == "sk-of-the-environment"
    assert loaded.to_dict() == saved
