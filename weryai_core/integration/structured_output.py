"""How to ask for an answer that follows a JSON schema: one plan, decided once per request.

A schema can go into `response_format`, into the parameters of a tool that must be called, or into
the prompt. `plan_structured_output` decides which, from what the model can do and from whether the
request searches the web. The wrappers and their profiles ask here and decide nothing themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from weryai_core.errors import InvalidRequestError
from weryai_core.request.web_search import excludes_json_schema
from weryai_core.wire import function_of

StructuredOutputMethod = Literal["function_calling", "json_schema", "json_mode", "prompted"]

# What OpenAI does not allow in the name of a schema or a function.
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_MAX_NAME = 64

# Keywords of a JSON schema whose values are schemas by name, and keywords whose values are none.
_SCHEMAS_BY_NAME = ("properties", "$defs", "definitions")
_VALUES = ("enum", "const", "examples", "required")


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


def schema_format(
    schema: Mapping[str, Any], *, name: str | None = None, strict: bool | None = None
) -> dict[str, Any]:
    """A JSON schema as a request's `response_format`.

    Args:
        schema: The schema.
        name: Its name; by default its title. Characters that names cannot have become "_".
        strict: The value of `strict`; None to leave it out. If True, see `strict_schema`.
    """
    described: dict[str, Any] = {
        "name": schema_name(name or schema.get("title") or "answer"),
        "schema": strict_schema(schema) if strict else schema,
    }
    if strict is not None:
        described["strict"] = strict
    return {"type": "json_schema", "json_schema": described}


def with_root_object(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with an object at its root, where a recursive class has a reference to one."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/$defs/"):
        return schema
    rest = {name: value for name, value in schema.items() if name != "$ref"}
    return {**schema["$defs"][reference.removeprefix("#/$defs/")], **rest}


def schema_name(title: str) -> str:
    """The title of a schema as a name that OpenAI accepts, e.g. Box_int_ for Box[int]."""
    return _NOT_IN_NAMES.sub("_", title)[:_MAX_NAME]


def strict_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A function tool whose arguments must follow its schema exactly; other tools unchanged."""
    function = function_of(tool)
    if "parameters" not in function:
        return dict(tool)
    parameters = strict_schema(function["parameters"])
    return {**tool, "function": {**function, "strict": True, "parameters": parameters}}


def strict_schema(schema: Any) -> Any:
    """A JSON schema in the form that OpenAI requires with `strict`. The argument is not changed.

    Objects, including nested ones, allow only the properties that they name and require all of
    them, so that defaults mean nothing and are removed. A reference with other keywords next to it
    moves into an `anyOf`. (OpenAI's guide to structured outputs, "Supported schemas".)
    """
    if isinstance(schema, list):
        return [strict_schema(entry) for entry in schema]
    if not isinstance(schema, Mapping):
        return schema
    strict = {name: _strict_value(name, value) for name, value in schema.items()}
    strict.pop("default", None)
    if isinstance(strict.get("properties"), Mapping):
        strict |= {"required": [*strict["properties"]], "additionalProperties": False}
    if "$ref" in strict and len(strict) > 1:
        return {"anyOf": [{"$ref": strict.pop("$ref")}], **strict}
    return strict


def _strict_value(name: str, value: Any) -> Any:
    if name in _SCHEMAS_BY_NAME and isinstance(value, Mapping):
        return {key: strict_schema(schema) for key, schema in value.items()}
    return value if name in _VALUES else strict_schema(value)
