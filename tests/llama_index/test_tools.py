"""Tools and structured answers through LlamaIndex's own entrances."""

import pytest
from llama_index.core.base.llms.types import ChatMessage, TextBlock, ToolCallBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel


class Song(BaseModel):
    """A song with a title."""

    title: str
    seconds: int


class Album(BaseModel):
    """An album of songs."""

    name: str
    songs: list[Song]


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"Sunny in {city}."


TOOLS = [FunctionTool.from_defaults(add), FunctionTool.from_defaults(weather)]
PROMPT = PromptTemplate("Write a song about {topic}.")
SYSTEM = {"role": "system", "content": "Be kind."}
USER = {"role": "user", "content": "Write a song about cats."}


def call(id, name, arguments):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


SONG = call("call_1", "Song", '{"title": "Cats", "seconds": 180}')


@pytest.fixture
def song(weryai_emulator):
    """The next answer is a song."""
    weryai_emulator.reply({"content": None, "tool_calls": [SONG]}, finish_reason="tool_calls")


@pytest.mark.usefixtures("song")
def test_structured_predict(llm, weryai_emulator):
    assert llm.structured_predict(Song, PROMPT, topic="cats") == Song(title="Cats", seconds=180)
    body = weryai_emulator.last_request.json
    assert body["messages"] == [USER]
    assert body["tool_choice"] == "required"
    assert body["parallel_tool_calls"] is False
    assert body["tools"][0]["function"]["name"] == "Song"


@pytest.mark.usefixtures("song")
async def test_astructured_predict(llm, weryai_emulator):
    answer = await llm.astructured_predict(Song, PROMPT, topic="cats")
    assert answer == Song(title="Cats", seconds=180)
    assert weryai_emulator.last_request.json["tool_choice"] == "required"


@pytest.mark.usefixtures("song")
def test_stream_structured_predict(llm):
    objects = list(llm.stream_structured_predict(Song, PROMPT, topic="cats"))
    assert objects[-1] == Song(title="Cats", seconds=180)
    titles = [one.title for one in objects if one.title is not None]
    assert "Cats".startswith(titles[0])
    assert titles == sorted(titles, key=len)


@pytest.mark.usefixtures("song")
async def test_astream_structured_predict(llm):
    stream = await llm.astream_structured_predict(Song, PROMPT, topic="cats")
    objects = [one async for one in stream]
    assert objects[-1] == Song(title="Cats", seconds=180)


def test_the_emulator_answers_structured_questions_by_itself(llm):
    album = llm.structured_predict(Album, PromptTemplate("Name an album."))
    assert isinstance(album, Album)


@pytest.mark.usefixtures("song")
def test_the_parameters_of_a_structured_call_are_sent(llm, weryai_emulator):
    llm.structured_predict(Song, PROMPT, llm_kwargs={"temperature": 0.5}, topic="cats")
    assert weryai_emulator.last_request.json["temperature"] == 0.5


@pytest.mark.usefixtures("song")
def test_the_system_prompt_goes_with_a_structured_question(make_llm, weryai_emulator):
    make_llm(system_prompt="Be kind.").structured_predict(Song, PROMPT, topic="cats")
    assert weryai_emulator.last_request.json["messages"] == [SYSTEM, USER]


@pytest.mark.parametrize("name", ["chat", "complete", "achat", "acomplete"])
@pytest.mark.usefixtures("song")
def test_as_structured_llm(llm, ask, name):
    structured = llm.as_structured_llm(Song)
    [response] = ask(structured, name, "Write a song.")
    assert response.raw == Song(title="Cats", seconds=180)
    assert structured.metadata.model_name == "GPT_4O"


# Core writes its partial objects with a method that pydantic deprecates.
@pytest.mark.filterwarnings("ignore:The `json` method:pydantic.warnings.PydanticDeprecatedSince20")
@pytest.mark.usefixtures("song")
def test_as_structured_llm_streams(llm, stream_method, ask):
    responses = ask(llm.as_structured_llm(Song), stream_method, "Write a song.")
    assert responses[-1].raw == Song(title="Cats", seconds=180)


def test_an_answer_in_words_where_a_structure_is_due_is_an_error(llm, weryai_emulator):
    weryai_emulator.reply("I cannot sing.")
    with pytest.raises(ValueError, match="I cannot sing"):
        llm.structured_predict(Song, PROMPT, topic="cats")


