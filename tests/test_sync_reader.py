"""A report read back: everything it shows returns, every edit an editor could make is kept, nothing else changes."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from edits import Pair, pairs
from hypothesis import HealthCheck, Phase, given, settings
from strategies import documents

from runbook.model.settings import Settings
from runbook.render.reader import read_report
from runbook.render.reader_inline import same
from runbook.render.report import render_report

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument

CASES = int(os.environ.get("CAMPAIGN_SYNC_CASES", "30"))
PROPERTY = settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[phase for phase in Phase if phase is not Phase.shrink],  # a whole record shrinks for minutes
)


def shown(document: AnyDocument) -> str:
    return render_report(document, settings=Settings())


def told(document: AnyDocument) -> list[str]:
    """The lines of a report, with its redaction marks unnumbered: one mark fewer renumbers those behind it."""
    return re.sub(r"(\[redacted:[a-z-]+)#(?:\u200b)?\d+", r"\1", shown(document)).split("\n")


@PROPERTY
@given(pairs())
def test_a_report_of_the_edited_record_reads_back_as_the_edited_record(pair: Pair) -> None:
    """The strongest form of the way back: all that the report shows is taken from it."""
    before, after = pair
    reading = read_report(shown(after), before)
    ours, wanted = told(reading.record), told(after)
    assert len(ours) == len(wanted)
    assert [(one, other) for one, other in zip(ours, wanted, strict=True) if not same(one, other)] == []


@PROPERTY
@given(documents())
def test_a_report_nobody_edited_changes_nothing(document: AnyDocument) -> None:
    text = shown(document)
    for form in (text, text.replace("\n", "\r\n"), "\ufeff" + text, text + "\n"):
        reading = read_report(form, document)
        assert reading.record == document
        assert reading.unread == ()
