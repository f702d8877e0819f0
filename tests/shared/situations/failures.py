"""Answers that are errors, whatever their HTTP status."""

import json

from situations import UNPUBLISHED, Failure, chunk, completion

DOSE = chunk({"content": "The dose is 10"})
OPENROUTER = "https://openrouter.ai/docs/api/reference/errors-and-debugging"
NO_TEXT = {"content": ""}

# An event that is not a chunk, after a part of the answer and before `[DONE]`.
EVENTS = [
    Failure(
        id="an error object after text",
        source="https://github.com/langgenius/dify-official-plugins/issues/599",
        events=[
            DOSE,
            {"object": "error", "message": "CUDA out of memory. Tried to allocate 318.00 MiB."},
        ],
        error="WeryAIError",
        says="CUDA out of memory",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="an error object with a code as the first event",
        source="https://github.com/vllm-project/vllm/issues/4959",
        events=[{"object": "error", "message": "Server is overloaded", "type": "x", "code": 503}],
        error="ServerError",
        says="Server is overloaded",
        requests=3,
    ),
    Failure(
        id="text with an error code, as FastChat sends it",
        source="https://github.com/lm-sys/FastChat/issues/3540",
        events=[DOSE, {"text": "NETWORK ERROR DUE TO HIGH TRAFFIC.", "error_code": 50004}],
        error="WeryAIError",
        says="NETWORK ERROR DUE TO HIGH TRAFFIC",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="a code and a text after text",
        source="https://docs.weryai.com/en/development",
        events=[DOSE, {"code": 1007, "msg": "Task queue is full"}],
        error="RateLimitError",
        says="Task queue is full",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="a code and a text as the first event",
        source="https://docs.weryai.com/en/development",
        events=[{"code": 1011, "message": "Not enough credits"}],
        error="InsufficientCreditsError",
        says="Not enough credits",
        requests=1,
    ),
    Failure(
        id="success is false",
        source="https://github.com/NousResearch/hermes-agent/pull/90044",
        events=[DOSE, {"success": False, "error": None, "message": "upstream closed the stream"}],
        error="WeryAIError",
        says="upstream closed the stream",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="the status is a word",
        source=UNPUBLISHED,
        events=[DOSE, {"status": "error", "message": "model worker died"}],
        error="WeryAIError",
        says="model worker died",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="choices are null next to a text",
        source="https://github.com/Aider-AI/aider/issues/3550",
        events=[DOSE, {"id": "1", "choices": None, "message": "Too many requests, slow down"}],
        error="RateLimitError",
        says="slow down",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="an error of Anthropic's kind in the stream",
        source="https://docs.llmgateway.io/troubleshooting/anthropic-529-overloaded",
        events=[
            DOSE,
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ],
        error="ServerError",
        says="Overloaded",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="an event of type error with its text next to it",
        source=UNPUBLISHED,
        events=[DOSE, {"type": "error", "message": "The worker restarts"}],
        error="WeryAIError",
        says="The worker restarts",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="a detail of FastAPI in the stream",
        source="https://github.com/vllm-project/vllm/issues/4959",
        events=[DOSE, {"detail": "An unexpected error occurred during inference."}],
        error="WeryAIError",
        says="An unexpected error occurred during inference",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="a list of details of FastAPI as the first event",
        source="https://fastapi.tiangolo.com/tutorial/handling-errors/",
        events=[{"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}],
        error="WeryAIError",
        says="field required",
    ),
    Failure(
        id="an error without data in a stream that ends well",
        source="https://github.com/QuantumNous/new-api/pull/1178",
        body=f"data: {json.dumps(DOSE)}\n\n".encode()
        + b'{"error": {"message": "Slow down", "code": 429}}\n\ndata: [DONE]\n\n',
        error="RateLimitError",
        says="Slow down",
    ),
    Failure(
        id="a stream without a finish reason and without the end",
        source="https://github.com/ranxianglei/billion-context-pi/issues/92",
        events=[DOSE, b""],
        error="StreamError",
        requests=1,
        partial="The dose is 10",
    ),
]

# An error in a choice, or next to the choices.
CHOICES = [
    Failure(
        id="an error in the choice of a whole reply",
        source="https://github.com/genkit-ai/genkit/pull/6259",
        body={
            "id": "gen-1",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": ""},
                    "finish_reason": "error",
                    "error": {"code": 502, "message": "Provider disconnected"},
                }
            ],
        },
        error="ServerError",
        says="Provider disconnected",
        requests=3,
    ),
    Failure(
        id="an error in the choice without a finish reason",
        source=OPENROUTER,
        body={
            "choices": [
                {
                    "message": {"role": "assistant", "content": None},
                    "error": {"code": 429, "message": "Upstream is busy"},
                }
            ]
        },
        error="RateLimitError",
        says="Upstream is busy",
        requests=3,
    ),
    Failure(
        id="an error in the choice after text",
        source="https://github.com/vercel/ai/pull/2720",
        events=[
            DOSE,
            {
                "choices": [
                    {
                        "index": 0,
                        "delta": NO_TEXT,
                        "finish_reason": "error",
                        "error": {"code": 402, "message": "Insufficient credits"},
                    }
                ]
            },
        ],
        error="InsufficientCreditsError",
        says="Insufficient credits",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="errors in the choice after text",
        source=OPENROUTER,
        events=[
            DOSE,
            {"choices": [{"index": 0, "delta": {}, "errors": [{"message": "CUDA out of memory"}]}]},
        ],
        error="ServerError",
        says="CUDA out of memory",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="a part of the content is an error",
        source=OPENROUTER,
        events=[
            DOSE,
            chunk({"content": [{"type": "error", "error": {"code": 429, "message": "Busy"}}]}),
        ],
        error="RateLimitError",
        says="Busy",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="a status object as the first event",
        source="https://cloud.google.com/apis/design/errors",
        events=[{"status": {"code": 8, "message": "RESOURCE_EXHAUSTED"}}],
        error="RateLimitError",
        says="RESOURCE_EXHAUSTED",
        requests=3,
    ),
    Failure(
        id="the finish reason next to the choices",
        source=OPENROUTER,
        events=[DOSE, {"choices": [{"index": 0, "delta": {}}], "finish_reason": "error"}],
        error="ServerError",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="an error next to the choices of a stream",
        source=OPENROUTER,
        events=[
            DOSE,
            {
                "id": "cmpl-abc123",
                "object": "chat.completion.chunk",
                "provider": "openai",
                "error": {"code": "server_error", "message": "Provider disconnected unexpectedly"},
                "choices": [{"index": 0, "delta": NO_TEXT, "finish_reason": "error"}],
            },
        ],
        error="ServerError",
        says="Provider disconnected unexpectedly",
        requests=1,
        partial="The dose is 10",
    ),
    Failure(
        id="an error next to the choices of a whole reply",
        source="https://github.com/theopenco/llmgateway/pull/800",
        body={
            **completion({"content": ""}, None),
            "error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"},
        },
        error="RateLimitError",
        says="Rate limit reached",
        requests=3,
    ),
    Failure(
        id="choices without anything in them",
        source="https://github.com/theopenco/llmgateway/pull/800",
        body={"id": "1", "choices": [{}]},
        error="WeryAIError",
        requests=3,
    ),
    Failure(
        id="a message that is null",
        source="https://github.com/openai/openai-agents-python/pull/746",
        body={"choices": [{"index": 0, "message": None, "finish_reason": None}]},
        error="WeryAIError",
        requests=3,
    ),
    Failure(
        id="no choices",
        source="https://github.com/langgenius/dify/issues/9197",
        body={"id": "1", "object": "chat.completion", "choices": []},
        error="ProtocolError",
        requests=3,
    ),
]


