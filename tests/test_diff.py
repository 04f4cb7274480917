"""What changed between two versions of a report, in terms of the incident: for a terminal, a script, a pull request."""

from __future__ import annotations

import json
import subprocess
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import examples
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from markdown_it import MarkdownIt
from strategies import documents
from test_schemas import check as check_shape

from runbook.model.cells import cells
from runbook.model.changes import SECTIONS, Quoted
from runbook.model.record import AnyDocument, Command, Deployment, Incident, Item, Link, TimelineEntry, Why
from runbook.model.settings import Settings
from runbook.record.store import dump_record
from runbook.render.changes import MARKER, changes_as_markdown, changes_as_text, sentence_of
from runbook.render.report import render_report
from runbook.review.changes import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Runbook

PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
quick = settings(
    max_examples=15, suppress_health_check=list(HealthCheck), deadline=None, phases=(Phase.explicit, Phase.generate)
)


def incident(entries: int) -> Incident:
    """The example, the same document each time."""
    made = examples.incident(entries)
    made.ulid = "01KH5Y8Q2V3W4X5Y6Z7A8B9C0D"
    return made


def deployment() -> Deployment:
    """The example, the same document each time."""
    made = examples.deployment()
    made.ulid = "01KH5Y8Q2V3W4X5Y6Z7A8B9C0E"
    return made


def edited(edit: Callable[[Any], object], document: AnyDocument | None = None) -> list[str]:
    """The sentences for one edit of the example incident."""
    before = document or incident(3)
    after = before.model_copy(deep=True)
    edit(after)
    return [sentence_of(change) for change in compare(before, after).changes]


# -------------------------------------------------------------------------------------------------------- sentences


def test_a_milestone_that_moved_is_told_with_what_it_does_to_the_metrics() -> None:
    def later(i: Incident) -> None:
        assert i.milestones.resolved
        i.milestones.resolved += timedelta(minutes=15)

    assert edited(later) == ["resolved moved from 09:55 to 10:10", "time to resolve 1 h 15 min → 1 h 30 min"]


def test_a_start_that_moved_changes_every_metric() -> None:
    def earlier(i: Incident) -> None:
        assert i.milestones.started
        i.milestones.started -= timedelta(minutes=5)

    told = edited(earlier)
    assert told[0] == "started moved from 08:40 to 08:35"
    assert told[1:] == [
        "time to detect 6 min → 11 min",
        "time to acknowledge 9 min → 14 min",
        "time to mitigate 54 min → 59 min",
        "time to resolve 1 h 15 min → 1 h 20 min",
    ]


def test_a_milestone_comes_and_goes() -> None:
    def without(i: Incident) -> None:
        i.milestones.mitigated = None

    assert edited(without) == ["mitigated taken out, was 09:34", "time to mitigate is not known any more, was 54 min"]


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda i: setattr(i, "severity", "critical"), "severity high → critical"),
        (lambda i: setattr(i, "status", "closed"), "status resolved → closed"),
        (lambda i: setattr(i, "lead", ""), "lead taken out, was Kim"),
        (lambda i: i.responders.append("Zoe"), None),
        (lambda i: setattr(i.actions[1], "done", not i.actions[1].done), None),
        (lambda i: setattr(i.actions[0], "owner", "Kim"), "action 1: owner Noor → Kim"),
        (lambda i: setattr(i.actions[0], "owner", ""), "action 1 has no owner any more, was Noor"),
        (lambda i: setattr(i.actions[0], "due", date(2026, 4, 1)), "action 1: due date 2026-03-11 → 2026-04-01"),
        (lambda i: setattr(i.actions[0], "priority", "low"), "action 1: priority high → low"),
        (lambda i: setattr(i.causes[0], "proven", not i.causes[0].proven), "cause 1 is not proven any more"),
        (lambda i: i.causes[0].whys.append(Why(id="W9", text="Nobody looked")), None),
        (lambda i: setattr(i.findings[0], "state", "dismissed"), None),
        (lambda i: setattr(i.impact.financial, "people", 9.0), None),
        (lambda i: i.links.append(Link(document="DEP-2026-01-01-001", relation="caused-by")),
         "link added: caused by DEP-2026-01-01-001"),
        (lambda i: setattr(i, "time_note", ""), None),
        (lambda i: setattr(i.commands[0], "role", "worked"), None),
    ],
)  # fmt: skip
def test_one_edit_is_one_sentence(edit: Callable[[Any], object], sentence: str | None) -> None:
    told = edited(edit)
    assert len(told) <= 1
    if sentence is not None:
        assert told == [sentence]


