"""Lines become rows, results survive a kill, and only one job writes them."""

import itertools
import json

import pytest
from batch_rows import (
    Outcome,
    Results,
    Tally,
    forget_errors,
    lock,
    read_results,
    read_row,
    read_rows,
)

HELLO = b'{"id": 1, "prompt": "Hello"}\n'
SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "Hello"}
HI = {"content": "Hi", "role": "user"}


@pytest.mark.parametrize(
    ("line", "fields", "messages"),
    [
        ({"id": "a", "prompt": "Hello"}, {"id": "a", "prompt": "Hello"}, [USER]),
        ({"prompt": "Hello"}, {"id": 7, "prompt": "Hello", "id_is_line": True}, [USER]),
        ({"prompt": "Hi", "id": None}, {"id": 7, "prompt": "Hi", "id_is_line": True}, [HI]),
        (
            {"note": [1], "messages": [SYSTEM, USER], "id": 3},
            {"id": 3, "note": [1], "messages": [SYSTEM, USER]},
            [SYSTEM, USER],
        ),
    ],
)
def test_a_line_is_a_row(line, fields, messages):
    row = read_row(json.dumps(line).encode(), 7, offset=99)
    assert (row.fields, row.messages, row.number, row.offset) == (fields, messages, 7, 99)
    assert next(iter(row.fields)) == "id"


def test_a_byte_order_mark_is_not_part_of_a_row():
    assert read_row(b"\xef\xbb\xbf" + HELLO, 1).fields == {"id": 1, "prompt": "Hello"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"prompt": "Hel', "not JSON (Unterminated string"),
        (b"\xff\xfe\xff", "not JSON ('utf-"),
        (b"[" * 100_000, "not JSON (maximum recursion"),
        (b"[]", "not a JSON object"),
        (b'{"id": 1.5, "prompt": "Hello"}', "its `id` is neither a text nor a whole number"),
        (b'{"id": true, "prompt": "Hello"}', "its `id` is neither a text nor a whole number"),
        (b'{"id": 1}', "it needs a `prompt` or `messages`"),
        (b'{"prompt": "Hello", "messages": []}', "it needs a `prompt` or `messages`"),
        (b'{"messages": []}', "its `messages` are not a list of messages"),
        (b'{"messages": ["Hello"]}', "a message needs a `role` and a `content`"),
        (b'{"messages": [{"role": "tool", "content": "x"}]}', "a `role` is none of system, user"),
        (b'{"prompt": " "}', "a prompt or a message is not a text, or is empty"),
    ],
)
def test_a_line_that_is_no_row_is_told_apart(line, problem):
    with pytest.raises(ValueError, match="^" + problem.replace("(", r"\(")):
        read_row(line, 1)


def test_a_row_is_known_by_its_id_and_messages():
    same = [{"id": 1, "prompt": "Hello"}, {"prompt": "Hello", "id": 1, "note": "x"}]
    same += [{"id": 1, "messages": [USER]}, {"id": 1, "messages": [dict(reversed(USER.items()))]}]
    others = [{"id": "1", "prompt": "Hello"}, {"id": 1, "prompt": "Hallo"}, {"prompt": "Hello"}]
    keys = [read_row(json.dumps(line).encode(), 2).key for line in same + others]
    assert len(set(keys[:4])) == 1
    assert len(set(keys)) == 4


def test_a_row_without_an_id_is_known_by_its_messages_alone(path):
    line = b'{"prompt": "Hello"}'
    write(path, read_row(line, 3))
    [again] = read_results(path)
    assert again.fields["id"] == 3
    assert again.key == read_row(line, 99).key != read_row(b'{"id": 3, "prompt": "Hello"}', 3).key


@pytest.fixture
def rows(tmp_path):
    return tmp_path / "rows.jsonl"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.jsonl"


def test_bad_lines_are_shown_with_their_number_and_the_others_are_read(rows, capsys):
    rows.write_bytes(HELLO + b"\n{\n" + b'{"prompt": "How?"}\n' + b"[]" + b"\n{}" * 30)
    tally = Tally(rows, rows.with_name("bad.jsonl"))
    read = list(read_rows(rows, set(), tally))
    assert [(row.fields["id"], row.number, row.offset) for row in read] == [(1, 1, 0), (4, 4, 32)]
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("line 3: not JSON (")
    assert shown[1] == "line 5: not a JSON object"
    assert len(shown) == 20
    assert tally.counts["bad lines"] == 32
    tally.close()
    listed = [json.loads(line) for line in rows.with_name("bad.jsonl").read_bytes().splitlines()]
    assert len(listed) == 32
    assert listed[1] == {"line": 5, "reason": "not a JSON object"}


def test_the_list_of_bad_lines_is_that_of_the_last_run(rows):
    bad = rows.with_name("bad.jsonl")
    rows.write_bytes(HELLO)
    bad.write_bytes(b'{"line": 5, "reason": "not a JSON object"}\n')
    Tally(rows, bad).close()
    assert not bad.exists()
    bad.write_bytes(b"notes of mine")
    with pytest.raises(ValueError, match="is not a list of bad lines"):
        Tally(rows, bad)
    assert bad.read_bytes() == b"notes of mine"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_named(rows, encoding):
    rows.write_text(HELLO.decode(), encoding=encoding)
    with pytest.raises(ValueError, match=r"is UTF-16 or UTF-32\. Convert it to UTF-8"):
        Tally(rows, rows.with_name("bad.jsonl"))


