"""Names that are not documented, and the documented models that they may mean."""

import pytest

from weryai_core import (
    APIError,
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnknownModelError,
    known_models,
    similar_models,
)
from weryai_core.model_names import advice_on, did_you_mean

# The vendors' ids and those of clouds and gateways, as their model lists of 2026 have them.
IDS = {
    "GPT_5_5": "gpt-5.5 openai/gpt-5.5 gpt-5.5-2026-04-23 openai:gpt-5.5 us.openai.gpt-5.5",
    "GPT_5_4": "gpt-5.4 gpt-5.4-2026-03-05 azure/gpt-5.4 databricks-gpt-5-4",
    "GPT_5_1": "gpt-5.1 gpt-5.1-2025-11-13",
    "GPT_5": "gpt-5 gpt-5-2025-08-07 openai/gpt-5 azure/eu/gpt-5-2025-08-07",
    "GPT_4_1": "gpt-4.1 gpt-4.1-2025-04-14 azure/us/gpt-4.1-2025-04-14",
    "GPT_4O": """
        gpt-4o gpt-4o-2024-05-13 gpt-4o-2024-08-06 gpt-4o-2024-11-20 openai/gpt-4o openai:gpt-4o
        openai/gpt-4o-2024-11-20
        azure/gpt-4o chatgpt-4o-latest openai/chatgpt-4o-latest
        weryai:gpt-4o ft:gpt-4o-2024-08-06:my-org::id""",
    "CLAUDE_FABLE_5": "claude-fable-5 anthropic/claude-fable-5 us.anthropic.claude-fable-5",
    "CLAUDE_4_8_OPUS": """
        claude-opus-4-8 anthropic/claude-opus-4.8
        bedrock/us-gov-east-1/anthropic.claude-opus-4-8""",
    "CLAUDE_4_6_OPUS": """
        claude-opus-4-6 anthropic/claude-opus-4.6 us.anthropic.claude-opus-4-6-v1
        vertex_ai/claude-opus-4-6@default""",
    "CLAUDE_4_5_OPUS": """
        claude-opus-4-5 claude-opus-4-5-20251101 anthropic/claude-opus-4.5
        claude-opus-4-5@20251101 global.anthropic.claude-opus-4-5-20251101-v1:0""",
    "CLAUDE_SONNET_4_6": """
        claude-sonnet-4-6 anthropic/claude-sonnet-4.6 anthropic.claude-sonnet-4-6""",
    "CLAUDE_SONNET_4_5": """
        claude-sonnet-4-5 claude-sonnet-4-5-20250929 anthropic/claude-sonnet-4.5
        us.anthropic.claude-sonnet-4-5-20250929-v1:0 claude-sonnet-4-5@20250929
        bedrock_converse:eu.anthropic.claude-sonnet-4-5-20250929-v1:0 claude-sonnet-4-5-latest
        replicate/anthropic/claude-4.5-sonnet""",
    "CLAUDE_4_OPUS": """
        claude-opus-4-20250514 claude-opus-4-0 anthropic/claude-opus-4 claude-4-opus-20250514
        anthropic.claude-opus-4-20250514-v1:0""",
    "CLAUDE_4_SONNET": """
        claude-sonnet-4-20250514 claude-sonnet-4-0 anthropic/claude-sonnet-4 claude-4-sonnet
        claude-sonnet-4@20250514""",
    "GEMINI_3_5_FLASH": "gemini-3.5-flash models/gemini-3.5-flash google/gemini-3.5-flash",
    "GEMINI_3_1_PRO": "gemini-3.1-pro-preview gemini-3.1-pro google/gemini-3.1-pro-preview",
    "GEMINI_3_1_FLASH_LITE": "gemini-3.1-flash-lite gemini-3.1-flash-lite-preview",
    "GEMINI_25_PRO": """
        gemini-2.5-pro models/gemini-2.5-pro google/gemini-2.5-pro vertex_ai/gemini-2.5-pro
        gemini-2.5-pro-exp-03-25 gemini-2.5-pro-preview-05-06 google_genai:gemini-2.5-pro
        publishers/google/models/gemini-2.5-pro""",
    "GEMINI_25_FLASH": """
        gemini-2.5-flash models/gemini-2.5-flash gemini/gemini-2.5-flash gemini-2.5-flash-latest
        gemini-2.5-flash-preview-09-2025 gemini-2.5-flash-preview-05-20""",
    "DEEPSEEK_R1": """
        deepseek-r1 deepseek-ai/DeepSeek-R1 deepseek-ai/DeepSeek-R1-0528 deepseek-reasoner
        deepseek/deepseek-r1:free us.deepseek.r1-v1:0 deepseek/deepseek-reasoner
        accounts/fireworks/models/deepseek-r1""",
    "KIMI_K2_THINKING": """
        kimi-k2-thinking moonshotai/kimi-k2-thinking moonshotai/Kimi-K2-Thinking""",
    "KIMI_K2_5": "kimi-k2.5 moonshotai/kimi-k2.5 bedrock/moonshotai.kimi-k2.5 kimi-k2p5",
    "QWEN_QWQ_32B": """
        qwq-32b qwen/qwq-32b Qwen/QwQ-32B qwen-qwq-32b qwen/qwq-32b:free @cf/qwen/qwq-32b""",
    "QWEN_3_5_PLUS": """
        qwen3.5-plus qwen/qwen3.5-plus qwen3.5-plus-2026-02-15 qwen/qwen3.5-plus-02-15""",
    "GLM_5": "glm-5 z-ai/glm-5 zai-org/GLM-5 zai.glm-5",
    "GLM_4_7_FLASH": "glm-4.7-flash z-ai/glm-4.7-flash zai-org/GLM-4.7-Flash",
    "GROK_4": "grok-4 grok-4-0709 grok-4-latest xai/grok-4 x-ai/grok-4",
    "SEED_2_0_MINI": """
        doubao-seed-2-0-mini doubao-seed-2-0-mini-260215 bytedance-seed/seed-2.0-mini""",
}
MISSPELLED = {
    "GPT_4O": ["gpt_4o", "GPT-4O", "GPT4O", "gpt 4o", "gpt-40", "GPT_40", "gtp-4o", " GPT_4O"],
    "GPT_4_1": ["gpt-4-1", "gpt41", "GPT-4.1"],
    "CLAUDE_SONNET_4_5": ["CLAUDE_4_5_SONNET", "claude-4.5-sonnet", "claud-sonet-4.5"],
    "CLAUDE_4_5_OPUS": ["CLAUDE_OPUS_4_5", "claudeopus45", "Claude 4.5 Opus"],
    "GEMINI_25_FLASH": ["GEMINI_2_5_FLASH", "gemni-2.5-flash", "gemini 2.5 flsh"],
    "GROK_4": ["groq-4"],
    "DEEPSEEK_R1": ["deepseekr1", "deepseak-r1", "deepseek-resoner"],
    "KIMI_K2_5": ["kimik2.5", "kimi-k25"],
    "SEED_2_0_MINI": ["seed-2-mini"],
}
# Other models of the same families.
OTHERS = """
gpt-4 gpt-4.0 gpt-4-0613 gpt-4-turbo gpt-4-32k gpt-4.5-preview gpt-4o-mini gpt-4o-mini-2024-07-18
gpt-4o-audio-preview gpt-4o-realtime-preview gpt-4o-search-preview gpt-4o-transcribe gpt-4.1-mini
gpt-4.1-nano gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest gpt-5.1-codex
gpt-5.1-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.3-codex gpt-5.4-mini gpt-5.4-pro gpt-5.5-pro gpt-5.6
gpt-oss-120b gpt-image-1 gpt-3.5-turbo o1 o1-preview o3 o3-mini o4-mini openai/o3-pro
claude-3-opus-20240229 claude-3-5-sonnet-latest claude-3-7-sonnet-20250219 claude-haiku-4-5
claude-opus-4-1-20250805 claude-opus-4-7 claude-opus-5 claude-sonnet-5 claude-fable-5.1 claude-2.1
claude-instant-1 anthropic.claude-3-5-sonnet-20241022-v2:0 anthropic.claude-opus-4-1-20250805-v1:0
gemini-1.5-pro-002 gemini-2.0-flash gemini-2.0-flash-001 gemini-2.5-flash-lite
gemini-2.5-flash-image gemini-2.5-pro-preview-tts gemini-3-pro-preview gemini-3-flash-preview
gemini-3.1-flash-image-preview gemini-3.1-flash-live-preview gemini-3.5-flash-lite gemini-3.5-pro
gemini-embedding-001 gemma-3-27b-it
deepseek-chat deepseek-v3 deepseek-v3.1 deepseek-v3.2-exp deepseek-r1-distill-llama-70b
deepseek-r1-zero deepseek-r1-turbo deepseek-coder
kimi-k2 kimi-k2-0905-preview kimi-k2-instruct kimi-k2-thinking-turbo kimi-k2.6 kimi-k3
qwen-max qwen3-32b qwen3-max qwen2.5-72b-instruct qwen3.5-flash qwen3.5-27b qwen3.6-plus qwq-plus
glm-4.6 glm-4.7 glm-4.7-flashx glm-4.5-air glm-4.5-flash glm-5.1 glm-5-turbo
grok-3 grok-4-fast grok-4-fast-reasoning grok-4.1-fast grok-4.20 grok-code-fast-1
seed-1.6 seed-2.0-lite seed-2.0-pro doubao-seed-1-6-flash-250615
"""
UNLIKE = [
    "",
    " ",
    "x",
    "my-model",
    "llama-3.3-70b",
    "mistral-large-latest",
    "auto",
    "/",
    ":",
    "@",
    "4",
    "2024-08-06",
    "модель",
    "\U0001f600",
    "gpt-4o" * 100,
]


