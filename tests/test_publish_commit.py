"""Committing to the current branch: exactly the given files, everything else of the user's byte for byte as it was."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from publishing import MESSAGE, RECORD, REPORT, Repo, make_dirty, new_repo

from runbook.errors import BadInputError, GitError, NotFoundError, RunbookError, StorageError
from runbook.publish.commit import commit_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def write_report(repo: Repo, text: str = "# Report\n") -> list[Path]:
    return [repo.write(REPORT, text), repo.write(RECORD, "schema: 1\n")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB of its own, which may be filled or made read-only."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk, and not on every machine")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_new_files_are_committed_with_the_message_as_it_is(repo: Repo) -> None:
    """Comment signs and odd spacing stay in the message; author and commit are as git would make them."""
    message = "incident: INC-1 x\n\n# not a comment\n\n\n  indented \u2713\n"
    done = commit_paths(repo.root, write_report(repo), message)
    assert done.sha == repo.git("rev-parse", "HEAD").strip()
    assert (done.branch, done.created_branch, done.files) == ("main", False, (RECORD, REPORT))
    assert repo.git("cat-file", "commit", "HEAD").partition("\n\n")[2] == message
    assert repo.committed() == [RECORD, REPORT]
    assert repo.status() == []
    assert repo.git("log", "-1", "--format=%an <%ae>") == "Robin Tester <robin@example.org>\n"


def test_again_with_nothing_changed_makes_no_commit_and_says_so(repo: Repo) -> None:
    paths = write_report(repo)
    first = commit_paths(repo.root, paths, MESSAGE)
    again = commit_paths(repo.root, paths, MESSAGE)
    assert again.nothing_new
    assert not first.nothing_new
    assert again.sha == first.sha
    assert repo.log() == [MESSAGE.splitlines()[0], "Begin"]


def test_a_folder_stands_for_the_files_in_it_and_a_removed_file_is_committed_as_removed(repo: Repo) -> None:
    folder = write_report(repo)[0].parent
    commit_paths(repo.root, [folder], MESSAGE)
    (repo.root / RECORD).unlink()
    repo.write(REPORT, "# Report, second edition\n")
    done = commit_paths(repo.root, [folder], MESSAGE)
    assert repo.git("show", "--name-status", "--format=").splitlines() == [f"D\t{RECORD}", f"M\t{REPORT}"]
    assert done.files == (RECORD, REPORT)


def test_what_the_user_staged_changed_or_announced_stays_byte_for_byte(repo: Repo) -> None:
    """Status, every index entry with its flags, and the diffs are the same before and after."""
    make_dirty(repo)
    diffs = [("diff", "--binary"), ("diff", "--binary", "--cached")]
    before = (repo.status(), repo.index(), [repo.git(*diff) for diff in diffs])
    commit_paths(repo.root, write_report(repo), MESSAGE)
    assert repo.committed() == [RECORD, REPORT]
    assert repo.status() == before[0]
    assert repo.index("incidents/") == before[1]
    assert [repo.git(*diff) for diff in diffs] == before[2]


def test_a_staged_version_of_our_own_file_gives_way_to_the_written_one(repo: Repo) -> None:
    """What is on disk is what gets committed, and the index follows."""
    paths = write_report(repo, "old\n")
    repo.git("add", REPORT)
    repo.write(REPORT, "new\n")
    commit_paths(repo.root, paths, MESSAGE)
    assert repo.show(f"HEAD:{REPORT}") == "new\n"
    assert repo.status() == []


def test_a_file_that_is_staged_differently_but_equals_head_is_nothing_new(repo: Repo) -> None:
    paths = write_report(repo)
    commit_paths(repo.root, paths, MESSAGE)
    repo.write(REPORT, "other\n")
    repo.git("add", REPORT)
    repo.write(REPORT, "# Report\n")
    before = repo.status()
    assert commit_paths(repo.root, paths, MESSAGE).nothing_new
    assert repo.status() == before


def test_names_that_look_like_options_patterns_or_no_text_are_only_names(repo: Repo) -> None:
    names = ["--help", ":(top)x", "*.txt", "a b\tc", "\u00e4\u2713", "-", "[a]"]
    repo.write("other.txt", "must stay untracked\n")
    repo.write(".gitignore", "*.log\n")
    commit_paths(repo.root, [Path(".gitignore")], MESSAGE)
    for name in names:
        repo.write(name)
    raw = Path(os.fsdecode(os.fsencode(repo.root) + b"/latin-\xe9"))
    raw.write_bytes(b"x")
    commit_paths(repo.root, [*(repo.root / name for name in names), raw], MESSAGE)
    assert len(repo.committed()) == len(names) + 1
    assert [line[2:] for line in repo.status()] == ["other.txt"]


def test_gitattributes_apply(repo: Repo) -> None:
    """Line endings are normalised on the way in, as ``git add`` would."""
    repo.write(".gitattributes", "*.md text eol=crlf\n")
    (repo.root / "report.md").write_bytes(b"a\r\nb\r\n")
    commit_paths(repo.root, [Path(".gitattributes"), Path("report.md")], MESSAGE)
    assert repo.git("cat-file", "blob", "HEAD:report.md") == "a\nb\n"
    assert repo.status() == []


# --- hooks and signing


@pytest.mark.parametrize(
    ("hook", "script"),
    [
        ("pre-commit", "echo 'line too long in report.md' >&2; exit 1\n"),
        ("pre-commit", "echo 'line too long in report.md'; exit 3\n"),
        ("commit-msg", "echo 'line too long in report.md: no ticket' >&2; exit 1\n"),
        ("prepare-commit-msg", "printf '\\033[31mline too long in report.md\\033[0m\\n' >&2; exit 1\n"),
    ],
)
@pytest.mark.parametrize("dirty", [False, True])
def test_a_hook_that_refuses_is_quoted_and_nothing_is_half_staged(
    repo: Repo, hook: str, script: str, *, dirty: bool
) -> None:
    if dirty:
        make_dirty(repo)
    paths = write_report(repo)
    repo.hook(hook, script)
    before = (repo.status(), repo.index(), repo.log())
    with pytest.raises(GitError) as caught:
        commit_paths(repo.root, paths, MESSAGE)
    assert "line too long in report.md" in caught.value.message
    assert "\x1b" not in caught.value.message
    assert "run the same command again" in caught.value.hint
    assert (repo.status(), repo.index(), repo.log()) == before
    (repo.root / ".git/hooks" / hook).unlink()
    assert commit_paths(repo.root, paths, MESSAGE).files == (RECORD, REPORT)


def test_a_hook_that_formats_a_file_and_refuses_the_first_time_is_asked_again(repo: Repo) -> None:
    """The usual formatter hook: it mends the file, fails, and passes when it has nothing left to mend."""
    repo.hook("pre-commit", f"grep -q formatted {REPORT} || {{ echo formatted >> {REPORT}; exit 1; }}\n")
    done = commit_paths(repo.root, write_report(repo), MESSAGE)
    assert repo.show(f"HEAD:{REPORT}") == "# Report\nformatted\n"
    assert done.changed_by_hooks == (REPORT,)
    assert repo.status() == []


def test_a_hook_that_never_agrees_is_asked_twice_not_for_ever(repo: Repo) -> None:
    repo.hook("pre-commit", f"echo x >> .git/asked; echo more >> {REPORT}; exit 1\n")
    with pytest.raises(GitError, match="a hook refused"):
        commit_paths(repo.root, write_report(repo), MESSAGE)
    assert (repo.root / ".git/asked").read_text(encoding="utf-8") == "x\nx\n"


def test_a_hook_that_stages_its_own_version_leaves_a_clean_file(repo: Repo) -> None:
    """Its version is committed, and the index does not show the file as changed back."""
    make_dirty(repo)
    before = repo.status()
    repo.hook("pre-commit", f"echo formatted >> {REPORT}; git add {REPORT}\n")
    done = commit_paths(repo.root, write_report(repo), MESSAGE)
    assert repo.show(f"HEAD:{REPORT}") == "# Report\nformatted\n"
    assert done.changed_by_hooks == (REPORT,)
    assert repo.status() == before


def test_hooks_see_only_our_files_and_no_foreign_git_variables(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees the report, not what is staged, and git answers it as always: patterns match, short ids are short."""
    make_dirty(repo)
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    script = "git diff --cached --name-only -- '*.md' '*.yaml'; git rev-parse --short HEAD | wc -c\n"
    repo.hook("pre-commit", f"{{ {script} env | grep GIT_AUTHOR_DATE=2001; }} > .git/seen || :\n")
    commit_paths(repo.root, write_report(repo), MESSAGE)
    assert (repo.root / ".git/seen").read_text(encoding="utf-8").splitlines() == [RECORD, REPORT, "8"]


