"""The detector ``shellcheck``: what ShellCheck says of a script, or of the shell in a Markdown file.

Source of the codes: https://www.shellcheck.net/wiki/. The script goes to its standard input, no configuration file is
looked for, and files that a script sources are not opened. The dialect is the shebang's, else the file name's, else
bash.
"""

from __future__ import annotations

import json
import re

from runbook.detect.artefacts.artefact import Artefact, DetectorMissingError, Reported
from runbook.detect.artefacts.fences import blocks_of, is_markdown
from runbook.detect.artefacts.process import run_linter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DIALECTS = {
    "sh": "sh",
    "bash": "bash",
    "dash": "dash",
    "ksh": "ksh",
    "ash": "busybox",
    "busybox": "busybox",
    "ksh93": "ksh",
    "mksh": "ksh",
    "zsh": "",
    "fish": "",
    "csh": "",
    "tcsh": "",
    "python": "",
    "python3": "",
    "perl": "",
}
"""Interpreter -> what ShellCheck calls it; "" for what it cannot read."""

_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-S\s+)?(?:\w+=\S+\s+)*)?(?:\S*/)?([\w.+-]+)")

_SILENT = frozenset({"SC1009", "SC1071", "SC1090", "SC1091", "SC2148", "SC2034", "SC2154", "SC2317", "SC2329"})
"""Not shown unless a signature asks: they point to another code, or to what a single file cannot answer."""

_LOW = frozenset(
    {
        *("SC2045", "SC2068", "SC2145", "SC2144", "SC2199", "SC2198", "SC2024", "SC1008", "SC1113", "SC1114", "SC1128"),
        *("SC2173", "SC2256", "SC2242", "SC3057", "SC1082", "SC1129", "SC2257", "SC2221", "SC2222"),
    }
)
"""Of level error, and yet found in scripts that have worked for years."""

LARGE = 32 * 1024
"""Characters. Following the values through a longer script took up to half a gigabyte of memory and ten times the time;
all it does for us is to leave out a few variables that need no quotes."""

MAX_RUNS = 10
"""How often the shell of one Markdown file is tried."""

_NO_COMMANDS = frozenset({"SC2211", "SC2215", "SC2286", "SC2287", "SC2288", "SC2289", "SC2282", "SC2283", "SC2276"})
"""What ShellCheck says where a line begins with something that can be no command."""

_OF_SCRIPTS = frozenset({"SC2093", "SC2164", "SC2168", "SC2188", "SC2190", "SC2238", "SC2260", "SC2261"})
"""What says nothing of commands that are typed one by one, with ``<placeholders>`` where redirections would stand."""

_UNREAD = 1073
_STOPPED = 1072
_OPENED = 1078
_END_MARKS = frozenset({1039, 1040, 1041, 1042, 1043, 1044, 1118, 1119, 1120, 1121, 1122})
_AROUND_UNREAD = _END_MARKS | {
    *(1009, 1011, 1020, 1034, 1035, 1046, 1047, 1049, 1050, 1056, 1061, 1062, 1069, 1070, 1072, 1078, 1079, 1136, 1141),
}
"""What is said beside SC1073 about the same place."""

_UNREAD_KINDS = {"quoted string": "quote", "backtick": "quote", "here document": "heredoc"}
_QUOTES = {"double quoted": '"', "single quoted": "'", "backtick": "`"}


def codes() -> None:
    """ShellCheck's wiki lists its codes."""


def check(artefact: Artefact) -> list[Reported]:
    """What ShellCheck says.

    Raises:
        DetectorMissingError: it is not installed, or does not answer.
    """
    dialect = dialect_of(artefact)
    if not dialect or not artefact.text.strip():
        return []
    if not is_markdown(artefact):
        return _readable(comments_on(artefact.text, dialect))
    return _without_syntax(_readable(_comments_on_blocks(artefact, dialect)))


def _comments_on_blocks(artefact: Artefact, dialect: str) -> list[dict[str, Any]]:
    """All blocks in one run; one that is no script would hide the others, so the rest is tried without it."""
    lines = list(artefact.lines)
    for _attempt in range(MAX_RUNS):
        comments = comments_on("\n".join(lines), dialect)
        unread = next((comment for comment in comments if comment["code"] in {_UNREAD, _STOPPED}), None)
        if unread is None:
            return comments
        for start, text in blocks_of(lines):
            end = start + text.count("\n")
            if start < unread["line"] <= end:
                lines[start:end] = [""] * (end - start)
                break
        else:
            break
    return []


