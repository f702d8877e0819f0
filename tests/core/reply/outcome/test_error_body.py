"""From an answer to its error: the classification row by row, the message, the redaction."""

import json
import pickle
from datetime import UTC, datetime

import pytest

from weryai_core import (
    APIError,
    AuthenticationError,
    ContentFilterError,
    ContextOverflowError,
    DailyQuotaError,
    InsufficientCreditsError,
    InvalidRequestError,
    MessageCountError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitError,
    ServerError,
    UnknownModelError,
)
from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.reply.outcome.hints import retry_after_seconds
from weryai_core.reply.outcome.payload import is_error_payload

KEY = "sk-0123456789abcdef0123456789abcdef"


def envelope(code, message=None, **more):
    return {"status": code, "desc": "failed", "message": message, "data": None, **more}


def to_error(status, body, headers=None, api_key=""):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return error_from_response(status, headers or {}, body, secrets=(api_key,) if api_key else ())


# Number and name -> HTTP status, body, class, retryable. Row 1 is about the clients.
ROWS = {
    # 2: 401 and 403, whatever the body says
    "2 401": (401, envelope(1002, "Invalid API Key"), AuthenticationError, False),
    "2 401 empty": (401, b"", AuthenticationError, False),
    "2 401 HTML": (401, b"<html>", AuthenticationError, False),
    "2 403": (403, envelope(403, "Your IP is denied"), AuthenticationError, False),
    "2 403 over 11": (403, envelope(6002, "rate limit"), AuthenticationError, False),
    "2 401 over 9": (401, {"choices": [{}]}, AuthenticationError, False),
    # 3: 429
    "3 429": (429, envelope(429, "slow down"), RateLimitError, True),
    "3 429 empty": (429, b"", RateLimitError, True),
    "3 429 over 12": (429, envelope(1002, "api key"), RateLimitError, True),
    "3 429 over 16": (429, envelope(6101), RateLimitError, True),
    # 4: 402
    "4 402": (402, b"", InsufficientCreditsError, False),
    "4 402 over 11": (402, envelope(6002, "rate limit"), InsufficientCreditsError, False),
    # 5: 404
    "5 404": (404, b"<html>not found", NotFoundError, False),
    "5 404 over 12": (404, envelope(1002, "unauthorized"), NotFoundError, False),
    "5 404 model": (404, envelope(1006, "x"), UnknownModelError, False),
    "5 404 model by text": (404, envelope(404, "Model X not found"), UnknownModelError, False),
    # 6: 5xx
    "6 500": (500, b"", ServerError, True),
    "6 502 HTML": (502, b"<html>Bad gateway", ServerError, True),
    "6 503 over 12": (503, envelope(1002, "invalid api key"), ServerError, True),
    "6 529": (529, b"{}", ServerError, True),
    "6 599": (599, b"null", ServerError, True),
    # 7: 400 and 422 look into the body first
    "7 400": (400, b"", InvalidRequestError, False),
    "7 400 HTML": (400, b"<html>", InvalidRequestError, False),
    "7 400 JSON": (400, envelope(400, "BAD_REQUEST"), InvalidRequestError, False),
    "7 422": (422, {"detail": "x"}, InvalidRequestError, False),
    "7 400, row 11": (400, envelope(6010, "x"), RateLimitError, True),
    "7 400, row 12": (400, envelope(400, "Invalid API key"), AuthenticationError, False),
    "7 400, row 13": (400, envelope(1011), InsufficientCreditsError, False),
    "7 422, row 14": (422, envelope(422, "model not supported"), UnknownModelError, False),
    "7 400, row 15": (400, envelope(2003), ContentFilterError, False),
    "7 400, row 16": (400, envelope(6101), DailyQuotaError, False),
    "7 400, row 17": (400, envelope(1009), PermissionDeniedError, False),
    "7 400, row 18": (400, envelope(1001, "x"), RateLimitError, True),
    "7 400, row 20": (400, envelope(6001), ServerError, False),
    # 8: 2xx, empty or not JSON
    "8 empty": (200, b"", ProtocolError, True),
    "8 blank": (200, b" \r\n", ProtocolError, True),
    "8 204": (204, b"", ProtocolError, True),
    "8 HTML": (200, b"<html><body>rate limit</body></html>", ProtocolError, True),
    "8 text": (200, b"Unauthorized", ProtocolError, True),
    "8 cut JSON": (200, b'{"status":1004', ProtocolError, True),
    # 10: OpenAI's error object, or a text
    "10 key": (200, {"error": {"code": "invalid_api_key"}}, AuthenticationError, False),
    "10 type": (200, {"error": {"type": "authentication_error"}}, AuthenticationError, False),
    "10 permission": (200, {"error": {"type": "permission_error"}}, PermissionDeniedError, False),
    "10 quota": (200, {"error": {"code": "insufficient_quota"}}, InsufficientCreditsError, False),
    "10 rate": (200, {"error": {"code": "rate_limit_exceeded"}}, RateLimitError, True),
    "10 context": (
        400,
        {"error": {"code": "context_length_exceeded", "type": "invalid_request_error"}},
        ContextOverflowError,
        False,
    ),
    "10 model": (400, {"error": {"code": "model_not_found"}}, UnknownModelError, False),
    "10 filter": (400, {"error": {"code": "content_filter"}}, ContentFilterError, False),
    "10 server": (200, {"error": {"type": "server_error"}}, ServerError, True),
    "10 overloaded": (200, {"error": {"type": "overloaded_error"}}, ServerError, True),
    "10 bad request": (
        200,
        {"error": {"type": "invalid_request_error", "message": "x"}},
        InvalidRequestError,
        False,
    ),
    "10 by text": (200, {"error": {"message": "Too many requests"}}, RateLimitError, True),
    "10 a text": (200, {"error": "Unauthorized"}, AuthenticationError, False),
    "10 HTTP status as code": (200, {"error": {"code": 429}}, RateLimitError, True),
    "10 5xx as code": (200, {"error": {"code": 502, "message": "x"}}, ServerError, True),
    "10 WeryAI's code": (200, {"error": {"code": "1004"}}, InsufficientCreditsError, False),
    "10 text with the envelope's code": (
        200,
        {"status": 1004, "error": "x"},
        InsufficientCreditsError,
        False,
    ),
    "10 object with the envelope's code": (
        200,
        {"status": 1004, "error": {"message": "x"}},
        InsufficientCreditsError,
        False,
    ),
    "10 empty object with the envelope's code": (
        200,
        {"status": 1004, "error": {}},
        InsufficientCreditsError,
        False,
    ),
    "10 null": (200, {"status": 1004, "error": None}, InsufficientCreditsError, False),
    "10 another": (200, {"error": {"code": "odd", "type": "odder"}}, APIError, False),
    # 11: rate limit
    "11 rate limit": (200, envelope(9, "request rate limit exceeded"), RateLimitError, True),
    "11 rate-limit": (200, envelope(9, "Rate-Limited"), RateLimitError, True),
    "11 constant": (200, envelope(9, "REQUEST_RATE_LIMIT_EXCEEDED"), RateLimitError, True),
    "11 too many": (200, envelope(9, "Too Many Requests"), RateLimitError, True),
    "11 frequency": (200, envelope(9, "request frequency too high"), RateLimitError, True),
    "11 Chinese": (200, envelope(9, "请求频率过高"), RateLimitError, True),
    "11 Chinese 2": (200, envelope(9, "操作频繁"), RateLimitError, True),
    "11 in msg": (200, {"status": 9, "msg": "rate limit"}, RateLimitError, True),
    "11 in desc": (200, {"status": 9, "desc": "rate limit"}, RateLimitError, True),
    "11 6002": (200, envelope(6002), RateLimitError, True),
    "11 6010": (200, envelope(6010), RateLimitError, True),
    "11 1007": (200, envelope(1007, "QUEUE_FULL"), RateLimitError, True),
    "11 over 12": (200, envelope(1007, "unauthorized"), RateLimitError, True),
    "11 not a parameter": (
        400,
        envelope(400, "frequency_penalty must be at most 2"),
        InvalidRequestError,
        False,
    ),
    "11 not within a word": (
        400,
        envelope(400, "Cannot generate limited output"),
        InvalidRequestError,
        False,
    ),
    # 12: authentication
    "12 api key": (200, envelope(9, "Invalid API Key"), AuthenticationError, False),
    "12 api_key": (200, envelope(9, "INVALID_API_KEY"), AuthenticationError, False),
    "12 authentication": (200, envelope(9, "Authentication failed"), AuthenticationError, False),
    "12 unauthorized": (200, envelope(9, "Unauthorized"), AuthenticationError, False),
    "12 Chinese": (200, envelope(9, "鉴权失败"), AuthenticationError, False),
    "12 Chinese 2": (200, envelope(9, "认证失败"), AuthenticationError, False),
    "12 Chinese 3": (200, envelope(9, "密钥无效"), AuthenticationError, False),
    "12 over 13": (200, envelope(1004, "unauthorized"), AuthenticationError, False),
    # 13: credits
    "13 1004": (200, envelope(1004), InsufficientCreditsError, False),
    "13 1011": (200, envelope(1011), InsufficientCreditsError, False),
    "13 credit": (200, envelope(9, "Insufficient credit"), InsufficientCreditsError, False),
    "13 credits": (200, envelope(9, "insufficient credits"), InsufficientCreditsError, False),
    "13 balance": (200, envelope(9, "Insufficient balance"), InsufficientCreditsError, False),
    "13 Chinese": (200, envelope(9, "积分不足"), InsufficientCreditsError, False),
    "13 Chinese 2": (200, envelope(9, "余额不足"), InsufficientCreditsError, False),
    "13 over 14": (200, envelope(1011, "model not found"), InsufficientCreditsError, False),
    # 14: model
    "14 1006": (200, envelope(1006), UnknownModelError, False),
    "14 not supported": (200, envelope(9, "Model not supported"), UnknownModelError, False),
    "14 not found": (200, envelope(9, "The model not found: X"), UnknownModelError, False),
    "14 with its name": (
        200,
        envelope(9, "model GPT_9 is not supported"),
        UnknownModelError,
        False,
    ),
    "14 over 15": (200, envelope(1006, "safety"), UnknownModelError, False),
    # 15: content
    "15 1005": (200, envelope(1005), ContentFilterError, False),
    "15 2001": (200, envelope(2001), ContentFilterError, False),
    "15 2003": (200, envelope(2003), ContentFilterError, False),
    "15 sensitive": (200, envelope(9, "Sensitive content"), ContentFilterError, False),
    "15 moderation": (200, envelope(9, "failed moderation"), ContentFilterError, False),
    "15 safety": (200, envelope(9, "SAFETY"), ContentFilterError, False),
    "15 over 16": (200, envelope(6101, "safety"), ContentFilterError, False),
    # 16: the day's quota
    "16": (200, envelope(6101, "OPEN_API_DAILY_LIMIT_EXCEEDED"), DailyQuotaError, False),
    # 17
    "17 1003": (200, envelope(1003), NotFoundError, False),
    "17 1010": (200, envelope(1010), NotFoundError, False),
    "17 1009": (200, envelope(1009), PermissionDeniedError, False),
    "17 1017": (200, envelope(1017), PermissionDeniedError, False),
    "17 2004": (200, envelope(2004), InvalidRequestError, False),
    # 18: 1001, whose meaning clashes
    "18 alone": (200, envelope(1001), RateLimitError, True),
    "18 other text": (200, envelope(1001, "busy"), RateLimitError, True),
    "18 parameter": (200, envelope(1001, "Parameter error"), InvalidRequestError, False),
    "18 invalid": (200, envelope(1001, "invalid temperature"), InvalidRequestError, False),
    "18 required": (200, envelope(1001, "model is required"), InvalidRequestError, False),
    "18 Chinese": (200, envelope(1001, "参数错误"), InvalidRequestError, False),
    "18 bound": (
        200,
        envelope(1001, "temperature must be between 0 and 2"),
        InvalidRequestError,
        False,
    ),
    "18 large": (200, envelope(1001, "max_tokens is too large: 99999"), InvalidRequestError, False),
    "18 count": (200, envelope(1001, "Too many messages"), MessageCountError, False),
    "18 size": (
        200,
        envelope(1001, "Messages size must be between 1 and 50"),
        MessageCountError,
        False,
    ),
    "18 length": (
        200,
        envelope(1001, "messages length cannot exceed 50"),
        MessageCountError,
        False,
    ),
    "18 number": (
        200,
        envelope(1001, "The number of messages exceeds the limit of 50"),
        MessageCountError,
        False,
    ),
    "18 Chinese count": (200, envelope(1001, "消息数量超过50"), MessageCountError, False),
    "18 long": (200, envelope(1001, "The prompt is too long"), ContextOverflowError, False),
    "18 per minute": (200, envelope(1001, "Too many messages per minute"), RateLimitError, True),
    "18 wait": (200, envelope(1001, "You must be patient: wait a minute"), RateLimitError, True),
    "18 text of 11": (200, envelope(1001, "请求频率 invalid"), RateLimitError, True),
    "18 text of 12": (200, envelope(1001, "invalid api key"), AuthenticationError, False),
    "18 text of 13": (200, envelope(1001, "insufficient credits"), InsufficientCreditsError, False),
    "18 text of 14": (200, envelope(1001, "invalid: model not found"), UnknownModelError, False),
    "18 as text": (200, envelope("1001"), RateLimitError, True),
    "18 as float": (200, envelope(1001.0), RateLimitError, True),
    # 19: 1002, whose meaning clashes, too
    "19 alone": (200, envelope(1002), InvalidRequestError, False),
    "19 parameter": (200, envelope(1002, "参数错误"), InvalidRequestError, False),
    "19 text of 11": (200, envelope(1002, "rate limit"), RateLimitError, True),
    "19 documented sample": (
        200,
        {"status": 1002, "desc": "Authentication failed", "message": "Invalid API Key"},
        AuthenticationError,
        False,
    ),
    # 20: server
    "20 6001": (200, envelope(6001), ServerError, True),
    "20 6003": (200, envelope(6003, "credit deduction failed"), ServerError, True),
    "20 6004": (200, envelope(6004), ServerError, True),
    # 21: 2xx without choices
    "21 0": (200, {"status": 0, "desc": "success", "data": None}, ProtocolError, True),
    "21 200": (200, {"status": 200, "msg": "Success", "data": {}}, ProtocolError, True),
    "21 as text": (200, {"status": "200"}, ProtocolError, True),
    "21 success": (200, {"status": "SUCCESS"}, ProtocolError, True),
    "21 absent": (200, {"id": "x"}, ProtocolError, True),
    "21 null": (200, {"status": None}, ProtocolError, True),
    "21 no choices": (200, {"id": "x", "choices": []}, ProtocolError, True),
    "21 null choices": (200, {"id": "x", "choices": None}, ProtocolError, True),
    "21 list": (200, [], ProtocolError, True),
    "21 number": (200, 7, ProtocolError, True),
    "21 201": (201, {}, ProtocolError, True),
    # 22: anything else
    "22 code": (200, envelope(9999, "boom"), APIError, False),
    "22 code as text": (200, envelope("FAILED", "boom"), APIError, False),
    "22 1014": (200, envelope(1014), APIError, False),
    "22 405": (405, b"", APIError, False),
    "22 418": (418, {"status": 418}, APIError, False),
    "22 302": (302, b"", APIError, False),
    # A 4xx is not retried, whatever the body says
    "23 6001 in 422": (422, envelope(6001), ServerError, False),
    "23 rate limit in 400": (
        400,
        envelope(1001, "Request rate limit exceeded"),
        RateLimitError,
        True,
    ),
    # These statuses say that the same request may succeed later
    "25 408": (408, b"", APIError, True),
    "25 409": (409, b"{}", APIError, True),
    "25 425": (425, b"<html>", APIError, True),
    "25 408 with an error": (408, {"error": {"code": 408, "message": "x"}}, APIError, True),
    "25 408 as a code": (200, {"error": {"code": 408, "message": "x"}}, APIError, True),
    # Codes that are HTTP statuses, and codes under another name
    "24 code 401": (200, {"status": 401, "msg": "x"}, AuthenticationError, False),
    "24 code 403": (200, {"status": 403, "msg": "x"}, AuthenticationError, False),
    "24 code 404": (200, {"status": 404, "msg": "x"}, NotFoundError, False),
    "24 code 429": (200, {"status": 429, "msg": "x"}, RateLimitError, True),
    "24 code 500": (200, {"status": 500, "msg": "SERVER_ERR"}, ServerError, True),
    "24 code 400": (200, {"status": 400, "msg": "BAD_REQUEST"}, InvalidRequestError, False),
    "24 in code": (200, {"code": 1004, "msg": "x"}, InsufficientCreditsError, False),
    "24 in code with success": (
        200,
        {"status": 0, "code": 1004},
        InsufficientCreditsError,
        False,
    ),
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


@pytest.mark.parametrize(
    ("status", "wish", "is_retryable"),
    [(429, "false", False), (503, "False", False), (400, "true", True), (429, "maybe", True)],
)
def test_the_service_may_say_whether_to_retry(status, wish, is_retryable):
    assert to_error(status, b"", {"x-should-retry": wish}).is_retryable is is_retryable


def rows_of(number):
    """The rows of the classification with this number."""
    return {name: row for name, row in ROWS.items() if name.split()[0] == number}


@pytest.mark.parametrize("number", sorted({name.split()[0] for name in ROWS}))
def test_an_answer_is_classified_by_its_row(number):
    for name, (status, body, error_class, retry) in rows_of(number).items():
        error = to_error(status, body)
        assert type(error) is error_class, name
        assert error.is_retryable is retry, name
        assert error.status_code == status, name


# What a bad request says, and its class.
BAD_REQUESTS = (
    ("messages: must have 1 - 50 elements", MessageCountError),
    ("messages must hold at most 50 elements", MessageCountError),
    ("messages: array length exceeds the limit", MessageCountError),
    ("too many messages", MessageCountError),
    ("Required array length: 1 - 50 elements", MessageCountError),
    ("messages: Required array length: 1 - 50 elements", MessageCountError),
    ("'messages' must contain at most 50 items", MessageCountError),
    ("messages array length must be between 1 and 50", MessageCountError),
    ("This model's maximum context length is 8192 tokens", ContextOverflowError),
    ("prompt is too long", ContextOverflowError),
    ("input exceeds the context window", ContextOverflowError),
    ("too many input tokens", ContextOverflowError),
    (
        "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
        ContextOverflowError,
    ),
    (
        "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
        ContextOverflowError,
    ),
    ("Your request exceeded model token limit: 8192", ContextOverflowError),
    ("Range of input length should be [1, 30720]", ContextOverflowError),
    ("temperature must be at most 2", InvalidRequestError),
    ("max_tokens must not exceed 8192", InvalidRequestError),
    ("messages[0].role must be a text", InvalidRequestError),
    ("messages[0].content length exceeds 50 characters", InvalidRequestError),
    ("messages[7].content exceeds the limit of 50 parts", InvalidRequestError),
    ("messages.3.content holds at most 50 images", InvalidRequestError),
    ("stop: Required array length: 1 - 4 elements", InvalidRequestError),
    ("plugins: Required array length: 1 - 500 elements", InvalidRequestError),
    ("max_tokens exceeds the model's output token limit", InvalidRequestError),
)
SHAPES = {
    "envelope": (400, lambda text: envelope(400, text)),
    "envelope in 200": (200, lambda text: envelope(1002, text)),
    "detail": (422, lambda text: {"detail": text}),
    "OpenAI": (400, lambda text: {"error": {"message": text, "type": "invalid_request_error"}}),
}


@pytest.mark.parametrize(("status", "wrap"), SHAPES.values(), ids=SHAPES)
def test_a_bad_request_says_what_is_too_long(status, wrap):
    for text, error_class in BAD_REQUESTS:
        assert type(to_error(status, wrap(text))) is error_class, text


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (
            403,
            {"status": 1002, "desc": "Authentication failed", "message": "Invalid API Key"},
            "WeryAI answered with HTTP 403, code 1002: Invalid API Key; Authentication failed. "
            "Check `api_key` or `WERYAI_API_KEY`; keys are made at "
            "https://www.weryai.com/api/keys.",
        ),
        (
            200,
            {"status": 9999, "msg": "Boom!", "message": "Boom!", "desc": "Boom!"},
            "WeryAI answered with HTTP 200, code 9999: Boom!",
        ),
        (500, b"", "WeryAI answered with HTTP 500. The body is empty."),
        (
            502,
            b"<html>",
            "WeryAI answered with HTTP 502. The body is not JSON; check `base_url` if this "
            "persists.",
        ),
        (
            200,
            {"status": 0, "message": "success"},
            "WeryAI answered with HTTP 200: success. The body holds no `choices`.",
        ),
        (
            200,
            {"status": 1002},
            "WeryAI answered with HTTP 200, code 1002. "
            "WeryAI documents this code both as a wrong key and as a wrong parameter.",
        ),
        (
            302,
            b"",
            "WeryAI answered with HTTP 302. The body is empty. "
            "Redirects are not followed, to protect the key; check `base_url`.",
        ),
        (
            429,
            {"error": {"message": "Slow down", "code": "rate_limit_exceeded"}},
            "WeryAI answered with HTTP 429, code rate_limit_exceeded: Slow down. "
            "Send fewer requests at once, or raise `max_retries`.",
        ),
    ],
    ids=["envelope", "once", "empty", "HTML", "no choices", "1002", "redirect", "OpenAI"],
)
def test_the_message_says_what_happened_and_what_to_do(status, body, message):
    assert str(to_error(status, body)) == message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": 1004}, 1004),
        ({"status": "1004"}, 1004),
        ({"status": " Failed "}, "failed"),
        ({"status": True}, None),
        ({"status": 200, "code": 7}, 7),
        ({"error": {"code": "invalid_api_key"}}, "invalid_api_key"),
        ({"error": {"code": None}}, None),
        ({"error": "x"}, None),
        ([], None),
        (b"", None),
    ],
    ids=repr,
)
def test_the_code_is_the_services_own(body, code):
    assert to_error(418, body).code == code


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"x-request-id": "a"}, {}, "a"),
        ({"request-id": "a"}, {}, "a"),
        ({"x-trace-id": "a"}, {}, "a"),
        ({"x-request-id": "a", "trace-id": "b"}, {"request_id": "c"}, "a"),
        ({}, {"request_id": "c"}, "c"),
        ({}, {"requestId": "c"}, "c"),
        ({}, {"trace_id": "c"}, "c"),
        ({}, {"traceId": 7, "request_id": ""}, None),
        ({}, [], None),
        ({}, b"<html>", None),
    ],
    ids=str,
)
def test_the_request_id_is_found_and_ends_the_message(headers, body, expected):
    error = to_error(500, body, headers)
    assert error.request_id == expected
    assert str(error).endswith(f"Request id: {expected}.") == (expected is not None)


