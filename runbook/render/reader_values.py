"""Single values as reports show them, read back: times, lists of names, money, a box, who and when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from runbook.errors import BadInputError
from runbook.model.times import parse_duration
from runbook.render.reader_inline import first_cut, literal, pieces, plain, same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook.render.sheet import Sheet

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(
    r"(?:(?P<date>\d{4}-\d{2}-\d{2})[T ,]*|(?P<day>\d{1,2})\.? (?P<month>[A-Za-z]{3,9})\.?(?: (?P<year>\d{4}))?,? *)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?: *(?P<zone>[A-Za-z+-][A-Za-z0-9:+-]*))?"
)
_OFFSET = re.compile(r"T *(?P<sign>[-+−]) *(?P<hours>\d{1,6}):(?P<minutes>\d{2})")
_BOX = re.compile(r"\\?\[ {0,2}(?P<mark>[xX]?) {0,2}\\?\](?:\s+|\Z)")
"""As people type it, too: ``[x ]``, ``[]``."""
_DASH = re.compile(r"\s*(?:—|–|--|-)\s+")
_STAMP = re.compile(r"(?:\A|(?<= ))\d{4}-\d{2}-\d{2} \d{2}:\d{2}\Z")
_LABEL = re.compile(r"(\*\*|__)(?P<name>.+?):\s*\1[ \t]*|(\*\*|__)(?P<other>.+?)\3:[ \t]*")
_MONEY = re.compile(
    r"(?:(?:\*\*|__)?(?P<total>not known|[^*_=]{1,40}?)(?:\*\*|__)? = )?"
    r"(?P<people>\?|[\d,.e+]+) (?:person|people) × (?P<hours>\?|[\d,.e+]+) h × (?P<rate>\?|[\d,.e+]+) "
    r"(?P<currency>[A-Z]{3})/h(?:\. |\Z)"
)


class NotReadableError(ValueError):
    """A value that is none; the message says why, for the person who typed it."""


def moment(sheet: Sheet, text: str, near: datetime | None) -> datetime:
    """The time that ``text`` shows: ``near`` itself where it shows the minute of that.

    Args:
        sheet: whose zone it is.
        text: ``09:02``, ``11 Feb 09:02``, ``2026-02-11 09:02``, or ``T+1:02``; with the zone's letters if need be.
        near: what it was before; a date that is not shown comes from there, a year that is not shown from about then.

    Raises:
        NotReadableError: it is none, or not on this clock.
    """
    found = _moment(sheet, text, near)
    return near if near is not None and found <= near < found + timedelta(minutes=1) else found


def _moment(sheet: Sheet, text: str, near: datetime | None) -> datetime:
    text = " ".join(literal(text).split())
    started = sheet.document.started
    if (offset := _OFFSET.fullmatch(text)) and started is not None:
        since = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"]))
        return started + since if offset["sign"] == "+" else started - since
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise NotReadableError(f"{text!r} is no time; write it as {_sample(sheet)}")
    about = sheet.moments[len(sheet.moments) // 2] if sheet.moments else datetime.now(sheet.zone)
    day = sheet.local(near or started or about)
    try:
        if found["date"]:
            day = datetime.fromisoformat(found["date"])
        elif found["day"]:
            month = _MONTHS.index(found["month"][:3].lower()) + 1
            if sheet.shows_years:  # a year that was taken away was wrong: the others say which is right
                others = [other for other in sheet.moments if other != near]
                day = others[len(others) // 2] if others else day
            year = int(found["year"]) if found["year"] else _nearest_year(day, month, int(found["day"]))
            day = datetime(year, month, int(found["day"]))  # noqa: DTZ001  gets its zone below
        naive = datetime(  # noqa: DTZ001  gets its zone below
            day.year, day.month, day.day, int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
        )
    except ValueError:
        raise NotReadableError(f"{text!r} is no time; write it as {_sample(sheet)}") from None
    return _on_clock(sheet, naive, found["zone"] or "", text)


def _nearest_year(near: datetime, month: int, day: int) -> int:
    """The year that puts a day closest to ``near``: 31 December beside a 1 January is of the year before."""
    distance = (month - near.month) * 31 + day - near.day
    return near.year + (1 if distance < -186 else -1 if distance > 186 else 0)


def _sample(sheet: Sheet) -> str:
    return sheet.clock(sheet.document.started) if sheet.document.started else "2026-02-11 09:02"


def _on_clock(sheet: Sheet, naive: datetime, letters: str, text: str) -> datetime:
    first, second = naive.replace(tzinfo=sheet.zone, fold=0), naive.replace(tzinfo=sheet.zone, fold=1)
    if letters and second.tzname() == letters and first.tzname() != letters:
        return second
    if letters and first.tzname() != letters:
        raise NotReadableError(f"{text!r} names the zone {letters}; times here are {sheet.zone_name}")
    if first.astimezone(UTC).astimezone(sheet.zone).replace(tzinfo=None) != naive:
        raise NotReadableError(f"{text!r} did not exist: clocks went forward over it")
    return first


def since_start(sheet: Sheet, text: str) -> datetime:
    """The moment that lies as long after the start as ``text`` says: ``1 h 20 min``.

    Raises:
        NotReadableError: it is no duration, or there is no start.
    """
    started = sheet.document.started
    if started is None:
        raise NotReadableError("no start is known to count from")
    try:
        return started + parse_duration(literal(text))
    except (BadInputError, OverflowError) as error:
        raise NotReadableError(str(error)) from None


def box(source: str) -> tuple[bool | None, str]:
    """Whether a box is ticked, and what follows it; None where there is no box."""
    found = _BOX.match(source)
    return (None, source) if found is None else (bool(found["mark"]), source[found.end() :])


def label(source: str) -> tuple[str, str]:
    """The bold name before a fact, and the fact."""
    found = _LABEL.match(source)
    return ("", source) if found is None else (found["name"] or found["other"], source[found.end() :])


def added(suffix: str) -> str | None:
    """What stands behind the dash that follows an item; None where there is no dash."""
    found = _DASH.match(suffix + " ")
    return None if found is None else suffix[found.end() :].strip() if found.end() <= len(suffix) else ""


def listed(source: str, shown: Sequence[str]) -> list[str]:
    """The names in a row that commas divide, as source.

    ``shown`` are those that stood there before: a name of theirs with a comma in it stays one, also where a formatter
    took its backslash away.
    """
    names: list[str] = []
    parts = pieces(source.replace("\n", " "), ", ")
    position = 0
    while position < len(parts):
        for end in range(len(parts), position, -1):
            name = ", ".join(parts[position:end])
            if end == position + 1 or any(literal(name) == literal(known) for known in shown):
                names.append(name)
                position = end
                break
    return [name for name in names if name.strip()]


def who_and_when(source: str) -> tuple[str, str, str | None]:
    """``by NAME TIME: note`` in its three parts, as source; the note None where there is none."""
    head, note = source, None
    cut, rest = first_cut(source, ": ")
    if rest is not None:
        head, note = cut, rest
    stamp = _STAMP.search(head)
    at = stamp[0] if stamp else ""
    name = head[: stamp.start()].strip() if stamp else head.strip()
    if name.startswith("by "):
        return name[3:].strip(), at, note
    if name:  # neither a name nor a time: all of it is the note
        return "", "", source
    return "", at, note


def money(source: str) -> tuple[dict[str, float | str | None] | None, str]:
    """People, hours, rate and currency, if the source has them, and the note behind."""
    found = _MONEY.match(source)
    if found is None:
        return None, source
    try:
        numbers: dict[str, float | str | None] = {
            name: None if found[name] == "?" else float(found[name].replace(",", ""))
            for name in ("people", "hours", "rate")
        }
    except ValueError:
        return None, source
    return {**numbers, "currency": found["currency"]}, source[found.end() :]


def owner_due_priority(source: str) -> tuple[dict[str, str], str]:
    """``owner: X, due: Y, priority: Z`` in any number and order, as source, and what is none of them."""
    found: dict[str, str] = {}
    rest: list[str] = []
    for piece in pieces(source.replace("\n", " "), ", "):
        name, value = first_cut(piece, ":")
        word = plain(name)
        if value is not None and word in {"owner", "due", "priority"}:
            found[word] = value.strip()
        elif found and rest == [] and "owner" in found and len(found) == 1:
            found["owner"] += f", {piece}"
        else:
            rest.append(piece)
    return found, ", ".join(rest)


def state_and_reason(source: str) -> tuple[str, str]:
    """``dismissed: why`` in its two parts."""
    state, reason = first_cut(source, ":")
    return plain(state), (reason or "").strip()


def is_same_list(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two rows of sources mean the same."""
    return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
