"""``runbook guard``: what the guard would say of a command, without running it; for hooks, other tools and agents."""

from __future__ import annotations

import json
import sys

from runbook.cli.output import note, paint, parser, safe
from runbook.cli.run import split
from runbook.errors import EXIT_FINDINGS, EXIT_OK, BadInputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator
    from typing import Any

    from runbook.operate.guard import Verdict


_WITH_VALUE = ("--repo", "--format", "-c", "--id", "--alias", "--function", "--reviewed-by", "--ticket")


def run(argv: list[str]) -> int:
    """Say of each command whether it destroys; exit with 1 if one does."""
    ours, command = split(argv, _WITH_VALUE)
    arguments = parser(
        "guard",
        "What the guard of `runbook run` would say of a command. Nothing is run.\n"
        "Looked through: sudo, env, ssh, bash -c, lists, pipes to a shell, here-documents, scripts on disk.",
        epilog="examples:\n  runbook guard -- docker compose down\n"
        "  runbook guard --format json - <deploy.sh\n\n"
        "Exit status: 0 nothing destructive, 1 something is, 2 wrong use; with --ask: 0 it may run, 125 it may not.",
    )
    arguments.usage = "runbook guard [--repo PATH] [--format text|json] (-- CMD… | -c LINE | -)"
    arguments.add_argument("--repo", metavar="PATH", help="the repository whose settings count")
    arguments.add_argument("--format", choices=("text", "json"), default="text", help="json: one object a line")
    arguments.add_argument("-c", metavar="LINE", dest="line", help="LINE as it would be typed in a shell")
    arguments.add_argument("--ask", action="store_true", help="ask and record as `runbook run` does; 125: not allowed")
    arguments.add_argument("--quiet", action="store_true", help="print nothing: the exit status is the answer")
    arguments.add_argument("--id", metavar="ID", help="with --ask: whose timeline (default: the current one)")
    arguments.add_argument("--reviewed-by", metavar="NAME", default="", help="with --ask: who has read the command")
    arguments.add_argument("--ticket", metavar="TICKET", default="", help="with --ask: where that is written down")
    arguments.add_argument("--no-input", action="store_true", help="with --ask: refuse what needs a confirmation")
    arguments.add_argument("--alias", metavar="NAME=TEXT", action="append", default=[], help="an alias of your shell")
    arguments.add_argument("--function", metavar="NAME=BODY", action="append", default=[], help="a function of it")
    options = arguments.parse_args(ours)
    if options.line is None and not command:
        raise BadInputError("there is no command", hint="runbook guard -- CMD…, or - to read a script")

    defined = {"aliases": _pairs(options.alias), "functions": _pairs(options.function)}
    script = _script() if command == ["-"] and options.line is None else None
    lines = _lines(command) if options.line is None else iter([options.line])
    if options.ask or options.quiet:
        return _pass(options, lines if script is None else _parts(script), defined)
    from runbook.flow.guard import look_at, look_at_script, repository_here

    repository = repository_here(options.repo)
    judged: Iterable[tuple[int, Verdict, list[str]]]
    if script is None:
        judged = ((0, *look_at(line, repository, note, **defined)) for line in lines)
    else:
        judged = look_at_script(script, repository, note, **defined)
    destructive = False
    for number, verdict, signatures in judged:
        destructive |= bool(verdict.dangers)
        if options.format == "json":
            print(json.dumps(as_json(verdict, signatures, number), ensure_ascii=False), flush=True)
        else:
            _print(verdict, number)
    return EXIT_FINDINGS if destructive else EXIT_OK


def _pass(options: Namespace, texts: Iterator[str], defined: dict[str, dict[str, str]]) -> int:
    """``--ask`` and ``--quiet``: the exit status says it all."""
    if options.ask:
        return _let_through(options, list(texts), defined)
    from runbook.flow.guard import destroys, repository_here

    repository = repository_here(options.repo)
    found = [destroys(text, repository, **defined) for text in texts]
    return EXIT_FINDINGS if any(found) else EXIT_OK


def _script() -> str | None:
    """What a pipe or a file gives on standard input; None at a terminal, where each line is answered as it comes."""
    if sys.stdin is None:
        raise BadInputError("standard input is closed")
    if sys.stdin.isatty():
        return None
    return sys.stdin.buffer.read().decode("utf-8", "backslashreplace").replace("\r\n", "\n").rstrip("\n")


def _parts(script: str) -> Iterator[str]:
    from runbook.flow.guard import parts_of

    yield from (part for _number, part in parts_of(script) if part.strip())


def _pairs(given: list[str]) -> dict[str, str]:
    """``NAME=TEXT`` each."""
    if wrong := next((text for text in given if "=" not in text), None):
        raise BadInputError(f"{wrong!r} is not NAME=TEXT")
    return {name: text for name, _equals, text in (each.partition("=") for each in given)}


def _let_through(options: Namespace, lines: list[str], defined: dict[str, dict[str, str]]) -> int:
    """Ask for each line as ``run`` would; return if all may run.

    Raises:
        RefusedError: one may not run.
        InterruptedByUserError: Ctrl-C at the question.
    """
    from runbook.cli.guarding import gate
    from runbook.errors import RunbookError
    from runbook.flow.desk import open_document

    try:
        desk = open_document(options.id, options.repo)
    except (RunbookError, OSError):
        desk = None  # nothing is open, or it cannot be written: the question matters all the same
    asks = not options.no_input
    guard = gate(reviewer=options.reviewed_by, ticket=options.ticket, may_ask=asks, in_front=True, **defined)
    for line in lines:
        guard.pass_through(line, desk, repo=options.repo)
    return EXIT_OK


def _lines(command: list[str]) -> Iterator[str]:
    if command != ["-"]:
        import shlex

        yield command[0] if len(command) == 1 and " " in command[0] else shlex.join(command)
        return
    note("one command a line, end with Ctrl-D")
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "backslashreplace").strip("\r\n")
        if line.strip():
            yield line


def as_json(verdict: Verdict, signatures: list[str], number: int = 0) -> dict[str, Any]:
    """The shape of ``--format json`` (docs/schema/guard.json); secrets taken out.

    Args:
        verdict: what the guard says.
        signatures: what the catalog calls it.
        number: the line of the script on which it stands; 0: it is no line of a script.
    """
    from runbook.flow.redact import clean_text

    return {
        **({"line": number} if number else {}),
        "command": clean_text(verdict.line),
        "destructive": bool(verdict.dangers),
        "destroys": verdict.destroys,
        "safer": verdict.safer,
        "signatures": signatures,
        "confirm": verdict.word,
        "parts": [
            {
                "command": clean_text(danger.command),
                "destroys": danger.destroys,
                "safer": danger.safer,
                "host": danger.host,
                "script": danger.script,
                "production": mark,
            }
            for danger, mark in zip(verdict.dangers, verdict.production, strict=True)
        ],
    }


def _print(verdict: Verdict, number: int = 0) -> None:
    from runbook.flow.redact import clean_text

    line = safe(" ".join(clean_text(verdict.line).split()))
    if number:
        line = f"{number}: {line}"
    if not verdict.dangers:
        print(f"{paint('ok', 'green')}           {line}")
        return
    print(f"{paint('destructive', 'red')}  {line}")
    for danger, mark in zip(verdict.dangers, verdict.production, strict=True):
        where = "".join(
            (
                f" on {danger.host}" if danger.host else "",
                f" in {danger.script}" if danger.script else "",
                f" (production: {mark})" if mark else "",
            )
        )
        print(f"             takes away {safe(danger.destroys)}{safe(where)}")
        print(f"             safer: {safe(danger.safer)}")
