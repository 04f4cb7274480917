"""``runbook scan``: known failures in files, folders or a pipe. Small input is on the hot path."""

from __future__ import annotations

import sys

from runbook.cli.output import SEVERITY_COLOUR, add_format, emit_json, paint, parser, safe, width
from runbook.errors import EXIT_FINDINGS, EXIT_INTERRUPTED, EXIT_OK, BadInputError
from runbook.flow.scan import KINDS, Selection, scan
from runbook.model.match import FINDING_SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.scan import Scan
    from runbook.model.match import Match

_INDENT = "    "
_EPILOG = """examples:
  runbook scan deploy.log            docker compose up 2>&1 | runbook scan -
  runbook scan .                     runbook scan --kind command - <<< 'docker compose down'
  runbook scan . --format sarif > findings.sarif

Exit status: 0 nothing found, 1 findings of at least --fail-on, 2 wrong use."""


def run(argv: list[str]) -> int:
    """Scan and print; exit with 1 if something of at least ``--fail-on`` was found."""
    arguments = parser("scan", "Match output, configuration and commands against the known failures.", epilog=_EPILOG)
    arguments.add_argument("path", metavar="PATH", nargs="*", help="file or folder; - reads standard input")
    arguments.add_argument("--kind", choices=KINDS, help="as what to look at it (default: by its name, else output)")
    arguments.add_argument(
        "--fail-on",
        metavar="SEVERITY",
        choices=(*FINDING_SEVERITIES, "never"),
        default="low",
        help="exit with 1 from this severity on: critical, high, medium, low, info; or never (default: low)",
    )
    arguments.add_argument("--only", metavar="WORD", action="append", default=[], help="area, signature or severity")
    arguments.add_argument(
        "--except", metavar="WORD", action="append", default=[], dest="without", help="leave these out"
    )
    arguments.add_argument("--repo", metavar="PATH", help="the repository whose own signatures count")
    add_format(arguments, "sarif", "github")
    options = arguments.parse_args(argv)
    paths = options.path or _default_paths()
    if "-" in paths and sys.stdin.isatty():
        print("paste text, end with Ctrl-D on a line of its own", file=sys.stderr)
    printer = _TextPrinter(everything=bool(options.only)) if options.format == "text" else None
    result = scan(
        paths,
        kind=options.kind,
        repo=options.repo,
        selection=Selection(options.only, options.without),
        tell=printer.finding if printer else None,
    )
    if printer is not None:
        printer.end(result)
    elif options.format == "json":
        emit_json(as_json(result))
    else:
        from runbook.cli import scan_formats

        scan_formats.FORMATS[options.format](result)
    if result.interrupted:
        return EXIT_INTERRUPTED
    return _status(result, options.fail_on)


def _default_paths() -> list[str]:
    if sys.stdin.isatty():
        raise BadInputError("say what to scan", hint="runbook scan PATH…, or COMMAND 2>&1 | runbook scan -")
    return ["-"]


def _status(result: Scan, fail_on: str) -> int:
    worst = result.worst()
    if worst is None or fail_on == "never":
        return EXIT_OK
    return EXIT_FINDINGS if FINDING_SEVERITIES.index(worst) <= FINDING_SEVERITIES.index(fail_on) else EXIT_OK


