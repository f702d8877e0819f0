"""Tool calls in unusual shapes."""

import json

from situations import UNPUBLISHED, Answer, call, chunk

ROME = {"city": "Rome"}
JSON = '{"city": "Rome"}'
USE = {"type": "tool_use", "id": "call_1", "name": "get_weather"}


def calling(name, source, *entries, deltas=None, **fields):
    return Answer(
        id=name,
        source=source,
        message={"tool_calls": list(entries)},
        deltas=[{"tool_calls": [entry]} for entry in deltas or ()],
        finish_reason="tool_calls",
        **fields,
    )


def numbered(number, entry):
    return {"index": number, **entry}


SHAPES = [
    Answer(
        id="calls that are an object",
        source=UNPUBLISHED,
        message={"tool_calls": call("get_weather", JSON)},
        finish_reason="tool_calls",
        calls=[("get_weather", ROME)],
    ),
    calling(
        "a call without `function`",
        UNPUBLISHED,
        {"id": "call_1", "name": "get_weather", "arguments": JSON},
        calls=[("get_weather", ROME)],
    ),
    calling(
        "a call with its input, as Anthropic has it",
        "https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview",
        {"id": "call_1", "type": "tool_use", "name": "get_weather", "input": ROME},
        calls=[("get_weather", ROME)],
    ),
    Answer(
        id="calls as JSON text",
        source="https://github.com/mistralai/mistral-vibe/pull/271",
        message={"tool_calls": json.dumps([call("get_weather", JSON)])},
        finish_reason="tool_calls",
        calls=[("get_weather", ROME)],
    ),
    Answer(
        id="a call in the parts of a stream of Anthropic's",
        source="https://docs.anthropic.com/en/docs/build-with-claude/streaming",
        message={"content": [{**USE, "input": ROME}]},
        deltas=[
            {"content": [{**USE, "index": 1, "input": {}}]},
            {"content": [{"type": "input_json_delta", "index": 1, "partial_json": JSON[:9]}]},
            {"content": [{"type": "input_json_delta", "index": 1, "partial_json": JSON[9:]}]},
        ],
        finish_reason="tool_use",
        calls=[("get_weather", ROME)],
    ),
    Answer(
        id="an event stream for a plain request",
        source=UNPUBLISHED,
        events=[chunk({"tool_calls": [numbered(0, call("get_weather", JSON))]}, "tool_calls")],
        body="".join(
            f"data: {event}\n\n"
            for event in (
                '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1",'
                '"type":"function","function":{"name":"get_weather",'
                '"arguments":"{\\"city\\": \\"Rome\\"}"}}]},"finish_reason":"tool_calls"}]}',
                "[DONE]",
            )
        ).encode(),
        calls=[("get_weather", ROME)],
    ),
]

NAMELESS = [
    calling(
        "a call whose name is null next to a real one",
        "https://github.com/AstrBotDevs/AstrBot/pull/8607",
        call("get_weather", JSON, "call_1"),
        call(None, '{"x": 1}', "call_2"),
        calls=[("get_weather", ROME)],
    ),
    calling(
        "a call whose name is empty next to a real one",
        "https://github.com/karthink/gptel/pull/1550",
        call("", "{}", "call_1"),
        call("get_weather", JSON, "call_2"),
        calls=[("get_weather", ROME)],
    ),
    calling(
        "an empty call next to a real one",
        "https://github.com/openonion/connectonion/issues/1356",
        {},
        call("get_weather", JSON),
        calls=[("get_weather", ROME)],
    ),
    Answer(
        id="a call whose name is empty next to text",
        source="https://github.com/xorbitsai/xagent/issues/1504",
        message={"content": "Hello", "tool_calls": [call("", "{}")]},
        text="Hello",
        calls=[],
    ),
]

