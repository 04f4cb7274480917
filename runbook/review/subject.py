"""What a rule is given: one filed document, with everything around it that rules ask about. No file is read here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from runbook.model.record import Deployment, Incident
from runbook.review.problem import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from runbook.model.record import AnyDocument, Ignore
    from runbook.model.settings import Settings
    from runbook.model.yamltext import Located, Path
    from runbook.review.passages import Passage
    from runbook.review.report_text import ReportText
    from runbook.review.words import Words

REPORT = "report.md"
RECORD = "record.yaml"


class Unclean(NamedTuple):
    """A line of a committed file that the door would change.

    Attributes:
        file: path below the document's folder.
        line: 1-based.
        kind: kind of the secret, or empty where only hidden characters would go.
        times: how many of this kind on that line.
    """

    file: str
    line: int
    kind: str
    times: int = 1


class Difference(NamedTuple):
    """Where record and report say different things, and what to do if it is not to sync them."""

    file: str
    line: int
    field: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One document under review.

    Attributes:
        document: the record.
        located: ``record.yaml`` as parsed, for its lines.
        report: the report, or None where there is none.
        settings, words: the team's settings, and the lists of words with the team's own.
        files: names of all files below the document's folder, ``/`` between, with their digests when asked.
        known: ids of all documents of the repository.
        today: the day that decides what is overdue.
        reachable: whether a path relative to the document's folder leads to something in the repository.
        unclean: what the door would still change in any committed file.
        differences: where record and report disagree; None where nothing can tell.
        own_template: whether the team's own template wrote the report.
        is_document: whether a document of the repository has, or once had, this id.
        page_of: the Markdown page to which a path relative to the document's folder leads, or None.
        text_of: the text of a file of the document's folder, or None where there is none.
    """

    document: AnyDocument
    located: Located
    report: ReportText | None
    settings: Settings
    words: Words
    files: Mapping[str, Callable[[], str]]
    known: frozenset[str]
    today: date
    reachable: Callable[[str], bool] = field(default=lambda _path: True)
    unclean: Callable[[], Sequence[Unclean]] = field(default=tuple)
    differences: Callable[[], Sequence[Difference]] | None = None
    own_template: bool = False
    is_document: Callable[[str], bool] = field(default=lambda _id: True)
    page_of: Callable[[str], str | None] = field(default=lambda _path: None)
    text_of: Callable[[str], str | None] = field(default=lambda _name: None)

    @property
    def incident(self) -> Incident | None:
        """The document if it is an incident."""
        return self.document if isinstance(self.document, Incident) else None

    @property
    def deployment(self) -> Deployment | None:
        """The document if it is a deployment."""
        return self.document if isinstance(self.document, Deployment) else None

    @property
    def ignores(self) -> list[Ignore]:
        """Rules that the record says do not hold here."""
        return self.document.lint_ignores

    def found(
        self, message: str, *, path: Path = (), item: str = "", section: str = "", passage: str = "", hint: str = ""
    ) -> Found:
        """A problem at the place where a reader sees it: in the report if it shows it, else in the record.

        Args:
            message: what is wrong.
            path: where it stands in the record.
            item: id of the item, or dotted name of a field that has an anchor of its own.
            section: name of the report's field that shows it.
            passage: words to look for near that place.
            hint: what to do, where the rule's own advice can be bettered.
        """
        key = ".".join(str(part) for part in path if isinstance(part, str)) or section
        names = tuple(name for name in (item, section, key) if name)
        key = ":".join(part for part in (item or key, passage.lower()) if part)
        line = None if self.report is None else self._shown(self.report, item, section, passage)
        if line is not None:
            return Found(message, REPORT, line, hint, key, names)
        return Found(message, RECORD, self.located.line(path) or 1, hint, key, names)

    def at(self, passage: Passage, message: str, words: str, *, hint: str = "") -> Found:
        """A problem with some words of a text."""
        return self.found(
            message, path=passage.path, item=passage.item, section=passage.section, passage=words, hint=hint
        )

    @staticmethod
    def _shown(report: ReportText, item: str, section: str, passage: str) -> int | None:
        line = report.item_line(item, section) if item else None
        if line is None and item:
            line = report.field_line(item)
        if line is None and section:
            line = report.field_line(section)
        if line is not None and passage:
            return report.passage_line(passage, line, section)
        return line
