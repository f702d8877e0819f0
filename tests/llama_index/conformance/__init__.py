"""Conformance tests for LlamaIndex's LLM classes.

LlamaIndex defines the methods of an LLM class, but not how they must behave. These tests check the
behaviour that its agents, engines and observers rely on. Authors of any LLM class can use them.
They need pytest, pydantic and llama-index-core, and no pytest plugin.

They are not part of a package. Copy this directory next to your tests, or clone the repository and
add its `tests/llama_index` to the `pythonpath` of your pytest settings.

Write a subclass of each suite in a test file, with a factory:

    from conformance import LLMIntegrationTests, LLMUnitTests

    class TestMyLLM(LLMUnitTests):            # no network
        def make_llm(self, **settings):
            return MyLLM(model="my-model", api_key="secret-key", **settings)

        @property
        def secrets(self):
            return ["secret-key"]

    class TestMyLLMOnline(LLMIntegrationTests):  # asks a model, or an emulator of one
        def make_llm(self, **settings):
            return MyLLM(model="my-model", **settings)

        @property
        def supports_image_inputs(self):
            return True

Tests of abilities that the class lacks are skipped. Override the properties to declare abilities:

    has_tool_calling         calls tools: is a `FunctionCallingLLM` (default: from its metadata)
    has_tool_choice          can be required to call a tool, or a certain tool (the same)
    has_parallel_tool_calls  may call several tools in one answer (the same)
    has_structured_output    answers with objects of a class (default: yes)
    supports_image_inputs    takes an `ImageBlock` (no); unsupported media must be an error
    supports_audio_inputs    takes an `AudioBlock` (no)
    supports_video_inputs    takes a `VideoBlock` (no)
    supports_documents       takes a `DocumentBlock` (no)
    returns_usage            reports the tokens of an answer (yes)
    returns_reasoning        returns the model's reasoning (no)
    waits_for_a_service      its async methods wait for something and can be cancelled while they
                             wait (yes; no for a class that answers from memory)
    answers_repeat           gives the same answer to the same question, like an emulator (no):
                             sync and async are then compared chunk by chunk
    limit_parameter          the setting that limits an answer's tokens, or None ("max_tokens")
    secrets                  texts that must not be shown anywhere (none)
    secret_settings          settings that are not saved, by name, passed again on loading (none)
    init_from_env_params     a tuple of environment variables, settings next to them, and the
                             attributes of the LLM that result (all empty)

If you can count requests, override `count_requests()` to return the number of requests the service
has received. The suites then check that each call is one request.

Shared properties go into a `Subject`, listed before the suites:

    class MyLLMs(Subject):
        def make_llm(self, **settings): ...

    class TestMyLLM(MyLLMs, LLMUnitTests): ...
    class TestMyLLMOnline(MyLLMs, LLMIntegrationTests): ...

The subclass can use your fixtures, e.g. to make the factory use a server:

    class TestMyLLMOnline(LLMIntegrationTests):
        @pytest.fixture(autouse=True)
        def _serve(self, my_server):
            self.url = my_server.url

The service's answers are not scripted. How a class handles odd replies (two tool calls at one
index, a truncated stream, an error with status 200) needs tests of its own.

The questions are easy enough for a small model. If your class has a good reason not to pass a test,
override it in the subclass with `xfail` or `skip`; overriding it without a mark is an error:

    @pytest.mark.xfail(reason="It completes texts and cannot chat in any other way.")
    def test_it_says_that_it_chats(self):
        super().test_it_says_that_it_chats()

Modules, in the order of what they test:

    _identity      the class, its metadata and its constructor
    _saving        saved, loaded, copied, and without secrets
    _chat          the eight methods
    _prompts       templates, the system prompt and output parsers
    _tools         tool calls
    _structured    structured output
    _blocks        media, reasoning, and messages as JSON
    _observed      token counts, callbacks and events
    _life          event loops, threads, copies in use
    _applications  agents and engines

These use `_subject` (the properties), `_ways` (how methods are called), `_samples` (tools and
texts) and `_observers`.
"""

import pytest

for _name in (
    "_suites",
    "_identity",
    "_saving",
    "_chat",
    "_prompts",
    "_tools",
    "_structured",
    "_blocks",
    "_observed",
    "_life",
    "_applications",
):
    # A failure then shows the compared values.
    pytest.register_assert_rewrite(f"{__name__}.{_name}")

from ._subject import Subject
from ._suites import LLMIntegrationTests, LLMUnitTests

__all__ = ["LLMIntegrationTests", "LLMUnitTests", "Subject"]
