r"""Messages and streams in the shapes that other gateways and models give them.

Each function returns what `Emulator.reply` (a message) or `Emulator.reply_chunks` (the items of a
stream) takes, so that a test can send one shape or several at once:

    emulator.reply(shapes.reasoning_in_tags("I think.", "Yes."))
    emulator.reply(shapes.calling(shapes.tool_call("weather", '{"note": "a\nb"}')))
    emulator.reply_chunks(shapes.stream("Hi \ud83d", "\ude00!"))

Errors, envelopes and missing fields are arguments of `Emulator.reply` itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from weryai_emulator.json_text import JsonObject

CallForm = Literal["kimi", "qwen", "glm", "gemini", "gpt-oss"]
CountSpelling = Literal["openai", "deepseek", "kimi", "anthropic"]

_HEADER: JsonObject = {
    "id": "chatcmpl-scripted",
    "object": "chat.completion.chunk",
    "created": 1_711_929_600,
    "model": "GPT_4O",
}


def tool_call(
    name: str | None,
    arguments: Mapping[str, Any] | str | None,
    *,
    id: str | None = "call_1",
    **fields: Any,
) -> JsonObject:
    """Return an entry of a message's `tool_calls`.

    Args:
        name: The name; None sends null, as for a call without a name.
        arguments: An object is sent as JSON. Text is sent as it is: with control characters,
            half a surrogate pair, a code fence, truncated, or encoded twice.
        id: The id; None leaves it out. Several calls may have the same.
        fields: More fields, such as `extra_content`.
    """
    text = json.dumps(arguments) if isinstance(arguments, Mapping) else arguments
    identity = {} if id is None else {"id": id}
    function = {"name": name, "arguments": text}
    return {**identity, "type": "function", "function": function, **fields}


def calling(*calls: JsonObject, text: str | None = None) -> JsonObject:
    """Return a message that calls tools, with or without a text."""
    return {"content": text, "tool_calls": [*calls]}


def refusing(text: str) -> JsonObject:
    """Return a message that refuses, in OpenAI's field."""
    return {"content": None, "refusal": text}


def reasoning_in_tags(
    reasoning: str, text: str, *, tag: str = "think", opening: bool = True
) -> str:
    """Return a text that begins with reasoning in tags.

    Args:
        reasoning: The reasoning.
        text: The answer after it.
        tag: The name of the tags.
        opening: Whether the opening tag is there; some models' templates hold it.
    """
    return f"{f'<{tag}>' if opening else ''}{reasoning}</{tag}>{text}"


def reasoning_details(reasoning: str, text: str | None, *calls: JsonObject) -> JsonObject:
    """Return a message with reasoning as OpenRouter has it, signed as Claude signs it."""
    detail = {"type": "reasoning.text", "text": reasoning, "signature": "c2lnbmVk", "index": 0}
    message: JsonObject = {"content": text, "reasoning_details": [detail]}
    return {**message, "tool_calls": [*calls]} if calls else message


def thinking_blocks(reasoning: str, text: str | None, *calls: JsonObject) -> JsonObject:
    """Return a message with reasoning as LiteLLM has it, signed as Claude signs it."""
    block = {"type": "thinking", "thinking": reasoning, "signature": "c2lnbmVk"}
    message: JsonObject = {"content": text, "thinking_blocks": [block]}
    return {**message, "tool_calls": [*calls]} if calls else message