def test_every_documented_model_has_ids():
    assert IDS.keys() == known_models().keys()


@pytest.mark.parametrize("key", IDS)
def test_the_ids_of_vendors_mean_their_model(key):
    names = IDS[key].split()
    assert {name: similar_models(name) for name in names} == dict.fromkeys(names, (key,))


@pytest.mark.parametrize("key", MISSPELLED)
def test_a_misspelled_name_means_its_model(key):
    names = MISSPELLED[key]
    assert {name: similar_models(name) for name in names} == dict.fromkeys(names, (key,))


@pytest.mark.parametrize("key", known_models())
def test_keys_and_names_in_any_case_and_with_any_separator_mean_their_model(key):
    for name in (key, known_models()[key].name):
        for separator in "_-. ":
            for written in (name.lower(), name.upper()):
                written = written.translate(str.maketrans("_-. ", separator * 4))
                assert similar_models(written) == (() if written == key else (key,)), written


def test_another_model_is_not_taken_for_a_documented_one():
    names = OTHERS.split()
    assert {name: similar_models(name) for name in names} == dict.fromkeys(names, ())


def test_a_documented_key_and_a_name_that_resembles_nothing_mean_nothing_else():
    for name in (*known_models(), *UNLIKE):
        assert similar_models(name) == ()
        assert did_you_mean(name) == ""


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("claude-opus", ("CLAUDE_4_8_OPUS", "CLAUDE_4_6_OPUS", "CLAUDE_4_5_OPUS")),
        ("claude-sonnet-latest", ("CLAUDE_SONNET_4_6", "CLAUDE_SONNET_4_5", "CLAUDE_4_SONNET")),
        ("gemini-flash-latest", ("GEMINI_3_5_FLASH", "GEMINI_25_FLASH")),
        ("google/gemini-pro-latest", ("GEMINI_3_1_PRO", "GEMINI_25_PRO")),
        ("kimi-latest", ("KIMI_K2_5",)),
        ("grok", ("GROK_4",)),
    ],
)
def test_a_name_without_a_version_means_the_newest_of_its_family(name, keys):
    assert similar_models(name) == keys


