"""What an application of LangChain sees of the situations of `real_world`."""

import json

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy
from langchain_core.exceptions import ModelRefusalError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables.base import Runnable
from real_world import BINDINGS, ECHOES, FAILURES, HISTORIES, OBJECTS, REPLIES
from situations import ANY
from situations.runs import (
    TOOLS,
    check_echo,
    matches,
    queue,
    queue_object,
    rows,
    rows_in_turn,
    sent_name_of,
)

import weryai_core
from weryai_core import InvalidRequestError, WeryAIError

STYLES = ("invoke", "ainvoke", "stream", "astream")
HUMAN = HumanMessage("Hello")


@pytest.fixture
def ask(merge):
    """Calls a runnable in a style by name."""

    async def call(style: str, runnable: Runnable, question: object):
        if style == "invoke":
            return runnable.invoke(question)
        if style == "ainvoke":
            return await runnable.ainvoke(question)
        if style == "stream":
            return merge(list(runnable.stream(question)))
        return merge([piece async for piece in runnable.astream(question)])

    return call


WHOLE = (("invoke", "v0"), ("ainvoke", "v1"))
STREAMED = (("astream", "v1"), ("stream", "v0"))


@pytest.mark.parametrize(("failure", "ways"), rows_in_turn(FAILURES, WHOLE, STREAMED))
async def test_an_error_has_its_class_and_its_text(weryai_emulator, make_model, ask, failure, ways):
    classes = (failure.error,) if isinstance(failure.error, str) else failure.error
    expected = tuple(getattr(weryai_core, name) for name in classes)
    model = make_model(model=failure.model, api_key=failure.key)
    for style, _ in ways:
        queue(weryai_emulator, failure, streamed="stream" in style)
        with pytest.raises(WeryAIError) as caught:
            await ask(style, model, "Hello")
        assert isinstance(caught.value, expected), (style, repr(caught.value))
        assert failure.says in str(caught.value), style


def check(message, reply, where):
    blocks = message.content_blocks
    said = "".join(block["reasoning"] for block in blocks if block["type"] == "reasoning")
    refused = "".join(block["refusal"] for block in blocks if block["type"] == "refusal")
    shown = [
        block.get("url") or f"data:{block.get('mime_type')};base64,{block.get('base64')}"
        for block in blocks
        if block["type"] == "image"
    ]
    assert message.text.strip() == reply.text, where
    assert said.strip() == reply.reasoning, (where, blocks)
    assert refused == reply.refusal, (where, blocks)
    assert shown == list(reply.images), (where, blocks)
    calls = [(call["name"], call["args"]) for call in message.tool_calls]
    assert calls == list(reply.calls), (where, message)
    assert [call["name"] for call in message.invalid_tool_calls] == list(reply.invalid), where
    ids = [call["id"] for call in message.tool_calls]
    assert len(set(ids)) == len(ids), where
    if reply.ids is not None:
        assert ids == list(reply.ids), where
    if "cached_tokens" in reply.usage:
        details = message.usage_metadata["input_token_details"]
        assert details["cache_read"] == reply.usage["cached_tokens"], where
    metadata = message.response_metadata
    if reply.named is not None:
        assert metadata["model_name"] == reply.named, where
    if reply.reason is not ANY:
        assert metadata["finish_reason"] == reply.reason, where
    for name, value in reply.metadata.items():
        assert metadata["token_usage"][name] == value, where


@pytest.mark.parametrize(("reply", "ways"), rows_in_turn(REPLIES, WHOLE, STREAMED))
async def test_an_answer_is_read(weryai_emulator, make_model, ask, reply, ways):
    for style, version in ways:
        model = make_model(model=reply.model, output_version=version, max_tokens=99)
        queue(weryai_emulator, reply, streamed="stream" in style)
        bound = model.bind_tools(TOOLS, check_arguments=False)
        check(await ask(style, bound, "Hello"), reply, (style, version))


