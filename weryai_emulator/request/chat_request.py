"""A checked chat request, and the values that the rules read from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from weryai_emulator.json_text import JsonObject

# The documented default of `max_tokens`.
DEFAULT_MAX_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A view of the body of a valid request."""

    body: JsonObject
    model: str
    messages: list[JsonObject]

    @classmethod
    def from_body(cls, body: Any) -> ChatRequest:
        """Return the view of a body. A scripted answer may have an invalid one: keep what fits."""
        body = body if isinstance(body, dict) else {}
        messages = body.get("messages")
        known = messages if isinstance(messages, list) else []
        return cls(body, str(body.get("model", "")), [m for m in known if isinstance(m, dict)])

    @property
    def stream(self) -> bool:
        """Whether the request asks for a stream."""
        return self.body.get("stream") is True

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with a chunk with the usage."""
        options = self.body.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True

    @property
    def choices(self) -> int:
        """How many answers the request asks for."""
        return int(self.body.get("n") or 1)

    @property
    def max_tokens(self) -> int:
        """The limit of an answer in tokens."""
        limit = self.body.get("max_tokens") or self.body.get("max_completion_tokens")
        return int(limit or DEFAULT_MAX_TOKENS)

    @property
    def stop(self) -> list[str]:
        """The texts that end an answer, without empty ones."""
        stop = self.body.get("stop") or []
        return [text for text in ([stop] if isinstance(stop, str) else stop) if text]

    @property
    def seed(self) -> int | None:
        """The seed, or None."""
        return self.body.get("seed")

    @property
    def tools(self) -> list[JsonObject]:
        """The `function` objects of the tools."""
        return [tool["function"] for tool in self.body.get("tools") or [] if "function" in tool]

    @property
    def tool_choice(self) -> Any:
        """The tool choice as the request has it, "auto" by default."""
        return self.body.get("tool_choice") or "auto"

    @property
    def response_format(self) -> JsonObject:
        """The response format, an empty object by default."""
        return self.body.get("response_format") or {}

    @property
    def audio_format(self) -> str | None:
        """The audio format of a spoken answer, or None for a written one."""
        if "audio" not in (self.body.get("modalities") or []):
            return None
        return str((self.body.get("audio") or {}).get("format", "wav"))

    @property
    def web_plugin(self) -> JsonObject | None:
        """The web plugin with its options, or None."""
        plugins = self.body.get("plugins") or []
        return next((plugin for plugin in plugins if plugin.get("id") == "web"), None)

    @property
    def is_for_gemini(self) -> bool:
        """Whether the model is a Gemini; the web plugin is documented for these models only."""
        return self.model.startswith("GEMINI")

    @property
    def last_user_text(self) -> str:
        """The text of the last user message."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return text_of(message)
        return ""

    @property
    def system_text(self) -> str:
        """The text of all system and developer messages."""
        return "\n".join(
            text_of(message)
            for message in self.messages
            if message.get("role") in ("system", "developer")
        )


def text_of(message: JsonObject) -> str:
    """Return the text of a message: its string, or its text parts joined by line breaks."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    texts = (part.get("text", "") for part in parts_of(message) if part.get("type") == "text")
    return "\n".join(map(str, texts))


def parts_of(message: JsonObject) -> list[JsonObject]:
    """Return the parts of a message; none if its content is a string. Leaves out odd ones."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return [part for part in parts if isinstance(part, dict)]
