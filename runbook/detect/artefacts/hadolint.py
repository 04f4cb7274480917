"""The detector ``hadolint``: what the Dockerfile linter says, its ShellCheck findings about ``RUN`` included.

Source of the codes: https://github.com/hadolint/hadolint#rules. The program gets the text on standard input and a fixed
set of arguments; it would otherwise read a configuration file from the current folder or the home folder, so it is
given an empty one.
"""

from __future__ import annotations

import json
import os
import re

from runbook.detect.artefacts.artefact import Artefact, DetectorMissingError, Reported
from runbook.detect.artefacts.docker.places import read
from runbook.detect.artefacts.process import run_linter
from runbook.detect.artefacts.shellcheck import severity_of as shell_severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ARGUMENTS = ["--no-fail", "--no-color", "--format", "json", "--config", os.devnull, "-"]
_UNREAD = "DL1000"
_BREAKS = frozenset(
    {
        *("DL3000", "DL3011", "DL3014", "DL3021", "DL3023", "DL3030", "DL3034", "DL3038", "DL3043", "DL3044", "DL3061"),
    }
)
"""Codes whose Dockerfile does not build, or not to what is meant. Everything else is advice."""

_ADVICE = frozenset(
    {
        *("DL3008", "DL3013", "DL3015", "DL3016", "DL3018", "DL3028", "DL3029", "DL3033", "DL3037", "DL3041", "DL3042"),
        *("DL3047", "DL3057", "DL3059", "DL4001", "DL4005", "DL3026", "DL3062"),
    }
)

_SAID_ELSEWHERE = frozenset({"DL3025"})
"""What a query of our own says with its context: hadolint takes the command of a health check for one that starts."""


def codes() -> None:
    """Hadolint's own documentation lists its rules."""


def check(artefact: Artefact) -> list[Reported]:
    """What hadolint says.

    Raises:
        DetectorMissingError: it is not installed, or does not answer.
    """
    file = read(artefact)
    if not file.stages:
        return []
    lines, numbers = _readable(artefact)
    printed = run_linter("hadolint", _ARGUMENTS, "\n".join(lines))
    try:
        comments: list[dict[str, Any]] = json.loads(printed)
    except ValueError:
        raise DetectorMissingError("hadolint printed no JSON") from None
    for comment in comments:
        comment["line"] = numbers[min(max(int(comment["line"]), 1), len(numbers)) - 1]
    return [one for comment in comments if (one := _reported(comment, artefact)) is not None]


def _readable(artefact: Artefact) -> tuple[list[str], list[int]]:
    """The lines as hadolint's parser can read them, and the number that each has in the file.

    It knows no here-documents of ``COPY`` and ``ADD``, wants an empty line after those of ``RUN``, and takes the end
    mark of ``<<-`` for text.
    """
    lines: list[str] = []
    numbers: list[int] = []
    opened = {each.line: each for each in read(artefact).instructions if each.heredocs}
    at = 1
    while at <= len(artefact.lines):
        instruction = opened.get(at)
        end = instruction.end if instruction is not None else at
        block = artefact.lines[at - 1 : end]
        if instruction is not None and instruction.keyword == "RUN":
            if "<<-" in block[0]:
                block = [block[0].replace("<<-", "<<"), *(line.lstrip("\t") for line in block[1:])]
            block.append("")
        elif instruction is not None:
            block = [re.sub(r"\d*<<-?[\"']?([\w.]+)[\"']?", r"\1", block[0])]
        lines += block
        numbers += [min(number, end) for number in range(at, at + len(block))]
        at = end + 1
    return lines, numbers


def _reported(comment: dict[str, Any], artefact: Artefact) -> Reported | None:
    code, line = str(comment["code"]), int(comment["line"])
    if code == _UNREAD:
        if read(artefact).problems:
            return None  # our own reader says what is wrong with it
        return Reported(
            "hadolint",
            code,
            line=line,
            message="hadolint cannot read this line, so its rules were not tried on this file",
            severity="info",
        )
    if code in _SAID_ELSEWHERE or (code == "DL3044" and any(each.line == line for each in read(artefact).problems)):
        return None
    if (code == "DL3021" and _copies_to_here(artefact, line)) or (code == "DL3014" and _asks_nothing(artefact, line)):
        return None
    level = str(comment["level"])
    shell = code.startswith("SC")
    severity = shell_severity(code, level) if shell else _severity(code, level)
    if severity is None:
        return None
    link = f"https://www.shellcheck.net/wiki/{code}" if shell else f"https://github.com/hadolint/hadolint/wiki/{code}"
    text = artefact.lines[line - 1] if 0 < line <= len(artefact.lines) else ""
    return Reported(
        "hadolint",
        code,
        line=line,
        column=len(text) - len(text.lstrip()) + 1,
        message=str(comment["message"]),
        link=link,
        severity=severity,
    )


def _copies_to_here(artefact: Artefact, line: int) -> bool:
    """Whether an instruction copies to ``.``, which every builder takes for a folder although no slash ends it."""
    return any(each.line == line and each.words[-1:] == ["."] for each in read(artefact).instructions)


def _asks_nothing(artefact: Artefact, line: int) -> bool:
    """Whether what lacks ``-y`` installs nothing: ``apt-get install -s`` only says what would be done."""
    text = next((each.text for each in read(artefact).instructions if each.line == line), "")
    installs = re.findall(r"\bapt-get\s[^;&|\n]*?\binstall\b[^;&|\n]*", text)
    return bool(installs) and all(
        re.search(r"\s(?:-\w*[ysqd]|--yes|--simulate|--dry-run|--assume)", one) for one in installs
    )


def _severity(code: str, level: str) -> str:
    if code in _BREAKS:
        return "medium"
    return "info" if code in _ADVICE or level in {"info", "style"} else "low"
