"""From what detectors report to findings: by the catalog where it knows the code, in their own words where not.

A signature that names a detector for this kind of file is decided here as a whole, its text conditions included, so
that a line is one finding however many of its conditions hold there; :func:`decided_here` says which these are.
"""

from __future__ import annotations

import re

from runbook.detect.artefacts.artefact import DetectorMissingError, Reported
from runbook.detect.artefacts.registry import DETECTORS, detectors_for
from runbook.detect.artefacts.shellcheck import dialect_of
from runbook.detect.excerpts import EXCERPT, around
from runbook.detect.fill import fill
from runbook.detect.table import ELSEWHERE, LITERAL, REGEX, codes_of
from runbook.model.match import ADVICE, FINDING_SEVERITIES, MAX_LINES, Match

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Any

    from runbook.detect.artefacts.artefact import Artefact
    from runbook.detect.artefacts.registry import Detector
    from runbook.detect.catalog import Catalog
    from runbook.detect.table import Condensed, Row

MAX_VALUES = 20_000
"""Of a Compose file that detectors look at, aliases followed: ten times what the largest ones written by people hold.

Each value is validated, linted and asked about, which takes a tenth of a millisecond.
"""

MAX_MESSAGES = 20
"""Messages of one code that are shown one by one."""


class Hit:
    """One place where a condition holds: line, column and end column (1-based), and what it captured there."""

    __slots__ = ("captures", "certain", "column", "end_column", "line")

    def __init__(
        self, line: int, column: int, end_column: int, captures: Mapping[str, str], *, certain: bool = True
    ) -> None:
        self.line = line
        self.column = column
        self.end_column = end_column
        self.captures = captures
        self.certain = certain


class Examined:
    """What the detectors came to.

    Attributes:
        matches: findings by place, excerpts and captures through the door.
        missing: detector -> why it could not look.
    """

    def __init__(self) -> None:
        self.matches: list[Match] = []
        self.missing: dict[str, str] = {}


def not_for_detectors(artefact: Artefact) -> str:
    """Why the detectors are not asked about a file: its size, or that it is a template; "" where they are."""
    if artefact.kind == "dockerfile" and (artefact.name.endswith(_MODELS) or _MADE.search(artefact.text)):
        return _TEMPLATE
    if artefact.kind == "shell" and _MADE_SHELL.search(artefact.text):
        return _TEMPLATE
    if artefact.kind == "compose":
        from runbook.detect.artefacts.config.flavour import is_template  # noqa: PLC0415
        from runbook.detect.artefacts.yaml_syntax import tree_of  # noqa: PLC0415  YAML only where it is needed

        tree = tree_of(artefact)
        if is_template(artefact) and (tree.problem is not None or _MADE_YAML.search(artefact.text)):
            return _TEMPLATE
        if sum(document.size for document in tree.documents) > MAX_VALUES:
            return f"more than {MAX_VALUES:,} values, looked at as text only"
    return ""


_MADE = re.compile(r"(?m)^[ \t]*(?:\{%|\{\{|\{#|<%)|^[ \t]*(?i:FROM)[ \t].{0,200}(?:\{\{|\{%|<%)")
"""What no line of a Dockerfile begins with: a template engine makes the file that is meant."""

_MADE_SHELL = re.compile(r"(?m)^[ \t]*(?:\{%|<%)[^\n]*(?:%\}|%>)[ \t]*$")
_MADE_YAML = re.compile(r"(?m)^[ \t]*\{%|^[^#\n\"']*[:-][ \t]+\{\{[^}\n]*\}\}")
"""YAML reads a placeholder without quotes as a map in a map, which nobody writes."""

_MODELS = (".template", ".tmpl", ".tpl", ".j2", ".jinja", ".jinja2", ".erb", ".in")
_TEMPLATE = "a template, looked at as text only"


def decided_here(catalog: Catalog, kind: str) -> frozenset[str]:
    """The signatures that :func:`examine` decides for ``kind``; what a text scan says of them must not count too."""
    names = {detector.name for detector in detectors_for(kind)}
    return frozenset(row[0] for row in catalog.for_kind(kind) if _detectors_of(row) & names)


def unchecked(catalog: Catalog, kind: str, missing: Collection[str]) -> list[tuple[str, str]]:
    """(signature, detector) for every signature of ``kind`` that names a detector which could not look."""
    return [(row[0], name) for row in catalog.for_kind(kind) for name in sorted(_detectors_of(row) & set(missing))]


def _detectors_of(row: Row) -> set[str]:
    return {codes_of(condition[1])[0] for condition in (*row[3], *row[4]) if condition[0] == ELSEWHERE}