def test_a_broken_signer_means_no_commit_never_an_unsigned_one(repo: Repo) -> None:
    signer = repo.write("../signer", "#!/bin/sh\necho 'no secret key for robin' >&2\nexit 2\n")
    signer.chmod(0o755)
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "gpg.program", str(signer))
    paths = write_report(repo)
    before = (repo.status(), repo.index())
    with pytest.raises(GitError, match="gpg failed to sign the data"):
        commit_paths(repo.root, paths, MESSAGE)
    assert (repo.status(), repo.index(), repo.log()) == (*before, ["Begin"])


def test_signing_that_works_signs(repo: Repo) -> None:
    """With a real key: the commit carries a signature that git verifies."""
    key = repo.root.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for name, value in {"commit.gpgSign": "true", "gpg.format": "ssh", "user.signingKey": str(key)}.items():
        repo.git("config", name, value)
    commit_paths(repo.root, write_report(repo), MESSAGE)
    assert "BEGIN SSH SIGNATURE" in repo.git("cat-file", "commit", "HEAD")


# --- who commits


@pytest.mark.parametrize("config", ["[user]\n\tuseConfigOnly = true\n", "[user]\n\tname =\n\temail = a@b\n"])
def test_without_a_name_the_two_commands_to_run_are_in_the_hint(repo: Repo, home: Path, config: str) -> None:
    (home / ".gitconfig").write_text(config, encoding="utf-8")
    paths = write_report(repo)
    before = (repo.status(), repo.index())
    with pytest.raises(GitError) as caught:
        commit_paths(repo.root, paths, MESSAGE)
    assert 'git config --global user.name "Your Name"' in caught.value.hint
    assert "git config --global user.email you@example.org" in caught.value.hint
    assert (repo.status(), repo.index()) == before
    assert (home / ".gitconfig").read_text(encoding="utf-8") == config


