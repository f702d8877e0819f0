"""Answers in unusual shapes."""

from situations import UNPUBLISHED, Answer, chunk, completion

HELLO = {"content": "Hello"}
PIXEL = "data:image/png;base64,iVBORw0KGgo="

SHAPES = [
    Answer(
        id="a completion inside WeryAI's own envelope",
        source="https://docs.weryai.com/en/development",
        body={"status": 0, "desc": "success", "message": "success", "data": completion(HELLO)},
        text="Hello",
    ),
    Answer(
        id="a completion inside the other envelope",
        source="https://docs.weryai.com/en/development",
        body={"status": 200, "msg": "Success", "data": completion(HELLO)},
        text="Hello",
    ),
    Answer(
        id="a completion inside an envelope of another gateway",
        source="https://github.com/mnfst/llm-gateway/pull/2557",
        body={"data": completion(HELLO), "success": True},
        text="Hello",
    ),
    Answer(
        id="the text of a choice instead of a message",
        source="https://github.com/lm-sys/FastChat/issues/3540",
        body={"id": "1", "choices": [{"index": 0, "text": "Hello", "finish_reason": "stop"}]},
        events=[
            {"choices": [{"index": 0, "text": "Hel", "finish_reason": None}]},
            {"choices": [{"index": 0, "text": "lo", "finish_reason": "stop"}]},
        ],
        text="Hello",
    ),
    Answer(
        id="content that is one part",
        source=UNPUBLISHED,
        message={"content": {"type": "text", "text": "Hello"}},
        text="Hello",
    ),
    Answer(
        id="content whose text is an object, as OpenAI's Assistants have it",
        source="https://platform.openai.com/docs/api-reference/messages/object",
        message={"content": [{"type": "text", "text": {"value": "Hello", "annotations": []}}]},
        text="Hello",
    ),
    Answer(
        id="a message that is a text",
        source="https://github.com/dimagi/open-chat-studio/pull/526",
        message="Hello",
        deltas=["Hel", "lo"],
        text="Hello",
    ),
    Answer(
        id="another index in each chunk",
        source="https://github.com/smallmain/vscode-unify-chat-provider/pull/71",
        events=[
            {"choices": [{"index": number, "delta": {"content": piece}, "finish_reason": None}]}
            for number, piece in enumerate(["Hel", "lo", "!"])
        ]
        + [{"choices": [{"index": 3, "delta": {}, "finish_reason": "stop"}]}],
        text="Hello!",
    ),
    Answer(
        id="images next to the text",
        source="https://openrouter.ai/docs/guides/overview/multimodal/image-generation",
        message={
            "content": "Snoopy:",
            "images": [{"type": "image_url", "image_url": {"url": PIXEL}}],
        },
        text="Snoopy:",
        images=[PIXEL],
    ),
    Answer(
        id="an image among the parts of the content",
        source="https://github.com/danny-avila/LibreChat/issues/9514",
        message={
            "content": [
                {"type": "text", "text": "Snoopy:"},
                {"type": "image_url", "image_url": {"url": PIXEL}},
            ]
        },
        text="Snoopy:",
        images=[PIXEL],
    ),
]

ENDS = [
    Answer(
        id="an empty answer that stopped",
        source="https://github.com/google-gemini/cookbook/issues/331",
        message={"content": ""},
        text="",
        reason="stop",
    ),
    Answer(
        id="an answer whose end was blocked keeps its text",
        source="https://github.com/HKUDS/Vibe-Trading/pull/308",
        message={"content": "The first half"},
        finish_reason="SAFETY",
        text="The first half",
        reason="SAFETY",
    ),
    Answer(
        id="an answer that filled the window keeps its text",
        source="https://github.com/mozilla-ai/any-llm/pull/1204",
        message={"content": "The first half"},
        finish_reason="model_context_window_exceeded",
        text="The first half",
    ),
    Answer(
        id="a refusal",
        source="https://github.com/langchain-ai/langchain/issues/39747",
        message={"content": None, "refusal": "I can't help with that."},
        deltas=[{"refusal": "I can't "}, {"refusal": "help with that."}],
        refusal="I can't help with that.",
    ),
]


def counted(name, usage, source):
    counts = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
    return Answer(
        id=f"cached tokens as {name}",
        source=source,
        message=HELLO,
        reply_fields={"usage": {**counts, **usage}},
        text="Hello",
        usage={"prompt_tokens": 100, "cached_tokens": 80},
    )


COUNTS = [
    counted(
        "DeepSeek counts them",
        {"prompt_cache_hit_tokens": 80, "prompt_cache_miss_tokens": 20},
        "https://github.com/langchain-ai/langchain/issues/39637",
    ),
    counted(
        "Kimi counts them",
        {"cached_tokens": 80},
        UNPUBLISHED,
    ),
    counted(
        "Anthropic counts them",
        {"cache_read_input_tokens": 80, "cache_creation_input_tokens": 0},
        "https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching",
    ),
    counted(
        "OpenAI counts them",
        {"prompt_tokens_details": {"cached_tokens": 80}},
        "https://github.com/langgenius/dify-plugin-sdks/issues/188",
    ),
    counted(
        "OpenAI's Responses count them",
        {"input_tokens_details": {"cached_tokens": 80}},
        "https://github.com/infiniflow/ragflow/pull/17629",
    ),
    Answer(
        id="the cost of an answer",
        source="https://github.com/langchain-ai/langchain/issues/39333",
        message=HELLO,
        events=[
            chunk(HELLO),
            chunk({}, "stop"),
            {
                "choices": [],
                "usage": {
                    "prompt_tokens": 100,
                    "completion_tokens": 50,
                    "total_tokens": 150,
                    "cost": 0.000075,
                },
            },
        ],
        body=completion(
            HELLO,
            usage={
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "cost": 0.000075,
            },
        ),
        text="Hello",
        metadata={"cost": 0.000075},
    ),
    Answer(
        id="a reply that names no model",
        source=UNPUBLISHED,
        body={"choices": [{"index": 0, "message": HELLO, "finish_reason": "stop"}]},
        events=[{"choices": [{"index": 0, "delta": HELLO, "finish_reason": "stop"}]}],
        text="Hello",
        named="GPT_4O",
    ),
]


