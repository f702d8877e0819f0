"""What a JSON value of a reply is: a completion, an error, or neither."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.reply.outcome.completions import find_completion, says_something
from weryai_core.reply.outcome.payload import find_error, is_error_payload, is_harmless, is_plain
from weryai_core.reply.outcome.report import read_report

COMPLETION = {"id": "c", "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
ERROR = {"message": "Provider returned error", "code": 429}

ENVELOPES = {
    "WeryAI's": {"status": 0, "desc": "success", "data": COMPLETION},
    "WeryAI's other": {"status": 200, "msg": "Success", "data": COMPLETION},
    "success": {"success": True, "result": COMPLETION},
    "a cloud function's": {"statusCode": 200, "body": json.dumps(COMPLETION)},
    "two": {"code": "0", "data": {"response": COMPLETION}},
    "a list": [COMPLETION],
    "a list in an envelope": {"success": True, "data": [COMPLETION]},
    "a payload": {"payload": COMPLETION},
    "none": COMPLETION,
    "an odd status": {"status": 1001, "data": COMPLETION},
}


@pytest.mark.parametrize("payload", ENVELOPES.values(), ids=ENVELOPES)
def test_a_completion_is_found_in_an_envelope(payload):
    assert find_completion(payload) == COMPLETION
    assert not is_error_payload(payload)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        7,
        "x",
        [],
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [{}]},
        {"choices": [None, 7]},
        {"data": None},
        {"data": "choices"},
        {"data": [COMPLETION, COMPLETION]},
        {"data": {"data": {"data": {"data": COMPLETION}}}},
    ],
    ids=repr,
)
def test_other_values_hold_no_completion(payload):
    assert find_completion(payload) is None


ERRORS = {
    "next to choices": {**COMPLETION, "error": ERROR},
    "in a choice": {"choices": [{"delta": {}, "error": ERROR}]},
    "in a message": {"choices": [{"message": {"content": "", "error": ERROR}}]},
    "in a delta": {"choices": [{"delta": {"error": ERROR}}]},
    "in an envelope": {"status": 0, "data": {"error": ERROR}},
    "in a list": [{"error": ERROR}],
    "Groq's": {"choices": [{"delta": {}}], "x_groq": {"id": "r", "error": ERROR}},
    "in a body of text": {"statusCode": 200, "body": json.dumps({"error": ERROR})},
}


@pytest.mark.parametrize("payload", ERRORS.values(), ids=ERRORS)
def test_an_error_is_found_wherever_it_is(payload):
    assert find_error(payload) == ERROR
    assert is_error_payload(payload)


NAMED_OTHERWISE = {
    "errors": {"errors": ["boom"]},
    "a code and a text": {"error_code": 50001, "error_message": "boom"},
    "other letters": {"errorno": 3, "errorMsg": "boom"},
    "a capital": {"Fault": {"faultstring": "boom"}},
    "a type": {"type": "error", "message": "boom"},
    "a state": {"status": "failed", "reason": "boom"},
    "an event": {"type": "response.failed", "message": "boom"},
    "a type of error": {"error_type": "CUDA", "message": "boom"},
    "a flag": {"is_error": True, "message": "boom"},
}


@pytest.mark.parametrize("failure", NAMED_OTHERWISE.values(), ids=NAMED_OTHERWISE)
def test_an_error_has_the_same_names_at_every_level(failure):
    said = {"content": "half"}
    payloads = [
        failure,
        {"data": failure},
        {"choices": [{"delta": said, **failure}]},
        {"choices": [{"message": {**said, **failure}, "finish_reason": "stop"}]},
        {"choices": [{"delta": {**said, **failure}}]},
        {
            "choices": [
                {"delta": {"content": [{"type": "text", "text": "half"}, {**failure, **PART}]}}
            ]
        },
    ]
    for payload in payloads:
        assert is_error_payload(payload)
        assert not is_plain(payload)
        assert "boom" in read_report(200, payload).text
        assert "half" not in read_report(200, payload).text


PART = {"type": "error"}
NO_ERRORS = (
    {"message": {"content": "a", "status": "completed", "type": "message", "error": None}},
    {"message": {"content": "a"}, "error_code": 0, "error_msg": "done well"},
    {"message": {"content": [{"type": "web_search_tool_result_error", "error_code": "x"}]}},
    {"message": {"content": {"type": "error", "message": "what a user asked for"}}},
    {"delta": {"content": "a"}, "status": "in_progress"},
    {"delta": {"content": "a"}, "detail": "high"},
)


@pytest.mark.parametrize("choice", NO_ERRORS, ids=json.dumps)
def test_a_good_choice_holds_no_error(choice):
    assert not is_error_payload({"choices": [choice]})


GOOGLES = {"code": 8, "message": "RESOURCE_EXHAUSTED"}


@pytest.mark.parametrize(
    "payload",
    [
        {"status": GOOGLES},
        {"status": GOOGLES, "choices": [{"delta": {"content": ""}}]},
        {"status": GOOGLES, "choices": [{"delta": {"content": "a"}}]},
        {"Output": {"__type": "com.amazon#InternalFailure"}, "Version": "1.0"},
        {"throttlingException": {"message": "x"}},
        {"Fault": {"faultstring": "x"}},
        {"state": "FAILED", "reason": "x"},
    ],
    ids=json.dumps,
)
def test_errors_of_clouds_are_errors(payload):
    assert is_error_payload(payload)


def test_a_status_object_of_success_is_no_error():
    assert not is_error_payload({"status": {"code": 0, "message": "OK"}, **COMPLETION})


@pytest.mark.parametrize("fields", [{"code": 429}, {"status": 503}, {"success": False}])
def test_an_envelope_that_says_failure_decides_over_its_completion(fields):
    payload = {**fields, "message": "x", "data": COMPLETION}
    assert is_error_payload(payload)
    assert find_completion(payload) == COMPLETION


FAILURES = [
    {"object": "error", "message": "CUDA out of memory"},
    {"type": "error", "message": "x"},
    {"type": "error"},
    {"status": "error"},
    {"status": "FAILED", "choices": []},
    {"status": "failed", "choices": None},
    {"text": "**NETWORK ERROR**", "error_code": 50001},
    {"code": 1007, "msg": "queue full"},
    {"code": "1007", "msg": "queue full"},
    {"code": "InvalidParameter", "message": "x"},
    {"success": False, "message": "x"},
    {"success": "false"},
    {"ok": False},
    {"detail": "Not Found"},
    {"detail": [{"loc": ["body"], "msg": "x"}]},
    {"errors": ["x"]},
    {"error_msg": "x"},
    {"error": True},
    {"error": ["x"]},
    {"exception": "ValueError: x"},
    {"statusCode": 500, "status_code": 500},
]


@pytest.mark.parametrize("payload", FAILURES, ids=json.dumps)
def test_an_object_without_choices_that_reports_a_failure_is_an_error(payload):
    assert is_error_payload(payload)
    assert is_error_payload({"status": 0, "data": payload})


@pytest.mark.parametrize("error", [None, "", {}, [], 0, False, "none", {"code": 0}, {"code": ""}])
def test_an_empty_error_is_none(error):
    assert find_error({"error": error, **COMPLETION}) is None
    assert not is_error_payload({"error": error, **COMPLETION})


@pytest.mark.parametrize(
    "fields",
    [
        {"error_msg": "Success."},
        {"errmsg": "OK!"},
        {"error_message": "No error."},
        {"errorMsg": "成功。"},
        {"error_detail": "-"},
        {"biz_code": 10000, "biz_msg": "success"},
    ],
    ids=json.dumps,
)
def test_words_of_success_in_a_field_of_errors_are_no_error(fields):
    assert not is_error_payload({**COMPLETION, **fields})
    assert is_error_payload({**COMPLETION, **dict.fromkeys(fields, "GPU lost")})


NO_FAILURES = [
    {"status": "completed"},
    {"status": "in_progress"},
    {"success": True},
    {"code": 1, "message": "ok"},
    {"code": "SUCCESS", "msg": "x"},
    {"code": 0},
    {"detail": None, "errors": []},
    {"message": "x"},
    {"type": "ping"},
]


@pytest.mark.parametrize("payload", NO_FAILURES, ids=json.dumps)
def test_other_objects_are_no_errors(payload):
    assert not is_error_payload(payload)


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "ping"},
        {"type": "keepalive", "message": "x"},
        {"object": "heartbeat"},
        {"choices": [], "usage": {"prompt_tokens": 1}},
        {"usage": {"prompt_tokens": 1}},
        {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []},
        {"citations": ["https://a.example"]},
        {"x_groq": {"id": "r"}},
        {"status": 0},
        {"status": "completed"},
        {"status": 200, "msg": "Success"},
    ],
    ids=json.dumps,
)
def test_keep_alives_usage_and_sources_are_harmless(payload):
    assert is_harmless(payload)


@pytest.mark.parametrize(
    "payload",
    [
        {"message": "CUDA out of memory"},
        {"choices": None, "message": "x"},
        {"text": "x"},
        {"status": "odd"},
        {"notice": {"level": "fatal"}},
    ],
    ids=json.dumps,
)
def test_unknown_objects_are_not_harmless(payload):
    assert not is_harmless(payload)


# Names of fields that say something, next to choices, in them or in their deltas.
NAMES = (
    *("error", "err", "message", "delta", "text", "content", "object", "type", "event", "status"),
    *("status_code", "code", "success", "ok", "error_code", "detail", "errors", "base_resp"),
    *("header", "x_groq", "data", "choices"),
)


def chunks_of(values):
    """Chunks with a few fields of any value, next to their choices, in them and in their deltas."""
    fields = st.dictionaries(st.sampled_from(NAMES), values, max_size=2)
    entries = st.builds(lambda delta, more: {"delta": delta, **more}, fields, fields)
    return st.builds(
        lambda choices, more: {"choices": choices, **more}, st.lists(entries, max_size=2), fields
    )


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["error", "failed", "ok", 200, 500]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "choices", "data", "status", "code", "message", "detail"]),
            inner,
            max_size=4,
        )
        | chunks_of(inner)
    ),
    max_leaves=12,
)


@given(json_values | chunks_of(json_values))
def test_any_value_can_be_judged(payload):
    assert is_error_payload(payload) in (True, False)
    assert find_error(payload) is None or is_error_payload(payload)
    completion = find_completion(payload)
    if is_plain(payload):
        assert completion is payload
        assert says_something(payload)
        assert not is_error_payload(payload)
    assert completion is None or completion["choices"]
    if isinstance(payload, dict):
        assert is_harmless(payload) in (True, False)


@pytest.mark.parametrize("value", ["error", 500, False, {"message": "x", "code": 500}], ids=repr)
def test_a_chunk_with_a_field_that_makes_it_an_error_is_not_plain(value):
    delta, names = {"content": ""}, (*NAMES, "errorMsg", "Fault", "err_no", "state", "isError")
    chunk = {"id": "1", "choices": [{"delta": delta}]}
    assert is_plain(chunk)
    assert not is_error_payload(chunk)
    changed = [{**chunk, name: value} for name in names]
    changed += [{**chunk, "choices": [{"delta": delta, name: value}]} for name in names]
    changed += [{**chunk, "choices": [{"delta": {**delta, name: value}}]} for name in names]
    errors = [one for one in changed if is_error_payload(one)]
    assert errors
    assert not any(map(is_plain, errors))
