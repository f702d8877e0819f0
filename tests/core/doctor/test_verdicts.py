"""The verdicts against the emulator: what the table says is true there."""

import pytest

from weryai_core.doctor.probes.every import PROBES
from weryai_emulator import Emulator

KEY = "sk-0123456789abcdef0123456789abcdef"
PROMPTED = '`tool_calling="prompted"`'

# The probes that need a model, which the emulator is not.
OPEN = {
    "long-conversation": "taken; the answer does not say what the first message says",
    "signatures": "GEMINI_3_1_FLASH_LITE: no signature; its call is taken back",
    "images": "taken; the answer of GPT_4_1 does not name the colour",
    "tool-images": "taken; the answer of GEMINI_3_1_FLASH_LITE does not name the colour",
}


def refused(words):
    """What is seen of a refusal with these words."""
    return f"refused: HTTP 400, code 1001: {words}; Parameter error"


SEEN = {
    "key": "accepted as a Bearer token",
    "balance": "an object with `status`, `desc`, `message`, `data`",
    "models": "`models` at the top level; each with `model`, `desc`, `max_tokens`, `input_price`, "
    "`output_price`",
    "catalogue": "all 28, and no others",
    "limits": "`max_tokens` of 28 models is their vendor's",
    "own-connections": "`Client` and `AsyncClient` read the list of models",
    "plain": "as documented",
    "request-id": "in the header `x-request-id`",
    "stream": "chunks with deltas, a finish reason and `[DONE]`",
    "stream-usage": "in a chunk of their own; without the field none come",
    "stream-times": "no silence over 5 s",
    "n": "two answers",
    "seed": "the same text twice",
    "max-tokens": "16 tokens of 16, finish reason `length`",
    "max-tokens-default": "1024 tokens, finish reason `length`",
    "max-tokens-limit": refused("`max_tokens` must be at most 32768 for GPT_4_1"),
    "bounds": "the ends are taken, 11 values beyond them are refused",
    "stop": "the answer ends before it, with the finish reason `stop`",
    "logprobs": "in `logprobs.content`",
    "fixed-parameters": "GPT_5 with `temperature=0.5`: answered",
    "messages": f"50 are taken; 51 are {refused('`messages` must have 1 to 50 elements, not 51')}",
    "developer": "taken",
    "two-users": "taken",
    "unpaired": "both are refused",
    "tools": "called; the call has `id`, `type`, `function`",
    "tool-result": "a call and its result go back, and are answered",
    "tool-stream": "a call whose arguments are whole",
    "forced-tool": "called",
    "parallel-tools": "2 calls in one answer; with `parallel_tool_calls=False` 1",
    "odd-tools": "called, and the call comes back under its own name",
    "prompted-tools": "a call in the text, which is read",
    "json-schema": "JSON that follows the schema",
    "json-object": "an object in JSON",
    "cache-points": "taken",
    "reasoning": "GLM_4_7_FLASH: in `reasoning_content`",
    "web-search": "`message.annotations`, nested; citations read: 2",
    "web-search-stream": "`delta.annotations`, nested; citations read: 1, before the finish reason",
    "web-search-options": "`max_results=1` is taken; sources: 1",
    "web-search-schema": refused(
        'Gemini models cannot combine web search with response_format.type = "json_schema"'
    ),
    "unknown-model": "HTTP 400, code 1006: UnknownModelError",
    "wrong-key": "HTTP 401, code 1002: AuthenticationError",
    "error-form": "`status`, `desc`, `message`, each time",
    "error-codes": "a wrong parameter: HTTP 400, code 1001; an unknown model: HTTP 400, code 1006; "
    "a wrong key: HTTP 401, code 1002",
}


def without_words(seen):
    """What was seen, without the words of the service, which depend on the form of errors."""
    return {probe: text.partition("refused:")[0] for probe, text in seen.items()}


def test_the_emulator_holds_what_needs_no_model(run_doctor):
    with Emulator(api_keys=[KEY]) as emulator:
        ran = run_doctor(emulator.base_url)
    found = {verdict: {} for verdict in ("holds", "differs", "unknown")}
    for probe, (verdict, seen, setting) in ran.table.items():
        found[verdict][probe] = seen
        assert setting == ""
    assert found == {"holds": SEEN, "differs": {}, "unknown": OPEN}
    assert ran.status == 0
    assert [*ran.table] == [probe.id for probe in PROBES]


def test_an_emulator_without_keys_takes_a_wrong_one(run_doctor, weryai_emulator):
    ran = run_doctor(weryai_emulator.base_url)
    differing = {probe: row for probe, row in ran.table.items() if row[0] == "differs"}
    assert differing == {"wrong-key": ("differs", "answered", "")}
    assert ran.status == 1


