"""The timeline as characters: what ``show`` draws in 80 columns, without colour, and with ASCII where it must."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import examples
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from ptydriver import Terminal
from strategies import documents

from runbook.model.cells import cells
from runbook.model.record import AnyDocument, Command, Incident, Milestones, TimelineEntry
from runbook.model.settings import Settings
from runbook.record.store import load_record
from runbook.render.sheet import Sheet
from runbook.render.terminal import short_view
from runbook.render.timeline_terminal import FULL, PLAIN, lanes_in_text

if TYPE_CHECKING:
    from conftest import Runbook

ROOT = Path(__file__).parent.parent
WHEN = datetime(2026, 3, 4, 7, 40, tzinfo=UTC)


def picture(document: AnyDocument, width: int = 80, *, plain: bool = False) -> list[str]:
    return lanes_in_text(Sheet(document, Settings()), width, plain=plain)


def test_the_real_incident_in_eighty_cells() -> None:
    """The picture, as it was looked at and found good."""
    assert picture(load_record(ROOT / "incidents/2026/INC-2026-02-11-001"), plain=True) == [
        "            |started   |detected",
        "  phases    +-- 3 h ---+................... not resolved ............./ 32 h /+",
        "  Detection 2                 !         !                            o/      /2",
        "  People                                                              /      /",
        "  Commands  +                           +              +             2/      /",
        "    failed             3      x         2              x              /      /",
        "  Changes       =      2      =         =              =              /      /",
        "              09:00     12:00      15:00      18:00     21:00      00:00   08:00",
        "             11 Feb                                               12 Feb  13 Feb",
        "  o seen  ! trouble  x failed  + succeeded  = change  2..9 so many",
    ]


@settings(
    max_examples=40, suppress_health_check=list(HealthCheck), deadline=None, phases=(Phase.explicit, Phase.generate)
)
@given(documents())
def test_any_record_fits_the_terminal(document: AnyDocument) -> None:
    for width in (40, 80, 133):
        for line in picture(document, width):
            assert cells(line) <= width
            assert len(line) <= width
        assert all(line.isascii() for line in picture(document, width, plain=True))


def test_failed_commands_have_a_line_of_their_own_and_length_where_it_was_recorded() -> None:
    document = Incident(
        id="INC-2026-03-04-001", title="x",
        milestones=Milestones(started=WHEN, resolved=WHEN + timedelta(minutes=67)),
        commands=[
            Command(id="A", at=WHEN + timedelta(minutes=10), command="make", exit_status=0, duration=600),
            Command(id="B", at=WHEN + timedelta(minutes=40), command="make", exit_status=2),
        ],
    )  # fmt: skip
    lines = {line[:12].strip(): line[12:] for line in picture(document) if line[:2] == "  "}
    assert lines["Commands"].strip() == "●" + "─" * 10
    assert lines["failed"].strip() == "✗"


def test_many_at_the_same_place_are_counted() -> None:
    entries = [TimelineEntry(id=f"E{n}", at=WHEN, text="x") for n in range(12)]
    entries += [TimelineEntry(id=f"F{n}", at=WHEN + timedelta(hours=1), text="x") for n in range(4)]
    people = next(line for line in picture(Incident(id="INC-2026-03-04-001", title="x", timeline=entries))
                  if "People" in line)  # fmt: skip
    assert people.split() == ["People", "*", "4"]


@pytest.mark.parametrize("glyphs", [FULL, PLAIN], ids=["full", "ascii"])
def test_every_sign_is_one_column_and_tells_its_shape_within_a_lane(glyphs: object) -> None:
    for signs in (FULL, PLAIN):
        for lane in (("seen", "trouble", "verified"), ("said", "decision", "escalation"),
                     ("failed", "succeeded", "unknown"), ("change", "backup", "rollback")):  # fmt: skip
            assert len({signs.shapes[shape] for shape in lane}) == 3
        assert all(cells(sign) == 1 for sign in signs.shapes.values())


def test_show_draws_it_and_falls_back_to_ascii_where_the_terminal_is_not_utf8(
    runbook: Runbook, repository: Path
) -> None:
    runbook("start", "Disk full on db-1", "--at", "2026-03-04 07:40Z", cwd=repository, check=0)
    runbook("log", "df says 100 %", "--kind", "observation", "--at", "2026-03-04 07:50Z", check=0)
    runbook("mark", "detected", "--at", "2026-03-04 07:50Z", check=0)
    shown = runbook("show", check=0).stdout
    assert "│started" in shown
    assert "10 min until detected" in shown
    for foreign in ({"LC_ALL": "en_US.ISO-8859-1"}, {"PYTHONIOENCODING": "ascii"}):
        plain = runbook("show", check=0, env=foreign).stdout
        assert "|started" in plain
        assert plain[plain.index("Timeline") :].isascii()


def test_a_single_moment_is_no_picture() -> None:
    assert picture(Incident(id="INC-2026-03-04-001", title="x", milestones=Milestones(started=WHEN))) == []
    assert picture(examples.deployment()) != []


# ----------------------------------------------------------------------------------------------- the rest of it


def test_a_summary_in_japanese_loses_nothing_at_the_end_of_a_line() -> None:
    document = examples.incident()
    document.summary = "支払いゲートウェイが応答しない、データベースの接続数が上限に達した。" * 2
    shown = short_view(document, width=60)
    assert document.summary in "".join(line.strip() for line in shown.splitlines())
    document.summary *= 20
    assert any(line.endswith("…") for line in short_view(document, width=60).splitlines())
    assert all(cells(line) <= 60 for line in short_view(document, width=60).splitlines())


def test_prose_stays_readable_on_a_very_wide_terminal() -> None:
    document = examples.incident()
    document.summary = "One of many words. " * 40
    prose = [line for line in short_view(document, width=220).splitlines() if "of many words" in line]
    assert 90 < max(map(len, prose)) <= 100


def test_what_is_longer_than_the_screen_goes_through_the_pager_and_into_a_pipe_as_it_is(
    runbook: Runbook, repository: Path, tmp_path: Path
) -> None:
    runbook("start", "Disk full on db-1", cwd=repository, check=0)
    script = tmp_path / "pager"
    script.write_text("#!/bin/sh\nsed 's/^/PAGED /'\n", encoding="utf-8")
    script.chmod(0o755)
    argv = [sys.executable, "-m", "runbook", "show"]
    with Terminal(argv, rows=6, cwd=str(repository), env={"PAGER": str(script)}) as terminal:
        terminal.sees("PAGED")
    assert "PAGED" not in runbook("show", env={"PAGER": str(script)}, check=0).stdout