def test_an_action_that_had_no_owner_has_one_now() -> None:
    before = incident(3)
    before.actions[0].owner = ""
    assert edited(lambda i: setattr(i.actions[0], "owner", "Kim"), before) == ["action 1 has an owner now: Kim"]


def test_of_a_text_only_the_words_that_changed_are_told() -> None:
    before = incident(3)
    before.summary = "For 54 minutes the checkout refused every card, because a certificate had expired overnight."
    told = edited(lambda i: setattr(i, "summary", i.summary.replace("54 minutes", "75 minutes")), before)
    assert told == ["summary reworded: “For 54 minutes the checkout …” → “For 75 minutes the checkout …”"]
    told = edited(lambda i: setattr(i, "summary", "Quite another story, told by somebody else."), before)
    assert told == ["summary rewritten: 7 words, was 14"]


def test_entries_come_go_and_move() -> None:
    def change(i: Incident) -> None:
        i.timeline[2].at += timedelta(minutes=2)
        gone = i.timeline.pop(4)
        i.timeline.append(TimelineEntry(id="NEW", at=gone.at, text="read the log"))

    assert edited(change) == [
        "“Kim has it” moved from 08:49 to 08:51",
        "08:50 “read the log” added",
        "08:50 “looked at dashboard 1” removed",
    ]


def test_a_command_and_its_row_are_told_once() -> None:
    def add(i: Incident) -> None:
        at = i.timeline[-1].at
        i.timeline.append(TimelineEntry(id="C9", at=at, kind="command", text="df -h"))
        i.commands.append(Command(id="C9", at=at, command="df -h", exit_status=0))

    assert len(edited(add)) == 1
    assert edited(add)[0].endswith("`df -h` added")


def test_another_order_of_what_people_ordered_is_a_change() -> None:
    assert edited(lambda i: i.actions.reverse()) == ["follow-ups: another order"]


def test_a_changed_impact_asks_whether_the_severity_still_fits() -> None:
    before = incident(3)
    after = before.model_copy(deep=True)
    after.impact.users = "Everybody"
    assert compare(before, after).hints == ["the impact changed; does severity high still fit it?"]
    after.severity = "critical"
    assert compare(before, after).hints == []


def test_milestones_in_the_wrong_order_are_pointed_out() -> None:
    before = incident(3)
    after = before.model_copy(deep=True)
    assert after.milestones.resolved
    after.milestones.mitigated = after.milestones.resolved + timedelta(minutes=1)
    assert compare(before, after).hints == ["resolved stands before mitigated"]


def test_of_many_entries_that_came_the_first_are_told_and_the_rest_counted() -> None:
    before = incident(3)
    after = incident(40)
    text = changes_as_text([compare(before, after)], "main → HEAD")
    assert text.count("looked at dashboard") == 5
    assert "and 32 more added" in text
    assert len(compare(before, after).changes) == 37


def test_bookkeeping_is_no_change() -> None:
    before = incident(3)
    after = before.model_copy(deep=True)
    after.synced_through = "01KH5Y8Q2V3W4X5Y6Z7A8B9C0D"
    assert compare(before, after).state == "same"


def told_fields(document: AnyDocument) -> dict[str, Any]:
    """All that a difference has to tell of."""
    dumped = document.model_dump(mode="json")
    for name in ("synced_through", "synced", "schema"):
        dumped.pop(name, None)
    for entry in dumped["timeline"]:
        del entry["recorded_at"], entry["source"]
    return dumped


@quick
@given(documents(), documents())
def test_no_difference_goes_untold_and_none_is_invented(one: AnyDocument, other: AnyDocument) -> None:
    assert compare(one, one.model_copy(deep=True)).state == "same"
    found = compare(one, other)
    assert (found.state == "changed") == (told_fields(one) != told_fields(other))
    assert all(change.section in SECTIONS for change in found.changes)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every single value in a record."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def other(value: Any) -> list[Any]:
    """Values of the same type that could stand there instead."""
    if isinstance(value, bool) or value is None:
        return [not value, "2026-03-04T09:00:00Z", "2026-03-04", 3, "x"]
    return [value + 1] if isinstance(value, int | float) else [
        "2026-03-04T09:00:00Z", "2026-03-04", "low", "closed", "failed", "confirmed", "helped", "INC-2020-01-01-001",
        "resolution", "caused", "USD", "evidence/other.txt", "0" * 64, "something else",
    ]  # fmt: skip


