"""Structured output: every mode and entrance, the requests, and errors."""

import json
from datetime import date
from enum import Enum
from itertools import pairwise
from typing import Generic, TypeVar

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator
from songs import (
    CATS,
    ENTRANCES,
    JSON,
    PROMPT,
    Song,
    call,
    each_entrance,
    each_mode,
    ignore_json_method,
    predict,
)

from weryai_core import InvalidRequestError, StructuredOutputError, WeryAIError


class Album(BaseModel):
    """An album of songs."""

    name: str
    songs: list[Song]


SYSTEM = {"role": "system", "content": "Be kind."}
USER = {"role": "user", "content": "Write a song about cats."}

pytestmark = ignore_json_method


def answer_of(error):
    """The text of an error's partial answer, or the arguments of its call."""
    choice = error.partial.choice
    return choice.tool_calls[0].arguments if choice.tool_calls else choice.text


@each_mode
@each_entrance
def test_every_mode_and_entrance_returns_the_object(make_llm, say, mode, entrance, weryai_emulator):
    say(JSON)
    assert predict(make_llm(pydantic_program_mode=mode), entrance)[-1] == CATS
    assert len(weryai_emulator.requests) == 1


@each_entrance
def test_the_schema_is_sent_as_a_response_format(llm, entrance, weryai_emulator):
    weryai_emulator.reply(JSON)
    predict(llm, entrance)
    body = weryai_emulator.last_request.json
    assert body["messages"] == [USER]
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "Song", "schema": Song.model_json_schema()},
    }
    assert "tools" not in body


@pytest.mark.parametrize(
    "settings",
    [{"pydantic_program_mode": PydanticProgramMode.FUNCTION}, {"model": "CLAUDE_4_OPUS"}],
    ids=["by mode", "for a model without schemas"],
)
@pytest.mark.parametrize("entrance", ["structured_predict", "astream_structured_predict"])
def test_the_schema_is_sent_as_a_tool(make_llm, entrance, weryai_emulator, settings):
    message = {"content": None, "tool_calls": [call(JSON)]}
    weryai_emulator.reply(message, finish_reason="tool_calls")
    predict(make_llm(**settings), entrance)
    body = weryai_emulator.last_request.json
    assert body["messages"] == [USER]
    assert body["tool_choice"] == "required"
    assert body["parallel_tool_calls"] is False
    [tool] = body["tools"]
    assert tool["function"]["name"] == "Song"
    assert tool["function"]["description"] == "A song with a title."
    assert tool["function"]["parameters"]["required"] == ["title", "seconds"]
    assert "response_format" not in body


@pytest.mark.parametrize(
    "settings",
    [
        {"pydantic_program_mode": PydanticProgramMode.LLM},
        {"model": "CLAUDE_4_OPUS", "is_function_calling_model": False},
    ],
    ids=["by mode", "for a model without schemas and tools"],
)
@pytest.mark.parametrize("entrance", ["structured_predict", "astream_structured_predict"])
def test_the_schema_is_sent_in_the_prompt(make_llm, entrance, weryai_emulator, settings):
    weryai_emulator.reply(JSON)
    predict(make_llm(**settings), entrance)
    body = weryai_emulator.last_request.json
    [message] = body["messages"]
    assert message["content"].startswith("Write a song about cats.\n\n")
    assert json.loads(message["content"].rpartition("\n\n")[2]) == Song.model_json_schema()
    assert not body.keys() & {"tools", "response_format"}


def test_the_system_prompt_is_sent(make_llm, say, mode, entrance, weryai_emulator):
    say(JSON)
    predict(make_llm(system_prompt="Be kind.", pydantic_program_mode=mode), entrance)
    first, second = weryai_emulator.last_request.json["messages"]
    assert first == SYSTEM
    assert second["content"].startswith(USER["content"])


def test_parameters_of_the_call_are_sent(make_llm, say, mode, entrance, weryai_emulator):
    say(JSON)
    given = {"temperature": 0.5, "tool_required": True, "allow_parallel_tool_calls": False}
    before = dict(given)
    predict(make_llm(pydantic_program_mode=mode), entrance, llm_kwargs=given)
    body = weryai_emulator.last_request.json
    assert body["temperature"] == 0.5
    assert not body.keys() & {"tool_required", "allow_parallel_tool_calls"}
    assert given == before


