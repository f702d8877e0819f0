"""Tools, names, messages and parameters, and the JSON that a request holds."""

from situations import ANY, UNPUBLISHED, Sent, call

HELLO = [{"role": "user", "content": "Hello"}]
EMPTY = {"type": "object", "properties": {}}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def tool(name="get_weather", parameters=CITY, **fields):
    return {
        "type": "function",
        "function": {"name": name, "description": "d", "parameters": parameters, **fields},
    }


def with_tools(*tools, **fields):
    return {"messages": HELLO, "tools": list(tools), **fields}


SCHEMAS = [
    Sent(
        id="parameters without properties",
        source="https://github.com/NousResearch/hermes-agent/pull/2095",
        request=with_tools(tool(parameters={"type": "object"})),
        sent={"tools": [tool(parameters=EMPTY)]},
    ),
    Sent(
        id="parameters that are empty",
        source="https://github.com/nnemirovsky/iwdp-mcp/pull/3",
        request=with_tools(tool(parameters={})),
        sent={"tools": [tool(parameters=EMPTY)]},
    ),
    Sent(
        id="parameters without properties that are closed",
        source="https://github.com/osaurus-ai/osaurus/issues/2847",
        request=with_tools(tool(parameters={"type": "object", "additionalProperties": False})),
        sent={"tools": [tool(parameters={**EMPTY, "additionalProperties": False})]},
    ),
    Sent(
        id="a parameter named properties",
        source="https://github.com/NousResearch/hermes-agent/issues/110530",
        request=with_tools(
            tool(
                parameters={
                    "type": "object",
                    "properties": {"file": {"type": "string"}, "properties": {"type": "string"}},
                }
            )
        ),
        sent={
            "tools": [
                tool(
                    parameters={
                        "type": "object",
                        "properties": {
                            "file": {"type": "string"},
                            "properties": {"type": "string"},
                        },
                    }
                )
            ]
        },
    ),
    Sent(
        id="a list without items",
        source="https://github.com/NousResearch/hermes-agent/pull/69928",
        request=with_tools(tool(parameters={"properties": {"tags": {"type": "array"}}})),
        sent={
            "tools": [
                tool(
                    parameters={
                        "type": "object",
                        "properties": {"tags": {"type": "array", "items": {}}},
                    }
                )
            ]
        },
    ),
    Sent(
        id="a union at the root of an MCP tool's parameters",
        source="https://github.com/makenotion/notion-mcp-server/issues/340",
        request=with_tools(
            tool(
                parameters={
                    "type": "object",
                    "anyOf": [
                        {"properties": {"content": {"type": "string"}}, "required": ["content"]},
                        {"properties": {"url": {"type": "string"}}, "required": ["url"]},
                    ],
                    "$schema": "http://json-schema.org/draft-07/schema#",
                }
            )
        ),
        sent={
            "tools": [
                tool(
                    parameters={
                        "type": "object",
                        "properties": {"content": {"type": "string"}, "url": {"type": "string"}},
                    }
                )
            ]
        },
    ),
    Sent(
        id="a choice among several tools, as in the Responses API",
        source="https://platform.openai.com/docs/guides/function-calling",
        request=with_tools(
            tool("a.b"),
            tool("c"),
            tool_choice={
                "type": "allowed_tools",
                "mode": "auto",
                "tools": [{"type": "function", "name": "a.b"}],
            },
        ),
        sent={
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "a_b"}}],
                },
            }
        },
    ),
    Sent(
        id="a strict tool",
        source="https://github.com/openai/openai-python/pull/2987",
        request=with_tools(
            tool(
                parameters={
                    "type": "object",
                    "properties": {"city": {"type": "string"}, "unit": {"type": "string"}},
                    "required": ["city"],
                },
                strict=True,
            )
        ),
        sent={
            "tools": [
                tool(
                    parameters={
                        "type": "object",
                        "properties": {"city": {"type": "string"}, "unit": ANY},
                        "required": ["city", "unit"],
                        "additionalProperties": False,
                    },
                    strict=True,
                )
            ]
        },
    ),
    Sent(
        id="a strict schema with a discriminated union",
        source="https://github.com/livekit/agents/issues/5302",
        request={
            "messages": HELLO,
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "Garage",
                    "strict": True,
                    "schema": {
                        "type": "object",
                        "properties": {
                            "vehicle": {
                                "oneOf": [{"type": "string"}, {"type": "integer"}],
                                "discriminator": {"propertyName": "kind"},
                            }
                        },
                        "required": ["vehicle"],
                        "additionalProperties": False,
                    },
                },
            },
        },
        sent={
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "Garage",
                    "strict": True,
                    "schema": {
                        "type": "object",
                        "properties": {
                            "vehicle": {"anyOf": [{"type": "string"}, {"type": "integer"}]}
                        },
                        "required": ["vehicle"],
                        "additionalProperties": False,
                    },
                },
            },
        },
    ),
]