def test_the_wait_that_the_answer_asks_for_is_kept():
    assert to_error(429, b"", {"retry-after": "7"}).retry_after == 7.0
    assert to_error(200, envelope(1001), {"retry-after-ms": "250"}).retry_after == 0.25
    assert to_error(429, b"").retry_after is None


def test_the_answer_is_kept():
    response = to_error(418, {"status": 9, "x": "é"}, {"x-request-id": "a"}).response
    assert response.status_code == 418
    assert response.headers == {"x-request-id": "a"}
    assert response.json() == {"status": 9, "x": "é"}


def test_json_of_a_body_that_is_not_json_raises():
    with pytest.raises(ValueError, match="expected value"):
        to_error(502, b"<html>").response.json()


def test_a_text_that_ends_in_the_length_of_the_messages_is_about_their_length():
    text = (
        "This model's maximum context length is 4097 tokens. However, your messages resulted in "
        "4275 tokens. Please reduce the length of the messages."
    )
    assert type(to_error(400, {"error": {"message": text}})) is ContextOverflowError


def test_a_byte_order_mark_does_not_hide_an_error():
    body = b'\xef\xbb\xbf{"status":1002,"message":"Invalid API Key"}'
    assert type(to_error(200, body)) is AuthenticationError


def test_a_long_text_of_the_service_is_truncated():
    error = to_error(400, envelope(9, "x" * 10_000))
    assert f"{'x' * 500}..." in str(error)
    assert len(str(error)) < 1000


