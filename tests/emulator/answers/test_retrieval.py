from __future__ import annotations

import pytest

CONTEXT = (
    "Paul Graham grew up in Pittsburgh. Before college he worked on writing and programming.\n"
    "\n"
    "The IBM 1401 used punch cards. Dr. Smith ran it for 3.5 years."
)
WHERE = "Where did Paul Graham grow up?"
PITTSBURGH = "Paul Graham grew up in Pittsburgh."
CARDS = "The IBM 1401 used punch cards."

TEXT_QA = (
    "Context information is below.\n"
    "---------------------\n"
    "{context}\n"
    "---------------------\n"
    "Given the context information and not prior knowledge, answer the query.\n"
    "Query: {question}\n"
    "Answer: "
)
REFINE = (
    "The original query is as follows: {question}\n"
    "We have provided an existing answer: {answer}\n"
    "We have the opportunity to refine the existing answer (only if needed) with some more "
    "context below.\n"
    "------------\n"
    "{context}\n"
    "------------\n"
    "Given the new context, refine the original answer to better answer the query. If the "
    "context isn't useful, return the original answer.\n"
    "Refined Answer: "
)
CHAT_REFINE = (
    "You are an expert Q&A system that strictly operates in two modes when refining existing "
    "answers:\n1. **Rewrite** an original answer using the new context.\n"
    "2. **Repeat** the original answer if the new context isn't useful.\n"
    "New Context: {context}\n"
    "Query: {question}\n"
    "Original Answer: {answer}\n"
    "New Answer: "
)
CHAT_ENGINE = (
    "\n  Here are the relevant documents for the context:\n\n  {context}\n\n  Instruction: Based "
    "on the above documents, provide a detailed answer for the user question below.\n  Answer "
    '"don\'t know" if not present in the document.\n  '
)
CONTEXT_ENGINE = (
    "Use the context information below to assist the user.\n--------------------\n{context}\n"
    "--------------------\n"
)
REFINE_IN_CONTEXT_ENGINE = (
    "Using the context below, refine the following existing answer using the provided context to "
    "assist the user.\nIf the context isn't helpful, just repeat the existing answer and nothing "
    "more.\n\n--------------------\n{context}\n--------------------\nExisting Answer:\n{answer}\n"
    "--------------------\n"
)
REFINE_IN_CHAT_ENGINE = (
    "\n  Here are the relevant documents for the context:\n\n  {context}\n\n  Existing Answer:\n  "
    "{answer}\n\n  Instruction: Refine the existing answer using the provided context to assist "
    "the user.\n  If the context isn't helpful, just repeat the existing answer and nothing more.\n"
)


def user(text):
    return [{"role": "user", "content": text}]


def system(text, question):
    return [{"role": "system", "content": text}, *user(question)]


PROMPTS = {
    "text qa": user(TEXT_QA.format(context=CONTEXT, question=WHERE)),
    "text qa with system": system(
        "You are an expert Q&A system.\nAlways answer the query using the provided context "
        "information, and not prior knowledge.\nSome rules to follow:\n1. Never directly "
        "reference the given context in your answer.",
        TEXT_QA.format(context=CONTEXT, question=WHERE),
    ),
    "context and question": user(f"Context: {CONTEXT}\n\nQuestion: {WHERE}\nHelpful Answer:"),
    "following context": user(
        "Answer the question based only on the following context:\n"
        f"{CONTEXT}\n\nQuestion: {WHERE}\n"
    ),
    "question first": user(f"Use the context.\nQuestion: {WHERE}\nContext: {CONTEXT}\nAnswer:"),
    "tags": user(f"<context>\n{CONTEXT}\n</context>\n\n{WHERE}"),
    "retrieved pieces": system(
        "You are an assistant for question-answering tasks. Use the following pieces of "
        f"retrieved context to answer the question. Be concise.\n\n{CONTEXT}",
        WHERE,
    ),
    "system context": system(f"Answer from this context:\n\n{CONTEXT}", WHERE),
    "system tags": system(f"Be kind. <context>{CONTEXT}</context>", WHERE),
    "chat engine": system(CHAT_ENGINE.format(context=CONTEXT), WHERE),
    "context engine": system(CONTEXT_ENGINE.format(context=CONTEXT), WHERE),
    "context engine with prompt": system(
        CONTEXT_ENGINE.format(context=f"# Title\n---\n{CONTEXT}") + "You are kind.", WHERE
    ),
}


