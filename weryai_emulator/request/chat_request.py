"""The chat request, read once: what the rules look at. No I/O, no checks (see `_validation`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]

# The documented default of `max_tokens`.
DEFAULT_MAX_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A view of a request body that was found valid."""

    body: JsonObject
    model: str
    messages: list[JsonObject]

    @classmethod
    def from_body(cls, body: Any) -> ChatRequest:
        """Return the view; of a body that is no request, as far as it goes."""
        body = body if isinstance(body, dict) else {}
        messages = body.get("messages")
        known = messages if isinstance(messages, list) else []
        return cls(body, str(body.get("model", "")), [m for m in known if isinstance(m, dict)])

    @property
    def stream(self) -> bool:
        """Whether the reply is to be streamed."""
        return self.body.get("stream") is True

    @property
    def include_usage(self) -> bool:
        """Whether a stream is to end with a chunk of usage."""
        options = self.body.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True

    @property
    def choices(self) -> int:
        """How many answers are asked for."""
        return int(self.body.get("n") or 1)

    @property
    def max_tokens(self) -> int:
        """How many tokens an answer may have."""
        named = self.body.get("max_tokens") or self.body.get("max_completion_tokens")
        return int(named or DEFAULT_MAX_TOKENS)

    @property
    def stop(self) -> list[str]:
        """The texts that end an answer; none of them is empty."""
        stop = self.body.get("stop") or []
        return [text for text in ([stop] if isinstance(stop, str) else stop) if text]

    @property
    def seed(self) -> int | None:
        """The seed, if one was given."""
        return self.body.get("seed")

    @property
    def tools(self) -> list[JsonObject]:
        """The functions that may be called: their `function` objects."""
        return [tool["function"] for tool in self.body.get("tools") or [] if "function" in tool]

    @property
    def tool_choice(self) -> Any:
        """The tool choice as it was sent; "auto" when it was not."""
        return self.body.get("tool_choice") or "auto"

    @property
    def response_format(self) -> JsonObject:
        """The response format; an empty object when none was sent."""
        return self.body.get("response_format") or {}

    @property
    def audio_format(self) -> str | None:
        """The format in which the answer is to be spoken; None when it is to be written."""
        if "audio" not in (self.body.get("modalities") or []):
            return None
        return str((self.body.get("audio") or {}).get("format", "wav"))

    @property
    def web_plugin(self) -> JsonObject | None:
        """The web plugin with its options, or None when it is off."""
        plugins = self.body.get("plugins") or []
        return next((plugin for plugin in plugins if plugin.get("id") == "web"), None)

    @property
    def is_for_gemini(self) -> bool:
        """Whether a Gemini model is asked: the web plugin is documented for these alone."""
        return self.model.startswith("GEMINI")

    @property
    def last_user_text(self) -> str:
        """The text of the last message that a user wrote."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return text_of(message)
        return ""

    @property
    def system_text(self) -> str:
        """The texts of the system and developer messages."""
        return "\n".join(
            text_of(message)
            for message in self.messages
            if message.get("role") in ("system", "developer")
        )


def text_of(message: JsonObject) -> str:
    """Return the text of a message: its string, or its text parts in lines."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part["text"]) for part in parts if part.get("type") == "text")


def parts_of(message: JsonObject) -> list[JsonObject]:
    """Return the typed parts of a message; none when its content is a string."""
    content = message.get("content")
    return content if isinstance(content, list) else []
