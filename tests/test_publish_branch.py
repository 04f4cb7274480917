"""Committing to a branch beside the user's work: nothing of theirs moves, and nothing stands in the way afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path, PurePosixPath

import pytest
from publishing import MESSAGE, RECORD, REPORT, Repo, make_dirty, new_repo

from runbook.errors import BadInputError, GitError
from runbook.publish.commit import commit_paths, commit_tree_files

BRANCH = "incident/INC-2026-02-11-001"
FILES: dict[PurePosixPath, bytes | Path | None] = {
    PurePosixPath(REPORT): b"# Report\n",
    PurePosixPath(RECORD): b"schema: 1\n",
}


@pytest.fixture
def repo(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    temporary = home / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return new_repo(tmp_path / "repo")


def left_over(repo: Repo) -> tuple[list[str], list[str]]:
    """Temporary folders, and work trees that git knows besides the user's."""
    trees = [line for line in repo.git("worktree", "list", "--porcelain").splitlines() if line.startswith("worktree ")]
    return os.listdir(tempfile.gettempdir()), trees[1:]


@pytest.mark.parametrize("dirty", [False, True])
def test_a_new_branch_starts_at_head_and_nothing_of_the_user_moves(repo: Repo, *, dirty: bool) -> None:
    if dirty:
        make_dirty(repo)
    before = (repo.status(), repo.index(), repo.git("rev-parse", "main"), repo.git("symbolic-ref", "HEAD"))
    done = commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    assert (done.branch, done.created_branch, done.files) == (BRANCH, True, (RECORD, REPORT))
    assert done.sha == repo.git("rev-parse", BRANCH).strip()
    assert repo.git("rev-parse", f"{BRANCH}^") == before[2]
    assert repo.committed(BRANCH) == [RECORD, REPORT]
    assert (repo.status(), repo.index(), repo.git("rev-parse", "main"), repo.git("symbolic-ref", "HEAD")) == before
    assert not (repo.root / "incidents").exists()
    assert left_over(repo) == ([], [])


def test_switch_merge_and_pull_work_afterwards(repo: Repo, tmp_path: Path) -> None:
    """What `--branch` leaves behind never blocks the next git command, whichever way the files came there."""
    repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("push", "--quiet", "-u", "origin", "main")
    commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    second = repo.write("incidents/2026/INC-2026-02-12-001/report.md", "# Second\n")
    commit_paths(repo.root, [second], "incident: second\n", branch="incident/INC-2026-02-12-001")
    assert repo.status() == []
    assert not (repo.root / "incidents").exists()

    repo.git("switch", "--quiet", BRANCH)
    assert (repo.root / REPORT).read_bytes() == b"# Report\n"
    repo.git("push", "--quiet", "origin", BRANCH)
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "incident/INC-2026-02-12-001")
    assert second.exists()
    elsewhere = Repo(tmp_path / "clone")
    repo.git("clone", "--quiet", str(tmp_path / "origin.git"), str(elsewhere.root))
    elsewhere.git("merge", "--quiet", f"origin/{BRANCH}")
    elsewhere.git("push", "--quiet", "origin", "main")
    repo.git("pull", "--quiet", "--no-rebase", "--no-edit")
    assert (repo.root / REPORT).exists()
    assert repo.status() == []


def test_the_same_branch_takes_an_update_and_says_when_there_is_none(repo: Repo) -> None:
    first = commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    again = commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    assert again.nothing_new
    assert again.sha == first.sha
    changed = {**FILES, PurePosixPath(REPORT): b"# Second edition\n", PurePosixPath(RECORD): None}
    done = commit_tree_files(repo.root, changed, "incident: update\n", BRANCH)
    assert not done.created_branch
    assert repo.git("rev-parse", f"{BRANCH}^").strip() == first.sha
    assert repo.git("ls-tree", "-r", "--name-only", BRANCH, "incidents").split() == [REPORT]


def test_files_may_be_given_as_paths(repo: Repo, tmp_path: Path) -> None:
    """Evidence is copied byte for byte from where it was recorded."""
    evidence = tmp_path / "evidence.txt"
    evidence.write_bytes(b"a\r\n\xff\x00")
    commit_tree_files(repo.root, {PurePosixPath("incidents/e.txt"): evidence}, MESSAGE, BRANCH)
    shown = subprocess.run(
        ["git", "cat-file", "blob", f"{BRANCH}:incidents/e.txt"], cwd=repo.root, capture_output=True, check=True
    )
    assert shown.stdout == b"a\r\n\xff\x00"