# The places in which an answer may repeat something.
ECHOES = {
    "message": lambda text: ({}, {"status": 9, "message": text}),
    "desc": lambda text: ({}, {"status": 9, "desc": text}),
    "error text": lambda text: ({}, {"error": text}),
    "error message": lambda text: ({}, {"error": {"message": text, "code": "x"}}),
    "error code": lambda text: ({}, {"error": {"message": "x", "code": text}}),
    "error type": lambda text: ({}, {"error": {"message": "x", "type": text}}),
    "status": lambda text: ({}, {"status": text, "message": "x"}),
    "request id": lambda text: ({}, {"status": 9, "request_id": text}),
    "request id header": lambda text: ({"x-request-id": text}, {"status": 9}),
    "another field": lambda text: ({}, {"status": 9, "data": {"key": [text]}}),
    "HTML": lambda text: ({}, f"<p>{text}</p>".encode()),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_a_message_is_limited_whatever_is_long(echo):
    headers, body = echo("x" * 20_000)
    for status in (200, 400, 401, 500):
        assert len(str(to_error(status, body, headers))) < 1500


# The key in use, what the service echoes, and what must not be shown of it.
ECHOED_KEYS = (
    (KEY, KEY, KEY),
    (KEY, f"Bearer {KEY}", KEY),
    (KEY, "the key sk-0123456789...cdef is wrong", "0123456789"),
    (KEY, "sk-012345***********************cdef", "012345"),
    (KEY, "sk-abc...", "sk-abc"),
    ("", KEY, KEY),
    ("plain-0123456789", "wrong: plain-0123456789", "plain-0123456789"),
)


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_the_key_is_redacted_wherever_it_is_echoed(echo):
    for api_key, echoed, hidden in ECHOED_KEYS:
        headers, body = echo(echoed)
        error = to_error(401, body, headers, api_key)
        assert hidden not in f"{error} {error!r} {error.code} {error.request_id}"
        assert hidden not in error.response.text
        assert hidden.encode() not in pickle.dumps(error)
        if not isinstance(body, bytes):
            assert hidden not in json.dumps(error.response.json())


def test_a_key_with_escaped_characters_is_redacted_too():
    body = b'{"status":9,"message":"wrong key: plain\\/0123\\u0034567"}'
    error = to_error(401, body, api_key="plain/01234567")
    assert "plain/01234567" not in str(error)
    assert "plain/01234567" not in json.dumps(error.response.json())


def test_a_long_body_is_kept_in_part():
    error = to_error(500, b"x" * 100_000)
    assert len(error.response.text) == 64 * 1024


def test_a_body_that_is_not_utf_8_is_kept_with_replacements():
    assert to_error(500, b"a\xff").response.text == "a\ufffd"


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":1e999}',
        b'{"status":NaN}',
        b'{"error":{"code":-1e999}}',
        b'{"status":"%b"}' % (b"9" * 5000),
        b'{"status":%b}' % (b"9" * 4000),
        b'{"status":[1],"message":{"a":1},"desc":7,"error":[1]}',
        b'{"error":{"code":{},"type":[],"message":null}}',
        b'{"error":7}',
        b'{"error":true,"status":{}}',
        b"\xff\xfe",
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_an_odd_body_is_an_error_of_ours(body):
    for status in (200, 400, 418):
        error = error_from_response(status, {}, body)
        assert isinstance(error, (APIError, ProtocolError))
        assert len(str(error)) < 1500


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"error": {"message": "x"}}, True),
        ({"error": "x"}, True),
        ({"error": None, "choices": [{}]}, False),
        ({"error": {}, "choices": [{}]}, False),
        ({"error": {"code": 1}, "choices": [{}]}, True),
        ({"status": 1001}, True),
        ({"status": "1001"}, True),
        ({"status": 1001, "choices": []}, True),
        ({"status": 1001, "choices": [{}]}, True),
        ({"status": 1001, "choices": [{"message": {"content": "a"}}]}, False),
        ({"status": 0}, False),
        ({"status": 200}, False),
        ({"status": "completed"}, False),
        ({"status": None}, False),
        ({}, False),
    ],
    ids=str,
)
def test_an_event_is_an_error_by_its_error_or_its_code(payload, expected):
    assert is_error_payload(payload) is expected


