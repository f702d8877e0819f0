"""Tools: called, forced, in parallel, streamed, in the prompt, and with what they returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weryai_core.doctor.probe import Answers, Finding, Probe, differs, holds, unknown
from weryai_core.doctor.probes.reading import calls_in, describe, listed_names
from weryai_core.doctor.question import MakeParameters, Parameters, Question, Situation, says
from weryai_core.wire import call_extras, calls_of, message_extras

_PROMPTED = '`tool_calling="prompted"`'


def tool(name: str, description: str, **parameters: Any) -> dict[str, Any]:
    """A tool in OpenAI's form; all its parameters are texts and required."""
    schema = {
        "type": "object",
        "properties": {name: {"type": "string", **more} for name, more in parameters.items()},
        "required": list(parameters),
    }
    function = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": function}


WEATHER = tool("get_weather", "Look up the weather in a city.", city={})
_NAME = "get_weather"
_ASKS = "What is the weather in Rome? Use the tool."
_BOTH = "What is the weather in Rome and what is the weather in Oslo? Use the tool for each city."

# A name and a schema as users have them, and as no vendor takes them.
_ODD_NAME = "weather.look_up[city]"
_ODD = {
    "name": _ODD_NAME,
    "description": "Look up the weather.",
    "input_schema": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "anyOf": [
            {"properties": {"city": {"type": "string", "title": None}}, "required": ["city"]},
            {"properties": {"days": {"type": "array"}}},
        ],
    },
}

CALL = Question("tools", says(_ASKS, tools=[WEATHER]), tokens=64)
STREAMED = Question(
    "tool-stream", says(f"{_ASKS} Be quick.", tools=[WEATHER]), way="stream", tokens=64
)
FORCED = Question(
    "forced-tool",
    says(
        "Tell me about Rome.",
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": _NAME}},
    ),
    way="raw",
    tokens=64,
)
PARALLEL = Question("parallel-tools", says(_BOTH, tools=[WEATHER]), tokens=96)
ONE_BY_ONE = Question(
    "parallel-tools-off",
    says(_BOTH, tools=[WEATHER], parallel_tool_calls=False),
    way="raw",
    tokens=96,
)
PROMPTED = Question(
    "prompted-tools",
    says(_ASKS, tools=[WEATHER], tool_calling="prompted"),
    tokens=96,
    more_input=400,
)
ODD = Question("odd-tools", says(_ASKS, tools=[_ODD]), tokens=96)


def _with_result(question: Question, content: str = "Sunny, 22 degrees") -> MakeParameters:
    """What makes the parameters of a question that brings the results of another one's calls."""

    def make(situation: Situation) -> Parameters | None:
        answer = situation.answers.get(question.name)
        message = {} if answer is None else answer.message
        results = [
            {"role": "tool", "tool_call_id": call.get("id"), "content": content}
            for call in calls_of(message)
        ]
        if not results or not isinstance(question.parameters, Mapping):
            return None
        asked = question.parameters["messages"]
        messages = [*asked, {"role": "assistant", **message}, *results]
        return {"messages": messages, "tools": [WEATHER]}

    return make


RESULT = Question("tool-result", _with_result(CALL), more_input=200)
SIGNED = Question(
    "signed-call", says(f"{_ASKS} Then answer.", tools=[WEATHER]), role="signatures", tokens=64
)
SIGNED_RESULT = Question(
    "signed-call-result", _with_result(SIGNED), role="signatures", more_input=1500
)


def _judge_tools(answers: Answers) -> Finding:
    answer = answers["tools"]
    if _NAME not in calls_in(answer):
        return differs("the tools are taken, and not called")
    fields = [*calls_of(answer.message)[:1]]
    seen = f"called; the call has {listed_names(fields[0])}" if fields else "called"
    return holds(seen)


def _judge_streamed(answers: Answers) -> Finding:
    answer = answers["tool-stream"]
    if _NAME not in calls_in(answer) or answer.chunk is None:
        return differs("the tools are taken, and not called")
    arguments = answer.chunk.choice.tool_calls[0].arguments
    if '"city"' in arguments:
        return holds("a call whose arguments are whole")
    return differs("a call whose arguments lack something")