@pytest.mark.parametrize("author", [False, True])
def test_a_missing_name_is_said_before_the_hooks_begin(
    repo: Repo, home: Path, monkeypatch: pytest.MonkeyPatch, *, author: bool
) -> None:
    """Also where only the committer is unknown, for which git itself asks last."""
    paths = write_report(repo)
    repo.hook("pre-commit", "touch hook-ran\n")
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    if author:
        monkeypatch.setenv("GIT_AUTHOR_NAME", "Kim On-Call")
        monkeypatch.setenv("GIT_AUTHOR_EMAIL", "kim@example.org")
    with pytest.raises(GitError, match="does not know your name") as caught:
        commit_paths(repo.root, paths, MESSAGE)
    assert "git config --global user.name" in caught.value.hint
    assert "git config --global user.email" in caught.value.hint
    assert not (repo.root / "hook-ran").exists()
    assert repo.status() == [f"? {RECORD}", f"? {REPORT}"]


def test_an_identity_given_for_this_commit_is_used_once_and_written_nowhere(repo: Repo, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    commit_paths(repo.root, write_report(repo), MESSAGE, identity=("Kim On-Call", "kim@example.org"))
    assert repo.git("log", "-1", "--format=%an <%ae> %cn <%ce>").strip() == " ".join(
        ["Kim On-Call <kim@example.org>"] * 2
    )
    assert "kim" not in (repo.root / ".git/config").read_text(encoding="utf-8")


# --- paths that are not committed


def test_an_ignored_file_is_refused_with_the_rule_and_its_line(repo: Repo) -> None:
    repo.write(".gitignore", "# build\n*.log\nincidents/\n")
    with pytest.raises(BadInputError) as caught:
        commit_paths(repo.root, write_report(repo), MESSAGE)
    assert (caught.value.file, caught.value.line) == (".gitignore", 3)
    assert "'incidents/'" in caught.value.message
    assert repo.log() == ["Begin"]


def test_an_ignored_file_within_a_folder_is_left_out_and_named(repo: Repo) -> None:
    repo.write(".gitignore", "*.swp\n")
    folder = write_report(repo)[0].parent
    repo.write(f"{REPORT}.swp")
    done = commit_paths(repo.root, [folder], MESSAGE)
    assert (done.files, done.ignored) == ((RECORD, REPORT), (f"{REPORT}.swp",))


def test_a_tracked_file_is_committed_even_if_a_rule_ignores_it(repo: Repo) -> None:
    paths = write_report(repo)
    commit_paths(repo.root, paths, MESSAGE)
    repo.write(".gitignore", "incidents/\n")
    repo.write(REPORT, "changed\n")
    assert commit_paths(repo.root, paths, MESSAGE).files == (REPORT,)


def test_a_missing_file_is_named(repo: Repo) -> None:
    with pytest.raises(NotFoundError, match=r"nowhere\.md: there is no such file"):
        commit_paths(repo.root, [*write_report(repo), Path("nowhere.md")], MESSAGE)
    assert repo.log() == ["Begin"]


@pytest.mark.parametrize(
    "path", ["../outside.md", "/etc/hostname", ".git/config", "a/../../x", "sub/.GIT/hooks/pre-commit"]
)
def test_a_path_outside_or_in_the_git_folder_is_refused(repo: Repo, path: str) -> None:
    with pytest.raises(BadInputError):
        commit_paths(repo.root, [Path(path)], MESSAGE)


# --- states of the repository


def detached(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "--detach")


def conflict(repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", "other")
    repo.write("app.txt", "one\nTWO\nthree\n")
    repo.git("commit", "--quiet", "-am", "Other")
    repo.git("switch", "--quiet", "main")
    repo.write("app.txt", "one\n2\nthree\n")
    repo.git("commit", "--quiet", "-am", "Main")


def merging(repo: Repo) -> None:
    conflict(repo)
    repo.git("merge", "other", check=False)


def rebasing(repo: Repo) -> None:
    conflict(repo)
    repo.git("rebase", "other", check=False)


def cherry_picking(repo: Repo) -> None:
    conflict(repo)
    repo.git("cherry-pick", "other", check=False)


def reverting(repo: Repo) -> None:
    conflict(repo)
    repo.write("app.txt", "something else\n")
    repo.git("commit", "--quiet", "-am", "More")
    repo.git("revert", "--no-edit", "HEAD~1", check=False)


def applying(repo: Repo) -> None:
    conflict(repo)
    patch = repo.git("format-patch", "--stdout", "-1", "other")
    repo.git("am", stdin=patch, check=False)


def bisecting(repo: Repo) -> None:
    for number in range(4):
        repo.write("app.txt", f"{number}\n")
        repo.git("commit", "--quiet", "-am", str(number))
    repo.git("bisect", "start", "HEAD", "HEAD~4")


STATES = [detached, merging, rebasing, cherry_picking, reverting, applying, bisecting]


@pytest.mark.parametrize("dirty", [False, True])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_in_the_middle_of_something_nothing_is_touched_and_the_branch_is_offered(
    repo: Repo, state: Callable[[Repo], None], *, dirty: bool
) -> None:
    """Detached HEAD, merge, rebase, cherry-pick, revert, am, bisect: a plain message, and ``--branch`` still works."""
    state(repo)
    if dirty:
        repo.write("notes.txt", "changed\n")
        repo.write("extra.txt", "staged\n")
        repo.git("add", "extra.txt")
        repo.write("untracked.txt")
    paths = write_report(repo)
    before = (repo.status(), repo.index(), repo.git("rev-parse", "HEAD"), repo.git("for-each-ref"))
    with pytest.raises(GitError) as caught:
        commit_paths(repo.root, paths, MESSAGE)
    assert "--branch" in caught.value.hint
    assert caught.value.exit_code == 2
    assert (repo.status(), repo.index(), repo.git("rev-parse", "HEAD"), repo.git("for-each-ref")) == before
    done = commit_paths(repo.root, paths, MESSAGE, branch="incident/INC-2026-02-11-001")
    assert done.created_branch
    assert repo.show(f"incident/INC-2026-02-11-001:{REPORT}") == "# Report\n"
    assert repo.status() == [line for line in before[0] if "incidents/" not in line]
    assert repo.index() == before[1]
    assert repo.git("rev-parse", "HEAD") == before[2]


def test_a_conflict_elsewhere_does_not_hinder_but_one_in_our_file_does(repo: Repo) -> None:
    """After ``stash pop`` with a conflict there is no merge under way, only an unmerged entry."""
    repo.write("app.txt", "mine\n")
    repo.git("stash")
    repo.write("app.txt", "theirs\n")
    repo.git("commit", "--quiet", "-am", "Theirs")
    repo.git("stash", "pop", check=False)
    before = repo.status()
    assert before[0].startswith("u ")
    commit_paths(repo.root, write_report(repo), MESSAGE)
    assert repo.status() == before
    with pytest.raises(GitError, match="unresolved conflict"):
        commit_paths(repo.root, [Path("app.txt")], MESSAGE)


@pytest.mark.parametrize("dirty", [False, True])
def test_the_first_commit_of_a_repository(tmp_path: Path, *, dirty: bool) -> None:
    """On an unborn branch, what the user had staged is still staged and not in the commit."""
    repo = Repo(tmp_path / "new")
    repo.root.mkdir()
    repo.git("init", "--quiet")
    if dirty:
        repo.write("mine.txt")
        repo.git("add", "mine.txt")
    before = repo.status()
    done = commit_paths(repo.root, write_report(repo), MESSAGE)
    assert repo.committed() == [RECORD, REPORT]
    assert (done.branch, done.created_branch) == ("main", True)
    assert repo.status() == before


def test_a_shallow_clone_a_linked_work_tree_and_a_submodule_work_like_any_other(repo: Repo, tmp_path: Path) -> None:
    repo.write("notes.txt", "second\n")
    repo.git("commit", "--quiet", "-am", "Second")
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.root}", str(tmp_path / "shallow"))
    repo.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    outer = new_repo(tmp_path / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo.root), "sub")
    for place in (tmp_path / "shallow", tmp_path / "linked", outer.root / "sub"):
        other = Repo(place)
        done = commit_paths(place, write_report(other), MESSAGE)
        assert other.committed() == [RECORD, REPORT], place
        assert other.status() == []
        assert done.branch == other.git("branch", "--show-current").strip()
    with pytest.raises(BadInputError, match="repository of its own"):
        commit_paths(outer.root, [outer.root / "sub" / REPORT], MESSAGE)


