"""Answers from a context in the prompt: the sentence that is nearest to the question.

The patterns of well-known templates find the question and the context in a prompt. The context is
split into sentences, and the one that shares the rarest words with the question is the answer. A
sentence that begins with a pronoun also has the words of the one before it, at a lower weight.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from weryai_emulator.answers.follow_ups import earlier_turns, resolve
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.text import split_sentences, stems_of

NOT_FOUND = "The context does not say."

_RULE = r"\n\s*-{3,}\s*\n"
# LlamaIndex's question template, and templates like it.
_CONTEXT_BELOW = re.compile(
    rf"context\b[^\n]*\bbelow\b.*?{_RULE}(?P<context>.*){_RULE}.*?"
    r"(?:Query|Question):\s*(?P<question>.*?)\s*(?:\n\s*Answer:.*)?$",
    re.IGNORECASE | re.DOTALL,
)
# LlamaIndex's refine template.
_REFINE = re.compile(
    r"original query is as follows:\s*(?P<question>.*?)\s*\n"
    r".*?existing answer:\s*(?P<answer>.*?)\s*\n.*?context below"
    rf".*?{_RULE}(?P<context>.*?){_RULE}",
    re.IGNORECASE | re.DOTALL,
)
# Its refine template for chat models.
_REFINE_IN_CHAT = re.compile(
    r"New Context:\s*(?P<context>.*)\n\s*Query:\s*(?P<question>.*?)\s*"
    r"\n\s*Original Answer:\s*(?P<answer>.*?)\s*\n\s*New Answer:",
    re.IGNORECASE | re.DOTALL,
)
# "Context: ... Question: ...", in either order, as in LangChain's guides.
_CONTEXT_FIRST = re.compile(
    r"\b(?:context|documents?|passages?|sources?)\s*:\s*(?P<context>.*)"
    r"\n\s*(?:question|query|user question)\s*:\s*(?P<question>.*?)"
    r"\s*(?:\n\s*(?:helpful\s+)?answer\s*:.*)?$",
    re.IGNORECASE | re.DOTALL,
)
_QUESTION_FIRST = re.compile(
    r"(?:^|\n)\s*(?:question|query)\s*:\s*(?P<question>[^\n]*)\n"
    r"(?:.*\n)?\s*(?:context|documents?|passages?|sources?)\s*:\s*(?P<context>.*?)"
    r"\s*(?:\n\s*(?:helpful\s+)?answer\s*:.*)?$",
    re.IGNORECASE | re.DOTALL,
)
_TAGGED = re.compile(
    r"<(?P<tag>context|documents?|sources?)>(?P<context>.*?)</(?P=tag)>", re.IGNORECASE | re.DOTALL
)
_IN_SYSTEM = re.compile(
    r"(?:(?:context|documents?|passages?|sources)\b[^\n]*:\s*?\n?"
    r"|\b(?:following|retrieved|provided|given|relevant)\b[^\n]*\bcontext\b.*?\n\s*\n)"
    r"(?P<context>.+?)(?:\n\s*Instructions?:.*)?$",
    re.IGNORECASE | re.DOTALL,
)
# The instructions of LlamaIndex's ReAct agent mention a context and JSON, and are about neither.
_REACT = "Action Input:"
# Chat engines have the context in the system message, and the question is the user's message.
# LlamaIndex's `context` engine puts rules around it, its `condense_plus_context` engine words.
_RULED_IN_SYSTEM = re.compile(
    rf"\bcontext\b[^\n]*\bbelow\b.*?{_RULE}(?P<context>.*)\n\s*-{{3,}}\s*?(?:\n|$)",
    re.IGNORECASE | re.DOTALL,
)
_REFINE_IN_SYSTEM = re.compile(
    rf"\bcontext\b(?:[^\n]*\bbelow\b.*?{_RULE}|:\s*\n)(?P<context>.*)\n(?:\s*-{{3,}})?"
    rf"\s*Existing Answer:\s*(?P<answer>.*?)\s*(?:{_RULE}|\n\s*Instructions?:)",
    re.IGNORECASE | re.DOTALL,
)
# "It is 34 metres high." is about what the sentence before it names.
_BEGINS_WITH_PRONOUN = re.compile(r"(?:It|Its|He|His|She|Her|They|Their|This|These)\b")


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question, its context, and the answer that a refine prompt wants to improve."""

    question: str
    context: str
    existing_answer: str | None = None