def _judge_forced(answers: Answers) -> Finding:
    answer = answers["forced-tool"]
    if answer.error is not None:
        setting = "nothing: the client falls back to `auto`, with one warning"
        return differs(describe(answer.error), setting)
    if _NAME in calls_in(answer):
        return holds("called")
    return differs("taken, and the answer has no call")


def _judge_parallel(answers: Answers) -> Finding:
    both, single = answers["parallel-tools"], answers["parallel-tools-off"]
    if single.error is not None:
        return differs(describe(single.error), "leave out `parallel_tool_calls`")
    count, alone = len(calls_in(both)), len(calls_in(single))
    if not count:
        return differs("the tools are taken, and not called")
    seen = f"{count} calls in one answer; with `parallel_tool_calls=False` {alone}"
    if alone > 1:
        return differs(seen, "leave out `parallel_tool_calls`")
    return holds(seen) if count > 1 and alone else unknown(seen)


def _judge_prompted(answers: Answers) -> Finding:
    answer = answers["prompted-tools"]
    if _NAME in calls_in(answer):
        return holds("a call in the text, which is read")
    return differs("no call in the text")


def _judge_odd(answers: Answers) -> Finding:
    answer = answers["odd-tools"]
    if _ODD_NAME in calls_in(answer):
        return holds("called, and the call comes back under its own name")
    return unknown("the tools are taken, and not called")


def _judge_result(answers: Answers) -> Finding:
    answer = answers["tool-result"]
    if answer.why_not:
        return unknown("no tool was called, so there is no result")
    if answer.error is not None:
        return differs(describe(answer.error))
    return holds("a call and its result go back, and are answered")


def _judge_signed(answers: Answers) -> Finding:
    call, result = answers["signed-call"], answers["signed-call-result"]
    if result.why_not:
        return unknown(f"{call.model} called no tool")
    names = [*message_extras(call.message)]
    names += [name for one in calls_of(call.message) for name in call_extras(one)]
    signed = f"signed in {listed_names(dict.fromkeys(names))}" if names else "no signature"
    if result.error is not None:
        return differs(describe(result.error))
    seen = f"{call.model}: {signed}; its call is taken back"
    return holds(seen) if names else unknown(seen)


_OPENAI = ("openai-parameters",)
PROBES = (
    Probe("tools", _OPENAI, "`tools` are called", (CALL,), _judge_tools, _PROMPTED),
    Probe(
        "tool-result",
        ("openai-parameters", "failed-tools"),
        "Results come back in the role `tool`",
        (CALL, RESULT),
        _judge_result,
        _PROMPTED,
        may_fail=("tool-result",),
    ),
    Probe(
        "tool-stream",
        ("openai-parameters", "repeated-calls"),
        "Calls are streamed in fragments",
        (STREAMED,),
        _judge_streamed,
        _PROMPTED,
    ),
    Probe(
        "forced-tool",
        _OPENAI,
        "`tool_choice` forces a call",
        (FORCED,),
        _judge_forced,
        _PROMPTED,
        may_fail=("forced-tool",),
    ),
    Probe(
        "parallel-tools",
        _OPENAI,
        "Several calls in one answer, or one",
        (PARALLEL, ONE_BY_ONE),
        _judge_parallel,
        _PROMPTED,
        may_fail=("parallel-tools-off",),
    ),
    Probe(
        "odd-tools",
        ("tool-names", "tool-schemas"),
        "Odd names and schemas are sent in a form that is taken",
        (ODD,),
        _judge_odd,
    ),
    Probe(
        "prompted-tools",
        ("prompted-tools",),
        "Tools in the prompt are called in the text",
        (PROMPTED,),
        _judge_prompted,
        "another `model`",
    ),
    Probe(
        "signatures",
        ("signed-reasoning", "placeholders"),
        "Signed reasoning comes, and is taken back",
        (SIGNED, SIGNED_RESULT),
        _judge_signed,
        "`echo_reasoning=False`",
        may_fail=("signed-call-result",),
    ),
)
