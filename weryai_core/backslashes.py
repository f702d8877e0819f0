r"""Decides what backslashes mean in a JSON string whose writer does not escape them.

A backslash that begins no escape (`\d`, `\$`) stands for itself. The writer did not double it, so
`\n` in the same string may be a line break, or a backslash and an n:

    a path of Windows    C:\Users\new           each backslash stands for itself
    commands of LaTeX    \sqrt{2} \times 3\nSo  so do those of the commands; others are escapes
    `\b`, `\f` and `\/`  \bword\s\/             so do these: no model writes a backspace
    other names          ..\data\new            in doubt where `\n` may begin a name as well
    anything else        cd /x\necho \$HOME     an escape
"""

from __future__ import annotations

import re
from collections.abc import Collection

_ESCAPE = re.compile(
    r"\\(?:(?P<blank>[bfnrt])|(?P<slash>/)|u[0-9a-fA-F]{4}|[\"\\']|(?P<odd>.))"
    r"(?P<word>(?<=[A-Za-z])[A-Za-z]*)?",
    re.DOTALL,
)
_LETTERS = re.compile("[A-Za-z]*")

# A path of Windows: each name may begin with any letter.
_NAME = r"[^\\/:*?\"<>|\x00-\x1f]"
_PATH = re.compile(rf"(?:[A-Za-z]:|\\\\[\w.-]{{2,}}\\[\w.$ -]{{2,}}(?=\\|\Z))(?:\\{_NAME}+)*\\?")
# The start of a path among other words. In `for c in s:\n`, a letter and a colon are no drive.
_PATH_WITHIN = re.compile(
    r"(?<![\w\\])(?:[C-HZ]:\\[A-Za-z_]|[c-hz]:\\[bfrt][A-Za-z]"
    r"|[A-Za-z]:\\(?![bfnrt]|u[0-9a-fA-F]{4})[A-Za-z]{2}"
    r"|(?<!:)\\\\[\w.-]{2,}\\[A-Za-z])"
)
# What precedes a name in a path: another name, `.` or `..`, or a drive.
_BEFORE_NAME = re.compile(r"(?:[\w~-]|(?<=[A-Za-z])%|(?<![\w.])\.{1,2}|(?<!\w)[A-Za-z]:)\Z")
_ESCAPED_ADDRESS = r":\/\/"  # whose writer escapes every slash
_BEFORE_COMMAND = (" ", "^", "_")


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


# Commands of LaTeX that begin as an escape does, and no line that begins with their rest.
_COMMANDS = _names(
    """
    nabla natural nearrow neg neq newcommand newline newpage noindent nolimits nonumber normalsize
    not notag notin nwarrow raggedright raisebox rangle rbrace rbrack rceil ref renewcommand rfloor
    rho right rightarrow rightharpoonup rightleftharpoons rm root rtimes rule rvert
    tableofcontents tag tanh tau tbinom text textbf textcolor textit textrm textsc textsf texttt
    textwidth tfrac therefore theta tilde times tiny title toprule triangle
    """
)
# Those whose rest may well begin a line or follow a tab (`\nu`: "u = 1").
_UNCERTAIN_COMMANDS = _names("ne ni nu nexists nless nmid node nparallel nsim table tan the to top")
_ALL_COMMANDS = _COMMANDS | _UNCERTAIN_COMMANDS
_BEGINNINGS = {name[:size] for name in _ALL_COMMANDS for size in range(len(name))}
# Commands whose first letter begins no escape. Any name before a brace is one as well.
_PLAIN_COMMANDS = _names(
    """
    Delta Gamma Lambda Leftarrow Leftrightarrow Omega Phi Pi Psi Re Rightarrow Sigma Theta Vert Xi
    aleph alpha angle approx arccos arcsin arctan arg ast cap cdot cdots chi circ colon cong cos
    cosh cot csc cup dagger ddots deg delta det diamond dim displaystyle div dot dots ell emptyset
    end epsilon equiv eta exists exp gamma gcd ge geq gets gg hbar hfill hline iff iiint iint imath
    implies in inf infty int iota item kappa ker lambda land langle lbrace lceil ldots le left
    leftarrow leftrightarrow leq lfloor lg lim liminf limits limsup ll ln lnot log longrightarrow
    lor lvert mapsto max mid min mp mu oint omega oplus otimes over parallel partial perp phi pi pm
    prec prime prod propto psi qquad quad sec sigma sim simeq sin sinh sqrt subset subseteq succ sum
    sup supset supseteq uparrow upsilon varepsilon varphi vartheta vdots vec vee wedge xi zeta
    """
)
# Those that directories are also called.
_DIRECTORIES = _names("dim div dot end exp in int item left log max min over sec sum")


def may_be_literal(text: str, position: int) -> bool | None:
    """Whether a backslash before this position may stand for itself though it begins an escape.

    Returns:
        None if the text ends too early.
    """
    found = _LETTERS.match(text, position)
    word = found.group() if found else ""
    if text[position : position + 1] in ("b", "f", "/") or word in _ALL_COMMANDS:
        return True
    return None if position + len(word) == len(text) and word in _BEGINNINGS else False


def literal_backslashes(text: str) -> Collection[int] | None:
    """Where backslashes stand for themselves although they begin an escape.

    Args:
        text: The content of a string that has a backslash which begins no escape.

    Returns:
        Their places; None if the string has two meanings.
    """
    if _PATH.fullmatch(text):
        return {place for place, sign in enumerate(text) if sign == "\\"}
    escapes = [*_ESCAPE.finditer(text)]
    literal: set[int] = set()
    if _ESCAPED_ADDRESS not in text:
        literal = {escape.start() for escape in escapes if escape["slash"]}
    if not any(escape["blank"] for escape in escapes):
        return literal
    if _PATH_WITHIN.search(text):
        return None
    words = [escape for escape in escapes if escape["odd"] and escape["word"]]
    has_names = not all(map(_is_command, words))
    end_of_blank = -1
    for escape in escapes:
        if not escape["blank"]:
            continue
        place, word = escape.start(), escape["blank"] + (escape["word"] or "")
        is_uncertain = word in _UNCERTAIN_COMMANDS
        is_apart = text.endswith(_BEFORE_COMMAND, 0, place)
        if word[0] in "bf" or word in _COMMANDS or (is_uncertain and is_apart):
            literal.add(place)
        else:
            begins_name = has_names and word[1:] and place != end_of_blank
            if (words and is_uncertain) or (begins_name and _follows_name(text, place)):
                return None
        end_of_blank = place + 2
    return literal


def _follows_name(text: str, place: int) -> bool:
    return _BEFORE_NAME.search(text, max(0, place - 2), place) is not None


def _is_command(escape: re.Match[str]) -> bool:
    """Whether a name after a backslash that begins no escape is a command of LaTeX."""
    name, end = escape["odd"] + escape["word"], escape.end()
    following = escape.string[end : end + 1]
    if following in ("{", "["):
        return True
    return name in _PLAIN_COMMANDS and not (name in _DIRECTORIES and following == "\\")
