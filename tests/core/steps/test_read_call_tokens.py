"""Calls in their models' own tokens, which a server has left in the text."""

import json

import pytest
from leaked_calls import (
    CALL,
    FORMS,
    INVOKED,
    JSON,
    KIMIS,
    PARAMETERS,
    PYTHON,
    TOOLS,
    WEATHER,
    calls_of,
    deepseek,
    streamed,
    whole,
)

from weryai_core import Citation, ToolCallError
from weryai_core.reply_options import ReplyOptions


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
