"""From a report to the class of its error.

WeryAI reports errors under fitting HTTP statuses and under 200, and documents two tables of codes
that disagree on 1001 and 1002. A status decides first, or a code that is a status (OpenRouter's
`error.code`). Then come OpenAI's names, the text, and WeryAI's codes: the order matters.

The patterns are the words of real services; the tests list each with its service.
"""

from __future__ import annotations

import re
from dataclasses import replace

from weryai_core import errors
from weryai_core.errors import WeryAIError
from weryai_core.reply.outcome.finish_reasons import meaning_of
from weryai_core.reply.outcome.report import Report
from weryai_core.reply.outcome.words import PROGRESS, SUCCESS, ends_of

Class = type[WeryAIError]

_BY_STATUS: dict[int, Class] = {
    402: errors.InsufficientCreditsError,
    404: errors.NotFoundError,
}
_NO_FAILURES = SUCCESS | PROGRESS
_ZHIPU_IN_ARREARS = 1113
_OUT_OF_CREDITS = (1004, 1011)
_SPENT_CODES = (_ZHIPU_IN_ARREARS, *_OUT_OF_CREDITS)
_DAILY_CODE = 6101
_TOO_LONG_CODES = (1261, 336007, 336103)  # Zhipu's, Baidu's
RETRIED = frozenset((408, 409, 425))
"""Statuses of a request that may succeed later, without a class of their own."""

# `error.code` and `error.type`, in lower case.
_BY_NAME: dict[str, Class] = {
    name: error_class
    for error_class, names in (
        (
            errors.AuthenticationError,
            "invalid_api_key authentication_error unauthenticated unauthorized api_key_invalid "
            "invalid_authentication_error invalidapikey invalid_token minimax_1004 minimax_2049 "
            "spark_11200 authfailure google_16 unrecognizedclientexception",
        ),
        (
            errors.PermissionDeniedError,
            "permission_error permission_denied unsupported_country_region_territory google_7 "
            "accessdeniedexception",
        ),
        (
            errors.InsufficientCreditsError,
            "insufficient_quota insufficient_user_quota exceeded_current_quota_error "
            "insufficient_balance insufficient_credits billing_error billing_hard_limit_reached "
            "pre_consume_token_quota_failed payment_required arrearage minimax_1008 "
            "budget_exceeded",
        ),
        (
            errors.RateLimitError,
            "rate_limit_exceeded rate_limit_error rate_limit_reached_error too_many_requests "
            "resource_exhausted throttling throttlingexception requestlimitexceeded "
            "engine_overloaded_error limit_requests rate_limited minimax_1002 minimax_1039 "
            "minimax_1041 spark_10007 spark_11202 spark_11203 google_8 toomanyrequestsexception "
            "quotaviolation spikearrestviolation",
        ),
        (
            errors.ContextOverflowError,
            "context_length_exceeded exceed_context_size_error request_too_large context_exceeded "
            "context_window_exceeded model_context_window_exceeded prompt_too_long "
            "contextwindowexceedederror spark_10907",
        ),
        (errors.DailyQuotaError, "spark_11201"),
        (errors.InvalidRequestError, "minimax_2013 spark_10163 google_3 validationexception"),
        (errors.UnknownModelError, "model_not_found"),
        (errors.NotFoundError, "not_found_error not_found google_5 resourcenotfoundexception"),
        (
            errors.ContentFilterError,
            "content_filter content_policy_violation contentpolicyviolationerror "
            "responsibleaipolicyviolation data_inspection_failed datainspectionfailed "
            "sensitive_words_detected prompt_blocked moderation_blocked minimax_1026 minimax_1027 "
            "spark_10013 spark_10014 spark_10019",
        ),
        (
            errors.ServerError,
            "server_error api_error overloaded_error internal_server_error internal_error internal "
            "unavailable service_unavailable deadline_exceeded timeout timeout_error "
            "network_error insufficient_system_resource minimax_1000 minimax_1001 minimax_1013 "
            "minimax_1024 minimax_1033 spark_10110 google_2 google_4 google_13 google_14 "
            "internalserverexception internalfailure modelstreamerrorexception "
            "modeltimeoutexception modelnotreadyexception modelerrorexception "
            "serviceunavailableexception serviceunavailable",
        ),
    )
    for name in names.split()
}

