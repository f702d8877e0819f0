"""Names as every upstream takes them: of tools, with a way back, and of speakers.

OpenAI and Anthropic take names of `[a-zA-Z0-9_-]{1,64}`; Gemini and Kimi want a letter first. MCP
servers, generic classes and titles have other names. `with_sent_names` gives each tool of a request
one that fits, wherever the request mentions the tool, and says which name was meant. The same
request gets the same names. Names that fit stay as they are.
"""

from __future__ import annotations

import hashlib
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from weryai_core.wire import (
    Message,
    calls_of,
    function_of,
    is_result,
    legacy_call_of,
    name_of,
)

MAX_NAME = 64

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# Gemini: "Must start with a letter or an underscore". Moonshot: "must start with a letter".
_NAME_AFTER_LETTER = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}")
_HASH_LENGTH = 8

_log = logging.getLogger(__name__)


def with_sent_names(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A request with names that its model takes, and the tools' names as they were.

    Args:
        body: A request whose tools and calls have names. It is not changed.

    Returns:
        The request; and the names of tools in it -> the names that the user gave, those of earlier
        calls included.
    """
    messages = body["messages"]
    sent = sent_names(_tool_names(body), wants_letter=_wants_letter(body.get("model")))
    changed = {name: safe for name, safe in sent.items() if name != safe}
    if changed:
        _log.debug("Sends tools under other names: %s.", changed)

    def to_sent(name: str) -> str:
        return sent.get(name, name)

    named = dict(body)
    if changed and "tools" in body:
        named["tools"] = [_renamed(tool, to_sent) for tool in body["tools"]]
    if changed and isinstance(body.get("tool_choice"), Mapping):
        named["tool_choice"] = _renamed_choice(body["tool_choice"], to_sent)
    speakers = _speakers(messages)
    named["messages"] = _all_or_same(
        messages, lambda message: _named_message(message, to_sent, speakers)
    )
    return named, {safe: name for name, safe in sent.items()}


def with_speaker_names(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages with speakers' names that services take. The names of tools stay."""
    speakers = _speakers(messages)
    return _all_or_same(messages, lambda one: one if is_result(one) else _spoken(one, speakers))


def sent_names(
    names: Iterable[str], *, wants_letter: bool = False, prefix: str = "tool"
) -> dict[str, str]:
    """For each name the one to send: short, safe and unlike all others.

    Args:
        names: The names. Of two that would be sent alike, the later one gets a longer name.
        wants_letter: Whether names must begin with a letter.
        prefix: What a name begins with that would not begin with a letter.
    """
    fits = (_NAME_AFTER_LETTER if wants_letter else _NAME).fullmatch
    given = dict.fromkeys(names)
    sent = {name: name for name in given if fits(name)}
    taken = set(sent)
    for name in given:
        if name not in sent:
            safe = next(safe for safe in _candidates(name, prefix) if safe not in taken)
            taken.add(safe)
            sent[name] = safe
    return {name: sent[name] for name in given}


def safe_name(name: str, prefix: str) -> str:
    """A name of at most 64 characters of `[a-zA-Z0-9_-]`; the name itself if it is one.

    Args:
        name: The name.
        prefix: What a name begins with that would not begin with a letter.
    """
    return name if _NAME.fullmatch(name) else next(_candidates(name, prefix))


def _candidates(name: str, prefix: str) -> Iterator[str]:
    """Safe names for a name, the best first. All begin with a letter."""
    stem = _NOT_IN_NAMES.sub("_", _without_accents(name))
    if not re.search(r"[a-zA-Z0-9]", stem):
        stem = ""
    if not stem[:1].isalpha():
        stem = f"{prefix}_{stem.lstrip('_')}".rstrip("_")
    if len(stem) <= MAX_NAME and stem != prefix:
        yield stem
    number = 0
    while True:
        text = name if not number else f"{number} {name}"
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
        yield f"{stem[: MAX_NAME - _HASH_LENGTH - 1]}_{digest}"
        number += 1


def _without_accents(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _wants_letter(model: object) -> bool:
    return isinstance(model, str) and model.upper().startswith(("GEMINI", "KIMI"))


def _tool_names(body: Mapping[str, Any]) -> Iterator[str]:
    """The names of all tools that a request mentions, those to call first."""
    tools = body.get("tools")
    entries: list[Any] = [*tools] if isinstance(tools, (list, tuple)) else []
    for message in body["messages"]:
        entries += calls_of(message)
        entries.append(legacy_call_of(message))
        if is_result(message):
            entries.append({"function": message})  # which has a `name`
    yield from (name for entry in entries if (name := name_of(entry)) is not None)


def _speakers(messages: Sequence[Message]) -> Mapping[str, str]:
    """The names of speakers, and for each the one to send. Unlike speakers have unlike names."""
    given = (one.get("name") for one in messages if isinstance(one, Mapping) and not is_result(one))
    names = [name for name in given if isinstance(name, str) and any(map(str.isalnum, name))]
    return sent_names(names, prefix="name") if names else {}


def _named_message(
    message: Message, to_sent: Callable[[str], str], speakers: Mapping[str, str]
) -> Message:
    if is_result(message):
        name = message.get("name")
        return _with_name(message, to_sent(name) if isinstance(name, str) else "")
    calls = calls_of(message)
    renamed = _all_or_same(calls, lambda call: _renamed(call, to_sent))
    if renamed is not calls:
        message = {**message, "tool_calls": renamed}
    legacy = legacy_call_of(message)
    if legacy is not None and (function := _renamed(legacy, to_sent)) is not legacy:
        message = {**message, "function_call": function["function"]}
    return _spoken(message, speakers)


def _spoken(message: Message, speakers: Mapping[str, str]) -> Message:
    """A message with a speaker's name that services take, or without one if nothing is left."""
    if not isinstance(message, Mapping) or "name" not in message:
        return message
    name = message["name"]
    return _with_name(message, speakers.get(name, "") if isinstance(name, str) else "")


def _with_name(message: Message, name: str) -> Message:
    if "name" not in message or message["name"] == name != "":
        return message
    rest = {key: value for key, value in message.items() if key != "name"}
    return {**rest, "name": name} if name else rest


def _renamed(entry: Any, to_sent: Callable[[str], str]) -> Any:
    """A tool, a choice or a call with the name to send."""
    name = name_of(entry)
    if name is None or to_sent(name) == name:
        return entry
    return {**entry, "function": {**function_of(entry), "name": to_sent(name)}}


def _renamed_choice(choice: Mapping[str, Any], to_sent: Callable[[str], str]) -> Mapping[str, Any]:
    allowed = choice.get("allowed_tools")  # OpenAI's choice among several
    if isinstance(allowed, Mapping) and isinstance(allowed.get("tools"), (list, tuple)):
        tools = [_renamed(tool, to_sent) for tool in allowed["tools"]]
        return {**choice, "allowed_tools": {**allowed, "tools": tools}}
    renamed: Mapping[str, Any] = _renamed(choice, to_sent)
    return renamed


def _all_or_same(entries: Sequence[Any], change: Callable[[Any], Any]) -> Sequence[Any]:
    """The entries, each changed; the same sequence if nothing changes."""
    changed = [change(entry) for entry in entries]
    is_same = all(one is other for one, other in zip(changed, entries, strict=True))
    return entries if is_same else changed
