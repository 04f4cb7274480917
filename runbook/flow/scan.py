"""Scanning: from paths or a pipe, through the catalog and the door, to findings that can be shown."""

from __future__ import annotations

import os
import stat

from runbook.errors import BadInputError, NotFoundError
from runbook.model.match import FINDING_SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from runbook.detect.catalog import Catalog
    from runbook.model.match import Match

KINDS = ("output", "command", "dockerfile", "compose", "shell", "config")
"""What ``--kind`` takes."""

ARTEFACT_KINDS = frozenset({"compose", "dockerfile", "shell", "config"})
"""Kinds that are looked at as whole files too; what is printed and typed is not."""

MAX_FILE = 64 * 1024 * 1024
"""Bytes of a file found in a folder; a larger one is skipped, and said so. A file that is named is always read."""

_READ = 256 * 1024
_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".tox"})
_CONFIG = (".env", ".ini", ".toml", ".conf", ".cfg", ".properties", ".yaml", ".yml")
_SHELL = (".sh", ".bash", ".zsh", ".ksh")
_SHELL_NAMES = frozenset({".bashrc", ".profile", ".bash_profile", ".zshrc"})
_NO_EVIDENCE = (
    *(
        ".md",
        ".rst",
        ".adoc",
        ".html",
        ".css",
        ".scss",
        ".svg",
        ".po",
        ".py",
        ".pyi",
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".tsx",
    ),
    *(
        ".jsx",
        ".vue",
        ".go",
        ".rs",
        ".java",
        ".kt",
        ".scala",
        ".rb",
        ".php",
        ".pl",
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".hpp",
        ".cs",
    ),
    *(".swift", ".lua", ".sql", ".lock", ".j2", ".tmpl"),
)


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
        area = match.reported_by or match.signature.split("/")[0]
        names = {match.signature, area, match.severity}
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
    from runbook.flow.desk import find_place
    from runbook.flow.findings import catalog_for

    return catalog_for(find_place(repo).repository)


def scan(
    paths: list[str],
    *,
    kind: str | None = None,
    repo: str | None = None,
    selection: Selection | None = None,
    tell: Callable[[Match], None] | None = None,
) -> Scan:
    """Look for known failures.

    Args:
        paths: files and folders; ``-`` is standard input.
        kind: as what to look at everything; None: by each file's name, else as program output.
        repo: repository whose own signatures count, see :func:`runbook.flow.desk.find_place`.
        selection: what is wanted.
        tell: called with each wanted finding as soon as it is met; its count is not final then.

    Raises:
        NotFoundError: a path is not there.
        BadInputError: a path cannot be read, or a signature file is wrong.
    """
    catalog = catalog_here(repo)
    wanted = selection or Selection()
    wanted.check(catalog)
    run = _Run(catalog, wanted, tell)
    result, kinds = run.result, set()
    try:
        for path, shown in _sources(paths, result, kind):
            as_kind = kind or guess_kind(path)
            kinds.add(as_kind)
            run.one(path, shown, as_kind)
    except KeyboardInterrupt:
        result.interrupted = True
    if result.missing:
        from runbook.detect.artefacts.examine import unchecked

        result.unchecked = sorted({pair for each in kinds for pair in unchecked(catalog, each, result.missing)})
    return result


def guess_kind(path: str) -> str:
    """As what to look at a file, by its name: a Dockerfile, a compose file, a script, settings, else program output."""
    name = os.path.basename(path).lower()
    if name.startswith(("dockerfile", "containerfile")) or name.endswith((".dockerfile", ".containerfile")):
        return "dockerfile"
    if name.endswith((".yml", ".yaml")) and name.startswith(("compose", "docker-compose")):
        return "compose"
    if name.endswith(_SHELL) or name in _SHELL_NAMES:
        return "shell"
    if name.endswith(_CONFIG) or name.startswith(".env"):
        return "config"
    return "output"


