"""The arguments that type checkers know are the fields of the class."""

import inspect
from typing import get_type_hints

from pydantic import SecretStr

from llama_index_weryai import WeryAI
from llama_index_weryai.arguments import WeryAIArguments

TYPES = get_type_hints(WeryAIArguments)
FIELDS = WeryAI.model_fields
# LlamaIndex's aliases for types like these say no more to users.
UNNAMED = {"messages_to_prompt", "completion_to_prompt"}


def test_the_typed_arguments_are_the_fields_and_their_other_names():
    assert {*TYPES, "model"} == {*FIELDS, "base_url", "deadline"}


def test_each_argument_has_the_type_of_its_field_and_secrets_may_be_text():
    types = {name: field.annotation for name, field in FIELDS.items() if name in TYPES}
    types |= dict.fromkeys(("api_key", "proxy"), str | SecretStr | None)
    types |= {"base_url": types["api_base"], "deadline": types["total_timeout"]}
    types |= {name: TYPES[name] for name in UNNAMED}
    assert types == TYPES


def test_help_shows_a_parameter_for_each_field():
    assert inspect.signature(WeryAI).parameters.keys() == FIELDS.keys()
