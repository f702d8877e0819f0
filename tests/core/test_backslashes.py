r"""What backslashes mean in a string that also holds one which begins no escape."""

import pytest

from weryai_core.json_text import read_json

# The content of a JSON string -> the text; NL, TAB and CR stand for themselves.
READ = {
    "a shell variable": (r"cd /x\necho \$HOME", "cd /x\necho \\$HOME"),
    "Python": (r"import re\nre.match(r\"\d+\", s)\n\tx", 'import re\nre.match(r"\\d+", s)\n\tx'),
    "Python's loop": (r"for c in s:\n    print(c, \"\$\")", 'for c in s:\n    print(c, "\\$")'),
    "Markdown": (r"snake\_case\nx \[a\]\r\n\* b", "snake\\_case\nx \\[a\\]\r\n\\* b"),
    "a percent sign": (r"50\% of\nthem", "50\\% of\nthem"),
    "questions and answers": (r"Q:\nWhat for \$5?\nA:\nTea.", "Q:\nWhat for \\$5?\nA:\nTea."),
    "a pattern": (r"(\bfoo|\d{2}\.)\s*\n", "(\\bfoo|\\d{2}\\.)\\s*\n"),
    "sed": (r"sed 's/\(a\)/\1/' f\ngit add .\nls", "sed 's/\\(a\\)/\\1/' f\ngit add .\nls"),
    "escaped slashes": (r"sed s/\//\|/", r"sed s/\//\|/"),
    "an address with escaped slashes": (r"http:\/\/a.b\/c \$", r"http://a.b/c \$"),
    "escapes of a terminal": (r"\033[1m\x1b[0m\e[0m\n", "\\033[1m\\x1b[0m\\e[0m\n"),
    "a short escape of Unicode": (r"\u12\n", "\\u12\n"),
    "LaTeX": (r"\sqrt{2} \times \frac{1}{2}", r"\sqrt{2} \times \frac{1}{2}"),
    "LaTeX and a line break": (r"\alpha \neq \beta\nSo it is", "\\alpha \\neq \\beta\nSo it is"),
    "LaTeX in words": (
        r"the angle\nnext \theta is \(\pi\)",
        "the angle\nnext \\theta is \\(\\pi\\)",
    ),
    "a short command": (r"x \in A, x \ne \nu", r"x \in A, x \ne \nu"),
    "a section": (r"\section{A}\nText \textbf{b}", "\\section{A}\nText \\textbf{b}"),
    "an escaped path": (r"type C:\\a.txt\ndir \*", "type C:\\a.txt\ndir \\*"),
    "a path": (r"C:\Users\new", r"C:\Users\new"),
    "a path without a drive": (r"..\data\bin", r"..\data\bin"),
    "a name of PHP": (r"use App\Models\User;\nclass X {}", "use App\\Models\\User;\nclass X {}"),
    "two line breaks": (r"see src\main.py\n\nthen \d", "see src\\main.py\n\nthen \\d"),
}
# Two meanings: a line break, or a backslash and an n.
IN_DOUBT = {
    "a path without a drive": r"..\data\new",
    "a path and a line break": r"..\data\new\n",
    "a path in words": r"Open C:\Users\new",
    "a drive and a tab": r"cd C:\temp\new \$x",
    "a share in words": r"see \\server\share\new",
    "a variable of Windows": r"%APPDATA%\new\data",
    "names": r"App\Models\new",
    "a directory called like a command": r"app\log\new",
    "a line that begins like a command": r"\alpha = 1\nu = 2",
}


@pytest.mark.parametrize(("content", "text"), READ.values(), ids=READ)
def test_a_string_with_one_meaning_is_read(content, text):
    assert read_json(f'["{content}"]') == [text]


@pytest.mark.parametrize("content", IN_DOUBT.values(), ids=IN_DOUBT)
def test_a_string_with_two_meanings_is_invalid(content):
    with pytest.raises(ValueError, match="escape"):
        read_json(f'["{content}"]')