def answer_from_context(request: ChatRequest) -> str | None:
    """Return the sentence of the prompt's context nearest to its question.

    Returns:
        The sentence as the context has it, `NOT_FOUND` if no word of the question is in the
        context, or None if the prompt has no context.
    """
    lookup = find_lookup(request)
    if lookup is None:
        return None
    candidates = split_sentences(lookup.context)
    existing = lookup.existing_answer
    if existing and existing != NOT_FOUND:
        # First, so that only a nearer sentence replaces it.
        candidates.insert(0, existing)
    question = resolve(lookup.question, earlier_turns(request))
    return _nearest(question, candidates) or NOT_FOUND


def find_lookup(request: ChatRequest) -> Lookup | None:
    """Return the question and the context of a prompt, or None if it has no context."""
    text = request.last_user_text
    refine = _REFINE.search(text) or _REFINE_IN_CHAT.search(text)
    if refine is not None:
        return Lookup(refine["question"], refine["context"], refine["answer"])
    for pattern in (_CONTEXT_BELOW, _CONTEXT_FIRST, _QUESTION_FIRST):
        found = pattern.search(text)
        if found is not None and found["question"]:
            return Lookup(found["question"], found["context"])
    tagged = _TAGGED.search(text)
    if tagged is not None:
        return Lookup(text.replace(tagged.group(), " "), tagged["context"])
    system = request.system_text
    if describes_react(request):
        return None
    refine = _REFINE_IN_SYSTEM.search(system)
    if refine is not None:
        return Lookup(text, refine["context"], refine["answer"])
    patterns = (_TAGGED, _RULED_IN_SYSTEM, _IN_SYSTEM)
    found = next((match for pattern in patterns if (match := pattern.search(system))), None)
    return Lookup(text, found["context"]) if found is not None else None


def describes_react(request: ChatRequest) -> bool:
    """Return whether the system message has the instructions of LlamaIndex's ReAct agent."""
    return _REACT in request.system_text


def question_of(request: ChatRequest) -> str:
    """Return the question of a prompt, without its context."""
    lookup = find_lookup(request)
    return request.last_user_text if lookup is None else lookup.question


def _nearest(question: str, sentences: list[str]) -> str | None:
    """Return the sentence that shares the rarest words with a question, or None."""
    bags = [set(stems_of(sentence)) for sentence in sentences]
    meant = _meant_words(sentences, bags)
    spread = Counter(word for bag in bags for word in bag)
    asked = set(stems_of(question))

    def weight(words: set[str]) -> float:
        return sum(math.log(1 + len(sentences) / spread[word]) for word in asked & words)

    best, best_score = None, 0.0
    for sentence, bag, others in zip(sentences, bags, meant, strict=True):
        # A question in the context is no answer.
        if not asked & bag or sentence.rstrip().endswith("?"):
            continue
        # Long sentences share more words by chance, so they count slightly less.
        score = (weight(bag) + weight(others) * 3 / 4) / math.sqrt(8 + len(bag))
        if score > best_score + 1e-9:
            best, best_score = sentence, score
    return best


def _meant_words(sentences: list[str], bags: list[set[str]]) -> list[set[str]]:
    """Return the words that each sentence means by its first pronoun: those before it."""
    meant: list[set[str]] = []
    before: set[str] = set()
    for sentence, bag in zip(sentences, bags, strict=True):
        others = before - bag if _BEGINS_WITH_PRONOUN.match(sentence) else set()
        meant.append(others)
        before = bag | others
    return meant
