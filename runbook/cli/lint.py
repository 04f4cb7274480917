"""``runbook lint``: what is missing or wrong in filed reports, before somebody else finds it."""

from __future__ import annotations

from itertools import zip_longest

from runbook.cli.output import add_format, emit_json, paint, parser, safe, safe_name, width
from runbook.errors import EXIT_FINDINGS, EXIT_OK, BadInputError, NotFoundError
from runbook.model.cells import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from runbook.flow.lint import Linted
    from runbook.review.problem import Problem

LEVELS = ("error", "warning", "info")
_COLOUR = {"error": "red", "warning": "yellow", "info": "cyan"}
_EPILOG = """\
Severities and words are set in runbook.toml:      [lint.rules]
                                                   RB022 = "off"
A rule that does not hold in one place:            <!-- runbook:ignore RB022 why -->
Exit status: 1 from --fail-on on. See docs/lint.md.
"""


def run(argv: list[str]) -> int:
    """Look at reports; 1 if anything is at or above ``--fail-on``."""
    options = _arguments().parse_args(argv)
    if options.explain is not None:
        from runbook.cli.lint_explain import explain

        return explain(options.explain, as_json=options.format == "json")
    result = _look(options)
    if options.format == "json":
        emit_json(as_json(result))
    elif options.format == "text":
        _print(result)
    else:
        from runbook.cli import lint_formats

        lint_formats.FORMATS[options.format](result)
    worst = result.worst()
    if worst is None or options.fail_on == "never":
        return EXIT_OK
    return EXIT_FINDINGS if LEVELS.index(worst) <= LEVELS.index(options.fail_on) else EXIT_OK


def _arguments() -> argparse.ArgumentParser:
    arguments = parser(
        "lint",
        "What is missing, contradicts itself, names a culprit or leads nowhere in filed reports,\n"
        "and secrets in what is committed beside them: in what is named, or all of the repository.",
        epilog=_EPILOG,
    )
    add = arguments.add_argument
    add("target", metavar="ID|PATH", nargs="*", help="documents, files, folders (default: all)")
    add("--changed-since", metavar="REV", help="those that differ from where this branch left REV: origin/main, …")
    add(
        "--fail-on",
        metavar="SEVERITY",
        choices=(*LEVELS, "never"),
        default="error",
        help="exit with 1 from this severity on: error, warning, info; or never (default: error)",
    )
    add("--explain", metavar="RULE", nargs="?", const="", help="what a rule asks and why; without RULE, all in brief")
    add("--repo", metavar="PATH", help="the repository of reports")
    add_format(arguments, "sarif", "github", "gitlab")
    return arguments


def _look(options: argparse.Namespace) -> Linted:
    from runbook.cli.progress import progress_for
    from runbook.flow.desk import find_place
    from runbook.flow.lint import lint
    from runbook.flow.lint_targets import changed_since, targets

    if options.target and options.changed_since:
        raise BadInputError("takes no ID or PATH: it finds them itself", field="--changed-since")
    repository = find_place(options.repo).repository
    if repository is None:
        raise NotFoundError("there is no repository of reports here", hint="go into one, or name it with --repo")
    chosen = None
    if options.changed_since:
        chosen = changed_since(repository, options.changed_since)
    elif options.target:
        chosen = targets(repository, options.target)
    counted: list[int] = []
    line = progress_for(lambda: counted[0], lambda count: f"{count:,}")

    def progress(name: str, total: int) -> None:
        if line is not None:
            counted[:] = [total]
            line(name, 1)

    ids, files = (None, None) if chosen is None else (chosen.documents, chosen.files)
    try:
        return lint(repository, ids, files=files, progress=progress)
    finally:
        if line is not None:
            line.clear()


def as_json(result: Linted) -> dict[str, object]:
    """The shape of ``--format json`` (docs/schema/lint.json)."""
    return {
        "problems": [problem.to_json() for problem in result.problems],
        "documents": result.documents,
        "files": list(result.files),
        "partly": list(result.partly),
        "counts": {level: _count(result.problems, level) for level in LEVELS},
    }


def _count(problems: list[Problem], level: str) -> int:
    return sum(problem.severity == level for problem in problems)


def summary(problems: list[Problem]) -> str:
    """``2 errors, 1 warning, 3 info``."""
    from runbook.model.text import count_of

    counts = [count_of(number, level) for level in LEVELS[:2] if (number := _count(problems, level))]
    counts += [f"{number} info"] if (number := _count(problems, "info")) else []
    return ", ".join(counts) or "nothing to mend"


def in_a_line(problems: list[Problem]) -> str:
    """What is said under a report that was just written: the counts, and the problem that weighs most."""
    if not problems:
        return "lint: nothing to mend"
    first = min(problems, key=lambda problem: LEVELS.index(problem.severity))
    file = first.file.rpartition("/")[2]
    return f"lint: {summary(problems)}   {first.message} ({file}:{first.line})"


def _print(result: Linted) -> None:
    from runbook.model.text import count_of

    file = ""
    for problem, following in zip_longest(result.problems, result.problems[1:]):
        if problem.file != file:
            file = problem.file
            print(paint(safe_name(file), "bold"))
        same = following is not None and (following.file, following.hint) == (problem.file, problem.hint)
        _print_problem(problem, hint=not same)
    if result.problems:
        print()
    counts = ((result.documents, "document"), (result.files, "other file" if result.documents else "file"))
    looked = [count_of(len(names), what) for names, what in counts if names]
    nothing = f"no document in {safe_name(result.repository)}"
    print(f"{' and '.join(looked) or nothing}: {summary(result.problems)}")
    for name in result.partly:
        print(f"  {safe_name(name)} is large: only its beginning was looked at for secrets")
    if result.problems:
        print(f"  runbook lint --explain {result.problems[0].rule}    says more about a rule")


def _print_problem(problem: Problem, *, hint: bool) -> None:
    """``  141  warning  RB021  message``, and below it what to do: once for neighbours that ask for the same."""
    level = paint(f"{problem.severity:<7}", _COLOUR[problem.severity])
    indent = 23
    room = max(width() - indent, 24)
    lines = wrap(safe(problem.message), room) or [""]
    print(f"{problem.line:>5}  {level}  {problem.rule}  {lines[0]}")
    for line in lines[1:]:
        print(" " * indent + line)
    for line in wrap(safe(problem.hint), room) if hint else ():
        print(" " * indent + paint(line, "dim"))
