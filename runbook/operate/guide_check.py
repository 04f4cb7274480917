"""What is wrong with a runbook, found without running anything."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, NamedTuple

from runbook.model.guide import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.model.guide import Act, Guide, Step

PLACEHOLDER = re.compile(r"\{\{\s*([A-Z][A-Z0-9_]*)\s*\}\}")
_WEB = ("http://", "https://", "mailto:")
_SHELL_WORDS = frozenset(
    {
        *("cd", "echo", "printf", "test", "[", "[[", "true", "false", "exit", "set", "export", "unset", "read", "eval"),
        *(
            "source",
            ".",
            ":",
            "trap",
            "wait",
            "shift",
            "return",
            "local",
            "declare",
            "umask",
            "ulimit",
            "type",
            "command",
        ),
        *("exec", "alias", "unalias", "pwd", "kill", "jobs", "bg", "fg", "let", "times", "getopts", "hash", "builtin"),
    }
)


class Looks(NamedTuple):
    """How to look into commands; other rooms know that.

    Attributes:
        programs: the programs that a script names, with the line of the script (from 1).
        destroys: what of it destroys something, a sentence each, with the line.
        unreadable: what a shell cannot parse, with the line.
        known: known failures in it, with the line.
    """

    programs: Callable[[str], list[tuple[str, int]]]
    destroys: Callable[[str], list[tuple[str, int]]]
    unreadable: Callable[[str, str], list[tuple[str, int]]]
    known: Callable[[str], list[tuple[str, int]]]


def check_guide(guide: Guide, looks: Looks) -> list[Problem]:
    """Everything that is wrong, in the order of the file."""
    found = [*guide.problems, *_placeholders(guide), *_programs(guide, looks), *_links(guide)]
    if not guide.steps:
        found.append(
            Problem(0, "no-steps", "error", "there is nothing to play", "mark a block below a ## heading: ```sh run")
        )
    for step in guide.steps:
        found += _step(step, looks)
    return sorted(found, key=lambda problem: problem.line)


def names_in(act: Act) -> list[str]:
    """The placeholders that an act uses, its conditions and its folder included."""
    texts = (act.text, act.only_if, act.unless, act.folder, *act.expected)
    return list(dict.fromkeys(name for text in texts for name in PLACEHOLDER.findall(text)))


def _placeholders(guide: Guide) -> Iterator[Problem]:
    used: dict[str, int] = {}
    for act in guide.acts():
        for name in names_in(act):
            used.setdefault(name, act.line)
    for name in PLACEHOLDER.findall(guide.folder):
        used.setdefault(name, 1)
    for name, line in used.items():
        if name not in guide.placeholders:
            yield Problem(
                line,
                "placeholder",
                "error",
                f"{{{{{name}}}}} is not declared",
                f"in the front matter: placeholders: {{{name}: …}}",
            )
    for name, placeholder in guide.placeholders.items():
        if name not in used:
            yield Problem(placeholder.line, "unused-placeholder", "warning", f"{name} is declared and used nowhere")


def _programs(guide: Guide, looks: Looks) -> Iterator[Problem]:
    told: set[str] = set()
    for name in guide.needs:
        if shutil.which(name) is None:
            told.add(name)
            yield Problem(1, "program", "error", f"{name} is needed and not here", "install it, or play this elsewhere")
    for act in guide.acts():
        if act.by_hand:
            continue
        for name, offset in looks.programs(act.text):
            if name in told or name in _SHELL_WORDS or PLACEHOLDER.search(name) or "$" in name:
                continue
            if (os.path.exists(name) if "/" in name else shutil.which(name)) or "/" in name:
                continue
            told.add(name)
            yield Problem(
                act.line + offset, "program", "error", f"{name} is not here", "install it, or play this elsewhere"
            )


def _step(step: Step, looks: Looks) -> Iterator[Problem]:
    commands = [act for act in step.acts if not act.by_hand]
    runs = [act for act in commands if act.kind == "run"]
    if runs and not any(act.kind == "verify" or act.expected for act in commands):
        yield Problem(
            step.line,
            "no-verification",
            "warning",
            f"nothing says whether “{step.title}” has worked",
            "add a block ```sh verify, or what it must print: ```text expect",
        )
    for act in (*step.acts, *step.rollback):
        if act.by_hand:
            continue
        for message, offset in looks.unreadable(act.text, act.shell):
            yield Problem(act.line + offset, "shell", "error", message)
        for message, offset in looks.known(act.text):
            yield Problem(act.line + offset, "known-failure", "warning", message)
    for act in runs:
        for message, offset in looks.destroys(act.text):
            if not step.rollback:
                yield Problem(
                    act.line + offset,
                    "no-rollback",
                    "warning",
                    f"{message}, and nothing takes it back",
                    "add a block ```sh rollback to the step",
                )


def _links(guide: Guide) -> Iterator[Problem]:
    here = os.path.dirname(os.path.abspath(guide.path))
    for target, line in guide.links:
        path, _, anchor = target.partition("#")
        if target.startswith(_WEB) or "://" in target:
            continue
        if not path:
            if anchor and anchor not in guide.anchors:
                yield Problem(line, "link", "warning", f"there is no heading #{anchor} here")
        elif not os.path.exists(os.path.join(here, path)):
            yield Problem(line, "link", "warning", f"{path} is not there")
