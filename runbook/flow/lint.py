"""Lint: filed documents through the rules of a review, with everything around them that rules ask about."""

from __future__ import annotations

import hashlib
import os
import signal
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from runbook.errors import BadInputError, NotFoundError, RunbookError
from runbook.flow.lint_rules import severities_of
from runbook.record import cabinet
from runbook.record.journal import storage_error
from runbook.record.store import RECORD, REPORT, in_its_folder, parse_located

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from runbook.flow.lint_files import Looked
    from runbook.model.settings import Settings
    from runbook.model.yamltext import Located
    from runbook.review.problem import Problem, Severity
    from runbook.review.subject import Difference, Subject, Unclean
    from runbook.review.words import Words

_T = TypeVar("_T")
MANY = 400
"""Documents from which on it is worth the second that it takes to start more processes."""
MAX_FILE = 64 * 1024 * 1024
"""Bytes of a committed file up to which the door looks at it; kept evidence is far smaller."""


class Linted(NamedTuple):
    """What a run came to.

    Attributes:
        problems: in the order of documents, and in each in the order of its lines.
        documents: ids of what was looked at.
        repository: its root.
        files: other files that were looked at for secrets.
        partly: those of them of which only the beginning was, for their size.
    """

    problems: list[Problem]
    documents: list[str]
    repository: str
    files: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()

    def worst(self) -> Severity | None:
        """The worst severity found, or None."""
        from runbook.review.problem import SEVERITIES

        found = {problem.severity for problem in self.problems}
        return next((severity for severity in SEVERITIES if severity in found), None)


def lint_documents(repository: str, ids: Iterable[str] | None = None, *, today: date | None = None) -> list[Problem]:
    """Every problem of these filed documents, or of all. See :func:`lint`."""
    return lint(repository, ids, today=today).problems


def lint_written(repository: str, name: str, folder: str) -> list[Problem]:
    """Every problem of one document as it lies in ``folder``, outside the archive, as if it were filed.

    Args:
        repository: its root; other documents, settings and templates are those of the work tree.
        name: the document's id.
        folder: holds record, report, journals and evidence.

    Raises:
        BadInputError: as for :func:`lint`.
    """
    run = _Run(repository, None)
    run.known |= {name}
    return run.look(name, written=folder)


def lint(
    repository: str,
    ids: Iterable[str] | None = None,
    *,
    files: Iterable[str] | None = None,
    today: date | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Linted:
    """Look at filed documents, and for secrets at what lies beside them.

    Args:
        repository: its root.
        ids: which documents; None: all of the repository.
        files: which other files, relative to the root; None: with ``ids`` none, without them all that are kept there.
        today: decides what is overdue; the day in the team's zone if absent.
        progress: told what was just looked at, and how many there are in all.

    Raises:
        NotFoundError: one of ``ids`` is not filed here.
        BadInputError: the settings are wrong, or name a rule that does not exist; with file, line and field.
    """
    from runbook.flow.lint_files import NO_EFFECT, idle_ignores, in_scope, kept

    run = _Run(repository, today)
    wanted = list(run.folders) if ids is None else list(dict.fromkeys(cabinet.check_id(name) for name in ids))
    for name in wanted:
        if name not in run.folders:
            raise NotFoundError(
                f"{name} is not filed in {repository}",
                hint=f"`runbook resume {name}` writes its report, if it is running",
            )
    everything = ids is None and files is None
    others = in_scope(kept(run.repository, run.folders), run.settings) if everything else list(files or ())
    total = len(wanted) + len(others)

    def told(names: list[str], results: Iterable[_T]) -> Iterator[_T]:
        for name, looked in zip(names, results, strict=True):
            if progress is not None:
                progress(name, total)
            yield looked

    problems = [problem for looked in told(wanted, _look_at(run, wanted, _Run.look)) for problem in looked]
    looked_at = list(told(others, _look_at(run, others, _Run.look_for_secrets)))
    problems += [problem for looked in looked_at for problem in looked.problems]
    if everything:
        used = {number for looked in looked_at for number in looked.hit}
        problems += idle_ignores(run.repository, run.settings, used, run.severities[NO_EFFECT])
    partly = tuple(name for name, looked in zip(others, looked_at, strict=True) if looked.partly)
    return Linted(problems, wanted, repository, tuple(others), partly)


def _look_at(run: _Run, names: list[str], look: Callable[[_Run, str], _T]) -> Iterator[_T]:
    """What each came to, in order; in a large repository, from several processes at once."""
    processes = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
    if len(names) < MANY or processes < 2:
        yield from (look(run, name) for name in names)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # Not by fork: the engine behind the door has threads of its own.
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawning, _begin_work, (run.repository, run.today)) as pool:
        yield from pool.map(partial(_work, look), names, chunksize=20)


def _begin_work(repository: str, today: date) -> None:
    global _working  # noqa: PLW0603  what a process of the pool works with, made once
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends the pool
    _working = _Run(repository, today)


def _work(look: Callable[[_Run, str], _T], name: str) -> _T:
    assert _working is not None  # noqa: S101  the pool has called _begin_work
    return look(_working, name)


_working: _Run | None = None