def test_a_hook_sees_the_whole_project_on_that_branch_and_may_refuse(repo: Repo) -> None:
    """A refused commit leaves no branch, no work tree and no files."""
    repo.hook("pre-commit", "cat app.txt >&2; git symbolic-ref --short HEAD >&2; exit 1\n")
    refs = repo.git("for-each-ref")
    with pytest.raises(GitError) as caught:
        commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    assert [line.strip() for line in caught.value.message.splitlines()[1:]] == ["one", "two", "three", BRANCH]
    assert repo.git("for-each-ref") == refs
    assert left_over(repo) == ([], [])
    paths = [repo.write(REPORT)]
    with pytest.raises(GitError):
        commit_paths(repo.root, paths, MESSAGE, branch=BRANCH)
    assert paths[0].exists()
    assert repo.git("for-each-ref") == refs


def test_hooks_that_an_installer_put_where_git_ignores_them_have_their_say(repo: Repo) -> None:
    """As husky does: ``core.hooksPath`` is relative, and its folder is in no commit."""
    folder = repo.root / ".husky/_"
    folder.mkdir(parents=True)
    (folder / ".gitignore").write_text("*", "utf-8")
    hook = folder / "commit-msg"
    hook.write_text('#!/bin/sh\nls\necho "no ticket" >&2\nexit 1\n', "utf-8")
    hook.chmod(0o755)
    repo.git("config", "core.hooksPath", ".husky/_")
    with pytest.raises(GitError, match="no ticket"):
        commit_tree_files(repo.root, {PurePosixPath("incidents/a.md"): b"a\n"}, "a", "incident/a")
    hook.write_text("#!/bin/sh\nexit 0\n", "utf-8")
    commit_tree_files(repo.root, {PurePosixPath("incidents/a.md"): b"a\n"}, "a", "incident/a")
    assert repo.git("show", "incident/a:incidents/a.md") == "a\n"


