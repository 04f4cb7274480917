"""``runbook scan``: known failures in files, folders or a pipe. Small input is on the hot path."""

from __future__ import annotations

import sys

from runbook.cli.output import add_format, emit_json, note, parser
from runbook.errors import EXIT_FINDINGS, EXIT_INTERRUPTED, EXIT_OK, BadInputError
from runbook.flow.kinds import KINDS
from runbook.flow.scan import Selection, scan
from runbook.model.match import FINDING_SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from runbook.cli.progress import Progress
    from runbook.flow.baseline import Baseline
    from runbook.flow.scan import Scan

_EPILOG = """examples:
  runbook scan deploy.log            docker compose up 2>&1 | runbook scan -
  runbook scan .                     runbook scan --kind command - <<< 'docker compose down'
  runbook scan --since '10 min ago' --max-per-signature 5 app.log
  runbook scan . --baseline .runbook-known.json --write-baseline
  runbook scan . --format sarif > findings.sarif

Exit status: 0 nothing found, 1 findings of at least --fail-on, 2 wrong use."""


def run(argv: list[str]) -> int:
    """Scan and print; exit with 1 if something of at least ``--fail-on`` was found."""
    options = _arguments().parse_args(argv)
    paths = options.path or _default_paths()
    if options.max_per_signature < 1:
        raise BadInputError(f"{options.max_per_signature} is too few", field="--max-per-signature", hint="1 or more")
    selection = Selection(options.only, options.without)
    baseline = _baseline(options)
    if "-" in paths and sys.stdin.isatty():
        note("paste text, end with Ctrl-D on a line of its own")
    progress = _progress(paths)
    printer = None
    if options.format == "text" and not options.write_baseline:
        from runbook.cli.scan_text import TextPrinter

        printer = TextPrinter(everything=bool(options.only), occurrences=options.max_per_signature, progress=progress)
    try:
        result = scan(
            paths,
            kind=options.kind,
            repo=options.repo,
            selection=selection,
            tell=printer.finding if printer else None,
            keep=options.max_per_signature if options.max_per_signature > 1 else 0,
            since=_moment(options.since),
            baseline=baseline,
            progress=progress,
        )
    finally:
        if progress is not None:
            progress.clear()
    if options.write_baseline and baseline is not None:
        from runbook.cli.scan_baseline import write

        return EXIT_INTERRUPTED if result.interrupted else write(baseline, result, selection)
    if printer is not None:
        printer.end(result, baseline, failing=_status(result, options.fail_on) == EXIT_FINDINGS)
    elif options.format == "json":
        emit_json(as_json(result, baseline, selection))
    else:
        from runbook.cli import scan_formats

        scan_formats.FORMATS[options.format](result)
    if baseline is not None:
        from runbook.cli.scan_baseline import say_stale

        say_stale(baseline, result, selection)
    return EXIT_INTERRUPTED if result.interrupted else _status(result, options.fail_on)


def _arguments() -> argparse.ArgumentParser:
    arguments = parser("scan", "Match output, configuration and commands against the known failures.", epilog=_EPILOG)
    add = arguments.add_argument
    add("path", metavar="PATH", nargs="*", help="file or folder; - reads standard input")
    add("--kind", choices=KINDS, help="as what to look at it (default: by its name, else output)")
    add(
        "--fail-on",
        metavar="SEVERITY",
        choices=(*FINDING_SEVERITIES, "never"),
        default="low",
        help="exit with 1 from this severity on: critical, high, medium, low, info; or never (default: low)",
    )
    add("--only", metavar="WORD", action="append", default=[], help="area, signature or severity")
    add("--except", metavar="WORD", action="append", default=[], dest="without", help="leave these out")
    add("--since", metavar="TIME", help="log lines whose own time is older do not count: 14:32, '10 min ago', …")
    add("--max-per-signature", metavar="N", type=int, default=1, help="places to list of each finding (default: 1)")
    add("--baseline", metavar="FILE", help="known findings: only others are shown and count for the exit status")
    add("--write-baseline", action="store_true", help="write what is found now into the --baseline FILE")
    add("--repo", metavar="PATH", help="the repository whose own signatures count")
    add_format(arguments, "sarif", "github")
    return arguments


def _default_paths() -> list[str]:
    if sys.stdin.isatty():
        raise BadInputError("say what to scan", hint="runbook scan PATH…, or COMMAND 2>&1 | runbook scan -")
    return ["-"]


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    from runbook.flow.since import since_when

    return since_when(text)


def _baseline(options: argparse.Namespace) -> Baseline | None:
    if options.baseline is None:
        if options.write_baseline:
            raise BadInputError(
                "needs a file", field="--write-baseline", hint="runbook scan PATH --baseline FILE --write-baseline"
            )
        return None
    from runbook.flow import baseline

    return baseline.load(options.baseline, must_exist=not options.write_baseline)


def _progress(paths: list[str]) -> Progress | None:
    if paths == ["-"] or not sys.stderr.isatty():
        return None
    from runbook.cli.progress import progress_for
    from runbook.flow.scan import measure

    return progress_for(lambda: measure(paths))


def _status(result: Scan, fail_on: str) -> int:
    worst = result.worst()
    if worst is None or fail_on == "never":
        return EXIT_OK
    return EXIT_FINDINGS if FINDING_SEVERITIES.index(worst) <= FINDING_SEVERITIES.index(fail_on) else EXIT_OK


def as_json(result: Scan, baseline: Baseline | None = None, selection: Selection | None = None) -> dict[str, object]:
    """The shape of ``--format json`` (docs/schema/scan.json)."""
    shape: dict[str, object] = {
        "findings": [match.to_json() for match in result.matches],
        "scanned": {
            "files": result.files,
            "bytes": result.bytes,
            "lines": result.lines,
            "skipped": [{"path": path, "reason": reason} for path, reason in result.skipped],
        },
        "unchecked": [{"signature": signature, "detector": detector} for signature, detector in result.unchecked],
        "catalog": {"signatures": result.signatures, "digest": result.digest},
    }
    if baseline is not None:
        from runbook.cli.scan_baseline import stale

        shape["baseline"] = {
            "file": baseline.path,
            "known": baseline.known,
            "stale": stale(baseline, result, selection or Selection()),
        }
    return shape
