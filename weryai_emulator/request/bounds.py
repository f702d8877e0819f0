"""Check a chat request against the documented bounds and types.

In goes the body. JSON is parsed, then the model, the messages, each parameter and their
combinations are checked in this order. Out comes a `ChatRequest`, or the first `Refusal`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from weryai_emulator.audio import FORMATS
from weryai_emulator.json_text import JsonObject, read_json
from weryai_emulator.models import MODELS
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.request.errors import MODEL, PARAMETER, Refusal, invalid
from weryai_emulator.request.messages import check_messages

RESPONSE_FORMATS = ("text", "json_object", "json_schema")
TOOL_FIELDS = ("tools", "tool_choice", "parallel_tool_calls")
TOOL_CHOICES = ("auto", "none", "required", "any")

# Not documented: limits the memory that one request can use.
MAX_CHOICES = 128


@dataclass(frozen=True, slots=True)
class Bound:
    """One row of the table of parameters: its type and its inclusive range."""

    name: str
    kind: str
    low: float | None = None
    high: float | None = None

    def check(self, value: Any) -> None:
        """Raise a Refusal for a value of another type or out of range; null counts as absent."""
        if value is None:
            return
        if not _TYPE_CHECKS[self.kind](value):
            raise invalid(self.name, f"`{self.name}` must be of type {self.kind}.")
        if self.low is not None and value < self.low:
            raise invalid(self.name, f"`{self.name}` must be at least {self.low:g}.")
        if self.high is not None and value > self.high:
            raise invalid(self.name, f"`{self.name}` must be at most {self.high:g}.")


_TYPE_CHECKS = {
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}

# The first eight rows are documented; the others follow OpenAI.
BOUNDS = (
    Bound("max_tokens", "integer", 1),
    Bound("temperature", "number", 0, 2),
    Bound("top_p", "number", 0, 1),
    Bound("presence_penalty", "number", -2, 2),
    Bound("frequency_penalty", "number", -2, 2),
    Bound("seed", "integer"),
    Bound("n", "integer", 1, MAX_CHOICES),
    Bound("stream", "boolean"),
    Bound("max_completion_tokens", "integer", 1),
    Bound("logprobs", "boolean"),
    Bound("top_logprobs", "integer", 0, 20),
    Bound("parallel_tool_calls", "boolean"),
    Bound("stream_options", "object"),
    Bound("modalities", "array"),
    Bound("audio", "object"),
)


def check_chat_request(body: bytes, *, ignore_tools: bool = False) -> ChatRequest:
    """Return the request in a body.

    Args:
        body: The body of the HTTP request.
        ignore_tools: Whether to remove the fields about tools without a check.

    Raises:
        Refusal: The request is invalid; the message says why.
    """
    try:
        parsed: Any = read_json(body)
    except ValueError as error:
        raise Refusal(PARAMETER, "The request body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise Refusal(PARAMETER, "The request body must be a JSON object.")
    if ignore_tools:
        parsed = {name: value for name, value in parsed.items() if name not in TOOL_FIELDS}
    _check_model(parsed)
    check_messages(parsed.get("messages"))
    for bound in BOUNDS:
        bound.check(parsed.get(bound.name))
    _check_stop(parsed.get("stop"))
    _check_plugins(parsed.get("plugins"))
    _check_tools(parsed)
    _check_response_format(parsed.get("response_format"))
    request = ChatRequest.from_body(parsed)
    if request.audio_format not in (None, *FORMATS):
        raise invalid("audio", f"`audio.format` must be {' or '.join(FORMATS)}.")
    _check_combinations(request)
    return request


def _check_model(body: JsonObject) -> None:
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise invalid("model", "`model` is required and must be a string.")
    if model not in MODELS:
        raise Refusal(
            MODEL, f"model not supported: {model}. See GET /v1/chat/models.", param="model"
        )


def _check_stop(stop: Any) -> None:
    texts = [stop] if isinstance(stop, str) else stop
    if texts is None:
        return
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise invalid("stop", "`stop` must be a string or an array of strings.")


def _check_plugins(plugins: Any) -> None:
    if plugins is None:
        return
    if not isinstance(plugins, list):
        raise invalid("plugins", "`plugins` must be of type array.")
    for index, plugin in enumerate(plugins):
        if not isinstance(plugin, dict) or not isinstance(plugin.get("id"), str):
            where = f"plugins[{index}]"
            raise invalid(where, f'`{where}` must be an object with an `id`, such as "web".')
        if plugin["id"] == "web":
            _check_web_plugin(f"plugins[{index}]", plugin)


def _check_web_plugin(where: str, plugin: JsonObject) -> None:
    """Check the options of a web search. They are OpenRouter's; the service documents none."""
    Bound(f"{where}.max_results", "integer", 1).check(plugin.get("max_results"))
    for name in ("include_domains", "exclude_domains"):
        domains = plugin.get(name) or []
        if not isinstance(domains, list) or not all(isinstance(each, str) for each in domains):
            where = f"{where}.{name}"
            raise invalid(where, f"`{where}` must be an array of strings.")


def _check_tools(body: JsonObject) -> None:
    tools = body.get("tools")
    if tools is None:
        tools = []
    if not isinstance(tools, list):
        raise invalid("tools", "`tools` must be of type array.")
    for index, tool in enumerate(tools):
        _check_tool(f"tools[{index}]", tool)
    _check_tool_choice(body.get("tool_choice"), [tool["function"]["name"] for tool in tools])


def _check_tool(where: str, tool: Any) -> None:
    if not isinstance(tool, dict) or tool.get("type") != "function":
        raise invalid(where, f'`{where}` must be an object of type "function".')
    function = tool.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise invalid(where, f"`{where}.function` must be an object with a `name`.")
    if not isinstance(function.get("parameters") or {}, dict):
        raise invalid(where, f"`{where}.function.parameters` must be a JSON schema.")


def _check_tool_choice(choice: Any, names: list[str]) -> None:
    if choice is None or (isinstance(choice, str) and choice in TOOL_CHOICES):
        return
    function = choice.get("function") if isinstance(choice, dict) else None
    if not isinstance(function, dict) or "name" not in function:
        expected = ", ".join(f'"{known}"' for known in TOOL_CHOICES)
        raise invalid(
            "tool_choice",
            f'`tool_choice` must be {expected} or {{"type": "function", "function": '
            '{"name": ...}}.',
        )
    if function["name"] not in names:
        raise invalid("tool_choice", "`tool_choice` names a function that `tools` does not offer.")


def _check_response_format(response_format: Any) -> None:
    if response_format is None:
        return
    kind = response_format.get("type") if isinstance(response_format, dict) else None
    if kind not in RESPONSE_FORMATS:
        expected = ", ".join(RESPONSE_FORMATS)
        raise invalid(
            "response_format", f"`response_format` must be an object whose type is {expected}."
        )
    described = response_format.get("json_schema")
    schema = described.get("schema") if isinstance(described, dict) else None
    if kind == "json_schema" and not isinstance(schema, dict):
        raise invalid(
            "response_format", "`response_format.json_schema.schema` must be a JSON schema."
        )


def _check_combinations(request: ChatRequest) -> None:
    limit = MODELS[request.model].max_tokens
    if request.max_tokens > limit:
        raise invalid("max_tokens", f"`max_tokens` must be at most {limit} for {request.model}.")
    web_on_gemini = request.is_for_gemini and request.web_plugin is not None
    if web_on_gemini and request.response_format.get("type") == "json_schema":
        raise invalid(
            "response_format",
            'Gemini models cannot combine web search with response_format.type = "json_schema".',
        )