def test_arguments_that_do_not_fit_the_structure_are_an_error(llm, weryai_emulator):
    weryai_emulator.reply({"content": None, "tool_calls": [call("1", "Song", '{"title": "x"}')]})
    with pytest.raises(ValueError, match="seconds"):
        llm.structured_predict(Song, PROMPT, topic="cats")


def test_a_model_without_tools_is_asked_for_json_in_words(make_llm, weryai_emulator):
    weryai_emulator.reply('{"title": "Cats", "seconds": 180}')
    llm = make_llm(is_function_calling_model=False)
    answer = llm.structured_predict(Song, PROMPT, topic="cats")
    assert answer == Song(title="Cats", seconds=180)
    assert "tools" not in weryai_emulator.last_request.json


# --- calls


def test_predict_and_call_runs_the_tool(llm):
    response = llm.predict_and_call(TOOLS, user_msg="Add 2 and 3.")
    assert response.response == "5"
    assert [(source.tool_name, source.raw_output) for source in response.sources] == [("add", 5)]


async def test_apredict_and_call_runs_the_tool(llm):
    response = await llm.apredict_and_call(TOOLS, user_msg="Add 2 and 3.")
    assert response.response == "5"


TWO_CALLS = [
    call("call_1", "add", '{"a": 1, "b": 2}'),
    call("call_2", "weather", '{"city": "Rome"}'),
]


@pytest.fixture
def two_calls(weryai_emulator):
    """The next answer calls two tools."""
    message = {"content": None, "tool_calls": TWO_CALLS}
    weryai_emulator.reply(message, finish_reason="tool_calls")


@pytest.mark.usefixtures("two_calls")
def test_predict_and_call_runs_several_tools_where_that_is_allowed(llm):
    response = llm.predict_and_call(TOOLS, user_msg="Go", allow_parallel_tool_calls=True)
    assert response.response == "3\n\nSunny in Rome."


@pytest.mark.usefixtures("two_calls")
def test_predict_and_call_runs_one_tool_where_several_are_not_allowed(llm):
    response = llm.predict_and_call(TOOLS, user_msg="Go")
    assert response.response == "3"
    assert len(response.sources) == 1


@pytest.mark.parametrize("method", ["chat_with_tools", "achat_with_tools"])
@pytest.mark.usefixtures("two_calls")
def test_one_call_is_kept_where_one_is_allowed(llm, ask, method):
    [response] = ask(llm, method, TOOLS, user_msg="Go")
    assert response.message.blocks == [
        ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1, "b": 2})
    ]
    assert response.message.additional_kwargs["tool_calls"] == TWO_CALLS[:1]


@pytest.mark.parametrize("method", ["chat_with_tools", "achat_with_tools"])
@pytest.mark.usefixtures("two_calls")
def test_all_calls_are_kept_where_several_are_allowed(llm, ask, method):
    [response] = ask(llm, method, TOOLS, user_msg="Go", allow_parallel_tool_calls=True)
    assert len(llm.get_tool_calls_from_response(response)) == 2
    assert response.message.additional_kwargs["tool_calls"] == TWO_CALLS


def test_of_two_calls_that_are_the_same_one_is_kept(llm, weryai_emulator, to_reply):
    twice = [TWO_CALLS[0], TWO_CALLS[0]]
    weryai_emulator.reply_json(to_reply({"content": "I add.", "tool_calls": twice}))
    response = llm.chat_with_tools(TOOLS, user_msg="Go")
    assert response.message.blocks == [
        TextBlock(text="I add."),
        ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1, "b": 2}),
    ]


def test_an_answer_in_words_is_left_as_it_is(llm, weryai_emulator):
    weryai_emulator.reply("Nothing to add.")
    response = llm.chat_with_tools(TOOLS, user_msg="Go")
    assert response.message.content == "Nothing to add."
    assert response.message.additional_kwargs == {}


def test_a_conversation_with_tools_goes_on(llm):
    history = [ChatMessage(content="Add 2 and 3.")]
    answer = llm.chat_with_tools(TOOLS, chat_history=history).message
    [selection] = llm.get_tool_calls_from_response(llm.chat_with_tools(TOOLS, chat_history=history))
    result = ChatMessage(
        role="tool",
        content=str(add(**selection.tool_kwargs)),
        additional_kwargs={"tool_call_id": selection.tool_id},
    )
    final = llm.chat_with_tools(TOOLS, chat_history=[*history, answer, result])
    assert "5" in final.message.content
    assert len(history) == 1
