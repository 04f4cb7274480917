"""Finding a repository, asking it, making one."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from publishing import MESSAGE, REPORT, Repo, new_repo
from pydantic import BaseModel

from runbook.errors import GitError, NotFoundError
from runbook.model.settings import Settings
from runbook.publish.commit import commit_paths
from runbook.publish.repository import (
    SETTINGS,
    create_repository,
    file_at,
    find_repository,
    head_branch,
    is_clean,
    origin_url,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def repo(tmp_path: Path, home: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def test_the_root_is_found_from_any_depth_also_for_what_does_not_exist_yet(repo: Repo, tmp_path: Path) -> None:
    repo.write("a/b/c.txt")
    for place in ("", "a/b", "a/b/c.txt", "not/yet/there.md", ".git/.."):
        assert find_repository(repo.root / place) == repo.root
    (tmp_path / "link").symlink_to(repo.root / "a")
    assert find_repository(tmp_path / "link") == repo.root
    repo.git("worktree", "add", "--quiet", "-b", "x", str(tmp_path / "linked"))
    assert find_repository(tmp_path / "linked") == tmp_path / "linked"
    assert find_repository(tmp_path) is None


def test_a_repository_without_files_to_write_to_is_an_error_not_a_none(repo: Repo, tmp_path: Path) -> None:
    repo.git("init", "--quiet", "--bare", str(tmp_path / "bare.git"))
    for place in (tmp_path / "bare.git", repo.root / ".git", repo.root / ".git/refs"):
        with pytest.raises(GitError, match="no work tree"):
            find_repository(place)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_somebody_elses_repository_says_how_to_trust_it(repo: Repo) -> None:
    os.chown(repo.root, 12345, 12345)
    os.chown(repo.root / ".git", 12345, 12345)
    with pytest.raises(GitError) as caught:
        find_repository(repo.root)
    assert "safe.directory" in caught.value.hint


def test_the_branch_is_named_also_before_its_first_commit_and_is_none_when_detached(repo: Repo, tmp_path: Path) -> None:
    assert head_branch(repo.root) == "main"
    repo.git("switch", "--quiet", "-c", "feature/\u00e4")
    assert head_branch(repo.root) == "feature/\u00e4"
    repo.git("checkout", "--quiet", "--detach")
    assert head_branch(repo.root) is None
    empty = Repo(tmp_path / "empty")
    empty.root.mkdir()
    empty.git("init", "--quiet", "-b", "trunk")
    assert head_branch(empty.root) == "trunk"
    with pytest.raises(GitError, match="not a git repository"):
        head_branch(tmp_path)


def test_clean_means_nothing_changed_staged_or_untracked(repo: Repo) -> None:
    assert is_clean(repo.root)
    os.utime(repo.root / "app.txt", (1, 1))
    assert is_clean(repo.root)
    repo.write("untracked.txt")
    assert not is_clean(repo.root)
    repo.git("add", "untracked.txt")
    assert not is_clean(repo.root)
    repo.git("commit", "--quiet", "-m", "More")
    repo.write("app.txt", "changed\n")
    assert not is_clean(repo.root)


def test_the_users_own_filters_still_count_when_asking_what_has_changed(repo: Repo) -> None:
    """A filter such as Git LFS is defined in the user's configuration: its files are not reported as changed."""
    repo.git("config", "--global", "filter.upper.clean", "tr a-z A-Z")
    repo.git("config", "--global", "filter.upper.smudge", "tr A-Z a-z")
    repo.write(".gitattributes", "*.up filter=upper\n")
    commit_paths(repo.root, [Path(".gitattributes"), repo.write("x.up", "text\n")], MESSAGE)
    assert repo.git("cat-file", "blob", "HEAD:x.up") == "TEXT\n"
    os.utime(repo.root / "x.up", (1, 1))
    assert is_clean(repo.root)


