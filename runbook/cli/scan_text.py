"""Findings for people: the line, the match underlined, what to do; once in full, then only where else it is."""

from __future__ import annotations

from runbook.cli.output import SEVERITY_COLOUR, paint, safe, width
from runbook.cli.underline import underline
from runbook.model.cells import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.cli.progress import Progress
    from runbook.flow.baseline import Baseline
    from runbook.flow.scan import Scan
    from runbook.model.match import Match

_INDENT = "    "
_LABEL = 8
MAX_RELATED = 4
"""Ids that a finding names as related; `explain` names all."""


class TextPrinter:
    """Prints each finding when it is met, and what it all came to at the end.

    Advice about whole files, of which a healthy one gets plenty, is kept for a short list at the end. What was
    explained once is not explained again for the next file.

    Args:
        everything: print advice in full too.
        occurrences: how many places of each finding to list at the end; 1: only the first, where it is met.
        progress: a line on the terminal that has to go before something is printed.
    """

    def __init__(self, *, everything: bool = False, occurrences: int = 1, progress: Progress | None = None) -> None:
        self._columns = min(width(), 100)
        self._all = everything
        self._occurrences = occurrences
        self._progress = progress
        self._advice: list[Match] = []
        self._explained: set[tuple[str, str]] = set()

    def finding(self, match: Match) -> None:
        """One finding, in full where it is the first of its kind."""
        if match.kind != "output" and not self._all:
            from runbook.cli.scan_advice import is_advice

            if is_advice(match):
                self._advice.append(match)
                return
        if self._progress is not None:
            self._progress.clear()
        colour = SEVERITY_COLOUR[match.severity]
        place = f"{match.source}:{match.line}:{match.column}"
        print(f"{safe(place)}  {paint(match.severity, colour)}  {paint(match.signature, 'bold')}")
        self._line(match.excerpt, match.span, colour, _INDENT)
        if (match.signature, match.fix) in self._explained:
            self._field("", f"{match.title} (as above)")
        else:
            self._explained.add((match.signature, match.fix))
            self._explain(match)
        print(flush=True)

    def _line(self, text: str, span: tuple[int, int], colour: str, indent: str) -> None:
        """A line of the source, cut to the width around the match, and the marks below it."""
        line, marks = _around(text, span, self._columns - len(indent))
        print(f"{indent}{line}")
        if marks:
            print(f"{indent}{paint(marks, colour)}")

    def _explain(self, match: Match) -> None:
        self._field("", match.title)
        if len(match.lines) > 1:
            self._field("Also", _also(match))
        if match.fix:
            self._field("Fix", first_paragraph(match.fix))
        if match.verify:
            print(f"{_INDENT}{'Check':<{_LABEL}}{safe(match.verify[0])}")  # a command: copied, so never wrapped
        more = match.link if match.reported_by else f"runbook explain {match.signature}"
        if match.related:
            listed = ", ".join(match.related[:MAX_RELATED])
            self._field("Related", listed + (", …" if len(match.related) > MAX_RELATED else ""))
        if more:
            self._field("More", more)

    def _field(self, label: str, text: str) -> None:
        head = f"{_INDENT}{label:<{_LABEL}}" if label else _INDENT
        flat = safe(" ".join(text.split()))
        print(
            "\n".join(
                wrap(flat, self._columns, first=head, following=" " * len(head), whole_words=True, whole_code=True)
            )
        )

    def end(self, result: Scan, baseline: Baseline | None = None, *, failing: bool = False) -> None:
        """What it all came to.

        Args:
            result: of the scan.
            baseline: what it was compared with.
            failing: whether the exit status says that something was found, so that advice alone can explain it.
        """
        if self._progress is not None:
            self._progress.clear()
        if result.interrupted:
            print()  # the terminal has put ^C there
        if self._occurrences > 1:
            self._further(result.matches)
        if self._advice:
            from runbook.cli.scan_advice import print_advice

            print_advice(self._advice, self._columns)
        if result.interrupted:
            self._summary("interrupted; until then:")
        self._total(result, failing=failing)
        if baseline is not None and baseline.known:
            self._summary(f"{_count(baseline.known, 'line')} known from {baseline.path} and not shown")
        reasons: dict[str, list[str]] = {}
        for path, reason in result.skipped:
            reasons.setdefault(reason, []).append(path)
        for reason, paths in reasons.items():
            self._summary(f"skipped {paths[0] if len(paths) == 1 else _count(len(paths), 'file')}: {reason}")
        for detector, reason in result.missing.items():
            waiting = sum(name == detector for _signature, name in result.unchecked)
            more = f", {_count(waiting, 'signature')} not checked" if waiting else ""
            name = detector.replace("_", "-")
            self._summary(f"{name} did not look: {reason}{more}; get it with: pip install 'incident-runbook[linters]'")

    def _total(self, result: Scan, *, failing: bool) -> None:
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
            status = "; exit status 1, with `--fail-on medium` 0" if failing else ""
            self._summary(
                f"no known failure in {read}, {_count(advice, 'advice')} (`--only low,info` shows each in full{status})"
            )
        else:
            self._summary(f"nothing known in {read} ({result.signatures} signatures)")

    def _further(self, matches: list[Match]) -> None:
        """The places after the first, where more than one was asked for."""
        for match in matches:
            places = [place for place in match.occurrences if place[:2] != (match.line, match.column)]
            places = places[: self._occurrences - 1]
            if not places or match in self._advice:
                continue
            left = match.count - 1 - len(places)
            print(safe(f"{match.source}: {match.signature}, {_count(match.count, 'time')}"))
            for line, _column, excerpt, span in places:
                number = f"{_INDENT}{line:>6}  "
                print(number + _around(excerpt, span, self._columns - len(number))[0])
            if left > 0:
                print(f"{_INDENT}and {left} more")
            print()

    def _summary(self, text: str) -> None:
        print("\n".join(wrap(safe(text), self._columns, following="  ")))


def _around(text: str, span: tuple[int, int], columns: int) -> tuple[str, str]:
    """A line of the source, cut to so many columns around what was found, and the marks for the line below it."""
    start, end = span
    parts = [safe(part.replace("\t", " ")) for part in (text[:start], text[start:end], text[end:])]
    begin = len(parts[0])
    return underline("".join(parts), (begin, begin + len(parts[1])), columns)


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
