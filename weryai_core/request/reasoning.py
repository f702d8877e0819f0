"""Earlier answers as the model takes them: which of their reasoning goes back, and no empty turn.

Reasoning is text (`reasoning_content`), or signed or encrypted: `wire.message_extras` and
`wire.call_extras` name the fields. The latter goes to the family of models that made it, see
`signatures`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

from weryai_core.extras import merge_entries
from weryai_core.option_values import EchoReasoning
from weryai_core.reasoning_marks import start_kind
from weryai_core.reasoning_tags import may_begin_with_tag, split_reasoning
from weryai_core.signatures.families import family_of, goes_to, requires_signatures
from weryai_core.signatures.placeholders import turn_start, with_placeholder
from weryai_core.wire import (
    Message,
    call_extras,
    calls_of,
    has_extras,
    is_instruction,
    is_plain_call,
    legacy_call_of,
    message_extras,
    parts_of,
    role_of,
    with_extras,
    without_extras,
)

# Families of open models, whose servers may leave the reasoning in the text, and lose its start tag
# because their prompt ends with it.
_OPEN_FAMILIES = ("DeepSeek", "Kimi", "Qwen", "GLM", "Seed")
# Models of these that never answer without reasoning.
_ALWAYS_REASON = ("R1", "QWQ", "THINKING", "REASONER")
_A_WHOLE_ANSWER = 1_000_000
_A_LINE = 200

# Goes with answers of other models to one that requires reasoning: Moonshot and DeepSeek accept a
# space, and take an empty text for a missing one.
_NO_REASONING = " "

# White space, and characters without width.
_BLANK = re.compile("[\\s\u200b\u200c\u200d\u2060\ufeff]*+")

_TURN = {"role", "content", "tool_calls", "model"}
_THINKING_FIELDS = ("type", "thinking", "signature", "data")


def characters_held_back(model: str, *, expects_json: bool = False) -> int:
    """Up to how many characters of text are held back for an end tag without a start tag.

    The text of a model that always reasons is held back until its reasoning has come, since without
    it the text begins with reasoning. Models that need not reason would stop streaming that way:
    of theirs, a few lines are held back, which take less than a second. Where JSON is expected,
    prose before it is held back in any case.
    """
    if family_of(model) not in _OPEN_FAMILIES:
        return 0
    always = expects_json or any(word in model.upper() for word in _ALWAYS_REASON)
    return _A_WHOLE_ANSWER if always else _A_LINE


def with_sendable_answers(
    messages: Sequence[Message], model: str, *, echo: EchoReasoning, reads_tags: bool = False
) -> Sequence[Message]:
    """The messages with the reasoning that goes to the model, and without empty answers.

    An answer without text, media and tool calls is left out: Claude and Kimi refuse it.

    Args:
        messages: A request's messages, with all the reasoning there is. The `model` of an
            assistant's message says who made it, and is never sent.
        model: Key of the model.
        echo: Which reasoning to send.
        reads_tags: Whether reasoning in tags at the head of the text is reasoning.
    """
    required = frozenset[int]() if echo is False else _that_require_reasoning(messages, model)
    wants_signatures = echo is not False and requires_signatures(model)
    first_to_sign = turn_start(messages) if wants_signatures else len(messages)
    sendable = []
    for number, message in enumerate(messages):
        if number not in required and number < first_to_sign:
            quick = _sent_quickly(message)
            if quick is not None:
                sendable.append(quick)
                continue
        if role_of(message) == "assistant":
            maker = _maker_of(message)
            # The last one is the beginning of the answer, which the user wrote.
            if reads_tags and number < len(messages) - 1:
                message = _without_tags(message, messages[:number])
            message = _with_reasoning(message, model, echo, is_required=number in required)
            if number >= first_to_sign and not requires_signatures(maker):
                message = with_placeholder(message)
            message = _without_blank_text(_with_transcript(message))
            if not _says_something(message):
                continue
        elif isinstance(message.get("content"), list):
            message = _without_blank_parts(message)
        sendable.append(message)
    is_unchanged = len(sendable) == len(messages) and all(map(operator.is_, sendable, messages))
    # With nothing to send at all, the service says what is wrong.
    return messages if is_unchanged or not sendable else sendable


def _sent_quickly(message: Message) -> Message | None:
    """A message that is a text or calls, without the name of its model; None for any other."""
    if type(message) is not dict:
        return None
    content = message.get("content")
    if message.get("role") != "assistant":
        return message if isinstance(content, str) else None
    if isinstance(content, str):
        if may_begin_with_tag(content) or _BLANK.fullmatch(content):
            return None
        if len(message) == 2:
            return message
    elif content is not None:
        return None
    calls: Any = message.get("tool_calls")
    is_turn = message.keys() <= _TURN and type(calls) is list and bool(calls)
    if not (is_turn and all(map(is_plain_call, calls))):
        return None
    if "model" not in message:
        return message
    return {name: value for name, value in message.items() if name != "model"}


def _without_tags(message: Message, before: Sequence[Message]) -> Message:
    """The message with reasoning in tags as `reasoning_content`, unless it is an example."""
    content = message.get("content")
    first = content[0] if isinstance(content, list) and content else None
    head = first.get("text") if isinstance(first, Mapping) else content
    if not isinstance(head, str):
        return message
    reasoning, text = split_reasoning(head)
    if len(text) == len(head) or _is_example(message, head, before):
        return message
    if isinstance(first, Mapping):
        message = {**message, "content": [{**first, "text": text}, *message["content"][1:]]}
    else:
        message = {**message, "content": text}
    if reasoning and not message.get("reasoning_content"):
        message = {**message, "reasoning_content": reasoning}
    return message


def _is_example(message: Message, head: str, before: Sequence[Message]) -> bool:
    """Whether an assistant's message shows the model a form: named so, or of the prompt's form."""
    name = message.get("name")
    if isinstance(name, str) and name.lower().startswith("example"):
        return True
    tag = start_kind(head.lstrip())
    mark = tag if not tag or tag[0] in "<[◁" else f"<{tag}"
    texts = (
        part.get("text") if isinstance(part, Mapping) else part
        for other in before
        if role_of(other) == "user" or is_instruction(other)
        for part in parts_of(other.get("content"))
    )
    return bool(mark) and any(isinstance(text, str) and mark in text.lower() for text in texts)


def _with_reasoning(
    message: Message, model: str, echo: EchoReasoning, *, is_required: bool
) -> Message:
    """The message with the reasoning that goes to the model."""
    calls, maker = calls_of(message), _maker_of(message)
    reasoning = message.get("reasoning_content")
    dropped = {"model", "reasoning_content"}
    if not dropped.isdisjoint(message):
        message = {name: value for name, value in message.items() if name not in dropped}
    if is_required:
        message = {**message, "reasoning_content": reasoning or _NO_REASONING}
    elif echo is True and reasoning is not None:
        message = {**message, "reasoning_content": reasoning}
    if has_extras(message):
        is_sent = echo is True or (echo == "auto" and bool(calls))
        kept = _for_model(message_extras(message), model, maker) if is_sent else {}
        message = {**without_extras(message), **kept}
        if "reasoning_signature" in kept and reasoning:
            message = {**message, "reasoning_content": reasoning}  # what was signed
    if not any(map(call_extras, calls)):
        return message
    sent = [_with_call_extras(call, model, echo, maker) for call in message["tool_calls"]]
    return {**message, "tool_calls": sent}


def _maker_of(message: Message) -> str:
    """The model that made an answer; "" if the message does not say."""
    maker = message.get("model")
    return maker if isinstance(maker, str) else ""


def _with_call_extras(call: Any, model: str, echo: EchoReasoning, maker: str) -> Any:
    """The tool call with the signed reasoning that goes to the model."""
    extras = call_extras(call) if isinstance(call, Mapping) else None
    if not extras:
        return call
    if echo is False:
        return without_extras(call)
    outer = {name: value for name, value in extras.items() if name != "function"}
    kept = _for_model(outer, model, maker)
    inner = _for_model(extras.get("function") or {}, model, maker)
    return with_extras(without_extras(call), {**kept, "function": inner} if inner else kept)


def _with_transcript(message: Message) -> Message:
    """The message with what was spoken as its text; without a transcript, with the audio's id.

    The id means something to the model that spoke, and for a while only.
    """
    audio = message.get("audio")
    if not isinstance(audio, Mapping) or (audio.keys() == {"id"} and audio["id"]):
        return message
    rest = {name: value for name, value in message.items() if name != "audio"}
    transcript, content = audio.get("transcript"), rest.get("content")
    if isinstance(transcript, str) and transcript.strip():
        is_said = bool(content.strip() if isinstance(content, str) else content)
        return rest if is_said else {**rest, "content": transcript}
    return {**rest, "audio": {"id": audio["id"]}} if audio.get("id") else rest


def _without_blank_text(message: Message) -> Message:
    """The message without text of white space only: several upstreams refuse it."""
    content = message.get("content")
    if isinstance(content, str):
        # OpenAI writes null where a turn is tool calls only; some upstreams refuse "".
        return {**message, "content": None} if _is_blank(content) else message
    if isinstance(content, (list, tuple)) and (not content or any(map(_is_blank, content))):
        return {**message, "content": [part for part in content if not _is_blank(part)] or None}
    return message


def _without_blank_parts(message: Message) -> Message:
    """The message without blank texts among its parts, which Claude refuses, unless all are."""
    content = message["content"]
    if not any(map(_is_blank, content)) or all(map(_is_blank, content)):
        return message
    return {**message, "content": [part for part in content if not _is_blank(part)]}


def _is_blank(part: object) -> bool:
    text = part.get("text") if isinstance(part, Mapping) else part
    kind = part.get("type") if isinstance(part, Mapping) else "text"
    return kind == "text" and isinstance(text, str) and _BLANK.fullmatch(text) is not None


def _says_something(message: Message) -> bool:
    if calls_of(message) or legacy_call_of(message):
        return True
    return any(message.get(name) for name in ("content", "audio", "refusal", "images"))


def _that_require_reasoning(messages: Sequence[Message], model: str) -> frozenset[int]:
    """The indices of the answers that a model refuses without the reasoning that led to them.

    Moonshot's models want it with tool calls ("thinking is enabled but reasoning_content is missing
    in assistant tool call message"), DeepSeek's with every answer of a turn with tool calls
    (api-docs.deepseek.com/guides/thinking_mode). Others refuse reasoning (OpenAI's, as an unknown
    field) or ignore it.
    """
    family = family_of(model)
    if family not in ("Kimi", "DeepSeek"):
        return frozenset()
    required: list[int] = []
    turn: list[int] = []
    has_calls = False
    for number, message in enumerate(messages):
        role = role_of(message)
        if role == "user":
            turn, has_calls = [], False
        elif role == "assistant":
            turn.append(number)
            calls = bool(calls_of(message))
            has_calls = has_calls or calls
            if family == "DeepSeek" and has_calls:
                required += turn
                turn = []
            elif calls:
                required.append(number)
    return frozenset(required)


def _for_model(extras: Mapping[str, Any], model: str, maker: str) -> dict[str, Any]:
    """The fields for signed reasoning that go to a model."""
    kept = {}
    for name, value in extras.items():
        if goes_to(model, name, value, maker):
            sent = _as_received(name, value) if isinstance(value, list) else value
            if sent:
                kept[name] = sent
    if "reasoning_opaque" not in kept:
        kept.pop("reasoning_text", None)  # it belongs to that one
    return kept


def _as_received(name: str, entries: list[Any]) -> list[Any]:
    """Entries of signed reasoning as the model's own API has them, and not in fragments."""
    if all(isinstance(entry, Mapping) and entry.get("index") is not None for entry in entries):
        entries = merge_entries([], entries)
    if name != "thinking_blocks":
        return entries
    # Anthropic refuses unknown fields, and a block that was truncated before its signature.
    return [
        {key: entry[key] for key in _THINKING_FIELDS if key in entry}
        for entry in entries
        if isinstance(entry, Mapping) and (entry.get("signature") or entry.get("data"))
    ]
