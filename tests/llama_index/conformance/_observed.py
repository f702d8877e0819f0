"""What others see of a call: token counters, callbacks, instrumentation, rate limiters."""

from __future__ import annotations

from llama_index.core.callbacks import CallbackManager, TokenCountingHandler
from llama_index.core.callbacks.token_counting import get_tokens_from_response

from ._observers import Callbacks, Limiter, watching
from ._subject import Subject, needs
from ._ways import ask, each_method, text_of


class ObservedTests(Subject):
    """Observers see each call once, with its start, end and cost, and without secrets."""

    @each_method
    @needs("returns_usage")
    def test_tokens_are_counted(self, method: str) -> None:
        """LlamaIndex's counter uses the service's counts, in streams those of the last response."""
        counter = TokenCountingHandler(tokenizer=str.split)
        llm = self.make_llm(callback_manager=CallbackManager([counter]))
        prompt, completion = get_tokens_from_response(ask(llm, method)[-1])
        assert prompt > 0
        assert completion > 0
        assert counter.prompt_llm_token_count == prompt
        assert counter.completion_llm_token_count == completion

    @each_method
    def test_callbacks_are_called_once(self, method: str) -> None:
        """One start and one end per call: a method that calls another of the eight counts twice."""
        callbacks = Callbacks()
        ask(self.make_llm(callback_manager=CallbackManager([callbacks])), method)
        assert callbacks.llm_events == ["start", "end"]

    @each_method
    def test_events_are_sent_once(self, method: str) -> None:
        """One start and one end per call, and one event per chunk, for tracing."""
        kind = "Chat" if "chat" in method else "Completion"
        with watching() as events:
            responses = ask(self.make_llm(), method)
        starts = events.named("LLMChatStartEvent", "LLMCompletionStartEvent")
        ends = events.named("LLMChatEndEvent", "LLMCompletionEndEvent")
        chunks = events.named("LLMChatInProgressEvent", "LLMCompletionInProgressEvent")
        assert [type(event).__name__ for event in starts] == [f"LLM{kind}StartEvent"]
        assert [type(event).__name__ for event in ends] == [f"LLM{kind}EndEvent"]
        assert len(chunks) == (len(responses) if "stream" in method else 0)

    @each_method
    def test_the_last_event_has_the_answer(self, method: str) -> None:
        """Tracing tools show its content."""
        with watching() as events:
            responses = ask(self.make_llm(), method)
        [end] = events.named("LLMChatEndEvent", "LLMCompletionEndEvent")[:1]
        assert text_of(end.response) == text_of(responses[-1])

    @each_method
    def test_the_rate_limiter_is_asked_once(self, method: str) -> None:
        """`rate_limiter` is a setting of every LLM; each call acquires it once."""
        llm, limiter = self.make_llm(), Limiter()
        llm.rate_limiter = limiter
        ask(llm, method)
        assert limiter.asked == 1

    @each_method
    @needs("secrets")
    def test_observers_see_no_secrets(self, method: str) -> None:
        """Callbacks and events end in log files and tracing services."""
        callbacks = Callbacks()
        with watching() as events:
            ask(self.make_llm(callback_manager=CallbackManager([callbacks])), method)
        seen = "\n".join([*callbacks.seen, *events.seen()])
        assert [secret for secret in self.secrets if secret in seen] == []
