"""Reports that a formatter went over: the same words in another dress are no edit."""

from __future__ import annotations

import re
from pathlib import Path

import examples
import mdformat
import pytest
from hypothesis import assume, given, reject
from markdown_it import MarkdownIt
from strategies import documents
from test_sync_reader import PROPERTY, shown

from runbook.model.record import AnyDocument, Incident
from runbook.render.reader import read_report

REVIEWED = Path(__file__).parent / "golden" / "reviewed"
PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OPTIONS: list[dict[str, object]] = [{}, {"wrap": 60}, {"wrap": "no", "number": True}]


def formatted(text: str, **options: object) -> str:
    return mdformat.text(text, extensions={"gfm"}, options=options)


def page(text: str) -> str:
    """The page that ``text`` makes, without the blanks that mean nothing on it. An ideographic space is a character."""
    return re.sub(
        r"\s+", " ", re.sub(r"\s*(</?[a-z][^>]*>)\s*", r"\1", PAGE.render(text), flags=re.ASCII), flags=re.ASCII
    )


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(
    "document", [examples.incident(), examples.incident(60), examples.deployment()], ids=lambda d: d.id
)
def test_mdformat_changes_nothing(document: AnyDocument, options: dict[str, object]) -> None:
    text = formatted(shown(document), **options)
    assert text != shown(document)
    reading = read_report(text, document)
    assert (reading.lines, reading.unread) == ({}, ())
    assert reading.record == document


@pytest.mark.parametrize("name", ["incident", "deployment"])
def test_prettier_changes_nothing(name: str) -> None:
    """What prettier 3.10.1 made of these reports with ``--prose-wrap always``; it may not be installed here."""
    document: AnyDocument = examples.incident() if name == "incident" else examples.deployment()
    made = (REVIEWED / f"{name}.md").read_text("utf-8")
    text = (REVIEWED / f"{name}.prettier.md").read_text("utf-8")
    reading = read_report(text, document, made=made)
    assert (reading.lines, reading.unread) == ({}, ())


@PROPERTY
@given(documents())
def test_no_record_is_changed_by_a_formatter(document: AnyDocument) -> None:
    """Wherever the formatter keeps what the page shows; it breaks a few of the odder texts itself, or over them."""
    try:
        text = formatted(shown(document))
    except AssertionError:  # mdformat-gfm, where a list item only looks like a task
        reject()
    assume(page(text) == page(shown(document)))
    reading = read_report(text, document)
    assert (reading.lines, reading.unread) == ({}, ())


@PROPERTY
@given(documents())
def test_an_editor_that_trims_the_ends_of_lines_changes_nothing(document: AnyDocument) -> None:
    """Blanks there mean nothing, within a fence of prose or captured text as little; prettier takes them away, too."""
    text = "\n".join(line.rstrip(" \t") for line in shown(document).split("\n"))
    assume(page(text) == page(shown(document)))
    reading = read_report(text, document)
    assert (reading.lines, reading.unread) == ({}, ())
    assert reading.record == document


def test_an_edit_in_a_formatted_report_is_one_edit() -> None:
    document = examples.incident()
    text = formatted(shown(document), wrap=60)
    edited = re.sub(r"Write\s+down\s+who\s+owns", "Write down who renews", text)
    assert edited != text
    reading = read_report(edited, document)
    assert isinstance(reading.record, Incident)
    assert list(reading.lines) == ["actions.A2.text"]
    assert reading.record.actions[1].text == "Write down who renews which certificate"
    assert reading.record.actions[0] == document.actions[0]
