"""The probes of messages and roles."""

from itertools import pairwise

import pytest
from probe_replies import REFUSED, answering, saying

from weryai_core.doctor.probes.conversations import LONG

NO = "refused: HTTP 400, code 1002: no; Parameter error"
YES = answering("Yes")


@pytest.mark.parametrize(
    ("probe", "replies", "verdict", "seen"),
    [
        ("messages", [YES, REFUSED], "holds", f"50 are taken; 51 are {NO}"),
        ("messages", [YES, YES], "differs", "51 messages are taken, too"),
        ("messages", [REFUSED, REFUSED], "differs", f"50 messages: {NO}"),
        ("messages", [YES, saying({"result": 1})], "differs", "not readable: HTTP 200"),
        ("developer", [YES], "holds", "taken"),
        ("developer", [REFUSED], "differs", NO),
        ("two-users", [REFUSED], "differs", NO),
        ("long-conversation", [answering("7:42")], "holds", "the answer knows what the first"),
        ("long-conversation", [REFUSED], "differs", NO),
        ("unpaired", [REFUSED, YES], "differs", "a result without a call is taken"),
        (
            "unpaired",
            [YES, YES],
            "differs",
            "a call without a result and a result without a call are taken",
        ),
    ],
)
def test_conversations_are_judged_by_what_is_taken(find, probe, replies, verdict, seen):
    finding = find(probe, *replies)
    assert finding.verdict == verdict
    assert seen in finding.seen


def test_the_numbers_of_messages_are_those_of_the_limit(find, service):
    find("messages", YES, REFUSED)
    sent = [received.json["messages"] for received in service.requests]
    assert [len(messages) for messages in sent] == [50, 51]
    for messages in sent:
        roles = [message["role"] for message in messages]
        assert roles[-1] == "user"
        assert all(one != other for one, other in pairwise(roles))


def test_the_long_conversation_is_folded(find, service):
    find("long-conversation", YES)
    [received] = service.requests
    assert len(LONG.parameters["messages"]) == 61
    assert len(received.json["messages"]) <= 50
    assert "7:42" in received.body.decode()


def test_without_tools_nothing_is_known_about_pairs(find):
    finding = find("unpaired", REFUSED, REFUSED, control=REFUSED)
    assert finding.verdict == "unknown"
    assert finding.seen.startswith("refused, and so is `call-and-result` (")
