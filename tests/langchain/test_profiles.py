"""Model profiles: the abilities of a model that LangChain sees."""

import pytest
from langchain_core.language_models import ModelProfile
from langchain_core.runnables import ConfigurableField

from langchain_weryai import ChatWeryAI
from langchain_weryai.profiles import profile_of
from weryai_core import known_models


def test_every_documented_model_has_a_profile_of_langchains_fields():
    for key in known_models():
        profile = ChatWeryAI(model=key, api_key="sk-key").profile
        assert profile is not None
        assert profile == profile_of(key)
        assert profile.keys() <= ModelProfile.__annotations__.keys()
        assert None not in profile.values()
        assert isinstance(profile["max_input_tokens"], int)


def test_a_profile_holds_the_facts_of_the_catalogue():
    assert profile_of("GEMINI_25_FLASH") == {
        "name": "Gemini-2.5-Flash",
        "max_input_tokens": 1048576,
        "max_output_tokens": 65536,
        "text_inputs": True,
        "image_inputs": True,
        "image_url_inputs": True,
        "pdf_inputs": True,
        "audio_inputs": True,
        "image_tool_message": False,
        "pdf_tool_message": False,
        "text_outputs": True,
        "reasoning_output": True,
        "tool_calling": True,
        "structured_output": True,
    }


def test_a_profile_says_which_media_a_tool_message_takes():
    claude = profile_of("CLAUDE_SONNET_4_6")
    assert (claude["image_tool_message"], claude["pdf_tool_message"]) == (True, True)
    assert "image_tool_message" not in profile_of("GROK_4")


def test_an_unknown_fact_is_left_out():
    profile = profile_of("DEEPSEEK_R1")
    assert profile["tool_calling"] is True
    assert "structured_output" not in profile


def test_an_unknown_model_has_no_profile():
    assert profile_of("GPT_99") is None
    assert ChatWeryAI(model="GPT_99", api_key="sk-key").profile is None


def test_a_profile_passed_in_is_kept():
    model = ChatWeryAI(model="GPT_4O", api_key="sk-key", profile={"tool_calling": False})
    assert model.profile == {"tool_calling": False}


KEY = "sk-key"
CHANGES = {
    "a copy": lambda model: model.model_copy(update={"model_name": "CLAUDE_4_OPUS"}),
    "a field": lambda model: setattr(model, "model_name", "CLAUDE_4_OPUS") or model,
    "a configurable field": lambda model: model.configurable_fields(
        model_name=ConfigurableField(id="model")
    )._prepare({"configurable": {"model": "CLAUDE_4_OPUS"}})[0],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_profile_follows_the_model(change):
    changed = change(ChatWeryAI(model="GPT_4O", api_key=KEY))
    assert changed.profile == profile_of("CLAUDE_4_OPUS")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_profile_passed_in_stays_when_the_model_changes(change):
    own = {"tool_calling": False, "name": "mine"}
    changed = change(ChatWeryAI(model="GPT_4O", api_key=KEY, profile=own))
    assert changed.profile == own


def test_the_profile_of_a_gemini_model_follows_the_search():
    model = ChatWeryAI(model="GEMINI_25_FLASH", api_key=KEY)
    model.web_search = True
    assert model.profile["structured_output"] is False
    assert model.model_copy(update={"web_search": False}).profile["structured_output"] is True


def test_an_unknown_model_can_have_the_profile_of_a_known_one():
    profile = profile_of("GPT_4O")
    assert ChatWeryAI(model="GPT_99", api_key=KEY, profile=profile).profile == profile