def _readable(comments: list[dict[str, Any]]) -> list[Reported]:
    """The comments as reports, what the parser says of one place as one report.

    ShellCheck says several things about text that it cannot parse: where it gave up (SC1072), what it was reading then
    (SC1073), and often what may be the reason (SC1078). Only SC1073 is kept, with what it was reading as part of the
    code: ``SC1073.quote``, ``SC1073.heredoc``, else ``SC1073``. For a quote the place is where it may have been
    opened, for a here-document that of the end mark that is none.
    """
    by_code = {comment["code"]: comment for comment in comments}
    unread = by_code.get(_UNREAD)
    found = []
    for comment in comments:
        code = comment["code"]
        if unread is not None and code in _AROUND_UNREAD:
            continue
        one = _reported(comment)
        if one is None:
            continue
        if code == _UNREAD:
            what = next((kind for word, kind in _UNREAD_KINDS.items() if word in comment["message"]), "")
            one.code += f".{what}" if what else ""
            opened = by_code.get(_OPENED)
            end_mark = next((by_code[each] for each in sorted(_END_MARKS - {1044}) if each in by_code), None)
            if what == "quote" and opened is not None and opened["line"] <= one.line:
                one.line, one.column, one.end_column = opened["line"], opened["column"], 0
            elif what == "heredoc" and end_mark is not None:
                one.line, one.column, one.end_column = end_mark["line"], 1, 0
            one.captures["quote"] = next(
                (mark for word, mark in _QUOTES.items() if word in comment["message"]), "quote"
            )
        found.append(one)
    return found


def _without_syntax(reported: list[Reported]) -> list[Reported]:
    """What counts in documentation, as advice.

    It shows commands with ``<placeholders>`` and dots, lists of files, other languages under the name of a shell: that
    no shell could run them is no finding.
    """
    unsaid = _NO_COMMANDS | _OF_SCRIPTS
    kept = [one for one in reported if not one.code.startswith("SC1") and one.code not in unsaid]
    for one in kept:
        one.certain = False
        one.severity = one.severity if one.severity == "info" else "low"
    return kept


def comments_on(text: str, dialect: str) -> list[dict[str, Any]]:
    """ShellCheck's comments, as its ``json1`` format has them: line and column are 1-based, a tab is one column.

    Raises:
        DetectorMissingError: it is not installed, or does not answer.
    """
    arguments = ["--norc", "-f", "json1", "-S", "info", "-s", dialect, "-"]
    printed = ""
    if len(text) > LARGE:  # versions before 0.10 do not know the option, and print no JSON
        printed = run_linter("shellcheck", ["--extended-analysis=false", *arguments], text)
    if not printed.startswith("{"):
        printed = run_linter("shellcheck", arguments, text)
    try:
        comments: list[dict[str, Any]] = json.loads(printed)["comments"]
    except (ValueError, KeyError, TypeError):
        raise DetectorMissingError("shellcheck printed no JSON") from None
    return comments


def dialect_of(artefact: Artefact) -> str:
    """``sh``, ``bash``, ``dash``, ``ksh`` or ``busybox``; "" for a language that ShellCheck does not read."""
    match = _SHEBANG.match(artefact.lines[0]) if artefact.lines[0].startswith("#!") else None
    if match is not None:
        return _DIALECTS.get(match[1], "")
    if artefact.lines[0].startswith(("#compdef", "#autoload")):
        return ""  # zsh's own way to say what a file is
    name = artefact.name.lower()
    if name.endswith((".zsh", ".fish", ".csh")) or name in {".zshrc", ".zprofile", ".zshenv"}:
        return ""
    if name.endswith((".ksh",)):
        return "ksh"
    return "sh" if name == ".profile" else "bash"


def severity_of(code: str, level: str) -> str | None:
    """How bad a comment is in the catalog's terms; None: not worth a word of its own."""
    if code in _SILENT or level == "style":
        return None
    if level == "error":
        return "low" if code in _LOW else "medium"
    return "low" if level == "warning" else "info"


def _reported(comment: dict[str, Any]) -> Reported | None:
    code = f"SC{comment['code']}"
    severity = severity_of(code, str(comment["level"]))
    if severity is None:
        return None
    line, end_line = int(comment["line"]), int(comment["endLine"])
    column, end = int(comment["column"]), int(comment["endColumn"])
    return Reported(
        "shellcheck",
        code,
        line=line,
        column=column,
        end_column=end if end_line == line and end > column else 0,
        message=str(comment["message"]),
        link=f"https://www.shellcheck.net/wiki/{code}",
        severity=severity,
    )
