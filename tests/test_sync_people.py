"""Two people at the same report, each in a clone of their own: what git made of it, and what a sync makes of that."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from test_sync import Filed

from runbook.errors import BadInputError
from runbook.flow.sync import check
from runbook.record.store import RECORD, REPORT
from runbook.render.reader import read_report

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook


class Clone(Filed):
    """What one person has of the repository that both push to."""

    def __init__(self, hub: Path, folder: Path, other: Filed) -> None:
        subprocess.run(["git", "clone", "-q", str(hub), str(folder)], check=True)
        self.repository, self.runbook, self.id = folder, other.runbook, other.id
        self.folder = folder / other.folder.relative_to(other.repository)

    def pull(self) -> bool:
        """Merge what the other one pushed; whether git could."""
        done = subprocess.run(
            ["git", "pull", "-q", "--no-rebase", "--no-edit"], cwd=self.repository, capture_output=True, check=False
        )
        return done.returncode == 0

    def push(self, message: str) -> None:
        self.commit(message)
        self.git("push", "-q", "origin", "HEAD")

    def texts(self) -> tuple[str, str]:
        return self.record.read_text("utf-8"), self.report.read_text("utf-8")


@pytest.fixture
def filed(repository: Path, runbook: Runbook) -> Filed:
    return Filed(repository, runbook)


@pytest.fixture
def people(filed: Filed, repository: Path, tmp_path: Path) -> tuple[Clone, Clone]:
    hub = tmp_path / "hub.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(repository), str(hub)], check=True)
    return Clone(hub, tmp_path / "ada", filed), Clone(hub, tmp_path / "bob", filed)


ADA = (
    ("For 54 minutes", "For 55 minutes"),
    ("owner: Noor, due", "owner: Ada, due"),
    ("| Kim has it | Kim <", "| Kim has it on her desk | Kim <"),
)
BOB = (
    ("No order was lost", "Not one order was lost"),
    ("due: 2026-03-11", "due: 2026-03-15"),
    ("| Kim has it | Kim <", "| Kim has it | Bob <"),
)


@pytest.mark.parametrize(("synced", "committed"), [("ada", True), ("bob", False)])
def test_the_report_of_one_side_takes_nothing_back_that_the_other_had_synced(
    people: tuple[Clone, Clone], synced: str, committed: bool
) -> None:
    """Git stops at lines both changed; whoever takes one report whole has the other's edits in the record still."""
    ada, bob = people
    ada.edit(ada.report, *ADA)
    bob.edit(bob.report, *BOB)
    (ada if synced == "ada" else bob).sync()
    ada.push("ada")
    bob.commit("bob")
    assert not bob.pull()
    bob.git("checkout", "--ours" if synced == "ada" else "--theirs", "--", str(bob.report))
    if committed:
        bob.commit("merge")
    before = bob.texts()
    seen = bob.sync(status=1)
    assert [each["field"] for each in seen["conflicts"]] == ["summary"], "both changed the same paragraph"
    assert seen["conflicts"][0]["report"]["line"] == bob.line(bob.report, "For 5")
    assert bob.texts() == before
    bob.sync("--keep", "report", "summary")
    record = bob.loaded()
    assert (record.actions[0].owner, str(record.actions[0].due)) == ("Ada", "2026-03-15")
    entry = next(each for each in record.timeline if each.id == "E003")
    assert (entry.text, entry.actor) == ("Kim has it on her desk", "Bob")
    bob.agrees()


def test_what_git_merged_by_itself_is_taken_as_it_stands(people: tuple[Clone, Clone]) -> None:
    """Also the rest of the report, which shows what the other one changed: no line of it is told to have no place."""
    ada, bob = people
    ada.edit(ada.report, *ADA)
    ada.edit(ada.record, ("at: 2026-03-04T08:27:00Z", "at: 2026-03-04T08:28:30Z"))
    ada.sync()
    ada.push("ada")
    bob.edit(bob.report, ("- We restarted before", "- They restarted before"))
    bob.commit("bob")
    assert bob.pull()
    seen = bob.sync()
    assert [each["field"] for each in seen["changed"]] == ["lessons.went_wrong.L2.text"]
    assert not seen["unread"]
    assert next(each.at for each in bob.loaded().timeline if each.id == "E005").second == 30
    bob.agrees()


def test_two_versions_of_one_row_are_both_shown_although_git_was_told_to_take_one(people: tuple[Clone, Clone]) -> None:
    ada, bob = people
    ada.edit(ada.report, ("| Kim has it |", "| Kim has it on her desk |"))
    ada.sync()
    ada.push("ada")
    bob.edit(bob.report, ("| Kim has it |", "| Kim took it by phone |"))
    bob.commit("bob")
    bob.git("pull", "-q", "--no-rebase", "--no-edit", "-X", "ours")
    (conflict,) = bob.sync(status=1)["conflicts"]
    assert (conflict["record"]["value"], conflict["report"]["value"]) == (
        "Kim has it on her desk",
        "Kim took it by phone",
    )
    assert conflict["record"]["line"] == bob.line(bob.record, "Kim has it on her desk")
    assert conflict["report"]["line"] == bob.line(bob.report, "| Kim took it by phone |")
    bob.sync("--keep", "record")
    bob.agrees()


