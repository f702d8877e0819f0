"""The catalogue of the documented models."""

import pytest

from weryai_core import DEFAULT_MAX_TOKENS, ModelInfo, known_models, model_info

# In the order of the API page.
KEYS = [
    "GPT_5_5",
    "GPT_5_4",
    "CLAUDE_FABLE_5",
    "CLAUDE_4_8_OPUS",
    "CLAUDE_4_6_OPUS",
    "GEMINI_3_5_FLASH",
    "GEMINI_3_1_PRO",
    "GPT_5_1",
    "CLAUDE_4_5_OPUS",
    "GPT_5",
    "DEEPSEEK_R1",
    "KIMI_K2_THINKING",
    "QWEN_QWQ_32B",
    "GROK_4",
    "CLAUDE_SONNET_4_6",
    "GEMINI_3_1_FLASH_LITE",
    "QWEN_3_5_PLUS",
    "GLM_5",
    "KIMI_K2_5",
    "CLAUDE_SONNET_4_5",
    "GPT_4O",
    "GPT_4_1",
    "GEMINI_25_PRO",
    "GLM_4_7_FLASH",
    "GEMINI_25_FLASH",
    "SEED_2_0_MINI",
    "CLAUDE_4_OPUS",
    "CLAUDE_4_SONNET",
]


def test_the_28_documented_models_are_known():
    assert list(known_models()) == KEYS
    assert len(KEYS) == 28


def test_the_documented_default_limit_of_an_answer_is_1024_tokens():
    assert DEFAULT_MAX_TOKENS == 1024


def test_a_model_is_described():
    assert model_info("GEMINI_25_FLASH") == ModelInfo(
        key="GEMINI_25_FLASH",
        name="Gemini-2.5-Flash",
        vendor="Google",
        upstream_id="gemini-2.5-flash",
        max_input_tokens=1048576,
        max_output_tokens=65536,
        reasoning=True,
        image_inputs=True,
        pdf_inputs=True,
        audio_inputs=True,
        tool_calling=True,
        structured_output=True,
        temperature=True,
        web_search=True,
        image_tool_message=False,
        pdf_tool_message=False,
    )


def test_a_fact_is_none_if_the_sources_disagree():
    assert model_info("DEEPSEEK_R1") == ModelInfo(
        key="DEEPSEEK_R1",
        name="DeepSeek-R1",
        vendor="DeepSeek",
        upstream_id="deepseek-r1",
        max_input_tokens=64000,
        max_output_tokens=16000,
        reasoning=True,
        image_inputs=False,
        pdf_inputs=False,
        audio_inputs=False,
        tool_calling=True,
        structured_output=None,
        temperature=True,
        web_search=False,
        image_tool_message=False,
        pdf_tool_message=False,
    )


@pytest.mark.parametrize("key", ["GPT_6", "gpt_4o", "", "GEMINI_2_5_FLASH"])
def test_an_unknown_key_is_none(key):
    assert model_info(key) is None


def test_every_model_is_described_in_full():
    for key in KEYS:
        model = model_info(key)
        assert model.key == key
        assert all((model.name, model.vendor, model.upstream_id)), key
        assert 0 < model.max_output_tokens <= model.max_input_tokens, key
        flags = (model.reasoning, model.image_inputs, model.tool_calling, model.temperature)
        assert all(flag in (True, False, None) for flag in flags), key


def test_web_search_is_documented_for_gemini_only():
    assert {key for key in KEYS if model_info(key).web_search} == {
        key for key in KEYS if key.startswith("GEMINI")
    }


def test_a_model_without_temperature_has_it_fixed():
    for key in KEYS:
        model = model_info(key)
        assert ("temperature" in model.fixed_parameters) is (model.temperature is False), key
        assert not (model.fixed_while_reasoning and model.temperature), key


def test_no_model_takes_in_tool_messages_what_it_does_not_take_at_all():
    for model in known_models().values():
        assert model.image_inputs or not model.image_tool_message, model.key
        assert model.pdf_inputs or not model.pdf_tool_message, model.key


@pytest.mark.parametrize(
    ("key", "image", "pdf"),
    [
        ("GPT_5", False, False),
        ("CLAUDE_4_SONNET", True, True),
        ("GEMINI_3_1_PRO", True, True),
        ("GEMINI_25_PRO", False, False),
        ("GROK_4", None, False),
        ("GLM_5", False, False),
    ],
)
def test_the_families_differ_in_media_of_tool_messages(key, image, pdf):
    model = model_info(key)
    assert (model.image_tool_message, model.pdf_tool_message) == (image, pdf)


def test_a_model_can_be_a_key_of_a_dict():
    assert {model_info("GPT_5"): 1}[model_info("GPT_5")] == 1


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        model_info("GPT_5").fixed_parameters["seed"] = 1
    with pytest.raises(TypeError):
        known_models()["GPT_6"] = model_info("GPT_5")
