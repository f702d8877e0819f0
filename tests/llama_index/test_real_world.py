"""What an application of LlamaIndex sees of the situations of `real_world`."""

import asyncio

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, MessageRole, ThinkingBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from real_world import ECHOES, FAILURES, OBJECTS, REPLIES
from situations import ANY
from situations.runs import TOOLS, check_echo, queue, queue_object, rows_in_turn, sent_name_of

import weryai_core
from weryai_core import WeryAIError

WHOLE = ("chat", "achat")
STREAMED = ("astream_chat", "stream_chat")
QUESTION = ChatMessage("Hello")
FUNCTIONS = [
    FunctionTool.from_defaults(lambda: "", name=tool["function"]["name"], description="A tool.")
    for tool in TOOLS
]


@pytest.mark.parametrize(("failure", "methods"), rows_in_turn(FAILURES, WHOLE, STREAMED))
def test_an_error_has_its_class_and_its_text(weryai_emulator, make_llm, ask, failure, methods):
    classes = (failure.error,) if isinstance(failure.error, str) else failure.error
    expected = tuple(getattr(weryai_core, name) for name in classes)
    llm = make_llm(model=failure.model, api_key=failure.key, max_retries=0)
    for method in methods:
        queue(weryai_emulator, failure, streamed="stream" in method)
        with pytest.raises(WeryAIError) as caught:
            ask(llm, method)
        assert isinstance(caught.value, expected), (method, repr(caught.value))
        assert failure.says in str(caught.value), method


def check(llm, response, reply, method):
    message = response.message
    thought = [block.content or "" for block in message.blocks if isinstance(block, ThinkingBlock)]
    images = [block for block in message.blocks if isinstance(block, ImageBlock)]
    refusal = message.additional_kwargs.get("refusal") or ""
    text = (message.content or "").strip()
    assert text in {reply.text, refusal if not reply.text else reply.text}, (method, text)
    assert "".join(thought).strip() == reply.reasoning, method
    assert refusal == reply.refusal, method
    assert len(images) == len(reply.images), method
    calls = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    known = [call for call in calls if "not a JSON object" not in call.tool_name]
    assert [(call.tool_name, call.tool_kwargs) for call in known] == list(reply.calls), method
    assert len(calls) - len(known) == len(reply.invalid), (method, calls)
    ids = [call.tool_id for call in calls]
    assert len(set(ids)) == len(ids), method
    if reply.ids is not None:
        assert ids == list(reply.ids), method
    if reply.metadata:
        assert {name: response.raw["usage"].get(name) for name in reply.metadata} == reply.metadata
    if reply.named is not None:
        assert response.raw["model"] == reply.named, method
    if reply.reason is not ANY:
        assert response.additional_kwargs["finish_reason"] == reply.reason, method


@pytest.mark.parametrize(("reply", "methods"), rows_in_turn(REPLIES, WHOLE, STREAMED))
def test_an_answer_is_read(weryai_emulator, make_llm, ask, reply, methods):
    llm = make_llm(model=reply.model, max_retries=0, max_tokens=99)
    for method in methods:
        queue(weryai_emulator, reply, streamed="stream" in method)
        *_, last = ask(llm, method, tools=TOOLS)
        check(llm, last, reply, method)


@pytest.mark.parametrize(("echo", "methods"), rows_in_turn(ECHOES, WHOLE, STREAMED))
def test_an_answer_goes_back_with_its_results(weryai_emulator, make_llm, ask, echo, methods):
    for method in (f"{method}_with_tools" for method in methods):
        llm = make_llm(model=echo.model, max_retries=0)
        queue(weryai_emulator, echo, streamed="stream" in method)
        *_, answer = ask_with_tools(ask, llm, method, [QUESTION])
        calls = llm.get_tool_calls_from_response(answer, error_on_no_tool_call=False)
        names = [call.tool_name for call in calls]
        assert echo.called is None or names == echo.called, method
        results = [
            ChatMessage("Sunny", role=MessageRole.TOOL, additional_kwargs={"tool_call_id": id_})
            for id_ in (call.tool_id for call in calls)
        ]
        weryai_emulator.reply("Hello")
        llm = make_llm(model=echo.next_model or echo.model, max_retries=0)
        end = results or [ChatMessage("Go on")]
        ask_with_tools(ask, llm, method, [QUESTION, answer.message, *end])
        check_echo(echo, weryai_emulator.last_request.json["messages"])


def ask_with_tools(ask, llm, method, history):
    class WithTools:
        """The method of a model, with the history as its only argument."""

    caller = WithTools()
    options = {"chat_history": history, "allow_parallel_tool_calls": True}
    if method.startswith("a"):

        async def call(_):
            return await getattr(llm, method)(FUNCTIONS, **options)
    else:

        def call(_):
            return getattr(llm, method)(FUNCTIONS, **options)

    setattr(caller, method, call)
    return ask(caller, method, history)


PROMPT = PromptTemplate("Hello")
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
ASKED = [
    pytest.param(row, mode, ENTRANCES[(number + place) % 4], id=f"{row.id}, {name}")
    for number, row in enumerate(OBJECTS)
    for place, (name, mode) in enumerate(MODES.items())
    if row.arguments is None or mode is PydanticProgramMode.FUNCTION
]


@pytest.mark.filterwarnings("ignore:The `json` method:pydantic.warnings.PydanticDeprecatedSince20")
@pytest.mark.parametrize(("row", "mode", "entrance"), ASKED)
def test_a_structured_answer_is_read(weryai_emulator, make_llm, row, mode, entrance):
    llm = make_llm(max_retries=0, max_tokens=99, pydantic_program_mode=mode)
    name = None
    if row.name == "":
        weryai_emulator.reply("Hello")
        with pytest.raises(WeryAIError):
            llm.structured_predict(row.schema, PROMPT)
        name = sent_name_of(weryai_emulator)
    queue_object(weryai_emulator, row, name)
    if row.value is not None:
        assert asyncio.run(predict(llm, entrance, row.schema)) == row.value
        return
    with pytest.raises(WeryAIError) as caught:
        asyncio.run(predict(llm, entrance, row.schema))
    assert row.says in str(caught.value)


async def predict(llm, entrance, schema):
    found = getattr(llm, entrance)(schema, PROMPT)
    if entrance.startswith("a"):
        found = await found
    if entrance.startswith("astream"):
        return [each async for each in found][-1]
    return [*found][-1] if entrance.startswith("stream") else found
