"""Evaluators: their prompts, and how they read the model's verdict."""

import asyncio

import pytest
from llama_index.core.base.response.schema import Response
from llama_index.core.evaluation import (
    AnswerRelevancyEvaluator,
    BatchEvalRunner,
    ContextRelevancyEvaluator,
    CorrectnessEvaluator,
    FaithfulnessEvaluator,
    GuidelineEvaluator,
    PairwiseComparisonEvaluator,
    RelevancyEvaluator,
)
from llama_index.core.schema import NodeWithScore, TextNode

from weryai_core import AuthenticationError

QUESTION = "When was the lighthouse of Norby built?"
ANSWER = "The lighthouse of Norby was built in 1887."
CONTEXT = "The lighthouse of Norby was built in 1887. It is 34 metres high."

pytestmark = pytest.mark.usefixtures("main_loop")

NEED_CONTEXT = (FaithfulnessEvaluator, RelevancyEvaluator, ContextRelevancyEvaluator)
# Evaluator -> a good and a bad verdict of the model, as (reply, passing, score).
VERDICTS = {
    FaithfulnessEvaluator: [("YES", True, 1.0), ("NO", False, 0.0)],
    RelevancyEvaluator: [("YES", True, 1.0), ("NO", False, 0.0)],
    CorrectnessEvaluator: [("4.5\nIt agrees.", True, 4.5), ("2.0\nIt does not.", False, 2.0)],
    AnswerRelevancyEvaluator: [
        ("It does both. [RESULT] 2", None, 1.0),
        ("It does one. [RESULT] 1", None, 0.5),
    ],
    ContextRelevancyEvaluator: [
        ("It holds it. [RESULT] 4", None, 1.0),
        ("It holds half of it. [RESULT] 2", None, 0.5),
    ],
}
CASES = [
    pytest.param(kind, *verdict, id=f"{kind.__name__}-{number}")
    for kind, verdicts in VERDICTS.items()
    for number, verdict in enumerate(verdicts)
]


@pytest.mark.parametrize(("kind", "reply", "passing", "score"), CASES)
def test_an_answer_is_judged(llm, weryai_emulator, kind, reply, passing, score):
    weryai_emulator.reply(reply)
    evaluator = kind(llm=llm)
    given = {"query": QUESTION, "response": ANSWER, "contexts": [CONTEXT]}
    result = evaluator.evaluate(**given)
    assert (result.passing, result.score) == (passing, score)
    assert result.invalid_result is not True
    [request] = weryai_emulator.requests
    asked = request.json["messages"][-1]["content"]
    assert (CONTEXT if kind in NEED_CONTEXT else QUESTION) in asked
    assert request.json.keys() == {"model", "messages"}


def test_reasoning_in_tags_is_no_verdict(llm, weryai_emulator):
    weryai_emulator.reply("<think>NO? 1.0, not 4.5.</think>\n4.5\nIt agrees.")
    result = CorrectnessEvaluator(llm=llm).evaluate(query=QUESTION, response=ANSWER)
    assert (result.score, result.feedback) == (4.5, "It agrees.")
    weryai_emulator.reply("<think>YES?</think>NO")
    result = FaithfulnessEvaluator(llm=llm).evaluate(response=ANSWER, contexts=[CONTEXT])
    assert result.passing is False


@pytest.mark.parametrize("kind", [FaithfulnessEvaluator, RelevancyEvaluator])
def test_a_response_is_judged_by_its_own_sources(llm, weryai_emulator, kind):
    weryai_emulator.reply("YES")
    nodes = [NodeWithScore(node=TextNode(text=CONTEXT))]
    response = Response(response=ANSWER, source_nodes=nodes)
    assert kind(llm=llm).evaluate_response(query=QUESTION, response=response).passing is True
    asked = weryai_emulator.last_request.json["messages"][-1]["content"]
    assert CONTEXT in asked
    assert ANSWER in asked


def test_correctness_is_judged_by_a_reference(llm, weryai_emulator):
    weryai_emulator.reply("4.0\nIt agrees.")
    result = CorrectnessEvaluator(llm=llm).evaluate(
        query=QUESTION, response=ANSWER, reference="In 1887."
    )
    assert (result.passing, result.score, result.feedback) == (True, 4.0, "It agrees.")
    system, user = weryai_emulator.last_request.json["messages"]
    assert system["role"] == "system"
    assert system["content"].strip().startswith("You are an expert evaluation system")
    assert (
        user["content"].split()
        == (
            f"## User Query {QUESTION} ## Reference Answer In 1887. ## Generated Answer {ANSWER}"
        ).split()
    )


def test_a_guideline_is_judged_in_json(llm, weryai_emulator):
    weryai_emulator.reply('{"passing": false, "feedback": "It names no source."}')
    evaluator = GuidelineEvaluator(llm=llm, guidelines="Answers should name a source.")
    result = evaluator.evaluate(query=QUESTION, response=ANSWER, contexts=[CONTEXT])
    assert (result.passing, result.score, result.feedback) == (False, 0.0, "It names no source.")
    asked = weryai_emulator.last_request.json["messages"][-1]["content"]
    assert "Answers should name a source." in asked
    assert '"passing"' in asked


def test_two_answers_are_compared_in_both_orders(llm, weryai_emulator):
    weryai_emulator.reply("The first is right. [[A]]")
    weryai_emulator.reply("The second is right. [[B]]")
    result = PairwiseComparisonEvaluator(llm=llm).evaluate(
        query=QUESTION, response=ANSWER, second_response="In 1886.", reference="In 1887."
    )
    assert (result.passing, result.score) == (True, 1.0)
    first, second = (one.json["messages"][-1]["content"] for one in weryai_emulator.requests)
    assert first.index(ANSWER) < first.index("In 1886.")
    assert second.index(ANSWER) > second.index("In 1886.")


@pytest.mark.filterwarnings(r"ignore:asyncio_module\(\) is deprecated:DeprecationWarning")
def test_many_answers_are_judged_concurrently(llm, weryai_emulator):
    for _ in range(6):
        weryai_emulator.reply("YES")
    evaluators = {
        "faithful": FaithfulnessEvaluator(llm=llm),
        "relevant": RelevancyEvaluator(llm=llm),
    }
    runner = BatchEvalRunner(evaluators, workers=3)
    results = asyncio.run(
        runner.aevaluate_response_strs(
            queries=[QUESTION] * 3, response_strs=[ANSWER] * 3, contexts_list=[[CONTEXT]] * 3
        )
    )
    assert {name: [one.passing for one in found] for name, found in results.items()} == {
        "faithful": [True] * 3,
        "relevant": [True] * 3,
    }
    assert len(weryai_emulator.requests) == 6


@pytest.mark.parametrize("kind", VERDICTS, ids=[kind.__name__ for kind in VERDICTS])
def test_an_error_of_the_service_is_not_a_verdict(llm, weryai_emulator, kind):
    weryai_emulator.reply_error(401)
    with pytest.raises(AuthenticationError):
        kind(llm=llm).evaluate(query=QUESTION, response=ANSWER, contexts=[CONTEXT])
    assert len(weryai_emulator.requests) == 1
