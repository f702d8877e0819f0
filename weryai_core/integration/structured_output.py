"""How to ask for an answer that follows a JSON schema: one plan, decided once per request.

A schema can go into `response_format`, into the parameters of a tool that must be called, or into
the prompt. `plan_structured_output` decides which, from what the model can do and from whether the
request searches the web. The wrappers and their profiles ask here and decide nothing themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from weryai_core.errors import InvalidRequestError
from weryai_core.option_values import StructuredOutputMethod
from weryai_core.request.web_search import excludes_json_schema
from weryai_core.schemas.response_format import schema_format


@dataclass(frozen=True, slots=True)
class StructuredOutputPlan:
    """How to ask for one structured answer.

    Attributes:
        method: "function_calling" forces the call of a tool, which the wrapper adds;
            "json_schema" and "prompted" send the schema, "json_mode" asks for any JSON object.
        response_format: The request's `response_format`; None with "function_calling".
        schema_in_prompt: Whether the schema goes into the prompt instead: "always", or
            "if_needed", which is if the request then searches the web and that excludes a schema;
            None for never.
    """

    method: StructuredOutputMethod
    response_format: Mapping[str, Any] | None = None
    schema_in_prompt: Literal["always", "if_needed"] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The plan as parameters of a request; empty with "function_calling"."""
        parameters = {
            "response_format": self.response_format,
            "schema_in_prompt": self.schema_in_prompt,
        }
        return {name: value for name, value in parameters.items() if value is not None}


def plan_structured_output(
    parameters: Mapping[str, Any],
    schema: Mapping[str, Any] | None,
    *,
    method: StructuredOutputMethod | None,
    knows_schemas: bool | None,
    knows_tools: bool | None,
    name: str | None = None,
    strict: bool | None = None,
) -> StructuredOutputPlan:
    """Decide how to ask for an answer that follows a schema.

    Args:
        parameters: The request's other parameters, which say whether it searches the web.
        schema: The JSON schema; not used with "json_mode".
        method: The user's choice; None for the best one that the model can do.
        knows_schemas: Whether the model follows a `response_format`; None if unknown.
        knows_tools: Whether the model calls tools; None if unknown.
        name: The schema's name; by default its title.
        strict: The schema's `strict`; None to leave it out.

    Raises:
        InvalidRequestError: The method is unknown, or not possible with this request.
    """
    is_excluded = excludes_json_schema(parameters)
    chosen = method or _best_method(knows_schemas and not is_excluded, knows_tools)
    if chosen not in get_args(StructuredOutputMethod):
        raise InvalidRequestError(
            "`method` must be 'function_calling', 'json_schema', 'json_mode' or 'prompted', not "
            f"{method!r}."
        )
    if chosen == "function_calling":
        return StructuredOutputPlan(chosen)
    if chosen == "json_mode":
        if strict is not None:
            raise InvalidRequestError("`strict` has no meaning with method='json_mode'.")
        return StructuredOutputPlan(chosen, {"type": "json_object"})
    if chosen == "json_schema" and is_excluded:
        raise InvalidRequestError(
            "method='json_schema' is not possible for a Gemini model that searches the web "
            "(WeryAI's API page). Leave `method` out, or use 'function_calling'."
        )
    response_format = schema_format(schema or {}, name=name, strict=strict)
    if chosen == "prompted":
        return StructuredOutputPlan(chosen, response_format, "always")
    # A choice of ours must hold even if a later call turns the search on.
    return StructuredOutputPlan(chosen, response_format, None if method else "if_needed")


def plan_given_format(response_format: Mapping[str, Any]) -> StructuredOutputPlan:
    """The plan for a `response_format` that the user or an agent wrote, unaware of any search."""
    return StructuredOutputPlan("json_schema", response_format, "if_needed")


def _best_method(takes_schema: bool | None, knows_tools: bool | None) -> StructuredOutputMethod:
    if takes_schema:
        return "json_schema"
    return "prompted" if knows_tools is False else "function_calling"
