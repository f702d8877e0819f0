"""Streams of tool calls with every combination of the habits of gateways, drawn by hypothesis."""

import json
from dataclasses import dataclass
from itertools import accumulate, pairwise

from hypothesis import assume
from hypothesis import strategies as st

NAMES = ("get", "get_weather", "pay", "list_files", "gogo")
_ARGUMENTS = (
    *({}, {"x": 1}, {"city": "Rome"}, {"x": {"x": 1}}, {"list": []}, {"text": "{}"}),
    {"city": "Rom", "to": {"city": "Rome"}},
    {"a": {"a": {"a": [{"b": 1}, {}]}}},
    {"code": 'if (a) {" \\n } ]'},
    {"é": "ü\U0001f389{"},
)
_texts_and_numbers = st.one_of(st.text(max_size=5), st.integers())
ARGUMENTS = st.one_of(
    st.sampled_from(_ARGUMENTS),
    st.dictionaries(st.sampled_from("ab"), _texts_and_numbers, min_size=1),
)
HABITS = {
    # "growing" is another one on each fragment.
    "index": ("right", "zero", "missing", "growing"),
    # "late" is after the first fragment; "doubled" is the same for all calls.
    "id": ("once", "late", "repeated", "changing", "missing", "empty", "doubled"),
    # "restated" is the name so far on the first fragments, and the whole name on all others.
    "name": ("once", "pieces", "repeated", "restated", "late"),
    # What precedes the arguments.
    "first": (None, "{}", "", "null"),
    # "resent" is all arguments so far.
    "text": ("pieces", "whole", "resent"),
    "order": ("in turn", "interleaved"),
}


@dataclass(frozen=True)
class Stream:
    """The deltas of a stream, and what they say.

    Attributes:
        calls: Name and arguments of each call.
        deltas: The entries of each `delta.tool_calls`.
        ids: The id of each call; None if it is made up or one of several.
    """

    calls: list
    deltas: list
    ids: list


@st.composite
def streams(draw, **given):
    """Streams that a reader can tell from those of other calls; some habits may be given."""
    habits = {kind: draw(st.sampled_from(values)) for kind, values in HABITS.items()} | given
    call = st.tuples(st.sampled_from((*NAMES, "fly")), ARGUMENTS)
    calls = draw(st.lists(call, min_size=1, max_size=4))
    queues = [_fragments(draw, habits, number, *call) for number, call in enumerate(calls)]
    assume(not is_ambiguous(habits, calls, queues))
    order = [number for number, queue in enumerate(queues) for _ in queue]
    if habits["order"] == "interleaved":
        order = [*range(len(queues)), *draw(st.permutations(_without_first(order)))]
    fragments = [queues[number].pop(0) for number in order]
    if habits["index"] == "growing":
        fragments = [{**fragment, "index": at} for at, fragment in enumerate(fragments)]
    ids = {"once": "id{}", "late": "id{}", "repeated": "id{}"}.get(habits["id"])
    return Stream(
        calls, _deltas(draw, habits, fragments), [ids and ids.format(n) for n in range(len(calls))]
    )


def is_ambiguous(habits, calls, queues):
    """Whether the same fragments may say something else; `AMBIGUOUS` says what is read then."""
    index, id_, name, first, order = (habits[kind] for kind in HABITS if kind != "text")
    has_place = index == "right" or id_ == "repeated"
    has_own_ids = id_ in ("once", "late", "repeated")
    on_each = name in ("repeated", "restated")
    # Nothing tells which call goes on.
    unplaced = order == "interleaved" and not has_place
    # A piece of an unknown name, between those of others.
    names = [called for called, _ in calls]
    in_pieces = order == "interleaved" and name in ("pieces", "restated")
    unplaced = unplaced or (in_pieces and not {*names} <= {*NAMES})
    # Two equal calls, or one that comes again.
    keys = [json.dumps(call, sort_keys=True) for call in calls]
    equal = len(set(keys)) < len(keys)
    equal = equal and not has_own_ids and (index != "right" or id_ in ("changing", "doubled"))
    # Each fragment is as the first one of a call.
    all_new = on_each and (
        (index == "growing" and id_ in ("changing", "doubled"))
        or (first == "{}" and id_ == "changing")
        or (first == "{}" and index == "growing" and id_ not in ("once", "repeated"))
    )
    # A name, or arguments that lack one and a call that lacks them.
    voids = [
        not arguments and _is_void(queue)
        for (_, arguments), queue in zip(calls, queues, strict=True)
    ]
    nameless = name == "late" and (
        (index == "growing" and id_ not in ("once", "repeated")) or (any(voids) and not has_place)
    )
    # The beginning of a name, or the name of another tool.
    is_part = name == "restated" and (id_ == "changing" or index == "growing" or not has_place)
    prefix = is_part and "get_weather" in names
    # A call without arguments, or a part of the call of the same tool before or after it.
    empty = False
    for number, (called, arguments) in enumerate(calls):
        later = names[number + 1 :]
        is_next = called in (later if voids[number] else later[:1])
        if not arguments and not has_place:
            empty = empty or is_next or called in names[max(number - 1, 0) : number]
            empty = empty or (called == "get" and "get_weather" in later)
        is_next = is_next or called in names[max(number - 1, 0) : number]
        if not arguments and is_next and len(queues[number]) == 1:
            empty = True
    return unplaced or equal or all_new or nameless or prefix or empty