@pytest.mark.parametrize("document", [incident(3), deployment()], ids=["incident", "deployment"])
def test_every_single_value_that_changes_is_told(document: AnyDocument) -> None:
    """One value after the other is made another, wherever the model takes one."""
    tried = 0
    for path in leaves(document.model_dump(mode="json", by_alias=True)):
        if path[0] in {"schema", "synced", "synced_through", "document"} or path[-1] in {"recorded_at", "source"}:
            continue
        for value in other(_value(document.model_dump(mode="json", by_alias=True), path)):
            raw = document.model_dump(mode="json", by_alias=True)
            before = _value(raw, path)
            _value(raw, path[:-1])[path[-1]] = value
            try:
                changed = type(document).model_validate(raw)
            except ValueError:
                continue
            if _value(changed.model_dump(mode="json", by_alias=True), path) == before:
                continue
            tried += 1
            found = compare(document, changed)
            assert found.state == "changed", (path, value)
            assert len(found.changes) <= 6, path
            break
    assert tried > 60


def _value(raw: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        raw = raw[key]
    return raw


@quick
@given(documents(), documents())
def test_every_account_is_safe_wherever_it_is_shown(one: AnyDocument, other: AnyDocument) -> None:
    """In a terminal no control character; in a comment no link, image, mention or HTML of what was captured."""
    assume(type(one) is type(other))
    found = [compare(one, other)]
    text = changes_as_text(found, "a → b")
    assert all(char == "\n" or char.isprintable() or cells(char) == 0 or ord(char) > 159 for char in text)
    markdown = changes_as_markdown(found, "a → b")
    assert markdown.startswith(MARKER + "\n")
    tokens = [token for token in PAGE.parse(markdown.removeprefix(MARKER)) if token.type == "html_block"]
    tokens += [child for token in PAGE.parse(markdown) for child in token.children or () if child.type in {
        "link_open", "image", "html_inline"} and child.content != "<br>"]  # fmt: skip
    assert tokens == []


def test_a_deployment_is_told_too() -> None:
    def change(d: Deployment) -> None:
        d.issues.append(Item(id="I9", text="It took two tries"))
        d.status = "failed"

    assert edited(change, deployment()) == ["status success → failed", "issue 1 added: “It took two tries”"]


def test_quoted_pieces_are_told_apart_from_ours() -> None:
    before = incident(3)
    after = before.model_copy(deep=True)
    after.lead = "@everyone"
    (change,) = compare(before, after).changes
    assert [piece for piece in change.pieces if isinstance(piece, Quoted)] == ["Kim", "@everyone"]
    assert "@everyone" not in changes_as_markdown([compare(before, after)], "a → b")


# ------------------------------------------------------------------------------------------------------ in a repository


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def filed(repository: Path) -> Path:
    """A repository with the example incident and the example deployment committed on main."""
    for document in (incident(3), deployment()):
        write(repository, document)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "File")
    return repository


def write(repository: Path, document: AnyDocument) -> Path:
    path = repository / "incidents" / document.id[4:8] / document.id / "record.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump_record(document), encoding="utf-8")
    return path


def test_without_a_revision_the_work_tree_is_compared_with_the_last_commit(runbook: Runbook, filed: Path) -> None:
    assert runbook("diff", cwd=filed, check=0).stdout.startswith("nothing changed  (HEAD ")
    changed = incident(3)
    changed.severity = "critical"
    write(filed, changed)
    told = runbook("diff", cwd=filed, check=0).stdout
    assert told.startswith("INC-2026-03-04-001  Checkout refuses every card\n  changed  (HEAD ")
    assert "→ work tree)\n\n  Document\n    severity high → critical\n" in told
    assert "DEP-" not in told
    one = runbook("diff", "DEP-2026-01-19-002", cwd=filed, check=0).stdout
    assert "nothing changed" in one


def test_two_dots_compare_revisions_and_three_dots_what_a_branch_did(runbook: Runbook, filed: Path) -> None:
    git(filed, "switch", "--quiet", "-c", "review")
    changed = incident(3)
    changed.severity = "critical"
    write(filed, changed)
    git(filed, "commit", "--quiet", "-am", "It was worse")
    git(filed, "switch", "--quiet", "main")
    failed = deployment()
    failed.status = "failed"
    write(filed, failed)
    git(filed, "commit", "--quiet", "-am", "It failed")

    def ids(*words: str) -> list[str]:
        found = check_shape("diff", runbook("diff", *words, "--format", "json", cwd=filed, check=0).stdout)
        return [document["id"] for document in found["documents"]]

    assert ids("main..review") == ids("main", "review") == ["DEP-2026-01-19-002", "INC-2026-03-04-001"]
    assert ids("main...review") == ["INC-2026-03-04-001"]
    assert ids("INC-2026-03-04-001", "main..review") == ["INC-2026-03-04-001"]