def leaked_call(
    name: str, arguments: Mapping[str, Any], *, number: int = 0, form: CallForm = "kimi"
) -> str:
    """Return a tool call in the tokens of a model, which leak into the text of some servers.

    Args:
        name: The name of the tool.
        arguments: Its arguments.
        number: The number of the call, for Kimi.
        form: Whose tokens they are.
    """
    written = json.dumps(arguments)
    match form:
        case "qwen":
            return f'<tool_call>{{"name": {json.dumps(name)}, "arguments": {written}}}</tool_call>'
        case "glm":
            values = {
                key: value if isinstance(value, str) else json.dumps(value)
                for key, value in arguments.items()
            }
            pairs = (
                f"<arg_key>{key}</arg_key><arg_value>{value}</arg_value>"
                for key, value in values.items()
            )
            return f"<tool_call>{name}{''.join(pairs)}</tool_call>"
        case "gemini":
            given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            return f"```tool_code\nprint(default_api.{name}({given}))\n```"
        case "gpt-oss":
            return (
                f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>{written}"
                "<|call|>"
            )
        case "kimi":
            return (
                f"<|tool_calls_section_begin|><|tool_call_begin|>functions.{name}:{number}"
                f"<|tool_call_argument_begin|>{written}<|tool_call_end|>"
                "<|tool_calls_section_end|>"
            )
    raise ValueError(f"`form` is {form!r}. Pass kimi, qwen, glm, gemini or gpt-oss.")


def fenced(value: Any, *, before: str = "", after: str = "") -> str:
    """Return JSON in a code fence, between two texts."""
    return f"{before}```json\n{json.dumps(value, indent=2)}\n```{after}"


def usage(
    prompt: int, completion: int, *, cached: int, spelling: CountSpelling = "deepseek"
) -> JsonObject:
    """Return token counts, the cached ones in the spelling of an upstream.

    Args:
        prompt: The tokens of the prompt, the cached ones included.
        completion: The tokens of the answer.
        cached: The tokens of the prompt that came from a cache.
        spelling: Whose names the cached tokens have.
    """
    counts: JsonObject = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    match spelling:
        case "openai":
            return {**counts, "prompt_tokens_details": {"cached_tokens": cached}}
        case "deepseek":
            missed = prompt - cached
            return {
                **counts,
                "prompt_cache_hit_tokens": cached,
                "prompt_cache_miss_tokens": missed,
            }
        case "kimi":
            return {**counts, "cached_tokens": cached}
        case "anthropic":
            return {**counts, "cache_read_input_tokens": cached, "cache_creation_input_tokens": 0}
    raise ValueError(f"`spelling` is {spelling!r}. Pass openai, deepseek, kimi or anthropic.")


def stream(
    *deltas: JsonObject | str, finish_reason: str | None = "stop", **last: Any
) -> list[JsonObject]:
    """Return the chunks of a stream whose deltas are given one by one.

    Args:
        deltas: The deltas in order; a text is one of content. Halves of surrogate pairs are sent
            as JSON's escapes.
        finish_reason: The finish reason of the last chunk; None sends null.
        last: More top-level fields of the last chunk.
    """
    chunks = [_chunk({"content": one} if isinstance(one, str) else one) for one in deltas]
    return [*chunks, {**_chunk({}, finish_reason), **last}]


def tool_call_stream(
    name: Sequence[str | None],
    arguments: Sequence[str],
    *,
    id: str | None = "call_1",
    id_at: int = 0,
) -> list[JsonObject]:
    """Return the chunks of one tool call, fragment by fragment.

    The fragments are as many as the longer list has pieces.

    Args:
        name: The pieces of the name: `["get_", "weather"]` comes in pieces, `["get_weather"] * 3`
            is restated, `[None, "get_weather"]` is late.
        arguments: The pieces of the arguments.
        id: The id; None sends none at all.
        id_at: The number of the fragment that has the id, from 0.
    """
    deltas: list[JsonObject | str] = []
    for number in range(max(len(name), len(arguments))):
        piece = arguments[number] if number < len(arguments) else ""
        function: JsonObject = {"arguments": piece}
        if number < len(name) and name[number] is not None:
            function["name"] = name[number]
        entry: JsonObject = {"index": 0, "type": "function", "function": function}
        if id is not None and number == id_at:
            entry["id"] = id
        deltas.append({"tool_calls": [entry]})
    return stream(*deltas, finish_reason="tool_calls")


def _chunk(delta: JsonObject, finish_reason: str | None = None) -> JsonObject:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {**_HEADER, "choices": [choice]}
