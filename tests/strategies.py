"""Records and texts as hypothesis makes them: valid by the model, and as unpleasant as the model allows.

``incidents()`` and ``deployments()`` are whole documents; their references point at something in them, or at nothing.
``nasty_text()`` is text that has broken Markdown writers before. Every strategy is made once: making them is slower
than drawing from them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from runbook.model import record
from runbook.model.wire import DEPLOYMENT_STATUSES, INCIDENT_STATUSES, MILESTONES, NOTE_KINDS, SEVERITIES

T = TypeVar("T")

# fmt: off
PAYLOADS = (
    "<script>alert(1)</script>", "<!-- runbook:summary -->", "<!--", "-->", "</details>", "<details>", "<br>",
    "<b>x</b>", "<http://a.b>", "<img src=x onerror=alert(1)>", "&amp;", "&#64;kim", "&lt;b&gt;", "&nbsp;", "\\",
    "\\\\", "\\|", "|", "a | b", "| --- |", "|---|---|", "`", "``", "```", "````", "~~~", "~~x~~", "~", "`|`",
    "``` mermaid", "# x", "###### x", "#", "x #", "===", "---", "- x", "* x", "+ x", "1. x", "1) x", "> x",
    "    code", "\tcode", "***", "___", "_x_", "__x__", "*x*", "**", "snake_case_name", "[x](javascript:alert(1))",
    "[x](http://a.b)", "![x](http://a.b/c.png)", "[x]: http://a.b", "[^1]", "[x]", "[ ] task", "](", "@kim",
    "kim@example.com", "@team/ops", "#123", "GH-12", "a/b#3", "a@deadbeef", "!7", "deadbeefcafe",
    "0123456789abcdef0123456789abcdef01234567", "http://x.example/a_b*c*", "www.example.com", "mailto:a@b.example",
    ":tada:", "12:05:33", "$x$", "\u202eabc", "a\u200bb", "\ufeff", "\x1b[31m", "\x00", "\r\n", "\r", "\n", "\n\n",
    "  \n", " ", "", "é", "日本語", "\U0001f469\u200d\U0001f4bb", "\u2028", "\xa0", "\u3000x", "{{ 7*7 }}", "{% raw %}",
    "{#", "[redacted:github-token:9f3a2c41]", "[redacted:password#1]",
)
# fmt: on
"""Fragments that mean something to Markdown, to a page that shows it, to a template, or to a terminal."""


@cache
def nasty_text(*, max_parts: int = 6) -> st.SearchStrategy[str]:
    """Payloads and arbitrary text, glued together in any way; may be empty, may hold line breaks."""
    parts = st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=8), st.sampled_from(("word ", " ", "\n", "x", ".")))
    return st.lists(parts, max_size=max_parts).map("".join)


@cache
def captured_text(*, max_parts: int = 6) -> st.SearchStrategy[str]:
    """Text as the door lets it through: valid UTF-8 without control characters other than tab and newline."""
    return nasty_text(max_parts=max_parts).map(_at_the_door)


def _at_the_door(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    return "".join(char for char in text if char in "\t\n" or (ord(char) >= 32 and not 127 <= ord(char) < 160))


@cache
def prose_text() -> st.SearchStrategy[str]:
    """Markdown, well-formed and not."""
    block = st.one_of(
        nasty_text(),
        nasty_text(max_parts=3).map(lambda text: f"- {text}\n- {text}"),
        nasty_text(max_parts=3).map(lambda text: f"```\n{text}\n```"),
        nasty_text(max_parts=3).map(lambda text: f"> {text}\n"),
        nasty_text(max_parts=3).map(lambda text: f"**{text}** and `{text}` and [{text}](https://a.example/{text})"),
        st.sampled_from(
            ("Plain words.", "Two lines,\nno more.", "1. one\n2. two\n   - in between", "```text\nleft open")
        ),
    )
    return st.lists(block, max_size=3).map("\n\n".join)


IDS = ("01KH5Y8Q2V3W4X5Y6Z7A8B9C0D", "a", "B.2", "a--b", "x@y", "n/p-1", "0:0", "z_")
"""Ids that parts of a document have, and that references name. The last ones are odd, and valid."""


@cache
def moments() -> st.SearchStrategy[datetime]:
    """Aware times of this century, to the millisecond, at any offset in use; often close together."""
    start = datetime(2026, 3, 28, 22, tzinfo=timezone.utc)  # noqa: UP017  beside the other offsets
    near = st.integers(0, 200_000).map(lambda seconds: start + timedelta(seconds=seconds))
    far = st.builds(
        lambda days, ms, quarters: (
            datetime(2001, 1, 2, tzinfo=timezone(timedelta(minutes=15 * quarters)))
            + timedelta(days=days, milliseconds=ms)
        ),
        st.integers(0, 36_000),
        st.integers(0, 86_399_999),
        st.integers(-12 * 4, 14 * 4),
    )
    return st.one_of(near, far)


def _maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.one_of(st.none(), strategy)


def _some(strategy: st.SearchStrategy[T], most: int = 2) -> st.SearchStrategy[list[T]]:
    return st.lists(strategy, max_size=most)


def _parts(strategy: st.SearchStrategy[T], most: int = 4) -> st.SearchStrategy[list[T]]:
    return st.lists(strategy, max_size=most, unique_by=lambda part: vars(part)["id"])


@cache
def item_ids() -> st.SearchStrategy[str]:
    """Ids as the model takes them, ``--`` and all."""
    return st.sampled_from(IDS)


@cache
def references() -> st.SearchStrategy[list[str]]:
    """Ids of other parts, some of which may not exist."""
    return _some(st.sampled_from((*IDS, "nowhere")))


@cache
def milestones() -> st.SearchStrategy[record.Milestones]:
    """Any of the five times, in order or not."""
    return st.builds(record.Milestones, **{name: _maybe(moments()) for name in MILESTONES})


@cache
def items() -> st.SearchStrategy[record.Item]:
    """An entry of a plain list."""
    return st.builds(record.Item, id=item_ids(), text=prose_text())


@cache
def checks() -> st.SearchStrategy[record.Check]:
    """A box of a checklist."""
    return st.builds(
        record.Check,
        id=item_ids(),
        text=prose_text(),
        done=st.booleans(),
        by=captured_text(),
        at=_maybe(moments()),
        note=prose_text(),
    )


@cache
def commands() -> st.SearchStrategy[record.Command]:
    """A command that was run."""
    return st.builds(
        record.Command,
        id=item_ids(),
        at=moments(),
        command=captured_text(),
        cwd=captured_text(max_parts=1),
        host=captured_text(max_parts=1),
        actor=captured_text(max_parts=1),
        duration=_maybe(st.floats(0, 1e6)),
        exit_status=_maybe(st.integers(0, 255)),
        signal=_maybe(st.integers(1, 31)),
        evidence=references(),
        role=st.sampled_from(("", "worked", "helped", "dead-end", "made-worse")),
        note=prose_text(),
    )


@cache
def timeline_entries() -> st.SearchStrategy[record.TimelineEntry]:
    """A row of the timeline; by chance that of a command."""
    return st.builds(
        record.TimelineEntry,
        id=item_ids(),
        at=moments(),
        kind=st.sampled_from((*NOTE_KINDS, "command", "milestone", "start", "weird|kind")),
        text=captured_text(),
        actor=captured_text(max_parts=1),
        phase=_maybe(st.sampled_from(("detection", "investigation", "resolution"))),
        highlight=st.booleans(),
    )


@cache
def evidence() -> st.SearchStrategy[record.Evidence]:
    """A kept file."""
    return st.builds(
        record.Evidence,
        id=item_ids(),
        name=captured_text(),
        at=_maybe(moments()),
        size=st.integers(0, 10**10),
        path=st.sampled_from(("evidence/a.txt", "evidence/0_-..x", "evidence/B.tar.gz")),
        omitted=st.integers(0, 10**9),
        note=captured_text(),
    )


@cache
def findings() -> st.SearchStrategy[record.Finding]:
    """A known failure that matched."""
    return st.builds(
        record.Finding,
        id=item_ids(),
        signature=st.sampled_from(("net/port-already-in-use", "x|y", "a`b")),
        title=captured_text(),
        severity=st.sampled_from((*SEVERITIES, "info")),
        state=st.sampled_from(("open", "confirmed", "dismissed")),
        reason=prose_text(),
        source=st.one_of(item_ids(), captured_text(max_parts=2)),
        entries=references(),
        line=st.integers(0, 9999),
        count=st.integers(1, 99),
        excerpt=captured_text(),
        captures=st.dictionaries(st.just("port"), captured_text()),
        fix=prose_text(),
        verify=_some(captured_text()),
        prevention=_some(prose_text()),
    )


@cache
def _common() -> dict[str, st.SearchStrategy[Any]]:
    """Fields of every document."""
    links = st.builds(
        record.Link,
        document=st.sampled_from(("INC-2025-11-02-001", "DEP-2026-02-11-1234")),
        relation=st.sampled_from(("caused", "caused-by", "fixed", "fixed-by", "part-of", "has-part", "related")),
    )
    return {
        "title": captured_text().filter(bool),
        "zone": st.sampled_from(("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland", "No|Such/Zone")),
        "time_note": prose_text(),
        "milestones": milestones(),
        "timeline": _parts(timeline_entries(), 6),
        "commands": _parts(commands()),
        "evidence": _parts(evidence(), 3),
        "findings": _parts(findings(), 3),
        "references": _some(st.builds(record.Reference, id=item_ids(), title=captured_text(), target=captured_text())),
        "links": _some(links),
        "left_out": references(),
        "redacted": st.dictionaries(st.sampled_from(("password", "github-token", "x-y")), st.integers(1, 99)),
    }


@cache
def causes() -> st.SearchStrategy[record.Cause]:
    """A chain of whys."""
    whys = st.builds(record.Why, id=item_ids(), text=prose_text(), evidence=references())
    return st.builds(record.Cause, id=item_ids(), title=prose_text(), whys=_some(whys), proven=st.booleans())


@cache
def impacts() -> st.SearchStrategy[record.Impact]:
    """Who and what was hit, and what it cost."""
    number = _maybe(st.floats(0, allow_nan=False, allow_infinity=False))
    cost = st.builds(record.Cost, people=number, hours=number, rate=number, note=prose_text())
    return st.builds(
        record.Impact,
        systems=_some(captured_text()),
        users=prose_text(),
        data_loss=prose_text(),
        financial=cost,
        description=prose_text(),
    )


@cache
def actions() -> st.SearchStrategy[record.Action]:
    """A follow-up."""
    return st.builds(
        record.Action,
        id=item_ids(),
        text=prose_text(),
        owner=captured_text(),
        due=_maybe(st.dates(date(2000, 1, 1), date(2099, 1, 1))),
        priority=st.sampled_from(("high", "medium", "low")),
        done=st.booleans(),
    )


@cache
def incidents() -> st.SearchStrategy[record.Incident]:
    """A whole incident."""
    prevention = st.builds(
        record.PreventionItem,
        id=item_ids(),
        text=prose_text(),
        signature=captured_text(max_parts=2),
        done=st.booleans(),
    )
    lessons = st.builds(record.Lessons, went_well=_some(items()), went_wrong=_some(items()), lucky=_some(items()))
    return st.builds(
        record.Incident,
        id=st.just("INC-2026-02-11-001"),
        severity=st.sampled_from(SEVERITIES),
        status=st.sampled_from(INCIDENT_STATUSES),
        lead=captured_text(),
        responders=_some(captured_text()),
        summary=prose_text(),
        impact=impacts(),
        causes=_some(causes()),
        factors=_some(items()),
        resolution=prose_text(),
        rollback=prose_text(),
        prevention=_some(prevention),
        checklist=_some(checks()),
        lessons=lessons,
        actions=_some(actions()),
        **_common(),
    )


@cache
def deployments() -> st.SearchStrategy[record.Deployment]:
    """A whole deployment."""
    steps = st.builds(
        record.Step,
        id=item_ids(),
        text=captured_text(),
        result=captured_text(),
        ok=_maybe(st.booleans()),
        command=st.sampled_from(("", "nowhere", *IDS)),
    )
    sign_off = st.builds(record.SignOff, by=captured_text(), at=_maybe(moments()), documents=_some(captured_text()))
    return st.builds(
        record.Deployment,
        id=st.just("DEP-2026-02-11-001"),
        status=st.sampled_from(DEPLOYMENT_STATUSES),
        deployer=captured_text(),
        reviewer=captured_text(),
        changes=prose_text(),
        sign_off=sign_off,
        pre_checks=_some(checks()),
        practice_checks=_some(checks()),
        steps=_some(steps),
        verification=prose_text(),
        post_checks=_some(checks()),
        issues=_some(items()),
        rollback_plan=prose_text(),
        **_common(),
    )


@cache
def documents() -> st.SearchStrategy[record.AnyDocument]:
    """An incident or a deployment."""
    return st.one_of(incidents(), deployments())