def failing(reason, source, **fields):
    """A finish reason that means failure, after text and with nothing in the answer."""
    return [
        Failure(
            id=f"{reason} after text",
            source=source,
            events=[DOSE, chunk({}, reason)],
            error="WeryAIError",
            requests=1,
            partial="The dose is 10",
            **fields,
        ),
        Failure(
            id=f"{reason} with nothing in the answer",
            source=source,
            message=NO_TEXT,
            finish_reason=reason,
            error="WeryAIError",
            requests=3,
            **fields,
        ),
    ]


FINISH_REASONS = [
    *failing("error", OPENROUTER),
    *failing(
        "insufficient_system_resource", "https://api-docs.deepseek.com/api/create-chat-completion"
    ),
    *failing("abort", "https://github.com/sgl-project/sglang/pull/6693"),
    *failing("network_error", "https://github.com/earendil-works/pi/issues/2313"),
    *failing("MALFORMED_FUNCTION_CALL", "https://github.com/pydantic/pydantic-ai/issues/631"),
    *failing("malformed_function_call", "https://github.com/NousResearch/hermes-agent/pull/83886"),
    Failure(
        id="an unknown reason with nothing in the answer",
        source=OPENROUTER,
        message=NO_TEXT,
        finish_reason="terminated",
        error="ServerError",
        requests=3,
    ),
    Failure(
        id="OTHER with nothing in the answer",
        source="https://github.com/google-gemini/deprecated-generative-ai-js/issues/106",
        message=NO_TEXT,
        finish_reason="OTHER",
        error="WeryAIError",
        requests=3,
    ),
]


