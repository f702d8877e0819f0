"""Chats of 60 turns: beyond 50 messages the oldest turns are put into words, for a real model."""

from __future__ import annotations

from langchain_core.messages import HumanMessage
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.memory import ChatMemoryBuffer

TURNS = 60
MODELS_TURN = 30  # Each 30th answer is the model's, which takes seconds to read a long chat.


def test_chats_of_sixty_turns_keep_every_turn(make_chat, make_llm, emulator):
    """Both frameworks ask in turn: the server knows the second one's prompt from the first one."""

    def prepare(number):
        if number % MODELS_TURN:
            emulator.reply("Yes.")

    settings = {"temperature": 0, "max_tokens": 2, "message_overflow": "fold"}
    chat, llm = make_chat(**settings), make_llm(**settings)
    memory = ChatMemoryBuffer.from_defaults(token_limit=100_000)
    engine = SimpleChatEngine.from_defaults(llm=llm, memory=memory)
    history = []
    for number in range(1, TURNS + 1):
        question = f"No. {number}."
        history.append(HumanMessage(question))
        prepare(number)
        history.append(chat.invoke(history))
        prepare(number)
        answer = engine.chat(question)
        assert history[-1].text
        assert str(answer)
    sent = [request.json["messages"] for request in emulator.requests]
    assert len(sent) == 2 * TURNS
    assert max(map(len, sent)) <= 50
    for messages in sent[-2:]:
        text = "\n".join(message["content"] for message in messages)
        assert [number for number in range(1, TURNS + 1) if f"No. {number}." not in text] == []
