"""Every example of the CommonMark specification, as captured text, as prose and in a table, out and back.

The specification is not part of this repository (it has a licence of its own). ``make campaign-sync`` fetches it;
``COMMONMARK_SPEC`` names its ``spec.txt``.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_sync_reader import shown

from runbook.model.record import (
    Action,
    Cause,
    Command,
    Evidence,
    Finding,
    Incident,
    Item,
    Milestones,
    TimelineEntry,
    Why,
)
from runbook.render.check import check_report
from runbook.render.literal import visible
from runbook.render.reader import read_report
from runbook.render.reader_inline import same

SPEC = Path(os.environ.get("COMMONMARK_SPEC") or Path(__file__).parent.parent / ".venv" / "commonmark" / "spec.txt")
EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n.*?^`{32}$", re.MULTILINE | re.DOTALL)
START = datetime(2026, 2, 11, 8, tzinfo=UTC)


def spec_examples() -> list[str]:
    """The Markdown of each example; an arrow stands for a tab there."""
    return [text.replace("→", "\t") for text in EXAMPLE.findall(SPEC.read_text("utf-8"))]


def record(text: str, *, blank: bool = False) -> Incident:
    """An incident that says ``text`` wherever one can say anything; ``blank``: the same without it."""
    prose = "" if blank else text
    captured = text.removesuffix("\n")  # that one is no part of the example
    literal = "x" if blank else captured
    return Incident(
        id="INC-2026-02-11-001",
        title=literal,
        lead=literal,
        responders=["Kim"] if blank or not text.strip() else ["Kim", text],
        milestones=Milestones(started=START),
        summary=prose,
        resolution=prose,
        timeline=[
            TimelineEntry(id="1", at=START, text=literal, actor="Kim"),
            TimelineEntry(id="2", at=START, kind="decision", text=literal, actor="Noor" if blank else f"Noor {text}"),
        ],
        commands=[Command(id="c", at=START, command=literal, note=prose, exit_status=1)],
        evidence=[Evidence(id="e", name=literal, path="evidence/a.txt", note=prose)],
        findings=[Finding(id="net/x", signature="net/x", title=literal, reason=prose, fix=prose, excerpt=captured)],
        causes=[Cause(id="k", title=prose, whys=[Why(id="w", text=prose)])],
        factors=[Item(id="f", text=prose)],
        actions=[Action(id="a", text=prose, owner="" if blank else text.strip())],
    )


@pytest.mark.skipif(
    not SPEC.is_file(), reason="the CommonMark specification is not here; make campaign-sync fetches it"
)
def test_every_example_of_the_specification_comes_back() -> None:
    """From a record that knows nothing of it: all of it comes from the report."""
    found = spec_examples()
    assert len(found) > 600
    failed = []
    for number, text in enumerate(found, 1):
        wanted, empty = record(text), record(text, blank=True)
        report = shown(wanted)
        read = read_report(report, empty).record
        lines, others = shown(read).split("\n"), report.split("\n")
        alike = len(lines) == len(others) and all(map(same, lines, others))
        literal = [entry.text for entry in read.timeline] == [visible(entry.text) for entry in wanted.timeline]
        unchanged = read_report(report, wanted).record == wanted
        if not (alike and literal and unchanged and check_report(report) == []):
            failed.append(number)
    assert failed == []
