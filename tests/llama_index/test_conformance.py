"""`WeryAI` passes the conformance suites with the emulator. No test is skipped or overridden."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import conformance
import pytest
from conformance import LLMIntegrationTests, LLMUnitTests

from llama_index_weryai import WeryAI
from weryai_emulator import Emulator

KEY = "sk-0123456789abcdef0123456789abcdef"
HEADER = "value-of-a-secret-header"
SECRETS = {"api_key": KEY, "default_headers": {"X-Token": HEADER}}


class TestWeryAI(LLMUnitTests):
    def make_llm(self, **settings: Any) -> WeryAI:
        return WeryAI(model="GEMINI_25_FLASH", **SECRETS, **settings)

    @property
    def secrets(self):
        return [KEY, HEADER]

    @property
    def secret_settings(self):
        return SECRETS

    @property
    def init_from_env_params(self):
        address = "https://weryai.test/v1"
        return (
            {"WERYAI_API_KEY": KEY, "WERYAI_BASE_URL": address},
            {"model": "GPT_4O"},
            {"api_key": KEY, "api_base": address},
        )


@pytest.fixture(scope="module")
def weryai_emulator_without_tools() -> Iterator[Emulator]:
    with Emulator(ignore_tools=True) as emulator:
        yield emulator


class TestWeryAIOnTheEmulator(LLMIntegrationTests):
    has_parallel_tool_calls = True
    has_structured_output = True
    supports_image_inputs = True
    supports_audio_inputs = True
    supports_video_inputs = True
    supports_documents = True
    returns_usage = True
    returns_reasoning = True
    answers_repeat = True
    secrets = (KEY, HEADER)

    @pytest.fixture(autouse=True)
    def _serve(self, weryai_emulator: Emulator) -> None:
        self.emulator = weryai_emulator

    def make_llm(self, **settings: Any) -> WeryAI:
        address = self.emulator.base_url
        return WeryAI(
            model="GEMINI_25_FLASH", api_base=address, max_retries=0, **SECRETS | settings
        )

    def count_requests(self) -> int:
        return len(self.emulator.requests)


class TestWeryAIWithPromptedTools(TestWeryAIOnTheEmulator):
    """The same at a gateway without `tools`: tools in the prompt, calls in the text."""

    @pytest.fixture(autouse=True)
    def _serve(self, weryai_emulator_without_tools: Emulator) -> None:
        self.emulator = weryai_emulator_without_tools

    def make_llm(self, **settings: Any) -> WeryAI:
        return super().make_llm(tool_calling="prompted", **settings)


# --- the package


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports from outside its package."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)


FILES = sorted(Path(conformance.__file__).parent.glob("*.py"))


def test_the_suites_import_only_llama_index() -> None:
    allowed = {"pytest", "pydantic", *sys.stdlib_module_names}
    for file in FILES:
        others = [name for name in imported(file) if name.partition(".")[0] not in allowed]
        assert [name for name in others if not name.startswith("llama_index.core")] == []
        assert "weryai" not in file.read_text().lower()