def test_a_new_document_and_one_that_is_gone(runbook: Runbook, filed: Path) -> None:
    new = incident(0)
    new.id = "INC-2026-03-04-009"
    write(filed, new)
    (filed / "incidents/2026/DEP-2026-01-19-002/record.yaml").unlink()
    shape = check_shape("diff", runbook("diff", "--format", "json", cwd=filed, check=0).stdout)
    states = {document["id"]: document["state"] for document in shape["documents"]}
    assert states == {"DEP-2026-01-19-002": "removed", "INC-2026-03-04-009": "added"}


def write_both(repository: Path, document: AnyDocument) -> Path:
    """Record and report, as filing writes them; the report's path."""
    path = write(repository, document).with_name("report.md")
    path.write_text(render_report(document, settings=Settings()), encoding="utf-8")
    return path


def test_what_a_reviewer_typed_into_the_report_alone_is_told_too(runbook: Runbook, filed: Path) -> None:
    report = write_both(filed, incident(3))
    git(filed, "add", "--all")
    git(filed, "commit", "--quiet", "-m", "The report")
    report.write_text(report.read_text("utf-8").replace("For 54 minutes", "For about 54 minutes"), "utf-8")
    told = " ".join(runbook("diff", cwd=filed, check=0).stdout.split())
    assert "summary reworded: “For 54 minutes the …” → “For about 54 minutes the …”" in told
    assert "report.md holds edits that its record does not know yet: runbook sync INC-2026-03-04-001" in told
    git(filed, "commit", "--quiet", "-am", "A reviewer's edit")
    found = check_shape("diff", runbook("diff", "HEAD~1..HEAD", "--format", "json", cwd=filed, check=0).stdout)
    assert [change["field"] for change in found["documents"][0]["changes"]] == ["summary"]


def test_an_edit_in_the_record_alone_is_told_and_so_is_the_report_that_does_not_show_it(
    runbook: Runbook, filed: Path
) -> None:
    report = write_both(filed, incident(3))
    git(filed, "add", "--all")
    git(filed, "commit", "--quiet", "-m", "The report")
    changed = incident(3)
    changed.title = "Checkout refuses some cards"
    write(filed, changed)
    told = " ".join(runbook("diff", cwd=filed, check=0).stdout.split())
    assert "title reworded" in told
    assert "report.md does not show all of its record yet: runbook render INC-2026-03-04-001" in told
    report.write_text(report.read_text("utf-8").replace("For 54 minutes", "For about 54 minutes"), "utf-8")
    both = runbook("diff", cwd=filed, check=0).stdout
    assert "title reworded" in both
    assert "summary reworded" in both


def test_a_report_from_an_older_template_hides_no_change_of_its_record(runbook: Runbook, filed: Path) -> None:
    report = write_both(filed, incident(3))
    report.write_text(report.read_text("utf-8").replace("## Metrics", "## Figures"), "utf-8")
    git(filed, "add", "--all")
    git(filed, "commit", "--quiet", "-m", "The report, as an older version wrote it")
    changed = incident(3)
    changed.severity = "critical"
    write(filed, changed)
    report.write_text(report.read_text("utf-8").replace("For 54 minutes", "For about 54 minutes"), "utf-8")
    told = runbook("diff", cwd=filed, check=0).stdout
    assert "severity high → critical" in told
    assert "summary reworded" in told
    assert "line " not in told.partition("To look at")[2]


def test_entries_that_both_files_got_are_told_once_beside_a_reviewers_edit(runbook: Runbook, filed: Path) -> None:
    report = write_both(filed, incident(3))
    git(filed, "add", "--all")
    git(filed, "commit", "--quiet", "-m", "The report")
    write_both(filed, incident(6))
    report.write_text(report.read_text("utf-8").replace("looked at dashboard 5", "looked at the wrong one"), "utf-8")
    found = check_shape("diff", runbook("diff", "--format", "json", cwd=filed, check=0).stdout)["documents"][0]
    assert [change["text"] for change in found["changes"]] == [
        "08:51 “looked at dashboard 3” added",
        "08:52 “looked at dashboard 4” added",
        "08:52 “looked at the wrong one” added",
    ]
    assert [hint.partition(":")[0] for hint in found["hints"]] == [
        "report.md holds edits that its record does not know yet"
    ]


