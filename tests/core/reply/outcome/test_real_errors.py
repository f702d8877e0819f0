"""What real services answer when they fail, and the class of each error."""

import json

import pytest
from error_answers import to_error

from weryai_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextOverflowError,
    DailyQuotaError,
    InsufficientCreditsError,
    InvalidRequestError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnknownModelError,
)

APIGEE = {
    "fault": {
        "faultstring": "Rate limit quota violation. Quota limit  exceeded. Identifier : _default",
        "detail": {"errorcode": "policies.ratelimit.QuotaViolation"},
    }
}
# What services really say: HTTP status, body, class. All but rate limits and server errors
# are final.
REAL = {
    "OpenRouter, upstream limit": (
        200,
        {
            "error": {
                "code": 429,
                "message": "Provider returned error",
                "metadata": {
                    "raw": "z-ai/glm-5 is temporarily rate-limited upstream. Please retry shortly, "
                    "or add your own key to accumulate your rate limits",
                    "provider_name": "BaseTen",
                },
            }
        },
        RateLimitError,
    ),
    "OpenRouter, context inside": (
        400,
        {
            "error": {
                "code": 400,
                "message": "Provider returned error",
                "metadata": {
                    "raw": '{"type":"error","error":{"type":"invalid_request_error",'
                    '"message":"prompt is too long: 213462 tokens > 200000 maximum"}}'
                },
            }
        },
        ContextOverflowError,
    ),
    "OpenRouter, credits": (
        402,
        {"error": {"code": 402, "message": "This request requires more credits"}},
        InsufficientCreditsError,
    ),
    "OpenRouter, credits in 200": (
        200,
        {"error": {"code": 402, "message": "Your account or API key has insufficient credits."}},
        InsufficientCreditsError,
    ),
    "OpenRouter, key limit": (
        403,
        {"error": {"code": 403, "message": "Key limit exceeded (total limit)."}},
        InsufficientCreditsError,
    ),
    "OpenRouter, moderation": (
        403,
        {
            "error": {
                "code": 403,
                "message": "openai/gpt-4o requires moderation on OpenInference. Your input was "
                'flagged for "violence".',
            }
        },
        ContentFilterError,
    ),
    "OpenRouter, model down": (
        200,
        {"error": {"code": 502, "message": "api key of the provider is wrong"}},
        ServerError,
    ),
    "one-api, quota": (
        403,
        {
            "error": {
                "message": "user quota is not enough (request id: 2024)",
                "type": "one_api_error",
                "code": "insufficient_user_quota",
            }
        },
        InsufficientCreditsError,
    ),
    "new-api, quota in Chinese": (
        403,
        {"error": {"message": "用户额度不足, 剩余额度: $0.00", "type": "new_api_error"}},
        InsufficientCreditsError,
    ),
    "new-api, no access": (
        403,
        {"error": {"message": "该令牌无权访问模型 gpt-5", "type": "new_api_error"}},
        PermissionDeniedError,
    ),
    "OpenAI, no access": (
        403,
        {"error": {"message": "Project `p` does not have access to model `gpt-5`"}},
        PermissionDeniedError,
    ),
    "new-api, prompt blocked": (
        400,
        {"error": {"message": "x", "code": "sensitive_words_detected"}},
        ContentFilterError,
    ),
    "daily quota in 403": (403, {"message": "Daily quota exceeded"}, DailyQuotaError),
    "403 without words": (403, b"", AuthenticationError),
    "OpenAI, quota in 429": (
        429,
        {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}},
        InsufficientCreditsError,
    ),
    "Google, quota per minute": (
        429,
        [{"error": {"code": 429, "message": "You exceeded your current quota", "status": "X"}}],
        RateLimitError,
    ),
    "Google, bad key": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "Please pass a valid key.",
                    "status": "INVALID_ARGUMENT",
                    "details": [{"reason": "API_KEY_INVALID", "domain": "googleapis.com"}],
                }
            }
        ],
        AuthenticationError,
    ),
    "Kimi, balance": (
        429,
        {"error": {"message": "x", "type": "exceeded_current_quota_error"}},
        InsufficientCreditsError,
    ),
    "Anthropic, balance": (
        400,
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "Your credit balance is too low to access the Anthropic API.",
            },
        },
        InsufficientCreditsError,
    ),
    "Azure, filter": (
        400,
        {
            "error": {
                "message": "The response was filtered.",
                "code": "content_filter",
                "innererror": {"code": "ResponsibleAIPolicyViolation"},
            }
        },
        ContentFilterError,
    ),
    "DashScope, limit": (
        200,
        {"code": "Throttling.RateQuota", "message": "Requests exceed the quota", "request_id": "r"},
        RateLimitError,
    ),
    "DashScope, key": (
        200,
        {"code": "InvalidApiKey", "message": "Invalid credential."},
        AuthenticationError,
    ),
    "Zhipu, at once": (
        200,
        {"error": {"code": "1302", "message": "您当前使用该API的并发数过高"}},
        RateLimitError,
    ),
    "a name alone": (400, {"error": "model_not_found"}, UnknownModelError),
    "AWS": (200, {"Message": "Too many requests"}, RateLimitError),
    "FastChat, overloaded": (
        200,
        {"object": "error", "message": "x", "code": 42903},
        RateLimitError,
    ),
    "FastChat, memory": (
        200,
        {"object": "error", "message": "CUDA out of memory", "code": 50002},
        ServerError,
    ),
    "FastChat, parameter": (
        200,
        {"object": "error", "message": "10 is greater than the maximum of 2", "code": 40302},
        InvalidRequestError,
    ),
    "Groq, too large": (
        413,
        {
            "error": {
                "message": "Request too large for model `x` in organization `o` on tokens per "
                "minute (TPM): Limit 6000, Requested 9000, please reduce your message size and try "
                "again.",
                "type": "tokens",
                "code": "rate_limit_exceeded",
            }
        },
        ContextOverflowError,
    ),
    "a proxy, too large": (413, b"<html>", ContextOverflowError),
    "Mistral, too large": (413, b"", ContextOverflowError),
}
TOO_LONG = {
    "llama.cpp": "the request exceeds the available context size. try increasing the context size "
    "or enable context shift",
    "Anthropic": "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000",
    "LM Studio": "The number of tokens to keep from the initial prompt (9800) is greater than the "
    "context length (8192).",
    "MiniMax": "invalid params, context window exceeds limit",
    "oMLX": "Prompt too long: 41911 tokens exceeds max context window of 32768 tokens",
    "SiliconFlow": "number of input tokens (204703) has exceeded max_prompt_tokens (202752) limit.",
    "Together": "length of prompt_tokens (163280) must be less than max_seq_len (32768).",
    "vLLM": "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
    "Groq": "Please reduce the length of the messages or completion.",
    "Bedrock": "Input is too long for requested model.",
    "new-api": "上下文长度超出模型最大限制",
    "a Chinese gateway": "输入内容过长",
}
REAL |= {
    f"{name}, context": (400, {"error": {"message": text, "type": "x"}}, ContextOverflowError)
    for name, text in TOO_LONG.items()
}
REAL |= {
    f"{name}, context in 200": (200, {"message": text, "code": 20015}, ContextOverflowError)
    for name, text in TOO_LONG.items()
}
REAL["llama.cpp, context in 500"] = (
    500,
    {"error": {"code": 500, "message": "x", "type": "exceed_context_size_error", "n_ctx": 256}},
    ContextOverflowError,
)