def test_a_sparse_checkout_keeps_its_shape(repo: Repo) -> None:
    """A report outside the sparse folders is committed; what is left out stays left out."""
    repo.write("kept/a.txt")
    repo.write("left-out/b.txt")
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "Folders")
    repo.git("sparse-checkout", "set", "kept")
    commit_paths(repo.root, write_report(repo), MESSAGE)
    assert repo.committed() == [RECORD, REPORT]
    assert not (repo.root / "left-out").exists()
    assert repo.status() == []


def test_no_repository_a_bare_one_and_a_folder_within_one_are_told_apart(repo: Repo, tmp_path: Path) -> None:
    repo.git("init", "--quiet", "--bare", str(tmp_path / "bare.git"))
    (tmp_path / "plain").mkdir()
    (repo.root / "sub").mkdir()
    for place, words in (("bare.git", "bare"), ("plain", "not a git repository"), ("repo/sub", "not its root")):
        folder = tmp_path / place
        (folder / "x.md").write_text("x", encoding="utf-8")
        with pytest.raises(GitError, match=words):
            commit_paths(folder, [folder / "x.md"], MESSAGE)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_somebody_else_is_not_trusted_until_the_user_says_so(repo: Repo) -> None:
    paths = write_report(repo)
    os.chown(repo.root, 12345, 12345)
    os.chown(repo.root / ".git", 12345, 12345)
    with pytest.raises(GitError) as caught:
        commit_paths(repo.root, paths, MESSAGE)
    assert f"git config --global --add safe.directory {repo.root}" in caught.value.hint