def test_the_branch_that_is_checked_out_gets_the_files_in_its_work_tree(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", BRANCH)
    repo.write("staged.txt")
    repo.git("add", "staged.txt")
    done = commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    assert (done.files, done.created_branch) == ((RECORD, REPORT), False)
    assert (repo.root / REPORT).read_bytes() == b"# Report\n"
    assert repo.status() == [
        "1 A. N... 000000 100644 100644 "
        + "0" * 40
        + " "
        + repo.git("rev-parse", ":staged.txt").strip()
        + " staged.txt"
    ]


def test_on_the_branch_that_is_checked_out_uncommitted_edits_are_never_overwritten(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", BRANCH)
    commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    repo.write(REPORT, "an edit of hours\n")
    with pytest.raises(GitError, match="would be overwritten") as caught:
        commit_tree_files(repo.root, {**FILES, PurePosixPath(REPORT): b"# New\n"}, MESSAGE, BRANCH)
    assert caught.value.file == str(repo.root / REPORT)
    assert (repo.root / REPORT).read_text(encoding="utf-8") == "an edit of hours\n"


def test_on_the_branch_that_is_checked_out_a_refused_commit_takes_the_files_back(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", BRANCH)
    commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    repo.hook("pre-commit", "exit 1\n")
    new = PurePosixPath("incidents/new.md")
    with pytest.raises(GitError):
        commit_tree_files(repo.root, {new: b"x", PurePosixPath(REPORT): b"# New\n"}, MESSAGE, BRANCH)
    assert (repo.root / REPORT).read_bytes() == b"# Report\n"
    assert repo.status() == []


def test_an_edit_made_meanwhile_is_not_removed_with_the_untracked_original(repo: Repo) -> None:
    """The original is only taken away if it still is what was committed."""
    path = repo.write(REPORT, "# Report\n")
    repo.hook("post-commit", f"echo 'typed just now' >> '{path}'\n")
    commit_paths(repo.root, [path], MESSAGE, branch=BRANCH)
    assert path.read_text(encoding="utf-8") == "# Report\ntyped just now\n"
    assert repo.show(f"{BRANCH}:{REPORT}") == "# Report\n"


@pytest.mark.parametrize(
    "name", ["-x", "--orphan", "a..b", "a.lock", "@{-1}", "@{u}", "HEAD", "a b", "", "a~1", "x\ny"]
)
def test_a_name_that_is_no_branch_is_refused(repo: Repo, name: str) -> None:
    repo.git("switch", "--quiet", "-c", "other")
    refs = repo.git("for-each-ref")
    with pytest.raises(BadInputError):
        commit_tree_files(repo.root, FILES, MESSAGE, name)
    assert repo.git("for-each-ref") == refs


def test_a_branch_in_another_work_tree_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "-b", BRANCH, str(tmp_path / "review"))
    with pytest.raises(GitError, match="checked out in another work tree") as caught:
        commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    assert caught.value.file == str(tmp_path / "review")
    assert left_over(repo)[1] == [f"worktree {tmp_path / 'review'}"]


def test_a_branch_name_that_clashes_with_another_is_refused_in_gits_words(repo: Repo) -> None:
    repo.git("branch", "incident")
    with pytest.raises(GitError, match="incident"):
        commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    assert left_over(repo) == ([], [])


def test_without_a_first_commit_there_is_nothing_to_start_from(tmp_path: Path, home: Path) -> None:
    empty = Repo(tmp_path / "empty")
    empty.root.mkdir()
    empty.git("init", "--quiet")
    with pytest.raises(GitError, match="no commit yet"):
        commit_tree_files(empty.root, FILES, MESSAGE, BRANCH)


def test_from_a_linked_work_tree_and_a_sparse_checkout(repo: Repo, tmp_path: Path) -> None:
    repo.write("kept/a.txt")
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "Folder")
    repo.git("sparse-checkout", "set", "kept")
    repo.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    for number, place in enumerate((repo.root, tmp_path / "linked")):
        done = commit_tree_files(place, FILES, MESSAGE, f"{BRANCH}-{number}")
        assert repo.committed(done.sha) == [RECORD, REPORT]
        assert Repo(place).status() == []


def test_a_link_that_the_branch_brings_is_not_written_through(repo: Repo, tmp_path: Path) -> None:
    """The branch is another's work: ``incidents`` may be a link there, though it is not here."""
    outside = tmp_path / "outside"
    outside.mkdir()
    repo.git("switch", "--quiet", "-c", BRANCH)
    (repo.root / "incidents").symlink_to(outside)
    repo.git("add", "incidents")
    repo.git("commit", "--quiet", "-m", "A link")
    repo.git("switch", "--quiet", "main")
    with pytest.raises(BadInputError, match="symbolic link"):
        commit_tree_files(repo.root, FILES, MESSAGE, BRANCH)
    assert os.listdir(outside) == []
    assert left_over(repo) == ([], [])


KILLED = """
import sys
from pathlib import Path, PurePosixPath
from runbook.publish.commit import commit_tree_files
commit_tree_files(Path(sys.argv[1]), {PurePosixPath("incidents/a.md"): b"x"}, "x", "incident/INC-1")
"""


def test_what_a_killed_process_left_is_removed_by_the_next_run(repo: Repo) -> None:
    """And while the process lives, its work tree is not touched."""
    repo.hook("pre-commit", 'touch "$(git rev-parse --git-common-dir)/waiting"; sleep 60\n')
    with subprocess.Popen([sys.executable, "-c", KILLED, repo.root], start_new_session=True) as process:
        deadline = time.monotonic() + 30
        while not (repo.root / ".git/waiting").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        (repo.root / ".git/hooks/pre-commit").unlink()
        commit_tree_files(repo.root, FILES, MESSAGE, "incident/INC-2")
        assert len(left_over(repo)[1]) == 1
        os.killpg(process.pid, signal.SIGKILL)
    before = (repo.status(), repo.git("rev-parse", "main"))
    done = commit_tree_files(repo.root, {PurePosixPath("incidents/a.md"): b"x"}, "x", "incident/INC-1")
    assert repo.committed(done.sha) == ["incidents/a.md"]
    assert left_over(repo) == ([], [])
    assert (repo.status(), repo.git("rev-parse", "main")) == before
    repo.git("fsck", "--strict")