def _fragments(draw, habits, number, name, arguments):
    """The fragments of one call."""
    texts = _texts(draw, habits, arguments)
    match habits["name"]:
        case "late":
            functions = [*({"arguments": text} for text in texts), {"name": name}]
        case "pieces" | "restated" as habit:
            pieces = _cut(draw, name, most=2)
            pieces = [*accumulate(pieces)] if habit == "restated" else pieces
            rest = {"name": name} if habit == "restated" else {}
            functions = [{"name": piece} for piece in pieces]
            functions += [{**rest, "arguments": text} for text in texts]
        case habit:
            texts = ["", *texts] if draw(st.booleans()) else texts
            rest = {"name": name} if habit == "repeated" else {}
            functions = [{**rest, "arguments": text} for text in texts]
            functions[0] = {"name": name, **functions[0]}
            if habit == "repeated" and draw(st.booleans()):
                functions.append({"name": name, "arguments": ""})
    fragments = [{"function": function} for function in functions]
    if habits["index"] in ("right", "zero"):
        index = number if habits["index"] == "right" else 0
        fragments = [{"index": index, **fragment} for fragment in fragments]
    return _with_id(draw, habits, number, fragments)


def _texts(draw, habits, arguments):
    text = json.dumps(arguments, ensure_ascii=draw(st.booleans()))
    if not arguments and draw(st.booleans()):
        return [draw(st.sampled_from(["", "{}"]))]
    texts = [text] if habits["text"] == "whole" else _cut(draw, text, most=4)
    if habits["text"] == "resent":
        texts = [*accumulate(texts)]
    return texts if habits["first"] is None else [habits["first"], *texts]


def _with_id(draw, habits, number, fragments):
    own = f"id{number}"
    match habits["id"]:
        case "once":
            ids = [own]
        case "late":
            if len(fragments) == 1 or draw(st.booleans()):
                fragments = [*fragments, {**fragments[-1], "function": {}}]
            ids = [None] * (len(fragments) - 1) + [own]
        case "missing":
            ids = []
        case "changing":
            ids = [f"{own}_{at}" for at in range(len(fragments))]
        case habit:
            ids = [{"repeated": own, "empty": "", "doubled": "same"}[habit]] * len(fragments)
    ids += [None] * (len(fragments) - len(ids))
    return [
        fragment if id_ is None else {**fragment, "id": id_}
        for fragment, id_ in zip(fragments, ids, strict=True)
    ]


def _deltas(draw, habits, fragments):
    """One or two fragments in a delta, where that does not say that they are two calls."""
    if habits["id"] == "changing" or habits["index"] == "missing":
        return [[fragment] for fragment in fragments]
    deltas = []
    while fragments:
        size = draw(st.sampled_from([1, 1, 1, 2]))
        deltas.append(fragments[:size])
        fragments = fragments[size:]
    return deltas


def _without_first(order):
    """The numbers of the calls without the first place of each."""
    return [number for at, number in enumerate(order) if number in order[:at]]


def _is_void(queue):
    return not any("{" in one["function"].get("arguments", "") for one in queue)


def _cut(draw, text, *, most):
    places = draw(st.sets(st.integers(1, len(text) - 1), max_size=most))
    return [text[start:end] for start, end in pairwise([0, *sorted(places), len(text)])]