NAMES = [
    Sent(
        id="a tool whose name has a dot",
        source="https://github.com/l22-io/orchard-mcp/issues/14",
        request=with_tools(tool("calendar.read")),
        sent={"tools": [tool("calendar_read")]},
    ),
    Sent(
        id="a tool whose name has a colon and its choice",
        source="https://github.com/docker/mcp-gateway/issues/228",
        request=with_tools(
            tool("memory:create_entities"),
            tool_choice={"type": "function", "function": {"name": "memory:create_entities"}},
            check_tool_choice=False,
        ),
        sent={
            "tools": [tool("memory_create_entities")],
            "tool_choice": {"type": "function", "function": {"name": "memory_create_entities"}},
        },
    ),
    Sent(
        id="two tools whose names differ in a dot only",
        source="https://github.com/docker/mcp-gateway/issues/228",
        request=with_tools(tool("a.b"), tool("a_b")),
        sent={"tools": [tool("~1"), tool("~2")]},
    ),
    Sent(
        id="two tools whose names are too long and begin alike",
        source="https://github.com/tadata-org/fastapi_mcp/issues/161",
        request=with_tools(tool("get_" + "x" * 80 + "_1"), tool("get_" + "x" * 80 + "_2")),
        sent={"tools": [tool("~1"), tool("~2")]},
    ),
    Sent(
        id="a tool whose name has spaces, called in the history",
        source="https://github.com/NetApp/netapp-dataops-toolkit/issues/38",
        request={
            "tools": [tool("Create CIFS Share")],
            "messages": [
                *HELLO,
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [call("Create CIFS Share", "{}")],
                },
                {"role": "tool", "tool_call_id": "call_1", "content": "Done"},
            ],
        },
        sent={
            "tools": [tool("~1")],
            "messages": [
                *HELLO,
                {"role": "assistant", "content": None, "tool_calls": [call("~1", "{}")]},
                {"role": "tool", "tool_call_id": "call_1", "content": "Done"},
            ],
        },
    ),
    Sent(
        id="a message whose name has spaces",
        source="https://github.com/langchain-ai/langchain/issues/35054",
        request={
            "messages": [
                {"role": "user", "content": "Hello", "name": "User Onboarding"},
                {"role": "assistant", "content": "Hi", "name": "Web <Scraper>"},
                {"role": "user", "content": "Bye"},
            ]
        },
        sent={
            "messages": [
                {"role": "user", "content": "Hello", "name": "User_Onboarding"},
                {"role": "assistant", "content": "Hi", "name": ANY},
                {"role": "user", "content": "Bye"},
            ]
        },
    ),
    Sent(
        id="a name of another script",
        source="https://github.com/langchain-ai/langgraphjs/issues/104",
        request={"messages": [{"role": "user", "content": "Hello", "name": "Jörg"}]},
        sent={"messages": [{"role": "user", "content": "Hello", "name": ANY}]},
    ),
    Sent(
        id="half an emoji from a PDF",
        source="https://github.com/HKUDS/nanobot/pull/4952",
        request={"messages": [{"role": "user", "content": "A \ud83d b"}]},
        sent={"messages": [{"role": "user", "content": "A \ufffd b"}]},
    ),
    Sent(
        id="an emoji from a PDF in two halves",
        source="https://github.com/simonw/llm/issues/768",
        request={"messages": [{"role": "user", "content": "A \ud83d\ude00 b"}]},
        sent={"messages": [{"role": "user", "content": "A \U0001f600 b"}]},
    ),
]