def thought(name, text, source, *, reasoning="I think.", answer="Yes.", pieces=(), **fields):
    """Reasoning in the text."""
    cut = pieces or [text[start : start + 5] for start in range(0, len(text), 5)]
    return Answer(
        id=name,
        source=source,
        message={"content": text},
        deltas=[{"content": piece} for piece in cut],
        text=answer,
        reasoning=reasoning,
        **fields,
    )


NVIDIA = "https://github.com/langchain-ai/langchain-nvidia/pull/345"
TAGS = [
    thought(
        "reasoning in tags",
        "<think>\nI think.\n</think>\n\nYes.",
        "https://github.com/langchain-ai/langchain/issues/31585",
    ),
    thought("reasoning in other tags", "<thinking>I think.</thinking>Yes.", NVIDIA),
    thought("reasoning in tags of its own name", "<reasoning>I think.</reasoning>\nYes.", NVIDIA),
    thought("no reasoning in tags", "<think>\n\n</think>\n\nYes.", NVIDIA, reasoning=""),
    thought(
        "tags cut at each character",
        "<think>I think.</think>Yes.",
        NVIDIA,
        pieces=list("<think>I think.</think>Yes."),
    ),
    thought(
        "reasoning without the opening tag",
        "I think.</think>Yes.",
        "https://github.com/perplexityai/api-discussion/issues/177",
        model="DEEPSEEK_R1",
    ),
    thought(
        "an answer before a stray end tag",
        "Yes.\n</think>",
        UNPUBLISHED,
        model="GLM_5",
        reasoning="",
    ),
    thought(
        "reasoning behind the start of a turn, and tokens at the end",
        "<|im_start|>assistant\n<think>I think.</think>Yes.<|im_end|>",
        UNPUBLISHED,
        model="QWEN_3_5_PLUS",
    ),
    thought(
        "prose about the tag",
        "Models write <think> before they answer.",
        "https://github.com/ollama/ollama/issues/8529",
        reasoning="",
        answer="Models write <think> before they answer.",
    ),
    thought(
        "prose about a closing tag",
        "End the block with </think> and go on.",
        "https://github.com/ollama/ollama/issues/8529",
        reasoning="",
        answer="End the block with </think> and go on.",
    ),
]

FIELDS = [
    Answer(
        id="reasoning in OpenRouter's details",
        source="https://openrouter.ai/docs/guides/best-practices/reasoning-tokens",
        message={
            "content": "Yes.",
            "reasoning_details": [{"type": "reasoning.text", "text": "I think.", "index": 0}],
        },
        deltas=[
            {"reasoning_details": [{"type": "reasoning.text", "text": "I ", "index": 0}]},
            {"reasoning_details": [{"type": "reasoning.text", "text": "think.", "index": 0}]},
            {"content": "Yes."},
        ],
        text="Yes.",
        reasoning="I think.",
    ),
    Answer(
        id="reasoning in OpenRouter's details and in a field",
        source="https://github.com/langchain-ai/langchain/issues/32981",
        message={
            "content": "Yes.",
            "reasoning": "I think.",
            "reasoning_details": [{"type": "reasoning.summary", "summary": "I think."}],
        },
        text="Yes.",
        reasoning="I think.",
    ),
    Answer(
        id="reasoning in LiteLLM's blocks",
        source="https://docs.litellm.ai/docs/reasoning_content",
        message={
            "content": "Yes.",
            "thinking_blocks": [{"type": "thinking", "thinking": "I think.", "signature": "c2ln"}],
        },
        text="Yes.",
        reasoning="I think.",
    ),
]

EMOJI = "\ud83d\ude00"  # as two halves, as JSON's escapes are


def split(name, source, pieces, answer, **fields):
    return Answer(
        id=name,
        source=source,
        message={"content": "".join(pieces)},
        deltas=[{"content": piece} for piece in pieces],
        text=answer,
        **fields,
    )


SURROGATES = [
    split(
        "an emoji in two deltas",
        "https://github.com/abetlen/llama-cpp-python/issues/57",
        ["Hi \ud83d", "\ude00!"],
        "Hi \U0001f600!",
    ),
    split(
        "half an emoji",
        "https://github.com/Kohaku-Lab/KohakuTerrarium/pull/48",
        ["Hi \udcaf!"],
        "Hi \ufffd!",
    ),
    split(
        "half an emoji at the end",
        "https://github.com/NousResearch/hermes-agent/pull/44376",
        ["Hi ", "\ud83d"],
        "Hi \ufffd",
    ),
    Answer(
        id="an emoji in two deltas of reasoning",
        source="https://github.com/abetlen/llama-cpp-python/issues/57",
        message={"reasoning_content": "Hm " + EMOJI, "content": "Yes."},
        deltas=[
            {"reasoning_content": "Hm \ud83d"},
            {"reasoning_content": "\ude00"},
            {"content": "Yes."},
        ],
        reasoning="Hm \U0001f600",
        text="Yes.",
    ),
]

ANSWERS = [*SHAPES, *ENDS, *COUNTS, *TAGS, *FIELDS, *SURROGATES]
