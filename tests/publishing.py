"""Real repositories for the tests of the post office."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

REPORT = "incidents/2026/INC-2026-02-11-001/report.md"
RECORD = "incidents/2026/INC-2026-02-11-001/record.yaml"
MESSAGE = "incident: INC-2026-02-11-001 Dashboards are down\n\nHigh severity.\n"


@dataclass(frozen=True)
class Repo:
    """A repository and short ways to look at it."""

    root: Path

    def git(self, *args: str, check: bool = True, stdin: str = "") -> str:
        done = subprocess.run(
            ["git", *args],
            cwd=self.root,
            input=stdin,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
        assert not check or done.returncode == 0, f"git {args}: {done.stdout}{done.stderr}"
        return done.stdout

    def write(self, name: str, text: str = "text\n") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def hook(self, name: str, script: str) -> None:
        path = self.root / ".git/hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + script, encoding="utf-8")
        path.chmod(0o755)

    def status(self, *without: str) -> list[str]:
        """``status`` as git's plumbing prints it, without lines that name one of ``without``."""
        lines = self.git("status", "--porcelain=v2", "--untracked-files=all").splitlines()
        return [line for line in lines if not any(part in line for part in without)]

    def index(self, *without: str) -> list[str]:
        """Every index entry with its flags (announced ones carry one), without those that name one of ``without``."""
        lines = iter(self.git("ls-files", "--stage", "--debug").splitlines())
        entries: list[str] = []
        for line in lines:
            if not line.startswith("  "):
                entries.append(line)
            elif "flags" in line:
                entries[-1] += " " + line.split()[-1]
        return [entry for entry in entries if not any(part in entry for part in without)]

    def log(self, *args: str) -> list[str]:
        return self.git("log", "--format=%s", *args).splitlines()

    def show(self, spec: str) -> str:
        return self.git("show", spec)

    def committed(self, rev: str = "HEAD") -> list[str]:
        """The files that a commit changed."""
        return self.git("diff-tree", "--root", "--no-commit-id", "--name-only", "-r", rev).splitlines()


def new_repo(root: Path) -> Repo:
    """A repository with one commit: ``app.txt`` and ``notes.txt``."""
    root.mkdir(parents=True)
    repo = Repo(root)
    repo.git("init", "--quiet")
    repo.write("app.txt", "one\ntwo\nthree\n")
    repo.write("notes.txt", "notes\n")
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "Begin")
    return repo


def make_dirty(repo: Repo) -> None:
    """Everything a person may have lying about: staged, half staged, announced, removed, renamed, untracked."""
    for name in ("staged.txt", "half.txt", "gone.txt", "old-name.txt", "binary.bin"):
        repo.write(name, f"{name}\nsecond line\n")
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "More files")
    repo.write("staged.txt", "staged change\n")
    repo.write("new-staged.txt", "new and staged\n")
    repo.write("half.txt", "first half\n")
    repo.git("add", "staged.txt", "new-staged.txt", "half.txt")
    repo.write("half.txt", "first half\nsecond half, not staged\n")
    repo.git("rm", "--quiet", "--cached", "gone.txt")
    repo.git("mv", "old-name.txt", "new-name.txt")
    repo.write("announced.txt", "intent to add\n")
    repo.git("add", "--intent-to-add", "announced.txt")
    repo.write("unstaged crlf.txt", "a\r\nb\r\n")
    (repo.root / "binary.bin").write_bytes(b"\x00\xff\xfe changed")
    (repo.root / "app.txt").chmod(0o755)
