"""A report as one HTML page that needs nothing else: styles, pictures and evidence are inside it.

It runs no script and asks no network; its own policy (Content-Security-Policy) has the browser hold it to that, even if
something foreign got into it. Source of the policy's terms: https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, NamedTuple

import jinja2

from runbook import __version__
from runbook.errors import BadInputError
from runbook.render.environment import packaged_folder
from runbook.render.page_body import Heading, body_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STYLE = "page.css"
MAX_STYLE_BYTES = 500_000
PICTURE_BYTES = 2_000_000


class Attachment(NamedTuple):
    """A kept file that the page carries.

    Attributes:
        path: how the report names it, ``evidence/01.txt``.
        name: what it is.
        about: size, and how much of it is here.
        note: what is left out, or nothing.
        text: its text, safe to show.
    """

    path: str
    name: str
    about: str
    note: str
    text: str


def page_of(
    markdown: str,
    *,
    identifier: str,
    title: str,
    severity: str = "",
    attachments: Sequence[Attachment] = (),
    pictures: Mapping[str, bytes] | None = None,
    templates: Path | None = None,
    paper: bool = False,
    brief: bool = False,
) -> str:
    """The page.

    Args:
        markdown: the report.
        identifier: the document's id.
        title: the document's title.
        severity: one of ours, for the colour; empty for none.
        attachments: files to carry, in order.
        pictures: SVG files by the path that the report names them by.
        templates: the team's ``templates/`` folder; its ``page.css`` is added to ours.
        paper: for printing: what folds away stands open.
        brief: a summary, which is to fit on one sheet.

    Raises:
        BadInputError: the team's ``page.css`` cannot be used.
    """
    # No heading has an address with a colon: see page_body.
    targets = {item.path: f"#evidence:{number}" for number, item in enumerate(attachments, 1)}
    body = body_of(markdown, targets=targets, pictures=_data_addresses(pictures or {}), unfolded=paper)
    contents = [heading for heading in body.headings if heading.level == 2]
    if attachments:
        contents.append(Heading(2, "evidence:files", "Evidence"))
    style = _style(templates) + (_paper_style(identifier) if paper else "")
    return _environment().from_string(_skeleton()).render(
        version=__version__,
        style=style,
        style_hash=_hash(style),
        id=identifier,
        title=f"{identifier} {title}",
        severity=severity,
        contents=contents,
        body=body.html,
        attachments=attachments,
        unfolded=paper,
        shape="brief" if brief else "report",
        footer=f"{identifier}, exported by runbook {__version__} from its record",
    )  # fmt: skip


def _environment() -> jinja2.Environment:
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _skeleton() -> str:
    return (packaged_folder() / "page.html.j2").read_text(encoding="utf-8")


def _style(templates: Path | None) -> str:
    style = (packaged_folder() / STYLE).read_text(encoding="utf-8")
    own = None if templates is None else templates / STYLE
    if own is None or not own.exists():
        return style
    if own.is_symlink() or not own.is_file():
        raise BadInputError("a style sheet must be a regular file", file=str(own))
    if own.stat().st_size > MAX_STYLE_BYTES:
        raise BadInputError("the style sheet is larger than 500 kB", file=str(own))
    try:
        text = own.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInputError("the style sheet is not UTF-8", file=str(own), hint="save it as UTF-8") from None
    if "<" in text:
        line = text[: text.index("<")].count("\n") + 1
        raise BadInputError(
            "a style sheet holds no <", file=str(own), line=line, hint="write media queries with min-width"
        )
    return f"{style}\n{text}"


def _paper_style(identifier: str) -> str:
    """Margins, and what stands in them: https://www.w3.org/TR/css-page-3/. An id holds letters, digits and hyphens."""
    font = 'font: 8pt system-ui, "Liberation Sans", sans-serif; color: #454b54;'
    return (
        "\n@page { size: A4; margin: 17mm 16mm 18mm;"
        f' @bottom-left {{ content: "{identifier}"; {font} }}'
        f" @bottom-right {{ content: counter(page) ' / ' counter(pages); {font} }} }}\n"
    )


def _hash(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _data_addresses(pictures: Mapping[str, bytes]) -> dict[str, str]:
    """SVG as an image: a browser runs no script in it and loads nothing for it."""
    return {
        path: f"data:image/svg+xml;base64,{base64.b64encode(content).decode()}"
        for path, content in pictures.items()
        if len(content) <= PICTURE_BYTES
    }