def test_the_question_lists_what_the_name_may_mean():
    assert did_you_mean("gpt-4o") == "WeryAI documents no model 'gpt-4o'. Did you mean GPT_4O?"
    assert did_you_mean("gemini-flash").endswith(
        "Did you mean GEMINI_3_5_FLASH or GEMINI_25_FLASH?"
    )
    assert did_you_mean("claude-opus").endswith(
        "Did you mean CLAUDE_4_8_OPUS, CLAUDE_4_6_OPUS or CLAUDE_4_5_OPUS?"
    )


@pytest.mark.parametrize(
    ("error", "is_about_model"),
    [
        (UnknownModelError("Nothing."), True),
        (NotFoundError("Not found."), True),
        (InvalidRequestError("model: unknown value"), True),
        (PermissionDeniedError("No access to models."), True),
        (ServerError("No channel for model gpt-4o."), True),
        (ServerError("分组 default 下模型 gpt-4o 无可用渠道"), True),
        (APIError("The model is gone."), True),
        (InvalidRequestError("temperature"), False),
        (ServerError("Remodelling."), False),
        (RateLimitError("Too many requests for this model."), False),
        (AuthenticationError("This key has no model."), False),
    ],
)
def test_errors_that_may_be_about_the_model_have_the_question(error, is_about_model):
    assert advice_on(error, "gpt-4o") == (did_you_mean("gpt-4o") if is_about_model else "")
    assert advice_on(error, "GPT_4O") == ""
