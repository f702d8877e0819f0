"""The options of a request: what a `ChatRequest` may hold that is never sent.

`split_options` takes them out of the dict where a request enters the core. Beyond that door they
are a `RequestOptions`, and the dict holds parameters only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

from weryai_core.errors import InvalidRequestError
from weryai_core.option_values import (
    EchoReasoning,
    MessageOverflow,
    SchemaInPrompt,
    ToolCalling,
    ToolMedia,
)
from weryai_core.request.bounds import expect


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """How to prepare a request and check its reply. Each option has its only default here.

    Attributes:
        web_search: True adds the web-search plugin, False removes it; None leaves the plugins as
            they are.
        schema_in_prompt: When the JSON schema of `response_format` moves into the prompt:
            "always", or "if_needed", which is where a web search excludes it. With None it stays,
            and that conflict is an error.
        message_overflow: What to do with more messages than the API takes: "fold" puts the oldest
            turns into words, "merge" joins neighbors of one role, "trim" drops the oldest turns,
            "error" refuses them.
        tool_calling: "native" sends `tools`. "prompted" describes them in the prompt and reads
            calls from the answer's text, for models and gateways without `tools`.
        check_tool_choice: Whether an answer without the call that `tool_choice` requires is a
            `ToolCallError`. An answer with a refusal is not, see `check_refusal`.
        check_refusal: Whether a refusal in place of the call that `tool_choice` requires is a
            `ToolCallError` as well.
        check_arguments: Whether an answer with tool calls is a `ToolCallError` if the arguments of
            none of them can be read.
        check_call_tokens: Whether a call that a server left in the text, in its model's own tokens,
            is a `ToolCallError` if it cannot be read, or if the request forbids calls. Otherwise
            it is text.
        check_answer: Whether an answer to the schema of `response_format` that is not JSON, has
            none of its fields or is a refusal is a `StructuredOutputError`, for programs that make
            an object of the answer and do not check that.
        answer_tools: Names of tools whose arguments are answers. Those that have parameters, none
            of them required, are checked for a field; with `check_answer`, all of them are.
        check_content_filter: Whether an answer that a content filter blocked, and that holds
            nothing, is a `ContentFilterError`.
        echo_reasoning: Which reasoning of earlier answers is sent: all (True), none (False), or,
            with "auto", only what the model requires.
        reasoning_tags: Whether `<think>...</think>` at the head of a text is reasoning, in answers
            and in earlier turns.
        tool_media: Where media in the results of tools go: "keep" leaves them there, "move" puts
            them into a user message after the results, "auto" keeps what the model takes there.
        drop_unsupported: Whether to leave out parameters and media that the catalogue says the
            model does not take. Otherwise they are sent, with a warning.

    Raises:
        InvalidRequestError: An option has an unknown value.
    """

    web_search: bool | None = None
    schema_in_prompt: SchemaInPrompt | None = None
    message_overflow: MessageOverflow = "fold"
    tool_calling: ToolCalling = "native"
    check_tool_choice: bool = True
    check_refusal: bool = False
    check_arguments: bool = True
    check_call_tokens: bool = True
    check_answer: bool = False
    answer_tools: Sequence[str] = ()
    check_content_filter: bool = True
    echo_reasoning: EchoReasoning = "auto"
    reasoning_tags: bool = True
    tool_media: ToolMedia = "auto"
    drop_unsupported: bool = False

    def __post_init__(self) -> None:
        if self.web_search is not None:
            is_switch = isinstance(self.web_search, bool)
            expect(is_switch, "web_search", self.web_search, "True or False")
        are_names = isinstance(self.answer_tools, (list, tuple)) and all(
            isinstance(name, str) for name in self.answer_tools
        )
        expect(are_names, "answer_tools", self.answer_tools, "a list of names")
        for name, known in _VALUES.items():
            value = getattr(self, name)
            if value not in known:
                expect(False, name, value, " or ".join(map(repr, known)))


_VALUES: Mapping[str, Sequence[Any]] = {
    "schema_in_prompt": (None, *get_args(SchemaInPrompt)),
    "message_overflow": get_args(MessageOverflow),
    "tool_calling": get_args(ToolCalling),
    "check_tool_choice": (True, False),
    "check_refusal": (True, False),
    "check_arguments": (True, False),
    "check_call_tokens": (True, False),
    "check_answer": (True, False),
    "check_content_filter": (True, False),
    "echo_reasoning": (True, False, "auto"),
    "reasoning_tags": (True, False),
    "tool_media": get_args(ToolMedia),
    "drop_unsupported": (True, False),
}
_DEFAULTS = RequestOptions()
_NAMES = tuple(option.name for option in fields(RequestOptions))


def split_options(request: Mapping[str, Any]) -> tuple[dict[str, Any], RequestOptions]:
    """Split a `ChatRequest` into the parameters to send and the options. None counts as unset.

    Raises:
        InvalidRequestError: The request is not a mapping, or an option has an unknown value.
    """
    if not isinstance(request, Mapping):
        raise InvalidRequestError(
            f"The request must be a mapping of parameters, not a {type(request).__name__}."
        )
    parameters = dict(request)
    given = {name: parameters.pop(name) for name in _NAMES if name in parameters}
    set_options = {name: value for name, value in given.items() if value is not None}
    return parameters, RequestOptions(**set_options) if set_options else _DEFAULTS
