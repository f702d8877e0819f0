"""Conversations of more than 50 messages."""

import warnings

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


def test_the_oldest_turns_are_sent_in_words_with_one_warning(llm, ask, chat_method, sent):
    with pytest.warns(UserWarning, match="The conversation has 62 messages, and WeryAI takes at"):
        ask(llm, chat_method, LONG)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ask(llm, chat_method, LONG)
        ask(llm.model_copy(update={"temperature": 0}), chat_method, LONG)
    assert len(sent()) == 39
    assert sent()[0] == {"role": "system", "content": "Be brief."}
    assert "\nuser 0\n" in sent()[1]["content"]
    assert "\nassistant 11\n" in sent()[1]["content"]
    assert sent()[2] == {"role": "user", "content": "user 12"}
    assert sent()[-1] == {"role": "user", "content": "And now?"}


def test_who_chooses_to_fold_is_not_warned(make_llm, ask, chat_method, sent):
    ask(make_llm(message_overflow="fold"), chat_method, LONG)
    assert len(sent()) == 39
    ask(make_llm(message_overflow="error"), chat_method, LONG, message_overflow="fold")
    assert len(sent()) == 39


def test_more_than_50_messages_are_an_error_that_names_the_options_if_so_chosen(
    make_llm, ask, chat_method, weryai_emulator
):
    with pytest.raises(MessageCountError, match=r'message_overflow="fold" .* "merge" .* "trim"'):
        ask(make_llm(message_overflow="error"), chat_method, LONG)
    assert weryai_emulator.requests == []


def test_trim_drops_the_oldest_turns(make_llm, ask, sent):
    ask(make_llm(message_overflow="trim"), "chat", LONG)
    assert len(sent()) == 50
    assert sent()[0] == {"role": "system", "content": "Be brief."}
    assert sent()[1] == {"role": "user", "content": "user 6"}
    assert sent()[-1] == {"role": "user", "content": "And now?"}


def test_merge_joins_neighbours_of_one_role(llm, ask, sent):
    ask(llm, "chat", NOTES, message_overflow="merge")
    assert [message["role"] for message in sent()] == ["system", "user"]