def test_a_prompt_of_several_messages_is_sent(make_llm, say, mode, entrance, weryai_emulator):
    say(JSON)
    prompt = ChatPromptTemplate([ChatMessage(role="system", content="Be {how}.")])
    predict(make_llm(pydantic_program_mode=mode), entrance, prompt=prompt, how="kind")
    assert weryai_emulator.last_request.json["messages"][0] == SYSTEM


TEXTS = {
    "in a code fence": f"```json\n{JSON}\n```",
    "between words": f"Here you are: {JSON} Enjoy!",
    "after reasoning": f"<think>{{A song?}}</think>{JSON}",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("entrance", ["structured_predict", "stream_structured_predict"])
def test_json_is_found_inside_other_text(llm, entrance, weryai_emulator, text):
    weryai_emulator.reply(text)
    assert predict(llm, entrance)[-1] == CATS


def test_a_line_break_in_a_string_is_read(make_llm, entrance, weryai_emulator):
    weryai_emulator.reply('{"title": "Cats\nDogs", "seconds": 180}')
    objects = predict(make_llm(), entrance)
    assert objects[-1] == Song(title="Cats\nDogs", seconds=180)
    assert len(objects) > 1 or "stream" not in entrance


@each_mode
@pytest.mark.parametrize("entrance", ENTRANCES[2:])
def test_a_streamed_object_grows(make_llm, say, mode, entrance):
    say('{"name": "Best", "songs": [{"title": "Cats", "seconds": 180}]}')
    objects = predict(make_llm(pydantic_program_mode=mode), entrance, Album)
    assert objects[-1] == Album(name="Best", songs=[CATS])
    names = [one.name for one in objects if one.name is not None]
    assert names == sorted(names, key=len)
    assert len(objects) > 3
    assert all(before != after for before, after in pairwise(objects))


def test_the_error_of_another_shape_carries_the_answer(make_llm, say, mode, entrance):
    say('{"title": "Cats"}')
    with pytest.raises(StructuredOutputError, match="schema of Song: seconds: Field req") as caught:
        predict(make_llm(pydantic_program_mode=mode), entrance)
    assert answer_of(caught.value) == '{"title": "Cats"}'
    assert isinstance(caught.value, WeryAIError)
    assert isinstance(caught.value, ValueError)


def test_the_error_of_an_answer_without_json_carries_the_answer(
    make_llm, mode, entrance, weryai_emulator
):
    weryai_emulator.reply("I cannot sing. " * 20)
    with pytest.raises(
        StructuredOutputError, match=r"I cannot sing.*\.\.\.'.*ProgramMode.LLM"
    ) as e:
        predict(make_llm(pydantic_program_mode=mode), entrance)
    assert answer_of(e.value) == "I cannot sing. " * 20


def test_the_error_of_a_truncated_answer_says_so(make_llm, say, mode, entrance):
    say('{"title": "Ca', finish_reason="length")
    with pytest.raises(StructuredOutputError, match=r"truncated \(.*\)\. Raise `max_tokens`"):
        predict(make_llm(pydantic_program_mode=mode, max_tokens=9), entrance)


T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    content: T


@each_mode
def test_an_invalid_schema_name_is_changed(make_llm, say, mode, weryai_emulator):
    say('{"content": 1}')
    box = predict(make_llm(pydantic_program_mode=mode), "structured_predict", Box[int])[0]
    assert box == Box[int](content=1)
    body = weryai_emulator.last_request.json
    if mode == PydanticProgramMode.DEFAULT:
        assert body["response_format"]["json_schema"]["name"] == "Box_int_"
    elif mode == PydanticProgramMode.FUNCTION:
        assert body["tools"][0]["function"]["name"] == "Box_int_"


class Node(BaseModel):
    """A node and its children."""

    name: str
    children: list["Node"] = []


def test_a_recursive_class_is_sent_as_an_object(make_llm, say, mode, entrance, weryai_emulator):
    say('{"name": "a", "children": [{"name": "b", "children": []}]}', "Node")
    node = predict(make_llm(pydantic_program_mode=mode), entrance, Node)[-1]
    assert node == Node(name="a", children=[Node(name="b")])
    body = weryai_emulator.last_request.json
    assert "#/$defs/Node" in str(body)
    if mode == PydanticProgramMode.DEFAULT:
        described = body["response_format"]["json_schema"]
        assert described["name"] == "Node"
        assert described["schema"]["type"] == "object"
    elif mode == PydanticProgramMode.FUNCTION:
        assert body["tools"][0]["function"]["name"] == "Node"
        assert body["tools"][0]["function"]["parameters"]["type"] == "object"


class Named(BaseModel):
    """A thing whose name begins with a capital."""

    name: str

    @field_validator("name")
    @classmethod
    def _capital(cls, value):
        return value[0].upper() + value[1:]


@each_mode
@pytest.mark.parametrize("entrance", ENTRANCES[2:3])
def test_validators_may_fail_on_partial_texts(make_llm, say, mode, entrance):
    say('{"name": "ann"}')
    assert predict(make_llm(pydantic_program_mode=mode), entrance, Named)[-1].name == "Ann"


def test_only_the_call_of_the_class_is_read(make_llm, weryai_emulator):
    calls = [call('{"seconds": 1, "title": "no"}', "other"), call(JSON)]
    weryai_emulator.reply({"content": None, "tool_calls": calls}, finish_reason="tool_calls")
    llm = make_llm(pydantic_program_mode=PydanticProgramMode.FUNCTION)
    other = {"type": "function", "function": {"name": "other", "parameters": {}}}
    given = {"tools": [other], "parallel_tool_calls": True}
    assert predict(llm, "structured_predict", llm_kwargs=given) == [CATS]


class Kind(Enum):
    POP = "pop"


class StrictSong(BaseModel):
    """Fields that JSON writes as texts."""

    model_config = ConfigDict(strict=True)

    published: date
    kind: Kind


def test_strict_classes_accept_dates_and_enums_as_texts(make_llm, say, mode, entrance):
    say('{"published": "2026-11-23", "kind": "pop"}')
    song = predict(make_llm(pydantic_program_mode=mode), entrance, StrictSong)[-1]
    assert song == StrictSong(published=date(2026, 11, 23), kind=Kind.POP)


def test_strict_closes_all_objects_of_the_schema(make_llm, weryai_emulator):
    weryai_emulator.reply('{"name": "Best", "songs": []}')
    predict(make_llm(strict=True), "structured_predict", Album)
    described = weryai_emulator.last_request.json["response_format"]["json_schema"]
    assert described["strict"] is True
    assert described["schema"]["additionalProperties"] is False
    assert described["schema"]["$defs"]["Song"]["additionalProperties"] is False


class Search(BaseModel):
    """A search."""

    words: str
    most: int = 5
    kind: Kind | None = Field(default=None, description="The kind.")


@pytest.mark.parametrize("program_mode", ["default", "function"])
def test_strict_requires_all_fields(make_llm, weryai_emulator, program_mode):
    weryai_emulator.reply('{"words": "cats", "most": 3, "kind": null}')
    llm = make_llm(strict=True, pydantic_program_mode=program_mode)
    assert predict(llm, "structured_predict", Search) == [Search(words="cats", most=3)]
    body = weryai_emulator.last_request.json
    if program_mode == "default":
        schema = body["response_format"]["json_schema"]["schema"]
    else:
        schema = body["tools"][0]["function"]["parameters"]
    assert schema["required"] == ["words", "most", "kind"]
    assert "default" not in json.dumps(schema)


@pytest.mark.parametrize("program_mode", ["default", "function"])
@pytest.mark.parametrize("strict", [True, False])
def test_strict_in_a_call_wins_over_the_model(make_llm, weryai_emulator, program_mode, strict):
    weryai_emulator.reply(JSON)
    llm = make_llm(strict=not strict, pydantic_program_mode=program_mode)
    predict(llm, "structured_predict", llm_kwargs={"strict": strict})
    body = weryai_emulator.last_request.json
    if program_mode == "default":
        described = body["response_format"]["json_schema"]
    else:
        described = body["tools"][0]["function"]
    assert described.get("strict", False) is strict
    assert "strict" not in body


class Songs(RootModel[list[Song]]):
    """Some songs."""


@pytest.mark.parametrize(
    "fence", ["{}", "```json\n{}\n```", "Here they are:\n```\n{}\n```\nEnjoy."]
)
@pytest.mark.parametrize("entrance", ["structured_predict", "stream_structured_predict"])
def test_a_list_is_found_in_a_code_fence(make_llm, weryai_emulator, entrance, fence):
    weryai_emulator.reply(fence.replace("{}", f"[{JSON}, {JSON}]"))
    llm = make_llm(pydantic_program_mode=PydanticProgramMode.LLM)
    assert predict(llm, entrance, Songs)[-1] == Songs([CATS, CATS])


def test_other_tools_of_the_call_are_sent_with_that_of_the_schema(make_llm, weryai_emulator):
    message = {"content": None, "tool_calls": [call(JSON)]}
    weryai_emulator.reply(message, finish_reason="tool_calls")
    llm = make_llm(pydantic_program_mode=PydanticProgramMode.FUNCTION)
    given = {"tools": [{"type": "web_search"}]}
    assert predict(llm, "structured_predict", llm_kwargs=given) == [CATS]
    body = weryai_emulator.last_request.json
    assert [tool["function"]["name"] for tool in body["tools"]] == ["Song"]
    assert body["plugins"] == [{"id": "web"}]


@each_mode
@pytest.mark.parametrize("name", ["chat", "complete", "achat", "acomplete"])
def test_as_structured_llm(make_llm, say, mode, ask, name):
    say(JSON)
    structured = make_llm(pydantic_program_mode=mode).as_structured_llm(Song)
    [response] = ask(structured, name, "Write a song.")
    assert response.raw == CATS
    assert structured.metadata.model_name == "GPT_4O"


@each_mode
@pytest.mark.parametrize("method", ["stream_chat", "astream_chat"])
def test_as_structured_llm_streams(make_llm, say, mode, method, ask):
    say(JSON)
    structured = make_llm(pydantic_program_mode=mode).as_structured_llm(Song)
    responses = ask(structured, method, "Write a song.")
    assert responses[-1].raw == CATS


def test_the_emulator_answers_with_an_object_of_the_schema(make_llm, mode, entrance):
    llm = make_llm(pydantic_program_mode=mode)
    album = predict(llm, entrance, Album, PromptTemplate("Name an album.{topic}"), topic="")[-1]
    assert isinstance(album, Album)


class Names(BaseEventHandler):
    """Keeps the names of events."""

    seen: list[str] = Field(default_factory=list)

    @classmethod
    def class_name(cls):
        return "Names"

    def handle(self, event, **_):
        self.seen.append(event.class_name())


def test_observers_see_the_start_and_the_end(make_llm, say, mode, entrance):
    say(JSON)
    names = Names()
    dispatcher = get_dispatcher()
    dispatcher.add_event_handler(names)
    try:
        predict(make_llm(pydantic_program_mode=mode), entrance)
    finally:
        dispatcher.event_handlers.remove(names)
    for name in ("LLMStructuredPredictStartEvent", "LLMStructuredPredictEndEvent"):
        assert names.seen.count(name) == 1
    assert names.seen.count("LLMChatStartEvent") == 1


@each_entrance
def test_other_modes_go_to_the_programs_of_other_packages(make_llm, entrance, weryai_emulator):
    llm = make_llm(pydantic_program_mode=PydanticProgramMode.LM_FORMAT_ENFORCER)
    with pytest.raises(ImportError, match="llama-index-program-lmformatenforcer"):
        predict(llm, entrance)
    assert weryai_emulator.requests == []


def test_a_type_that_is_no_class_is_refused(llm):
    with pytest.raises(InvalidRequestError, match="must be a pydantic class, not list"):
        llm.structured_predict(list[int], PROMPT, topic="rain")