def history(*messages):
    return {"messages": [*HELLO, *messages, {"role": "user", "content": "Go on"}]}


def answered(id_, text="Sunny"):
    return {"role": "tool", "tool_call_id": id_, "content": text}


def assistant(*calls, content=None):
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


LONG = "toolu_" + "0123456789" * 6

MESSAGES = [
    Sent(
        id="an empty turn of the assistant",
        source="https://github.com/cecli-dev/cecli/issues/102",
        request=history({"role": "assistant", "content": ""}),
        sent={"messages": [*HELLO, {"role": "user", "content": "Go on"}]},
    ),
    Sent(
        id="an empty turn of the assistant in parts",
        source="https://github.com/run-llama/llama_index/pull/17278",
        request=history({"role": "assistant", "content": [{"type": "text", "text": " \n"}]}),
        sent={"messages": [*HELLO, {"role": "user", "content": "Go on"}]},
    ),
    Sent(
        id="an empty turn with a call stays",
        source="https://github.com/run-llama/llama_index/pull/17278",
        request=history(assistant(call("get_weather", "{}")), answered("call_1")),
        sent={
            "messages": [
                *HELLO,
                assistant(call("get_weather", "{}")),
                answered("call_1"),
                {"role": "user", "content": "Go on"},
            ]
        },
    ),
    Sent(
        id="ids that are too long, and equal at their beginning",
        source="https://github.com/openclaw/openclaw/pull/875",
        request=history(
            assistant(call("a", "{}", LONG + "x"), call("b", "{}", LONG + "y")),
            answered(LONG + "x", "X"),
            answered(LONG + "y", "Y"),
        ),
        sent={
            "messages": [
                *HELLO,
                assistant(call("a", "{}", "*1"), call("b", "{}", "*2")),
                answered("*1", "X"),
                answered("*2", "Y"),
                {"role": "user", "content": "Go on"},
            ]
        },
    ),
    Sent(
        id="ids with characters that Claude refuses",
        source="https://github.com/anthropics/anthropic-sdk-csharp/issues/53",
        model="CLAUDE_SONNET_4_6",
        request=history(assistant(call("a", "{}", "call|fc:1")), answered("call|fc:1")),
        sent={
            "messages": [
                *HELLO,
                assistant(call("a", "{}", "*1")),
                answered("*1"),
                {"role": "user", "content": "Go on"},
            ]
        },
    ),
    Sent(
        id="ids that a service gives again in each turn",
        source="https://github.com/QwenLM/qwen-code/pull/5107",
        request=history(
            assistant(call("a", "{}", "call_0")),
            answered("call_0", "X"),
            assistant(call("a", "{}", "call_0")),
            answered("call_0", "Y"),
        ),
        sent={
            "messages": [
                *HELLO,
                assistant(call("a", "{}", "*1")),
                answered("*1", "X"),
                assistant(call("a", "{}", "*2")),
                answered("*2", "Y"),
                {"role": "user", "content": "Go on"},
            ]
        },
    ),
]

REFUSED = [
    Sent(
        id="arguments of a history with half an emoji",
        source="https://github.com/HKUDS/nanobot/pull/4952",
        request=history(assistant(call("save", {"text": "a\ud83d"})), answered("call_1")),
        sent={
            "messages": [
                *HELLO,
                assistant(call("save", '{"text": "a\ufffd"}')),
                answered("call_1"),
                {"role": "user", "content": "Go on"},
            ]
        },
    ),
    Sent(
        id="arguments of a history that are no number",
        source=UNPUBLISHED,
        request=history(assistant(call("save", {"n": float("nan")})), answered("call_1")),
        sent={
            "messages": [
                *HELLO,
                assistant(call("save", '{"n": "NaN"}')),
                answered("call_1"),
                {"role": "user", "content": "Go on"},
            ]
        },
    ),
    Sent(
        id="arguments of a user that are no JSON",
        source=UNPUBLISHED,
        request=history(assistant(call("save", {"data": b"\xff\xfe"})), answered("call_1")),
        error="InvalidRequestError",
        says="save",
    ),
]

SENT = [*SCHEMAS, *NAMES, *MESSAGES, *REFUSED]
