"""The values of options that take one of a few.

The fields of a framework's model class need these types when the class is made, long before the
rooms that act on them are used.
"""

from __future__ import annotations

from typing import Literal

EchoReasoning = bool | Literal["auto"]
"""Which reasoning is sent: all (True), none (False), or only what the model requires ("auto")."""

MessageOverflow = Literal["fold", "error", "merge", "trim"]
"""What to do about too many messages: see `request.message_limit.fit_messages`."""

SchemaInPrompt = Literal["always", "if_needed"]
"""When a schema goes into the prompt; None for never."""

StructuredOutputMethod = Literal["function_calling", "json_schema", "json_mode", "prompted"]
"""How to ask for an answer that follows a schema: see `integration.plan_structured_output`."""

ToolCalling = Literal["native", "prompted"]
"""How tools are offered: as `tools`, or in the prompt."""

ToolMedia = Literal["auto", "keep", "move"]
"""Where media in tool results go: see `media.tool_results.with_movable_media`."""
