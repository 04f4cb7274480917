"""Tables as editors, sorters and formatters leave them: no row that still stands in the report is lost."""

from __future__ import annotations

import random
import re
import time
from datetime import timedelta

import examples
import pytest
from test_sync_edits import read
from test_sync_reader import shown

from runbook.model.record import Incident
from runbook.render.reader import Reading, read_report

DOCUMENT = examples.incident()
ROW = "| T+0:10 | 08:50 | looked at dashboard 0 |"
HEAD = "| T+ | Time | What | Who |\n| --- | --- | --- | --- |\n| T+0:09"


def rows_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.startswith("| T+0:") and "<!-- id E" in line]


def whole(text: str) -> Reading:
    """The example's report as ``text`` is, read back."""
    return read_report(text, DOCUMENT)


@pytest.mark.parametrize(
    "change",
    [
        (ROW, f"\n{ROW}"),
        (ROW, f"    {ROW}"),
        (ROW, ROW[2:]),
        (ROW, ROW.replace("at dashboard", "at\ndashboard")),
        (HEAD, "| T+0:09"),
        (HEAD, HEAD.replace("| --- | --- | --- | --- |\n", "")),
        (HEAD, HEAD.replace("| --- | --- | --- | --- |", "| --- | --- | --- |")),
        (HEAD, HEAD.replace("What", "What happened")),
    ],
    ids=["blank line", "indented", "no pipe", "in two lines", "no header", "no dashes", "dashes short", "renamed"],
)  # fmt: skip
def test_a_table_that_fell_apart_has_the_rows_that_it_shows(change: tuple[str, str]) -> None:
    """Alone it is no edit, and an edit in the part that fell off is one edit."""
    reading = read(change, document=DOCUMENT)
    assert (reading.record, reading.unread) == (DOCUMENT, ())
    reading = read(change, ("Renew by hand, find", "Renew it by hand, find"), document=DOCUMENT)
    assert (list(reading.lines), reading.unread) == (["timeline.E005.text"], ())


def test_a_new_row_below_a_blank_line_is_a_new_entry() -> None:
    end = "<!-- /runbook:timeline.resolution -->"
    record = read((end, f"| | 10:00 | All is well | Ada |\n\n{end}")).record
    (new,) = (entry for entry in record.timeline if entry.text == "All is well")
    assert (new.actor, new.phase) == ("Ada", "resolution")


@pytest.mark.parametrize("typed", ["We then looked at dashboards.", "- 10:00 looked at dashboards", "> looked"])
def test_what_is_no_row_of_a_table_is_named_and_costs_no_row(typed: str) -> None:
    reading = read((ROW, f"\n{typed}\n\n{ROW}"), document=DOCUMENT)
    assert reading.record == DOCUMENT
    assert [(each.text, each.message[:33]) for each in reading.unread] == [
        (typed.lstrip("> "), "it stands outside every field of ")
    ]


def test_columns_are_known_by_their_names() -> None:
    """One taken out, one added, two swapped: nobody's words end up in another cell."""
    lines = shown(DOCUMENT).split("\n")
    begin, end = (lines.index(f"<!-- {mark}runbook:timeline.investigation -->") for mark in ("", "/"))
    for change in (
        lambda cells: cells[1:],
        lambda cells: [cells[1], cells[0], *cells[2:]],
        lambda cells: [cells[3], *cells[:3]],
    ):
        table = [f"| {' | '.join(change(line[2:-2].split(' | ')))} |" for line in lines[begin + 2 : end - 1]]
        told = whole("\n".join([*lines[: begin + 2], *table, *lines[end - 1 :]]).replace("\\ |", "\\|"))
        assert (told.record, told.unread) == (DOCUMENT, ())
    table = [line.replace(" |", " | x |", 1) for line in lines[begin + 2 : end - 1]]
    table[:2] = ["| T+ | Mine | Time | What | Who |", "| --- | --- | --- | --- | --- |"]
    told = whole("\n".join([*lines[: begin + 2], *table, *lines[end - 1 :]]))
    assert told.record == DOCUMENT
    assert [(each.field, each.text) for each in told.unread] == [("timeline.investigation", "Mine")]