@pytest.mark.parametrize(("status", "body", "error_class"), REAL.values(), ids=REAL)
def test_an_answer_of_a_real_service_has_its_class(status, body, error_class):
    error = to_error(status, body)
    assert type(error) is error_class
    assert error.is_retryable is (error_class in (RateLimitError, ServerError))


def test_the_error_behind_a_gateway_is_part_of_the_message():
    error = to_error(200, REAL["OpenRouter, upstream limit"][1])
    assert str(error) == (
        "WeryAI answered with HTTP 200, code 429: Provider returned error; z-ai/glm-5 is "
        "temporarily rate-limited upstream. Please retry shortly, or add your own key to "
        "accumulate your rate limits; Provider: BaseTen. Send fewer requests at once, or raise "
        "`max_retries`."
    )
    inside = to_error(400, REAL["OpenRouter, context inside"][1])
    assert "Provider returned error; prompt is too long: 213462 tokens" in str(inside)


@pytest.mark.parametrize("key", ["error", "400", "message", "code", "rate", "a", "choices", "429"])
def test_a_short_key_does_not_change_the_class(key):
    for name, (status, body, error_class) in REAL.items():
        error = to_error(status, body, api_key=key)
        assert type(error) is error_class, name
        if not isinstance(body, bytes):
            assert isinstance(error.response.json(), (dict, list))
    assert type(to_error(200, {"status": 1001, "message": "x"}, api_key=key)) is RateLimitError


def openai(message, **more):
    return {"error": {"message": message, **more}}


