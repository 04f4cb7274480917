"""The command line's front door: finds the verb, loads only its module, turns errors into messages and statuses.

Nothing heavy is imported here: ``runbook --version`` and ``runbook log`` are called while somebody is in a hurry.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys

from runbook import __version__
from runbook.errors import EXIT_BUG, EXIT_INTERRUPTED, EXIT_USAGE, RunbookError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

VERBS: dict[str, tuple[str, str]] = {
    # verb: (group, what it does). The module is runbook.cli.<verb>, with `-` as `_`.
    "start": ("record", "declare an incident or a deployment; prints its id"),
    "log": ("record", "add to the timeline (text, or - to read a pipe)"),
    "run": ("record", "run a command as it is and record it: runbook run -- CMD…"),
    "import": ("record", "history, chat, alerts, logs, recordings, git: add what others recorded"),
    "shell": ("record", "your own shell, recorded: commands, output, and a recording to replay"),
    "hook": ("record", 'the recorder for your own shell: eval "$(runbook hook bash)"'),
    "guard": ("record", "what a command would destroy, without running it: runbook guard -- CMD…"),
    "attach": ("record", "add a file or a pipe as evidence"),
    "undo": ("record", "take the last entry back"),
    "mark": ("record", "set a milestone: detected, acknowledged, mitigated, resolved"),
    "set": ("record", "change a field: severity, title, lead, status, …"),
    "amend": ("record", "correct an earlier entry: its time, text, kind"),
    "init": ("report", "make a repository ready: settings, CI, folders, templates"),
    "completion": ("know", "what the Tab key knows, for bash, zsh and fish"),
    "demo": ("know", "replay a real incident, from start to commit, in a scratch folder"),
    "redact": ("know", "take secrets out of a file or a pipe"),
    "scrub": ("know", "take out a secret that slipped through"),
    "use": ("record", "make another incident or deployment the current one"),
    "status": ("record", "what is going on, at a glance"),
    "push": ("record", "share it with the team through git, and hear what others recorded"),
    "join": ("record", "take part in an incident that somebody shares"),
    "offset": ("record", "machines whose clocks differ"),
    "handoff": ("record", "what the next person needs to know"),
    "update": ("record", "three lines for the chat"),
    "guide": ("operate", "runbooks: procedures that are checked, played and recorded"),
    "rules": ("operate", "the ten rules, and which of them the open document keeps"),
    "checklist": ("operate", "what must be done, and who has ticked what"),
    "verify": ("operate", "does it work? the checks that runbook.toml declares"),
    "audit": ("operate", "where a Compose project's environment comes from"),
    "backup": ("operate", "keep files as they are before something is changed"),
    "rollback": ("operate", "put a backup back, verify, undo that when it fails"),
    "resolve": ("report", "mark resolved and go on to the report"),
    "new": ("report", "write a report: incident or deployment, by interview or --from FILE"),
    "resume": ("report", "back to the interview where it stopped, and on to the report"),
    "list": ("report", "what is running and what is filed"),
    "show": ("report", "one incident or deployment"),
    "diff": ("report", "what changed between two versions of a report"),
    "render": ("report", "write report.md again from the record"),
    "lint": ("report", "what is missing, wrong or vague in filed reports"),
    "publish": ("report", "send a report to review: branch, push, pull or merge request"),
    "close": ("report", "the review is over"),
    "renumber": ("report", "another id for a document whose id somebody else took first"),
    "export": ("report", "a report as HTML, PDF, Markdown, JSON, or a summary for outsiders"),
    "sync": ("report", "bring what was edited in report.md back into the record"),
    "scan": ("know", "known failures in files, folders or a pipe"),
    "explain": ("know", "what a known failure is, how to fix it, how to prevent it"),
    "signatures": ("know", "the catalog: list, show, test"),
}
"""Every verb that works. Adding one is a line here and a module ``runbook/cli/<verb>.py`` with ``run(argv) -> int``."""

GROUPS = {
    "record": "While it happens",
    "operate": "Before and after a change",
    "report": "When it is over",
    "know": "What is known",
}

_FOOT = """\
The repository of reports: --repo, else RUNBOOK_REPO, else the git repository here with a runbook.toml, else
`repository` in ~/.config/runbook/config.toml, else the git repository here. Without one everything is recorded all
the same.
Exit status: 0 fine, 1 findings, 2 wrong use or bad input, 3 a bug of ours, 130 interrupted."""


def entry() -> NoReturn:
    """What the ``runbook`` command starts: :func:`main`, and out.

    Python would take every module apart before it ends: 3 ms at each prompt and 40 for a report that nobody has any
    use of. Where threads are running, it may, because it waits for them as well.
    """
    status = main()
    threads = sys.modules.get("threading")
    if threads is not None and threads.active_count() > 1:
        sys.exit(status)
    atexit._run_exitfuncs()  # noqa: SLF001  what sys.exit() calls; there is no public name for it
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            sys.exit(status)  # Python tells of it as it does everywhere
    os._exit(status)


def main(argv: list[str] | None = None) -> int:
    """Run one verb and return the exit status (0 fine, 1 findings, 2 wrong use, 3 a bug of ours, 130 interrupted)."""
    arguments = sys.argv[1:] if argv is None else argv
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding.lower() not in {"utf-8", "utf8"}:
        sys.stdout.reconfigure(errors="replace")  # a question mark for a sign the terminal lacks, not our bug report
    if argv is None:
        gc.set_threshold(50_000)  # what a short run makes lives to its end; looking for garbage in it takes 2 ms
    try:
        status = _dispatch(arguments)
        if sys.stdout is not None:  # closed by who started us (`runbook … >&-`)
            sys.stdout.flush()
    except RunbookError as error:
        return _explain(error)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`runbook list | head`); that is no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _full(error) if _is_output_full() else _bug(arguments)
    except Exception:  # noqa: BLE001  the last resort: a bug becomes a log that can go into an issue
        return _bug(arguments)
    return status


def _dispatch(arguments: list[str]) -> int:
    try:
        return _run_verb(arguments)
    finally:
        if "runbook.flow.intake" in sys.modules:  # commands of shells with our hook were taken in on the way
            from runbook.cli.output import say_what_was_heard

            if sys.stdout is not None:
                sys.stdout.flush()
            say_what_was_heard()


def _run_verb(arguments: list[str]) -> int:
    if not arguments:
        from runbook.cli.status import overview

        return overview()
    verb, rest = arguments[0], arguments[1:]
    if verb in {"--version", "-V", "version"}:
        print(f"runbook {__version__}")
        return 0
    if verb in {"--help", "-h", "help"}:
        if rest and rest[0] in VERBS:
            return _load(rest[0])(["--help"])
        print(usage())
        return 0
    if verb not in VERBS:
        return _unknown(verb)
    return _load(verb)(rest)


def _load(verb: str) -> Callable[[list[str]], int]:
    name = f"runbook.cli.{verb.replace('-', '_')}"
    __import__(name)  # importlib would be half a millisecond more
    run: Callable[[list[str]], int] = sys.modules[name].run
    return run


def usage() -> str:
    """The page that ``runbook --help`` prints."""
    from runbook.cli.helptext import fit_entry, fit_help
    from runbook.cli.output import width

    columns = min(width(), 100) - 1
    lines = ["usage: runbook VERB …        runbook VERB --help says more", ""]
    for group, title in GROUPS.items():
        lines.append(title)
        lines += [fit_entry(verb, text, columns) for verb, (where, text) in VERBS.items() if where == group]
        lines.append("")
    return "\n".join(lines) + "\n" + fit_help(_FOOT, columns)


def _unknown(verb: str) -> int:
    import difflib

    near = difflib.get_close_matches(verb, VERBS, n=1)
    print(f"runbook: there is no verb {verb!r}", file=sys.stderr)
    print(f"  did you mean `runbook {near[0]}`?" if near else "  `runbook --help` lists them", file=sys.stderr)
    return EXIT_USAGE


def _explain(error: RunbookError) -> int:
    from runbook.cli.output import safe
    from runbook.flow.trouble import clean_message

    if error.message or error.file:
        print(f"runbook: {safe(clean_message(str(error)))}", file=sys.stderr)
    if error.hint:
        print("\n".join(f"  {safe(line)}" for line in clean_message(error.hint).splitlines()), file=sys.stderr)
    return error.exit_code


def _is_output_full() -> bool:
    """Whether it was standard output that could not be written: what it kept back cannot be written now either."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _full(error: OSError) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python says it again at the end
    print(f"runbook: the output is not complete: {(error.strerror or '').lower()}", file=sys.stderr)
    return EXIT_USAGE


def _bug(arguments: list[str]) -> int:
    """Say that it is our fault, and where the report for an issue lies."""
    from runbook.flow.trouble import write_bug_report

    path, report = write_bug_report(arguments)
    print("runbook: this is a bug in runbook, not in what you did. What was recorded is safe.", file=sys.stderr)
    print(f"  please paste {path} into an issue" if path else report, file=sys.stderr)
    return EXIT_BUG