def examine(
    artefact: Artefact,
    catalog: Catalog,
    *,
    source: str = "-",
    clean: Callable[[str], str] | None = None,
    wanted: Callable[[Detector], bool] | None = None,
) -> Examined:
    """Run every detector that applies to ``artefact``.

    Args:
        artefact: the file.
        catalog: what the codes stand for.
        source: its name for the findings.
        clean: takes secrets out of a text, as in :class:`runbook.detect.engine.Scanner`.
        wanted: which detectors to run; all that apply, if absent.
    """
    result = Examined()
    reported: list[Reported] = []
    for detector in detectors_for(artefact.kind):
        if wanted is not None and not wanted(detector):
            continue
        try:
            reported += detector.check(artefact)
        except DetectorMissingError as error:
            result.missing[detector.name] = str(error)
    by_code: dict[tuple[str, str], list[Reported]] = {}
    for one in reported:
        by_code.setdefault((one.detector, one.code), []).append(one)
    known: set[tuple[str, str]] = set()
    report = _Report(artefact, catalog, source, clean or _as_it_is)
    for row in _rows(catalog, artefact):
        known.update(_pairs(row))
        hits = _decide(row, artefact, by_code)
        if hits:
            result.matches.append(report.ours(row[0], hits))
    for pair, ones in by_code.items():
        if pair not in known and DETECTORS[pair[0]].speaks:
            result.matches += [report.theirs(alike) for alike in _by_message(ones)]
    result.matches.sort(
        key=lambda match: (match.line, FINDING_SEVERITIES.index(match.severity), match.column, match.signature)
    )
    return result


def _rows(catalog: Catalog, artefact: Artefact) -> Iterable[Row]:
    """The signatures to decide. What is wrong in sh need not be wrong in zsh, which splits no words, or in fish."""
    decided = decided_here(catalog, artefact.kind)
    strange = artefact.kind == "shell" and not dialect_of(artefact)
    for row in catalog.for_kind(artefact.kind):
        if row[0] in decided and not (strange and "shellcheck" in _detectors_of(row)):
            yield row


def _at_most_low(severity: str) -> str:
    return severity if severity in ADVICE else "low"


def _as_it_is(text: str) -> str:
    return text


def _by_message(ones: list[Reported]) -> list[list[Reported]]:
    """What a linter says under one code, one group a message; of very many messages the rest joins the first."""
    groups: dict[str, list[Reported]] = {}
    for one in ones:
        key = one.message if one.message in groups or len(groups) < MAX_MESSAGES else next(iter(groups))
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def _pairs(row: Row) -> Iterable[tuple[str, str]]:
    for condition in (*row[3], *row[4]):
        if condition[0] == ELSEWHERE:
            detector, codes = codes_of(condition[1])
            yield from ((detector, code) for code in codes)


def _decide(row: Row, artefact: Artefact, by_code: Mapping[tuple[str, str], list[Reported]]) -> list[Hit]:
    """Where the signature holds, one hit a line; empty if it does not."""
    groups = [_hits(condition, artefact, by_code) for condition in row[4]]
    leading = [hit for condition in row[3] for hit in _hits(condition, artefact, by_code)] if row[3] else groups[0]
    quiet = [condition for condition in row[5] if condition[0] in (REGEX, LITERAL)]
    lines: dict[int, Hit] = {}
    for hit in sorted(leading, key=lambda hit: (hit.line, not hit.captures, hit.column)):
        if hit.line not in lines and not any(_on_line(condition, artefact, hit.line) for condition in quiet):
            lines[hit.line] = hit
    if not lines or not all(groups):
        return []
    more = {name: value for group in groups for hit in group[:1] for name, value in hit.captures.items()}
    hits = list(lines.values())
    hits[0].captures = {**more, **hits[0].captures}
    return hits


def _hits(condition: Condensed, artefact: Artefact, by_code: Mapping[tuple[str, str], list[Reported]]) -> list[Hit]:
    how, what, needs = condition
    if how == ELSEWHERE:
        detector, codes = codes_of(what)
        return [
            Hit(one.line, one.column, one.end_column, one.captures, certain=one.certain)
            for code in codes
            for one in by_code.get((detector, code), [])
        ]
    if how not in (REGEX, LITERAL):
        return []
    lower = _lower(artefact)
    if needs and not any(need.decode() in lower for need in needs):
        return []
    find = _finder(how, what)
    found = []
    for number, line in enumerate(artefact.lines, 1):
        hit = find(line)
        if hit is not None:
            start = hit[0] + len(line[hit[0] : hit[1]]) - len(line[hit[0] : hit[1]].lstrip())  # indentation is no match
            found.append(Hit(number, start + 1, hit[1] + 1, hit[2]))
    return found


def _lower(artefact: Artefact) -> str:
    kept = artefact.kept()
    if "lower" not in kept:
        kept["lower"] = artefact.text.lower()
    return str(kept["lower"])