def as_json(result: Scan) -> dict[str, object]:
    """The shape of ``--format json`` (docs/schema/scan.json)."""
    return {
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


class _TextPrinter:
    """Prints each finding when it is met, and what it all came to at the end.

    Advice about whole files, of which a healthy one gets plenty, is kept for a short list at the end.
    """

    def __init__(self, *, everything: bool = False) -> None:
        self._columns = min(width(), 100)
        self._all = everything
        self._advice: list[Match] = []

    def finding(self, match: Match) -> None:
        if match.kind != "output" and not self._all:
            from runbook.cli.scan_advice import is_advice

            if is_advice(match):
                self._advice.append(match)
                return
        colour = SEVERITY_COLOUR[match.severity]
        place = f"{match.source}:{match.line}:{match.column}"
        print(f"{safe(place)}  {paint(match.severity, colour)}  {paint(match.signature, 'bold')}")
        line, marks = underline(safe(match.excerpt.replace("\t", " ")), match.span, self._columns - len(_INDENT))
        print(f"{_INDENT}{line}")
        if marks:
            print(f"{_INDENT}{paint(marks, colour)}")
        self._field("", match.title)
        if len(match.lines) > 1:
            self._field("Also", _also(match))
        if match.fix:
            self._field("Fix", first_paragraph(match.fix))
        if match.verify:
            print(f"{_INDENT}{'Check':<7}{safe(match.verify[0])}")  # a command: copied, so never wrapped
        more = match.link if match.reported_by else f"runbook explain {match.signature}"
        if more:
            self._field("More", more)
        print(flush=True)

    def _field(self, label: str, text: str) -> None:
        import textwrap

        head = f"{_INDENT}{label:<7}" if label else _INDENT
        text = safe(" ".join(text.split()))
        print(
            textwrap.fill(
                text,
                self._columns,
                initial_indent=head,
                subsequent_indent=" " * len(head),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )

    def end(self, result: Scan) -> None:
        if self._advice:
            from runbook.cli.scan_advice import print_advice

            print_advice(self._advice, self._columns)
        read = f"{_count(result.files, 'file')}, {_count(result.lines, 'line')}"
        advice = len({match.signature for match in self._advice})
        if len(result.matches) > len(self._advice):
            names: dict[str, int] = {}
            for match in result.matches:
                if match not in self._advice:
                    names[match.signature] = names.get(match.signature, 0) + match.count
            listed = ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in names.items())
            more = f", {_count(advice, 'advice')} besides" if advice else ""
            self._summary(f"{_count(len(names), 'known failure')} in {read}{more}: {listed}")
        elif advice:
            self._summary(
                f"no known failure in {read}, {_count(advice, 'advice')} (`--only low,info` shows each in full)"
            )
        else:
            self._summary(f"nothing known in {read} ({result.signatures} signatures)")
        if result.skipped:
            reasons: dict[str, int] = {}
            for _path, reason in result.skipped:
                reasons[reason] = reasons.get(reason, 0) + 1
            for reason, count in reasons.items():
                self._summary(f"skipped {_count(count, 'file')}: {reason}")
        for detector, reason in result.missing.items():
            waiting = sum(name == detector for _signature, name in result.unchecked)
            more = f", {_count(waiting, 'signature')} not checked" if waiting else ""
            name = detector.replace("_", "-")
            self._summary(f"{name} did not look: {reason}{more}; get it with: pip install 'incident-runbook[linters]'")

    def _summary(self, text: str) -> None:
        if len(text) <= self._columns:
            print(safe(text))
            return
        import textwrap

        print(textwrap.fill(safe(text), self._columns, subsequent_indent="  ", break_on_hyphens=False))


def _also(match: Match) -> str:
    others = [str(line) for line in match.lines[1:9]]
    more = match.count - 1 - len(others)
    return f"line {', '.join(others)}" + (f" and {more} more" if more > 0 else "")


def _count(number: int, noun: str) -> str:
    if noun == "advice":
        return f"{number} piece{'' if number == 1 else 's'} of advice"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def first_paragraph(markdown: str) -> str:
    """The first paragraph of a fix: what to do, without the fenced text below it."""
    return markdown.strip().split("\n\n", 1)[0]


def underline(text: str, span: tuple[int, int], columns: int) -> tuple[str, str]:
    """At most ``columns`` of ``text`` around ``span``, and a line of ``~`` that stands below the match.

    Returns:
        The text, with ``…`` where it is cut, and the marks; no marks where the match itself was cut away.
    """
    start, end = span
    if len(text) > columns:
        left = max(0, min(start - max(0, columns - (end - start)) // 2, len(text) - columns))
        cut = text[left : left + columns]
        head = "…" if left else ""
        tail = "…" if left + columns < len(text) else ""
        text = head + cut[len(head) : len(cut) - len(tail)] + tail
        start, end = max(start - left, len(head)), min(end - left, columns - len(tail))
    return text, " " * start + "~" * (end - start) if end > start else ""
