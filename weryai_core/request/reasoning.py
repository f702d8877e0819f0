"""Earlier answers as the model takes them: which of their reasoning goes back, and no empty turn.

Reasoning is text (`reasoning_content`), or signed or encrypted: `wire.message_extras` and
`wire.call_extras` name the fields. A signature is of use to the family of models that made it;
others ignore or refuse it.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from weryai_core.reasoning_marks import start_kind
from weryai_core.reasoning_tags import split_reasoning
from weryai_core.wire import (
    Message,
    call_extras,
    calls_of,
    has_extras,
    is_instruction,
    legacy_call_of,
    message_extras,
    parts_of,
    role_of,
    with_extras,
    without_extras,
)

EchoReasoning = bool | Literal["auto"]
"""Which reasoning is sent: all (True), none (False), or only what the model requires ("auto")."""

# Words in the keys, names and ids of a family's models, and in the `format` of OpenRouter's
# `reasoning_details`.
_FAMILIES = {
    "Gemini": ("GEMINI", "GOOGLE"),
    "Claude": ("CLAUDE", "ANTHROPIC"),
    "GPT": ("GPT", "OPENAI"),
    "Kimi": ("KIMI", "MOONSHOT"),
    "DeepSeek": ("DEEPSEEK",),
    "Qwen": ("QWEN", "QWQ"),
    "GLM": ("GLM",),
    "Grok": ("GROK", "XAI"),
    "Seed": ("SEED", "DOUBAO"),
}
# Families of open models, whose servers may leave the reasoning in the text, and lose its start tag
# because their prompt ends with it.
_OPEN_FAMILIES = ("DeepSeek", "Kimi", "Qwen", "GLM", "Seed")
# Models of these that never answer without reasoning.
_ALWAYS_REASON = ("R1", "QWQ", "THINKING", "REASONER")
_A_WHOLE_ANSWER = 1_000_000
_A_LINE = 200

# Goes with calls of other models to one that requires reasoning with each call: Moonshot accepts a
# space, and takes an empty text for a missing one.
_NO_REASONING = " "

# LiteLLM's and Google's names of Gemini's signatures.
_GEMINI_SIGNATURES = (
    "google",
    "thought_signature",
    "thought_signatures",
    "thoughtSignature",
)


def characters_held_back(model: str, *, expects_json: bool = False) -> int:
    """Up to how many characters of text are held back for an end tag without a start tag.

    The text of a model that always reasons is held back until its reasoning has come, since without
    it the text begins with reasoning. Models that need not reason would stop streaming that way:
    of theirs, a few lines are held back, which take less than a second. Where JSON is expected,
    prose before it is held back in any case.
    """
    if _family_of(model) not in _OPEN_FAMILIES:
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
    sendable = []
    for position, message in enumerate(messages):
        if role_of(message) == "assistant":
            # The last one is the beginning of the answer, which the user wrote.
            if reads_tags and position < len(messages) - 1:
                message = _without_tags(message, messages[:position])
            message = _with_reasoning(message, model, echo)
            message = _without_blank_text(message)
            if not _says_something(message):
                continue
        sendable.append(message)
    is_unchanged = len(sendable) == len(messages) and all(map(operator.is_, sendable, messages))
    # With nothing to send at all, the service says what is wrong.
    return messages if is_unchanged or not sendable else sendable


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


def _with_reasoning(message: Message, model: str, echo: EchoReasoning) -> Message:
    """The message with the reasoning that goes to the model."""
    calls = calls_of(message)
    dropped = {"model"}
    if echo is False or (echo == "auto" and not (calls and _requires_reasoning(model))):
        dropped.add("reasoning_content")
    maker = message.get("model")
    maker = maker if isinstance(maker, str) else ""
    if not dropped.isdisjoint(message):
        message = {name: value for name, value in message.items() if name not in dropped}
    if echo == "auto" and calls and _requires_reasoning(model):
        message = {"reasoning_content": _NO_REASONING, **message}
    if has_extras(message):
        is_sent = echo is True or (echo == "auto" and bool(calls))
        kept = _for_model(message_extras(message), model, maker) if is_sent else {}
        message = {**without_extras(message), **kept}
    if not any(map(call_extras, calls)):
        return message
    sent = [_with_call_extras(call, model, echo, maker) for call in message["tool_calls"]]
    return {**message, "tool_calls": sent}


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


def _without_blank_text(message: Message) -> Message:
    """The message without text of white space only: several upstreams refuse it."""
    content = message.get("content")
    if isinstance(content, str):
        # OpenAI writes null where a turn is tool calls only; some upstreams refuse "".
        return message if content.strip() else {**message, "content": None}
    if isinstance(content, (list, tuple)) and (not content or any(map(_is_blank, content))):
        return {**message, "content": [part for part in content if not _is_blank(part)] or None}
    return message


def _is_blank(part: object) -> bool:
    text = part.get("text") if isinstance(part, Mapping) else part
    kind = part.get("type") if isinstance(part, Mapping) else "text"
    return kind == "text" and isinstance(text, str) and not text.strip()


def _says_something(message: Message) -> bool:
    if calls_of(message) or legacy_call_of(message):
        return True
    return any(message.get(name) for name in ("content", "audio", "refusal", "images"))


def _requires_reasoning(model: str) -> bool:
    """Whether a model refuses earlier tool calls without the reasoning that led to them.

    Moonshot's do: "thinking is enabled but reasoning_content is missing in assistant tool call
    message". Others refuse reasoning (OpenAI's, as an unknown field) or ignore it.
    """
    return _family_of(model) == "Kimi"


def _for_model(extras: Mapping[str, Any], model: str, maker: str) -> dict[str, Any]:
    return {name: value for name, value in extras.items() if _is_for(model, name, value, maker)}


def _is_for(model: str, name: str, value: Any, maker: str) -> bool:
    """Whether signed reasoning may go to a model: to its own family; what is unknown to all."""
    family, sender = _family_of(model), _family_of(maker)
    signer = _signer_of(name, value, sender)
    # What a model's own answers held goes back to it, whoever signed that.
    return None in (family, signer) or family in (signer, sender)


def _signer_of(name: str, value: Any, sender: str | None) -> str | None:
    """The family that signed reasoning, by its form; else the one that sent it."""
    if name in _GEMINI_SIGNATURES:
        return "Gemini"
    if isinstance(value, Mapping) and any(map(value.get, _GEMINI_SIGNATURES)):
        return "Gemini"
    for entry in value if isinstance(value, list) else ():
        form = entry.get("format") if isinstance(entry, Mapping) else None
        if isinstance(form, str) and (family := _family_of(form)):
            return family
    return sender or ("Claude" if name == "thinking_blocks" else None)


def _family_of(model: str) -> str | None:
    folded = model.upper()
    for family, words in _FAMILIES.items():
        if any(word in folded for word in words):
            return family
    return None
