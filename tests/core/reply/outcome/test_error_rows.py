"""The classification of errors, row by row."""

import pytest
from error_answers import envelope, to_error

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

BAD_REQUEST = "invalid_request_error"

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
    "3 16 over 429": (429, envelope(6101), DailyQuotaError, False),
    "3 12 over 429": (429, envelope(1011), InsufficientCreditsError, False),
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
    "18 by its type": (
        400,
        {"error": {"message": "A call has no result", "code": "1001", "type": BAD_REQUEST}},
        InvalidRequestError,
        False,
    ),
    "18 wait, by its type": (
        400,
        {"error": {"message": "Please wait", "code": "1001", "type": BAD_REQUEST}},
        RateLimitError,
        True,
    ),
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