# What FastAPI puts into `detail`, and the text of the message.
DETAILS = {
    "one": (
        [{"loc": ["body", "temperature"], "msg": "Input should be at most 2", "input": 3}],
        "body.temperature: Input should be at most 2",
    ),
    "two": (
        [
            {"type": "missing", "loc": ["body", "messages", 0, "role"], "msg": "Field required"},
            {"loc": ["body", "n"], "msg": "Not a number"},
        ],
        "body.messages.0.role: Field required; body.n: Not a number",
    ),
    "no place": ([{"msg": "Wrong"}], "Wrong"),
    "an odd place": ([{"loc": "body", "msg": "Wrong"}], "Wrong"),
    "texts": (["Wrong", "", 7], "Wrong"),
}


@pytest.mark.parametrize(("detail", "text"), DETAILS.values(), ids=DETAILS)
def test_a_list_of_validation_errors_is_part_of_the_message(detail, text):
    error = to_error(422, {"detail": detail})
    assert type(error) is InvalidRequestError
    assert str(error) == f"WeryAI answered with HTTP 422: {text}."


@pytest.mark.parametrize(
    "detail",
    [[], [{}], [{"loc": ["body"]}, {"msg": None}], [None, 7, [["x"]]], {"loc": []}],
    ids=str,
)
def test_empty_validation_errors_are_left_out(detail):
    assert str(to_error(422, {"detail": detail})) == "WeryAI answered with HTTP 422."


