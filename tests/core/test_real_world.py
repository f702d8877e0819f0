"""What `Client` and `AsyncClient` make of the situations of `real_world`, whole and streamed.

Both clients feed one decoder. So `AsyncClient` reads the rows only where it goes a way of its own:
HTTP errors, and answers that are asked for again.
"""

import asyncio
from dataclasses import replace

import pytest
from real_world import FAILURES, KINDS, REPLIES, SENT
from situations import ANY
from situations.runs import TOOLS, matches, queue, rows

import weryai_core
from weryai_core import AsyncClient, Client, RetryPolicy, WeryAIError, merge_chunks
from weryai_core.config import resolve_config
from weryai_core.json_text import parse_arguments

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def ask(weryai_emulator):
    """Asks in one of four ways; returns the merged answer."""

    def call(way, request, *, key="sk-0123456789abcdef0123456789abcdef", retries=2):
        config = resolve_config(api_key=key, base_url=weryai_emulator.base_url, max_retries=retries)
        config = replace(config, retry=RetryPolicy(retries, jitter=lambda low, high: 0.0))
        if way.startswith("async"):
            return asyncio.run(asynchronous(way, request, config))
        with Client.from_config(config) as client:
            if way == "chat":
                return client.chat(request)
            return merge_chunks([*client.stream(request)])

    async def asynchronous(way, request, config):
        async with AsyncClient.from_config(config) as client:
            if way == "async chat":
                return await client.chat(request)
            return merge_chunks([chunk async for chunk in client.stream(request)])

    return call


def ways_of(situation):
    ways = ["stream"] if situation.events and not situation.is_whole else ["chat", "stream"]
    is_repeated = getattr(situation, "requests", None) not in (None, 1)
    if situation.status != 200 or is_repeated:
        ways += [f"async {way}" for way in ways]
    return ways


def test_each_situation_has_a_name_of_its_own_and_a_source():
    for situations in KINDS.values():
        assert len({each.id for each in situations}) == len(situations)
        for each in situations:
            assert each.source.startswith(("https://", "reported without")), each.id


@pytest.mark.parametrize("failure", rows(FAILURES))
def test_an_error_has_its_class_its_text_and_its_retries(weryai_emulator, ask, failure):
    request = {"model": failure.model, "messages": HELLO}
    classes = (failure.error,) if isinstance(failure.error, str) else failure.error
    expected = tuple(getattr(weryai_core, name) for name in classes)
    for way in ways_of(failure):
        weryai_emulator.reset()
        queue(weryai_emulator, failure, streamed="stream" in way, times=4)
        with pytest.raises(WeryAIError) as caught:
            ask(way, request, key=failure.key)
        error = caught.value
        assert isinstance(error, expected), (way, repr(error))
        assert failure.says in error.message, way
        if failure.requests is not None:
            assert len(weryai_emulator.requests) == failure.requests, (way, repr(error))
        if failure.partial is not None and "stream" in way:
            assert error.partial is not None, (way, repr(error))
            assert error.partial.text == failure.partial, way


def check(answer, reply, way):
    choice = answer.choice
    assert len(answer.choices) == 1, way
    assert choice.text.strip() == reply.text, way
    assert choice.reasoning.strip() == reply.reasoning, way
    assert choice.refusal == reply.refusal, way
    called = [(call.name, parse_arguments(call.arguments)) for call in choice.tool_calls]
    assert [call for call in called if call[1] is not None] == list(reply.calls), (way, called)
    assert [name for name, value in called if value is None] == list(reply.invalid), way
    ids = [call.id for call in choice.tool_calls]
    assert all(ids), way
    assert len(set(ids)) == len(ids), (way, ids)
    if reply.ids is not None:
        assert ids == list(reply.ids), way
    for name, count in reply.usage.items():
        assert getattr(answer.usage, name) == count, (way, name)
    if reply.named is not None:
        assert answer.model == reply.named, way
    if reply.reason is not ANY:
        assert choice.finish_reason == reply.reason, way


@pytest.mark.parametrize("reply", rows(REPLIES))
def test_an_answer_is_read_in_one_request(weryai_emulator, ask, reply):
    request = {"model": reply.model, "messages": HELLO, "tools": TOOLS, "check_arguments": False}
    for way in ways_of(reply):
        weryai_emulator.reset()
        queue(weryai_emulator, reply, streamed="stream" in way)
        check(ask(way, request, retries=0), reply, way)
        assert len(weryai_emulator.requests) == 1, way


@pytest.mark.parametrize("situation", rows(SENT))
def test_a_request_holds_the_json_that_services_take(weryai_emulator, ask, situation):
    request = {"model": situation.model, **situation.request}
    for way in ("chat", "async stream"):
        weryai_emulator.reset()
        weryai_emulator.reply("Hello")
        if situation.error is not None:
            with pytest.raises(getattr(weryai_core, situation.error), match=situation.says):
                ask(way, request, retries=0)
            assert weryai_emulator.requests == []
            continue
        ask(way, request, retries=0)
        body = weryai_emulator.last_request.json
        sent = {name: body.get(name) for name in situation.sent}
        named = {}
        assert matches(dict(situation.sent), sent, named), (way, sent)
        assert len(set(named.values())) == len(named), named
