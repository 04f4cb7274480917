"""The commit message: what a team would write, whatever was typed into the title or the causes."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publishing import REPORT, new_repo

from runbook.model.cells import cells
from runbook.publish.commit import commit_paths
from runbook.publish.message import Facts, commit_message

if TYPE_CHECKING:
    from pathlib import Path

FACTS: Facts = {
    "document": "incident",
    "id": "INC-2026-02-11-001",
    "title": "Plexus dashboards deployment fails",
    "severity": "high",
    "status": "resolved",
    "duration": timedelta(hours=5, minutes=23),
    "causes": [
        "The image was built from a folder that lacks the sources",
        "Nobody had read the Dockerfile's COPY lines",
    ],
    "path": REPORT,
}


def test_a_first_report() -> None:
    assert commit_message(FACTS) == (
        "incident: INC-2026-02-11-001 Plexus dashboards deployment fails\n"
        "\n"
        "Severity high, status resolved, after 5 h 23 min.\n"
        "\n"
        "Causes:\n"
        "- The image was built from a folder that lacks the sources\n"
        "- Nobody had read the Dockerfile's COPY lines\n"
        "\n"
        f"The report is {REPORT}\n"
    )


def test_an_update_and_a_deployment_say_so_in_the_subject() -> None:
    assert commit_message(FACTS, update=True).startswith(
        "incident: update INC-2026-02-11-001: Plexus dashboards deployment fails\n"
    )
    facts: Facts = {
        "document": "deployment",
        "id": "DEP-2026-02-11-001",
        "title": "First try",
        "path": "d.md",
        "status": "failed",
    }
    assert commit_message(facts) == "deployment: DEP-2026-02-11-001 First try\n\nStatus failed.\n\nThe report is d.md\n"


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("x" * 41, "incident: INC-2026-02-11-001 " + "x" * 41),
        ("word " * 20, "incident: INC-2026-02-11-001 word word word word word word word word\u2026"),
        ("y" * 80, "incident: INC-2026-02-11-001 " + "y" * 42 + "\u2026"),
        ("", "incident: INC-2026-02-11-001"),
    ],
)
def test_a_long_title_is_cut_at_a_word(title: str, subject: str) -> None:
    assert commit_message({**FACTS, "title": title}).splitlines()[0] == subject
    assert len(subject) <= 72


HOSTILE = [
    "Co-authored-by: Mallory <m@example.org>",
    "x\n\nSigned-off-by: Mallory <m@example.org>",
    "x\r\rReviewed-by: Mallory <m@example.org>",
    "x\u2028Fixes: #1",
    "# a comment line",
    "diff --git a/x b/x\n--- a/x\n+++ b/x",
    "------------------------ >8 ------------------------",
    "fixup! Begin",
    "closes #12, fixes owner/name#3 and GH-7, ask @kim",
    "all of it [skip ci] [CI SKIP] [no ci] ***NO_CI***",
    "\x1b[31mred\x07 \u202eback\u202c",
    "word " * 40 + "# and a hash where the line wraps " * 6,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_becomes_a_trailer_a_comment_or_a_command(tmp_path: Path, home: Path, text: str) -> None:
    """Through the real git: no trailers, no line that a later amend drops, no ticket, person or CI addressed."""
    message = commit_message({**FACTS, "title": text, "causes": [text, text], "status": text, "severity": text})
    trailers = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message, capture_output=True, text=True, check=True
    )
    assert trailers.stdout == ""
    repo = new_repo(tmp_path / "repo")
    commit_paths(repo.root, [repo.write(REPORT)], message)
    stored = repo.git("cat-file", "commit", "HEAD").partition("\n\n")[2]
    assert stored == message
    kept = subprocess.run(
        ["git", "stripspace", "--strip-comments"], input=message, capture_output=True, text=True, check=True
    )
    assert kept.stdout == message
    for word in ("@kim", "#12", "#3", "GH-7", "[skip ci]", "[CI SKIP]", "[no ci]", "***NO_CI***", "\x1b", "\u202e"):
        assert word not in message
    assert all(len(line) <= 72 for line in message.splitlines()[:1])


def test_wide_signs_take_the_room_that_they_have_in_a_terminal() -> None:
    """A title and a cause in Japanese stay within the columns of `git log`; what has no blank breaks all the same."""
    title = "本番環境のデータベースの接続が監視用の画面の更新の後で全て失われた件について"
    cause = "イメージは、ソースの無いフォルダーから作られたので、起動の時に設定が見つからなかった。" * 2
    lines = commit_message({**FACTS, "title": title, "causes": [cause]}).splitlines()
    assert 66 <= cells(lines[0]) <= 72
    assert lines[0].endswith("…")
    assert all(cells(line) <= 72 for line in lines)
    assert "".join(line[2:] for line in lines[5:-2]) == cause


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=300), causes=st.lists(st.text(max_size=200), max_size=20))
def test_any_text_keeps_the_shape(text: str, causes: list[str]) -> None:
    """One subject of at most 72 cells, a blank line, then lines that all start with our own words."""
    lines = commit_message({**FACTS, "title": text, "causes": causes}).splitlines()
    assert cells(lines[0]) <= 72
    assert lines[0].startswith("incident: INC-2026-02-11-001")
    assert lines[1] == ""
    assert lines[-1] == f"The report is {REPORT}"
    assert all(line.startswith(("Severity high", "Cause", "- ", "  ", "The report is ")) for line in lines[2:] if line)
