"""Both model classes in their four styles of calling, on a real model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

STYLES = ("invoke", "ainvoke", "stream", "astream")
METHODS = ("chat", "achat", "stream_chat", "astream_chat")
FRANCE = "What is the capital of France?"
SEA = "Write one sentence about the sea."

# For the same answer each time: a prompt that the server has seen would be computed in another
# order, which may change the last digits of a probability.
EXACT = {"cache_prompt": False}
LOGPROBS = {"logprobs": True, "top_logprobs": 2, "max_tokens": 5}


@pytest.fixture
def count_tokens(server):
    """Counts the tokens of a text as the server does."""

    def count(text, **options):
        return len(server.post("/tokenize", json={"content": text, **options}).json()["tokens"])

    return count


@pytest.fixture
def prompt_tokens(server, count_tokens):
    """Counts the tokens of a question as the server's template writes it."""

    def count(question):
        messages = [{"role": "user", "content": question}]
        prompt = server.post("/apply-template", json={"messages": messages}).json()["prompt"]
        return count_tokens(prompt, parse_special=True)

    return count


@pytest.fixture
def exact_chat(make_chat):
    return make_chat(temperature=0, extra_body=EXACT)


@pytest.fixture
def exact_llm(make_llm):
    return make_llm(temperature=0, additional_kwargs=EXACT)


@pytest.fixture
def answer(exact_chat, exact_llm, ask_chat, ask_llm):
    """Asks in a style of either framework; returns text, finish reason and usage as pairs."""

    def ask(style, question, **arguments):
        if style in STYLES:
            message = ask_chat(exact_chat, style, question, **arguments)
            usage = message.usage_metadata
            counts = usage["input_tokens"], usage["output_tokens"]
            return message.text, message.response_metadata["finish_reason"], counts
        response = ask_llm(exact_llm, style, question, **arguments)[-1]
        usage = response.raw["usage"]
        counts = usage["prompt_tokens"], usage["completion_tokens"]
        return response.message.content, response.additional_kwargs["finish_reason"], counts

    return ask


def test_the_model_knows_the_capital_of_france(answer):
    assert answer("invoke", FRANCE)[0] == "The capital of France is Paris."


def test_whole_and_streamed_answers_are_the_same_in_both_frameworks(answer):
    answers = {style: answer(style, SEA, max_tokens=40) for style in STYLES + METHODS}
    assert len({*answers.values()}) == 1, answers


@pytest.mark.parametrize("style", STYLES + METHODS)
def test_usage_is_what_the_servers_tokenizer_counts(answer, count_tokens, prompt_tokens, style):
    text, reason, counts = answer(style, FRANCE)
    # The end of the answer is a token too.
    assert (reason, counts) == ("stop", (prompt_tokens(FRANCE), count_tokens(text) + 1))


@pytest.mark.parametrize("style", STYLES + METHODS)
def test_a_stop_text_ends_the_answer_before_it(answer, style):
    text, reason, _ = answer(style, FRANCE, stop=["Paris"])
    assert (text, reason) == ("The capital of France is ", "stop")


@pytest.mark.parametrize("style", STYLES + METHODS)
def test_an_answer_ends_at_max_tokens(answer, style):
    text, reason, counts = answer(style, FRANCE, max_tokens=3)
    assert (text, reason, counts[1]) == ("The capital of", "length", 3)


@pytest.mark.parametrize("style", STYLES + METHODS)
def test_a_seed_gives_the_same_answer_again(answer, style):
    def ask(seed):
        return answer(style, SEA, temperature=1.0, seed=seed, max_tokens=8)[0]

    first = ask(1)
    assert ask(1) == first
    assert any(ask(seed) != first for seed in (2, 3, 4))


@pytest.mark.parametrize("style", STYLES)
def test_log_probabilities_belong_to_the_tokens_of_the_text_in_langchain(
    exact_chat, ask_chat, style
):
    message = ask_chat(exact_chat, style, FRANCE, **LOGPROBS)
    tokens = message.response_metadata["logprobs"]["content"]
    assert "".join(token["token"] for token in tokens) == message.text
    check_logprobs([[token["logprob"] for token in one["top_logprobs"]] for one in tokens])


@pytest.mark.parametrize("method", METHODS)
def test_log_probabilities_belong_to_the_tokens_of_the_text_in_llama_index(
    exact_llm, ask_llm, method
):
    responses = ask_llm(exact_llm, method, FRANCE, **LOGPROBS)
    # Each response of a stream has those of its own delta.
    tokens = [token for response in responses for token in response.logprobs or []]
    assert "".join(best.token for best, *_ in tokens) == responses[-1].message.content
    check_logprobs([[each.logprob for each in one] for one in tokens])


def check_logprobs(ranked):
    """Check that each token has two alternatives, the better one first, and none above 1."""
    assert len(ranked) == 5
    for best, second in ranked:
        assert second < best <= 0


def test_eight_calls_at_once_get_their_own_answers(make_chat, make_llm):
    countries = {
        "France": "Paris",
        "Germany": "Berlin",
        "Italy": "Rome",
        "Spain": "Madrid",
        "Japan": "Tokyo",
        "Russia": "Moscow",
        "England": "London",
        "Egypt": "Cairo",
    }
    chat, llm = make_chat(temperature=0, max_tokens=24), make_llm(temperature=0, max_tokens=24)

    def ask(number, country):
        question = f"What is the capital of {country}?"
        return chat.invoke(question).text if number % 2 else str(llm.complete(question))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8), countries))
    assert [
        country for country, text in zip(countries, answers, strict=True) if country not in text
    ] == []
