"""`runbook lint` on what is committed beside documents: where it looks for secrets, and where it leaves off."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from reviewing import IDS, build
from test_schemas import check as in_schema

from runbook.flow import lint, lint_files
from runbook.review.rule import Example

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

SECRET = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0iL3oR6"
KEY = "PASSWORD=correct-horse-battery-9\n"
FOLDER = f"incidents/2026/{IDS['incident']}"


@pytest.fixture
def team(home: Path) -> Path:
    """A repository of reports that git knows of, without a commit."""
    root = home / "team"
    build(root, Example())
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


def write(root: Path, **texts: str) -> None:
    """Files by their path; ``__`` stands for a slash and ``_dot_`` for a dot."""
    for name, text in texts.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def look(runbook: Runbook, root: Path, *words: str, check: int | None = None) -> Any:
    return in_schema("lint", runbook("lint", *words, "--format", "json", cwd=root, check=check).stdout)


def places(found: Any) -> list[tuple[str, str, int]]:
    return [(problem["rule"], problem["file"], problem["line"]) for problem in found["problems"]]


def test_a_secret_is_found_in_every_place_that_a_team_commits_to(team: Path, runbook: Runbook) -> None:
    """Templates, guides, settings, README, the CI job, a folder nobody knows: tracked, staged or new."""
    names = (
        "README_dot_md",
        "incidents__README_dot_md",
        "incidents__2026__notes_dot_txt",
        "templates__ours_dot_md_dot_j2",
        "runbooks__restart_dot_md",
        "checklists__before_dot_md",
        "signatures__own__vpn_dot_txt",
        "_dot_github__workflows__reports_dot_yml",
        "scripts__backup_dot_sh",
    )
    write(team, **dict.fromkeys(names[:-1], f"one\n{SECRET}\n"))
    subprocess.run(["git", "add", "-A"], cwd=team, check=True)
    write(team, **{names[-1]: f"one\ntoken={SECRET}\n"})
    (team / "signatures/own/vpn.txt").rename(team / "signatures/own/vpn.conf")  # renamed, and not staged
    wanted = sorted(name.replace("__", "/").replace("_dot_", ".") for name in names)
    wanted[wanted.index("signatures/own/vpn.txt")] = "signatures/own/vpn.conf"
    found = look(runbook, team, check=1)
    assert places(found) == [("RB040", name, 2) for name in wanted]
    assert set(wanted) < set(found["files"])
    assert not [name for name in found["files"] if name.startswith(f"{FOLDER}/")]
    for kind in ("text", "sarif", "github", "gitlab"):
        said = runbook("lint", "--format", kind, cwd=team, check=1)
        assert SECRET not in said.stdout + said.stderr
        assert "scripts/backup.sh" in said.stdout


def test_what_is_never_committed_is_left_alone(team: Path, runbook: Runbook) -> None:
    """Ignored files, links, another repository inside, and what is encrypted on the way in."""
    write(team, _dot_gitignore=".env\n", _dot_env=KEY, _dot_gitattributes="vault/** filter=git-crypt\n")
    write(team, vault__database_dot_ini=KEY)
    (team / "link").symlink_to(team / ".env")
    subprocess.run(["git", "init", "-q", team / "other"], check=True)
    write(team / "other", x=KEY)
    assert look(runbook, team, check=0)["problems"] == []
    assert look(runbook, team, "link", check=0)["problems"] == []
    said = runbook("lint", ".env", cwd=team, check=2).stderr
    assert ".gitignore" in said


def test_source_code_beside_the_reports_is_left_to_its_own_scanner(team: Path, runbook: Runbook) -> None:
    """Unless it is named, or the settings say that all of the repository is meant."""
    write(team, **{f"src__module{n}_dot_py": KEY for n in range(9)}, templates__x=KEY)
    assert places(look(runbook, team, check=1)) == [("RB040", "templates/x", 1)]
    assert places(look(runbook, team, "src/module3.py", check=1)) == [("RB040", "src/module3.py", 1)]
    assert len(look(runbook, team, "src", check=1)["problems"]) == 9
    write(team, runbook_dot_toml='[lint.secrets]\nfiles = ["src/*", "templates/*"]\n')
    assert len(look(runbook, team, check=1)["problems"]) == 10
    write(team, runbook_dot_toml="[lint.secrets]\nfiles = []\n")
    assert look(runbook, team, check=0)["files"] == []


def test_a_sample_may_stay_where_somebody_says_why(team: Path, runbook: Runbook) -> None:
    """On its line, on the line above, or by the settings; without a reason it stays a problem and is one more."""
    write(
        team,
        a_dot_md=f"the token {SECRET} <!-- runbook:ignore RB040 from the vendor's page -->\n",
        b_dot_sh=f"# runbook:ignore RB040 revoked in May\nTOKEN={SECRET}\nTOKEN={SECRET}\n",
        c_dot_sh=f"TOKEN={SECRET}  # runbook:ignore RB040\n",
        docs__d_dot_txt=KEY,
        runbook_dot_toml='[[lint.secrets.ignore]]\nfiles = ["docs/*"]\nreason = "samples"\n'
        '[[lint.secrets.ignore]]\nfiles = ["nowhere/*"]\nreason = "samples"\n',
    )
    assert places(look(runbook, team, check=1)) == [
        ("RB040", "b.sh", 3),
        ("RB040", "c.sh", 1),
        ("RB090", "c.sh", 1),
        ("RB091", "runbook.toml", 5),
    ]
    write(team, runbook_dot_toml='[[lint.secrets.ignore]]\nfiles = ["docs/*"]\nreason = " "\n')
    said = runbook("lint", cwd=team, check=2).stderr
    assert "runbook.toml" in said
    assert "reason" in said


def test_a_hook_looks_only_at_what_it_is_given(team: Path, runbook: Runbook) -> None:
    """A file inside a document stands for the document; any other is looked at alone."""
    write(team, a_dot_md=KEY, b_dot_md=KEY)
    found = look(runbook, team, "a.md", f"{FOLDER}/record.yaml", check=1)
    assert places(found) == [("RB040", "a.md", 1)]
    assert (found["documents"], found["files"]) == ([IDS["incident"]], ["a.md"])
    subprocess.run(["git", "add", "-A"], cwd=team, check=True)
    subprocess.run(["git", "commit", "-qm", "first"], cwd=team, check=True)
    write(team, runbooks__new_dot_md=KEY)
    found = look(runbook, team, "--changed-since", "main", check=1)
    assert places(found) == [("RB040", "runbooks/new.md", 1)]
    assert found["documents"] == []


def test_large_binary_and_wide_files(team: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large text the beginning is looked at, and that is said; UTF-16 is read as what it is."""
    (team / "wide.txt").write_bytes(f"one\r\ntoken: {SECRET}\r\n".encode("utf-16"))
    (team / "picture.png").write_bytes(b"\x89PNG\0\0" + bytes(range(256)) * 40)
    (team / "dump.sql").write_text(f"{SECRET}\n" + "x\n" * 2000 + KEY, "utf-8")
    monkeypatch.setattr(lint_files, "MAX_TEXT", 3000)
    monkeypatch.setattr(lint_files, "MAX_BINARY", 3000)
    done = lint.lint(str(team))
    assert [(problem.file, problem.line) for problem in done.problems] == [("dump.sql", 1), ("wide.txt", 2)]
    assert done.partly == ("dump.sql",)
