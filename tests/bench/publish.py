"""Publishing from a repository of 10,000 reports, beside what git alone needs to commit and push the same files.

Run by ``make bench-publish``. Both go to a bare repository on this disk, in turn (A B A B …); wall and CPU time
(user + system, children included) are printed, medians, never judged. ``BENCH_REPORTS`` is another size.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPORTS = int(os.environ.get("BENCH_REPORTS", "10000"))
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
RUNBOOK = str(Path(sys.executable).with_name("runbook"))
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "incidents/2026/INC-2026-02-11-001"


def main() -> None:
    """Build the repository and print the table."""
    with tempfile.TemporaryDirectory(prefix="runbook-bench-") as scratch:
        top = Path(scratch)
        environment = _environment(top)
        clone = _build(top, environment)
        ours, theirs = [], []
        for number in range(1, RUNS + 2):
            name = _new_report(clone, number)
            theirs.append(_timed(_git_alone(clone, name), clone, environment))
            ours.append(_timed([[RUNBOOK, "publish", name, "--link"]], clone, environment))
        files = sum(1 for _ in clone.glob("incidents/*/*/*"))
        print(f"{REPORTS:,} reports, {files:,} files; medians of {RUNS}, the first run left out\n")
        print(f"{'':<34}{'wall s':>8}{'CPU s':>8}")
        for title, times in (("git add, commit, push", theirs[1:]), ("runbook publish", ours[1:])):
            wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
            print(f"{title:<34}{wall:>8.2f}{cpu:>8.2f}")


def _environment(top: Path) -> dict[str, str]:
    home = top / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Bench\n\temail = bench@example.org\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n"
        "[maintenance]\n\tauto = false\n",
        encoding="utf-8",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "XDG_", "RUNBOOK_"))}
    return {**kept, "HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig")}


def _build(top: Path, environment: dict[str, str]) -> Path:
    """A clone whose remote has ``REPORTS`` reports; each is the sample with an id and a ULID of its own."""
    clone = top / "clone"
    _run([["git", "init", "--quiet", "--bare", "origin.git"], ["git", "init", "--quiet", "clone"]], top, environment)
    (clone / "runbook.toml").touch()
    for number in range(REPORTS):
        year = 2000 + number // 500
        _report(clone, f"INC-{year}-01-{number % 28 + 1:02d}-{number % 500 // 28 + 1:03d}", number)
    commands = [
        ["git", "add", "."],
        ["git", "commit", "--quiet", "-m", "Reports"],
        ["git", "remote", "add", "origin", "../origin.git"],
        ["git", "push", "--quiet", "-u", "origin", "main"],
        ["git", "remote", "set-head", "origin", "--auto"],
    ]
    _run(commands, clone, environment)
    return clone


def _report(clone: Path, identifier: str, number: int) -> Path:
    folder = clone / "incidents" / identifier[4:8] / identifier
    folder.mkdir(parents=True)
    for name in ("record.yaml", "report.md"):
        text = (SAMPLE / name).read_text("utf-8").replace(SAMPLE.name, identifier)
        if name == "record.yaml":
            text = text.replace(text.split("\nulid: ")[1][:26], f"01KH5VDP{number:018d}")
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(SAMPLE / "journal", folder / "journal")
    return folder


def _new_report(clone: Path, number: int) -> str:
    identifier = f"INC-2026-02-{number:02d}-001"
    _report(clone, identifier, 900_000 + number)
    return identifier


def _git_alone(clone: Path, name: str) -> list[list[str]]:
    """What somebody types who sends the same files to review by hand: from the current branch, and back to it."""
    branch = f"by-hand/{name}"
    folder = f"incidents/2026/{name}"
    return [
        ["git", "switch", "--quiet", "-c", branch],
        ["git", "add", folder],
        ["git", "commit", "--quiet", "-m", name],
        ["git", "push", "--quiet", "origin", branch],
        ["git", "switch", "--quiet", "main"],
        ["git", "checkout", "--quiet", branch, "--", folder],
        ["git", "reset", "--quiet", "--", folder],
    ]


def _timed(commands: list[list[str]], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _run(commands, folder, environment)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _run(commands: list[list[str]], folder: Path, environment: dict[str, str]) -> None:
    for command in commands:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
