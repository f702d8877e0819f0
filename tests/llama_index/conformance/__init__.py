"""Conformance tests for LlamaIndex's LLM classes.

LlamaIndex says what an LLM class must define, and not how it must behave. These are tests of the
behaviour that its agents, engines and observers rest on, for the author of any LLM class. They
need pytest, pydantic and llama-index-core, and no plugin of pytest.

They are in no package: copy this directory beside your tests, or clone the repository and name its
`tests/llama_index` in the `pythonpath` of your pytest settings.

Write a subclass of each suite in a test file of yours, with a factory:

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

A test that asks for what the class cannot do is skipped, so override the properties:

    has_tool_calling         calls tools: is a `FunctionCallingLLM` (default: as its metadata says)
    has_tool_choice          can be made to call a tool, or a certain tool (as the former)
    has_parallel_tool_calls  may call several tools in one answer (as the former)
    has_structured_output    answers with objects of a class (default: yes)
    supports_image_inputs    takes an `ImageBlock` (no); what is not supported must be refused
    supports_audio_inputs    takes an `AudioBlock` (no)
    supports_video_inputs    takes a `VideoBlock` (no)
    supports_documents       takes a `DocumentBlock` (no)
    returns_usage            tells how many tokens an answer took (yes)
    returns_reasoning        tells the model's thoughts (no)
    waits_for_a_service      its asynchronous methods wait for something, and can be cancelled while
                             they do (yes; off for a class that answers out of memory)
    answers_repeat           gives the same answer to the same question, as an emulator does (no):
                             sync and async are then compared chunk by chunk
    limit_parameter          the setting that limits an answer's tokens, or None ("max_tokens")
    secrets                  texts that must not be shown anywhere (none)
    secret_settings          settings that are not saved, by name, given again on loading (none)
    init_from_env_params     a tuple of environment variables, settings to go with them, and
                             attributes of the LLM that must follow (all empty)

and, where you can tell, the method `count_requests()`, which gives the number of requests that the
service has had: calls are then checked to be one request each.

Properties that both share go into a `Subject`, named before the suites:

    class MyLLMs(Subject):
        def make_llm(self, **settings): ...

    class TestMyLLM(MyLLMs, LLMUnitTests): ...
    class TestMyLLMOnline(MyLLMs, LLMIntegrationTests): ...

Fixtures of yours are at hand in the subclass, e.g. to make the factory use a server:

    class TestMyLLMOnline(LLMIntegrationTests):
        @pytest.fixture(autouse=True)
        def _serve(self, my_server):
            self.url = my_server.url

What the service answers is not scripted, so what a class makes of odd replies (two tool calls at
one index, a stream that is cut, an error within a success) is left to tests of its own.

Questions are put so that a small model answers them. A test that your class cannot pass for a good
reason is overridden in the subclass, with `xfail` or `skip`; overriding one without is an error:

    @pytest.mark.xfail(reason="It completes texts, and has no other way to chat.")
    def test_it_says_that_it_chats(self):
        super().test_it_says_that_it_chats()

Modules, in the order of what they test:

    _identity      the class, its metadata and its constructor
    _saving        saved, loaded, copied, and without secrets
    _chat          the eight methods
    _prompts       templates, the system prompt and output parsers
    _tools         tool calls
    _structured    answers that are objects
    _blocks        media, thoughts, and messages as JSON
    _observed      token counts, callbacks and events
    _life          event loops, threads, copies in use
    _applications  agents and engines

and what these rest on: `_subject` (the properties), `_ways` (how methods are called), `_samples`
(tools and texts) and `_observers`.
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
    # So that a failure shows the values that were compared.
    pytest.register_assert_rewrite(f"{__name__}.{_name}")

from ._subject import Subject
from ._suites import LLMIntegrationTests, LLMUnitTests

__all__ = ["LLMIntegrationTests", "LLMUnitTests", "Subject"]