def test_ignored_tools_are_found_with_the_setting_that_helps(run_doctor):
    with Emulator(api_keys=[KEY], ignore_tools=True) as emulator:
        ran = run_doctor(emulator.base_url)
    changed = {probe: row for probe, row in ran.table.items() if row[1] != {**SEEN, **OPEN}[probe]}
    ignored = ("differs", "the tools are taken, and not called", PROMPTED)
    assert changed == {
        "tools": ignored,
        "tool-stream": ignored,
        "parallel-tools": ignored,
        "forced-tool": ("differs", "taken, and the answer has no call", PROMPTED),
        "tool-result": ("unknown", "no tool was called, so there is no result", ""),
        "odd-tools": ("unknown", "the tools are taken, and not called", ""),
        "signatures": ("unknown", "GEMINI_3_1_FLASH_LITE called no tool", ""),
    }


@pytest.mark.parametrize(
    ("style", "rows"),
    [
        (
            "envelope_200",
            {
                "unknown-model": ("holds", "HTTP 200, code 1006: UnknownModelError"),
                "wrong-key": ("holds", "HTTP 200, code 1002: AuthenticationError"),
                "error-form": ("holds", "`status`, `desc`, `message`, each time"),
                "error-codes": (
                    "holds",
                    "a wrong parameter: HTTP 200, code 1001; an unknown model: HTTP 200, code "
                    "1006; a wrong key: HTTP 200, code 1002",
                ),
            },
        ),
        (
            "envelope_msg",
            {
                "unknown-model": ("holds", "HTTP 400, code 1006: UnknownModelError"),
                "wrong-key": ("holds", "HTTP 401, code 1002: AuthenticationError"),
                "error-form": ("holds", "`status`, `msg`, `data`, each time"),
                "error-codes": ("holds", SEEN["error-codes"]),
            },
        ),
        (
            "openai",
            {
                "unknown-model": ("holds", "HTTP 400, code model_not_found: UnknownModelError"),
                "wrong-key": ("holds", "HTTP 401, code invalid_api_key: AuthenticationError"),
                "error-form": (
                    "differs",
                    "`error` with `message`, `type`, `code`, `param`, each time",
                ),
                "error-codes": (
                    "holds",
                    "a wrong parameter: HTTP 400, code 1001; an unknown model: HTTP 400, code "
                    "model_not_found; a wrong key: HTTP 401, code invalid_api_key",
                ),
            },
        ),
    ],
)
def test_each_form_of_errors_is_named(run_doctor, style, rows):
    with Emulator(api_keys=[KEY], error_style=style) as emulator:
        ran = run_doctor(emulator.base_url)
    assert {probe: ran.table[probe][:2] for probe in rows} == rows
    others = {probe: seen for probe, (_, seen, _) in ran.table.items() if probe not in rows}
    expected = {probe: seen for probe, seen in {**SEEN, **OPEN}.items() if probe not in rows}
    assert without_words(others) == without_words(expected)


@pytest.mark.parametrize(
    ("shape", "whole", "streamed"),
    [
        ("openrouter", "`message.annotations`, nested", "`delta.annotations`, nested|before"),
        ("openai_flat", "`message.annotations`, flat", "`delta.annotations`, flat|before"),
        ("late", "`message.annotations`, nested", "`delta.annotations`, nested|after"),
        (
            "perplexity",
            "top-level `citations` and top-level `search_results`",
            "top-level `citations` and top-level `search_results`|before",
        ),
        ("gemini", "`choices[].groundingMetadata`", "`choices[].groundingMetadata`|with"),
        ("gemini_snake", "`message.grounding_metadata`", "`delta.grounding_metadata`|before"),
        (
            "litellm",
            "top-level `vertex_ai_grounding_metadata` and `message.annotations`, nested",
            "top-level `vertex_ai_grounding_metadata` and `delta.annotations`, nested|with",
        ),
        (
            "litellm_message",
            "`message.vertex_ai_grounding_metadata`",
            "`delta.vertex_ai_grounding_metadata`|with",
        ),
        ("anthropic", "`message.content[].citations`", "`delta.content[].citations`|before"),
    ],
)
def test_each_shape_of_sources_is_named(run_doctor, shape, whole, streamed):
    with Emulator(source_shape=shape) as emulator:
        ran = run_doctor(emulator.base_url, "--only", "web-search", "web-search-stream")
    place, _, when = streamed.partition("|")
    assert ran.table == {
        "web-search": ("holds", f"{whole}; citations read: 2", ""),
        "web-search-stream": (
            "holds",
            f"{place}; citations read: 1, {when} the finish reason",
            "",
        ),
    }
    assert ran.status == 0


def test_a_plugin_that_is_ignored_leaves_the_shape_open(run_doctor):
    with Emulator(ignore_plugins=True) as emulator:
        ran = run_doctor(emulator.base_url, "--only", "web-search", "--model", "GPT_4O")
    assert ran.table["web-search"][0] == "holds"  # Gemini is asked, whose search is documented


@pytest.mark.parametrize("model", ["GEMINI_25_FLASH", "KIMI_K2_5", "NEW_MODEL_1"])
def test_any_model_can_be_named(run_doctor, weryai_emulator, model):
    ran = run_doctor(weryai_emulator.base_url, "--only", "plain", "images", "--model", model)
    is_known = model != "NEW_MODEL_1"
    assert ran.table["plain"][0] == ("holds" if is_known else "unknown")
    assert ran.status == (0 if is_known else 2)
