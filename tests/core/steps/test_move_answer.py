"""JSON in the text of an answer whose call was required becomes that call, and vice versa."""

import json
from dataclasses import replace

import pytest
from replies import decode_stream, decode_whole, to_stream

from weryai_core import StructuredOutputError, ToolCallError, merge_chunks
from weryai_core.reply_options import ReplyOptions

SONG = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "seconds": {"type": "integer"}},
    "required": ["title"],
}
BOOK = {"type": "object", "properties": {"title": {"type": "string"}, "pages": {}}}
ONE = ReplyOptions(
    tools={"Song_pop_": SONG, "look": BOOK},
    tool_names={"Song_pop_": "Song[pop]"},
    answer_tools=["Song[pop]"],
    checks_arguments=True,
    requires_call=True,
)
TWO = ReplyOptions(
    tools={"Song": SONG, "Book": BOOK}, answer_tools=["Song", "Book"], requires_call=True
)
ABBA = '{"title": "SOS", "seconds": 203}'


def read(message, options=ONE):
    """The answer in a whole reply; streams must come to the same answer or error."""
    choice = {"index": 0, "finish_reason": "stop"}
    whole = outcome_of(lambda: decode_whole({"choices": [{**choice, "message": message}]}, options))
    for size in (1, 5, 100):
        text = message.get("content") or ""
        pieces = [{"content": text[at : at + size]} for at in range(0, len(text), size)]
        rest = {name: value for name, value in message.items() if name != "content"}
        events = [{"choices": [{"index": 0, "delta": delta}]} for delta in [*pieces, rest]]
        body = to_stream(*events, {"choices": [{**choice, "delta": {}}]})
        streamed = outcome_of(lambda body=body: merge_chunks(decode_stream(body, options)))
        assert shown(streamed) == shown(whole)
    if isinstance(whole, ValueError):
        raise whole
    return whole.choice


def outcome_of(decode):
    try:
        return decode()
    except (ToolCallError, StructuredOutputError) as error:
        return error


def shown(outcome):
    if isinstance(outcome, ValueError):
        return str(outcome)
    choice = outcome.choice
    calls = [(call.name, call.arguments) for call in choice.tool_calls]
    return choice.text, calls, choice.finish_reason


def calls_of(choice):
    assert choice.text == ""
    assert choice.finish_reason == "tool_calls"
    [call] = choice.tool_calls
    assert call.id.startswith("call_")
    return call.name, json.loads(call.arguments)


@pytest.mark.parametrize(
    "text",
    [
        ABBA,
        f"Here:\n```json\n{ABBA}\n```",
        f'{{"Song": {ABBA}}}',
        "{'title': 'SOS', seconds: 203,}",
    ],
)
def test_json_with_the_fields_of_the_tool_is_its_call(text):
    assert calls_of(read({"content": text})) == ("Song[pop]", {"title": "SOS", "seconds": 203})


@pytest.mark.parametrize(
    "text", [f"<tool_call>{ABBA}</tool_call>", f'{{"Song": {ABBA}}}\n</tool_call>']
)
def test_the_tokens_of_a_call_may_stand_around_the_answer(text):
    assert calls_of(read({"content": text}))[1] == {"title": "SOS", "seconds": 203}
    assert json.loads(read({"content": text}, WITH_TOOLS).text) == json.loads(ABBA)


@pytest.mark.parametrize("options", ["ONE", "WITH_TOOLS"])
def test_arguments_that_another_tool_takes_may_be_its_call(options):
    with pytest.raises(ToolCallError, match="cannot be read"):
        read({"content": '<tool_call>{"title": "It"}</tool_call>'}, globals()[options])


def test_the_fields_tell_the_tools_apart():
    assert calls_of(read({"content": ABBA}, TWO))[0] == "Song"
    assert calls_of(read({"content": '{"title": "It", "pages": 9}'}, TWO))[0] == "Book"
    with pytest.raises(ToolCallError, match="the answer has none"):
        read({"content": '{"title": "It"}'}, TWO)


@pytest.mark.parametrize("text", ["SOS", "{}", '{"error": "x"}', "[1]", '{"title": "SO', "a {} b"])
def test_other_text_is_not_a_call(text):
    with pytest.raises(ToolCallError, match="the answer has none"):
        read({"content": text})


def test_text_next_to_a_call_or_a_refusal_stays_text():
    call = {"index": 0, "id": "a", "function": {"name": "look", "arguments": "{}"}}
    choice = read({"content": ABBA, "tool_calls": [call]})
    assert (choice.text, [call.name for call in choice.tool_calls]) == (ABBA, ["look"])
    choice = read({"content": ABBA, "refusal": "No."})
    assert (choice.text, choice.refusal, choice.tool_calls) == (ABBA, "No.", ())


def test_text_is_not_a_call_where_none_is_required():
    options = ReplyOptions(tools={"Song": SONG}, answer_tools=["Song"])
    assert read({"content": ABBA}, options).text == ABBA


def called(*calls, text=None):
    entries = [
        {"index": number, "id": str(number), "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(calls)
    ]
    return {"content": text, "tool_calls": entries}


FORMAT = ReplyOptions(
    expects_json=True, answer_schema={"title": "Song", **SONG}, checks_answer=True
)
WITH_TOOLS = replace(FORMAT, tools={"look": BOOK}, checks_arguments=True)


@pytest.mark.parametrize("name", ["Song", "song"])
@pytest.mark.parametrize("options", [FORMAT, WITH_TOOLS], ids=["alone", "with tools"])
def test_a_call_of_the_schema_is_the_text_that_was_requested(name, options):
    for message in (called((name, ABBA)), called((name, ABBA), (name, ABBA), text="Sure: ")):
        choice = read(message, options)
        assert (choice.text, choice.tool_calls, choice.finish_reason) == (ABBA, (), "stop")
    with pytest.raises(StructuredOutputError, match="it is not JSON"):
        read(called((name, '{"title": "SO')), options)


def test_a_call_of_a_tool_is_not_the_text():
    choice = read(called(("look", "{}")), WITH_TOOLS)
    assert (choice.text, [call.name for call in choice.tool_calls]) == ("", ["look"])
    choice = read(called(("lock", "{}")), WITH_TOOLS)
    assert [call.name for call in choice.tool_calls] == ["lock"]
    options = replace(FORMAT, tools={"Song": SONG})
    assert [call.name for call in read(called(("Song", ABBA)), options).tool_calls] == ["Song"]
