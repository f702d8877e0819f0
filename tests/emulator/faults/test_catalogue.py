"""The catalogue: which faults there are, and which parameters they take."""

import re

import pytest

from weryai_emulator import faults
from weryai_emulator.faults.catalogue import make_fault
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedWire


def test_every_fault_has_a_sentence_and_parameters_with_defaults():
    for name, kind in faults.CATALOGUE.items():
        assert kind.description.endswith("."), name
        assert all(
            isinstance(default, (int, float, str, bool, type(None)))
            for default in kind.parameters.values()
        ), name


def test_the_temporary_faults_are_in_the_catalogue():
    assert set(faults.TEMPORARY) <= set(faults.CATALOGUE)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("lightning", {}, "Unknown fault 'lightning'. Pass one of http_error, rate_limit,"),
        ("cut", {"behind": 1}, "`cut` has no parameter 'behind'. Its parameters: after, reset."),
        ("drop", {"after": 1}, "`drop` has no parameter 'after'. Its parameters: none."),
        ("cut", {"after": "2"}, "`after` is '2'. Pass a whole number from 0 to"),
        ("cut", {"after": 2.5}, "`after` is 2.5. Pass a whole number"),
        ("cut", {"after": True}, "`after` is True. Pass a whole number"),
        ("cut", {"reset": 1}, "`reset` is 1. Pass true or false."),
        ("drip", {"pause": -1}, "`pause` is -1. Pass a number from 0 to"),
        ("drip", {"pause": float("nan")}, "`pause` is nan. Pass a number from 0 to"),
        ("rate_limit", {"retry_after": []}, "Pass a number from 0 to 1000000000 or null."),
        ("error_object", {"code": None}, "Pass text or a whole number."),
        ("http_error", {"status": 99}, "`status` is 99. Pass a whole number from 200 to 599."),
        ("http_error", {"body": "xml"}, "`body` is 'xml'. Pass one of 'envelope',"),
        ("error_object", {"form": "song"}, "`form` is 'song'. Pass one of 'error', 'text',"),
        ("redirect", {"status": 200}, "`status` is 200. Pass a whole number from 300 to 399."),
        (
            "no_choices",
            {"field": "odd"},
            "`field` is 'odd'. Pass one of 'empty', 'null', 'missing'.",
        ),
        ("odd_json", {"kind": "xml"}, "`kind` is 'xml'. Pass one of 'nan',"),
        ("keep_alives", {"kind": "song"}, "`kind` is 'song'. Pass one of 'comments',"),
        ("huge_error", {"status": 0}, "`status` is 0. Pass a whole number from 200 to 599."),
        ("redirect", {"location": "a\r\nb"}, "The header `location` is 'a\\r\\nb'. Pass"),
        ("wrong_type", {"content_type": "a\nb"}, "The header `content-type` is 'a\\nb'. Pass"),
        ("plain_text", {"text": "\ud800"}, "Pass text without half a surrogate pair."),
        (
            "random_bytes",
            {"size": 10**10},
            "`size` is 10000000000. Pass a whole number from 0 to 6",
        ),
        ("drop", 3, "`drop` is 3. Pass an object."),
    ],
    ids=str,
)
def test_a_wrong_name_or_parameter_is_refused(name, parameters, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make_fault(name, parameters)


@pytest.mark.parametrize("times", [0, -1, True, 1.5])
def test_a_fault_answers_at_least_one_request(weryai_emulator, times):
    with pytest.raises(ValueError, match="`times` is"):
        weryai_emulator.fail("drop", times=times)


@pytest.mark.parametrize("number", [0, 99])
def test_more_pieces_than_the_text_has_are_all_of_them(number):
    for name, kind in faults.CATALOGUE.items():
        if "after" in kind.parameters:
            make_fault(name, {"after": number})


@pytest.mark.parametrize(
    ("seconds", "header"), [(2, "2"), (0.5, "0.5"), (1_234_567, "1234567")], ids=str
)
def test_a_wait_is_written_in_digits(seconds, header):
    scripted = make_fault("rate_limit", {"retry_after": seconds}).answer(ChatRequest.from_body({}))
    assert scripted.headers == {"retry-after": header}


def test_a_huge_answer_is_made_in_small_parts():
    for name in ("huge_event", "huge_error", "gzip_bomb", "blank_start", "many_chunks"):
        scripted = make_fault(name).answer(ChatRequest.from_body({"stream": True}))
        assert isinstance(scripted, ScriptedWire)
        assert max(len(part) for part in scripted.parts if isinstance(part, bytes)) < 100_000, name