def test_text_outside_of_every_field_is_pointed_out_by_its_line(runbook: Runbook, filed: Path) -> None:
    report = write_both(filed, incident(3))
    git(filed, "add", "--all")
    git(filed, "commit", "--quiet", "-m", "The report")
    text = report.read_text("utf-8")
    report.write_text(f"{text}\nI doubt that.\n", "utf-8")
    told = runbook("diff", cwd=filed, check=0).stdout
    assert "nothing changed" in told
    assert f"line {text.count(chr(10)) + 2} of report.md" in told


def test_a_document_that_was_renumbered_did_not_go_and_nothing_came(runbook: Runbook, filed: Path) -> None:
    later = incident(3)
    later.id, later.aliases, later.severity = "INC-2026-03-04-002", ["INC-2026-03-04-001"], "critical"
    write(filed, later)
    (filed / "incidents/2026/INC-2026-03-04-001/record.yaml").unlink()
    for words in ([], ["INC-2026-03-04-001"], ["INC-2026-03-04-002"]):
        found = check_shape("diff", runbook("diff", *words, "--format", "json", cwd=filed, check=0).stdout)
        (document,) = found["documents"]
        assert (document["id"], document["state"]) == ("INC-2026-03-04-002", "changed")
        assert next(change["text"] for change in document["changes"]) == (
            "renumbered: INC-2026-03-04-001 → INC-2026-03-04-002"
        )


def test_what_cannot_be_compared_is_said_with_what_to_do(runbook: Runbook, filed: Path) -> None:
    assert "no revision 'nowhere'" in runbook("diff", "nowhere", cwd=filed, check=2).stderr
    assert "filed neither in HEAD nor" in runbook("diff", "INC-2020-01-01-001", cwd=filed, check=2).stderr
    assert "not more" in runbook("diff", "HEAD", "HEAD", "HEAD", cwd=filed, check=2).stderr
    path = write(filed, incident(3))
    path.write_text(path.read_text(encoding="utf-8").replace("severity: high", "severity: hihg"), encoding="utf-8")
    broken = runbook("diff", cwd=filed, check=2).stderr
    assert "record.yaml:" in broken
    assert "severity" in broken


def test_a_secret_typed_into_a_record_is_not_shown(runbook: Runbook, filed: Path) -> None:
    changed = incident(3)
    changed.resolution = "Set PASSWORD=hunter2hunter2 on the edge and reloaded it."
    write(filed, changed)
    for form in ("text", "json", "markdown"):
        told = runbook("diff", "--format", form, cwd=filed, check=0).stdout
        assert "resolution" in told.lower()
        assert "hunter2" not in told


def test_looking_runs_nothing_that_the_repository_brought_along(runbook: Runbook, filed: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    git(filed, "config", "diff.external", f"touch {canary}")
    git(filed, "config", "core.fsmonitor", f"touch {canary}")
    (filed / ".gitattributes").write_text("*.yaml diff=evil filter=evil\n", encoding="utf-8")
    git(filed, "config", "diff.evil.textconv", f"touch {canary};")
    git(filed, "config", "filter.evil.clean", f"touch {canary}; cat")
    changed = incident(3)
    changed.severity = "critical"
    write(filed, changed)
    assert "severity high → critical" in runbook("diff", cwd=filed, check=0).stdout
    assert not canary.exists()


def test_the_comment_has_its_mark_first_and_reads_as_a_list(runbook: Runbook, filed: Path) -> None:
    changed = incident(3)
    changed.severity = "critical"
    write(filed, changed)
    told = runbook("diff", "--format", "markdown", cwd=filed, check=0).stdout
    assert told.splitlines()[0] == MARKER
    assert "### INC-2026-03-04-001: Checkout refuses every card" in told
    assert "**Document**\n\n- severity high → critical\n" in told
    assert json.loads(runbook("diff", "--format", "json", cwd=filed, check=0).stdout)["new"] == "work tree"


def test_a_new_follow_up_is_told_with_its_owner_and_date_or_that_it_has_none() -> None:
    def two_more(i: Incident) -> None:
        action = i.actions[0]
        given = {"id": "N1", "text": "Page below 14 days", "owner": "Noor", "due": date(2026, 5, 1)}
        i.actions.append(action.model_copy(update=given))
        i.actions.append(action.model_copy(update={"id": "N2", "text": "Rotate it", "owner": "", "due": None}))

    count = len(incident(3).actions)
    assert edited(two_more) == [
        f"action {count + 1} added: “Page below 14 days” (owner Noor, due 2026-05-01)",
        f"action {count + 2} added: “Rotate it” (no owner, no due date)",
    ]
