"""Scanning: from paths or a pipe, through the catalog and the door, to findings that can be shown."""

from __future__ import annotations

import os

from runbook.errors import BadInputError
from runbook.flow.automata import engine_for
from runbook.flow.findings import catalog_folders, catalog_for
from runbook.flow.kinds import ARTEFACT_KINDS, is_markdown, kind_of_file
from runbook.flow.reading import DamagedError, open_file, pieces, what_it_is
from runbook.flow.walking import sources
from runbook.model.match import FINDING_SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from runbook.detect.catalog import Catalog
    from runbook.detect.engine import Scanner
    from runbook.flow.baseline import Baseline
    from runbook.flow.since import Since
    from runbook.model.match import Match

MAX_MEASURED = 20_000
"""Files that are counted before a scan to say how far it has come."""


class Scan:
    """What a scan came to.

    Attributes:
        matches: findings, excerpts and captures through the door.
        files: how many sources were read, ``-`` included.
        bytes: how much was read.
        lines: how many lines that was.
        skipped: (path, reason) of what was not read.
        unchecked: (signature, detector) of what would apply but needs a detector that is not installed.
        missing: detector -> why it could not look.
        signatures: size of the catalog.
        digest: of the catalog.
        interrupted: whether Ctrl-C ended it.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.matches: list[Match] = []
        self.files = 0
        self.bytes = 0
        self.lines = 0
        self.skipped: list[tuple[str, str]] = []
        self.unchecked: list[tuple[str, str]] = []
        self.missing: dict[str, str] = {}
        self.signatures = len(catalog)
        self.digest = catalog.digest
        self.interrupted = False
        self._catalog = catalog

    def references(self, signature: str) -> tuple[str, ...]:
        """Public documentation of what was found; empty for what a linter reported and the catalog does not know."""
        known = self._catalog.get(signature)
        return () if known is None else known.references

    def worst(self) -> str | None:
        """The worst severity found, or None."""
        found = {match.severity for match in self.matches}
        return next((severity for severity in FINDING_SEVERITIES if severity in found), None)


class Selection:
    """Which signatures are wanted: areas, ids and severities to keep or to leave out."""

    def __init__(self, only: Iterable[str] = (), without: Iterable[str] = ()) -> None:
        self.only = _split(only)
        self.without = _split(without)

    def check(self, catalog: Catalog) -> None:
        """Refuse words that select nothing because nothing is called so.

        Raises:
            BadInputError: neither an area, nor an id, nor a severity, nor a linter (``hadolint``, ``hadolint:DL3059``).
        """
        if not self.only and not self.without:
            return
        from runbook.detect.artefacts.registry import DETECTORS

        ids = catalog.ids()
        known = {*FINDING_SEVERITIES, *ids, *(identity.split("/")[0] for identity in ids)}
        known.update(detector.name.replace("_", "-") for detector in DETECTORS.values() if detector.speaks)
        for option, words in (("--only", self.only), ("--except", self.without)):
            for word in words:
                if word.split(":")[0] not in known:
                    raise BadInputError(
                        f"{word!r} is no area, signature or severity", field=option, hint=nearest_hint(word, known)
                    )

    def takes(self, match: Match) -> bool:
        """Whether a finding is wanted."""
        return self.names(match.signature, match.reported_by or match.signature.split("/")[0], match.severity)

    def names(self, signature: str, area: str, severity: str) -> bool:
        """Whether findings of this signature, area (or linter) and severity are wanted."""
        names = {signature, area, severity}
        return (not self.only or bool(names & self.only)) and not names & self.without


def _split(words: Iterable[str]) -> set[str]:
    return {part.strip() for word in words for part in word.split(",") if part.strip()}


def nearest_hint(word: str, known: Iterable[str]) -> str:
    """``did you mean …`` with up to three names that look like ``word``, else where the names are listed."""
    import difflib

    by_tail = {name.rsplit("/", 1)[-1]: name for name in known}
    names = [*difflib.get_close_matches(word, list(by_tail.values()), n=3)]
    names += [by_tail[tail] for tail in difflib.get_close_matches(word.rsplit("/", 1)[-1], list(by_tail), n=3)]
    near = list(dict.fromkeys(names))[:3]
    return f"did you mean {', '.join(near)}?" if near else "`runbook signatures list` shows them all"


def catalog_here(repo: str | None = None) -> Catalog:
    """The catalog that applies where we stand: the built-in one, the team's own signatures on top.

    Raises:
        BadInputError: a signature file is wrong; with file, line and field.
    """
    from runbook.flow.place import find_place

    return catalog_for(find_place(repo).repository)


def scan(
    paths: list[str],
    *,
    kind: str | None = None,
    repo: str | None = None,
    selection: Selection | None = None,
    tell: Callable[[Match], None] | None = None,
    keep: int = 0,
    since: datetime | None = None,
    baseline: Baseline | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Scan:
    """Look for known failures.

    Args:
        paths: files and folders; ``-`` is standard input.
        kind: as what to look at everything; None: by each file's name, else as program output.
        repo: repository whose own signatures count, see :func:`runbook.flow.place.find_place`.
        selection: what is wanted.
        tell: called with each wanted finding as soon as it is met; its count is not final then. With a baseline, at
            the end of each source.
        keep: places of each finding to keep, see :attr:`runbook.model.match.Match.occurrences`.
        since: lines of program output whose own time is older do not count.
        baseline: findings that it holds are left out, and counted in it.
        progress: called while reading with the source and the number of bytes just read from it.

    Raises:
        NotFoundError: a path is not there.
        BadInputError: a path cannot be read, or a signature file is wrong.
    """
    from runbook.flow.place import find_place

    repository = find_place(repo).repository
    catalog = catalog_for(repository)
    wanted = selection or Selection()
    wanted.check(catalog)
    folders = catalog_folders(repository)
    run = _Run(catalog, folders, wanted, tell, keep=keep, since=since, baseline=baseline, progress=progress)
    result, kinds = run.result, set()
    try:
        for path, shown in sources(paths, result.skipped, kind):
            as_kind = kind or kind_of_file(path)
            if as_kind == "markdown":
                kinds.add("shell")
                as_kind = "output" if path in paths else as_kind  # who names it may have pasted a log into it
            kinds.add(as_kind)
            run.one(path, shown, as_kind, fences=kind is None and is_markdown(path))
    except KeyboardInterrupt:
        result.interrupted = True
    if result.missing:
        from runbook.detect.artefacts.examine import unchecked

        result.unchecked = sorted({pair for each in kinds for pair in unchecked(catalog, each, result.missing)})
    return result


def measure(paths: list[str]) -> int | None:
    """How many bytes a scan of ``paths`` would read, for a progress line; None where nobody can tell: a pipe.

    Looks at no more than :data:`MAX_MEASURED` files.
    """
    total = 0
    for seen, (path, _shown) in enumerate(sources(paths, [], None)):
        if path == "-" or seen >= MAX_MEASURED:
            return None
        total += os.path.getsize(path) if os.path.isfile(path) else 0
    return total


class _Run:
    """What all sources of one scan share: the catalog, the door (opened when a line is to be shown), the result."""

    def __init__(
        self,
        catalog: Catalog,
        folders: list[str],
        wanted: Selection,
        tell: Callable[[Match], None] | None,
        *,
        keep: int,
        since: datetime | None,
        baseline: Baseline | None,
        progress: Callable[[str, int], None] | None,
    ) -> None:
        self._keep = keep
        self._since = since
        self._baseline = baseline
        self._progress = progress
        self.catalog = catalog
        self.folders = folders
        self.result = Scan(catalog)
        self._wanted = wanted
        self._tell = tell
        self._clean: Callable[[str], str] | None = None

    def clean(self, text: str) -> str:
        """``text`` through the door."""
        if self._clean is None:
            from runbook.redact.door import Door

            self._clean = Door().clean
        return self._clean(text)

    def one(self, path: str, shown: str, kind: str, *, fences: bool = False) -> None:
        """Scan one source and add what it holds to the result, also if it is interrupted.

        Args:
            path: of the file, ``-`` for standard input.
            shown: its name for the findings.
            kind: as what to look at it.
            fences: whether it is Markdown, whose fenced shell detectors look at too.
        """
        scanner, whole = self._scanner(kind, shown), None
        if kind in ARTEFACT_KINDS or fences:
            from runbook.flow.artefacts import Whole

            whole = Whole(self.catalog, "shell" if fences else kind, path, fences=fences)

        def feed(data: bytes) -> None:
            now = data if whole is None else whole.take(data)
            news = [match for match in scanner.feed(now) if whole is None or not whole.waits(match)]
            if self._baseline is None:
                self._news(news)

        ages = self._ages(kind, feed)
        descriptor = 0 if path == "-" else open_file(path)
        try:
            self._read(descriptor, shown, feed if ages is None else ages.take)
            if ages is not None:
                ages.close()
        except OSError as error:
            raise BadInputError(f"cannot be read: {error.strerror}", file=path) from None
        finally:
            if descriptor:
                os.close(descriptor)
            told = {match.signature for match in scanner.found()}
            if whole is not None:
                scanner.feed(whole.rest())
            matches = scanner.close()
            if whole is not None:
                matches = whole.findings(matches, shown, self.clean, self.result)
                told = {match for match in told if match not in whole.waiting}
            self._settle(shown, matches, told)
            self.result.files += 1
            self.result.bytes += scanner.bytes + (0 if ages is None else ages.dropped)
            self.result.lines += scanner.lines

    def _read(self, descriptor: int, shown: str, take: Callable[[bytes], None]) -> None:
        first = True
        try:
            for piece in pieces(descriptor):
                if first and (reason := what_it_is(piece[:512])):
                    self.result.skipped.append((shown, reason))
                first = False
                self._tick(shown, len(piece))
                take(piece)
        except DamagedError as error:
            self.result.skipped.append((shown, f"{error}; what comes before was read"))

    def _scanner(self, kind: str, shown: str) -> Scanner:
        from runbook.detect.engine import Scanner

        keep = self._keep
        if self._baseline is not None:
            from runbook.flow.baseline import OCCURRENCES

            keep = OCCURRENCES
        return Scanner(self.catalog, kind, shown, clean=self.clean, keep=keep, engine=engine_for(self.folders, kind))

    def _ages(self, kind: str, feed: Callable[[bytes], None]) -> Since | None:
        """What leaves out lines that are too old, where that was asked for."""
        if self._since is None or kind != "output":
            return None
        from runbook.flow.since import Since

        return Since(self._since, feed)

    def _settle(self, shown: str, matches: list[Match], told: set[str]) -> None:
        """A source is at its end: what of it is wanted and new goes into the result."""
        wanted = [match for match in matches if self._wanted.takes(match)]
        if self._baseline is not None:
            first = {id(match): match.excerpt for match in wanted}
            wanted, told = self._baseline.new(shown, wanted), set()
            for match in wanted:
                if match.excerpt != first[id(match)]:
                    self._tell_anew(match)
        self._news([match for match in wanted if match.signature not in told])
        self.result.matches += wanted

    def _tell_anew(self, match: Match) -> None:
        """Fill the texts of a finding from the line it stands on now."""
        from runbook.detect.engine import scan_text

        for again in scan_text(self.catalog, match.excerpt, kind=match.kind):
            if again.signature == match.signature:
                match.title, match.summary, match.captures = again.title, again.summary, again.captures
                match.fix, match.verify, match.prevention = again.fix, again.verify, again.prevention

    def _tick(self, shown: str, count: int) -> None:
        if self._progress is not None:
            self._progress(shown, count)

    def _news(self, matches: list[Match]) -> None:
        if self._tell is not None:
            for match in matches:
                if self._wanted.takes(match):
                    self._tell(match)