def test_the_input_of_the_user_is_not_part_of_the_message():
    detail = [{"loc": ["body", "messages"], "msg": "Wrong", "input": "a private question"}]
    assert "private" not in str(to_error(422, {"detail": detail}))


@pytest.mark.parametrize("field", ["choices", "models", "data"])
def test_the_missing_field_is_named(field):
    error = error_from_response(200, {}, b"{}", expected=field)
    assert str(error) == f"WeryAI answered with HTTP 200. The body holds no `{field}`."


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:35 GMT"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:04:35 -0000"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 04:04:35 +0100"}, 30.0),
        ({"retry-after": "Fri, 02 Jan 2026 03:00:00 GMT"}, 0.0),
    ],
    ids=str,
)
def test_the_wait_is_read_from_seconds_milliseconds_and_dates(headers, expected):
    assert retry_after_seconds(headers, NOW) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": ""},
        {"retry-after": "soon"},
        {"retry-after": "-5"},
        {"retry-after": "nan"},
        {"retry-after": "inf"},
        {"retry-after": "Fri, 99 Foo 2026 03:04:35 GMT"},
        {"retry-after": "Fri, 02 Jan 99999999999999999999 03:04:35 GMT"},
        {"retry-after-ms": "-1"},
    ],
    ids=str,
)
def test_an_unreadable_wait_counts_as_none(headers):
    assert retry_after_seconds(headers, NOW) is None


