"""A document in another form: a page, a PDF, plain Markdown, JSON. Nothing in the repository changes."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runbook.errors import BadInputError
from runbook.flow.file import finished_record
from runbook.flow.settings import load_settings
from runbook.flow.shape import own_templates
from runbook.model.text import show_size

if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument, Evidence
    from runbook.render.page import Attachment
    from runbook.render.sheet import Sheet

FORMATS = ("html", "pdf", "json", "md")
_ON_SCREEN = 256_000
_ON_PAPER = 12_000
_ALL = 12_000_000
_ANCHOR = re.compile(r"[ \t]?<!-- [^<>\n]{1,300} -->")
_RELATIVE = re.compile(r"\]\((?=evidence/|timeline\.svg\)|\.\./\.\./)")


class Exported(NamedTuple):
    """What was made, what a person should know besides, and what slipped through into a summary."""

    content: bytes
    notes: list[str]
    leaks: list[str] = []  # noqa: RUF012  a field of a named tuple, never changed


def export(
    desk: Desk, wanted: str, *, template: str = "", evidence: bool = True, beside: str | None = None
) -> Exported:
    """The document of ``desk`` as ``wanted``.

    Args:
        desk: the document, filed or still running.
        wanted: one of :data:`FORMATS`.
        template: name of the report's template, where it is not the record's or the settings'.
        evidence: whether pages carry the kept files.
        beside: folder that the result will lie in, so that Markdown's links to evidence lead there.

    Raises:
        BadInputError: there is no such template or format.
        NotFoundError: there is nothing to make a PDF with.
    """
    document, notes = finished_record(desk, template=template)
    repository = desk.place.repository
    if wanted == "json":
        text = json.dumps(document.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=2) + "\n"
        return Exported(text.encode(), notes)
    sheet, markdown = _rendered(document, repository)
    notes += _not_synced(desk, document, markdown, template)
    if wanted == "md":
        return Exported(_plain(desk, markdown, beside).encode(), notes)
    if wanted not in FORMATS:
        raise BadInputError(f"there is no format {wanted!r}", hint=f"there are {', '.join(FORMATS)}, summary")
    html = _page(desk, sheet, markdown, evidence=evidence, paper=wanted == "pdf")
    return Exported(_on_paper(html) if wanted == "pdf" else html.encode(), notes)


def export_summary(desk: Desk, wanted: str) -> Exported:
    """One page for people outside the team, with pseudonyms for names and without what is internal.

    Args:
        desk: the document.
        wanted: ``md``, ``html`` or ``pdf``.

    Raises:
        BadInputError: there is no such format of a summary; the map of pseudonyms is damaged.
    """
    from runbook.model.private import inside_of
    from runbook.record.pseudonyms import pseudonyms
    from runbook.render.outside import render_summary
    from runbook.review.leaks import find_leaks

    if wanted not in {"md", "html", "pdf"}:
        raise BadInputError(
            f"a summary is not written as {wanted}", hint="--format summary, or -o FILE.html or FILE.pdf"
        )
    document, notes = finished_record(desk)
    repository = desk.place.repository
    settings = load_settings(repository)
    public, machines = settings.report.public, settings.production.hosts
    inside = inside_of(document, public, machines)
    names = pseudonyms(desk.place.key, inside.people)
    markdown = render_summary(
        document, settings=settings, inside=inside, names=names, templates=own_templates(repository)
    )
    leaks = [
        f"line {leak.line}: {leak.message}" for leak in find_leaks(markdown, document, public=public, machines=machines)
    ]
    if wanted == "md":
        return Exported(markdown.encode(), notes, leaks)
    html = _summary_page(desk, document, markdown, paper=wanted == "pdf")
    return Exported(_on_paper(html) if wanted == "pdf" else html.encode(), notes, leaks)


def _summary_page(desk: Desk, document: AnyDocument, markdown: str, *, paper: bool) -> str:
    from runbook.model.record import Incident
    from runbook.render.page import page_of

    return page_of(
        markdown,
        identifier=document.id,
        title="summary",
        severity=document.severity if isinstance(document, Incident) else "",
        templates=own_templates(desk.place.repository),
        paper=paper,
        brief=True,
    )


def _on_paper(html: str) -> bytes:
    from runbook.render.pdf import pdf_of

    return pdf_of(html)


def _not_synced(desk: Desk, document: AnyDocument, markdown: str, template: str) -> list[str]:
    """A note where people edited the report and the record does not know it yet."""
    if desk.filed is None or template:
        return []
    try:
        report = Path(desk.filed, "report.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    same = report == markdown
    return [] if same else [f"report.md of {document.id} differs from its record; this is the record"]


def _plain(desk: Desk, markdown: str, beside: str | None) -> str:
    """Markdown for other places: without anchors, with links that lead from ``beside`` to the document's folder."""
    from runbook.render.report import tidy

    lines, fence = [], ""
    for line in markdown.split("\n"):
        mark = re.match(r"\s*(`{3,})", line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif mark:
            fence = mark[1]
        else:
            line = _ANCHOR.sub("", line)  # noqa: PLW2901  a line of a fence stays as it is
        lines.append(line)
    text = tidy("\n".join(lines))
    home = desk.filed
    if beside is None or home is None or os.path.realpath(beside) == os.path.realpath(home):
        return text
    way = os.path.relpath(os.path.realpath(home), os.path.realpath(beside)).replace(" ", "%20")
    return _RELATIVE.sub(lambda _: f"]({way}/", text)


def _rendered(document: AnyDocument, repository: str | None) -> tuple[Sheet, str]:
    """The report, and the sheet it was written on, which numbers redaction marks in evidence as the report does."""
    from runbook.render.report import render_report
    from runbook.render.sheet import Sheet

    settings = load_settings(repository)
    sheet = Sheet(document, settings)
    return sheet, render_report(document, settings=settings, templates=own_templates(repository), sheet=sheet)


def _page(desk: Desk, sheet: Sheet, markdown: str, *, evidence: bool, paper: bool) -> str:
    from runbook.flow.picture import pictures
    from runbook.model.record import Incident
    from runbook.render.page import page_of

    document = sheet.document
    return page_of(
        markdown,
        identifier=document.id,
        title=document.title,
        severity=document.severity if isinstance(document, Incident) else "",
        attachments=_attachments(desk, sheet, limit=_ON_PAPER if paper else _ON_SCREEN) if evidence else (),
        pictures=pictures(document, desk.place.repository),
        templates=own_templates(desk.place.repository),
        paper=paper,
    )


def _attachments(desk: Desk, sheet: Sheet, *, limit: int) -> list[Attachment]:
    """The kept files, once more through the door, each up to ``limit`` characters of its head and tail."""
    from runbook.render.literal import visible
    from runbook.render.page import Attachment

    found: list[Attachment] = []
    left = _ALL
    for item in sheet.document.evidence:
        raw = _read(desk, item.path)
        if raw is None or item.path.endswith(".cast"):
            found.append(Attachment(item.path, _name(item), show_size(item.size), _missing(raw), ""))
            continue
        text = sheet.numbered(desk.door.clean(raw.decode("utf-8", "backslashreplace")))
        shown = _ends(text, min(limit, max(left, 2000)))
        left -= len(shown)
        notes = [f"{item.omitted:,} bytes were left out when it was kept"] if item.omitted else []
        notes += [f"its beginning and end; the whole is {item.path} in the repository"] if shown != text else []
        found.append(
            Attachment(
                item.path, _name(item), show_size(item.size), "; ".join([item.note, *notes]).strip("; "), visible(shown)
            )
        )
    return found


def _missing(raw: bytes | None) -> str:
    return "The file is missing." if raw is None else "A recording of a terminal; `asciinema play` shows it."


def _name(item: Evidence) -> str:
    return item.name or item.path.partition("/")[2]


def _ends(text: str, limit: int) -> str:
    """Head and tail of a text that is too long, cut between lines where there are some."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit * 2 // 3], text[-(limit // 3) :]
    head = head[: head.rfind("\n") + 1] or head
    tail = tail[tail.find("\n") + 1 :] or tail
    return f"{head}\n… {len(text) - len(head) - len(tail):,} characters left out here …\n\n{tail}"


def _read(desk: Desk, path: str) -> bytes | None:
    """A file of the document's folder, filed or running; None where it is not there or leads elsewhere."""
    for root in (desk.filed, desk.folder):
        if root is None:
            continue
        full = os.path.join(root, path)
        if os.path.realpath(full) != os.path.join(os.path.realpath(root), path):
            continue
        try:
            with open(full, "rb") as file:
                return file.read()
        except OSError:
            continue
    return None


def keep(content: bytes, path: str) -> None:
    """Write the result: the old file or the new one, never a half.

    Raises:
        StorageError: the disk refused, or the folder is not there.
    """
    from runbook.errors import NotFoundError
    from runbook.record.store import write_file

    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise NotFoundError("there is no such folder", file=folder, hint=f"mkdir -p {folder}")
    write_file(Path(os.path.abspath(path)), content)