@pytest.mark.parametrize("name", [RECORD, REPORT])
def test_marks_of_a_merge_are_named_and_nothing_is_written(people: tuple[Clone, Clone], name: str) -> None:
    ada, bob = people
    ada.edit(ada.report, ("2. Reloaded nginx.", "2. Reloaded nginx, twice."))
    bob.edit(bob.report, ("2. Reloaded nginx.", "2. Restarted nginx."))
    if name == RECORD:
        ada.sync()
        bob.sync()
    ada.push("ada")
    bob.commit("bob")
    assert not bob.pull()
    before, file = bob.texts(), bob.folder / name
    for verb, status in [("sync", 2), ("lint", 1), ("render", 2), ("publish", 2)]:
        done = bob.runbook(verb, bob.id, cwd=bob.repository, check=status)
        said = done.stdout + done.stderr
        assert "an unresolved merge" in said
        assert "keep what counts" in said
        assert str(bob.line(file, "<<<<<<< ")) in said
    assert bob.texts() == before


def test_a_mark_of_a_merge_counts_wherever_it_stands(filed: Filed) -> None:
    """Within a fence, a list or prose it would be text; one that was forgotten is enough."""
    record, text = filed.loaded(), filed.report.read_text("utf-8")
    for at, mark in [
        ("* SSL certificate problem", "<<<<<<< HEAD"),
        ("The timer now runs on both edges.", ">>>>>>> 933093a1"),
        ("- [ ] Write down who owns", "||||||| 933093a1"),
        ("> **Not proven:**", "<<<<<<< HEAD"),
    ]:
        line = filed.line(filed.report, at)
        with pytest.raises(BadInputError, match="an unresolved merge") as error:
            read_report(text.replace(f"\n{at}", f"\n{mark}\n{at}"), record)
        assert error.value.line == line


def test_a_captured_merge_is_no_merge_of_the_report(filed: Filed) -> None:
    """What was pasted into the timeline may hold such lines: the report shows them as they were recorded."""
    lines = "listen 80\\n" * 20
    filed.edit(filed.record, ("text: Kim has it", f'text: "pull failed\\n<<<<<<< HEAD\\n{lines}>>>>>>> main"'))
    filed.sync()
    assert "\n<<<<<<< HEAD\n" in filed.report.read_text("utf-8")
    filed.edit(filed.report, ("- We restarted before", "- They restarted before"))
    filed.sync()
    filed.agrees()


def test_a_difference_is_told_of_the_records_alone_where_the_report_holds_marks(people: tuple[Clone, Clone]) -> None:
    """What was typed before is in the older report; it is not said to be taken back."""
    ada, bob = people
    ada.edit(ada.report, ("| Kim has it |", "| Kim has it on her desk |"))
    ada.push("ada")
    bob.edit(bob.report, ("| Kim has it |", "| Kim took it by phone |"))
    bob.commit("bob")
    assert not bob.pull()
    told = bob.runbook("diff", bob.id, cwd=bob.repository, check=0).stdout
    assert "nothing changed" in told
    line = bob.line(bob.report, "<<<<<<< ")
    assert f"line {line} of report.md: an unresolved merge; the records alone are compared" in " ".join(told.split())


def test_a_clone_without_history_has_the_edits_that_nobody_synced(people: tuple[Clone, Clone], tmp_path: Path) -> None:
    """As a pipeline has it: the one commit there is holds a record and a report that disagree."""
    ada, _ = people
    ada.edit(ada.report, ("| Kim has it |", "| Kim has it on her desk |"))
    ada.push("ada")
    shallow = tmp_path / "pipeline"
    hub = tmp_path / "hub.git"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{hub}", str(shallow)], check=True)
    assert [each.field for each in check(str(shallow), ada.id)] == ["timeline.E003.text"]


def test_what_was_typed_before_the_first_commit_is_an_edit(filed: Filed) -> None:
    """`render`, an editor, `git commit`: record and report never agreed in any commit."""
    filed.git("update-ref", "-d", "HEAD")
    filed.edit(filed.report, ("- We restarted before", "- They restarted before"))
    filed.commit("first")
    filed.edit(filed.report, ("| Kim has it |", "| Kim has it on her desk |"))
    filed.commit("second")
    assert {each["field"] for each in filed.sync()["changed"]} == {"lessons.went_wrong.L2.text", "timeline.E003.text"}
    filed.agrees()


def test_of_two_long_texts_the_part_in_which_they_differ_is_shown(filed: Filed) -> None:
    filed.edit(filed.record, ("renewed by hand.\n", "renewed by Kim.\n"))
    filed.edit(filed.report, ("renewed by hand.\n", "renewed by Noor.\n"))
    told = filed.runbook("sync", filed.id, cwd=filed.repository, check=1).stdout
    record, report = (line for line in told.splitlines() if "renewed by" in line)
    assert record.endswith("renewed by Kim.")
    assert report.endswith("renewed by Noor.")


def test_a_text_that_the_report_cannot_show_whole_is_a_conflict_like_any_other(filed: Filed) -> None:
    """The record's new text is too long for its cell; the words typed there are about the old one."""
    filed.edit(filed.record, ("text: Kim has it", f"text: Kim has it{', they say' * 30}"))
    filed.edit(filed.report, ("| Kim has it |", "| Kim took it |"))
    assert [each["report"]["value"] for each in filed.sync(status=1)["conflicts"]] == ["Kim took it"]


def test_what_was_synced_and_not_committed_is_published(people: tuple[Clone, Clone]) -> None:
    """The document is on main already; the branch begins with the very record that the work tree began with."""
    ada, _ = people
    ada.edit(ada.report, ("- We restarted before", "- They restarted before"))
    ada.sync()
    ada.runbook("publish", ada.id, cwd=ada.repository, check=0)
    report = ada.git("show", f"origin/incident/{ada.id}:{ada.report.relative_to(ada.repository)}")
    assert "- They restarted before" in report