@pytest.mark.parametrize("case", PROMPTS)
def test_a_context_is_found_in_every_template(say, case):
    assert say(PROMPTS[case]) == PITTSBURGH


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which machine used punch cards?", CARDS),
        ("What did he work on before college?", CONTEXT.split("\n")[0].partition(". ")[2]),
        ("Who ran it?", "Dr. Smith ran it for 3.5 years."),
        ("What do zebras eat?", "The context does not say."),
    ],
)
def test_the_sentence_nearest_to_the_question_is_the_answer(say, question, answer):
    assert say(TEXT_QA.format(context=CONTEXT, question=question)) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the tower of Riga built?", "The tower of Riga was built in 1887."),
        ("How high is the tower of Riga?", "It is 34 metres high."),
        ("Who painted the tower of Riga?", "It was painted by Anna."),
        ("How high is the bridge?", "The bridge is 9 metres high."),
    ],
)
def test_a_sentence_that_begins_with_a_pronoun_is_about_the_one_before_it(say, question, answer):
    context = (
        "The tower of Riga was built in 1887. It is 34 metres high. It was painted by Anna.\n\n"
        "The bridge is 9 metres high."
    )
    assert say(TEXT_QA.format(context=context, question=question)) == answer


@pytest.mark.parametrize(
    ("existing", "question", "answer"),
    [
        ("He wrote stories.", "Which machine used punch cards?", CARDS),
        ("The ENIAC used punch cards, a machine.", "Which machine used punch cards?", None),
        ("The context does not say.", "Which machine used punch cards?", CARDS),
        ("The context does not say.", "What do zebras eat?", "The context does not say."),
        ("Zebras eat grass.", "What do zebras eat?", None),
    ],
)
def test_a_refinement_keeps_the_nearer_answer(say, existing, question, answer):
    prompt = REFINE.format(question=question, answer=existing, context=CONTEXT)
    assert say(prompt) == (answer or existing)


def test_a_refinement_in_a_chat_is_read(say):
    question = "Which machine used punch cards?"
    prompt = CHAT_REFINE.format(question=question, answer="He wrote stories.", context=CONTEXT)
    assert say(prompt) == CARDS


@pytest.mark.parametrize(
    "template", [REFINE_IN_CONTEXT_ENGINE, REFINE_IN_CHAT_ENGINE], ids=["context", "plus context"]
)
@pytest.mark.parametrize(
    ("existing", "question", "answer"),
    [
        ("He wrote stories.", "Which machine used punch cards?", CARDS),
        ("The ENIAC used punch cards, a machine.", "Which machine used punch cards?", None),
        ("The context does not say.", WHERE, PITTSBURGH),
    ],
)
def test_a_chat_engine_gets_its_answer_refined(say, template, existing, question, answer):
    messages = system(template.format(context=CONTEXT, answer=existing), question)
    assert say(messages) == (answer or existing)


def test_a_chat_engine_without_a_document_gets_no_answer(say):
    assert say(system(CONTEXT_ENGINE.format(context=""), WHERE)) == "The context does not say."


def test_a_follow_up_question_is_answered_about_what_was_spoken_of(say):
    context = "The Bergen Line was opened in 1909. The Oslo Line was opened in 1854."
    messages = [
        {"role": "system", "content": CONTEXT_ENGINE.format(context=context)},
        {"role": "user", "content": "Where is the Oslo Line?"},
        {"role": "assistant", "content": "In Oslo."},
        {"role": "user", "content": "When was it opened?"},
    ]
    assert say(messages) == "The Oslo Line was opened in 1854."


def test_a_system_message_without_context_is_not_a_context(say):
    messages = system("You are a helpful assistant.\n\nBe kind to Paul Graham.", WHERE)
    assert say(messages) == f'You said: "{WHERE}"'


def test_the_instructions_of_a_react_agent_are_not_a_context(say):
    system = "Tools:\n> Tool Name: add\n\nThe context: see below.\nAction Input: {}\nHello Paris."
    messages = [{"role": "system", "content": system}, {"role": "user", "content": "Hi Paris"}]
    assert say(messages) == 'Hello! You said: "Hi Paris"'
