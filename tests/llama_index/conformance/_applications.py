"""Whole applications with the LLM: agents, chat engines and a query engine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentStream, FunctionAgent, ReActAgent, ToolCallResult
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.query_engine import RetrieverQueryEngine

from ._samples import ADD, ADD_AND_WEATHER, ASK_ADD, FACT_QUESTION, FixedRetriever
from ._subject import Subject, needs
from ._ways import HELLO

each_streaming = pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streaming"])
each_chat = pytest.mark.parametrize("method", ["chat", "achat", "stream_chat", "astream_chat"])


def quiet(test: Any) -> Any:
    """Ignore warnings that LlamaIndex's workflows cause with any LLM."""
    for warning in (
        "ignore::pydantic.warnings.PydanticDeprecatedSince20",
        "ignore::pydantic.warnings.PydanticDeprecatedSince211",
        "ignore:is_running called from within a step:DeprecationWarning",
    ):
        test = pytest.mark.filterwarnings(warning)(test)
    return test


class ApplicationTests(Subject):
    """Applications that users build with an LLM, end to end."""

    @quiet
    @each_streaming
    @needs("has_tool_calling")
    def test_a_function_agent_uses_a_tool(self, streaming: bool) -> None:
        """The agent calls the tool with arguments, reads the result and answers."""
        agent = FunctionAgent(tools=ADD_AND_WEATHER, llm=self.make_llm(), streaming=streaming)
        answer, events = asyncio.run(_run(agent, ASK_ADD))
        results = [event for event in events if isinstance(event, ToolCallResult)]
        assert "5" in answer
        assert [(one.tool_name, one.tool_kwargs) for one in results] == [("add", {"a": 2, "b": 3})]

    @quiet
    @needs("has_tool_calling")
    def test_a_function_agent_streams_its_answer(self) -> None:
        """The streamed deltas add up to the final answer."""
        agent = FunctionAgent(tools=[ADD], llm=self.make_llm())
        answer, events = asyncio.run(_run(agent, ASK_ADD))
        deltas = [event.delta for event in events if isinstance(event, AgentStream)]
        assert answer.strip()
        assert "".join(deltas).endswith(answer)

    @quiet
    @each_streaming
    def test_a_react_agent_answers(self, streaming: bool) -> None:
        """An agent without tool calling answers too."""
        agent = ReActAgent(tools=[ADD], llm=self.make_llm(), streaming=streaming)
        answer, _ = asyncio.run(_run(agent, HELLO))
        assert answer.strip()

    @each_chat
    def test_a_chat_engine_remembers(self, method: str) -> None:
        """Two questions, two answers, and a history of four messages with text."""
        llm = self.make_llm()
        memory = ChatMemoryBuffer.from_defaults(llm=llm)
        engine = SimpleChatEngine.from_defaults(llm=llm, memory=memory, system_prompt="Be kind.")
        if method.startswith("a"):
            texts = asyncio.run(_atalk(engine, method))
        else:
            texts = _talk(engine, method)
        history = engine.chat_history
        assert [message.role.value for message in history] == ["user", "assistant"] * 2
        assert [message.content for message in history[1::2]] == texts
        assert all(text.strip() for text in texts)

    @each_streaming
    def test_a_query_engine_answers(self, streaming: bool) -> None:
        """The answer comes from the retrieved text."""
        engine = RetrieverQueryEngine.from_args(
            FixedRetriever(), llm=self.make_llm(), streaming=streaming
        )
        response = engine.query(FACT_QUESTION)
        assert len(response.source_nodes) == 2
        assert "1887" in str(response)

    def test_a_query_engine_answers_async(self) -> None:
        """The same, async."""
        engine = RetrieverQueryEngine.from_args(FixedRetriever(), llm=self.make_llm())
        assert "1887" in str(asyncio.run(engine.aquery(FACT_QUESTION)))


async def _run(agent: Any, question: str) -> tuple[str, list[Any]]:
    """An agent's answer and its events."""
    handler = agent.run(question)
    events = [event async for event in handler.stream_events()]
    return str(await handler), events


def _talk(engine: SimpleChatEngine, method: str) -> list[str]:
    texts = []
    for question in (HELLO, "And again."):
        answer = getattr(engine, method)(question)
        texts.append("".join(answer.response_gen) if "stream" in method else str(answer))
    return texts


async def _atalk(engine: SimpleChatEngine, method: str) -> list[str]:
    texts = []
    for question in (HELLO, "And again."):
        answer = await getattr(engine, method)(question)
        if "stream" in method:
            texts.append("".join([piece async for piece in answer.async_response_gen()]))
        else:
            texts.append(str(answer))
    return texts