class _Run:
    """What all sources of one scan share: the catalog, the door (opened when a line is to be shown), the result."""

    def __init__(self, catalog: Catalog, wanted: Selection, tell: Callable[[Match], None] | None) -> None:
        self.catalog = catalog
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

    def one(self, path: str, shown: str, kind: str) -> None:
        """Scan one source and add what it holds to the result, also if it is interrupted."""
        from runbook.detect.engine import Scanner

        scanner = Scanner(self.catalog, kind, shown, clean=self.clean)
        whole = None
        if kind in ARTEFACT_KINDS:
            from runbook.flow.artefacts import Whole

            whole = Whole(self.catalog, kind, path)
        descriptor = 0 if path == "-" else _open(path)

        def feed(data: bytes) -> None:
            if whole is not None:
                whole.take(data)
            self._news([match for match in scanner.feed(data) if whole is None or not whole.decides(match)])

        try:
            _feed(descriptor, feed)
        except OSError as error:
            raise BadInputError(f"cannot be read: {error.strerror}", file=path) from None
        finally:
            if descriptor:
                os.close(descriptor)
            early = {match.signature for match in scanner.found()}
            matches = scanner.close()
            if whole is not None:
                matches = whole.findings(matches, shown, self.clean, self.result)
                early = {match for match in early if match not in whole.decided}
            self._news([match for match in matches if match.signature not in early])
            self.result.matches += [match for match in matches if self._wanted.takes(match)]
            self.result.files += 1
            self.result.bytes += scanner.bytes
            self.result.lines += scanner.lines

    def _news(self, matches: list[Match]) -> None:
        if self._tell is not None:
            for match in matches:
                if self._wanted.takes(match):
                    self._tell(match)


def _feed(descriptor: int, take: Callable[[bytes], None]) -> None:
    """Read to the end. Text in UTF-16, as PowerShell writes it, is told by its mark and read as what it is."""
    decode: Callable[[bytes], str] | None = None
    first = True
    while data := os.read(descriptor, _READ):
        if first:
            first = False
            if data.startswith((b"\xff\xfe", b"\xfe\xff")):
                import codecs

                decode = codecs.getincrementaldecoder("utf-16")("backslashreplace").decode
            data = data.removeprefix(b"\xef\xbb\xbf")
        take(decode(data).encode("utf-8", "backslashreplace") if decode else data)


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFoundError("there is no such file", file=path) from None
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", file=path) from None


def _sources(paths: list[str], result: Scan, kind: str | None) -> Iterator[tuple[str, str]]:
    """Every source as (path, name to show). All named paths are looked at before the first is read."""
    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise NotFoundError("there is no such file or folder", file=path, hint="use - to read a pipe")
    for path in paths:
        if path != "-" and os.path.isdir(path):
            yield from _walk(path, result, kind)
        else:
            yield path, _shown(path)


def _walk(folder: str, result: Scan, kind: str | None) -> Iterator[tuple[str, str]]:
    """The text files of a folder, in a stable order; what is left out is noted with the reason."""

    def unreadable(error: OSError) -> None:
        result.skipped.append((_shown(error.filename or folder), error.strerror or "cannot be read"))

    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            path = os.path.join(parent, name)
            reason = _why_not(path, kind)
            if reason is None:
                yield path, _shown(path)
            elif reason:
                result.skipped.append((_shown(path), reason))


def _why_not(path: str, kind: str | None) -> str | None:
    """Why a file found in a folder is not read; "" where that is not worth a word; None: it is read."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return ""
        if status.st_size > MAX_FILE:
            return f"larger than {MAX_FILE // 1024 // 1024} MiB; name it to have it read"
        if kind is None and path.lower().endswith(_NO_EVIDENCE):
            return "source code or documentation; give --kind to have it read"
        with open(path, "rb", buffering=0) as file:
            head = file.read(8192)
    except OSError as error:
        return error.strerror or "cannot be read"
    return "not text" if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) else None


def _shown(path: str) -> str:
    """A path as text that can be printed and put into JSON, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
