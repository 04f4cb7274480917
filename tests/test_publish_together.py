"""Many at once, and killed at any moment: every acknowledged commit is there, and the repository is whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from publishing import Repo, make_dirty, new_repo

from runbook.publish.commit import commit_paths

if TYPE_CHECKING:
    from pathlib import Path

WORKER = """
import sys
from pathlib import Path
from runbook.publish.commit import commit_paths
print("ready", flush=True)
root, worker, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(count):
    path = root / "incidents" / f"{worker}-{number}" / "report.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{worker} {number}\\n")
    done = commit_paths(root, [path], f"incident: {worker}-{number}\\n")
    print(done.sha, path.relative_to(root), flush=True)
"""


@pytest.fixture
def repo(tmp_path: Path, home: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def start(repo: Repo, worker: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(repo.root), worker, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def test_eight_processes_commit_ten_reports_each_on_one_line_of_history(repo: Repo) -> None:
    """None is lost, none is merged, each process is told its own commit, and the user's staged file stays staged."""
    make_dirty(repo)
    before = repo.status()
    begin = len(repo.log())
    workers = [start(repo, f"w{number}", 10) for number in range(8)]
    for worker in workers:
        out, err = worker.communicate(timeout=300)
        assert worker.returncode == 0, err
        for line in out.splitlines()[1:]:
            sha, name = line.split(" ")
            assert repo.committed(sha) == [name]
    assert len(repo.log()) == begin + 80
    assert repo.log("--merges") == []
    assert repo.status() == before


def test_killed_at_any_moment_the_repository_is_whole_and_the_next_run_works(repo: Repo) -> None:
    """SIGKILL to process and git alike: what was acknowledged is committed, what the user had staged is as it was."""
    make_dirty(repo)
    before = (repo.status(), repo.index())
    dice = random.Random(20260211)
    landed = 0
    for number in range(25):
        with start(repo, f"k{number}", 3) as worker:
            assert worker.stdout is not None
            said = [worker.stdout.readline() for _ in range(1 + number % 2)]  # it runs; every other time: one landed
            time.sleep(dice.uniform(0, 0.09))
            os.killpg(worker.pid, signal.SIGKILL)
            said += worker.stdout.readlines()
            acknowledged = [line.split() for line in said[1:] if line.endswith("\n")]
        for lock in (repo.root / ".git").rglob("*.lock"):
            lock.unlink()  # git's own locks outlive a kill; the message tells the user to look and remove them
        for sha, name in acknowledged:
            landed += 1
            assert repo.committed(sha) == [name]
            assert repo.git("merge-base", "--is-ancestor", sha, "HEAD") == ""
        repo.git("fsck", "--strict")
        assert repo.status("incidents/") == before[0], f"after kill {number}"
        assert repo.index("incidents/") == before[1]
    assert landed >= 12
    done = commit_paths(repo.root, [repo.root / "incidents"], "incident: all that was left\n")
    assert repo.status() == before[0]
    assert repo.index("incidents/") == before[1]
    assert commit_paths(repo.root, [repo.root / "incidents"], "x").sha == done.sha


def test_a_commit_killed_between_branch_and_index_is_mended_by_the_next(repo: Repo) -> None:
    """The one moment a kill leaves our file half known to git: in HEAD, but only announced in the index."""
    path = repo.write("incidents/report.md")
    first = commit_paths(repo.root, [path], "x")
    repo.git("rm", "--quiet", "--cached", "incidents/report.md")
    repo.git("add", "--intent-to-add", "incidents/report.md")
    assert repo.status()[0].startswith("1 DA ")
    again = commit_paths(repo.root, [path], "x")
    assert again.nothing_new
    assert again.sha == first.sha
    assert repo.status() == []


def test_a_foreign_git_that_loses_our_announcement_is_answered_with_another(repo: Repo) -> None:
    """While people and scripts use git in the same folder, every report lands."""
    script = "i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo $i > app.txt; git commit -qm $i app.txt; done"
    with subprocess.Popen(["sh", "-c", script], cwd=repo.root, stderr=subprocess.DEVNULL) as person:
        for number in range(15):
            done = commit_paths(repo.root, [repo.write(f"incidents/{number}.md")], "incident: x")
            assert repo.committed(done.sha) == [f"incidents/{number}.md"]
        assert person.wait() in {0, 1, 128}
    assert sorted(repo.git("ls-tree", "-r", "--name-only", "HEAD", "incidents").split()) == sorted(
        f"incidents/{number}.md" for number in range(15)
    )