NAMES = [
    calling(
        "a name in two pieces",
        UNPUBLISHED,
        call("get_weather", JSON),
        deltas=[
            numbered(0, call("get_", "")),
            {"index": 0, "function": {"name": "weather", "arguments": JSON}},
        ],
        calls=[("get_weather", ROME)],
    ),
    calling(
        "a name in pieces of one character",
        UNPUBLISHED,
        call("get_time", "{}"),
        deltas=[
            numbered(0, call("g", "")),
            *({"index": 0, "function": {"name": letter}} for letter in "et_time"),
            {"index": 0, "function": {"arguments": "{}"}},
        ],
        calls=[("get_time", {})],
    ),
    calling(
        "a name restated with each piece of the arguments",
        "https://github.com/run-llama/llama_index/issues/18363",
        call("get_weather", JSON),
        deltas=[
            numbered(0, call("get_weather", '{"city"')),
            {"index": 0, "function": {"name": "get_weather", "arguments": ': "Rome"}'}},
        ],
        calls=[("get_weather", ROME)],
    ),
    calling(
        "a name after the arguments",
        "https://github.com/vercel/ai/issues/14722",
        call("get_weather", JSON),
        deltas=[
            {"index": 0, "id": "call_1", "function": {"arguments": JSON}},
            {"index": 0, "function": {"name": "get_weather", "arguments": ""}},
        ],
        calls=[("get_weather", ROME)],
    ),
    calling(
        "an id that comes late",
        "https://github.com/XiaomiMiMo/MiMo-Code/pull/2421",
        call("get_weather", JSON, "call_7"),
        deltas=[
            {"index": 0, "function": {"name": "get_weather", "arguments": '{"city"'}},
            {"index": 0, "id": "call_7", "function": {"arguments": ': "Rome"}'}},
        ],
        calls=[("get_weather", ROME)],
        ids=["call_7"],
    ),
    calling(
        "two calls with one id",
        "https://github.com/HKUDS/nanobot/issues/4059",
        call("get_weather", JSON, "same"),
        call("get_weather", '{"city": "Oslo"}', "same"),
        calls=[("get_weather", ROME), ("get_weather", {"city": "Oslo"})],
    ),
    calling(
        "two different calls with one id",
        "https://github.com/openclaw/openclaw/pull/40996",
        call("edit", '{"line": 1}', "edit:22"),
        call("read", '{"line": 2}', "edit:22"),
        calls=[("edit", {"line": 1}), ("read", {"line": 2})],
    ),
]


def argued(name, source, arguments, value, **fields):
    """A call whose arguments are not proper JSON, whole and cut anywhere."""
    head = numbered(0, call("run", ""))
    pieces = [arguments[start : start + 3] for start in range(0, len(arguments), 3)]
    tail = [{"index": 0, "function": {"arguments": piece}} for piece in pieces]
    right = {"invalid": ["run"]} if value is None else {"calls": [("run", value)]}
    return calling(
        name, source, call("run", arguments), deltas=[head, *tail], **{**right, **fields}
    )


