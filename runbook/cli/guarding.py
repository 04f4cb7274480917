"""The guard at the terminal: what a command would take away, and the question."""

from __future__ import annotations

import contextlib
import sys

from runbook.cli.output import note, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook.flow.guard import Gate, Standing
    from runbook.operate.guard import Verdict

UNTIL_STARTED = ", until somebody starts it again"
_MOST = 5
_LABEL = 10


def gate(
    *,
    reviewer: str,
    ticket: str,
    may_ask: bool,
    aliases: Mapping[str, str] | None = None,
    functions: Mapping[str, str] | None = None,
    in_front: bool = False,
) -> Gate:
    """The guard as ``run`` has it, and a shell that asks for each of its lines.

    Args:
        reviewer: who has read the command.
        ticket: where that is written down.
        may_ask: whether a person may be asked, if one is there.
        aliases: what the shell that would run it calls by other names.
        functions: bodies of the functions that it has.
        in_front: take the terminal for the question, because a shell asks us between the parts of a pipeline.
    """
    from runbook.flow.guard import Gate

    person = may_ask and sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    return Gate(
        tell=note,
        show=_show,
        ask=(_ask_in_front if in_front else _ask) if person else None,
        reviewer=reviewer,
        ticket=ticket,
        aliases=aliases,
        functions=functions,
    )


def _show(verdict: Verdict, standing: Standing, seen: list[str]) -> None:
    from runbook.cli.output import colour_on
    from runbook.cli.run import columns_of_terminal

    lines = format_verdict(verdict, standing, seen, columns=columns_of_terminal())
    if colour_on(sys.stderr):
        lines[0] = f"\x1b[1;31m{lines[0]}\x1b[0m"
    print("\n".join(lines), file=sys.stderr, flush=True)


def format_verdict(verdict: Verdict, standing: Standing, seen: list[str], *, columns: int) -> list[str]:
    """The lines to read before a destructive command runs; secrets taken out."""
    from runbook.flow.redact import clean_text
    from runbook.model.cells import wrap

    columns = min(columns, 100)
    marks = [mark for mark in verdict.production if mark]
    what = "takes away what cannot simply be had back"
    if all(danger.destroys.endswith(UNTIL_STARTED) for danger in verdict.dangers):
        what = "stops what is running"
    head = f"── {'PRODUCTION: ' if marks else ''}{what} "
    lines = [head + "─" * max(columns - len(head), 0)]

    def add(text: str, label: str = "", *, table: bool = False) -> None:
        clean = safe(clean_text(text) if table else " ".join(clean_text(text).split()))
        lines.extend(
            wrap(
                clean,
                columns,
                first=label.ljust(_LABEL) if label else "    " if table else "  ",
                following=" " * (_LABEL if label else 6 if table else 4),
            )
        )

    for danger, mark in list(zip(verdict.dangers, verdict.production, strict=True))[:_MOST]:
        where = f"   on {danger.host}" if danger.host else ""
        where += f"   in {danger.script}" if danger.script else ""
        add(f"{danger.command}{where}{f'   [production: {mark}]' if mark else ''}")
        add(f"  → {danger.destroys}")
    if len(verdict.dangers) > _MOST:
        add(f"and {len(verdict.dangers) - _MOST} more")
    for line in seen:
        add(line, table=True)
    if standing.document:
        add(f"backup on record: {standing.backup or 'none'}")
        add(f"rollback plan on record: {standing.plan or 'none'}")
        if standing.review:
            add(f"review on record: {standing.review}")
    else:
        add("nothing is open: no backup and no rollback plan are on record")
    add(verdict.safer, "Safer")
    if not standing.backup and (kept := _worth_keeping(verdict)):
        add(f"runbook backup {kept}", "Before")
    return lines


def _worth_keeping(verdict: Verdict) -> str:
    """The files and folders here that a backup would keep, as words for a shell."""
    import os
    import shlex

    from runbook.cli.main import VERBS

    if "backup" not in VERBS:
        return ""
    given = [path for danger in verdict.dangers if not danger.host for path in danger.paths]
    for danger in verdict.dangers:
        for path in danger.inspect.get("files", ()):
            names = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
            given += [os.path.join(path, name) for name in names] if os.path.isdir(path) else [path]
    there = dict.fromkeys(os.path.relpath(path) for path in given if os.path.exists(path) and path != "/dev/null")
    return shlex.join(list(there)[:4])


def _ask_in_front(word: str) -> str | None:
    """As :func:`_ask` for somebody who is in the background: what is in front gets the terminal back afterwards."""
    import os
    import signal

    terminal = sys.stdin.fileno()
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        front = os.tcgetpgrp(terminal)
        if front == os.getpgrp():
            return _ask(word)
        os.tcsetpgrp(terminal, os.getpgrp())
        try:
            return _ask(word)
        finally:
            with contextlib.suppress(OSError):  # whoever was in front may be gone
                os.tcsetpgrp(terminal, front)
    finally:
        signal.signal(signal.SIGTTOU, before)


def _ask(word: str) -> str | None:
    """One line from the terminal; what was typed before the question does not count. None: Ctrl-D.

    A shell that is editing a line has the terminal in a mode of its own; it gets that back.
    """
    import termios

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    during = termios.tcgetattr(terminal)
    during[0] |= termios.ICRNL
    during[1] |= termios.OPOST | termios.ONLCR
    during[3] |= termios.ICANON | termios.ECHO | termios.ISIG
    termios.tcsetattr(terminal, termios.TCSAFLUSH, during)
    try:
        print(safe(f"Type {word} to go on, or Enter to stop: "), end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    if not line:
        print(file=sys.stderr)
        return None
    return line
