"""LangChain's standard unit tests, as published, nothing overridden."""

import pytest
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_weryai import ChatWeryAI, register


@pytest.fixture(autouse=True)
def _registered():
    register()


class TestChatWeryAIUnit(ChatModelUnitTests):
    @property
    def chat_model_class(self):
        return ChatWeryAI

    @property
    def chat_model_params(self):
        return {"model": "GPT_4O", "api_key": "test-key"}

    @property
    def init_from_env_params(self):
        return (
            {"WERYAI_API_KEY": "env-key", "WERYAI_BASE_URL": "https://gateway.example/v1"},
            {"model": "GPT_4O"},
            {"weryai_api_key": "env-key", "weryai_api_base": "https://gateway.example/v1"},
        )
