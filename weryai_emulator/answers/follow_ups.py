"""Follow-up questions, rewritten so that they stand alone.

Chat engines ask for that before they retrieve. The first pronoun of the question is replaced by
what the conversation is about: the newest name in the user's questions, else a noun of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.request.chat_request import ChatRequest, text_of
from weryai_emulator.text import key_words

# LlamaIndex's prompts, and those like them: "Follow Up Input: ...", "<Follow Up Message> ...".
_CONDENSE = re.compile(
    r"(?:chat history\s*[:>]\s*(?P<history>.*)\n\s*<?)?"
    r"follow[- ]?up (?:input|question|message)\s*[:>]\s*(?P<question>.*?)\s*<?standalone",
    re.IGNORECASE | re.DOTALL,
)
# LangChain's system prompt for the same; the question is the user's message.
_CONDENSE_IN_SYSTEM = re.compile(
    r"\b(?:re)?(?:formulate|phrase|write)\b.*\bstandalone (?:question|query)\b",
    re.IGNORECASE | re.DOTALL,
)
_LINE = re.compile(r"^\s*(user|human|assistant|ai)\s*:[ \t]*(.*)$", re.IGNORECASE | re.MULTILINE)
_USERS = ("user", "human")

_PRONOUN = re.compile(r"\b(it|its|he|him|his|she|her|they|them|their)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:its|his|her|their)\b(?=\s+\w)", re.IGNORECASE)
_OF_PERSONS = ("he", "him", "his", "she", "her")
_NOUN = re.compile(r"\b(?:the|an?|my|our|your)\s+[^\W\d_]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said in a conversation."""

    text: str
    is_users: bool


def standalone_question(request: ChatRequest) -> str | None:
    """Return the question that a prompt asks to rewrite; None if it asks for no such thing."""
    found = _CONDENSE.search(request.last_user_text)
    if found is not None:
        lines = _LINE.findall(found["history"] or "")
        said = [Turn(text, role.lower() in _USERS) for role, text in lines]
        return resolve(found["question"], said)
    if _CONDENSE_IN_SYSTEM.search(request.system_text):
        return resolve(request.last_user_text, earlier_turns(request))
    return None


def earlier_turns(request: ChatRequest) -> list[Turn]:
    """Return what was said in a conversation before the last message of the user."""
    turns = [
        Turn(text_of(message), message["role"] == "user")
        for message in request.messages
        if message["role"] in ("user", "assistant")
    ]
    while turns and not turns[-1].is_users:
        turns.pop()
    return turns[:-1]


def resolve(question: str, said: Sequence[Turn]) -> str:
    """Return a question with its first pronoun replaced by what was spoken of, if that is known."""
    pronoun = _PRONOUN.search(question)
    if pronoun is None:
        return question
    newest = [*reversed(said)]
    users = [turn.text for turn in newest if turn.is_users]
    # "He" may be the answer to the last question, "it" is rather what was asked about.
    is_person = pronoun.group().lower() in _OF_PERSONS
    named = [turn.text for turn in newest] if is_person else users
    subject = next(chain(_names(named), _nouns(users)), None)
    if subject is None:
        return question
    if _POSSESSIVE.match(question, pronoun.start()):
        subject += "'s"
    return question[: pronoun.start()] + subject + question[pronoun.end() :]


def _names(texts: Sequence[str]) -> Iterator[str]:
    """Yield the first name in each text, with its article."""
    for text in texts:
        for name in PromptValues(text).names[:1]:
            # "the lighthouse of Norby"
            whole = re.search(rf"\b[Tt]he (?:[a-z]+ of (?:the )?)?{re.escape(name)}", text)
            yield f"t{whole.group()[1:]}" if whole else name


def _nouns(texts: Sequence[str]) -> Iterator[str]:
    """Yield what may be a noun in each text that has no pronoun itself."""
    for text in texts:
        noun = _NOUN.search(text)
        found = noun.group() if noun is not None else key_words(text, 1)
        if found and not _PRONOUN.search(text):
            yield found