BAD = "invalid_request_error"
IN_THE_WORDS_OF_OTHERS = [
    # Names in the text are not its words.
    (400, openai("Invalid schema for function 'get_rate_limit'", type=BAD), InvalidRequestError),
    (400, openai("Unknown parameter: 'api_key_id'", type=BAD), InvalidRequestError),
    (400, openai("safety_settings not supported"), InvalidRequestError),
    (400, openai("Function name sensitive_lookup invalid"), InvalidRequestError),
    (400, openai("Tool `moderation` has no parameters"), InvalidRequestError),
    (422, openai("Unknown field user_credits_rate_limit"), InvalidRequestError),
    (400, openai("API key not valid. Please pass a valid API key."), AuthenticationError),
    (400, openai("The api_key is wrong"), AuthenticationError),
    (400, openai("Your credit balance is too low", type=BAD), InsufficientCreditsError),
    # Empty accounts.
    (429, openai("您的账户已欠费", code="1113"), InsufficientCreditsError),
    (429, openai("x", code="1113"), InsufficientCreditsError),
    (429, openai("余额不足"), InsufficientCreditsError),
    (429, openai("Your account has insufficient balance"), InsufficientCreditsError),
    # The requests of a day, and those of shorter times.
    (429, {"status": 6101, "msg": "Daily request limit exceeded"}, DailyQuotaError),
    (429, openai("Rate limit exceeded: free-models-per-day. Add 10 credits"), DailyQuotaError),
    (200, openai("Rate limit exceeded: free-models-per-day", code=429), DailyQuotaError),
    (200, {"status": 6002, "msg": "Rate limit: 50 requests per day"}, DailyQuotaError),
    (429, openai("You have exhausted your daily quota on this model."), DailyQuotaError),
    (429, openai("You have used up today's free calls, come back tomorrow"), DailyQuotaError),
    (429, openai("50 requests per 24 hours"), DailyQuotaError),
    (429, openai("今日调用次数已达上限"), DailyQuotaError),
    (
        429,
        openai(
            "You exceeded your current quota. Please retry in 17s.",
            status="RESOURCE_EXHAUSTED",
            details=[{"violations": [{"quotaId": "GenerateRequestsPerDayPerModel-FreeTier"}]}],
        ),
        DailyQuotaError,
    ),
    (429, openai("Rate limit exceeded: free-models-per-min"), RateLimitError),
    (429, openai("At most 60 requests per minute, 1000 requests per day"), RateLimitError),
    (429, openai("On requests per day (RPD): Limit 9. Try again in 8.6s"), RateLimitError),
    (429, openai("Too many requests, try again later today"), RateLimitError),
    (429, openai("Too many requests. Upgrade today!"), RateLimitError),
    (429, openai("Rate limit exceeded. Upgrade today for higher limits."), RateLimitError),
    (429, openai("20 tasks at once reached. Daily quota remaining: 950"), RateLimitError),
    (429, openai("Too many concurrent requests. The daily limit is 10000."), RateLimitError),
    (429, openai("Overloaded with requests today, retry later"), RateLimitError),
    (429, openai("Slow down your requests. Support is there 24 hours a day."), RateLimitError),
    (429, openai("请求过于频繁,今日剩余额度充足,请稍后重试"), RateLimitError),
    (403, openai("Your account is out of funds"), InsufficientCreditsError),
    (403, openai("Monthly spending limit reached"), InsufficientCreditsError),
    (403, openai("Budget has been exceeded! Max budget: 5"), InsufficientCreditsError),
    (400, openai("x", type="budget_exceeded"), InsufficientCreditsError),
    (401, openai("该令牌额度已用尽"), InsufficientCreditsError),
    (401, openai("Invalid token"), AuthenticationError),
    # Not the key.
    (403, openai("This model is not available in your region"), PermissionDeniedError),
    (403, openai("Country, region, or territory not supported"), PermissionDeniedError),
    (403, b"<html><title>Attention Required! | Cloudflare</title></html>", APIError),
    # Content.
    (400, openai("Content Exists Risk", type=BAD), ContentFilterError),
    (400, openai("Output blocked by content filtering policy", type=BAD), ContentFilterError),
    (
        200,
        {"choices": [], "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        ContentFilterError,
    ),
    # Length.
    (
        422,
        openai("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"),
        ContextOverflowError,
    ),
    (400, openai("The total tokens of the prompt exceed the limit"), ContextOverflowError),
    (
        400,
        openai("Total tokens of image and text exceed max message tokens", code="InvalidParameter"),
        ContextOverflowError,
    ),
    (400, openai("Prompt tokens exceed limit 131072", type=BAD), ContextOverflowError),
    (
        400,
        openai("Invalid 'messages[1].content': string too long.", code="string_above_max_length"),
        ContextOverflowError,
    ),
    (
        400,
        openai("Invalid 'tools[0].name': string too long.", code="string_above_max_length"),
        InvalidRequestError,
    ),
    (400, openai("`max_tokens` must be <= 4096"), InvalidRequestError),
    (413, openai("image exceeds 5 MB maximum: 6291456 bytes"), InvalidRequestError),
    (413, openai("Request Entity Too Large"), ContextOverflowError),
    # MiniMax's and Spark's own codes, and Apigee's fault.
    (200, {"choices": None, "base_resp": {"status_code": 1002}}, RateLimitError),
    (200, {"base_resp": {"status_code": 1008, "status_msg": "x"}}, InsufficientCreditsError),
    (200, {"header": {"code": 10013, "message": "x", "sid": "s"}}, ContentFilterError),
    (200, {"header": {"code": 11201, "message": "x"}}, DailyQuotaError),
    (200, {"fault": {"faultstring": "Rate limit quota violation"}}, RateLimitError),
    (500, APIGEE, RateLimitError),
    (200, APIGEE, RateLimitError),
    (500, {"fault": {"detail": APIGEE["fault"]["detail"]}}, RateLimitError),
    (500, {"fault": {"code": 900802, "message": "Message throttled out"}}, RateLimitError),
    # The errors of GraphQL, JSON:API and Cloudflare are a list.
    (200, {"errors": [{"code": 429}]}, RateLimitError),
    (500, {"errors": [{"code": 429}]}, RateLimitError),
    (400, {"errors": [{"status": "429", "title": "x"}]}, RateLimitError),
    (200, {"errors": [{"message": "x", "extensions": {"code": 429}}]}, RateLimitError),
    (200, {"errors": [{"message": "x", "extensions": {"code": "RATE_LIMITED"}}]}, RateLimitError),
    (503, {"errors": [{"code": 500}]}, ServerError),
    (200, {"choices": [], "code": "rate_limited"}, RateLimitError),
    (
        200,
        {"base_resp": {"status_code": 2013, "status_msg": "context window exceeds limit"}},
        ContextOverflowError,
    ),
    (200, {"Fault": {"faultstring": "Rate limit quota violation"}}, RateLimitError),
    (200, {"throttlingException": {"message": "wait"}}, RateLimitError),
    (200, {"internalServerException": {"message": "x"}}, ServerError),
    (200, {"Output": {"__type": "com.amazon#InternalFailure"}}, ServerError),
    (200, {"status": {"code": 8, "message": "x"}}, RateLimitError),
    (200, {"code": 13, "message": "INTERNAL: x"}, ServerError),
    (400, openai("Prompt 超长", code="1261"), ContextOverflowError),
    (500, openai("context shift is disabled"), ContextOverflowError),
    (200, {"error_code": 18, "error_msg": "Open api qps request limit reached"}, RateLimitError),
    (200, {"error_code": 17, "error_msg": "Open api daily request limit reached"}, DailyQuotaError),
    (200, {"error_code": 336007, "error_msg": "the max length is 2000"}, ContextOverflowError),
    (200, {"error_code": 110, "error_msg": "Access token invalid"}, AuthenticationError),
    (400, openai("x is not a valid model ID", code=400), UnknownModelError),
    (
        400,
        openai("Invalid 'tools[0].function.name': 'moderation safety check' is no name.", type=BAD),
        InvalidRequestError,
    ),
    (400, openai("User location is not supported for the API use."), PermissionDeniedError),
]


@pytest.mark.parametrize(("status", "body", "error_class"), IN_THE_WORDS_OF_OTHERS)
def test_the_words_and_codes_of_other_services_have_their_class(status, body, error_class):
    assert type(to_error(status, body)) is error_class


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"state": "FAILED", "reason": "gpu died"}, "gpu died"),
        ({"errorno": 3, "errorMsg": "boom"}, "boom"),
        ({"is_error": True, "result": "boom"}, "boom"),
        ({"Output": {"__type": "com.amazon#InternalFailure"}}, "internalfailure"),
        ({"reason": "server shutting down"}, "server shutting down"),
        ({"title": "Service Unavailable"}, "Service Unavailable"),
    ],
)
def test_the_words_of_an_unknown_object_are_in_the_message(body, words):
    assert words in str(to_error(200, body))


def test_the_error_behind_a_gateway_may_be_a_list_in_a_text():
    raw = json.dumps([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow"}}])
    error = to_error(400, openai("Provider returned error", code=400, metadata={"raw": raw}))
    assert type(error) is RateLimitError
    assert "Provider returned error; slow" in str(error)
