"""Follow-up questions that a chat engine wants rewritten."""

from __future__ import annotations

import pytest

from weryai_emulator.answers.follow_ups import Turn, resolve

LINE = "Who opened the Bergen Line?"
PLUS_CONTEXT = (
    "\n  Given the following conversation between a user and an AI assistant and a follow up "
    "question from user,\n  rephrase the follow up question to be a standalone question.\n\n"
    "  Chat History:\n  {history}\n  Follow Up Input: {question}\n  Standalone question:"
)
CONDENSE = (
    "Given a conversation (between Human and Assistant) and a follow up message from Human, "
    "rewrite the message to be a standalone question that captures all relevant context from the "
    "conversation.\n\n<Chat History>\n{history}\n\n<Follow Up Message>\n{question}\n\n"
    "<Standalone question>\n"
)
HISTORY = "user: Who opened the Bergen Line?\nassistant: King Haakon.\n{'model': 'GPT_4O'}"


@pytest.mark.parametrize("template", [PLUS_CONTEXT, CONDENSE], ids=["plus context", "condense"])
@pytest.mark.parametrize(
    ("history", "question", "standalone"),
    [
        (HISTORY, "When was it opened?", "When was the Bergen Line opened?"),
        (HISTORY, "Is breakfast served?", "Is breakfast served?"),
        ("user: Hi", "Where is it?", "Where is it?"),
        ("", "Where is it?", "Where is it?"),
    ],
)
def test_a_chat_engine_gets_the_question_rewritten(say, template, history, question, standalone):
    assert say(template.format(history=history, question=question)) == standalone


def test_langchain_gets_the_question_of_the_user_rewritten(say):
    system = (
        "Given a chat history and the latest user question which might reference context in the "
        "chat history, formulate a standalone question which can be understood without the chat "
        "history. Do NOT answer the question, just reformulate it if needed and otherwise return "
        "it as is."
    )
    messages = [
        {"role": "system", "content": system},
        {"role": "user", "content": LINE},
        {"role": "assistant", "content": "King Haakon."},
        {"role": "user", "content": "When was it opened?"},
    ]
    assert say(messages) == "When was the Bergen Line opened?"


@pytest.mark.parametrize(
    ("question", "said", "resolved"),
    [
        ("What is its length?", [LINE], "What is the Bergen Line's length?"),
        ("How long is it?", [LINE, "When was it opened?"], "How long is the Bergen Line?"),
        ("How fast is it?", ["When does the train leave?"], "How fast is the train?"),
        ("What does it cost?", ["When is breakfast served?"], "What does breakfast cost?"),
        ("How is it?", [], "How is it?"),
        ("Where are they?", ["Tell me about Oslo.", "And Rome?"], "Where are Rome?"),
        ("Is Rome big?", [LINE], "Is Rome big?"),
    ],
)
def test_a_pronoun_becomes_what_the_user_spoke_of(question, said, resolved):
    assert resolve(question, [Turn(text, is_users=True) for text in said]) == resolved


def test_a_person_may_be_the_answer_to_the_last_question():
    said = [Turn(LINE, is_users=True), Turn("King Haakon opened it.", is_users=False)]
    assert resolve("When was he born?", said) == "When was King Haakon born?"
    assert resolve("What was his name?", said) == "What was King Haakon's name?"
    assert resolve("How long is it?", said) == "How long is the Bergen Line?"
