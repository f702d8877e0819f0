"""Fragments of tool calls, and the calls that a decoder makes of them."""

import re

from replies import decode_stream, to_stream

from weryai_core.reply_options import ReplyOptions

PARIS, ROME = '{"city":"Paris"}', '{"city":"Rome"}'
MADE_UP = "<made up>"
MADE_UP_ID = re.compile(r"call_[0-9a-f]{24}")


def calls_of(chunk):
    """(id, name, arguments) of each call of the first choice; MADE_UP for generated ids."""
    return [
        (MADE_UP if MADE_UP_ID.fullmatch(call.id or "") else call.id, call.name, call.arguments)
        for call in chunk.choice.tool_calls
    ]


END = '{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}'
TOOL_NAMES = {
    "gogo": "gogo",
    "get": "get",
    "get_weather": "get_weather",
    "notion_search": "notion.search",
}


def read(deltas, names=TOOL_NAMES, sizes=(None,)):
    """The chunks of a stream whose deltas hold these fragments."""
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": delta}}]} for delta in deltas]
    return decode_stream(to_stream(*events, END), ReplyOptions(tool_names=names), sizes=sizes)


def fragment(arguments=None, **fields):
    function = {key: fields.pop(key) for key in ("name",) if key in fields}
    if arguments is not None:
        function["arguments"] = arguments
    return {**fields, **({"function": function} if function else {})}
