"""Conversations of any turns, drawn by hypothesis: each text has a number of its own."""

import json
import re

from hypothesis import strategies as st
from limited_messages import result, user

from weryai_core.wire import parts_of


def assistant(content, *calls, **fields):
    """An assistant's turn; the arguments of its calls say which call it is."""
    called = {"tool_calls": [_to_call(id_) for id_ in calls]} if calls else {}
    return {"role": "assistant", "content": content, **called, **fields}


def _to_call(id_):
    function = {"name": "add", "arguments": f'{{"a":"{id_}"}}'}
    return {"id": id_, "type": "function", "function": function}


@st.composite
def histories(draw, longest=40):
    """Turns and oddities, each text with a number of its own; results may be missing or late."""
    messages, late, numbers = [], [], iter(range(10_000))

    def text(letter):
        return f"<{letter}{next(numbers)}>"

    lead = draw(st.sampled_from(["", "", "s", "sd" * 6]))
    end = draw(st.sampled_from(["", "lll"]))
    kinds = draw(st.lists(st.sampled_from("uuuaaaccccccmsdefl"), max_size=longest))
    for kind in [*lead, *kinds, *end]:
        match kind:
            case "u":
                messages.append(user(text("u")))
            case "m":
                image = {"type": "image_url", "image_url": {"url": f"data:{text('m')}"}}
                messages.append(user([{"type": "text", "text": text("u")}, image]))
            case "a":
                messages.append(assistant(text("a"), reasoning_content="secret"))
            case "s" | "d":
                role = {"s": "system", "d": "developer"}[kind]
                messages.append({"role": role, "content": text(kind)})
            case "e":
                messages.append(assistant(draw(st.sampled_from(["", None]))))
            case "f":
                messages.append(
                    assistant(None, function_call={"name": "f", "arguments": text("c")})
                )
                messages.append({"role": "function", "name": "f", "content": text("r")})
            case "l" if late:
                messages.append(result(late.pop(), text("l")))
            case "c":
                ids = [text("c") for _ in range(draw(st.sampled_from([1, 1, 2, 3, 5, 12])))]
                messages.append(assistant(draw(st.sampled_from([None, text("a")])), *ids))
                answered = draw(st.permutations(ids))
                if draw(st.integers(0, 4)) == 0:
                    late.append(answered.pop())
                messages += [result(id_, text("r")) for id_ in answered]
    return messages


def said(messages):
    """All texts, arguments and media of messages, in order, as one text."""
    pieces = []
    for message in messages:
        parts = parts_of(message["content"])
        pieces += [part["text"] if "text" in part else json.dumps(part) for part in parts]
        calls = [call["function"] for call in message.get("tool_calls", ())]
        legacy = [message["function_call"]] if "function_call" in message else []
        pieces += [function["arguments"] for function in [*calls, *legacy]]
    return "\n".join(pieces)


def tokens(text):
    """The numbered texts in a text."""
    return re.findall(r"<[a-z]\d+>", text)
