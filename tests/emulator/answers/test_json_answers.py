from __future__ import annotations

import json

import pytest

JOKE = {
    "title": "Joke",
    "type": "object",
    "properties": {"setup": {"type": "string"}, "punchline": {"type": "string"}},
    "required": ["setup", "punchline"],
}
AS_SCHEMA = {"type": "json_schema", "json_schema": {"name": "joke", "schema": JOKE}}
AS_OBJECT = {"type": "json_object"}
EXAMPLE = {"properties": {"foo": {"type": "array"}}, "required": ["foo"]}


def test_the_schema_of_a_response_format_is_filled(say):
    assert json.loads(say("Tell me a joke about cats.", response_format=AS_SCHEMA)) == {
        "setup": "Here is one about cats: why did it cross the road?",
        "punchline": "To get to the other side.",
    }


@pytest.mark.parametrize("quotes", ["''", '""', "``", "\u201c\u201d"])
def test_quoted_keys_become_the_keys(say, quotes):
    left, right = quotes
    prompt = (
        f"Tell me a joke about cats. Return the result as a JSON with {left}setup{right} and "
        f"{left}punchline{right} keys. Return nothing other than JSON."
    )
    answer = json.loads(say(prompt, response_format=AS_OBJECT))
    assert list(answer) == ["setup", "punchline"]
    assert "cats" in answer["setup"]


def test_an_object_without_quoted_keys_has_an_answer(say):
    assert json.loads(say("Hello as JSON", response_format=AS_OBJECT)).keys() == {"answer"}


def test_the_last_schema_of_the_prompt_is_filled(say):
    prompt = (
        f"As an example, for {json.dumps(EXAMPLE)} the object is well-formatted JSON.\n"
        f"Here is the output schema:\n```\n{json.dumps(JOKE)}\n```\nTell me a joke about dogs."
    )
    answer = json.loads(say(prompt))
    assert list(answer) == ["setup", "punchline"]
    assert "dogs" in answer["setup"]


def test_a_schema_with_escaped_braces_is_filled(say):
    escaped = json.dumps(JOKE).replace("{", "{{").replace("}", "}}")
    prompt = f"Tell me a joke about dogs.\nHere's a JSON schema to follow:\n{escaped}"
    assert "dogs" in json.loads(say(prompt))["setup"]


def test_a_schema_in_the_system_message_is_filled(say):
    messages = [
        {"role": "system", "content": f"Answer with this schema: {json.dumps(JOKE)}"},
        {"role": "user", "content": "A joke about birds."},
    ]
    assert json.loads(say(messages, response_format=AS_OBJECT)).keys() == {"setup", "punchline"}


PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "summary": {"type": "string"},
    },
    "required": ["name", "age", "summary"],
}
MARIA = "Maria Garcia, 42, is a dentist."
LANGCHAINS = (
    "The output should be formatted as a JSON instance that conforms to the JSON schema below.\n\n"
    f"As an example, for the schema {json.dumps(EXAMPLE)}\nthe object {{}} is a well-formatted "
    f"instance of the schema.\n\nHere is the output schema:\n```\n{json.dumps(PERSON)}\n```"
)
LLAMA_INDEXES = (
    f"{MARIA}\n\n\nHere's a JSON schema to follow:\n"
    f"{json.dumps(PERSON).replace('{', '{{').replace('}', '}}')}\n\n"
    "Output a valid JSON object but do not repeat the schema.\n"
)


@pytest.mark.parametrize(
    "messages",
    [
        [
            {"role": "system", "content": f"Wrap the output in `json` tags.\n{LANGCHAINS}"},
            {"role": "user", "content": MARIA},
        ],
        f"Answer the user query.\n{LANGCHAINS}\n{MARIA}\n",
        LLAMA_INDEXES,
    ],
    ids=["system message", "one message", "escaped"],
)
def test_instructions_about_the_form_fill_no_property(say, messages):
    assert json.loads(say(messages)) == {"name": "Maria Garcia", "age": 42, "summary": MARIA}


def test_the_schemas_of_a_react_agents_tools_ask_for_no_json(say):
    system = (
        f"> Tool Name: look_up\nTool Args: {json.dumps(PERSON)}\nAction Input: in a JSON format"
    )
    messages = [{"role": "system", "content": system}, {"role": "user", "content": MARIA}]
    assert say(messages) == f'You said: "{MARIA}"'


def test_a_schema_without_the_word_json_is_text(say):
    assert say(f"What is {json.dumps(EXAMPLE)}?").startswith("You said: ")


def test_a_sentence_from_the_context_fills_the_schema(say):
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
    }
    prompt = "Context: The sky is green. Cats sleep a lot.\n\nQuestion: What colour is the sky?"
    answer = say(
        prompt,
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
    )
    assert json.loads(answer) == {"answer": "The sky is green."}


def test_tool_results_fill_the_schema(say):
    schema = {
        "type": "object",
        "properties": {"degrees": {"type": "number"}, "city": {"type": "string"}},
        "required": ["degrees", "city"],
    }
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "What is the weather in Paris?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "It is sunny, 22 degrees."},
    ]
    answer = say(
        messages,
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
    )
    assert json.loads(answer) == {"degrees": 22, "city": "Paris"}
