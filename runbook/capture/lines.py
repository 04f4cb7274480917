"""Answers as they are typed, and the values they stand for: lists, numbers, times, dates."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from runbook.errors import BadInputError
from runbook.model.times import format_duration, parse_duration
from runbook.model.wire import new_ulid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

_BULLET = re.compile(r"^(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AHEAD = re.compile(r"^(?:in\s+|\+\s*)?(\d{1,3})\s*(d|days?|w|weeks?|m|months?)$")
HOW_TO_TYPE_A_DATE = "try 2026-03-01, tomorrow, friday, 2 weeks"


class _Texted(Protocol):
    id: str
    text: str


def split_lines(text: str) -> list[str]:
    """One item a line; bullets, numbers and boxes in front of them are taken off."""
    return [stripped for line in text.splitlines() if (stripped := _BULLET.sub("", line.strip()).strip())]


def split_names(text: str) -> list[str]:
    """Items separated by line breaks or commas."""
    return [name.strip() for line in split_lines(text) for name in line.split(",") if name.strip()]


def join_items(items: Iterable[_Texted]) -> str:
    """Items as a person edits them, one a line; line breaks inside an item become spaces."""
    return "\n".join(" ".join(item.text.split()) for item in items)


def to_items(text: str, known: Sequence[_Texted]) -> list[dict[str, Any]]:
    """Typed lines as record items; an item keeps its id, and its line breaks, as long as its words stay."""
    by_text = {" ".join(item.text.split()): item for item in known}
    found: list[dict[str, Any]] = []
    for line in split_lines(text):
        item = by_text.pop(" ".join(line.split()), None)
        found.append({"id": new_ulid(), "text": line} if item is None else {"id": item.id, "text": item.text})
    return found


def parse_number(text: str) -> float | None:
    """A number of zero or more, with a point or a comma; None where nothing is typed.

    Raises:
        BadInputError: it is none.
    """
    cleaned = text.strip().replace(" ", "").replace("_", "")
    if not cleaned:
        return None
    if not re.fullmatch(r"\d{1,12}(?:[.,]\d{1,6})?", cleaned):
        raise BadInputError(
            f"{text!r} is not a number", hint="digits only, such as 3 or 2.5; leave it empty if unknown"
        )
    return float(cleaned.replace(",", "."))


def parse_hours(text: str) -> float | None:
    """Hours: ``5.5``, or a duration such as ``5:30`` or ``5h 30min``; None where nothing is typed.

    Raises:
        BadInputError: neither.
    """
    try:
        return parse_number(text)
    except BadInputError:
        return round(parse_duration(text).total_seconds() / 3600, 2)


def number_problem(text: str) -> str | None:
    """What is wrong with ``text`` as a number."""
    return _problem(parse_number, text)


def hours_problem(text: str) -> str | None:
    """What is wrong with ``text`` as a number of hours."""
    return _problem(parse_hours, text)


def _problem(parse: Any, text: str) -> str | None:
    try:
        parse(text)
    except BadInputError as error:
        return f"{error.message}; {error.hint}" if error.hint else error.message
    return None


def show_number(value: float | None) -> str:
    """``3``, ``2.5``, or nothing."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def parse_due(text: str, today: date) -> date | None:
    """The day a person meant: an ISO date, ``tomorrow``, a weekday, ``2 weeks``; None where nothing is typed.

    Raises:
        BadInputError: it is none.
    """
    cleaned = " ".join(text.lower().split())
    if not cleaned:
        return None
    if cleaned in {"today", "tomorrow"}:
        return today + timedelta(days=cleaned == "tomorrow")
    matching = [number for number, day in enumerate(_DAYS) if len(cleaned) >= 3 and day.startswith(cleaned)]
    if matching:
        return today + timedelta(days=(matching[0] - today.weekday() - 1) % 7 + 1)
    if ahead := _AHEAD.match(cleaned):
        return today + timedelta(days=int(ahead[1]) * {"d": 1, "w": 7, "m": 30}[ahead[2][0]])
    try:
        return date.fromisoformat(cleaned)
    except ValueError:
        raise BadInputError(f"{text!r} is not a date", hint=HOW_TO_TYPE_A_DATE) from None


def show_time(moment: datetime | None, zone: tzinfo) -> str:
    """A time as a person edits it: to the minute, or to the second where it has seconds."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second or local.microsecond else f"{local:%Y-%m-%d %H:%M}"


def explain_cost(people: float | None, hours: float | None, rate: float | None, currency: str) -> str:
    """The cost with its arithmetic, ``3 people x 5.4 h x 80 EUR = 1,296 EUR``, or what is missing to work it out."""
    parts = (("how many people", people), ("how many hours", hours), ("what an hour costs", rate))
    missing = [name for name, value in parts if value is None]
    if missing:
        return f"The cost is not known: nobody has said {' or '.join(missing)}."
    total = (people or 0) * (hours or 0) * (rate or 0)
    shown = f"{total:,.2f}".removesuffix(".00")
    return (
        f"{show_number(people)} people x {show_number(hours)} h x {show_number(rate)} {currency} = {shown} {currency}"
    )


def one_line(text: str, limit: int = 100) -> str:
    """``text`` on one line of at most ``limit`` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def span(start: datetime | None, end: datetime | None) -> str:
    """How long it took, in words, or nothing."""
    return "" if start is None or end is None else format_duration(end - start)
