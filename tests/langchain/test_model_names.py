"""A model by a name that is not WeryAI's: one warning, and the question in the error."""

import copy
import inspect
import pickle
import warnings

import pytest
from langchain.chat_models import init_chat_model

from langchain_weryai import ChatWeryAI, register
from langchain_weryai.errors import UnknownModelError
from weryai_core import AuthenticationError

QUESTION = "WeryAI documents no model 'gpt-4o'. Did you mean GPT_4O?"
SENT = " The request is sent with the name as it is."


class Assistant(ChatWeryAI):
    """A user's own class."""

    def __init__(self, **arguments):
        super().__init__(**arguments)


def line_of(function):
    """The file and the first line of a function whose body is one line."""
    return inspect.getsourcefile(function), inspect.getsourcelines(function)[1] + 1


def make():
    return ChatWeryAI(model="gpt-4o", api_key="k")


def make_by_name():
    return init_chat_model("gpt-4o", model_provider="weryai", api_key="k")


@pytest.mark.parametrize("function", [make, make_by_name])
def test_the_warning_points_at_the_line_that_makes_the_model(function):
    register()
    with pytest.warns(UserWarning, match="Did you mean") as caught:
        function()
    [warning] = caught
    assert str(warning.message) == QUESTION + SENT
    assert (warning.filename, warning.lineno) == line_of(function)


def test_the_warning_of_a_subclass_points_at_its_constructor():
    with pytest.warns(UserWarning, match="Did you mean") as caught:
        Assistant(model="gpt-4o", api_key="k")
    assert (caught[0].filename, caught[0].lineno) == line_of(Assistant.__init__)


def test_a_warning_that_is_an_error_shows_no_key():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="Did you mean") as caught:
            ChatWeryAI(model="gpt-4o", api_key="sk-secret-0123456789")
    assert "sk-secret" not in str([entry.frame.f_locals for entry in caught.traceback[1:]])


@pytest.mark.every_style
async def test_the_refusal_asks_and_no_call_warns_again(make_model, call, sent):
    with pytest.warns(UserWarning, match="Did you mean"):
        model = make_model(model="gpt-4o")
    for _ in range(2):
        with pytest.raises(UnknownModelError, match="model not supported: gpt-4o") as caught:
            await call(model)
        assert str(caught.value).endswith(QUESTION)
        assert str(caught.value).count("Did you mean") == 1
    assert sent()["model"] == "gpt-4o"


async def test_the_model_of_a_call_warns_with_the_call(make_model, call, sent):
    model = make_model()
    with (
        pytest.warns(UserWarning, match="Did you mean GEMINI_25_FLASH") as caught,
        pytest.raises(UnknownModelError, match="Did you mean GEMINI_25_FLASH"),
    ):
        await call(model, model="models/gemini-2.5-flash")
    assert len(caught) == 1
    assert sent()["model"] == "models/gemini-2.5-flash"


def test_a_copy_of_the_model_does_not_warn():
    with pytest.warns(UserWarning, match="Did you mean"):
        model = make()
    model.model_copy()
    copy.deepcopy(model)
    pickle.loads(pickle.dumps(model))
    model.bind(temperature=0)


def test_documented_keys_and_other_models_do_not_warn():
    for name in ("GPT_4O", "GPT_6", "gpt-4o-mini", "my-model"):
        ChatWeryAI(model=name, api_key="k")


def test_another_refusal_does_not_ask(make_model, weryai_emulator):
    with pytest.warns(UserWarning, match="Did you mean"):
        model = make_model(model="gpt-4o")
    weryai_emulator.reply_error(401)
    with pytest.raises(AuthenticationError) as caught:
        model.invoke("Hello")
    assert "Did you mean" not in str(caught.value)