@pytest.mark.parametrize(("echo", "ways"), rows_in_turn(ECHOES, WHOLE, STREAMED))
async def test_an_answer_goes_back_with_its_results(weryai_emulator, make_model, ask, echo, ways):
    for style, version in ways:
        first = make_model(model=echo.model, output_version=version).bind_tools(TOOLS)
        second = make_model(model=echo.next_model or echo.model).bind_tools(TOOLS)
        queue(weryai_emulator, echo, streamed="stream" in style)
        answer = await ask(style, first, [HUMAN])
        names = [call["name"] for call in answer.tool_calls]
        assert echo.called is None or names == echo.called, style
        results = [ToolMessage("Sunny", tool_call_id=call["id"]) for call in answer.tool_calls]
        weryai_emulator.reply("Hello")
        await ask(style, second, [HUMAN, answer, *(results or [HumanMessage("Go on")])])
        check_echo(echo, weryai_emulator.last_request.json["messages"])


MESSAGES = {"human": HumanMessage, "ai": AIMessage, "tool": ToolMessage}


@pytest.mark.parametrize("history", rows(HISTORIES))
def test_a_history_of_another_provider_is_sent(weryai_emulator, make_model, history):
    weryai_emulator.reply("Hello")
    messages = [MESSAGES[kind](**fields) for kind, fields in history.messages]
    make_model(model=history.model).invoke(messages)
    sent = [
        {name: value for name, value in message.items() if name != "reasoning_content"}
        for message in weryai_emulator.last_request.json["messages"]
    ]
    assert matches(list(history.sent), sent, {}), json.dumps(sent, indent=1)


@pytest.mark.parametrize("binding", rows(BINDINGS))
def test_what_is_bound_is_sent_or_refused(weryai_emulator, make_model, binding):
    weryai_emulator.reply("Hello")
    model = make_model(model=binding.model)

    def ask():
        tools, options = list(binding.tools), dict(binding.options)
        bound = model.bind_tools(tools, **options) if tools else model.bind(**options)
        bound.invoke("Hello")

    if binding.sent is None:
        with pytest.raises(InvalidRequestError, match=binding.says):
            ask()
        assert weryai_emulator.requests == []
        return
    ask()
    body = weryai_emulator.last_request.json
    assert matches(dict(binding.sent), {name: body.get(name) for name in binding.sent}, {}), body


METHODS = ("function_calling", "json_schema", "json_mode", "prompted")
ASKED = [
    pytest.param(row, method, STYLES[(number + place) % 4], id=f"{row.id}, {method}")
    for number, row in enumerate(OBJECTS)
    for place, method in enumerate(METHODS)
    if row.arguments is None or method == "function_calling"
]


@pytest.mark.parametrize(("row", "method", "style"), ASKED)
async def test_a_structured_answer_is_read(weryai_emulator, make_model, row, method, style, ask):
    structured = make_model(max_tokens=99).with_structured_output(row.schema, method=method)
    name = None
    if row.name == "":
        weryai_emulator.reply("Hello")
        with pytest.raises(WeryAIError):
            structured.invoke("Hello")
        name = sent_name_of(weryai_emulator)
    queue_object(weryai_emulator, row, name)
    if row.value is not None:
        assert await ask(style, structured, "Hello") == row.value
        return
    with pytest.raises(ModelRefusalError if row.refusal else WeryAIError) as caught:
        await ask(style, structured, "Hello")
    assert row.says in str(caught.value)


# LangChain itself makes an object of an agent's answer, and takes defaults for what it lacks.
TAKEN_AS_DEFAULTS = ("an error instead of the fields", "other names than the fields")
BY_AGENTS = [row for row in OBJECTS if row.arguments is None and row.id not in TAKEN_AS_DEFAULTS]


@pytest.mark.parametrize("row", rows(BY_AGENTS))
async def test_an_agent_reads_its_structured_answer(weryai_emulator, make_model, row):
    agent = create_agent(make_model(max_tokens=99), response_format=ProviderStrategy(row.schema))
    queue_object(weryai_emulator, row)
    asked = {"messages": [HUMAN]}
    if row.value is not None:
        assert (await agent.ainvoke(asked))["structured_response"] == row.value
        return
    with pytest.raises(Exception, match=r".") as caught:
        agent.invoke(asked)
    assert caught.type.__module__.startswith(("langchain", "weryai", "llama")), caught.type
