"""The probes of tools."""

import json

import pytest
from probe_replies import FORBIDDEN, REFUSED, answering, calling, delta, saying, streaming

NO = "refused: HTTP 400, code 1002: no; Parameter error"
PROMPTED = '`tool_calling="prompted"`'
ROME, OSLO = {"city": "Rome"}, {"city": "Oslo"}
CALL = calling(ROME)
TEXT = answering("It is warm.")
IN_TEXT = answering(
    '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>'
)


def fragment(**function):
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    return delta({"tool_calls": [call]})


@pytest.mark.parametrize(
    ("probe", "replies", "verdict", "seen", "setting"),
    [
        ("tools", [CALL], "holds", "called; the call has `id`, `type`, `function`", ""),
        ("tools", [TEXT], "differs", "the tools are taken, and not called", PROMPTED),
        ("tools", [REFUSED], "differs", NO, PROMPTED),
        ("tools", [FORBIDDEN], "unknown", "the key may not do that", ""),
        ("forced-tool", [CALL], "holds", "called", ""),
        ("forced-tool", [TEXT], "differs", "taken, and the answer has no call", PROMPTED),
        ("forced-tool", [REFUSED], "differs", NO, "nothing: the client falls back"),
        ("prompted-tools", [IN_TEXT], "holds", "a call in the text, which is read", ""),
        ("prompted-tools", [TEXT], "differs", "no call in the text", "another `model`"),
        ("prompted-tools", [REFUSED], "differs", NO, "another `model`"),
        ("odd-tools", [REFUSED], "differs", NO, ""),
        ("odd-tools", [TEXT], "unknown", "the tools are taken, and not called", ""),
    ],
)
def test_tools_are_judged_by_the_calls(find, probe, replies, verdict, seen, setting):
    finding = find(probe, *replies)
    assert finding.verdict == verdict
    assert seen in finding.seen
    assert finding.setting.startswith(setting)
    assert bool(finding.setting) is bool(setting)


def test_forcing_a_call_sends_one_request_only(find, service):
    find("forced-tool", REFUSED)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("both", "single", "verdict", "seen", "setting"),
    [
        (calling(ROME, OSLO), CALL, "holds", "2 calls in one answer; with", ""),
        (CALL, CALL, "unknown", "1 calls in one answer; with `parallel_tool_calls=False` 1", ""),
        (calling(ROME, OSLO), TEXT, "unknown", "with `parallel_tool_calls=False` 0", ""),
        (TEXT, TEXT, "differs", "the tools are taken, and not called", PROMPTED),
        (REFUSED, CALL, "differs", NO, PROMPTED),
        (calling(ROME, OSLO), REFUSED, "differs", NO, "leave out `parallel_tool_calls`"),
        (
            calling(ROME, OSLO),
            calling(ROME, OSLO),
            "differs",
            "2 calls in one answer; with `parallel_tool_calls=False` 2",
            "leave out `parallel_tool_calls`",
        ),
    ],
)
def test_parallel_calls_are_counted(find, both, single, verdict, seen, setting):
    finding = find("parallel-tools", both, single)
    assert (finding.verdict, finding.setting) == (verdict, setting)
    assert seen in finding.seen


@pytest.mark.parametrize(
    ("reply", "verdict", "seen"),
    [
        (
            streaming(
                fragment(name="get_weather", arguments='{"ci'),
                delta({"tool_calls": [{"index": 0, "function": {"arguments": 'ty": "Rome"}'}}]}),
                delta({}, "tool_calls"),
            ),
            "holds",
            "a call whose arguments are whole",
        ),
        (
            streaming(fragment(name="get_weather", arguments="{}"), delta({}, "tool_calls")),
            "differs",
            "a call whose arguments lack something",
        ),
        (streaming(delta({"content": "x"}, "stop")), "differs", "not called"),
        (REFUSED, "differs", NO),
    ],
)
def test_streamed_calls_are_put_together(find, reply, verdict, seen):
    finding = find("tool-stream", reply)
    assert finding.verdict == verdict
    assert seen in finding.seen


@pytest.mark.parametrize(
    ("replies", "verdict", "seen"),
    [
        ([CALL, TEXT], "holds", "a call and its result go back, and are answered"),
        ([CALL, REFUSED], "differs", NO),
        ([TEXT], "unknown", "no tool was called, so there is no result"),
    ],
)
def test_a_result_goes_back_to_the_models_own_call(find, service, replies, verdict, seen):
    finding = find("tool-result", *replies)
    assert (finding.verdict, finding.seen) == (verdict, seen)
    assert len(service.requests) == len(replies)
    if len(replies) == 2:
        messages = service.requests[1].json["messages"]
        assert [message["role"] for message in messages] == ["user", "assistant", "tool"]
        assert messages[1]["tool_calls"][0]["id"] == messages[2]["tool_call_id"]


@pytest.mark.parametrize(
    ("replies", "verdict", "seen"),
    [
        (
            [calling(ROME, extra_content={"google": {"thought_signature": "c2ln"}}), TEXT],
            "holds",
            "GEMINI_3_1_FLASH_LITE: signed in `extra_content`; its call is taken back",
        ),
        ([CALL, TEXT], "unknown", "no signature; its call is taken back"),
        ([CALL, REFUSED], "differs", NO),
        ([TEXT], "unknown", "GEMINI_3_1_FLASH_LITE called no tool"),
        ([REFUSED], "differs", NO),
    ],
)
def test_signatures_are_looked_for_and_sent_back(find, service, replies, verdict, seen):
    finding = find("signatures", *replies)
    assert finding.verdict == verdict
    assert seen in finding.seen
    if verdict == "holds":
        [call] = service.requests[1].json["messages"][1]["tool_calls"]
        assert call["extra_content"] == {"google": {"thought_signature": "c2ln"}}


def test_odd_tools_are_sent_in_a_form_that_vendors_take(find, service):
    find("odd-tools", TEXT)
    [tool] = service.requests[0].json["tools"]
    assert set(tool["function"]["name"]) <= set("abcdefghijklmnopqrstuvwxyz_0123456789-")
    assert "$schema" not in json.dumps(tool)
    assert tool["function"]["parameters"]["type"] == "object"


def test_a_question_without_the_answers_it_needs_is_not_sent(find, service):
    finding = find("tool-result", saying({"result": 1}))
    assert (finding.verdict, finding.seen) == ("differs", "not readable: HTTP 200")
    assert len(service.requests) == 1