def test_tables_that_were_run_together_are_not_read() -> None:
    """So does mdformat with `--wrap` and without its plugin for tables leave them."""
    text = re.sub(r"\|\n\|", "| |", shown(DOCUMENT))
    reading = whole(text)
    assert reading.record == DOCUMENT
    apart = {each.field for each in reading.unread if "fallen apart" in each.message}
    assert apart >= {"head", "timeline.investigation", "commands", "evidence", "findings", "milestones"}
    reading = whole(text.replace("- We restarted before", "- They restarted before"))
    assert list(reading.lines) == ["lessons.went_wrong.L2.text"]


def test_forty_rows_in_another_order_are_no_edit_and_named_once() -> None:
    document = examples.incident(60)
    text = shown(document)
    rows = rows_of(text)
    assert len(rows) > 40
    for order in (sorted(rows), list(reversed(rows)), random.Random(1).sample(rows, len(rows))):
        there = iter(order)
        mixed = "\n".join(next(there) if line in rows else line for line in text.split("\n"))
        reading = read_report(mixed, document)
        assert reading.record.left_out == []
        assert {entry.id for entry in reading.record.timeline} == {entry.id for entry in document.timeline}
        assert [entry.text for entry in reading.record.timeline] == [entry.text for entry in document.timeline]


def test_rows_that_lost_their_anchors_are_the_same_rows() -> None:
    """Half of forty, and their order as well."""
    document = examples.incident(60)
    text = shown(document)
    rows = rows_of(text)[5:]
    bare = {row: re.sub(r" <!-- id \w+ -->", "", row) for row in rows[::2]}
    reading = read_report("\n".join(bare.get(line, line) for line in text.split("\n")), document)
    assert (reading.record, reading.unread) == (document, ())


def test_all_times_an_hour_later_move_all_entries() -> None:
    """A reviewer found the clock an hour off: offsets stand as they were, the times count."""
    later = re.sub(
        r"(?m)^(\| T\+\d:\d\d \| )(\d\d)(:\d\d .*<!-- id [EC]\d)",
        lambda found: f"{found[1]}{int(found[2]) + 1:02}{found[3]}",
        shown(DOCUMENT).partition("## Commands Executed")[0],
    )
    reading = read_report(later + "".join(shown(DOCUMENT).partition("## Commands Executed")[1:]), DOCUMENT)
    assert isinstance(reading.record, Incident)
    assert [entry.at for entry in reading.record.timeline] == [
        (entry.at + timedelta(hours=1)).replace(second=0) for entry in DOCUMENT.timeline
    ]


def test_a_table_that_was_aligned_is_no_edit() -> None:
    def aligned(line: str) -> str:
        return re.sub(r"(?<=[^\\]) \| ", "      |   ", line) if line.startswith("| ") else line

    reading = whole("\n".join(map(aligned, shown(DOCUMENT).split("\n"))))
    assert (reading.record, reading.unread) == (DOCUMENT, ())


def test_a_column_that_only_some_tables_have_can_be_added() -> None:
    """`Who` stands where several people did something; whoever types it names the first other one."""
    document = examples.incident()
    for entry in document.timeline:
        entry.actor = "Kim"
    text = shown(document)
    assert "| Who |" not in text
    row = next(line for line in text.split("\n") if "Kim has it" in line)
    end = row.index(" <!--")
    typed = text.replace(row, f"{row[:end].rstrip(' |')} | Noor{row[end:]}").replace(
        "| T+ | Time | What |\n| --- | --- | --- |\n| T+0:09",
        "| T+ | Time | What | Who |\n| --- | --- | --- | --- |\n| T+0:09",
    )
    reading = read_report(typed, document)
    assert list(reading.lines) == ["timeline.E003.actor"]
    assert next(entry.actor for entry in reading.record.timeline if entry.id == "E003") == "Noor"


def test_a_table_that_was_typed_anew_takes_no_time_that_grows_with_its_square() -> None:
    """Two thousand rows without their anchors in other words: as many entries left out, as many new ones."""
    document = examples.incident(2000)
    text = shown(document)
    began = time.process_time()
    read_report(text.replace("looked at", "Looked at", 1), document, made=text)
    one = time.process_time()
    reading = read_report(re.sub(r" <!-- id E\d+ -->", "", text).replace("looked at", "we saw"), document, made=text)
    every = time.process_time() - one
    assert len(reading.record.left_out) >= 2000
    assert every < 8 * (one - began)
