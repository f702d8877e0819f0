"""The arguments that type checkers know are the fields of the class, by all their names."""

import inspect
from typing import get_type_hints

from pydantic import SecretStr

from langchain_weryai import ChatWeryAI
from langchain_weryai.arguments import ChatWeryAIArguments

TYPES = get_type_hints(ChatWeryAIArguments)
SECRETS = {"api_key", "weryai_api_key", "proxy", "weryai_proxy"}
FIELDS = ChatWeryAI.model_fields
ALIASES = {field.alias: name for name, field in FIELDS.items() if field.alias}
# Each name that an argument may have, and the field that it sets.
NAMES = (
    {name: name for name in FIELDS}
    | ALIASES
    | {
        "max_completion_tokens": "max_tokens",
        "deadline": "total_timeout",
    }
)


def test_the_typed_arguments_are_the_fields_by_name_and_by_alias():
    assert {*TYPES, "model", "model_name"} == NAMES.keys()


def test_each_argument_has_the_type_of_its_field_and_secrets_may_be_text():
    types = {name: FIELDS[NAMES[name]].annotation for name in TYPES}
    assert types | dict.fromkeys(SECRETS, str | SecretStr | None) == TYPES


def test_help_shows_a_parameter_for_each_field():
    shown = inspect.signature(ChatWeryAI).parameters
    assert shown.keys() == {field.alias or name for name, field in FIELDS.items()}
