"""A report as a page shows it: complete, readable, and its structure intact whatever was recorded."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import examples
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from markdown_it import MarkdownIt
from strategies import documents

from runbook.model.cells import cells as columns
from runbook.model.record import (
    AnyDocument,
    Command,
    Cost,
    Deployment,
    Finding,
    Impact,
    Incident,
    Milestones,
    TimelineEntry,
)
from runbook.model.settings import Settings
from runbook.render.literal import INVISIBLE, comment_id, visible
from runbook.render.report import check_report, render_report, tidy
from runbook.render.terminal import short_view

if TYPE_CHECKING:
    from markdown_it.token import Token

PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
INCIDENT_SECTIONS = [
    "Summary",
    "Impact",
    "Timeline",
    "Commands Executed",
    "Known Failures",
    "Root Cause",
    "Contributing Factors",
    "Resolution",
    "Prevention Measures",
    "Lessons Learned",
    "Follow-up Actions",
    "Metrics",
    "Redactions",
    "References",
]
DEPLOYMENT_SECTIONS = [
    "Changes Deployed",
    "Pre-Deployment Checklist",
    "Deployment Steps",
    "Verification",
    "Post-Deployment Checks",
    "Issues Encountered",
    "Rollback Plan",
    "Timeline",
    "Commands Executed",
    "Known Failures",
    "Redactions",
    "References",
]
WHEN = datetime(2026, 2, 11, 8, 0, tzinfo=UTC)
slow = settings(
    max_examples=int(os.environ.get("CAMPAIGN_EXAMPLES", "20")),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a whole record shrinks for minutes and reads well as it is
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large],
    deadline=None,
)


def render(document: AnyDocument, **options: object) -> str:
    return render_report(document, settings=Settings(**options))


def headings(markdown: str, level: str) -> list[str]:
    tokens = PAGE.parse(markdown)
    return [
        tokens[index + 1].content for index, token in enumerate(tokens) if token.tag == level and token.nesting == 1
    ]


def minimal(**fields: object) -> Incident:
    return Incident(id="INC-2026-02-11-001", title="x", **fields)


def cells(markdown: str) -> dict[str, str]:
    """What the last cell but its anchor shows, by the id in its anchor; for every row of every table."""
    found: dict[str, list[str]] = {}
    row: list[str] = []
    for token in PAGE.parse(markdown):
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(text_of(token))
        elif token.type == "tr_close" and row and (anchor := re.search(r"<!-- id (\S+) -->", row[-1])):
            found.setdefault(anchor[1].replace("%2D", "-"), []).extend(
                [*row[:-1], row[-1][: anchor.start()].removesuffix(" ")]
            )
    return {identifier: "\n".join(values) for identifier, values in found.items()}


def text_of(token: Token) -> str:
    return "".join(
        "\n" if child.type == "html_inline" and child.content == "<br>" else child.content
        for child in token.children or []
    ).replace(INVISIBLE, "")


# ------------------------------------------------------------------------------------------- whatever was recorded


@given(documents())
@slow
def test_whatever_was_recorded_its_report_is_whole_and_literal(document: AnyDocument) -> None:
    markdown = render(document)
    assert check_report(markdown) == []
    wanted = INCIDENT_SECTIONS if isinstance(document, Incident) else DEPLOYMENT_SECTIONS
    assert headings(markdown, "h2") == wanted
    assert len(headings(markdown, "h1")) == 1
    assert_literal(document, markdown)
    assert_anchored(document, markdown)
    copy = type(document).model_validate(document.model_dump(by_alias=True))
    assert render(copy) == markdown, "the same record gives the same bytes"


def assert_literal(document: AnyDocument, markdown: str) -> None:
    """What was captured is in its row, letter by letter."""
    title = text_of(next(token for token in PAGE.parse(markdown) if token.type == "inline"))
    assert unnumbered(title) == f"{shown(document.title)} <!-- id title -->"
    rows = {identifier: unnumbered(text) for identifier, text in cells(markdown).items()}
    for command in document.commands:
        assert shown(command.command) in rows[command.id]
    of_commands = {command.id for command in document.commands}
    for entry in document.timeline:
        assert entry.id in of_commands or shown(entry.text) in rows[entry.id]
    for finding in document.findings:
        assert f"{shown(finding.title)}\n{finding.signature}" in rows[finding.id]
    for item in document.evidence:
        assert shown(item.note) in rows[item.id]


def assert_anchored(document: AnyDocument, markdown: str) -> None:
    """A later reader finds every part of the record, and each field once."""
    html = [token.content for token in PAGE.parse(markdown) if token.type == "html_block"]
    opened = re.findall(r"<!-- runbook:([a-z_.:]+) -->", "".join(html))
    assert len(opened) == len(set(opened))
    lists: list[list[Any]] = [
        document.timeline,
        document.commands,
        document.evidence,
        document.findings,
        document.references,
    ]
    if isinstance(document, Incident):
        lists += [document.causes, document.factors, document.prevention, document.checklist, document.actions]
    else:
        lists += [document.pre_checks, document.practice_checks, document.steps, document.post_checks, document.issues]
    for parts in lists:
        for part in parts:
            assert f"<!-- id {comment_id(part.id)} -->" in markdown


def shown(text: str) -> str:
    """What a reader sees of captured text: redaction marks carry a number, the rest is as it was."""
    return unnumbered(visible(text.replace("[redacted:github-token:9f3a2c41]", "[redacted:github-token#0]")))


def unnumbered(text: str) -> str:
    return re.sub(r"\[redacted:([a-z-]+)#\d+\]", r"[redacted:\1#N]", text)


# ------------------------------------------------------------------------------------------------ a readable report


def test_the_first_screen_says_what_happened_why_for_how_long_and_what_changes() -> None:
    first_screen = "\n".join(render(examples.incident()).split("\n")[:31])
    for part in (
        "1 h 15 min",
        "| high | resolved |",
        "refused **every** card",
        "**Why:** Nobody renewed the certificate",
        "(likely, not proven)",
        "mitigated after 54 min",
        "[2 follow-ups](#follow-up-actions)",
        "next due 2026-03-11",
        "2 recognised, 1 confirmed",
    ):
        assert part in first_screen


def test_the_example_incident_reads_as_written() -> None:
    golden = Path(__file__).with_name("golden") / "incident.md"
    assert render(examples.incident()) == golden.read_text(encoding="utf-8")


def test_the_example_deployment_reads_as_written() -> None:
    golden = Path(__file__).with_name("golden") / "deployment.md"
    assert render(examples.deployment()) == golden.read_text(encoding="utf-8")


def test_a_bare_incident_says_what_nobody_has_filled_in() -> None:
    markdown = render(minimal())
    empty = re.findall(r"> \*\*Not filled in:\*\* \S.* <!-- empty ([a-z_.]+) -->", markdown)
    assert set(empty) == {
        "summary",
        "timeline.detection",
        "timeline.investigation",
        "timeline.resolution",
        "causes",
        "factors",
        "resolution",
        "rollback",
        "prevention",
        "checklist",
        "lessons.went_well",
        "lessons.went_wrong",
        "lessons.lucky",
        "actions",
        "references",
    }
    assert "- **Users:** **Not filled in** <!-- id impact.users -->" in markdown
    assert "| time to resolve | not recorded | not recorded" in markdown
    assert check_report(markdown) == []


def test_a_bare_deployment_says_what_nobody_has_filled_in() -> None:
    markdown = render(Deployment(id="DEP-2026-02-11-001", title="x"))
    empty = re.findall(r"<!-- empty ([a-z_.]+) -->", markdown)
    assert set(empty) == {
        "changes",
        "pre_checks",
        "steps",
        "verification",
        "post_checks",
        "issues",
        "rollback_plan",
        "timeline",
        "references",
    }
    assert "| **Not filled in** | **Not filled in** | planned" in markdown


def test_the_cost_shows_its_arithmetic_and_never_counts_an_unknown_as_nought() -> None:
    times = Milestones(started=WHEN, resolved=WHEN + timedelta(hours=5, minutes=23))
    known = minimal(milestones=times, impact=Impact(financial=Cost(people=2, rate=80)))
    assert "**860.8 EUR** = 2 people × 5.38 h × 80 EUR/h" in render(known)
    unknown = minimal(milestones=times, impact=Impact(financial=Cost(people=2)))
    assert "**not known** = 2 people × 5.38 h × ? EUR/h" in render(unknown)
    absurd = minimal(impact=Impact(financial=Cost(people=1, hours=1e200, rate=1e200)))
    assert "**not known** = 1 person × 1e+200 h × 1e+200 EUR/h" in render(absurd)


def test_each_metric_is_measured_from_the_start_and_an_unknown_one_says_so() -> None:
    markdown = render(
        minimal(zone="Europe/Berlin", milestones=Milestones(started=WHEN, mitigated=WHEN + timedelta(minutes=170)))
    )
    assert "| time to mitigate | 2 h 50 min | 2026-02-11 11:50" in markdown
    assert "| time to detect | not recorded | not recorded" in markdown


def test_milestones_in_the_wrong_order_are_pointed_out() -> None:
    wrong = Milestones(started=WHEN, mitigated=WHEN + timedelta(hours=2), resolved=WHEN + timedelta(hours=1))
    assert "*resolved* stands before *mitigated*" in render(minimal(milestones=wrong))


def test_where_no_start_is_known_every_time_says_its_day() -> None:
    """Nothing else on the page would."""
    markdown = render(minimal(timeline=[TimelineEntry(id="E", at=WHEN, text="x")]))
    assert "|  | 11 Feb 2026 08:00 | x" in markdown


def test_times_are_shown_in_one_named_zone_with_the_day_where_there_are_several() -> None:
    rows = [TimelineEntry(id=f"E{hours}", at=WHEN + timedelta(hours=hours), text="x") for hours in (0, 20)]
    markdown = render(minimal(zone="Europe/Berlin", milestones=Milestones(started=WHEN), timeline=rows))
    assert "Times are Europe/Berlin" in markdown
    assert "| T+20:00 | 12 Feb 05:00 | x" in markdown
    assert "| INC-2026-02-11-001 | 2026-02-11 08:00 UTC |" in markdown


def test_an_hour_that_happens_twice_can_be_told_apart() -> None:
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    rows = [TimelineEntry(id=f"E{hours}", at=night + timedelta(hours=hours), text="x") for hours in (0, 1)]
    markdown = render(minimal(zone="Europe/Berlin", timeline=rows))
    assert "02:30 CEST" in markdown
    assert "02:30 CET" in markdown


def test_a_zone_nobody_knows_falls_back_to_utc_and_says_so() -> None:
    markdown = render(minimal(zone="Mars/Olympus", milestones=Milestones(started=WHEN)))
    assert "Times are UTC" in markdown
    assert "> **Check the times:** The record's zone `Mars/Olympus` is not known here." in markdown


def test_a_team_s_own_name_for_a_severity_is_used() -> None:
    assert "| SEV-1 &amp;copy; |" in render(minimal(severity="critical"), severities={"critical": "SEV-1 &copy;"})


def test_a_long_timeline_folds_away_and_keeps_what_mattered_in_sight() -> None:
    document = examples.incident(entries=60)
    markdown = render(document)
    in_sight = re.sub(r"<details>.*?</details>", "", markdown.partition("## Commands")[0], flags=re.DOTALL)
    for identifier in ("E001", "E002", "C001", "C003", "E004", "E005", "E006", "E007", "milestones.acknowledged"):
        assert f"<!-- id {identifier} -->" in in_sight
    assert in_sight.count("looked at dashboard") < 10
    assert markdown.count("looked at dashboard") == 60
    assert check_report(markdown) == []


def test_a_short_timeline_is_shown_whole() -> None:
    assert (
        "<details>" not in render(examples.incident(entries=3)).partition("## Timeline")[2].partition("## Commands")[0]
    )


def test_folded_stretches_stand_between_their_neighbours() -> None:
    markdown = render(examples.incident(entries=60)).partition("### Investigation")[2].partition("### Resolution")[0]
    offsets = [
        int(hours) * 60 + int(minutes) for hours, minutes in re.findall(r"^\| T\+(\d+):(\d+)", markdown, re.MULTILINE)
    ]
    assert offsets == sorted(offsets)
    assert len(offsets) > 60


def test_a_pasted_wall_of_text_stands_below_the_table_in_full() -> None:
    wall = "\n".join(f"line {number} | ``` <b>" for number in range(40))
    markdown = render(minimal(timeline=[TimelineEntry(id="E1", at=WHEN, text=wall)]))
    block = next(token for token in PAGE.parse(markdown) if token.type == "fence")
    assert block.content == wall + "\n"
    assert "40 lines</summary>" in markdown
    assert check_report(markdown) == []


def test_a_command_that_failed_links_its_output_and_names_what_is_known() -> None:
    markdown = render(examples.incident())
    row = next(line for line in markdown.split("\n") if line.startswith("| T+0:14 | `curl") and "stderr" in line)
    assert "**exit 60**, 0.4 s<br>known: `tls/certificate-expired`" in row
    assert "[stderr, 2 kB](evidence/01-curl.txt)" in row


def test_a_dismissed_finding_keeps_its_reason_and_loses_its_advice() -> None:
    finding = Finding(
        id="a/b", signature="a/b", title="T", state="dismissed", reason="not us", fix="Do *this*.", excerpt="boom"
    )
    markdown = render(minimal(findings=[finding]))
    assert "dismissed: not us" in markdown
    assert "Do *this*" not in markdown


def test_many_findings_fold_their_details_and_keep_the_overview() -> None:
    found = [Finding(id=f"a/n{n}", signature=f"a/n{n}", title=f"T{n}", fix="Fix it.") for n in range(12)]
    markdown = render(minimal(findings=found))
    assert "<summary>What matched, and what fixes it: 12</summary>" in markdown
    assert markdown.index("T11") < markdown.index("<summary>What matched")
    assert check_report(markdown) == []


def test_a_prevention_checklist_is_gathered_from_the_findings_that_stand() -> None:
    found = [
        Finding(id="a/b", signature="a/b", prevention=["Check the port", "Both"], state="confirmed"),
        Finding(id="c/d", signature="c/d", prevention=["Both"]),
        Finding(id="e/f", signature="e/f", prevention=["Never"], state="dismissed"),
    ]
    section = render(minimal(findings=found)).partition("### Prevention Checklist")[2].partition("## Lessons")[0]
    assert re.findall(r"- \[ \] (.*?) <!--", section) == ["Check the port", "Both"]


def test_equal_secrets_have_equal_numbers_all_over_the_report() -> None:
    mark, other = "[redacted:github-token:9f3a2c41]", "[redacted:github-token:00000001]"
    document = minimal(
        summary=f"Somebody pasted {mark}.",
        timeline=[TimelineEntry(id="E1", at=WHEN, text=f"saw {other} and {mark}")],
        commands=[Command(id="C1", at=WHEN, command=f"curl -H {mark}")],
    )
    shown_page = render(document).replace(INVISIBLE, "").replace("\\", "")
    assert "pasted [redacted:github-token#1]" in shown_page
    assert "saw [redacted:github-token#2] and [redacted:github-token#1]" in shown_page
    assert "`curl -H [redacted:github-token#1]`" in shown_page
    assert "9f3a2c41" not in shown_page


# ---------------------------------------------------------------------------------------------------- check_report


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("## Impact", "## Impact\n\n<script>x</script>\n", "HTML that no template wrote: <script>x</script>"),
        ("## Impact", "## Impact\n\na <i>b</i>\n", "HTML that no template wrote: <i>"),
        ("## Impact", "<details>\n\n## Impact", "<details> is never closed"),
        ("## Impact", "</details>\n\n## Impact", "</details> closes nothing"),
        ("| Kim | Kim, Noor", "| Kim | Kim | Noor", "a table row with 8 cells under a header with 7"),
        ("For 54 minutes", "# For 54 minutes", "a heading inside the field summary"),
        ("<!-- /runbook:summary -->", "", "the anchor summary is never closed"),
        ("<!-- runbook:summary -->", "", "the anchor /summary closes nothing"),
        ("# Checkout refuses", "Checkout refuses", "0 titles"),
    ],
)
def test_a_broken_report_is_told_with_the_line(before: str, after: str, message: str) -> None:
    whole = render(examples.incident())
    broken = whole.replace(before, after, 1)
    assert broken != whole
    problems = check_report(broken)
    assert any(re.match(r"line \d+: ", problem) and message in problem for problem in problems), problems


def test_blank_lines_are_tidied_but_never_inside_a_fence() -> None:
    assert tidy("\n\na\n\n\n\nb\n") == "a\n\nb\n"
    kept = "a\n\n- ````text\n  x\n\n\n\n  ```\n\n\n  ````\n\nb\n"
    assert tidy(kept) == kept


# -------------------------------------------------------------------------------------------------- on the terminal


@given(documents())
@slow
def test_the_short_view_of_any_record_fits_the_terminal_and_moves_no_cursor(document: AnyDocument) -> None:
    for width in (40, 80):
        text = short_view(document, width=width, picture="full")
        assert all(columns(line) <= width for line in text.split("\n"))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
        assert len(text.split("\n")) < 90


def test_the_short_view_tells_the_incident_in_one_screen() -> None:
    text = short_view(examples.incident(40), picture="full")
    for part in (
        "Checkout refuses every card",
        "high · resolved · 1 h 15 min · lead Kim",
        "to mitigate 54 min",
        "(exit 60)",
        "tls/certificate-expired",
        "318.75 EUR",
        "(likely, not proven)",
        "Noor, due 2026-03-11",
    ):
        assert part in text
    assert "net/dns-failure" not in text
    assert "45 min until mitigated" in text
    assert len(text.split("\n")) <= 52
