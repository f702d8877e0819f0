"""Calls in their models' own tokens, in every form, and readers of a text with them."""

import json

from replies import decode_stream, decode_whole, to_stream

from weryai_core import merge_chunks
from weryai_core.reply_options import ReplyOptions

TOOLS = {
    "get_weather": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    },
    "add": {
        "type": "object",
        "properties": {
            "a": {},
            "b": {"type": "array"},
            "e": {"enum": ["true", "false"]},
            "n": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "o": {"type": ["string", "null"]},
            "t": {"type": "string"},
        },
    },
}
OPTIONS = ReplyOptions(tools=TOOLS)
WEATHER = ("get_weather", {"city": "Paris", "days": 2})
JSON = '{"city": "Paris", "days": 2}'
PARAMETERS = "<parameter=city>\nParis\n</parameter>\n<parameter=days>\n2\n</parameter>\n"
INVOKED = '<invoke name="get_weather"><parameter name="city">Paris</parameter>'
INVOKED += '<parameter name="days">2</parameter></invoke>'
PYTHON = 'get_weather(city="Paris", days=2)'
DSML = (
    '<{0}invoke name="get_weather">\n<{0}parameter name="city" string="true">Paris</{0}parameter>'
)
DSML += '\n<{0}parameter name="days" string="false">2</{0}parameter>\n</{0}invoke>'
# DeepSeek's bars and blocks.
BAR, BLOCK = "\uff5c", "\u2581"


def deepseek(text):
    return text.replace("|", BAR).replace("_", BLOCK)