def test_rows_with_a_result_and_equal_rows_are_passed(rows):
    rows.write_bytes(HELLO + HELLO + b'{"id": 2, "prompt": "How?"}\n')
    tally = Tally(rows, rows.with_name("bad.jsonl"))
    done = {read_row(b'{"id": 2, "prompt": "How?"}', 1).key}
    assert [row.number for row in read_rows(rows, done, tally)] == [1]
    assert (tally.counts["done before"], tally.counts["repeated"]) == (1, 1)
    assert str(tally).startswith("0 answered, 0 errors, 0 bad lines, 1 done before, 1 repeated\n")


def test_rows_are_read_one_by_one(rows):
    rows.write_bytes(b"".join(b'{"prompt": "Hello %d"}\n' % number for number in range(100_000)))
    tally = Tally(rows, rows.with_name("bad.jsonl"))
    first = list(itertools.islice(read_rows(rows, set(), tally), 3))
    assert [row.number for row in first] == [1, 2, 3]


def write(path, *rows, outcome=None, **options):
    results = Results(path, **options)
    for row in rows:
        results.add(row, outcome or Outcome(answer="Hi"))
    results.close()


@pytest.mark.parametrize("text", ["Hello", "这趟火车", "half \ud83d of an emoji", "a\nb\u2028c"])
def test_what_is_written_is_the_same_row_again(path, text):
    row = read_row(json.dumps({"prompt": text, "note": text}).encode(), 5)
    outcome = Outcome(answer=text, model="GPT_4O", prompt_tokens=3, finish_reason="stop")
    write(path, row, outcome=outcome)
    [again] = read_results(path)
    assert again.key == row.key
    assert again.fields["note"] == text
    assert Outcome.of(again) == outcome
    path.read_bytes().decode()  # valid UTF-8


ROWS = [read_row(json.dumps({"id": n, "prompt": "Hello " * 20}).encode(), n) for n in range(1, 4)]


@pytest.mark.parametrize("cut", [1, 2, 3, 10, 60, 200])
def test_a_torn_last_line_is_asked_again_and_no_other(path, cut):
    write(path, *ROWS)
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    path.write_bytes(whole[:-cut])
    keys = [row.key for row in read_results(path)]
    if cut == 1:  # only the end of the line is missing: the answer is kept
        assert keys == [row.key for row in ROWS]
        assert path.read_bytes() == whole
    else:
        assert keys == [row.key for row in ROWS[:2]]
        assert path.read_bytes() == whole[:last]
    write(path, ROWS[2])
    assert {row.key for row in read_results(path)} == {row.key for row in ROWS}


@pytest.mark.parametrize("rest", [b"{", b'{"id', b"\0\0\0"])
def test_the_first_bytes_of_a_line_are_removed(path, rest):
    write(path, ROWS[0])
    whole = path.read_bytes()
    path.write_bytes(whole + rest)
    assert len(list(read_results(path))) == 1
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "text",
    [
        *(HELLO, HELLO[:-1], b"notes of mine", b"\n", b'{"id": 1}\n{"id": 2}\n'),
        *(HELLO[:-3], b"{", b"\0\0\0"),  # as torn results begin, but there are none before
    ],
)
def test_a_file_of_something_else_is_refused_and_stays_as_it_is(path, text):
    path.write_bytes(text)
    with pytest.raises(ValueError, match=r"Line 1 of .*results.jsonl is not a result. Name anothe"):
        list(read_results(path))
    with pytest.raises(ValueError, match="is not a result"):
        forget_errors(path)
    assert path.read_bytes() == text


def test_errors_that_may_pass_are_forgotten_and_the_others_stay(path):
    write(path, ROWS[0])
    write(path, ROWS[1], outcome=Outcome(error="ServerError", message="500", retryable=True))
    write(path, ROWS[2], outcome=Outcome(error="ContentFilterError", message="no"))
    lines = path.read_bytes().splitlines(keepends=True)
    forget_errors(path)
    assert path.read_bytes() == lines[0] + lines[2]


def test_there_is_nothing_to_forget_without_a_file(path):
    forget_errors(path)
    assert list(read_results(path)) == []
    assert not path.exists()


def test_a_torn_first_line_is_removed_from_a_file_of_ours(path):
    path.write_bytes(HELLO[:-3])
    forget_errors(path, is_ours=True)
    assert path.read_bytes() == b""


def test_a_new_file_is_not_an_old_one(path):
    write(path, ROWS[0], is_new=True)
    with pytest.raises(FileExistsError):
        Results(path, is_new=True)


def test_one_job_at_a_time_has_a_lock(tmp_path):
    path = tmp_path / "lock"
    with lock(path), pytest.raises(BlockingIOError, match="Another job is at work: it holds"):
        lock(path)
    with (
        lock(path, shared=True),
        lock(path, shared=True),
        pytest.raises(BlockingIOError, match="Another job"),
    ):
        lock(path)
    lock(path).close()


def test_a_tally_says_what_there_is(rows):
    rows.write_bytes(HELLO * 3)
    tally = Tally(rows, rows.with_name("bad.jsonl"))
    tally.add(Outcome(answer="Hi", prompt_tokens=1000, completion_tokens=20).counts())
    tally.add(Outcome(error="ServerError", retryable=True).counts())
    tally.note_done()
    assert str(tally).splitlines() == [
        "1 answered, 1 errors, 0 bad lines, 1 done before",
        "1,000 tokens of prompts, 20 tokens of answers",
        "1 of these errors may pass: see --retry-errors.",
    ]
