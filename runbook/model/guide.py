"""A runbook: a Markdown document whose marked blocks can be played. docs/guides.md describes the marks.

(A *guide* in the code, because the program itself is called runbook.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["run", "verify", "rollback", "manual", "sign-off"]

DEFAULT_LIMIT = 600.0
"""Seconds a command may take where its block says nothing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a runbook.

    Attributes:
        line: 1-based; 0: of the whole file.
        code: such as ``no-verification``.
        severity: ``error`` keeps it from being played, ``warning`` does not.
        message: what is wrong.
        hint: what to do.
    """

    line: int
    code: str
    severity: Literal["error", "warning"]
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that is asked once and put where ``{{NAME}}`` stands.

    Attributes:
        name: in capitals.
        ask: the question.
        default: what it is where nobody says otherwise; None: it must be given.
        pattern: what it must look like as a whole, in RE2's syntax; empty for anything.
        line: where it is declared.
    """

    name: str
    ask: str = ""
    default: str | None = None
    pattern: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """One marked block, or one box to tick by hand.

    Attributes:
        kind: what is done with it.
        text: the commands, or the words of the box.
        line: where it begins.
        shell: ``sh`` or ``bash``.
        limit: seconds it may take.
        status: the exit status it must have.
        expected: lines its output must hold, in this order; ``/…/`` is a pattern in RE2's syntax.
        only_if: a command; where it fails, this is skipped.
        unless: a command; where it succeeds, this is skipped.
        tries: how often it is tried before it counts as failed.
        pause: seconds between two tries.
        folder: where it runs.
    """

    kind: Kind
    text: str
    line: int
    shell: str = "sh"
    limit: float = DEFAULT_LIMIT
    status: int = 0
    expected: tuple[str, ...] = ()
    only_if: str = ""
    unless: str = ""
    tries: int = 1
    pause: float = 2.0
    folder: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether a person has to do it."""
        return self.kind in {"manual", "sign-off"}


@dataclass(frozen=True, slots=True)
class Step:
    """One section of the second level that holds something to do.

    Attributes:
        title: its heading.
        why: the prose before the first thing to do.
        line: of the heading.
        acts: in order, the rollback left out.
        rollback: what takes this step back.
    """

    title: str
    why: str
    line: int
    acts: tuple[Act, ...]
    rollback: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """A whole runbook.

    Attributes:
        path: as it was named.
        title: from the front matter, else the first heading.
        summary: from the front matter, else the prose below the title.
        needs: programs that must be there.
        placeholders: by name.
        folder: where commands run; empty: where it is played.
        steps: in order.
        links: (target, line) of every link.
        anchors: what ``#…`` links within the file can name.
        digest: SHA-256 of the file.
        problems: what could not be read.
    """

    path: str
    title: str
    summary: str
    needs: tuple[str, ...]
    placeholders: dict[str, Placeholder]
    folder: str
    steps: tuple[Step, ...]
    links: tuple[tuple[str, int], ...]
    anchors: frozenset[str]
    digest: str
    problems: tuple[Problem, ...] = field(default=())

    def acts(self) -> list[Act]:
        """Everything marked, rollbacks included, in the order of the file."""
        found = [act for step in self.steps for act in (*step.acts, *step.rollback)]
        return sorted(found, key=lambda act: act.line)
