"""Timeline lines as people paste them, and the short answers of forms."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.capture.lines import explain_cost, parse_due, parse_hours, parse_number, split_lines, to_items
from runbook.capture.pasted import parse_lines, read_time
from runbook.errors import BadInputError
from runbook.model.record import Item

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 2, 14, 9, 0, tzinfo=BERLIN)
START = datetime(2026, 2, 11, 9, 2, tzinfo=BERLIN)
END = datetime(2026, 2, 11, 14, 25, tzinfo=BERLIN)


def when(line: str) -> str:
    """The time and text of one pasted line."""
    (entry,) = parse_lines(line, now=NOW, zone=BERLIN, started=START, ended=END)
    return f"{entry.at.astimezone(BERLIN):%m-%d %H:%M:%S} {entry.text}"


@pytest.mark.parametrize(
    "line",
    [
        "14:05 restarted the proxy",
        "  14:05:00  restarted the proxy",
        "- 14:05 restarted the proxy",
        "* [14:05] restarted the proxy",
        "> 14:05 - restarted the proxy",
        "14:05: restarted the proxy",
        "14:05 — restarted the proxy",
        "- [x] 14:05 restarted the proxy",
        "(14:05) restarted the proxy",
        "**14:05** restarted the proxy",
        "| 14:05 | restarted the proxy |",
        "2:05 pm restarted the proxy",
        "2:05PM restarted the proxy",
        "2026-02-11 14:05 restarted the proxy",
        "2026-02-11T14:05:00+01:00 restarted the proxy",
        "2026-02-11T13:05:00Z restarted the proxy",
        "2026-02-11T13:05:00.123Z restarted the proxy",
        "[2026-02-11 14:05:00,482] restarted the proxy",
        "T+5:03 restarted the proxy",
        "T+303: restarted the proxy",
        "14:05\trestarted the proxy",
    ],
)
def test_the_time_in_front_of_a_line_is_understood(line: str) -> None:
    assert when(line) == "02-11 14:05:00 restarted the proxy"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("14:40 verified", "02-11 14:40:00 verified"),  # after the end, on the day it ended
        ("08:30 the page began to fail", "02-11 08:30:00 the page began to fail"),  # before anybody declared it
        ("yesterday 23:10 wrote it up", "02-13 23:10:00 wrote it up"),
        ("10 min ago closed the ticket", "02-14 08:50:00 closed the ticket"),
        ("14:05 .env was missing", "02-11 14:05:00 .env was missing"),
        ("14:05 12:00 was the wrong time", "02-11 14:05:00 12:00 was the wrong time"),
        ("12:10 am nobody was there", "02-11 00:10:00 nobody was there"),
    ],
)
def test_a_clock_time_is_of_the_incidents_own_days(line: str, expected: str) -> None:
    """Pasted three days later, times land on the day of the incident, not on yesterday."""
    assert when(line) == expected


def test_a_night_keeps_its_order() -> None:
    """Lines on both sides of midnight land on two days."""
    start, end = datetime(2026, 2, 11, 22, 0, tzinfo=UTC), datetime(2026, 2, 12, 2, 0, tzinfo=UTC)
    lines = parse_lines("23:50 before\n00:10 after", now=NOW, zone=UTC, started=start, ended=end)
    assert [line.at.day for line in lines] == [11, 12]


def test_a_line_without_a_time_belongs_to_the_one_before() -> None:
    lines = parse_lines(
        "14:05 restarted\n  it took a while\n\n14:10 up again", now=NOW, zone=BERLIN, started=START, ended=END
    )
    assert [line.text for line in lines] == ["restarted\nit took a while", "up again"]


def test_text_without_any_time_happened_now() -> None:
    (line,) = parse_lines("Called the vendor\nand waited", now=NOW, zone=BERLIN, started=START)
    assert (line.at, line.text) == (NOW, "Called the vendor\nand waited")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("it began\n14:05 restarted", "line 1 has no time"),
        ("14:05", "there is nothing after 14:05"),
        ("14:05 ok\n25:10 x", "line 2: '25:10'"),
        ("14:05 ok\n14:75 x", "line 2: '14:75'"),
        ("13:05 pm x", "twelve-hour clock"),
        ("2026-02-30 14:05 x", "2026-02-30"),
    ],
)
def test_a_line_that_cannot_be_is_named(text: str, problem: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_lines(text, now=NOW, zone=BERLIN, started=START, ended=END)
    assert problem in caught.value.message
    assert caught.value.hint


def test_an_hour_that_clocks_showed_twice_is_asked_back() -> None:
    """On the night the clocks go back, 02:30 happened twice; the person is asked which one."""
    start = datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN)
    with pytest.raises(BadInputError, match="twice"):
        parse_lines("02:30 x", now=start + timedelta(hours=9), zone=BERLIN, started=start, ended=None)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is pasted: entries or a message, never an exception of ours, and no word is lost."""
    try:
        lines = parse_lines(text, now=NOW, zone=BERLIN, started=START, ended=END)
    except BadInputError:
        return
    assert all(line.at.tzinfo is not None and line.text.strip() for line in lines)


