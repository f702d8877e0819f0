"""A model by a name that is not WeryAI's: one warning, and the question in the error."""

import inspect

import pytest

from llama_index_weryai import WeryAI
from weryai_core import UnknownModelError

QUESTION = "WeryAI documents no model 'gpt-4o'. Did you mean GPT_4O?"


def make():
    return WeryAI(model="gpt-4o", api_key="k")


def load():
    return WeryAI.from_dict({"model": "gpt-4o", "class_name": "WeryAI_LLM"}, api_key="k")


@pytest.mark.parametrize("function", [make, load])
def test_the_warning_points_at_the_line_that_makes_the_model(function):
    with pytest.warns(UserWarning, match="Did you mean") as caught:
        function()
    [warning] = caught
    assert str(warning.message) == f"{QUESTION} The request is sent with the name as it is."
    line = inspect.getsourcelines(function)[1] + 1
    assert (warning.filename, warning.lineno) == (inspect.getsourcefile(function), line)


def test_the_refusal_asks_and_no_call_warns_again(make_llm, method, ask, weryai_emulator):
    with pytest.warns(UserWarning, match="Did you mean"):
        llm = make_llm(model="gpt-4o")
    for _ in range(2):
        with pytest.raises(UnknownModelError, match="model not supported: gpt-4o") as caught:
            ask(llm, method)
        assert str(caught.value).endswith(QUESTION)
    assert weryai_emulator.last_request.json["model"] == "gpt-4o"


def test_documented_keys_and_other_models_do_not_warn():
    for name in ("GPT_4O", "GPT_6", "gpt-4o-mini", "my-model"):
        WeryAI(model=name, api_key="k")