class _Run:
    """What all documents of one run share: settings, words, ids."""

    def __init__(self, repository: str, today: date | None) -> None:
        from runbook.flow.settings import load_settings
        from runbook.review.words import Words

        self.repository = os.path.realpath(repository)
        self.settings: Settings = load_settings(repository)
        self.severities = severities_of(repository, self.settings)
        self.words: Words = Words(self.settings.lint.words)
        self.folders = filed_folders(self.repository)
        self.known = frozenset(self.folders)
        self.today = today or datetime.now(ZoneInfo(self.settings.zone)).date()

    def look(self, name: str, *, written: str = "") -> list[Problem]:
        """The problems of one document; one that cannot be read has that one.

        ``written`` is a folder outside the archive that holds it, if it is not to be looked at where it is filed.
        """
        from runbook.review.inspect import inspect

        folder = written or self.folders[name]
        shelf = cabinet.archive_folder(self.repository, name) if written else folder
        short = os.path.relpath(shelf, self.repository).replace(os.sep, "/")
        try:
            subject = self._subject(name, folder, f"{short}/{RECORD}", shelf)
        except BadInputError as error:
            return [self._unreadable(name, error, f"{short}/{RECORD}")]
        return inspect(subject, self.severities, folder=short)

    def look_for_secrets(self, name: str) -> Looked:
        """The secrets in one file beside the documents, by its path relative to the repository."""
        from runbook.flow.lint_files import look

        return look(self.repository, name, self.settings, self.severities)

    def _subject(self, name: str, folder: str, record: str, shelf: str) -> Subject:
        from runbook.flow.linked import page_at, target_of
        from runbook.flow.shape import has_own_template
        from runbook.review.report_text import ReportText
        from runbook.review.subject import Subject

        if not os.path.isfile(os.path.join(folder, RECORD)):
            raise BadInputError("there is no record beside the report", hint="`git log -- FILE` shows where it went")
        document, located = parse_located(_decode(_read(os.path.join(folder, RECORD)), record), file=record)
        in_its_folder(document, located, name)
        report = os.path.join(folder, REPORT)
        text = _read(report).decode("utf-8", "backslashreplace") if os.path.isfile(report) else None
        return Subject(
            document=document,
            located=located,
            report=None if text is None else ReportText(text.replace("\r\n", "\n")),
            settings=self.settings,
            words=self.words,
            files={name: _digest(path) for name, path in _files(folder)},
            known=self.known,
            today=self.today,
            reachable=lambda path: any(
                target_of(root, where, path) for root, where in ((self.repository, shelf), (folder, folder))
            ),
            page_of=lambda path: page_at(self.repository, (shelf,), path),
            is_document=lambda other: other in self.known or bool(self._renumbered(other)),
            unclean=lru_cache(maxsize=1)(lambda: _unclean(folder, located)),  # two rules ask
            differences=(lambda: _differences(self.repository, name)) if shelf == folder else None,
            own_template=has_own_template(document, self.settings, self.repository),
            text_of=lambda file: _text_of(folder, file),
        )

    def _renumbered(self, name: str) -> str:
        """The id of the filed document that was ``name`` before, or an empty text."""
        return cabinet.renumbered(name, key=None, repository=self.repository)

    @staticmethod
    def _unreadable(name: str, error: RunbookError, record: str) -> Problem:
        from runbook.review.problem import Problem
        from runbook.review.registry import UNREADABLE, all_rules

        said = ": ".join(part for part in (error.field or "", error.message) if part)
        hint = error.hint or all_rules()[UNREADABLE].fix
        return Problem(UNREADABLE, "error", record, error.line or 1, said, hint, "", name)


def _differences(repository: str, name: str) -> list[Difference]:
    """Where record and report disagree; a report that cannot be read disagrees as a whole."""
    from runbook.flow.sync import check
    from runbook.review.subject import Difference

    try:
        found = check(repository, name)
    except RunbookError as error:
        return [Difference(error.file or REPORT, error.line or 1, error.field or "", error.message, error.hint)]
    return [Difference(each.file, each.line, each.field, each.message) for each in found]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_FILE)
    except OSError as error:
        raise storage_error(error, path) from error


def _text_of(folder: str, name: str) -> str | None:
    path = os.path.join(folder, name)
    regular = os.path.isfile(path) and not os.path.islink(path)
    return _read(path).decode("utf-8", "backslashreplace") if regular else None


def _decode(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInputError(f"not UTF-8 at byte {error.start}", file=file, line=line) from None


def filed_folders(repository: str) -> dict[str, str]:
    """Id -> folder of every filed document, oldest first; those too of which only the report is there."""
    archive, found = os.path.join(repository, cabinet.ARCHIVE), {}
    years = os.listdir(archive) if os.path.isdir(archive) else []
    for shelf in [os.path.join(archive, year) for year in years if len(year) == 4 and year.isdecimal()]:
        for name in filter(cabinet.ID.match, os.listdir(shelf) if os.path.isdir(shelf) else ()):
            folder = os.path.join(shelf, name)
            # One look at the disk for each of ten thousand, not three.
            if os.path.isfile(os.path.join(folder, RECORD)) or os.path.isfile(os.path.join(folder, REPORT)):
                found[name] = folder
    return dict(sorted(found.items(), key=lambda item: (item[0][4:8], item[0])))


def _files(folder: str) -> Iterator[tuple[str, str]]:
    """(name below the folder, path) of every regular file, in order; what a link leads to is not in the folder."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(root, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield os.path.relpath(path, folder).replace(os.sep, "/"), path


def _digest(path: str) -> Callable[[], str]:
    def digest() -> str:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return digest


def _unclean(folder: str, located: Located) -> list[Unclean]:
    """What the door would change in any file of a document's folder."""
    from runbook.flow.unclean import unclean_journal, unclean_record, unclean_text
    from runbook.record.journal import JOURNAL

    found: list[Unclean] = []
    for name, path in _files(folder):
        if name == RECORD:
            found += unclean_record(name, _read(path), located)
        elif name.startswith(f"{JOURNAL}/"):
            found += unclean_journal(name, _read(path))
        else:
            found += unclean_text(name, _read(path))
    return found