# The form of a call -> how many of it there are.
FORMS = {
    "Kimi": (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
        f"<|tool_call_argument_begin|>{JSON}<|tool_call_end|><|tool_calls_section_end|>",
        1,
    ),
    "Kimi, two calls": (
        "<|tool_calls_section_begin|>\n"
        + "".join(
            f"<|tool_call_begin|> functions.get_weather:{n} <|tool_call_argument_begin|> {JSON} "
            "<|tool_call_end|>\n"
            for n in range(2)
        )
        + "<|tool_calls_section_end|>",
        2,
    ),
    "fields of the call": (
        '<tool_call>{"name": "get_weather", "city": "Paris", "days": 2}</tool_call>',
        1,
    ),
    "an empty field before a filled one": (
        f'<|python_tag|>{{"name": "get_weather", "arguments": {{}}, "toolInput": {JSON}}}',
        1,
    ),
    "next to the function": (
        f'[TOOL_CALLS][{{"function": {{"name": "get_weather"}}, "kwargs": {JSON}}}]',
        1,
    ),
    "a call without a name after it": (
        f'<tool_call>{{"name": "get_weather", "arguments": {JSON}}}</tool_call>'
        '<tool_call>{"name": "", "arguments": {"city": "Oslo"}}</tool_call>',
        1,
    ),
    "escaped quotes": (
        f'<tool_call>{{"name": "get_weather", "arguments": {JSON}}}'.replace('"', '\\"')
        + "</tool_call>",
        1,
    ),
    "Kimi without a section and an end": (
        f"<|tool_call_begin|>get_weather:0<|tool_call_argument_begin|>{JSON}",
        1,
    ),
    "DeepSeek V3": (
        deepseek("<|tool_calls_begin|><|tool_call_begin|>function<|tool_sep|>")
        + f"get_weather\n```json\n{JSON}\n```"
        + deepseek("<|tool_call_end|><|tool_calls_end|>"),
        1,
    ),
    "DeepSeek V3.1": (
        deepseek("<|tool_calls_begin|><|tool_call_begin|>")
        + "get_weather"
        + deepseek("<|tool_sep|>")
        + JSON
        + deepseek("<|tool_call_end|>")
        + deepseek("<|tool_call_begin|>")
        + "get_weather"
        + deepseek("<|tool_sep|>")
        + JSON
        + deepseek("<|tool_call_end|><|tool_calls_end|>"),
        2,
    ),
    "DeepSeek V3.2": (
        f"<{BAR}DSML{BAR}function_calls>\n{DSML.format(f'{BAR}DSML{BAR}')}\n"
        f"</{BAR}DSML{BAR}function_calls>",
        1,
    ),
    "DeepSeek V4 with other bars": (DSML.format("||DSML||"), 1),
    "GLM": (
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n"
        "<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
        1,
    ),
    "GLM 4.7, two calls": (
        "<tool_call>get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value>"
        "<arg_key>days</arg_key><arg_value>2</arg_value></tool_call>"
        "<tool_call>get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value>"
        "<arg_key>days</arg_key><arg_value>2</arg_value></tool_call>",
        2,
    ),
    "Qwen": (
        f'<tool_call>\n{{"name": "get_weather", "arguments": {JSON}}}\n</tool_call>',
        1,
    ),
    "Qwen without an end": (f'<tool_call>{{"name": "get_weather", "arguments": {JSON}}}', 1),
    "Qwen with arguments as text": (
        f'<tool_call>{{"name": "get_weather", "arguments": {json.dumps(JSON)}}}</tool_call>',
        1,
    ),
    "Qwen Coder": (
        f"<tool_call>\n<function=get_weather>\n{PARAMETERS}</function>\n</tool_call>",
        1,
    ),
    "Qwen Coder without a wrapper": (f"<function=get_weather>\n{PARAMETERS}</function>", 1),
    "Seed": (
        f"<seed:tool_call><function=get_weather>{PARAMETERS}</function></seed:tool_call>",
        1,
    ),
    "Claude": (f"<function_calls>\n{INVOKED}\n</function_calls>", 1),
    "Claude, older": (
        "<function_calls><invoke><tool_name>get_weather</tool_name><parameters><city>Paris</city>"
        "<days>2</days></parameters></invoke></function_calls>",
        1,
    ),
    "Grok": (INVOKED.replace("invoke", "xai:function_call"), 1),
    "MiniMax M1": (
        f'<tool_calls>\n{{"name": "get_weather", "arguments": {JSON}}}\n'
        f'{{"name": "get_weather", "arguments": {JSON}}}\n</tool_calls>',
        2,
    ),
    "Gemini": (f"```tool_code\nprint(default_api.{PYTHON})\n```", 1),
    "Gemini, two calls": (f"```tool_code\n{PYTHON}\nprint({PYTHON})\n```", 2),
    "Llama 4": (f"<|python_start|>[{PYTHON}]<|python_end|>", 1),
    "Llama, built in": ('<|python_tag|>get_weather.call(city="Paris", days=2)<|eom_id|>', 1),
    "MiniMax": (f"<minimax:tool_call>\n{INVOKED}\n</minimax:tool_call>", 1),
    "Llama": (f'<|python_tag|>{{"name": "get_weather", "parameters": {JSON}}}', 1),
    "Llama in tags": (f"<function=get_weather>{JSON}</function>", 1),
    "Mistral": (f'[TOOL_CALLS][{{"name": "get_weather", "arguments": {JSON}}}]', 1),
    "Mistral, newer": (f"[TOOL_CALLS]get_weather[ARGS]{JSON}", 1),
    "Mistral, two calls": (f"[TOOL_CALLS]get_weather{JSON}[TOOL_CALLS]get_weather{JSON}", 2),
    "gpt-oss, several messages": (
        "<|start|>assistant<|channel|>commentary to=functions.get_weather json<|message|>"
        f"{JSON}<|call|><|start|>assistant<|channel|>analysis<|message|>More.<|end|>"
        "<|start|>assistant to=functions.get_weather<|channel|>commentary<|message|>"
        f"{JSON}<|call|>",
        2,
    ),
    "another model's": (f"<|tool_call_start|>get_weather {JSON}<|other|></s>", 1),
    "gpt-oss": (
        "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>"
        f"{JSON}<|call|>",
        1,
    ),
}


def calls_of(choice):
    return [(call.name, json.loads(call.arguments)) for call in choice.tool_calls]


def streamed(text, options=OPTIONS, size=1, finish_reason="stop", **delta):
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    end = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}
    return merge_chunks(decode_stream(to_stream(*events, end), options, sizes=[None])).choice


def whole(text, options=OPTIONS, finish_reason="stop", **message):
    entry = {"message": {"content": text, **message}, "finish_reason": finish_reason}
    return decode_whole({"choices": [entry]}, options).choice


# Calls in which something is missing, or too much, but nothing in doubt -> how many there are.
CALL = f'{{"name": "get_weather", "arguments": {JSON}}}'
KIMIS = f"get_weather:0<|tool_call_argument_begin|>{JSON}<|tool_calls_section_end|>"


PARAMETERS_OF_A_TOOL = '{"type": "object", "properties": {"city": {"type": "string"}}}'
DEFINITION = f'{{"name": "get_weather", "description": "d", "parameters": {PARAMETERS_OF_A_TOOL}}}'
