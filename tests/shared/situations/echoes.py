"""Answers that go back with the next request, with the results of their calls."""

from situations import Echo, call

JSON = '{"city": "Rome"}'
WEATHER = call("get_weather", JSON)
PLAIN = {"role": "assistant", "content": None, "tool_calls": [WEATHER]}
SIGNED = {"google": {"thought_signature": "c2ln"}}
DETAILS = [{"type": "reasoning.text", "text": "I think.", "signature": "c2ln", "index": 0}]
BLOCKS = [{"type": "thinking", "thinking": "I think.", "signature": "c2ln"}]
SUMMARY = {"type": "reasoning", "summary": [{"text": "I think.", "signature": "c2ln"}]}


def with_calls(**fields):
    return {"content": None, "tool_calls": [WEATHER], **fields}


def streamed_call(**fields):
    return {"tool_calls": [{"index": 0, **WEATHER, **fields}]}


SIGNATURES = [
    Echo(
        id="a signature in extra_content",
        source="https://github.com/huggingface/serge/pull/25",
        model="GEMINI_3_1_PRO",
        message=with_calls(tool_calls=[{**WEATHER, "extra_content": SIGNED}]),
        deltas=[streamed_call(extra_content=SIGNED)],
        finish_reason="tool_calls",
        back={**PLAIN, "tool_calls": [{**WEATHER, "extra_content": SIGNED}]},
    ),
    Echo(
        id="a signature in LiteLLM's fields of a call",
        source="https://github.com/BerriAI/litellm/issues/16893",
        model="GEMINI_3_1_PRO",
        message=with_calls(
            tool_calls=[{**WEATHER, "provider_specific_fields": {"thought_signature": "c2ln"}}]
        ),
        finish_reason="tool_calls",
        back={
            **PLAIN,
            "tool_calls": [{**WEATHER, "provider_specific_fields": {"thought_signature": "c2ln"}}],
        },
    ),
    Echo(
        id="a signature in LiteLLM's fields inside the function",
        source="https://github.com/BerriAI/litellm/issues/16893",
        model="GEMINI_3_1_PRO",
        message=with_calls(
            tool_calls=[
                {
                    **WEATHER,
                    "function": {
                        **WEATHER["function"],
                        "provider_specific_fields": {"thought_signature": "c2ln"},
                    },
                }
            ]
        ),
        finish_reason="tool_calls",
        back={
            **PLAIN,
            "tool_calls": [
                {
                    **WEATHER,
                    "function": {
                        **WEATHER["function"],
                        "provider_specific_fields": {"thought_signature": "c2ln"},
                    },
                }
            ],
        },
    ),
    Echo(
        id="LiteLLM's fields of the message",
        source="https://github.com/BerriAI/litellm/issues/25322",
        model="GEMINI_3_1_PRO",
        message=with_calls(provider_specific_fields={"thought_signatures": ["c2ln"]}),
        finish_reason="tool_calls",
        back={**PLAIN, "provider_specific_fields": {"thought_signatures": ["c2ln"]}},
    ),
    Echo(
        id="OpenRouter's details",
        source="https://github.com/home-assistant/core/issues/159812",
        model="GEMINI_3_1_PRO",
        message=with_calls(reasoning_details=DETAILS),
        deltas=[
            {"reasoning_details": [{"type": "reasoning.text", "text": "I ", "index": 0}]},
            {"reasoning_details": [{"type": "reasoning.text", "text": "think.", "index": 0}]},
            {"reasoning_details": [{"type": "reasoning.text", "signature": "c2ln", "index": 0}]},
            streamed_call(),
        ],
        finish_reason="tool_calls",
        back={**PLAIN, "reasoning_details": DETAILS},
    ),
    Echo(
        id="OpenRouter's encrypted details",
        source="https://github.com/earendil-works/pi/issues/989",
        model="GPT_5_5",
        message=with_calls(
            reasoning_details=[{"type": "reasoning.encrypted", "data": "c2ln", "id": "rs_1"}]
        ),
        finish_reason="tool_calls",
        back={
            **PLAIN,
            "reasoning_details": [{"type": "reasoning.encrypted", "data": "c2ln", "id": "rs_1"}],
        },
    ),
    Echo(
        id="LiteLLM's blocks",
        source="https://docs.litellm.ai/docs/reasoning_content",
        model="CLAUDE_SONNET_4_6",
        message=with_calls(thinking_blocks=BLOCKS),
        finish_reason="tool_calls",
        back={**PLAIN, "thinking_blocks": BLOCKS},
    ),
    Echo(
        id="LiteLLM's blocks, the last fragment whole",
        source="https://github.com/langchain-ai/langchain-litellm/pull/364",
        model="CLAUDE_SONNET_4_6",
        message=with_calls(thinking_blocks=BLOCKS),
        deltas=[
            {"thinking_blocks": [{"type": "thinking", "thinking": "I ", "index": 0}]},
            {"thinking_blocks": [{"type": "thinking", "thinking": "think.", "index": 0}]},
            {"thinking_blocks": [{**BLOCKS[0], "index": 0}]},
            streamed_call(),
        ],
        finish_reason="tool_calls",
        back={**PLAIN, "thinking_blocks": BLOCKS},
    ),
    Echo(
        id="Claude's parts of content",
        source="https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking",
        model="CLAUDE_SONNET_4_6",
        message=with_calls(content=BLOCKS),
        deltas=[
            {"content": [{"type": "thinking", "thinking": "I "}]},
            {"content": [{"type": "thinking", "thinking": "think."}]},
            {"content": [{**BLOCKS[0], "thinking": ""}]},
            streamed_call(),
        ],
        finish_reason="tool_calls",
        back={**PLAIN, "thinking_blocks": BLOCKS},
    ),
    Echo(
        id="Databricks' summaries",
        source="https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models",
        model="CLAUDE_SONNET_4_6",
        message=with_calls(content=[SUMMARY]),
        finish_reason="tool_calls",
        back={**PLAIN, "thinking_blocks": BLOCKS},
    ),
    Echo(
        id="Gemini's signed text",
        source="https://ai.google.dev/gemini-api/docs/thought-signatures",
        model="GEMINI_3_1_PRO",
        message=with_calls(content=[{"type": "text", "text": "Hi", "thought_signature": "c2ln"}]),
        finish_reason="tool_calls",
        back={
            **PLAIN,
            "content": "Hi",
            "extra_content": {"google": {"thought_signature": "c2ln"}},
        },
    ),
    Echo(
        id="a list of Gemini's signatures",
        source="https://docs.litellm.ai/docs/providers/gemini",
        model="GEMINI_3_1_PRO",
        message=with_calls(thought_signatures=["c2ln"]),
        finish_reason="tool_calls",
        back={**PLAIN, "provider_specific_fields": {"thought_signatures": ["c2ln"]}},
    ),
]

