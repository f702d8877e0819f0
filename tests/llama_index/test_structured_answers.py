"""Structured answers as models give them, in each mode and entrance: wrappers, refusals, tools."""

import json
import pickle

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from pydantic import AliasChoices, BaseModel, Field, RootModel
from songs import (
    CATS,
    ENTRANCES,
    JSON,
    Song,
    call,
    each_entrance,
    each_mode,
    ignore_json_method,
    predict,
)

from weryai_core import InvalidRequestError, StructuredOutputError, WeryAIError


class Loose(BaseModel):
    """A song. Every field has a default."""

    title: str = ""
    seconds: int = 0


class Songs(RootModel[list[Song]]):
    """Some songs."""


class Renamed(BaseModel):
    """A song with other names."""

    title: str = Field(alias="songTitle")
    seconds: int = Field(validation_alias=AliasChoices("length", "secs"))


class Scores(BaseModel):
    """Scores by name."""

    scores: dict[str, int]


pytestmark = ignore_json_method


@each_entrance
def test_json_in_the_text_is_read_though_a_call_was_required(make_llm, weryai_emulator, entrance):
    weryai_emulator.reply(f"Here you are: {JSON}")
    llm = make_llm(pydantic_program_mode="function")
    assert predict(llm, entrance)[-1] == CATS


WRAPPED = (
    f'{{"Loose": {JSON}}}',
    f'{{"parameters": {JSON}}}',
    f'{{"name": "Loose", "arguments": {JSON}}}',
    f'{{"type": "object", "properties": {JSON}}}',
)


def test_wrapped_answers_are_unwrapped(make_llm, say, mode, entrance):
    llm = make_llm(pydantic_program_mode=mode)
    for text in WRAPPED:
        say(text, "Loose")
        assert predict(llm, entrance, Loose)[-1] == Loose(title="Cats", seconds=180), text


def test_answers_with_none_of_the_fields_are_errors(make_llm, say, mode, entrance):
    llm = make_llm(pydantic_program_mode=mode)
    for text in ('{"error": "I cannot."}', '{"name": "Cats"}'):
        say(text, "Loose")
        with pytest.raises(StructuredOutputError, match="none of the fields of Loose, which are s"):
            predict(llm, entrance, Loose)


def test_an_empty_object_is_one_of_defaults(make_llm, say, mode, entrance):
    say("{}", "Loose")
    assert predict(make_llm(pydantic_program_mode=mode), entrance, Loose) == [Loose()]


@each_mode
@pytest.mark.parametrize("entrance", ENTRANCES[2:])
def test_partial_objects_know_aliases(make_llm, say, mode, entrance):
    say('{"songTitle": "Cats of the hills", "secs": 180}', "Renamed")
    objects = predict(make_llm(pydantic_program_mode=mode), entrance, Renamed)
    titles = [one.title for one in objects if one.title is not None]
    assert len(set(titles)) > 1
    assert titles == sorted(titles, key=len)
    assert titles[-1] == "Cats of the hills"
    assert objects[-1].seconds == 180
    assert all("songTitle" not in (one.model_extra or {}) for one in objects)


def test_a_list_is_wrapped_in_an_object_and_unwrapped(
    make_llm, say, mode, entrance, weryai_emulator
):
    say(f'{{"value": [{JSON}, {JSON}]}}', "Songs")
    objects = predict(make_llm(pydantic_program_mode=mode), entrance, Songs)
    assert objects[-1] == Songs([CATS, CATS])
    body = weryai_emulator.last_request.json
    if mode == PydanticProgramMode.DEFAULT:
        schema = body["response_format"]["json_schema"]["schema"]
    elif mode == PydanticProgramMode.FUNCTION:
        schema = body["tools"][0]["function"]["parameters"]
    else:
        schema = json.loads(body["messages"][0]["content"].rpartition("\n\n")[2])
    assert schema["type"] == "object"
    assert schema["required"] == ["value"]
    assert "Song" in schema["$defs"]


def test_a_refusal_is_an_error_that_quotes_it(make_llm, mode, entrance, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I will not sing."})
    with pytest.raises(StructuredOutputError, match=r"The model refused: I will not sing\.") as e:
        predict(make_llm(pydantic_program_mode=mode), entrance)
    assert e.value.partial.choice.refusal == "I will not sing."
    copied = pickle.loads(pickle.dumps(e.value))
    assert (str(copied), copied.partial) == (str(e.value), e.value.partial)


def test_a_refusal_is_kept_with_its_message(llm, ask, chat_method, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I will not sing."})
    response = ask(llm, chat_method, [ChatMessage("Sing.")])[-1]
    assert response.message.additional_kwargs["refusal"] == "I will not sing."


def test_a_refusal_is_kept_with_a_completion(llm, ask, completion_method, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I will not sing."})
    response = ask(llm, completion_method, "Sing.")[-1]
    assert response.additional_kwargs["refusal"] == "I will not sing."


def look(city: str) -> str:
    """Look at a city."""
    return city


LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


@each_mode
@pytest.mark.parametrize(
    "offered", [FunctionTool.from_defaults(look), LOOK], ids=["a tool", "a dict"]
)
def test_tools_are_offered_with_the_schema(make_llm, mode, weryai_emulator, offered):
    weryai_emulator.reply(JSON)
    llm = make_llm(pydantic_program_mode=mode)
    assert predict(llm, "structured_predict", llm_kwargs={"tools": [offered]}) == [CATS]
    names = [tool["function"]["name"] for tool in weryai_emulator.last_request.json["tools"]]
    assert names == (["Song", "look"] if mode == PydanticProgramMode.FUNCTION else ["look"])


def test_a_call_of_another_tool_is_an_error_that_names_it(
    make_llm, mode, entrance, weryai_emulator
):
    calls = [call('{"city": "Rome"}', "look")]
    weryai_emulator.reply({"content": None, "tool_calls": calls})
    llm = make_llm(pydantic_program_mode=mode)
    with pytest.raises(StructuredOutputError, match="calls the tool 'look' instead") as caught:
        predict(llm, entrance, llm_kwargs={"tools": [LOOK]})
    assert isinstance(caught.value, WeryAIError)


@pytest.mark.parametrize("program_mode", ["default", "function"])
def test_a_schema_that_strict_mode_excludes_loses_it_with_a_warning(
    make_llm, weryai_emulator, program_mode
):
    weryai_emulator.reply('{"scores": {"a": 1}}')
    llm = make_llm(strict=True, pydantic_program_mode=program_mode)
    with pytest.warns(UserWarning, match="excludes .*as in the field `scores`"):
        assert predict(llm, "structured_predict", Scores) == [Scores(scores={"a": 1})]
    assert "strict" not in str(weryai_emulator.last_request.json)


def test_a_response_format_may_be_a_class_or_a_schema(llm, weryai_emulator):
    for given in (Song, Song.model_json_schema()):
        weryai_emulator.reply(JSON)
        response = llm.chat([ChatMessage("Sing.")], response_format=given)
        assert response.message.content == JSON
        described = weryai_emulator.last_request.json["response_format"]["json_schema"]
        assert described == {"name": "Song", "schema": Song.model_json_schema()}
    with pytest.raises(InvalidRequestError, match="Put it into a class with one field"):
        llm.chat([ChatMessage("Sing.")], response_format=Songs)
