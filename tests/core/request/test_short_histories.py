"""Merging and trimming of every short history."""

import re
from itertools import product

import pytest
from limited_messages import assistant, result, user

from weryai_core import MessageCountError
from weryai_core.request.message_limit import fit_messages

# All short histories


def write(letter, position):
    """The message that a letter stands for; its text has its position."""
    text = f"{letter}{position}"
    match letter:
        case "u":
            return user(text)
        case "i":
            return user([{"type": "text", "text": text}])
        case "n":
            return user(text, name="ann")
        case "a":
            return assistant(text)
        case "c":
            return assistant(None, "1")
        case "p":
            return assistant(text, "1", "2")
        case "1" | "2":
            return result(letter, text)
        case "s":
            return {"role": "system", "content": text}
    raise AssertionError(letter)


def histories(letters, longest):
    """All sequences of the letters, as messages, up to a length; checked to stay unchanged."""
    for length in range(2, longest + 1):
        for word in map("".join, product(letters, repeat=length)):
            messages = [write(letter, i) for i, letter in enumerate(word)]
            yield word, messages
            assert messages == [write(letter, i) for i, letter in enumerate(word)], word


def texts(messages):
    """Who says what, in order."""
    said = []
    for message in messages:
        content = message["content"] or []
        parts = content.split("\n\n") if isinstance(content, str) else content
        said += [
            (message["role"], message.get("name"), part["text"] if isinstance(part, dict) else part)
            for part in parts
        ]
    return said


def calls(messages):
    return [call["id"] for message in messages for call in message.get("tool_calls", ())]


def count_runs(word):
    """How many messages remain when those of one kind are joined."""
    kinds = word.replace("i", "u").replace("c", "a").replace("p", "a")
    return len(re.findall(r"1|2|u+|n+|a+|s+", kinds))


def fit(messages, overflow, limit):
    """The fitted messages, or None where that is an error."""
    try:
        return fit_messages(messages, overflow, limit=limit)
    except MessageCountError:
        return None


@pytest.mark.parametrize(("letters", "longest"), [("uacs1", 5), ("uinacp1", 4)])
def test_merging_any_short_history(letters, longest):
    for word, messages in histories(letters, longest):
        runs = count_runs(word)
        for limit in {runs - 1, runs} & set(range(1, len(word))):
            fitted = fit(messages, "merge", limit)
            if runs > limit:
                assert fitted is None, word
                continue
            assert len(fitted) == runs, word
            assert texts(fitted) == texts(messages), word
            assert calls(fitted) == calls(messages), word
            assert follows_its_call(fitted) >= follows_its_call(messages), word
            assert fit(fitted, "merge", runs) == fitted, word
            assert fit(fitted, "merge", runs - 1) is None, word


def follows_its_call(messages):
    """The contents of results directly after their calls."""
    called, behind = set(), set()
    for message in messages:
        if message["role"] != "tool":
            called = set(calls([message]))
        elif message["tool_call_id"] in called:
            behind.add(message["content"])
    return behind


def links(word):
    """The indices of calls and of results, in pairs: a result belongs to the newest call."""
    pairs, callers = [], {}
    for index, letter in enumerate(word):
        if letter in "cp":
            callers.update(dict.fromkeys({"c": "1", "p": "12"}[letter], index))
        elif letter in callers:
            pairs.append((callers[letter], index))
    return pairs


def kept_indices(messages, fitted):
    """Which messages were kept; all of them are the given ones, in their order."""
    kept, position = [], 0
    for message in fitted:
        while messages[position] is not message:
            position += 1
        kept.append(position)
        position += 1
    return kept


@pytest.mark.parametrize(("letters", "longest"), [("uacs1", 5), ("uacps12", 4)])
def test_trimming_any_short_history(letters, longest):
    for word, messages in histories(letters, longest):
        for limit in range(1, len(word)):
            fitted = fit(messages, "trim", limit)
            if fitted is None:
                assert must_be_kept(word) > limit, (word, limit)
                continue
            assert len(fitted) <= limit, (word, limit)
            kept = kept_indices(messages, fitted)
            check_kept(word, kept)
            if is_in_order(word):
                check_least(word, kept, limit)
            assert fit(fitted, "trim", limit) == fitted, (word, limit)


def must_be_kept(word):
    """How many messages cannot be dropped, also from odd histories.

    Those of the system, one of the user, and those that belong together with the last one.
    """
    rest = [index for index, letter in enumerate(word) if letter != "s"]
    pairs = links(word)
    head = next((call for call, answer in pairs if rest and answer == rest[-1]), rest and rest[-1])
    last = {head, *(answer for call, answer in pairs if call == head)} if rest else set()
    users = [index for index in rest if word[index] == "u"]
    older = [index for index in users if rest and index <= head]
    return word.count("s") + len(last | set(users[-1:]) | set(older[-1:]))


def check_kept(word, kept):
    """What holds for any history, including odd ones."""
    dropped = set(range(len(word))) - set(kept)
    assert all(word[index] != "s" for index in dropped), word
    for call, answer in links(word):
        assert (call in dropped) == (answer in dropped), (word, kept)
    if "u" in word:
        assert word.rindex("u") in kept, (word, kept)
        assert "".join(word[index] for index in kept).lstrip("s")[0] == "u", (word, kept)


# What belongs together in a turn: an answer, or calls with their results.
GROUP = "a|c1|p12|p21"


def is_in_order(word):
    """Whether results directly follow their calls, and a user begins."""
    return re.fullmatch(rf"s*(u(s|{GROUP})*)+", word) is not None


def check_least(word, kept, limit):
    """Whole turns are dropped, then, of the newest one alone, the oldest groups; no more."""
    newest = word.rindex("u")
    turns = [match.span() for match in re.finditer(r"u[^u]*", word)]
    groups = [(m.start() + newest, m.end() + newest) for m in re.finditer(GROUP, word[newest:])]
    order = [*turns[:-1], *groups[:-1]]
    dropped = [index for index in range(len(word)) if index not in kept]
    expected, size = [], len(word)
    for start, end in order:
        if size <= limit:
            break
        expected += [index for index in range(start, end) if word[index] != "s"]
        size = len(word) - len(expected)
    assert dropped == expected, (word, kept, limit)