MEM0 = "https://github.com/mem0ai/mem0/issues/2194"
AGENT_ZERO = "https://github.com/agent0ai/agent-zero/issues/1773"
ARGUMENTS = [
    argued(
        "a line break in a string",
        MEM0,
        '{"code": "a = 1\nprint(a)"}',
        {"code": "a = 1\nprint(a)"},
    ),
    argued("a tab and a return in a string", MEM0, '{"row": "a\tb\r\nc"}', {"row": "a\tb\r\nc"}),
    argued(
        "a line break in a nested string",
        MEM0,
        '{"files": [{"name": "a", "text": "1\n2"}]}',
        {"files": [{"name": "a", "text": "1\n2"}]},
    ),
    argued(
        "a trailing comma",
        "https://github.com/dataelement/Clawith/pull/212",
        '{"city": "Rome",}',
        ROME,
    ),
    argued(
        "a trailing comma in a list",
        "https://github.com/ducroo/SICTIC-AI/pull/37",
        '{"cities": ["Rome",]}',
        {"cities": ["Rome"]},
    ),
    argued(
        "an escape that JSON lacks",
        "https://github.com/ducroo/SICTIC-AI/pull/37",
        r'{"regex": "\d+"}',
        {"regex": r"\d+"},
    ),
    argued(
        "a shell command of two lines",
        "https://github.com/NousResearch/hermes-agent/pull/110436",
        r'{"code": "cd /x\necho \$HOME"}',
        {"code": "cd /x\necho \\$HOME"},
    ),
    argued("a fence around the arguments", UNPUBLISHED, '```json\n{"city": "Rome"}\n```', ROME),
    argued(
        "arguments encoded twice",
        "https://github.com/FoundationAgents/OpenManus/pull/989",
        r'"{\"city\": \"Rome\"}"',
        ROME,
    ),
    argued(
        "an emoji as two escapes",
        AGENT_ZERO,
        r'{"text": "\ud83c\udf78"}',
        {"text": "\U0001f378"},
    ),
    argued("half an emoji as an escape", AGENT_ZERO, r'{"text": "a\ud83c"}', {"text": "a\ufffd"}),
    argued(
        "arguments that break off",
        "https://github.com/NousResearch/hermes-agent/issues/35151",
        '{"path": "/home/me/proj',
        None,
    ),
    argued(
        "arguments that break off after a comma",
        "https://github.com/GCWing/OpenBitFun/pull/643",
        '{"path": "/tmp",',
        None,
    ),
    argued("arguments that are prose", UNPUBLISHED, "Rome, please", None),
]

KIMI = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
    '<|tool_call_argument_begin|>{"city": "Rome"}<|tool_call_end|><|tool_calls_section_end|>'
)


DEFINITION = (
    '{"name": "get_weather", "description": "The weather.", "parameters": {"type": "object", '
    '"properties": {"city": {"type": "string"}}}}'
)


def leaked(name, source, text, *, answer="", arguments=(ROME,)):
    return Answer(
        id=name,
        source=source,
        model="KIMI_K2_5",
        message={"content": text},
        deltas=[{"content": text[start : start + 7]} for start in range(0, len(text), 7)],
        text=answer,
        calls=[("get_weather", given) for given in arguments],
    )


LEAKED = [
    leaked(
        "a call in Kimi's own tokens",
        "https://github.com/NousResearch/hermes-agent/issues/24534",
        KIMI,
    ),
    leaked(
        "a call in Kimi's own tokens after text",
        "https://github.com/vllm-project/vllm/pull/31207",
        f"I look it up. {KIMI}",
        answer="I look it up.",
    ),
    leaked(
        "calls of Kimi whose first token was dropped",
        "https://github.com/typeclaw/typeclaw/pull/344",
        KIMI.partition("functions.")[2],
    ),
    leaked(
        "a call of DeepSeek without the tag around it",
        "https://github.com/vllm-project/vllm/issues/48931",
        '<\uff5cDSML\uff5cinvoke name="get_weather"><\uff5cDSML\uff5cparameter name="city" '
        'string="true">Rome</\uff5cDSML\uff5cparameter></\uff5cDSML\uff5cinvoke>'
        "</\uff5cDSML\uff5ctool_calls>",
    ),
    leaked(
        "a call as JSON alone",
        "https://github.com/NousResearch/hermes-agent/pull/35129",
        '{"name": "get_weather", "arguments": {"city": "Rome"}}',
    ),
    leaked(
        "a call of Gemini in Python",
        "https://github.com/googleapis/java-genai/issues/347",
        '```tool_code\nprint(default_api.get_weather(city="Rome"))\n```',
    ),
    leaked(
        "calls of Kimi without tokens",
        UNPUBLISHED,
        'functions.get_weather:0{"city": "Rome"}\nfunctions.get_weather:1{"city": "Rome"}',
        arguments=(ROME, ROME),
    ),
    leaked(
        "the definition of a tool that the user asked for",
        UNPUBLISHED,
        DEFINITION,
        answer=DEFINITION,
        arguments=(),
    ),
]

CALLS = [*SHAPES, *NAMELESS, *NAMES, *ARGUMENTS, *LEAKED]