# --- the disk and other processes


def test_a_lock_that_goes_away_in_time_is_waited_for(repo: Repo) -> None:
    lock = repo.root / ".git/index.lock"
    lock.touch()
    with subprocess.Popen(["sh", "-c", f"sleep 0.7; rm '{lock}'"]):
        assert commit_paths(repo.root, write_report(repo), MESSAGE).files == (RECORD, REPORT)


def test_a_lock_that_stays_is_named_and_left_alone(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook.publish.git.LOCK_PATIENCE", 0.4)
    lock = repo.root / ".git/index.lock"
    lock.write_bytes(b"somebody's work")
    paths = write_report(repo)
    with pytest.raises(GitError, match="another git process is at work") as caught:
        commit_paths(repo.root, paths, MESSAGE)
    assert caught.value.file == str(lock)
    assert lock.read_bytes() == b"somebody's work"
    lock.unlink()
    assert repo.status() == [f"? {RECORD}", f"? {REPORT}"]


def test_a_read_only_disk_is_said_plainly(small_disk: Path) -> None:
    repo = new_repo(small_disk / "repo")
    paths = write_report(repo)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StorageError, match="read-only file system"):
        commit_paths(repo.root, paths, MESSAGE)
    assert repo.status() == [f"? {RECORD}", f"? {REPORT}"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere; the read-only disk stands in for this")
def test_a_git_folder_without_write_permission_is_said_plainly(repo: Repo) -> None:
    paths = write_report(repo)
    (repo.root / ".git").chmod(0o555)
    try:
        with pytest.raises(StorageError, match="permission denied"):
            commit_paths(repo.root, paths, MESSAGE)
    finally:
        (repo.root / ".git").chmod(0o755)
    assert repo.log() == ["Begin"]


def test_a_full_disk_leaves_the_repository_whole_and_the_next_try_works(small_disk: Path) -> None:
    repo = new_repo(small_disk / "repo")
    paths = write_report(repo)
    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    with pytest.raises(StorageError, match="no space left"):
        commit_paths(repo.root, paths, MESSAGE)
    ballast.unlink()
    assert repo.status() == [f"? {RECORD}", f"? {REPORT}"]
    repo.git("fsck", "--strict")
    assert commit_paths(repo.root, paths, MESSAGE).files == (RECORD, REPORT)


def test_git_missing_from_the_path_is_said_plainly(repo: Repo) -> None:
    script = (
        "import sys; from pathlib import Path; from runbook.publish.commit import commit_paths\n"
        "from runbook.errors import GitError\n"
        "try: commit_paths(Path(sys.argv[1]), [Path('app.txt')], 'x')\n"
        "except GitError as error: print(error.message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, repo.root],
        env={**os.environ, "PATH": "/nowhere"},
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode().strip() == "git is not installed, or not on PATH"


def test_errors_are_of_the_kind_the_command_line_prints(repo: Repo) -> None:
    """A message that a commit cannot have is a mistake of ours, everything a user can cause is a RunbookError."""
    with pytest.raises(ValueError, match="message"):
        commit_paths(repo.root, write_report(repo), " \n")
    with pytest.raises(RunbookError):
        commit_paths(repo.root / "nowhere", [Path("x")], MESSAGE)