def test_a_date_is_measured_against_the_clock():
    assert retry_after_seconds({"retry-after": "Fri, 02 Jan 2015 03:00:00 GMT"}) == 0.0
    assert retry_after_seconds({"retry-after": "Fri, 01 Jan 2100 03:00:00 GMT"}) > 10**8


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
    (200, {"choices": [], "code": "rate_limited"}, RateLimitError),
]


@pytest.mark.parametrize(("status", "body", "error_class"), IN_THE_WORDS_OF_OTHERS)
def test_the_words_and_codes_of_other_services_have_their_class(status, body, error_class):
    assert type(to_error(status, body)) is error_class


def test_the_error_behind_a_gateway_may_be_a_list_in_a_text():
    raw = json.dumps([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow"}}])
    error = to_error(400, openai("Provider returned error", code=400, metadata={"raw": raw}))
    assert type(error) is RateLimitError
    assert "Provider returned error; slow" in str(error)


def test_a_fault_has_its_text():
    error = to_error(429, {"fault": {"faultstring": "Rate limit quota violation"}})
    assert "Rate limit quota violation" in str(error)


def test_the_data_of_an_answer_that_is_no_error_are_not_its_words():
    error = to_error(200, {"models": "x", "data": "1000"})
    assert type(error) is ProtocolError
    assert "1000" not in str(error)
