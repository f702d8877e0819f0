"""Calls in their models' own tokens, which a server has left in the text."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Citation, ToolCallError, merge_chunks
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


@pytest.mark.parametrize(("text", "count"), FORMS.values(), ids=FORMS)
def test_a_call_in_its_models_form_is_a_call(text, count):
    for before in ("", "I look.\n\n", "Is 1 < 2 [yes]? "):
        for choice in (
            whole(before + text),
            streamed(before + text),
            streamed(before + text, size=7),
        ):
            assert calls_of(choice) == [WEATHER] * count
            assert choice.text == before
            assert choice.finish_reason == "tool_calls"
            ids = [call.id for call in choice.tool_calls]
            assert len({*ids}) == count
            assert [call.index for call in choice.tool_calls] == [*range(count)]


def test_kimis_own_ids_are_kept():
    ids = [call.id for call in whole(FORMS["Kimi, two calls"][0]).tool_calls]
    assert ids == ["functions.get_weather:0", "functions.get_weather:1"]


# Calls in which something is missing, or too much, but nothing in doubt -> how many there are.
CALL = f'{{"name": "get_weather", "arguments": {JSON}}}'
KIMIS = f"get_weather:0<|tool_call_argument_begin|>{JSON}<|tool_calls_section_end|>"
LENIENT = {
    "a brace too many": (f"<tool_call>{CALL}}}</tool_call>", 1),
    "a brace too few": (f"<tool_call>{CALL[:-1]}</tool_call>", 1),
    "doubled braces": (f"<tool_call>{{{CALL}}}</tool_call>", 1),
    "a fence inside": (f"<tool_call>```json\n{CALL}\n```</tool_call>", 1),
    "a fence as the mark": (f"```tool_call\n{CALL}\n```", 1),
    "several in one": (f"<tool_call>{CALL}; {CALL}</tool_call>", 2),
    "no end tags of parameters": (
        "<tool_call><function=get_weather>\n<parameter=city>\nParis\n<parameter=days>\n2\n"
        "</function></tool_call>",
        1,
    ),
    "no end tags of values": (
        "<tool_call>get_weather<arg_key>city</arg_key><arg_value>Paris<arg_key>days</arg_key>"
        "<arg_value>2</tool_call>",
        1,
    ),
    "no end tag of the function": (f"<tool_call><function=get_weather>{PARAMETERS}</tool_call>", 1),
    "no end tags": (f"<function=get_weather>{PARAMETERS}", 1),
    "no start": (f"{INVOKED}</minimax:tool_call>", 1),
    "a name in an attribute": (
        f'<tool_call><function name="get_weather">{PARAMETERS}</function></tool_call>',
        1,
    ),
    "single quotes": (INVOKED.replace('"', "'"), 1),
    "capitals": (f"<TOOL_CALL>{CALL}</TOOL_CALL>", 1),
    "tokens of the template": (f"<tool_call>{CALL}</tool_call><|im_end|>", 1),
    "a section alone": (f"<|tool_calls_section_begin|>functions.{KIMIS}", 1),
    "no mark of arguments": (f"<|tool_call_begin|>get_weather:0{JSON}<|tool_call_end|>", 1),
    "an end tag after the name": (
        "<tool_call>get_weather</arg_value><arg_key>city</arg_key><arg_value>Paris</arg_value>"
        "<arg_key>days</arg_key><arg_value>2</arg_value></tool_call>",
        1,
    ),
    "tokens of another model before it": (
        deepseek("<|tool_calls_begin|><|tool_call_begin|>function<|tool_sep|>")
        + INVOKED.replace("invoke", "steptml:invoke"),
        1,
    ),
    "unknown tokens before it": (f"<|action_start|><|plugin|>\n{CALL}<|action_end|>", 1),
    "the head of a message before it": (f"<|im_start|>assistant\n<tool_call>{CALL}", 1),
    "the name and arguments in tags": (
        f"<function_call><name>get_weather</name>\n<arguments>{JSON}</arguments></function_call>",
        1,
    ),
    "arguments in brackets": (f"<function_call>get_weather({JSON})</function_call>", 1),
    "other names of its fields": (
        f'<tool_code>{{"tool_name": "get_weather", "input": {JSON}}}</tool_code>',
        1,
    ),
    "an open tag": (f"<function=get_weather{JSON}</function>", 1),
    "a tag in brackets": (f"<function(get_weather)>{JSON}</function>", 1),
    "a tag around both": (f"<function=get_weather,{JSON}></function>", 1),
    "imports": (f"```tool_code\nimport datetime\n\n# look\nprint(default_api.{PYTHON})\n```", 1),
}


@pytest.mark.parametrize(("text", "count"), LENIENT.values(), ids=LENIENT)
def test_a_call_without_some_of_its_marks_is_a_call(text, count):
    for choice in (whole(f"I look.\n{text}"), streamed(f"I look.\n{text}", size=7)):
        assert (choice.text, calls_of(choice)) == ("I look.\n", [WEATHER] * count)


# At the head of a text, a call may lack the mark before it.
BARE = {
    "Kimi": (KIMIS, 1),
    "Kimi, two calls": (f"functions.{KIMIS}\n{KIMIS}", 2),
    "Qwen": (f"\n{CALL}\n</tool_call>", 1),
    "JSON alone": (CALL, 1),
    "JSON of OpenAI": (f'{{"type": "function", "function": {CALL}}}', 1),
    "a list": (f"[{CALL}, {CALL}]", 2),
    "arguments first": (f'\ufeff{{"parameters": {JSON}, "name": "get_weather"}}', 1),
    "GLM": (
        "get_weather\n<arg_key>city</arg_key><arg_value>Paris</arg_value><arg_key>days</arg_key>"
        "<arg_value>2</arg_value></tool_call>",
        1,
    ),
    "DeepSeek": (
        deepseek("function<|tool_sep|>") + f"get_weather\n```json\n{JSON}\n```"
        f"{deepseek('<|tool_call_end|>')}",
        1,
    ),
    "Mistral": (f"get_weather[ARGS]{JSON}", 1),
    "Gemini": (f"tool_code\nprint(default_api.{PYTHON})", 1),
    "Gemini 3": ("call:default_api:get_weather{city:<ctrl46>Paris<ctrl46>,days:2}", 1),
    "Python": (f"[{PYTHON}, {PYTHON}]", 2),
    "GPT": (f"to=functions.get_weather {JSON}", 1),
    "GPT, with its channel and debris": (f"commentary to=functions.get_weather json\n{JSON}", 1),
    "GPT, without spaces": (f"assistantcommentary to=functions.get_weatherjson{JSON}", 1),
    "Kimi without tokens": (f"functions.get_weather:0 {JSON}\nfunctions.get_weather:1{JSON}", 2),
    "imports": (f"tool_code\nfrom a import b\nprint(default_api.{PYTHON})", 1),
    "other fields": (
        f'[{{"id": "1", "type": "tool_use", "tool": "get_weather", "input": {JSON}}}]',
        1,
    ),
    "a brace too few": (CALL[:-1], 1),
}


@pytest.mark.parametrize(("text", "count"), BARE.values(), ids=BARE)
def test_a_call_that_is_the_whole_text_needs_no_mark_before_it(text, count):
    for choice in (whole(text), streamed(text), streamed(text, size=7)):
        assert (choice.text.strip("\n\ufeff"), calls_of(choice)) == ("", [WEATHER] * count)


WITHOUT_ARGUMENTS = [
    "<tool_call>ping</tool_call>",
    "<tool_call>\nping\n</tool_call>",
    "<tool_call><name>ping</name></tool_call>",
    "<|tool_call_begin|>functions.ping:0<|tool_call_argument_begin|><|tool_call_end|>",
    "<|tool_call_begin|>functions.ping:0<|tool_call_end|>",
    deepseek("<|tool_call_begin|>ping<|tool_sep|><|tool_call_end|>"),
    deepseek("<|tool_call_begin|>function<|tool_sep|>ping\n```json\n```<|tool_call_end|>"),
    "<|channel|>commentary to=functions.ping <|constrain|>json<|message|><|call|>",
    '<function_calls><invoke name="ping"/></function_calls>',
    "<function=ping/>",
]


@pytest.mark.parametrize("text", WITHOUT_ARGUMENTS)
def test_a_call_may_lack_arguments_where_its_tool_requires_none(text):
    options = ReplyOptions(tools={"ping": {"type": "object", "properties": {}}})
    for choice in (whole(f"Hm.\n{text}", options), streamed(f"Hm.\n{text}", options)):
        assert (choice.text, calls_of(choice)) == ("Hm.\n", [("ping", {})])
    options = ReplyOptions(tools={"ping": {"properties": {"a": {}}, "required": ["a"]}})
    for read in (whole, streamed):
        if "<name>" not in text:
            with pytest.raises(ToolCallError, match="cannot be read"):
                read(text, options)


@pytest.mark.parametrize("arguments", ["null", '""'])
def test_no_value_of_arguments_is_no_arguments(arguments):
    text = f'<tool_call>{{"name": "add", "arguments": {arguments}}}</tool_call>'
    assert calls_of(whole(text)) == [("add", {})]


def test_arguments_that_only_say_object_are_those_of_a_tool_that_takes_any_name():
    text = '{"name": "any", "arguments": {"type": "object"}}'
    options = ReplyOptions(tools={"any": {"properties": {"a": {}}, "additionalProperties": True}})
    for read in (whole, streamed):
        assert calls_of(read(f"<tool_call>{text}</tool_call>", options)) == [
            ("any", {"type": "object"})
        ]
        assert read(text, options).text == text


def test_the_id_of_a_call_is_no_argument():
    for read in (whole, streamed):
        choice = read('{"id": 7, "name": "add", "input": {}}')
        assert calls_of(choice) == [("add", {})]


def test_parameters_named_as_a_schema_has_them_are_arguments():
    schema = {"type": "object", "properties": {"type": {}, "properties": {"type": "object"}}}
    arguments = {"type": "object", "properties": {"city": {"type": "string"}}}
    text = json.dumps({"name": "define", "parameters": arguments})
    options = ReplyOptions(tools={"define": schema})
    for read in (whole, streamed):
        assert calls_of(read(text, options)) == [("define", arguments)]


def test_an_id_in_the_place_of_a_name_is_a_call_of_the_only_tool_that_is_forced():
    text = f"<|tool_call_begin|>call_abc123<|tool_call_argument_begin|>{JSON}<|tool_call_end|>"
    tools = {"get_weather": TOOLS["get_weather"]}
    for read in (whole, streamed):
        choice = read(text, ReplyOptions(tools=tools, requires_call=True))
        assert (calls_of(choice), choice.tool_calls[0].id) == ([WEATHER], "call_abc123")
        for options in (ReplyOptions(tools=tools), ReplyOptions(tools=TOOLS, requires_call=True)):
            with pytest.raises(ToolCallError, match="cannot be read"):
                read(text, options)


def test_a_tag_that_prose_mentions_hides_no_call():
    for before in ("Use the <pre> tag.\n", "> A quote.\n", "<pre>x</pre>\n"):
        for read in (whole, streamed):
            choice = read(before + FORMS["Qwen"][0])
            assert (choice.text, calls_of(choice)) == (before, [WEATHER])
    text = 'A <pre>\n<tool_call>{"name": "add", "arguments": {"t": "</pre>"}}</tool_call>'
    assert calls_of(whole(text)) == [("add", {"t": "</pre>"})]


def test_json_is_no_call_where_the_answer_is_json():
    options = ReplyOptions(tools=TOOLS, expects_json=True)
    for choice in (whole(CALL, options), streamed(CALL, options)):
        assert (choice.text, choice.tool_calls) == (CALL, ())


def test_what_precedes_and_follows_calls_is_text():
    for mark in (FORMS["Kimi"][0], FORMS["Qwen"][0], FORMS["GLM"][0], FORMS["Gemini"][0]):
        for choice in (whole(f"Hm.\n{mark}\nDone."), streamed(f"Hm.\n{mark}\nDone.", size=3)):
            assert (choice.text, calls_of(choice)) == ("Hm.\nDone.", [WEATHER])


SPECIAL = [name for name, (text, _) in FORMS.items() if text.startswith(("<|", f"<{BAR}", "["))]


@pytest.mark.parametrize("name", FORMS)
def test_without_tools_special_tokens_are_an_error_and_tags_are_text(name):
    text = f"I look.\n{FORMS[name][0]}"
    for read in (whole, streamed):
        if name not in SPECIAL:
            choice = read(text, ReplyOptions())
            assert (choice.text, choice.tool_calls) == (text, ())
            continue
        with pytest.raises(ToolCallError, match="The request has no tools") as caught:
            read(text, ReplyOptions())
        assert caught.value.is_retryable
        assert caught.value.partial.text == text
        explained = f"Like this:\n{text}\nSo it calls."
        assert read(explained, ReplyOptions()).text == explained


PARAMETERS_OF_A_TOOL = '{"type": "object", "properties": {"city": {"type": "string"}}}'
DEFINITION = f'{{"name": "get_weather", "description": "d", "parameters": {PARAMETERS_OF_A_TOOL}}}'
# JSON that names a tool and is no call.
NO_CALLS = [
    DEFINITION,
    f"[{DEFINITION}, {DEFINITION}]",
    f'[{{"type": "function", "function": {DEFINITION}}}]',
    f'{{"name": "get_weather", "parameters": {PARAMETERS_OF_A_TOOL}}}',
    f'{{"name": "get_weather", "parameters": {PARAMETERS_OF_A_TOOL}',
    '{"name": "get_weather", "parameters": {"type": "object"}}',
    '{"name": "get_weather", "parameters": {"city": {"type": "string"}}}',
    f'[{{"tool": "get_weather", "args": {JSON}, "result": "sunny"}}]',
    f'{{"type": "step", "name": "get_weather", "input": {JSON}, "status": "done"}}',
    f'{{"type": "step", "name": "get_weather", "input": {JSON}}}',
    f'{{"function": "get_weather", "parameters": {JSON}, "comment": "the one I would use"}}',
    f'{{"type": "function", "function": {CALL}, "status": "completed"}}',
    f'{{"tool": "get_weather", "name": "Bob", "args": {JSON}}}',
    f'[{CALL}, {{"name": "Bob", "arguments": {JSON}}}]',
]
PROSE = [
    "Is 1 < 2, and [1] a list?",
    "Call it with `<tool_call>`, then get_weather runs.",
    "```\n<tool_call>get_weather\n<arg_key>city</arg_key>\n</tool_call>\n```\nSo it is.",
    "The token <tool_call> begins a call of tools like get_weather. " * 8,
    "The token <|python_tag|> is Llama's.",
    "[TOOL_CALLS] is Mistral's, as in add and others.",
    "<function=unknown>{}</function>",
    "<invoke>the spirits</invoke>",
    f"Write `x = {CALL}` or `a <tool_call>{CALL}</tool_call>`.",
    f"It writes <tool_call>{CALL}</tool_call>, and then it waits.",
    f'The form "<tool_call>{CALL}</tool_call>" is its own.',
    f"{CALL} is a call.",
    f"~~~\n<tool_call>{CALL}</tool_call>\n~~~",
    f"````\n```tool_code\n{PYTHON}\n```\n````",
    "A call ends with <|tool_call_end|>",
    "A call <tool_call>get_weather</tool_call> is made of two tags.",
    "Special tokens:\n- <|tool_call_begin|>\n- <|tool_call_end|>",
    "Special tokens:\n<|tool_call_begin|>\n<|tool_call_end|>",
    f"It writes:\n\n    <tool_call>{CALL}</tool_call>\n\nand waits.",
    'It is <tool_call>{"name": "get_weather", "arguments": {...}}</tool_call>',
    "get_weather is one of my tools.",
    "to=functions.get_weather is how I call it.",
    'to=functions.unknown {"a": 1}',
    "get_weather",
    f"{PYTHON} is Python.",
    "tool_code is a word.",
    "[get_weather] and [add](https://add.example)",
    '{"name": "John", "arguments": {}}',
    '{"name": "get_weather"}',
    '{"type": "object", "properties": {}}',
    *NO_CALLS,
    f"> <tool_call>{CALL}</tool_call>\n\nIt is quoted.",
    f"> <tool_call>\n> {CALL}\n> </tool_call>",
    f"<pre>\n<tool_call>{CALL}</tool_call></pre>",
    f'<pre class="x"><code>{FORMS["Kimi"][0]}</code></pre>',
    f"I saw {FORMS['Kimi'][0]} which is a call.",
    "I saw <|tool_call_begin|>functions.get_weather:0...<|tool_call_end|> which is a call.",
    "<tool_call>\nget_weather\n</tool_call> is a call without arguments.",
    f"<tool_call>{CALL}</tool_call> is a call.",
    "<function=get_weather> is a tag",
    '<invoke name="get_weather"> starts a call; </invoke> ends it.',
    f"functions.get_weather:0{JSON} is a call.",
    f"I saw functions.get_weather:0{JSON}",
    f"It is:\nfunctions.get_weather:0{JSON}\nSo it is.",
    "functions.get_weather: it takes {...}.",
    "Names are:\nfunctions.get_weather and\nfunctions.",
    "The tools are:\nfunctions.get_weather\nfunctions.add",
    "functions.get_weather\nfunctions.add",
    "The tools are:\nfunctions.add: adds\nfunctions.get_weather(city, days)",
    "var functions = {};\nfunctions.add = function(a, b) { return a + b; };",
    "Kotlin:\nfunctions.add { x }",
    f"The code:\nfunctions.get_weather({JSON})",
    f"functions.get_weather({JSON})",
    f"Like this:\nto=functions.get_weather {JSON}",
    "functions.add:0{a, b}",
    "to=functions.add {a}",
    "[add(1, 2)](https://add.example)",
    "a <",
    "a [TOOL",
    "<|tool",
]


@pytest.mark.parametrize("text", PROSE)
def test_tokens_in_prose_and_in_code_are_text(text):
    for choice in (whole(text), streamed(text), streamed(text, size=7)):
        assert (choice.text, choice.tool_calls, choice.finish_reason) == (text, (), "stop")


def test_lower_case_words_after_a_call_at_the_head_are_text_after_it():
    for read in (whole, streamed):
        choice = read(f"<tool_call>{CALL}</tool_call> let me see")
        assert (choice.text, calls_of(choice)) == ("let me see", [WEATHER])


HEADS = [
    '{"input": "a text", ',
    '{"args": 5, ',
    '{"index": 7, "row": ',
    '{"id": {"a": ',
    '{"type": "step", ',
    '{"name": ["a"',
    '{"arguments": {"city": "Paris"}, "row": ',
    '{"function": {"a": 1}, "b": ',
    "functions.unknown",
    "I use\nfunctions.get_weather",
]


@pytest.mark.parametrize("text", HEADS)
def test_a_text_that_cannot_become_a_call_is_not_held_back(text):
    begin, end = (
        {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": reason}]}
        for piece, reason in ((text, None), ("Hi", "stop"))
    )
    chunks = decode_stream(to_stream(begin, end), OPTIONS)
    assert [chunk.text for chunk in chunks if chunk.text] == [text, "Hi"]


def test_text_is_held_back_only_while_a_call_may_follow():
    pieces = ["Is ", "a <", "b> and", " <tool_call>", " more " * 60, "ok"]
    events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    chunks = decode_stream(to_stream(*events, end), OPTIONS)
    assert [chunk.text for chunk in chunks if chunk.text] == [
        "Is ",
        "a ",
        "<b> and",
        " ",
        "<tool_call>" + " more " * 60,
        "ok",
    ]


TOKENS = "I call. <|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
BROKEN = [
    f"<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{JSON[:-1]}",
    "<|tool_calls_section_begin|><|tool_call_begin|>get_weather",
    "<|python_tag|>get_weather.call(city=Paris)",
    "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Par",
    '<tool_call>{"name": "get_weather", "arguments": {"city": "Par</tool_call>',
    "<function=get_weather>\n<parameter=city>Paris",
    f"[TOOL_CALLS]get_weather[ARGS]{JSON}[TOOL_CALLS]add[ARGS]{{",
    '<tool_call>{"name": "get_weather", "arguments": [1]}</tool_call>',
    '```tool_code\nx = default_api.get_weather(city="Paris")\nprint(x)\n```',
    f"I know it. get_weather:0<|tool_call_argument_begin|>{JSON}",
    f"I know it.\n{CALL}\n</tool_call>",
    "<|tool_calls_section_begin|>",
    "<tool_call>nope\n<arg_key>city</arg_key>\n<arg_value>Paris",
    '<|open|>call tool="get_weather" index="1"<|sep|>Paris<|close|>',
    f"<tool_call>{DEFINITION}</tool_call>",
    f"<|tool_call_begin|>call_abc123<|tool_call_argument_begin|>{JSON}<|tool_call_end|>",
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_call_that_cannot_be_read_is_an_error(text):
    for read in (whole, streamed):
        with pytest.raises(ToolCallError, match="cannot be read") as caught:
            read(f"I look. {text}")
        assert caught.value.is_retryable
        assert caught.value.partial.text == f"I look. {text}"


@pytest.mark.parametrize(
    "message", [{"reasoning_content": TOKENS}, {"content": f"<think>{TOKENS}"}]
)
def test_a_call_among_the_reasoning_of_an_empty_answer_is_an_error(message):
    choice = {"index": 0, "delta": message, "finish_reason": "stop"}
    with pytest.raises(ToolCallError, match="cannot be read") as caught:
        list(decode_stream(to_stream({"choices": [choice]}), OPTIONS))
    assert caught.value.is_retryable
    with pytest.raises(ToolCallError, match="cannot be read"):
        decode_whole({"choices": [{"message": message, "finish_reason": "stop"}]}, OPTIONS)
    answered = {**message, "tool_calls": [{"function": {"name": "add", "arguments": "{}"}}]}
    whole = decode_whole({"choices": [{"message": answered, "finish_reason": "stop"}]}, OPTIONS)
    assert whole.choice.tool_calls


@pytest.mark.parametrize("form", ["Kimi", "Qwen", "GLM"])
def test_a_call_that_ends_the_reasoning_of_an_empty_answer_is_a_call(form):
    said = f"I use `<tool_call>` now.\n{FORMS[form][0]}"
    for choice in (
        whole("", reasoning_content=said),
        whole(f"<think>{said}"),
        streamed("", reasoning_content=said),
        streamed(f"<think>{said}</think>\n"),
    ):
        assert (calls_of(choice), choice.text.strip(), choice.reasoning) == ([WEATHER], "", said)
        assert choice.finish_reason == "tool_calls"
    for choice in (whole("Hi", reasoning_content=said), streamed("Hi", reasoning_content=said)):
        assert (choice.tool_calls, choice.text, choice.reasoning) == ((), "Hi", said)


def test_a_call_is_an_error_where_the_request_forbids_calls():
    options = ReplyOptions(tools=TOOLS, forbids_calls=True)
    for read in (whole, streamed):
        for text in (FORMS["Kimi"][0], FORMS["Qwen"][0]):
            with pytest.raises(ToolCallError, match="forbids calls") as caught:
                read(text, options)
            assert caught.value.is_retryable
        assert read("I need no tool.", options).text == "I need no tool."


def test_a_broken_call_is_text_where_the_request_does_not_check_that():
    options = ReplyOptions(tools=TOOLS, checks_call_tokens=False)
    for text in BROKEN:
        for choice in (whole(text, options), streamed(text, options)):
            assert (choice.text, choice.tool_calls, choice.finish_reason) == (text, (), "stop")


def test_a_broken_call_is_an_error_before_anything_is_given_out():
    events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in BROKEN[0]]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    given_out = []
    with pytest.raises(ToolCallError):
        given_out += decode_stream(to_stream(*events, end), OPTIONS, sizes=[None])
    assert given_out == []


TRUNCATED = [
    (BROKEN[0], JSON[:-1]),
    (BROKEN[3], "<arg_key>city</arg_key>\n<arg_value>Par"),
    (
        '<tool_call>{"name": "get_weather", "arguments": {"city": "Par',
        '{"name": "get_weather", "arguments": {"city": "Par',
    ),
]


@pytest.mark.parametrize(("text", "arguments"), TRUNCATED)
def test_a_truncated_call_keeps_its_arguments_as_they_came(text, arguments):
    for read in (whole, streamed):
        choice = read(text, finish_reason="length")
        (call,) = choice.tool_calls
        assert (call.name, call.arguments) == ("get_weather", arguments)
        assert (choice.text, choice.finish_reason) == ("", "length")


def test_an_unreadable_call_that_was_truncated_is_not_retried():
    for read in (whole, streamed):
        with pytest.raises(ToolCallError, match="Raise `max_tokens`") as caught:
            read('<tool_call>{"name": "get_we', finish_reason="length")
        assert not caught.value.is_retryable


STRAY = [
    "I look.<|tool_calls_section_end|>",
    "I look.<|tool_call_end|><|tool_calls_section_end|>",
    "I look." + deepseek("<|tool_calls_end|>"),
    "I look.<|tool_calls_section_begin|>",
]


@pytest.mark.parametrize("text", STRAY)
def test_the_end_of_a_call_that_the_server_read_is_removed(text):
    native = {
        "index": 0,
        "id": "1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": JSON},
    }
    for choice in (whole(text, tool_calls=[native]), streamed(text, tool_calls=[native])):
        assert (choice.text, calls_of(choice)) == ("I look.", [WEATHER])


ALSO_READ = [
    '{"days":2,"city":"Paris"}',
    json.dumps(JSON),
    f"{JSON}{{}}",
    f"{JSON}}}",
    f"```json\n{JSON}\n```",
    f'{{"arguments": {JSON}}}',
    f'{{"name": "get_weather", "arguments": {JSON}}}',
    f'{{"get_weather": {JSON}}}',
    "{'city': 'Paris', 'days': 2,}",
]


@pytest.mark.parametrize("arguments", ALSO_READ)
def test_a_call_that_the_server_has_also_read_is_made_once(arguments):
    function = {"name": "get_weather", "arguments": arguments}
    native = {"index": 0, "id": "1", "type": "function", "function": function}
    text = FORMS["Qwen"][0] + '<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>'
    for choice in (whole(text, tool_calls=[native]), streamed(text, tool_calls=[native])):
        assert calls_of(choice) == [WEATHER, ("add", {"a": 1})]
        assert [call.index for call in choice.tool_calls] == [0, 1]
    for choice in (
        whole(FORMS["Qwen"][0], tool_calls=[native]),
        streamed(FORMS["Qwen"][0], tool_calls=[native]),
    ):
        assert (choice.text, calls_of(choice), choice.finish_reason) == (
            "",
            [WEATHER],
            "tool_calls",
        )


def test_arguments_in_tags_are_read_as_the_schema_has_them():
    text = (
        "<tool_call>add<arg_key>e</arg_key><arg_value>true</arg_value><arg_key>n</arg_key>"
        "<arg_value>null</arg_value><arg_key>o</arg_key><arg_value>7</arg_value><arg_key>t"
        "</arg_key><arg_value>\n\n x </arg_value>\n</arg_value></tool_call>"
        "<tool_call>add<arg_key>a</arg_key><arg_value>1</arg_value>"
        "<arg_key>b</arg_key><arg_value>[1, 2]</arg_value>"
        "<arg_key>c</arg_key><arg_value>x y</arg_value></tool_call>"
        "<tool_call>get_weather<arg_key>city</arg_key><arg_value>75</arg_value>"
        "<arg_key>days</arg_key><arg_value>two</arg_value></tool_call>"
        "<function=add></function>"
    )
    assert calls_of(whole(text)) == [
        ("add", {"e": "true", "n": None, "o": "7", "t": "\n x </arg_value>"}),
        ("add", {"a": 1, "b": [1, 2], "c": "x y"}),
        ("get_weather", {"city": "75", "days": "two"}),
        ("add", {}),
    ]


def test_names_are_those_that_the_user_gave():
    options = ReplyOptions(tools=TOOLS, tool_names={"get_weather": "get.weather"})
    for choice in (whole(FORMS["GLM"][0], options), streamed(FORMS["GLM"][0], options)):
        assert [call.name for call in choice.tool_calls] == ["get.weather"]


def test_tokens_are_read_next_to_prompted_calls():
    options = ReplyOptions(tools=TOOLS, reads_calls_from_text=True)
    text = '<tool_call>{"name": "add", "arguments": {}}</tool_call>' + FORMS["Kimi"][0]
    for choice in (whole(text, options), streamed(text, options)):
        assert calls_of(choice) == [("add", {}), WEATHER]
        assert len({call.id for call in choice.tool_calls}) == 2


def test_citations_keep_their_passage():
    text = f"{FORMS['Kimi'][0]}Hello you there"
    start = text.index("there")
    annotation = {"url": "https://a.example", "start_index": start, "end_index": start + 5}
    for choice in (
        whole(text, annotations=[annotation]),
        streamed(text, annotations=[annotation]),
    ):
        (citation,) = choice.citations
        assert choice.text[citation.start_index : citation.end_index] == "there"
        assert isinstance(citation, Citation)


pieces = st.lists(
    st.sampled_from(
        [
            *("<tool_call>", "</tool_call>", "get_weather", '{"name": "add", "arguments": {}}'),
            *("<function=add>", "</function>", "<parameter=a>", "</parameter>", "a", " ", "<", "["),
            *("<|tool_call_begin|>", "functions.add:0", "<|tool_call_argument_begin|>", "{}", "`"),
            *("<|tool_call_end|>", "[TOOL_CALLS]", "add", "[ARGS]", "\n", '<invoke name="add">'),
            *("\nfunctions.", "add:0{}", "\nto=functions.", "> ", "<pre>", "</pre>", "/>", " is"),
            *("```tool_code\n", "add(a=1)", "<|channel|>commentary to=add<|message|>", "."),
        ]
    ),
    max_size=10,
)


@settings(deadline=None)
@given(
    pieces,
    st.integers(1, 9),
    st.sampled_from(["stop", "length"]),
    st.sampled_from([OPTIONS, ReplyOptions(), ReplyOptions(tools=TOOLS, expects_json=True)]),
)
def test_a_stream_equals_the_whole_however_its_text_is_cut(parts, size, finish_reason, options):
    text = "".join(parts)
    outcomes = []
    for read in (
        lambda: whole(text, options, finish_reason),
        lambda: streamed(text, options, size, finish_reason),
    ):
        try:
            choice = read()
        except ToolCallError as error:
            outcomes.append(str(error))
        else:
            calls = [(call.name, call.arguments) for call in choice.tool_calls]
            outcomes.append((choice.text, calls, choice.finish_reason))
    assert outcomes[0] == outcomes[1]


def in_python(arguments):
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def in_tags(arguments, tag):
    values = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in arguments.items()
    }
    return "".join(tag.format(name, value) for name, value in values.items())


# How models write the arguments of a call.
WRITERS = {
    "Kimi": lambda arguments: (
        f"<|tool_call_begin|>get_weather:0<|tool_call_argument_begin|>{json.dumps(arguments)}"
        "<|tool_call_end|>"
    ),
    "Qwen": lambda arguments: (
        f'<tool_call>{{"name": "get_weather", "arguments": {json.dumps(arguments)}}}</tool_call>'
    ),
    "Qwen Coder": lambda arguments: (
        "<tool_call><function=get_weather>"
        f"{in_tags(arguments, '<parameter={0}>{1}</parameter>')}</function></tool_call>"
    ),
    "GLM": lambda arguments: (
        "<tool_call>get_weather"
        f"{in_tags(arguments, '<arg_key>{0}</arg_key><arg_value>{1}</arg_value>')}</tool_call>"
    ),
    "Gemini": lambda arguments: f"```tool_code\nget_weather({in_python(arguments)})\n```",
    "JSON": lambda arguments: json.dumps({"name": "get_weather", "arguments": arguments}),
}
bits = st.sampled_from(
    [
        *(
            "a",
            "\u00e9",
            "\U0001f600",
            " ",
            "x\ny",
            '"',
            "'",
            "\\",
            "\\n",
            "<",
            "</",
            "&",
            "`",
            "```",
            "{",
            "}",
        ),
        *(
            "</tool_call>",
            "<tool_call>",
            "<|tool_call_end|>",
            "</b>",
            "get_weather",
            "]",
            "#",
            "null",
        ),
    ]
)
values = st.fixed_dictionaries(
    {"city": st.lists(bits, max_size=5).map("".join)},
    optional={"days": st.integers(-9, 9), "list": st.lists(bits, max_size=2)},
)


@settings(deadline=None)
@given(values, st.sampled_from([*WRITERS.values()]), st.integers(1, 9))
def test_arguments_come_back_as_they_were_written(arguments, write, size):
    text = write(arguments)
    for choice in (whole(text), streamed(text, size=size)):
        assert (choice.text, calls_of(choice)) == ("", [("get_weather", arguments)])


@pytest.mark.parametrize(
    "value",
    ["a</parameter></function></tool_call> b", "<parameter=x>1</parameter>", "a <parameter=b>"],
)
def test_a_value_that_holds_its_own_tags_is_in_doubt(value):
    text = f"<tool_call><function=get_weather><parameter=city>{value}</parameter></function>"
    for read in (whole, streamed):
        with pytest.raises(ToolCallError, match="cannot be read"):
            read(text)