GOOGLE = "https://ai.google.dev/gemini-api/docs/thought-signatures"
SKIPPED = {"google": {"thought_signature": "skip_thought_signature_validator"}}
SWITCHES = [
    Echo(
        id="GPT's calls go to Gemini 3",
        source=GOOGLE,
        model="GPT_5_5",
        next_model="GEMINI_3_5_FLASH",
        message=with_calls(),
        finish_reason="tool_calls",
        back={**PLAIN, "tool_calls": [{**WEATHER, "extra_content": SKIPPED}]},
    ),
    Echo(
        id="signed calls of Claude go to Gemini 3",
        source="https://github.com/earendil-works/pi/pull/1825",
        model="CLAUDE_SONNET_4_6",
        next_model="GEMINI_3_1_FLASH_LITE",
        message=with_calls(thinking_blocks=BLOCKS),
        finish_reason="tool_calls",
        back={**PLAIN, "tool_calls": [{**WEATHER, "extra_content": SKIPPED}]},
    ),
    Echo(
        id="calls of Gemini 2.5 go to Gemini 3",
        source=GOOGLE,
        model="GEMINI_25_PRO",
        next_model="GEMINI_3_1_PRO",
        message=with_calls(),
        finish_reason="tool_calls",
        back={**PLAIN, "tool_calls": [{**WEATHER, "extra_content": SKIPPED}]},
    ),
    Echo(
        id="Gemini's own calls without a signature",
        source=GOOGLE,
        model="GEMINI_3_1_PRO",
        message=with_calls(),
        finish_reason="tool_calls",
        back=PLAIN,
    ),
    Echo(
        id="Gemini's calls go to Claude",
        source="https://github.com/langchain-ai/langchain-google/pull/1538",
        model="GEMINI_3_1_PRO",
        next_model="CLAUDE_SONNET_4_6",
        message=with_calls(tool_calls=[{**WEATHER, "extra_content": SIGNED}]),
        finish_reason="tool_calls",
        back=PLAIN,
    ),
    Echo(
        id="DeepSeek's reasoning with its calls",
        source="https://github.com/langchain-ai/langchain/issues/34166",
        model="DEEPSEEK_R1",
        message=with_calls(reasoning_content="I think."),
        finish_reason="tool_calls",
        back={**PLAIN, "reasoning_content": "I think."},
    ),
    Echo(
        id="GPT's calls go to DeepSeek",
        source="https://github.com/RooCodeInc/Roo-Code/issues/10171",
        model="GPT_5_5",
        next_model="DEEPSEEK_R1",
        message=with_calls(),
        finish_reason="tool_calls",
        back={**PLAIN, "reasoning_content": " "},
    ),
]

