"""Conversations of more than 50 messages."""

import warnings

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from weryai_core import MessageCountError

SYSTEM = SystemMessage("Be brief.")
TALK = [turn for n in range(30) for turn in (HumanMessage(f"q{n}"), AIMessage(f"a{n}"))]
LONG = [SYSTEM, *TALK, HumanMessage("And now?")]
NOTES = [SYSTEM, *(HumanMessage(f"note {n}") for n in range(60))]


@pytest.mark.every_style
async def test_the_oldest_turns_are_sent_in_words_with_one_warning(model, call, sent):
    with pytest.warns(UserWarning, match="The conversation has 62 messages, and WeryAI takes at"):
        await call(model, LONG)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await call(model, LONG)
        await call(model.bind(temperature=0), [*LONG, AIMessage("Yes."), HumanMessage("And?")])
        await call(model.model_copy(update={"temperature": 0}), LONG)
    messages = sent()["messages"]
    assert messages[0] == {"role": "system", "content": "Be brief."}
    assert "\nq0\n" in messages[1]["content"]
    assert "\na11\n" in messages[1]["content"]
    assert messages[2] == {"role": "user", "content": "q12"}
    assert messages[-1] == {"role": "user", "content": "And now?"}
    assert len(messages) == 39


async def test_who_chooses_to_fold_is_not_warned(make_model, call, sent):
    await call(make_model(message_overflow="fold"), LONG)
    assert len(sent()["messages"]) == 39
    await call(make_model(message_overflow="error"), LONG, message_overflow="fold")
    assert len(sent()["messages"]) == 39


async def test_they_are_refused_with_advice_if_so_chosen(make_model, call, weryai_emulator):
    with pytest.raises(MessageCountError, match=r'message_overflow="fold" .* "merge" .* "trim"'):
        await call(make_model(message_overflow="error"), LONG)
    assert weryai_emulator.requests == []


def test_trim_drops_the_oldest_turns(make_model, sent):
    make_model(message_overflow="trim").invoke(LONG)
    messages = sent()["messages"]
    assert len(messages) == 50
    assert messages[0] == {"role": "system", "content": "Be brief."}
    assert messages[1] == {"role": "user", "content": "q6"}
    assert messages[-1] == {"role": "user", "content": "And now?"}
    assert "message_overflow" not in sent()


def test_merge_joins_neighbours(make_model, sent):
    make_model(message_overflow="merge").invoke(NOTES)
    assert [message["role"] for message in sent()["messages"]] == ["system", "user"]
    assert sent()["messages"][1]["content"] == "\n\n".join(f"note {n}" for n in range(60))


@pytest.mark.parametrize("style", ["invoke", "astream"])
async def test_a_call_can_override_the_policy(make_model, call, sent):
    await call(make_model(message_overflow="error"), LONG, message_overflow="trim")
    assert len(sent()["messages"]) == 50
    with pytest.raises(MessageCountError):
        await call(make_model(message_overflow="trim"), LONG, message_overflow="error")


def test_an_agent_continues_beyond_the_limit(make_model, weryai_emulator):
    def look_up(number: int) -> str:
        """Look a number up."""
        return f"{number} it is."

    for number in range(30):
        function = {"name": "look_up", "arguments": f'{{"number": {number}}}'}
        called = {"id": f"call_{number}", "type": "function", "function": function}
        weryai_emulator.reply({"content": None, "tool_calls": [called]})
    weryai_emulator.reply("Done.")
    agent = create_agent(make_model(message_overflow="trim"), [look_up])
    result = agent.invoke({"messages": "Look up 30 numbers."}, {"recursion_limit": 100})
    assert result["messages"][-1].text == "Done."
    assert len(result["messages"]) == 62
    messages = weryai_emulator.last_request.json["messages"]
    assert messages[0] == {"role": "user", "content": "Look up 30 numbers."}
    assert len(messages) == 49
    assert messages[1]["tool_calls"][0]["id"] == messages[2]["tool_call_id"] == "call_6"
