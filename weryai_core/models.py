"""The catalogue of the 28 chat models that WeryAI documents: their limits and abilities.

The keys and names are WeryAI's. Everything else comes from the upstream vendor: WeryAI may cap a
model lower, and publishes only its output limits, at `GET /v1/chat/models`. The catalogue informs
defaults and profiles; it forbids nothing, and unknown keys work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

DEFAULT_MAX_TOKENS = 1024
"""Tokens after which WeryAI ends an answer if `max_tokens` is not sent (from the API page)."""

# R reasoning, I images, P PDF files, A audio, T tool calling, J JSON schema, H temperature (heat),
# W web search documented by WeryAI, i images in tool messages, p PDF files in tool messages; "-" is
# no, "?" is unknown or disputed among the sources. Then the largest input and output in tokens, the
# name, the vendor and the vendor's id (vendors' documentation and public model lists, 2026-11;
# WeryAI publishes no ids, they follow from names).
#
# On media in tool messages: OpenAI's chat completions take text only; models that no longer refuse
# an image there do not see it (openai/openai-openapi#523). Anthropic's `tool_result` takes text,
# images and PDF documents. Google's Gemini 3 takes images and PDF files in function responses,
# Gemini 2.5 does not. Alibaba's service refuses images (VectifyAI/OpenKB#242).
_TABLE = """
GPT_5_5                RIP-TJ----    922000  128000  GPT-5.5                OpenAI        gpt-5.5
GPT_5_4                RIP-TJ?---    922000  128000  GPT-5.4                OpenAI        gpt-5.4
CLAUDE_FABLE_5         RIP-TJ--ip   1000000  128000  Claude-Fable-5         Anthropic     claude-fable-5
CLAUDE_4_8_OPUS        RIP-TJ--ip   1000000  128000  Claude-4.8-Opus        Anthropic     claude-opus-4-8
CLAUDE_4_6_OPUS        RIP-TJH-ip   1000000  128000  Claude-4.6-Opus        Anthropic     claude-opus-4-6
GEMINI_3_5_FLASH       RIPATJHWip   1048576   65536  Gemini-3.5-Flash       Google        gemini-3.5-flash
GEMINI_3_1_PRO         RIPATJHWip   1048576   65536  Gemini-3.1-Pro         Google        gemini-3.1-pro-preview
GPT_5_1                RIP-TJ?---    272000  128000  GPT-5.1                OpenAI        gpt-5.1
CLAUDE_4_5_OPUS        RIP-TJH-ip    200000   64000  Claude-4.5-Opus        Anthropic     claude-opus-4-5
GPT_5                  RIP-TJ----    272000  128000  GPT-5                  OpenAI        gpt-5
DEEPSEEK_R1            R---T?H---     64000   16000  DeepSeek-R1            DeepSeek      deepseek-r1
KIMI_K2_THINKING       R---TJH---    262144  262144  Kimi K2 Thinking       Moonshot AI   kimi-k2-thinking
QWEN_QWQ_32B           R---T?H---    131072    8192  QwQ 32B                Alibaba Qwen  qwq-32b
GROK_4                 RI--TJH-?-    256000   64000  Grok-4                 xAI           grok-4
CLAUDE_SONNET_4_6      RIP-TJH-ip   1000000  128000  Claude-Sonnet-4.6      Anthropic     claude-sonnet-4-6
GEMINI_3_1_FLASH_LITE  RIPATJHWip   1048576   65536  Gemini-3.1-Flash-Lite  Google        gemini-3.1-flash-lite
QWEN_3_5_PLUS          RI--TJH---    991808   65536  Qwen3.5 Plus           Alibaba Qwen  qwen3.5-plus
GLM_5                  R---TJH---    204800  131072  GLM 5                  Z.ai          glm-5
KIMI_K2_5              RI--TJ--?-    262144  262144  Kimi K2.5              Moonshot AI   kimi-k2.5
CLAUDE_SONNET_4_5      RIP-TJH-ip    200000   64000  Claude-Sonnet-4.5      Anthropic     claude-sonnet-4-5
GPT_4O                 -IP-TJH---    128000   16384  GPT-4o                 OpenAI        gpt-4o
GPT_4_1                -IP-TJH---   1047576   32768  GPT-4.1                OpenAI        gpt-4.1
GEMINI_25_PRO          RIPATJHW--   1048576   65536  Gemini-2.5-Pro         Google        gemini-2.5-pro
GLM_4_7_FLASH          R---TJH---    200000  131072  GLM 4.7 Flash          Z.ai          glm-4.7-flash
GEMINI_25_FLASH        RIPATJHW--   1048576   65536  Gemini-2.5-Flash       Google        gemini-2.5-flash
SEED_2_0_MINI          RI--TJH-?-    256000  128000  Seed-2.0-Mini          ByteDance     doubao-seed-2-0-mini
CLAUDE_4_OPUS          RIP-T-H-ip    200000   32000  Claude-4-Opus          Anthropic     claude-opus-4-20250514
CLAUDE_4_SONNET        RIP-T-H-ip    200000   64000  Claude-4-Sonnet        Anthropic     claude-sonnet-4-20250514
"""

# Parameters that a model takes with one value only, by that value; None where they must be unset.
_GPT_5: Mapping[str, Any] = {
    # OpenAI, "Using GPT-5", parameter compatibility; `stop` and penalties: "Unsupported parameter".
    "temperature": 1,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logprobs": False,
    "top_logprobs": None,
    "stop": None,
}
_CLAUDE: Mapping[str, Any] = {"temperature": 1, "top_p": 1, "top_k": None}  # Anthropic, since 4.7
_FIXED: Mapping[str, Mapping[str, Any]] = {
    "GPT_5_5": _GPT_5,
    "GPT_5": _GPT_5,
    "CLAUDE_FABLE_5": _CLAUDE,
    "CLAUDE_4_8_OPUS": _CLAUDE,
    # Moonshot, "Model Parameter Reference": these cannot be modified.
    "KIMI_K2_5": {
        "temperature": 1,
        "top_p": 0.95,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "n": 1,
    },
    # xAI, "Reasoning": requests with these return an error.
    "GROK_4": {
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "stop": None,
        "reasoning_effort": None,
    },
}
# OpenAI: these take the parameters while `reasoning_effort` is "none", which is their default.
_FIXED_WHILE_REASONING: Mapping[str, Mapping[str, Any]] = {"GPT_5_4": _GPT_5, "GPT_5_1": _GPT_5}


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Facts about one model; None where a fact is unknown or the sources disagree.

    Attributes:
        key: What goes into a request's `model`, e.g. "GEMINI_25_FLASH".
        name: WeryAI's name for people, e.g. "Gemini-2.5-Flash".
        vendor: The company that makes the model.
        upstream_id: The vendor's own id, e.g. "gemini-2.5-flash".
        max_input_tokens: Largest input, in tokens.
        max_output_tokens: Largest `max_tokens`.
        reasoning: Reasons before it answers.
        image_inputs: Takes images.
        pdf_inputs: Takes PDF files.
        audio_inputs: Takes audio.
        tool_calling: Calls tools.
        structured_output: Follows a JSON schema given as `response_format`.
        temperature: Takes a temperature other than 1.
        web_search: WeryAI documents its web-search plugin for this model.
        image_tool_message: Takes images in tool messages.
        pdf_tool_message: Takes PDF files in tool messages.
        fixed_parameters: Parameters that it takes with one value only, by that value; the value is
            None if they must be unset.
        fixed_while_reasoning: The same, for requests with a `reasoning_effort` other than "none".
    """

    key: str
    name: str
    vendor: str
    upstream_id: str
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    reasoning: bool | None = None
    image_inputs: bool | None = None
    pdf_inputs: bool | None = None
    audio_inputs: bool | None = None
    tool_calling: bool | None = None
    structured_output: bool | None = None
    temperature: bool | None = None
    web_search: bool | None = None
    image_tool_message: bool | None = None
    pdf_tool_message: bool | None = None
    fixed_parameters: Mapping[str, Any] = field(default_factory=dict, hash=False, kw_only=True)
    fixed_while_reasoning: Mapping[str, Any] = field(default_factory=dict, hash=False, kw_only=True)


@cache
def known_models() -> Mapping[str, ModelInfo]:
    """The documented models by key, in the order of WeryAI's page."""
    models = (_parse_row(row) for row in _TABLE.strip().splitlines())
    return MappingProxyType({model.key: model for model in models})


def model_info(key: str) -> ModelInfo | None:
    """The facts about a model; None for a key that the catalogue does not know."""
    return known_models().get(key)


def _parse_row(row: str) -> ModelInfo:
    key, flags, max_input, max_output, rest = row.split(maxsplit=4)
    name, vendor, upstream_id = re.split(r"\s{2,}", rest)
    abilities = (None if flag == "?" else flag != "-" for flag in flags)
    return ModelInfo(
        key,
        name,
        vendor,
        upstream_id,
        int(max_input),
        int(max_output),
        *abilities,
        fixed_parameters=MappingProxyType(_FIXED.get(key, {})),
        fixed_while_reasoning=MappingProxyType(_FIXED_WHILE_REASONING.get(key, {})),
    )
