"""A repository that came in an archive: looking at it runs nothing of its own, and nothing is written outside it."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from publishing import MESSAGE, REPORT, new_repo

from runbook.errors import BadInputError, RunbookError
from runbook.publish.commit import commit_paths, commit_tree_files
from runbook.publish.git import Git, foreign_variables
from runbook.publish.repository import file_at, find_repository, head_branch, is_clean, origin_url
from runbook.publish.standing import look, place

if TYPE_CHECKING:
    from collections.abc import Callable


class Trap:
    """A repository whose configuration would run ``canary``, which leaves a file behind."""

    def __init__(self, folder: Path) -> None:
        self.repo = new_repo(folder / "repo")
        self.caught = folder / "caught"
        self.program = self.repo.write(
            "../canary", f'#!/bin/sh\necho "$0 $*" >> {self.caught}\n[ $# -gt 0 ] || exec timeout 5 cat\n'
        )
        self.program.chmod(0o755)

    def config(self, name: str, value: str = "") -> None:
        self.repo.git("config", name, value or str(self.program))

    def touched(self) -> None:
        """Make git compare contents: same size, another time."""
        os.utime(self.repo.root / "app.txt", (1, 1))
        self.repo.write("notes.txt", "NOTES\n")


@pytest.fixture
def trap(tmp_path: Path, home: Path) -> Trap:
    return Trap(tmp_path)


def fsmonitor(trap: Trap) -> None:
    trap.config("core.fsmonitor")


def clean_filter(trap: Trap) -> None:
    trap.repo.write(".gitattributes", "* filter=evil\n")
    trap.config("filter.evil.clean")
    trap.config("filter.evil.smudge")


def filter_with_an_equals_sign(trap: Trap) -> None:
    trap.repo.write(".gitattributes", "* filter=e=vil\n")
    trap.config("filter.e=vil.clean")


def process_filter(trap: Trap) -> None:
    trap.repo.write(".gitattributes", "* filter=evil\n")
    trap.config("filter.evil.process")
    trap.config("filter.evil.required", "true")


def included_filter(trap: Trap) -> None:
    trap.repo.write(".gitattributes", "* filter=evil\n")
    trap.repo.write(".git/more", f'[filter "evil"]\n\tclean = {trap.program}\n')
    trap.config("include.path", "more")


def text_conversion(trap: Trap) -> None:
    trap.repo.write(".gitattributes", "* diff=evil\n")
    trap.config("diff.evil.textconv")
    trap.config("diff.evil.command")


def external_diff(trap: Trap) -> None:
    trap.config("diff.external")


def pager_and_editor(trap: Trap) -> None:
    for name in (
        "core.pager",
        "core.editor",
        "pager.status",
        "sequence.editor",
        "core.askPass",
        "core.alternateRefsCommand",
    ):
        trap.config(name)


def aliases(trap: Trap) -> None:
    for name in ("status", "rev-parse", "config", "cat-file", "ls-tree", "symbolic-ref"):
        trap.config(f"alias.{name}", f"!{trap.program}")


def hooks(trap: Trap) -> None:
    for name in ("post-index-change", "post-checkout", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        trap.repo.hook(name, f"exec {trap.program} hook\n")
    trap.config("core.hooksPath", str(trap.repo.root / ".git/hooks"))


def submodule_monitor(trap: Trap) -> None:
    inner = new_repo(trap.repo.root / "sub")
    trap.repo.git("add", "sub")
    trap.repo.git("commit", "--quiet", "-m", "Submodule")
    inner.git("config", "core.fsmonitor", str(trap.program))
    inner.write("app.txt", "changed\n")


def lazy_fetch(trap: Trap) -> None:
    """A partial clone that lacks an object would fetch it from wherever its configuration says."""
    object_id = trap.repo.git("rev-parse", "HEAD:notes.txt").strip()
    (trap.repo.root / ".git/objects" / object_id[:2] / object_id[2:]).unlink()
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{trap.program} %S",
        "remote.origin.uploadpack": str(trap.program),
        "protocol.ext.allow": "always",
        "core.sshCommand": str(trap.program),
    }.items():
        trap.config(name, value)


def embedded_bare_repository(trap: Trap) -> None:
    """A folder that git would take for a repository, with a configuration that the outer one shipped as plain files."""
    for name, text in {
        "HEAD": "ref: refs/heads/main\n",
        "config": f"[core]\n\tbare = false\n\tworktree = ..\n\tfsmonitor = {trap.program}\n",
    }.items():
        trap.repo.write(f"incidents/{name}", text)
    for name in ("objects", "refs"):
        (trap.repo.root / "incidents" / name).mkdir()


TRAPS = [
    fsmonitor,
    clean_filter,
    filter_with_an_equals_sign,
    process_filter,
    included_filter,
    text_conversion,
    external_diff,
    pager_and_editor,
    aliases,
    hooks,
    submodule_monitor,
    lazy_fetch,
    embedded_bare_repository,
]


@pytest.mark.parametrize("setting", TRAPS, ids=lambda setting: setting.__name__)
def test_no_question_runs_what_the_repository_brought(trap: Trap, setting: Callable[[Trap], None]) -> None:
    """Every function that only looks, in every trap: no canary."""
    setting(trap)
    trap.touched()
    root = trap.repo.root
    questions: list[Callable[[], object]] = [
        lambda: find_repository(root / "incidents"),
        lambda: head_branch(root),
        lambda: is_clean(root),
        lambda: file_at(root, "HEAD", PurePosixPath("notes.txt")),
        lambda: file_at(root, "HEAD", PurePosixPath("missing.txt")),
        lambda: origin_url(root),
        lambda: place(Git(root)),
    ]
    for question in questions:
        try:
            question()
        except RunbookError:
            continue
    assert not trap.caught.exists(), trap.caught.read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", [fsmonitor, clean_filter, submodule_monitor, lazy_fetch], ids=lambda s: s.__name__)
def test_the_trap_would_have_caught_plain_git(trap: Trap, setting: Callable[[Trap], None]) -> None:
    """The traps are real: ``git status`` or ``git show`` walks into them."""
    setting(trap)
    trap.touched()
    trap.repo.git("status", check=False)
    trap.repo.git("show", "HEAD:notes.txt", check=False)
    assert trap.caught.exists()


def test_a_refused_commit_runs_no_monitor_either(trap: Trap) -> None:
    """A look before a commit that does not come about is only a look."""
    fsmonitor(trap)
    with pytest.raises(RunbookError):
        commit_paths(trap.repo.root, [Path("nowhere.md")], MESSAGE)
    look(Git(trap.repo.root), ["app.txt"])
    assert not trap.caught.exists()


@pytest.mark.parametrize("link", ["incidents", "incidents/2026", "incidents/2026/INC-2026-02-11-001", REPORT])
def test_nothing_is_committed_or_written_through_a_link(tmp_path: Path, home: Path, link: str) -> None:
    repo = new_repo(tmp_path / "repo")
    outside = tmp_path / "outside"
    (outside / "2026/INC-2026-02-11-001").mkdir(parents=True)
    target = outside / "report.md" if link == REPORT else outside
    (outside / "report.md").write_text("not ours\n", encoding="utf-8")
    (repo.root / link).parent.mkdir(parents=True, exist_ok=True)
    (repo.root / link).symlink_to(target)
    before = sorted(outside.rglob("*"))
    for branch in (None, "main", "incident/x"):
        with pytest.raises(BadInputError, match="symbolic link"):
            commit_paths(repo.root, [repo.root / REPORT], MESSAGE, branch=branch)
    for branch in ("main", "incident/x"):
        with pytest.raises(BadInputError, match="symbolic link"):
            commit_tree_files(repo.root, {PurePosixPath(REPORT): b"mine\n"}, MESSAGE, branch)
    assert sorted(outside.rglob("*")) == before
    assert (outside / "report.md").read_text(encoding="utf-8") == "not ours\n"
    assert repo.log("--all") == ["Begin"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ".git/hooks/pre-commit", "a/.Git/x", "a\nb"])
def test_no_name_leads_outside(tmp_path: Path, home: Path, name: str) -> None:
    repo = new_repo(tmp_path / "repo")
    for branch in ("main", "incident/x"):
        with pytest.raises(BadInputError):
            commit_tree_files(repo.root, {PurePosixPath(name): b"x"}, MESSAGE, branch)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["repo"]
    assert repo.status() == []


def test_a_repository_that_says_its_files_are_elsewhere_is_refused(tmp_path: Path, home: Path) -> None:
    repo = new_repo(tmp_path / "repo")
    (tmp_path / "victim").mkdir()
    repo.git("config", "core.worktree", str(tmp_path / "victim"))
    with pytest.raises(RunbookError, match="somewhere else"):
        find_repository(repo.root)
    with pytest.raises(RunbookError):
        commit_paths(repo.root, [repo.root / "app.txt"], MESSAGE)


def test_variables_of_an_outer_git_do_not_reach_ours(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a hook git exports its own index and folder; our commit goes to our repository all the same."""
    other = new_repo(tmp_path / "other")
    repo = new_repo(tmp_path / "repo")
    for name, value in {
        "GIT_DIR": str(other.root / ".git"),
        "GIT_WORK_TREE": str(other.root),
        "GIT_INDEX_FILE": str(other.root / ".git/index"),
        "GIT_CONFIG_PARAMETERS": "'core.bare=true'",
        "GIT_OBJECT_DIRECTORY": str(other.root / ".git/objects"),
        "GIT_NAMESPACE": "x",
        "GIT_EXTERNAL_DIFF": "/bin/false",
    }.items():
        monkeypatch.setenv(name, value)
    done = commit_paths(repo.root, [repo.write(REPORT)], MESSAGE)
    found = find_repository(repo.root / "incidents")
    monkeypatch.undo()
    assert found == repo.root
    assert done.files == (REPORT,)


def test_what_a_user_sets_to_reach_a_remote_or_to_say_who_they_are_is_kept() -> None:
    kept = {"GIT_SSH_COMMAND": "ssh -i k", "GIT_ASKPASS": "x", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b"}
    assert foreign_variables({**kept, "GIT_AUTHOR_NAME": "Robin", "PATH": "/bin", "GIT_DIR": "x"}) == ["GIT_DIR"]
