"""Conversations of more than 50 messages."""

import pytest
from llama_index.core.base.llms.types import ChatMessage

from weryai_core import MessageCountError

SYSTEM = ChatMessage(role="system", content="Be brief.")
TALK = [
    ChatMessage(role=role, content=f"{role} {n}")
    for n in range(30)
    for role in ("user", "assistant")
]
LONG = [SYSTEM, *TALK, ChatMessage("And now?")]
NOTES = [SYSTEM, *(ChatMessage(f"note {n}") for n in range(60))]


@pytest.fixture
def sent(weryai_emulator):
    return lambda: weryai_emulator.last_request.json["messages"]


def test_they_are_refused_by_default_with_what_to_do(llm, ask, chat_method, weryai_emulator):
    with pytest.raises(MessageCountError, match=r'message_overflow="merge" .* "trim"'):
        ask(llm, chat_method, LONG)
    assert weryai_emulator.requests == []


def test_the_oldest_turns_are_dropped_on_demand(make_llm, ask, chat_method, sent):
    ask(make_llm(message_overflow="trim"), chat_method, LONG)
    assert len(sent()) == 50
    assert sent()[0] == {"role": "system", "content": "Be brief."}
    assert sent()[1] == {"role": "user", "content": "user 6"}
    assert sent()[-1] == {"role": "user", "content": "And now?"}


def test_neighbours_are_joined_on_demand(llm, ask, chat_method, sent):
    ask(llm, chat_method, NOTES, message_overflow="merge")
    assert [message["role"] for message in sent()] == ["system", "user"]
