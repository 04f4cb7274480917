"""Rendering, checking and syncing a 500-line and a 20,000-line report, in processor time of whole processes.

``make bench-sync`` prints a table; the last column is how the time grew beside the number of lines: 1.0 is linear.
Figures are printed, never judged.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import examples  # noqa: E402  lies beside the tests

from runbook.model.settings import Settings  # noqa: E402  as above
from runbook.record.store import dump_record  # noqa: E402  as above
from runbook.render.report import render_report  # noqa: E402  as above

RUNBOOK = str(Path(sys.executable).with_name("runbook"))
RUNS = int(os.environ.get("BENCH_RUNS", "5"))


def repository(root: Path, entries: int) -> tuple[str, int, Path]:
    """A repository with one filed report; its id, the report's number of lines, and the report."""
    document = examples.incident(entries)
    folder = root / "incidents" / document.id[4:8] / document.id
    folder.mkdir(parents=True)
    (root / "runbook.toml").write_text("", encoding="utf-8")
    (folder / "record.yaml").write_text(dump_record(document), encoding="utf-8")
    text = render_report(document, settings=Settings())
    (folder / "report.md").write_text(text, encoding="utf-8")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "file it"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return document.id, text.count("\n"), folder / "report.md"


def seconds(command: list[str], folder: Path) -> float:
    """The least processor time of a few runs, children included."""
    least = float("inf")
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


def main() -> None:
    """Print the table."""
    scratch = Path(tempfile.mkdtemp(prefix="runbook-bench-"))
    os.environ |= {"HOME": str(scratch), "XDG_STATE_HOME": str(scratch / "state"), "RUNBOOK_ACTOR": "bench"}
    (scratch / ".gitconfig").write_text("[user]\n\tname = Bench\n\temail = bench@example.org\n", encoding="utf-8")
    found: dict[str, list[float]] = {}
    sizes: list[int] = []
    for entries in (160, 19_660):
        root = scratch / str(entries)
        identifier, lines, report = repository(root, entries)
        sizes.append(lines)
        rows = {
            "render --stdout": [RUNBOOK, "render", identifier, "--stdout"],
            "sync --check, nothing new": [RUNBOOK, "sync", identifier, "--check"],
        }
        for name, command in rows.items():
            found.setdefault(name, []).append(seconds(command, root))
        text = report.read_text("utf-8")
        report.write_text(text.replace("looked at dashboard 7 ", "looked at dashboard seven "), encoding="utf-8")
        check = [RUNBOOK, "sync", identifier, "--check"]
        found.setdefault("sync --check, one edit", []).append(seconds(check, root))
        report.write_text(text.replace("| T+", "|  T+"), encoding="utf-8")
        found.setdefault("sync --check, reformatted", []).append(seconds(check, root))
    bare = seconds([sys.executable, "-c", "pass"], scratch)
    print(f"{'':<28}{f'{sizes[0]} lines':>14}{f'{sizes[1]} lines':>14}{'a line grew':>14}")
    print(f"{'python -c pass':<28}{bare * 1000:>11.0f} ms")
    for name, (small, large) in found.items():
        growth = (large - bare) / (small - bare) / (sizes[1] / sizes[0])
        print(f"{name:<28}{small * 1000:>11.0f} ms{large * 1000:>11.0f} ms{growth:>14.2f}")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