def blocked(reason, source):
    return Failure(
        id=f"{reason} with nothing in the answer",
        source=source,
        message=NO_TEXT,
        finish_reason=reason,
        error="ContentFilterError",
        requests=1,
    )


BLOCKED = [
    blocked("content_filter", "https://github.com/bespokelabsai/curator/issues/258"),
    blocked("SAFETY", "https://github.com/HKUDS/Vibe-Trading/pull/308"),
    blocked("PROHIBITED_CONTENT", "https://github.com/enricoros/big-AGI/issues/931"),
    blocked("RECITATION", "https://github.com/HKUDS/Vibe-Trading/pull/308"),
    blocked("BLOCKLIST", "https://github.com/HKUDS/Vibe-Trading/pull/308"),
    blocked("sensitive", "https://docs.z.ai/api-reference/llm/chat-completion"),
]

# Which class an error has, and what its text says.
CLASSES = [
    Failure(
        id="the upstream's own words in OpenRouter's metadata",
        source=OPENROUTER,
        status=400,
        body={
            "error": {
                "message": "Provider returned error",
                "code": 400,
                "metadata": {
                    "raw": '{"error":{"message":"tools.0.name: String should match pattern"}}',
                    "provider_name": "Anthropic",
                },
            }
        },
        error="InvalidRequestError",
        says="String should match pattern",
        requests=1,
    ),
    Failure(
        id="a context that is too long, in llama.cpp's words",
        source="https://github.com/ggml-org/llama.cpp/pull/15780",
        status=400,
        body={
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size. try increasing the "
                "context size or enable context shift",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 14429,
                "n_ctx": 8192,
            }
        },
        error="ContextOverflowError",
        says="exceeds the available context size",
        requests=1,
    ),
    Failure(
        id="a context that is too long, in Groq's words",
        source="https://github.com/assafelovic/gpt-researcher/issues/985",
        status=413,
        body={
            "error": {
                "message": "Request too large for model `llama-3.1-70b-versatile` on tokens per "
                "minute (TPM): Limit 6000, Requested 14368, please reduce your message size and "
                "try again.",
                "type": "tokens",
                "code": "rate_limit_exceeded",
            }
        },
        error="ContextOverflowError",
        says="Requested 14368",
        requests=1,
    ),
    Failure(
        id="a spent quota with HTTP 403",
        source="https://github.com/popjane/free_chatgpt_api/issues/76",
        status=403,
        body={
            "error": {
                "message": "user quota is not enough (request id: 2025020911093417487)",
                "type": "v_api_error",
                "param": "",
                "code": "insufficient_user_quota",
            }
        },
        error="InsufficientCreditsError",
        says="user quota is not enough",
        requests=1,
    ),
    Failure(
        id="a spent quota with HTTP 403, in Chinese",
        source="https://github.com/QuantumNous/new-api/issues/6929",
        status=403,
        body={"error": {"message": "用户额度不足, 剩余额度: $-0.000002", "type": "new_api_error"}},
        error="InsufficientCreditsError",
        says="用户额度不足",
        requests=1,
    ),
    Failure(
        id="a key that is a word of the error",
        source=UNPUBLISHED,
        body={"status": 1001, "desc": "failed", "message": "request rate limit exceeded"},
        key="rate",
        error="RateLimitError",
        requests=3,
    ),
    *(
        Failure(
            id=f"HTTP {status} is retried",
            source="https://github.com/openai/openai-python#retries",
            status=status,
            body={"error": {"message": "Try again", "type": "x"}},
            error="WeryAIError",
            says="Try again",
            requests=3,
        )
        for status in (408, 409, 425)
    ),
]

FAILURES = [*EVENTS, *CHOICES, *FINISH_REASONS, *BLOCKED, *CLASSES]
