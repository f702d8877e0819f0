"""Families of models, and which of them require signatures."""

import pytest

from weryai_core import known_models
from weryai_core.signatures.families import family_of, requires_signatures

FAMILIES = {
    "GEMINI_25_PRO": "Gemini",
    "models/gemini-3-pro-preview": "Gemini",
    "google_genai": "Gemini",
    "us.anthropic.claude-sonnet-4-6-v1:0": "Claude",
    "vertex_ai/claude-opus-4-8@google": "Claude",
    "openai/gpt-oss-120b": "GPT",
    "openai/o3": "GPT",
    "openai/kimi-k2.5": "Kimi",
    "moonshotai/latest": "Kimi",
    "deepseek-r1-distill-qwen-32b": "DeepSeek",
    "xai-responses-v1": "Grok",
    "made-up": None,
    "weryai": None,
    "": None,
}


@pytest.mark.parametrize(("model", "family"), FAMILIES.items())
def test_a_model_is_known_by_its_own_name_before_its_vendors(model, family):
    assert family_of(model) == family


def test_every_documented_model_has_a_family():
    assert [key for key in known_models() if family_of(key) is None] == []


def test_gemini_requires_signatures_since_generation_3():
    assert {key for key in known_models() if requires_signatures(key)} == {
        "GEMINI_3_5_FLASH",
        "GEMINI_3_1_PRO",
        "GEMINI_3_1_FLASH_LITE",
    }
    newer = ("gemini-4-pro", "models/gemini-flash-latest", "google/gemini-3.1-pro-preview")
    assert all(map(requires_signatures, newer))
    others = ("gemini-2.5-pro", "gemini-1.5-flash", "google/gemma-3-27b", "claude-4", "")
    assert not any(map(requires_signatures, others))
