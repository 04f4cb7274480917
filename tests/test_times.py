"""Times as people type them, and durations as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import BadInputError
from runbook.model.times import format_duration, format_offset, from_iso, iso, parse_duration, parse_time

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 2, 11, 15, 0, tzinfo=BERLIN)
STARTED = datetime(2026, 2, 11, 9, 2, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("now", "2026-02-11T15:00:00+01:00"),
        ("14:32", "2026-02-11T14:32:00+01:00"),
        ("14:32:07", "2026-02-11T14:32:07+01:00"),
        ("9:05", "2026-02-11T09:05:00+01:00"),
        ("15:03", "2026-02-11T15:03:00+01:00"),  # a clock that runs a little ahead
        ("23:50", "2026-02-10T23:50:00+01:00"),  # not tonight: it has not happened yet
        ("yesterday 23:10", "2026-02-10T23:10:00+01:00"),
        ("today 08:00", "2026-02-11T08:00:00+01:00"),
        ("10 min ago", "2026-02-11T14:50:00+01:00"),
        ("2h 5min ago", "2026-02-11T12:55:00+01:00"),
        ("1.5 hours ago", "2026-02-11T13:30:00+01:00"),
        ("2 days ago", "2026-02-09T15:00:00+01:00"),
        ("T+15", "2026-02-11T09:17:00+01:00"),
        ("t+1:30", "2026-02-11T10:32:00+01:00"),
        ("T+2h", "2026-02-11T11:02:00+01:00"),
        ("2026-02-10 9:02", "2026-02-10T09:02:00+01:00"),
        ("2026-02-10T09:02:03", "2026-02-10T09:02:03+01:00"),
        ("2026-02-10T09:02Z", "2026-02-10T09:02:00+00:00"),
        ("2026-02-10 09:02 UTC", "2026-02-10T09:02:00+00:00"),
        ("2026-02-10T09:02:00-05:00", "2026-02-10T09:02:00-05:00"),
        ("2026-02-10 09:02 +0530", "2026-02-10T09:02:00+05:30"),
    ],
)
def test_a_person_may_type_a_time_in_many_ways(typed: str, meant: str) -> None:
    assert parse_time(typed, now=NOW, started=STARTED).isoformat() == meant


@pytest.mark.parametrize(
    "typed", ["", "soon", "25:00", "14:72", "T+", "T+x", "-5 min ago", "2026-13-01 10:00", "10 elephants ago"]
)
def test_what_is_no_time_is_answered_with_examples(typed: str) -> None:
    with pytest.raises(BadInputError) as error:
        parse_time(typed, now=NOW, started=STARTED)
    assert "14:32" in error.value.hint or "15 (minutes)" in error.value.hint


def test_an_offset_from_the_start_needs_a_start() -> None:
    with pytest.raises(BadInputError, match="no start is known"):
        parse_time("T+15", now=NOW)


def test_a_time_that_clocks_skipped_is_asked_back() -> None:
    with pytest.raises(BadInputError, match="did not exist"):
        parse_time("2026-03-29 02:30", now=NOW)


def test_a_time_that_happened_twice_is_asked_back_with_both_offsets() -> None:
    with pytest.raises(BadInputError, match="happened twice") as error:
        parse_time("2026-10-25 02:30", now=NOW)
    assert "+02:00" in error.value.hint
    assert "+01:00" in error.value.hint


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_stored_is_read_back_to_the_millisecond(moment: datetime) -> None:
    assert abs(from_iso(iso(moment)) - moment) < timedelta(milliseconds=1)


@given(st.text())
def test_no_text_breaks_the_reader_of_times(text: str) -> None:
    try:
        assert parse_time(text, now=NOW, started=STARTED).tzinfo is not None
    except BadInputError as error:
        assert error.message


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("15", 900), ("1:30", 5400), ("2h 5min", 7500), ("90s", 90), ("1.5 h", 5400), ("1 day", 86400)],
)
def test_durations(typed: str, seconds: int) -> None:
    assert parse_duration(typed) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 min"),
        (45, "45 s"),
        (720, "12 min"),
        (3900, "1 h 05 min"),
        (19380, "5 h 23 min"),
        (7200, "2 h"),
        (183600, "2 d 3 h"),
    ],
)
def test_durations_are_short_to_read(seconds: int, shown: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == shown


def test_offsets_count_hours_and_minutes_from_the_start() -> None:
    assert format_offset(timedelta(minutes=15)) == "T+0:15"
    assert format_offset(timedelta(hours=48)) == "T+48:00"
    assert format_offset(-timedelta(minutes=5)) == "T-0:05"