def _on_line(condition: Condensed, artefact: Artefact, line: int) -> bool:
    text = artefact.lines[line - 1] if 0 < line <= len(artefact.lines) else ""
    return _finder(condition[0], condition[1])(text) is not None


_FINDERS: dict[tuple[int, str], Callable[[str], tuple[int, int, dict[str, str]] | None]] = {}


def _finder(how: int, what: str) -> Callable[[str], tuple[int, int, dict[str, str]] | None]:
    """What finds a text condition on one line, kept: the same few patterns are asked about every file."""
    found = _FINDERS.get((how, what))
    if found is None:
        found = _FINDERS[how, what] = _literal_finder(what) if how == LITERAL else _regex_finder(what)
    return found


def _literal_finder(what: str) -> Callable[[str], tuple[int, int, dict[str, str]] | None]:
    def find(line: str) -> tuple[int, int, dict[str, str]] | None:
        start = line.find(what)
        return None if start < 0 else (start, start + len(what), {})

    return find


def _regex_finder(what: str) -> Callable[[str], tuple[int, int, dict[str, str]] | None]:
    import re2  # noqa: PLC0415  only where a signature of whole files has a pattern too

    options = re2.Options()
    options.log_errors = False
    compiled: Any = re2.compile(what, options)

    def find(line: str) -> tuple[int, int, dict[str, str]] | None:
        match = compiled.search(line)
        if match is None:
            return None
        return match.start(), match.end(), {k: v for k, v in match.groupdict().items() if v is not None}

    return find


class _Report:
    """Makes findings about one file."""

    def __init__(self, artefact: Artefact, catalog: Catalog, source: str, clean: Callable[[str], str]) -> None:
        self._artefact = artefact
        self._catalog = catalog
        self._source = source
        self._clean = clean

    def ours(self, identity: str, hits: list[Hit]) -> Match:
        """The finding of a signature, its texts filled from the first place."""
        known = self._catalog.get(identity)
        if known is None:
            raise KeyError(identity)
        first = hits[0]
        captures = {name: self._clean(value)[:EXCERPT] for name, value in first.captures.items()}

        def filled(text: str) -> str:
            return fill(text, captures, known.captures)

        excerpt, span = self._excerpt(first)
        return Match(
            signature=identity,
            title=filled(known.title),
            severity=known.severity if any(hit.certain for hit in hits) else _at_most_low(known.severity),
            summary=filled(known.summary),
            kind=self._artefact.kind,
            source=self._source,
            line=first.line,
            column=first.column,
            count=len(hits),
            lines=tuple(hit.line for hit in hits[:MAX_LINES]),
            occurrences=tuple((hit.line, hit.column, *self._excerpt(hit)) for hit in hits[:MAX_LINES]),
            excerpt=excerpt,
            span=span,
            captures=captures,
            fix=filled(known.fix),
            verify=tuple(filled(text) for text in known.verify),
            prevention=tuple(filled(text) for text in known.prevention),
            related=known.related,
        )

    def theirs(self, ones: list[Reported]) -> Match:
        """What a linter says and the catalog does not know: its code, its words, its link."""
        ones = sorted(ones, key=lambda one: (one.line, one.column))
        first = ones[0]
        lines = tuple(dict.fromkeys(one.line for one in ones))
        excerpt, span = self._excerpt(Hit(first.line, first.column, first.end_column, {}))
        return Match(
            signature=f"{first.detector.replace('_', '-')}:{first.code}",
            title=" ".join(self._clean(first.message).split())[:EXCERPT],
            severity=min((one.severity for one in ones), key=FINDING_SEVERITIES.index),
            kind=self._artefact.kind,
            source=self._source,
            line=first.line,
            column=first.column,
            count=len(lines),
            lines=lines[:MAX_LINES],
            excerpt=excerpt,
            span=span,
            link=first.link,
            reported_by=first.detector.replace("_", "-"),
        )

    def _excerpt(self, hit: Hit) -> tuple[str, tuple[int, int]]:
        """The line through the door, at most :data:`EXCERPT` characters around the place, and the place in them."""
        lines = self._artefact.lines
        line = lines[hit.line - 1] if 0 < hit.line <= len(lines) else ""
        start = min(max(hit.column - 1, 0), len(line))
        end = min(hit.end_column - 1, len(line)) if hit.end_column > hit.column else len(line.rstrip())
        marked = line[start:end]
        text = self._clean(line)
        if text != line:
            at = text.find(marked) if marked else -1
            if at >= 0:
                start, end = at, at + len(marked)
            else:  # what is marked holds what was taken out
                start, end = (start, len(text.rstrip())) if text[:start] == line[:start] else (0, 0)
        return around(text, start, max(start, end))
