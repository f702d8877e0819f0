"""The 28 chat models of the service, as its model list shows them."""

from __future__ import annotations

from dataclasses import dataclass

from weryai_emulator.json_text import JsonObject


@dataclass(frozen=True, slots=True)
class Model:
    """One row of the model list; `reasons` says whether the emulated model sends reasoning."""

    key: str
    desc: str
    max_tokens: int
    input_price: int
    output_price: int
    reasons: bool

    def to_entry(self) -> JsonObject:
        """Return the row as `GET /v1/chat/models` shows it."""
        return {
            "model": self.key,
            "desc": self.desc,
            "max_tokens": self.max_tokens,
            "input_price": self.input_price,
            "output_price": self.output_price,
        }


# The limits are those of the models' vendors. The prices are invented: the service publishes none,
# and a client only needs numbers that differ.
_ROWS = (
    Model("GPT_5_5", "GPT-5.5", 128_000, 2, 10, True),
    Model("GPT_5_4", "GPT-5.4", 128_000, 2, 10, True),
    Model("CLAUDE_FABLE_5", "Claude-Fable-5", 128_000, 10, 50, True),
    Model("CLAUDE_4_8_OPUS", "Claude-4.8-Opus", 128_000, 15, 75, True),
    Model("CLAUDE_4_6_OPUS", "Claude-4.6-Opus", 128_000, 15, 75, True),
    Model("GEMINI_3_5_FLASH", "Gemini-3.5-Flash", 65_536, 1, 3, True),
    Model("GEMINI_3_1_PRO", "Gemini-3.1-Pro", 65_536, 2, 12, True),
    Model("GPT_5_1", "GPT-5.1", 128_000, 2, 10, True),
    Model("CLAUDE_4_5_OPUS", "Claude-4.5-Opus", 64_000, 15, 75, True),
    Model("GPT_5", "GPT-5", 128_000, 2, 10, True),
    Model("DEEPSEEK_R1", "DeepSeek-R1", 16_000, 1, 4, True),
    Model("KIMI_K2_THINKING", "Kimi K2 Thinking", 262_144, 1, 4, True),
    Model("QWEN_QWQ_32B", "QwQ 32B", 8_192, 1, 4, True),
    Model("GROK_4", "Grok-4", 64_000, 3, 15, True),
    Model("CLAUDE_SONNET_4_6", "Claude-Sonnet-4.6", 128_000, 3, 15, True),
    Model("GEMINI_3_1_FLASH_LITE", "Gemini-3.1-Flash-Lite", 65_536, 1, 2, True),
    Model("QWEN_3_5_PLUS", "Qwen3.5 Plus", 65_536, 1, 4, True),
    Model("GLM_5", "GLM 5", 131_072, 1, 4, True),
    Model("KIMI_K2_5", "Kimi K2.5", 262_144, 1, 4, True),
    Model("CLAUDE_SONNET_4_5", "Claude-Sonnet-4.5", 64_000, 3, 15, True),
    Model("GPT_4O", "GPT-4o", 16_384, 2, 10, False),
    Model("GPT_4_1", "GPT-4.1", 32_768, 2, 10, False),
    Model("GEMINI_25_PRO", "Gemini-2.5-Pro", 65_536, 2, 12, True),
    Model("GLM_4_7_FLASH", "GLM 4.7 Flash", 131_072, 1, 3, True),
    Model("GEMINI_25_FLASH", "Gemini-2.5-Flash", 65_536, 1, 3, True),
    Model("SEED_2_0_MINI", "Seed-2.0-Mini", 128_000, 1, 2, True),
    Model("CLAUDE_4_OPUS", "Claude-4-Opus", 32_000, 15, 75, True),
    Model("CLAUDE_4_SONNET", "Claude-4-Sonnet", 64_000, 3, 15, True),
)

MODELS: dict[str, Model] = {row.key: row for row in _ROWS}
