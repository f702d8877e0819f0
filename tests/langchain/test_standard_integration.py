"""LangChain's standard integration tests, as published, against the emulator."""

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests

from langchain_weryai import ChatWeryAI


class TestChatWeryAIIntegration(ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _emulator(self, weryai_emulator):
        type(self).emulator = weryai_emulator

    @property
    def chat_model_class(self):
        return ChatWeryAI

    @property
    def chat_model_params(self):
        return {
            "model": "GEMINI_25_FLASH",
            "api_key": "test-key",
            "base_url": self.emulator.base_url,
        }

    @property
    def supports_json_mode(self):
        return True

    @property
    def supports_anthropic_inputs(self):
        return True

    @property
    def model_override_value(self):
        return "GPT_4O"

    @property
    def supported_usage_metadata_details(self):
        return {"invoke": [], "stream": []}


class TestChatWeryAIWithToolsInThePrompt(TestChatWeryAIIntegration):
    """The same, with no `tools` sent."""

    @property
    def chat_model_params(self):
        return {**super().chat_model_params, "tool_calling": "prompted"}