def test_a_file_is_read_as_of_any_revision(repo: Repo) -> None:
    commit_paths(repo.root, [repo.write(REPORT, "first\n")], MESSAGE)
    first = repo.git("rev-parse", "HEAD").strip()
    repo.write(REPORT, "second\n")
    commit_paths(repo.root, [Path(REPORT)], MESSAGE)
    repo.git("tag", "-a", "-m", "x", "v1", first)
    report = PurePosixPath(REPORT)
    assert [file_at(repo.root, rev, report) for rev in ("HEAD", "HEAD~1", "v1", "main", first[:8])] == [
        b"second\n", b"first\n", b"first\n", b"second\n", b"first\n",
    ]  # fmt: skip
    for missing in ("no.md", "incidents", "*.txt", "incidents/2026/"):
        assert file_at(repo.root, "HEAD", PurePosixPath(missing)) is None
    assert file_at(repo.root, "HEAD~2", report) is None
    for rev in ("nonsense", "--output=/tmp/x", "-h", "", "HEAD:app.txt"):
        with pytest.raises(NotFoundError, match="no revision"):
            file_at(repo.root, rev, report)


def test_a_link_in_history_is_not_a_file(repo: Repo) -> None:
    (repo.root / "link.md").symlink_to("app.txt")
    repo.git("add", "link.md")
    repo.git("commit", "--quiet", "-m", "Link")
    assert file_at(repo.root, "HEAD", PurePosixPath("link.md")) is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://github.com/team/incidents.git", "https://github.com/team/incidents.git"),
        ("https://robin:ghp_secret@example.org/x.git", "https://example.org/x.git"),
        ("https://token@example.org:8443/x.git", "https://example.org:8443/x.git"),
        ("git@example.org:team/x.git", "git@example.org:team/x.git"),
        ("../x.git", "../x.git"),
    ],
)
def test_the_remotes_address_comes_without_a_token(repo: Repo, url: str, shown: str) -> None:
    assert origin_url(repo.root) is None
    repo.git("remote", "add", "origin", url)
    assert origin_url(repo.root) == shown


def test_a_new_repository_has_commented_settings_that_are_valid(tmp_path: Path, home: Path) -> None:
    done = create_repository(tmp_path / "deep/incidents-repo")
    repo = Repo(tmp_path / "deep/incidents-repo")
    assert repo.status() == []
    assert list(done.files) == repo.committed() == ["incidents/.gitattributes", "incidents/README.md", "runbook.toml"]
    assert find_repository(repo.root) == repo.root
    text = (repo.root / "runbook.toml").read_text(encoding="utf-8")
    assert Settings.model_validate(tomllib.loads(text)) == Settings()
    active = [line.removeprefix("# ") for line in SETTINGS.splitlines() if " = " in line or line.startswith("# [")]
    every_key = Settings.model_validate(tomllib.loads("\n".join(active)))
    assert every_key.zone == "UTC"
    assert every_key.production.hosts == ["prod-*"]


