"""Machines whose clocks differ: what is known of that, what accepting it changes, and who knew what when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_schemas import check
from test_share import Person, Team

from runbook.errors import BadInputError
from runbook.flow.offset import parse_offset, show_offset
from runbook.model.record import Incident
from runbook.model.wire import Entry
from runbook.record.clocks import bounds, corrected
from runbook.record.fold import fold
from runbook.record.journal import read

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

AHEAD = """
import sys, time
import time_machine
offset = float(sys.argv.pop(1))
with time_machine.travel(time.time() + offset, tick=True):
    from runbook.cli.main import main
    status = main(sys.argv[1:])
sys.exit(status)
"""


class Skewed(Person):
    """Somebody whose machine's clock is wrong."""

    ahead = 133.0

    @property
    def program(self) -> tuple[str, ...]:
        return "-c", AHEAD, str(self.ahead)


def two_clocks(home: Path) -> tuple[Person, Person]:
    """Robin has an open incident, and Kim, whose clock is ahead, has joined it."""
    team = Team(home, "robin")
    robin = team["robin"]
    kim = Skewed("kim", home, f"file://{team.hub}")
    robin("start", "It broke")
    robin("push")
    kim("join", robin("status").split()[0])
    return robin, kim


def minute(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_clock_that_is_ahead_is_noticed_and_put_right_when_somebody_says_so(home: Path) -> None:
    robin, kim = two_clocks(home)
    kim("log", "kim looks at it")
    kim("push")
    robin("log", "after kim")
    answer = robin("push")
    assert "ahead by 00:02:1" in answer
    assert "--accept" in answer
    kim("push")
    robin("push")
    clocks = {tuple(row["people"]): row for row in check("offset", robin("offset", "--format", "json"))}
    assert clocks["robin",]["ours"]
    (row,) = [row for people, row in clocks.items() if "kim" in people]
    assert row["least"] <= 133 <= row["most"]
    assert "after kim" in robin.texts()
    before = [row.split("  ")[-1].strip() for row in robin("show", "--entries").splitlines() if "kim" in row]
    assert before[-1] == "kim looks at it"  # in the future, as the clock said
    assert "behind" in kim("offset", "robin")
    assert "shown where they belong" in robin("offset", "kim", "--accept")
    after = [row.split("  ")[-1].strip() for row in robin("show", "--entries").splitlines() if "kim" in row]
    assert after.index("kim looks at it") < after.index("after kim")
    record = robin("show", "--format", "json")
    assert "taken as ahead by 0:02:1" in record
    robin("undo")
    again = [row.split("  ")[-1].strip() for row in robin("show", "--entries").splitlines() if "kim" in row]
    assert again == before
    robin("offset", "kim", "+00:02:13")
    assert "ahead by 00:02:13 (applied)" in robin("offset", "kim")
    robin("offset", "kim", "-00:00:30")
    assert "behind by 00:00:30 (applied)" in robin("offset", "kim")
    robin("offset", "kim", "0")
    robin("push")
    kim("push")
    assert kim.ids() == robin.ids()


def test_two_entries_that_are_the_same_event_give_the_offset(runbook: Runbook, home: Path) -> None:
    runbook("start", "It broke", check=0)
    (folder,) = home.glob(".local/state/runbook/*/INC-*")
    runbook("log", "the alarm went off", check=0)
    (mine,) = [e for e in read(str(folder))[0] if e.kind == "note"]
    other = Entry(
        id="01HX0000000000000000000001",
        at=(minute(mine.at) + timedelta(seconds=90)).isoformat(),
        recorded_at=(minute(mine.at) + timedelta(seconds=90)).isoformat(),
        kind="note",
        actor="kim",
        source="cli",
        data={"text": "heard the alarm"},
    )
    (folder / "journal" / "web2-kim-00000000.jsonl").write_bytes(other.to_line())
    answer = runbook("offset", "--same", mine.id[-6:], other.id[-6:], check=0).stdout
    assert "web2-kim-00000000 is ahead by 00:01:30" in answer
    runbook("offset", "--same", mine.id[-6:], other.id[-6:], "--accept", check=0)
    times = [e.at for e in corrected(read(str(folder))[0]) if e.kind == "note"]
    assert len({minute(at) for at in times}) == 1
    assert "same clock" in runbook("offset", "--same", mine.id[-6:], "last", check=2).stderr
    assert "nothing on record was timed by 'web9'" in runbook("offset", "web9", "+1:00", check=2).stderr
    assert "no difference was measured" in runbook("offset", "web2", "--accept", check=2).stderr


def test_what_was_known_when(runbook: Runbook) -> None:
    runbook("start", "It broke", "--at", "2 hours ago", check=0)
    runbook("log", "--at", "90 min ago", "the disk was filling up", check=0)
    noted = runbook("log", "a first guess", "--format", "json", check=0).stdout
    assert noted
    shown = runbook("show", "--as-of", "now", check=0).stdout
    assert "the disk was filling up" in shown
    assert "(learned " in shown
    shown = runbook("show", "--as-of", "30 min ago", check=2).stderr
    assert "nothing was on record at" in shown
    assert "it was declared at" in shown


def entry(number: int, kind: str, at: str, *, writer: str = "a", recorded: str = "", **data: Any) -> Entry:
    return Entry(
        id=f"01HX{number:022d}",
        at=at,
        recorded_at=recorded or at,
        kind=kind,
        actor=writer,
        source="cli",
        data=data,
        writer=writer,
    )


def at(clock: str) -> str:
    return f"2026-02-11T{clock}+00:00"


START = entry(
    1,
    "start",
    at("08:00:00"),
    document="incident",
    id="INC-2026-02-11-001",
    ulid="01HX0000000000000000000000",
    title="x",
)


def test_only_times_read_from_that_clock_are_moved() -> None:
    live = entry(2, "note", at("08:10:00"), writer="b", text="live")
    typed = entry(3, "note", at("07:00:00"), writer="b", recorded=at("08:11:00"), text="typed")
    offset = entry(4, "offset", at("08:12:00"), clock="b", seconds=120)
    moved = corrected([START, live, typed, offset])
    assert [e.at for e in moved] == [at("08:00:00"), at("08:08:00"), at("07:00:00"), at("08:12:00")]
    assert moved[2].recorded_at == at("08:09:00")
    assert corrected([START, live]) == [START, live]
    undone = entry(5, "undo", at("08:13:00"), target=offset.id)
    assert [e.at for e in corrected([live, offset, undone])] == [at("08:10:00"), offset.at, undone.at]


def test_an_offset_accepted_after_the_report_moves_what_the_record_holds() -> None:
    live = entry(2, "mark", at("08:10:00"), writer="b", milestone="detected")
    by_hand = entry(3, "note", at("08:11:00"), writer="b", text="corrected by hand")
    record, _ = fold(corrected([START, live, by_hand]))
    record.timeline[-1].at = datetime(2026, 2, 11, 9, tzinfo=UTC)
    offset = entry(4, "offset", at("08:12:00"), clock="b", seconds=120)
    later, problems = fold(corrected([START, live, by_hand, offset]), record)
    assert problems == []
    assert [f"{row.at:%H:%M}" for row in later.timeline] == ["08:00", "08:08", "08:12", "09:00"]
    assert f"{later.milestones.detected:%H:%M}" == "08:08"
    again, _ = fold(corrected([START, live, by_hand, offset]), later)
    assert again == later


def test_a_late_journal_loses_nothing_and_overrides_no_decision() -> None:
    """Robin files; kim's journal, older and from a clock that is ahead, arrives afterwards."""
    note = entry(2, "note", at("08:01:00"), text="a guess")
    high = entry(9, "set", at("08:20:00"), field="severity", value="high")
    record, _ = fold([START, note, high])
    amend = entry(5, "amend", at("08:05:00"), writer="b", target=note.id, changes={"text": "the cause"})
    low = entry(6, "set", at("08:06:00"), writer="b", field="severity", value="low")
    more = entry(7, "note", at("08:07:00"), writer="b", text="what kim saw")
    ahead = entry(50, "note", at("10:00:00"), writer="b", text="from the future")
    joined, problems = fold([START, note, high, amend, low, more, ahead], record)
    assert problems == []
    texts = [row.text for row in joined.timeline]
    assert {"the cause", "what kim saw", "from the future"} <= set(texts)
    assert isinstance(joined, Incident)
    assert joined.severity == "high"
    critical = entry(10, "set", at("08:30:00"), field="severity", value="critical")
    after, _ = fold([START, note, high, amend, low, more, ahead, critical], joined)
    assert isinstance(after, Incident)
    assert after.severity == "critical"  # newer than all that robin wrote, though older than kim's clock says


@given(
    truth=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 600)), min_size=1, max_size=12),
    skew=st.integers(-5000, 5000),
)
def test_bounds_always_hold_the_truth(truth: list[tuple[str, int]], skew: int) -> None:
    """Two people read each other's newest entry now and then; whatever the order, the real offset is within bounds."""
    base = datetime(2026, 2, 11, 8, tzinfo=UTC)
    entries: list[Entry] = []
    newest: dict[str, str] = {}
    for number, (who, second) in enumerate(sorted(truth, key=lambda step: step[1])):
        clock = base + timedelta(seconds=second + (skew if who == "b" else 0))
        other = "b" if who == "a" else "a"
        if other in newest:
            entries.append(entry(2 * number, "seen", clock.isoformat(), writer=who, seen={other: newest[other]}))
        entries.append(entry(2 * number + 1, "note", clock.isoformat(), writer=who, text="x"))
        newest[who] = entries[-1].id
    for measured in bounds(entries, "a").values():
        assert measured.least is None or measured.least.total_seconds() <= skew
        assert measured.most is None or measured.most.total_seconds() >= skew
        assert abs(measured.certain.total_seconds()) <= abs(skew)


@given(st.integers(-86400 * 300, 86400 * 300))
def test_offsets_are_read_as_they_are_shown(seconds: int) -> None:
    offset = timedelta(seconds=seconds)
    assert parse_offset(show_offset(offset)) == offset


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+00:02:13", 133), ("-1:05", -65), ("90s", 90), ("-2 min", -120), ("0", 0), ("+3:00:00", 10800)],
)
def test_offsets_people_type(text: str, seconds: float) -> None:
    assert parse_offset(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["soon", "1:99", "99999 h", "", "+-3", "1:2:3:4"])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        parse_offset(text)
