"""What lint of a report of 500 and of 20,000 lines costs, beside PyYAML reading the record. Run by `make bench`.

Both are whole processes, run in turn (A B A B …); processor time counts, since a waiting machine is nobody's fault. The
minimum of several runs is shown; figures are printed, never judged.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import examples  # noqa: E402  a module of the tests, found once the path is set

from runbook.flow.file import render_document  # noqa: E402
from runbook.record.store import dump_record, write_file  # noqa: E402

RUNS = int(os.environ.get("BENCH_RUNS", "40")) // 8 or 1
RUNBOOK = str(Path(sys.executable).with_name("runbook"))
PEER = "import sys, yaml; yaml.load(open(sys.argv[1], 'rb'), Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader))"


def spent(command: list[str], folder: Path) -> float:
    """Milliseconds of processor time that one run takes, its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def make(root: Path, entries: int) -> tuple[int, Path]:
    """A repository with one report of a given size: lines of the report, path of the record."""
    document = examples.incident(entries)
    folder = root / "incidents/2026" / document.id
    report = render_document(document, None)
    write_file(folder / "report.md", report.encode())
    write_file(folder / "record.yaml", dump_record(document).encode())
    subprocess.run(["git", "init", "-q", root], check=True)
    return report.count("\n"), folder / "record.yaml"


def main() -> None:
    """Print the table."""
    print(f"{'lint of a report of':<22}{'cpu':>10}  {'PyYAML, its record':<20}{'cpu':>9}{'ratio':>8}")
    for entries in (180, 19_700):
        with tempfile.TemporaryDirectory(prefix="runbook-bench-") as scratch:
            root = Path(scratch)
            lines, record = make(root, entries)
            ours, theirs = [], []
            for _ in range(RUNS):
                ours.append(spent([RUNBOOK, "lint", "--format", "json"], root))
                theirs.append(spent([sys.executable, "-c", PEER, str(record)], root))
            best, peer = min(ours), min(theirs)
            print(f"{lines:>8,} lines{'':<8}{best:>7.0f} ms  {'':<20}{peer:>6.0f} ms{best / peer:>8.1f}")


if __name__ == "__main__":
    main()