def test_a_time_alone_is_read_as_in_front_of_a_line() -> None:
    assert read_time("14:05", now=NOW, zone=BERLIN, started=START, ended=END) == datetime(
        2026, 2, 11, 14, 5, tzinfo=BERLIN
    )
    assert read_time("2026-02-11T13:05Z", now=NOW, zone=BERLIN).astimezone(UTC).hour == 13
    with pytest.raises(BadInputError):
        read_time("14:05 and more", now=NOW, zone=BERLIN)


@pytest.mark.parametrize(
    ("people", "hours", "rate", "expected"),
    [
        (3, 5.38, 80, "3 people x 5.38 h x 80 EUR = 1,291.20 EUR"),
        (2, 1, 50, "2 people x 1 h x 50 EUR = 100 EUR"),
        (0, 5, 80, "0 people x 5 h x 80 EUR = 0 EUR"),
        (3, 5, None, "The cost is not known: nobody has said what an hour costs."),
        (None, None, 80, "The cost is not known: nobody has said how many people or how many hours."),
    ],
)
def test_the_cost_shows_its_arithmetic(
    people: float | None, hours: float | None, rate: float | None, expected: str
) -> None:
    """A number nobody knows is missing, never zero."""
    assert explain_cost(people, hours, rate, "EUR") == expected


@pytest.mark.parametrize(("text", "expected"), [("", None), ("3", 3), ("2.5", 2.5), ("2,5", 2.5), (" 1 000 ", 1000)])
def test_numbers_as_people_type_them(text: str, expected: float | None) -> None:
    assert parse_number(text) == expected


@pytest.mark.parametrize("text", ["-1", "three", "1e5", "nan", "1.2.3"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("5.5", 5.5), ("5:30", 5.5), ("5h 30min", 5.5), ("90 min", 1.5), ("", None)]
)
def test_hours_may_be_a_duration(text: str, expected: float | None) -> None:
    assert parse_hours(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", "2026-03-01"),
        ("tomorrow", "2026-02-15"),
        ("friday", "2026-02-20"),
        ("sat", "2026-02-21"),  # today is a Saturday: the next one
        ("in 2 weeks", "2026-02-28"),
        ("+3d", "2026-02-17"),
        ("", "None"),
    ],
)
def test_dates_as_people_type_them(text: str, expected: str) -> None:
    assert str(parse_due(text, date(2026, 2, 14))) == expected


@pytest.mark.parametrize("text", ["2026-02-30", "someday", "fr", "1 fortnight"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        parse_due(text, date(2026, 2, 14))


def test_lines_lose_their_bullets_and_items_keep_their_ids() -> None:
    """A list that is edited as text stays the same list where its words stay."""
    assert split_lines("- one\n* [ ] two\n3. three\n\n  four ") == ["one", "two", "three", "four"]
    kept = Item(id="A1", text="one\nwith a second line")
    first, second = to_items("one with a second line\nnew", [kept])
    assert first == {"id": "A1", "text": "one\nwith a second line"}
    assert second["text"] == "new"
    assert second["id"] != "A1"