_SPENT = re.compile(
    # Not the bare word "credit": code 6003 is "credit deduction failed".
    r"insufficient[ _](credits?|balance|quota|funds|user[ _]quota)|(credit )?balance is too low"
    r"|(requires?|need) more credits|(out of|no) (credits|funds)"
    r"|spend(ing)? (limit|cap)|budget (has been |is )?(exceeded|exhausted|reached)"
    r"|quota (is )?(not enough|insufficient)"
    r"|积分不足|余额不足|额度不足|额度已用尽|配额不足|欠费",
    re.IGNORECASE,
)
# A quota on other statuses than 403 may be one of requests per minute.
_QUOTA = re.compile(r"quota|credits?\b|billing|key limit exceeded|额度|配额", re.IGNORECASE)
_DAILY = re.compile(r"\bdaily\b|per[ -]day|每日|今日|当日", re.IGNORECASE)
# What the limit is for. A day that is only mentioned says that it is used up, if it means that.
_PER_DAY = re.compile(r"\bper[ _-](day|24[ -]?h(ou)?rs?)\b|\bdaily\b|每日|每天", re.IGNORECASE)
_DAY = re.compile(
    r"(?<!later )\btoday\b|\btomorrow\b|\b24[ -]?h(ou)?rs?\b|今日|今天|当日|明[日天]", re.IGNORECASE
)
_USED_UP = re.compile(
    r"exceed|reached|used up|exhaust|\bspent\b|r[au]n out|\bhit\b|用完|用尽|耗尽|已达|超",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"limit|quota|\bcap\b|allowance|requests?\b|messages?\b|calls?\b|tokens?\b"
    r"|次数|额度|配额|限额|上限|限制",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile("[.!?\u3002\uff01\uff1f\n]")  # also in Chinese
# Then the day is one of several limits, or a day that slides, or it is not what was exceeded.
_SOONER = re.compile(
    r"per[ _-](second|minute|min|hour)\b|每秒|每分钟|每小时|\b(again|retry)\b.{0,20} (in|after) \d"
    r"|concurren|at once|slow down|overload|shortly|\bremaining\W+[1-9]|\b[1-9]\d* remaining"
    r"|频繁|并发|剩余",
    re.IGNORECASE,
)
_FLAGGED = re.compile(
    r"sensitive|moderation|safety|flagged|content exists risk"
    r"|content.?(filter|management policy|policy violation)|敏感|违规",
    re.IGNORECASE,
)
_NO_PERMISSION = re.compile(
    r"permission|(country|region|territory|location).{0,40}\bnot (supported|available|allowed)"
    r"|\bnot (supported|available|allowed).{0,30}\b(country|region|territory|location)"
    r"|(access|allowed).{0,40}\bmodel\b|\bmodel\b.{0,60}(access|allowed)|无权",
    re.IGNORECASE,
)

_FROM_THERE = re.compile(
    r"\b(user|your) (location|country|region|territory)\b.{0,20}\bnot (supported|allowed|available)"
    r"|country, region,? or territory.{0,10}not supported",
    re.IGNORECASE,
)

# Names of the user's: quoted words and words with underscores, except those that mean themselves.
_NAMES = re.compile(
    r"""(?<!\w)(['"`])[\w.\-\[\]]+\1|\b(?!(?:api_key|rate_limit|rate_limit_exceeded)\b)\w+_\w+"""
)
_QUOTED = re.compile(r"""(?<!\w)(['"`])[^'"`\n]{1,200}\1(?!\w)""")
_ABOUT_PARAMETER = re.compile(r"invalid ['\"`]|param", re.IGNORECASE)

_TOO_FAST = re.compile(
    # Not the bare word "frequency": it is in `frequency_penalty`.
    r"(?<![a-z])rate.?limit|too many requests|request frequency|(qps|request) limit reached"
    r"|\bthrottled\b|spike arrest|请求频率|频繁|限流|并发",
    re.IGNORECASE,
)
# Words in the text -> class, with the codes that mean the same; tested from the top.
_BY_TEXT: tuple[tuple[re.Pattern[str] | None, frozenset[int], Class], ...] = (
    (re.compile(r"daily request limit", re.IGNORECASE), frozenset(), errors.DailyQuotaError),
    (
        _TOO_FAST,
        frozenset((429, 6002, 6010, 1007)),
        errors.RateLimitError,
    ),
    (_SPENT, frozenset((_ZHIPU_IN_ARREARS,)), errors.InsufficientCreditsError),
    (
        re.compile(
            r"api.?key|authentication|unauthori[sz]ed|access token.{0,20}(invalid|expired)"
            r"|鉴权|认证|密钥",
            re.IGNORECASE,
        ),
        frozenset(),
        errors.AuthenticationError,
    ),
    (_FROM_THERE, frozenset(), errors.PermissionDeniedError),
    (None, frozenset(_OUT_OF_CREDITS), errors.InsufficientCreditsError),
    (
        re.compile(
            r"\bmodel (\S+ )?(is )?(not (supported|found)|does not exist)|not a valid model\b",
            re.IGNORECASE,
        ),
        frozenset((1006,)),
        errors.UnknownModelError,
    ),
    (_FLAGGED, frozenset((1005, 2001, 2003)), errors.ContentFilterError),
    (None, frozenset((_DAILY_CODE,)), errors.DailyQuotaError),
    (None, frozenset((1003, 1010)), errors.NotFoundError),
    (None, frozenset((1009, 1017)), errors.PermissionDeniedError),
    (None, frozenset((2004,)), errors.InvalidRequestError),
)
_SERVER_CODES = (6001, 6003, 6004)
_SERVER_WORDS = re.compile(
    r"out of memory|\bcuda\b|overloaded|unavailable|internal (server )?error|try again|timed? ?out"
    r"|\bbusy\b|bad gateway|upstream|connection (error|reset|refused|closed)|high traffic"
    r"|繁忙|稍后|重试|超时|内部错误|服务异常",
    re.IGNORECASE,
)

_PARAMETER = re.compile(r"parameter|invalid|required|参数", re.IGNORECASE)
_BOUND = re.compile(
    r"must (be|not|have|contain)\b|should be\b|cannot (be|exceed)\b|out of (the )?range"
    r"|too (large|small|high|low|long|short)\b|(at most|at least|between) \d"
    r"|not (supported|allowed)|unsupported|必须|不能为|不支持|超出范围|取值",
    re.IGNORECASE,
)
_TEMPORARY = re.compile(
    r"per[ -](second|minute|hour|day)|\b(try|retry|again|later|wait|slow down|busy)\b|稍后|每分钟",
    re.IGNORECASE,
)
# A medium, or a body, that is too large for the service: no shorter conversation helps.
_MEDIUM_TOO_LARGE = re.compile(
    r"\b(image|file|video|audio|pdf|document|media|attachment)s?\b.{0,60}"
    r"(exceed|too (large|big)|larger than|limit|\bmax)",
    re.IGNORECASE,
)
_TOO_MANY_MESSAGES = re.compile(
    # Not `messages[0].content`, which is about one of them.
    r"messages\b(?![.\[]).{0,60}(\b50\b|at most|too many|exceed|(array|list) length)"
    r"|too many messages|array length: 1 - 50\b|消息.{0,10}(超|最多|不能多|上限)",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"context.?(length|window|limit|size)|maximum context|context (overflow|exceeded)"
    r"|inputs?`? tokens.{0,40}must be"
    r"|tokens (of|in) (the|your) (prompt|inputs?|messages).{0,30}exceed"
    r"|context shift is disabled"
    r"|(prompt|inputs?|request) (is )?too (long|large)|too many (input )?tokens(?! per)"
    r"|token count.{0,40}exceed|maximum (prompt|model) length|max_(seq_len|prompt_tokens)"
    r"|exceed\w* .{0,10}token limit(?! per)|input tokens?.{0,30}exceed|input length should be"
    r"|(prompt|total) tokens?(?! per)((?! per\b).){0,40}exceed(?!.{0,40} per\b)"
    r"|messages\[\d+\]\.content.{0,30}too long"
    r"|reduce (the length of the messages|your (message size|prompt))|prompt exceeds max"
    r"|上下文.{0,8}(超|过长)|超出.{0,6}上下文|(prompt|输入|提示词|请求).{0,8}(过长|超长|长度超)",
    re.IGNORECASE,
)


def classify(report: Report) -> Class:
    """The class of the error that a report means; of a long text both ends count."""
    report = replace(report, text=ends_of(report.text))
    status = effective_status(report)
    if report.status >= 300 or report.kind == "json":
        found = _by_status(status, report)
        if found is not None:
            return found
    if status < 300 and report.kind != "json":
        return errors.ProtocolError
    is_bad_request = _is_bad_request(status, report)
    by_text = _by_text(report, is_bad_request=is_bad_request)
    found = _by_name(report) or by_text or _by_code(report)
    if found is errors.RateLimitError and _is_daily(report, None):
        return errors.DailyQuotaError
    if found is errors.InvalidRequestError or (found is None and is_bad_request):
        return _kind_of_bad_request(report)
    if found is not None:
        return found
    if _TOO_LONG.search(report.text) or report.code in _TOO_LONG_CODES:
        return errors.ContextOverflowError
    if (
        status < 300
        and report.is_error
        and not isinstance(report.code, int)
        and meaning_of(report.text) == "failed"
        and (" " not in report.text)
    ):
        return errors.ServerError  # only "failed" or the like: nothing says that the request is bad
    if _SERVER_WORDS.search(report.text) and status < 300:
        return errors.ServerError
    is_plain = report.code in _NO_FAILURES and not report.is_error
    if status < 300 and is_plain and not _tells_something(report):
        return errors.ProtocolError
    return errors.APIError


def effective_status(report: Report) -> int:
    """The HTTP status, or the one that the body of a success reports as its code.

    FastChat appends two digits: 42901.
    """
    code = report.code
    if report.status >= 300 or not isinstance(code, int):
        return report.status
    code = code // 100 if 40000 <= code < 60000 else code
    return code if 400 <= code < 600 else report.status


def _by_status(status: int, report: Report) -> Class | None:
    """The class by a status that names its cause whatever the body says, or nearly so."""
    named = _by_name(report)
    if status == 413:
        if named is None and _MEDIUM_TOO_LARGE.search(report.text):
            return errors.InvalidRequestError
        return errors.ContextOverflowError  # also where it counts tokens per minute, as Groq does
    if status == 403:
        return _kind_of_403(report, named)
    if status in (401, 429):
        # Zhipu and others refuse for an empty account with 429, new-api for a spent key with 401.
        codes = _SPENT_CODES if status == 429 else (_ZHIPU_IN_ARREARS,)
        is_spent = report.code in codes or named is errors.InsufficientCreditsError
        if is_spent or _SPENT.search(report.text):
            return errors.InsufficientCreditsError
        if status == 401:
            return errors.AuthenticationError
        return errors.DailyQuotaError if _is_daily(report, named) else errors.RateLimitError
    if status == 404 and (named or _by_text(report)) is errors.UnknownModelError:
        return errors.UnknownModelError
    if status >= 500:
        is_too_fast = report.code == 429 or _TOO_FAST.search(report.text)
        if named is errors.RateLimitError or is_too_fast:
            return errors.RateLimitError  # Apigee answers 500 once a quota is spent
        is_too_long = named is errors.ContextOverflowError or _TOO_LONG.search(report.text)
        return errors.ContextOverflowError if is_too_long else errors.ServerError
    if status in RETRIED:
        return errors.APIError
    return _BY_STATUS.get(status)


def _is_daily(report: Report, named: Class | None) -> bool:
    """Whether a 429 means that the requests of the day are used up."""
    if report.code == _DAILY_CODE or named is errors.DailyQuotaError:
        return True
    if any("perday" in name for name in report.names):
        return True
    if _SOONER.search(report.text):
        return False
    return any(map(_says_day_is_over, _SENTENCE_END.split(report.text)))


def _says_day_is_over(sentence: str) -> bool:
    if not _COUNTED.search(sentence):
        return False
    is_mentioned = _DAY.search(sentence) and _USED_UP.search(sentence)
    return bool(_PER_DAY.search(sentence) or is_mentioned)


def _kind_of_403(report: Report, named: Class | None) -> Class:
    """What 403 means: at WeryAI a bad key, at others also a spent quota or flagged content."""
    if named in (errors.InsufficientCreditsError, errors.ContentFilterError):
        return named
    if _SPENT.search(report.text) or _QUOTA.search(report.text):
        is_daily = _DAILY.search(report.text)
        return errors.DailyQuotaError if is_daily else errors.InsufficientCreditsError
    if _FLAGGED.search(report.text):
        return errors.ContentFilterError
    if named is errors.PermissionDeniedError or _NO_PERMISSION.search(report.text):
        return errors.PermissionDeniedError
    if report.kind == "other":
        return errors.APIError  # the page of a firewall in front of the service
    if isinstance(report.code, int) and report.code // 100 == 403:
        return _kind_of_bad_request(report)  # FastChat's codes of wrong parameters
    return errors.AuthenticationError


def _by_name(report: Report) -> Class | None:
    """The class by the names, which may be paths: `policies.ratelimit.QuotaViolation`."""
    ends = (
        part
        for name in report.names
        for part in (name, name.partition(".")[0], name.rpartition(".")[2])
    )
    return next((_BY_NAME[name] for name in ends if name in _BY_NAME), None)


def _by_text(report: Report, *, is_bad_request: bool = False) -> Class | None:
    """The class by words and codes; where a request is wrong, its names and values are no words."""
    text = report.text
    if is_bad_request:
        is_quoted = _ABOUT_PARAMETER.match(text)
        text = (_QUOTED if is_quoted else _NAMES).sub("", _NAMES.sub("", text))
    for words, codes, error_class in _BY_TEXT:
        if report.code in codes or (words and words.search(text)):
            return error_class
    return None


def _by_code(report: Report) -> Class | None:
    """The class by 1001 and 1002, which mean two things, and by the codes of a failed service."""
    if report.code == 1001:
        # Seen live with rate limits only; one of the two tables has it as a parameter error.
        is_temporary = _TEMPORARY.search(report.text)
        refusals = (_BOUND, _TOO_MANY_MESSAGES, _TOO_LONG) if not is_temporary else ()
        is_refused = any(words.search(report.text) for words in (_PARAMETER, *refusals))
        is_refused = is_refused or (_is_named_bad(report) and not is_temporary)
        return errors.InvalidRequestError if is_refused else errors.RateLimitError
    if report.code == 1002:
        # "Authentication failed" in one table, "parameter error" in the other: never retried.
        return errors.InvalidRequestError
    return errors.ServerError if report.code in _SERVER_CODES else None


def _is_bad_request(status: int, report: Report) -> bool:
    is_numbered = status in (400, 422) or report.code in (400, 422, 1001, 1002, 2004)
    return is_numbered or _is_named_bad(report)


def _is_named_bad(report: Report) -> bool:
    """Whether a name, such as OpenAI's `error.type`, says that the request is wrong."""
    names = ("invalid_request_error", "invalid_argument", "bad_request", "badrequesterror")
    return any(name in report.names for name in names)


def _kind_of_bad_request(report: Report) -> Class:
    # First: such a text often ends in "reduce the length of the messages".
    if _TOO_LONG.search(report.text) or report.code in _TOO_LONG_CODES:
        return errors.ContextOverflowError
    if _TOO_MANY_MESSAGES.search(report.text):
        return errors.MessageCountError
    return errors.InvalidRequestError


def _tells_something(report: Report) -> bool:
    """Whether a text says more than that all is well, or that work goes on."""
    words = (word.strip(" .!").lower() for word in report.text.split(";"))
    return any(word not in _NO_FAILURES for word in words)
