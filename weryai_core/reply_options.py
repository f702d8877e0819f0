"""What a request means for reading its reply: decided by `request`, followed by `reply`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class ReplyOptions:
    """How to read the reply to one request.

    Attributes:
        model: The requested model, which a reply without a `model` is named after.
        has_one_choice: One choice was requested: it is number 0, whatever the service calls it.
        choice_count: How many choices were requested.
        reads_calls_from_text: The tools were described in the prompt, so calls come as text.
        tools: The parameters' schemas of the request's tools, by name. Their calls may be left in
            the text, in the model's own tokens.
        forbids_calls: The request forbids tool calls.
        expects_json: JSON was requested, so the text of the answer is the JSON alone.
        answer_schema: The JSON schema that was requested; None if there is none.
        checks_answer: An answer that is not JSON or has no field of that schema is an error.
        answer_tools: The tools whose arguments are answers. Those without a required field must
            have a field; with `checks_answer`, all must.
        checks_arguments: An answer with tool calls is an error if none of them can be read.
        checks_call_tokens: A call in the text that cannot be made is an error, unless that text
            holds the answer.
        requires_call: An answer without a tool call is an error, unless it is a refusal.
        is_forced: The request forces that call. A model that rejects this is left the choice.
        refuses_refusals: A refusal in place of the required call is an error as well.
        tool_names: The names of tools as the request has them -> the names that the user gave.
        reads_reasoning_tags: Reasoning in tags at the head of the text is reasoning.
        held_back: Up to how many characters of streamed text to hold back because a model that
            reasons may send the end tag alone.
        check_content_filter: A blocked answer that holds nothing is an error.
    """

    model: str | None = None
    has_one_choice: bool = False
    choice_count: int = 1
    reads_calls_from_text: bool = False
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False, repr=False)
    forbids_calls: bool = False
    expects_json: bool = False
    answer_schema: Mapping[str, Any] | None = None
    checks_answer: bool = False
    answer_tools: Sequence[str] = ()
    checks_arguments: bool = False
    checks_call_tokens: bool = True
    requires_call: bool = False
    is_forced: bool = True
    refuses_refusals: bool = False
    tool_names: Mapping[str, str] = field(default_factory=dict)
    reads_reasoning_tags: bool = True
    held_back: int = 0
    check_content_filter: bool = True

    def only_tool(self) -> str | None:
        """The only tool that an answer can call, if it must call one."""
        return next(iter(self.tools)) if self.requires_call and len(self.tools) == 1 else None

    def answer_schemas(self) -> dict[str, Mapping[str, Any]]:
        """The schemas of the tools whose arguments are answers, by the names that the user gave."""
        names = ((self.tool_names.get(name, name), schema) for name, schema in self.tools.items())
        return {name: schema for name, schema in names if name in self.answer_tools}

    def without_forced_call(self) -> ReplyOptions:
        """The same for a request that leaves it to the model whether to call a tool.

        A call is still required where its arguments are the answer: who waits for that would ask
        the model again without end.
        """
        requires_call = self.requires_call and bool(self.answer_tools)
        return replace(self, requires_call=requires_call, is_forced=False)


NO_OPTIONS = ReplyOptions()