IDS = [
    Echo(
        id="Kimi's id goes back to Kimi",
        source="https://github.com/vybestack/llxprt-code/issues/713",
        model="KIMI_K2_5",
        message={
            "content": None,
            "tool_calls": [call("get_weather", JSON, "functions.get_weather:0")],
        },
        finish_reason="tool_calls",
        back={**PLAIN, "tool_calls": [call("get_weather", JSON, "functions.get_weather:0")]},
    ),
    Echo(
        id="Kimi's id goes to Claude",
        source="https://github.com/MoonshotAI/kimi-code/pull/2503",
        model="KIMI_K2_5",
        next_model="CLAUDE_SONNET_4_6",
        message={
            "content": None,
            "tool_calls": [call("get_weather", JSON, "functions.get_weather:0")],
        },
        finish_reason="tool_calls",
        back={"role": "assistant", "content": None, "tool_calls": [call("get_weather", JSON, "*")]},
    ),
    Echo(
        id="a long id goes to GPT",
        source="https://github.com/vercel/ai/issues/5171",
        model="GEMINI_3_1_PRO",
        next_model="GPT_5_5",
        message={"content": None, "tool_calls": [call("get_weather", JSON, "call_" + "a" * 60)]},
        finish_reason="tool_calls",
        back={"role": "assistant", "content": None, "tool_calls": [call("get_weather", JSON, "*")]},
    ),
    Echo(
        id="two calls with one id",
        source="https://github.com/HKUDS/nanobot/pull/3943",
        message={
            "content": None,
            "tool_calls": [
                call("get_weather", JSON, "same"),
                call("get_weather", '{"city": "Oslo"}', "same"),
            ],
        },
        finish_reason="tool_calls",
        back={
            "role": "assistant",
            "content": None,
            "tool_calls": [
                call("get_weather", JSON, "*"),
                call("get_weather", '{"city": "Oslo"}', "*"),
            ],
        },
    ),
]

REST = [
    Echo(
        id="arguments with a line break go back as JSON",
        source="https://github.com/mem0ai/mem0/issues/2194",
        message={"content": None, "tool_calls": [call("run", '{"code": "a\nb"}')]},
        finish_reason="tool_calls",
        back={
            "role": "assistant",
            "content": None,
            "tool_calls": [call("run", r'{"code":"a\nb"}')],
        },
    ),
    Echo(
        id="a call without a name is not sent back",
        source="https://github.com/openonion/connectonion/issues/1356",
        message={"content": None, "tool_calls": [WEATHER, call("", "{}", "call_2")]},
        finish_reason="tool_calls",
        back=PLAIN,
    ),
    Echo(
        id="an empty answer is not sent back",
        source="https://github.com/corespeed-io/zypher-agent/pull/122",
        message={"content": ""},
        back=None,
    ),
    Echo(
        id="an answer of white space is not sent back",
        source="https://github.com/anthropics/anthropic-sdk-python/issues/461",
        message={"content": "\n\n"},
        back=None,
    ),
    Echo(
        id="reasoning in tags is not sent back as text",
        source="https://github.com/langchain-ai/langchain/issues/31585",
        message={"content": "<think>I think.</think>Yes."},
        back={"role": "assistant", "content": "Yes."},
    ),
    Echo(
        id="half an emoji is not sent back",
        source="https://github.com/HKUDS/nanobot/pull/4952",
        message={"content": "Hi \ud83d"},
        back={"role": "assistant", "content": "Hi \ufffd"},
    ),
    Echo(
        id="a refusal is sent back as what was said",
        source="https://github.com/langchain-ai/langchain/issues/39747",
        message={"content": None, "refusal": "I won't."},
        back={"role": "assistant", "content": "I won't."},
    ),
    Echo(
        id="a tool whose name has a dot",
        source="https://github.com/openai/codex/issues/8174",
        message={"content": None, "tool_calls": [call("calendar_list", "{}")]},
        finish_reason="tool_calls",
        called=["calendar.list"],
        back={"role": "assistant", "content": None, "tool_calls": [call("calendar_list", "{}")]},
    ),
]

ECHOES = [*SIGNATURES, *SWITCHES, *IDS, *REST]
