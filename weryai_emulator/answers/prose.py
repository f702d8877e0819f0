"""Answers in plain words: an echo, a repeated tool result, a text of the requested length."""

from __future__ import annotations

import re
from itertools import takewhile

from weryai_emulator.json_text import JsonObject
from weryai_emulator.request.chat_request import ChatRequest, parts_of, text_of
from weryai_emulator.text import topic_of

_GREETING = re.compile(r"\s*(?:hello|hi|hey|good (?:morning|afternoon|evening))\b", re.IGNORECASE)
_COUNT_TO = re.compile(r"\bcount (?:from \d+ )?(?:up )?to (\d[\d,]*)", re.IGNORECASE)
_N_WORDS = re.compile(r"\b(\d[\d,]*)[ -]words?\b", re.IGNORECASE)
_LONG = re.compile(
    r"\b(?:write|tell|compose|draft)\b.*?\b(?P<kind>story|essay|poem|article|long\b.*|haikus?)\b",
    re.IGNORECASE | re.DOTALL,
)
_VERBS = ("said", "wrote", "asked")
_PARTS = {
    "image_url": "an image",
    "input_audio": "a sound recording",
    "video_url": "a video",
    "file": "a file",
}

# The longest text in words, so that a request cannot exhaust the memory.
_MOST = 100_000

_SENTENCES = (
    "Once upon a time there was a tale about {topic}.",
    "Every morning brought a small surprise, and every evening a reason to tell it.",
    "One day the weather turned, and nothing was quite where it had been before.",
    "Friends came by, listened, and offered more advice than anybody could use.",
    "In the end things settled, much as they had begun, only a little wiser.",
    "And that is all there is to say about {topic}.",
)


def echo(request: ChatRequest, index: int) -> str:
    """Return an answer that repeats the user's text; never an empty string.

    The request's seed and the index of the answer choose its verb.
    """
    said = request.last_user_text.strip()
    verb = _VERBS[((request.seed or 0) + index) % len(_VERBS)]
    greeting = "Hello! " if _GREETING.match(said) else ""
    sent = _sent_parts(request)
    if said and sent:
        return f'{greeting}You {verb}: "{said}" and sent {sent}.'
    if sent:
        return f"You sent {sent}."
    return f'{greeting}You {verb}: "{said}"' if said else f"You {verb} nothing."


def repeat_results(request: ChatRequest) -> str | None:
    """Return the tool results at the end of the messages, or None if there are none."""
    newest = takewhile(lambda message: message["role"] == "tool", reversed(request.messages))
    results = [*newest][::-1]
    names = _tool_names(request)
    lines = [
        f"{names.get(r['tool_call_id']) or r.get('name') or 'The tool'} returned: {_result_text(r)}"
        for r in results
    ]
    return "\n".join(lines) or None


def long_text(request: ChatRequest) -> str | None:
    """Return a text of the requested length, or None if the prompt asks for none."""
    prompt = request.last_user_text
    count = _COUNT_TO.search(prompt)
    if count is not None:
        return ", ".join(str(number) for number in range(1, _number(count[1]) + 1)) + "."
    words = _N_WORDS.search(prompt)
    if words is not None:
        return _repeated(prompt, _number(words[1]))
    long = _LONG.search(prompt)
    if long is None:
        return None
    if long["kind"].lower().startswith("long"):
        # More than the default of `max_tokens`, so that the limit cuts it.
        return _repeated(prompt, 1500)
    return " ".join(_sentences(prompt))


def _sentences(prompt: str) -> list[str]:
    topic = topic_of(prompt)
    return [sentence.format(topic=topic) for sentence in _SENTENCES]


def _repeated(prompt: str, count: int) -> str:
    words = " ".join(_sentences(prompt)).split()
    turns = -(-count // len(words))
    return " ".join((words * turns)[:count])


def _number(digits: str) -> int:
    return max(1, min(int(digits.replace(",", "")), _MOST))


def _sent_parts(request: ChatRequest) -> str:
    users = [message for message in request.messages if message["role"] == "user"]
    kinds = [part["type"] for part in parts_of(users[-1])] if users else []
    return " and ".join(_PARTS[kind] for kind in kinds if kind in _PARTS)


def _tool_names(request: ChatRequest) -> dict[str, str]:
    return {
        call["id"]: call["function"]["name"]
        for message in request.messages
        for call in message.get("tool_calls") or ()
    }


def _result_text(message: JsonObject) -> str:
    sent = [_PARTS[part["type"]] for part in parts_of(message) if part["type"] in _PARTS]
    return text_of(message).strip() or " and ".join(sent) or "nothing"
