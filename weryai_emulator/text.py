"""The words, sentences, topic and tokens of a text.

A token is a word of up to eight letters, up to three digits, or one other character, each with
the white space before it. English text comes to about four characters a token.
"""

from __future__ import annotations

import re


def word_set(words: str) -> frozenset[str]:
    """Return the words of a space-separated list."""
    return frozenset(words.split())


# Words without a meaning of their own: they are neither looked up nor used as a topic.
STOP_WORDS = word_set(
    """a about all also am an and any are as at be been but by can could did do does each for
    from get give had has have he her hers him his how i if in include into is it its just let
    make may me might more most my no not of on one only or our out please return set she should
    show so some such tell than that the their them then there these they this those to tool tools
    up us use used using value want was we were what when where which who whom whose why will with
    would write you your yours function call hello hi hey thing things was"""
)

# Verbs with which prompts ask for something.
REQUEST_VERBS = word_set(
    """add analyse analyze answer book build calculate call classify compose compute count create
    delete describe design draft explain extract fetch fill find generate give identify imagine
    invent list look make multiply name open order parse plan please produce provide query
    question read recommend register remember remove return say search send set show start
    subtract suggest summarise summarize tell translate turn update write"""
)

# The topic of a prompt without one.
NO_TOPIC = "nothing in particular"

_REQUEST = re.compile(
    r"\s*(?:(?:please|can you|could you|would you)\s+)*"
    rf"(?:i (?:want|need|would like)|i'd like|(?:{'|'.join(sorted(REQUEST_VERBS))})\b)"
    r"(?:\s+(?:me|us|up))?"
    r"(?:\s+(?:the|an?|some|all|any|example|random|details?|information|facts?|data)\b)*"
    r"(?:\s+(?:of|for|on|about|from|in)\b(?:\s+(?:the|an?|some)\b)?)?\s*",
    re.IGNORECASE,
)
# Where the noun at the beginning of a sentence ends, mostly.
_NOUN_END = re.compile(
    r"[,.;:!?(\n]|\s(?:with|and|that|which|who|using|including|as|by|when|where|because|so|at|on|is"
    r"|are|was|were|has|have|from|in json|for me)\b",
    re.IGNORECASE,
)
# "What did the telescope see?" is about the telescope.
_ASKED = re.compile(
    r"\s*(?:what|who|when|where|why|how|which)\b[^?]*?\b(?:did|does|do|is|are|was|were|can|will)\s+"
    r"(?:(?:the|an?|my|our|your)\s+)?([^\W\d_][\w-]*(?-i:\s+[A-Z][\w-]*)*)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_ABOUT = re.compile(r"\b[Aa]bout\s+((?:an?\s+|the\s+)?[^\s,.;:?!]+(?:\s+[A-Z][^\s,.;:?!]*)*)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CJK = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
_TOKEN = re.compile(r"\s*(?:[A-Za-z\u00c0-\u024f]{1,8}|\d{1,3}|\S)|\s+")
_ABBREVIATIONS = r"(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bMrs\.)(?<!\bNo\.)"
_SENTENCE_END = re.compile(
    # A full stop, perhaps inside quotes, unless a lower-case word follows,
    rf"(?:(?<=[.!?])|(?<=[.!?][\"'\u201d)\]])){_ABBREVIATIONS}\s+(?![a-z])"
    r"|(?<=[\u3002\uff01\uff1f])\s*"
    # or a line break, unless the next line continues the sentence.
    r"|\n\s*\n|\n(?!\s*[a-z])"
)

# Past forms of the verbs that questions use most; `stem` cannot derive them.
_IRREGULAR = dict(
    pair.split(":")
    for pair in word_set(
        """began:begin bought:buy built:build came:come fell:fall found:find gave:give grew:grow
        grown:grow held:hold knew:know led:lead left:leave lost:lose made:make met:meet
        paid:pay ran:run rose:rise sold:sell spoke:speak taught:teach told:tell went:go
        won:win wore:wear wrote:write written:write"""
    )
)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; each Chinese or Japanese character is one."""
    return [word.lower() for word in _WORD.findall(_CJK.sub(r" \1 ", text))]


def stem(word: str) -> str:
    """Return a word without the endings of plurals and verbs."""
    word = _IRREGULAR.get(word, word)
    for ending, short in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + short
            break
    return word.rstrip("e") if len(word) > 3 else word


def stems_of(text: str) -> list[str]:
    """Return the stems of all words that are not stop words."""
    return [stem(word) for word in words_of(text) if not _is_stop_word(word)]


def name_words(name: str) -> list[str]:
    """Return the words of an identifier: snake_case, kebab-case or camelCase."""
    return words_of(_CAMEL.sub(" ", name.replace("_", " ").replace("-", " ")))


def key_words(text: str, limit: int = 6) -> str:
    """Return the first words that are not stop words, as the text spells them."""
    kept = [word for word in _WORD.findall(text) if not _is_stop_word(word)]
    return " ".join(kept[:limit])


def topic_of(text: str) -> str:
    """Return what a prompt is about, in a few words; never an empty string."""
    about = _ABOUT.search(text)
    if about is not None:
        return about.group(1).strip()
    return key_words(text) or text.strip() or NO_TOPIC


def is_request(sentence: str) -> bool:
    """Return whether a sentence asks for something, with a verb at its beginning."""
    return _REQUEST.match(sentence) is not None


def without_addresses(text: str) -> str:
    """Return a text without its links and mail addresses."""
    return _ADDRESS.sub("", text)


def subject_of(text: str) -> str:
    """Return the thing that a prompt is about or asks for, as a noun; never an empty string."""
    about = _ABOUT.search(text)
    if about is not None:
        return about.group(1).strip()
    sentences = split_sentences(without_addresses(text)) or [text]
    # "Using the tool, generate a greeting."
    clauses = [part for part in sentences[0].split(", ") if is_request(part)]
    request = _REQUEST.match(clauses[0]) if clauses else None
    if request is None:
        asked = _ASKED.match(sentences[0])
        if asked is not None and not _is_stop_word(asked.group(1)):
            return asked.group(1)
        if sentences[0].endswith("?"):
            return topic_of(text)
    rest = clauses[0][request.end() :] if request else sentences[0]
    rest = re.sub(r"^(?:the|an?|my|our)\s+", "", rest.strip(), flags=re.IGNORECASE)
    words = _NOUN_END.split(rest, maxsplit=1)[0].split()
    return " ".join(words) if 0 < len(words) <= 4 else topic_of(text)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text, stripped of white space."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def split_tokens(text: str) -> list[str]:
    """Return the tokens of a text; joined, they are the text."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return len(split_tokens(text))


def truncate(text: str, limit: int) -> tuple[str, bool]:
    """Return the first `limit` tokens of a text, and whether the text was longer."""
    tokens = split_tokens(text)
    if len(tokens) <= limit:
        return text, False
    return "".join(tokens[:limit]), True


def _is_stop_word(word: str) -> bool:
    """Return whether a word is a stop word, or a contraction of one such as "what's"."""
    return re.split("['\u2019]", word.lower(), maxsplit=1)[0] in STOP_WORDS