def test_the_settings_file_names_every_key_there_is_with_its_default() -> None:
    """A setting that nobody can find in the file is a setting nobody uses. Read as it stands, it changes nothing."""

    def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from keys(inner, f"{prefix}{name}.")
            else:
                yield prefix + name

    def given(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
        for name, value in table.items():
            yield prefix + name
            if isinstance(value, dict):
                yield from given(value, f"{prefix}{name}.")

    active = [line.removeprefix("# ") for line in SETTINGS.splitlines() if " = " in line or line.startswith("# [")]
    said = tomllib.loads("\n".join(active))
    assert set(keys(Settings)) - set(given(said)) == set()
    examples = {
        "": ("severities", "rules", "verify"),
        "cost": ("rate", "people", "downtime_rate"),
        "checklists": ("before", "after", "deployment"),
        "production": ("hosts",),
        "lint": ("rules", "required", "required_deployment", "secrets"),
    }
    shown, default = Settings.model_validate(said).model_dump(), Settings().model_dump()
    for table, names in examples.items():
        for name in names:
            for settings in (shown, default):
                (settings[table] if table else settings).pop(name)
    assert shown == default


def test_evidence_is_stored_byte_for_byte_even_where_line_endings_are_converted(tmp_path: Path, home: Path) -> None:
    create_repository(tmp_path / "repo")
    repo = Repo(tmp_path / "repo")
    repo.git("config", "core.autocrlf", "true")
    evidence = repo.root / "incidents/2026/INC-2026-02-11-001/evidence/out.txt"
    evidence.parent.mkdir(parents=True)
    evidence.write_bytes(b"a\r\nb\n")
    commit_paths(repo.root, [evidence], MESSAGE)
    assert file_at(repo.root, "HEAD", PurePosixPath(evidence.relative_to(repo.root))) == b"a\r\nb\n"


def test_a_review_shows_the_report_and_folds_what_the_program_wrote(tmp_path: Path, home: Path) -> None:
    """Folded on GitHub and GitLab, but never binary: `git diff` and `git grep` still see all of it."""
    create_repository(tmp_path / "repo")
    repo = Repo(tmp_path / "repo")
    folder = "incidents/2026/INC-2026-02-11-001"
    folded = ["record.yaml", "timeline.svg", "journal/host-robin-1a2b3c4d.jsonl", "evidence/01K-proxy-log.txt"]
    names = ("linguist-generated", "gitlab-generated", "diff")
    for name in ("report.md", *folded):
        said = repo.git("check-attr", *names, "--", f"{folder}/{name}").splitlines()
        values = [line.rsplit(": ", 1)[1] for line in said]
        assert values == [*(["set", "set"] if name in folded else ["unspecified"] * 2), "unspecified"]
    repo.write(f"{folder}/evidence/01K-proxy-log.txt", "blanks at the end   \n")
    repo.git("add", ".")
    repo.git("diff", "--cached", "--check")


def test_two_branches_that_added_to_one_journal_merge_without_a_conflict(tmp_path: Path, home: Path) -> None:
    create_repository(tmp_path / "repo")
    repo = Repo(tmp_path / "repo")
    journal = "incidents/2026/INC-2026-02-11-001/journal/host-robin-1a2b3c4d.jsonl"
    for branch, lines in (("main", "1"), ("side", "1 2a"), ("main", "1 2b")):
        repo.git("switch", "--quiet", *([] if branch == "main" else ["-c"]), branch)
        commit_paths(repo.root, [repo.write(journal, "".join(f'{{"id": "{n}"}}\n' for n in lines.split()))], MESSAGE)
    repo.git("merge", "--quiet", "--no-edit", "side")
    assert sorted((repo.root / journal).read_text().split("\n")) == ["", '{"id": "1"}', '{"id": "2a"}', '{"id": "2b"}']


def test_files_that_are_there_already_stay_as_they_are_and_uncommitted(tmp_path: Path, home: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.write("draft.txt", "mine\n")
    repo.write("runbook.toml", 'zone = "Europe/Berlin"\n')
    create_repository(repo.root)
    assert repo.show("HEAD:runbook.toml") == 'zone = "Europe/Berlin"\n'
    assert repo.status() == ["? draft.txt"]


def test_inside_a_repository_no_second_one_is_made(repo: Repo) -> None:
    for place in (repo.root, repo.root / "sub/folder"):
        with pytest.raises(GitError, match="part of a git repository already"):
            create_repository(place)
    assert not (repo.root / "sub").exists()


def test_without_an_identity_nothing_is_made_and_with_one_given_it_works(tmp_path: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    with pytest.raises(GitError, match="name or e-mail"):
        create_repository(tmp_path / "repo")
    assert not (tmp_path / "repo/.git").exists()
    create_repository(tmp_path / "repo", identity=("Kim", "kim@example.org"))
    assert Repo(tmp_path / "repo").git("log", "-1", "--format=%an") == "Kim\n"


def test_a_refused_first_commit_is_gone_on_with(tmp_path: Path, home: Path) -> None:
    (home / "hooks").mkdir()
    hook = home / "hooks/pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    Repo(home).git("config", "--global", "core.hooksPath", str(home / "hooks"))
    with pytest.raises(GitError, match="hook"):
        create_repository(tmp_path / "repo")
    hook.unlink()
    create_repository(tmp_path / "repo")
    assert Repo(tmp_path / "repo").status() == []
