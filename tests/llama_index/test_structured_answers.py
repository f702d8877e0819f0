"""Structured answers as models give them, in each mode and entrance: wrappers, refusals, tools."""

import asyncio
import json
import pickle

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from pydantic import AliasChoices, BaseModel, Field, RootModel

from weryai_core import InvalidRequestError, StructuredOutputError, WeryAIError


class Song(BaseModel):
    """A song. Every field has a default."""

    title: str = ""
    seconds: int = 0


class Songs(RootModel[list[Song]]):
    """Some songs."""


class Renamed(BaseModel):
    """A song with other names."""

    title: str = Field(alias="songTitle")
    seconds: int = Field(validation_alias=AliasChoices("length", "secs"))


class Node(BaseModel):
    """A node and its children."""

    name: str
    children: list["Node"] = []


class Scores(BaseModel):
    """Scores by name."""

    scores: dict[str, int]


CATS = Song(title="Cats", seconds=180)
JSON = '{"title": "Cats", "seconds": 180}'
PROMPT = PromptTemplate("Write a song about {topic}.")
MODES = {
    "by default": PydanticProgramMode.DEFAULT,
    "as a tool": PydanticProgramMode.FUNCTION,
    "in the prompt": PydanticProgramMode.LLM,
}
ENTRANCES = (
    "structured_predict",
    "astructured_predict",
    "stream_structured_predict",
    "astream_structured_predict",
)

# Core serializes partial objects with a method that pydantic deprecates.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The `json` method:pydantic.warnings.PydanticDeprecatedSince20"
)


@pytest.fixture(params=MODES.values(), ids=MODES)
def mode(request):
    return request.param


@pytest.fixture
def say(weryai_emulator, mode):
    """Queues an answer with this JSON where a model puts it in this mode."""

    def write(text, name="Song"):
        if mode == PydanticProgramMode.FUNCTION:
            function = {"name": name, "arguments": text}
            calls = [{"id": "1", "type": "function", "function": function}]
            weryai_emulator.reply({"content": None, "tool_calls": calls})
        else:
            weryai_emulator.reply(text)

    return write


def predict(llm, entrance, output_cls=Song, **llm_kwargs):
    """All objects that an entrance returns."""
    function = getattr(llm, entrance)

    async def collect():
        answer = await function(output_cls, PROMPT, llm_kwargs=llm_kwargs, topic="cats")
        return [one async for one in answer] if hasattr(answer, "__aiter__") else [answer]

    if entrance.startswith("a"):
        return asyncio.run(collect())
    answer = function(output_cls, PROMPT, llm_kwargs=llm_kwargs, topic="cats")
    return list(answer) if entrance.startswith("stream") else [answer]


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_json_in_the_text_is_read_though_a_call_was_required(make_llm, weryai_emulator, entrance):
    weryai_emulator.reply(f"Here you are: {JSON}")
    llm = make_llm(pydantic_program_mode="function")
    assert predict(llm, entrance)[-1] == CATS


WRAPPED = {
    "its name": f'{{"Song": {JSON}}}',
    "parameters": f'{{"parameters": {JSON}}}',
    "a call": f'{{"name": "Song", "arguments": {JSON}}}',
    "a repeated schema": f'{{"type": "object", "properties": {JSON}}}',
}


@pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("entrance", ["structured_predict", "astream_structured_predict"])
def test_wrapped_answers_are_unwrapped(make_llm, say, mode, entrance, text):
    say(text)
    assert predict(make_llm(pydantic_program_mode=mode), entrance)[-1] == CATS


@pytest.mark.parametrize("text", ['{"error": "I cannot."}', '{"name": "Cats"}'])
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_answers_with_none_of_the_fields_are_errors(make_llm, say, mode, entrance, text):
    say(text)
    with pytest.raises(StructuredOutputError, match="none of the fields of Song, which are sec"):
        predict(make_llm(pydantic_program_mode=mode), entrance)


@pytest.mark.parametrize("entrance", ["structured_predict", "stream_structured_predict"])
def test_an_empty_object_is_one_of_defaults(make_llm, say, mode, entrance):
    say("{}")
    assert predict(make_llm(pydantic_program_mode=mode), entrance) == [Song()]


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


@pytest.mark.parametrize("entrance", ENTRANCES)
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


def test_a_recursive_class_keeps_its_definitions(make_llm, say, mode, weryai_emulator):
    say('{"name": "a", "children": [{"name": "b"}]}', "Node")
    [node] = predict(make_llm(pydantic_program_mode=mode), "structured_predict", Node)
    assert node.children[0].name == "b"
    assert "#/$defs/Node" in str(weryai_emulator.last_request.json)


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_a_refusal_is_an_error_that_quotes_it(make_llm, mode, entrance, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I will not sing."})
    with pytest.raises(StructuredOutputError, match=r"The model refused: I will not sing\.") as e:
        predict(make_llm(pydantic_program_mode=mode), entrance)
    assert e.value.partial.choice.refusal == "I will not sing."
    copied = pickle.loads(pickle.dumps(e.value))
    assert (str(copied), copied.partial) == (str(e.value), e.value.partial)


@pytest.mark.parametrize("name", ["chat", "achat", "stream_chat", "astream_chat"])
def test_a_refusal_is_kept_with_its_message(llm, ask, name, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I will not sing."})
    response = ask(llm, name, [ChatMessage("Sing.")])[-1]
    assert response.message.additional_kwargs["refusal"] == "I will not sing."


@pytest.mark.parametrize("name", ["complete", "acomplete", "stream_complete", "astream_complete"])
def test_a_refusal_is_kept_with_a_completion(llm, ask, name, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I will not sing."})
    response = ask(llm, name, "Sing.")[-1]
    assert response.additional_kwargs["refusal"] == "I will not sing."


def look(city: str) -> str:
    """Look at a city."""
    return city


LOOK = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


@pytest.mark.parametrize(
    "offered", [FunctionTool.from_defaults(look), LOOK], ids=["a tool", "a dict"]
)
def test_tools_are_offered_with_the_schema(make_llm, mode, weryai_emulator, offered):
    weryai_emulator.reply(JSON)
    llm = make_llm(pydantic_program_mode=mode)
    assert predict(llm, "structured_predict", tools=[offered]) == [CATS]
    names = [tool["function"]["name"] for tool in weryai_emulator.last_request.json["tools"]]
    assert names == (["Song", "look"] if mode == PydanticProgramMode.FUNCTION else ["look"])


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_a_call_of_another_tool_is_an_error_that_names_it(
    make_llm, mode, entrance, weryai_emulator
):
    function = {"name": "look", "arguments": '{"city": "Rome"}'}
    calls = [{"id": "1", "type": "function", "function": function}]
    weryai_emulator.reply({"content": None, "tool_calls": calls})
    llm = make_llm(pydantic_program_mode=mode)
    with pytest.raises(StructuredOutputError, match="calls the tool 'look' instead") as caught:
        predict(llm, entrance, tools=[LOOK])
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
