"""Scanning much log beside ripgrep with the same patterns on the same file, as a table. Run by ``make bench-scan``.

What is scanned is healthy log (:mod:`healthylogs`); the catalog is filled up with variants to 500 and 2,000 signatures.
Both programs run in turn (A B A B …); the median counts. Then the same log as Docker and as programs wrap it in JSON,
one full of findings, the scan without an automaton, and a scan of one line. ``BENCH_MIB`` gives the sizes (default
``64 256``), ``BENCH_RUNS`` the runs, ``RG`` another ripgrep, ``BENCH_LIMIT`` the seconds it may take. Figures are
printed, never judged.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
SIZES = [int(size) for size in os.environ.get("BENCH_MIB", "64 256").split()]
SIGNATURES = (500, 2000)
RG = os.environ.get("RG", "rg")
LIMIT = float(os.environ.get("BENCH_LIMIT", "60"))  # seconds after which ripgrep is ended; it is slower than that then
PYTHON = sys.executable
RUNBOOK = str(Path(PYTHON).with_name("runbook"))
ROOT = Path(__file__).resolve().parents[2]

PARTS = [
    "scheduler",
    "replicator",
    "ingester",
    "compactor",
    "gateway",
    "broker",
    "shard",
    "volume",
    "snapshot",
    "lease",
    "quorum",
    "ledger",
    "relay",
    "indexer",
]
WHAT = [
    "checkpoint",
    "manifest",
    "segment",
    "partition",
    "handshake",
    "heartbeat",
    "token",
    "quota",
    "backlog",
    "cursor",
    "replica",
    "bundle",
    "journal",
]
HOW = [
    "diverged",
    "stalled",
    "overflowed",
    "vanished",
    "regressed",
    "detached",
    "desynchronised",
    "collapsed",
    "starved",
    "deadlocked",
]
FAILURES = (
    "Error: Bind for 0.0.0.0:4000 failed: port is already allocated",
    "write /var/lib/data/wal: no space left on device",
    'FATAL: password authentication failed for user "app"',
    "psycopg2.OperationalError: FATAL:  sorry, too many clients already",
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    "/bin/sh: 1: nodemon: not found",
    "yaml: line 7: mapping values are not allowed in this context",
    "sqlite3.OperationalError: database is locked",
)
FORMS = (
    r"{part}: {what} {how} after \d+ attempts",
    r"(?i){part} error: {what} (?P<name>\S+) {how}",
    r"\b{what} of {part} .* {how}\b",
    r"{part}\[\d+\]: (?:fatal|panic): {what} {how}: (?P<name>.+)$",
)
TOKENS = re.compile(r"\\.|(?<!\[)\[\^?\]?|.", re.DOTALL)
ASCII = {"d": "0-9", "s": r"\t\n\f\r ", "w": "0-9A-Za-z_"}
VARIANT = """title: A made-up failure of the {part}
severity: medium
summary: The {what} of the {part} {how}; it exists to fill up a catalog.
applies_to: [output]
match:
  any:
    - regex: '{regex}'
why: It is made up.
fix:
  text: There is nothing to fix.
prevention:
  - Nothing
references:
  - https://example.org/
examples:
  match:
    - text: made up
      source: nowhere
  no_match:
    - text: nothing
      source: nowhere
"""


def fill_up(folder: Path, count: int) -> None:
    """Write ``count`` variants as a team's own signatures."""
    area = folder / "signatures" / "variant"
    area.mkdir(parents=True)
    made = 0
    for form in FORMS:
        for part in PARTS:
            for what in WHAT:
                for how in HOW:
                    if made == count:
                        return
                    words = {"part": part, "what": what, "how": how}
                    regex = form.format(**words) if "{" in form else form
                    (area / f"v{made}.yaml").write_text(VARIANT.format(**words, regex=regex), encoding="utf-8")
                    made += 1


def patterns(repository: Path, environment: dict[str, str]) -> list[str]:
    """Every pattern that a scan of output looks for, in a form that ripgrep takes too."""
    code = (
        "import json,sys\n"
        "from runbook.flow.scan import catalog_here\n"
        "from runbook.detect.table import LITERAL, REGEX\n"
        "rows = list(catalog_here(sys.argv[1]).for_kind('output'))\n"
        "print(json.dumps([[c[0] == LITERAL, c[1]] for r in rows for c in (*r[3], *r[4])"
        " if c[0] in (LITERAL, REGEX)]))\n"
    )
    command = [PYTHON, "-c", code, str(repository)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [re.escape(text) if literal else for_ripgrep(text) for literal, text in json.loads(done.stdout)]


def for_ripgrep(pattern: str) -> str:
    r"""``pattern`` as ripgrep has to be told it to look for the same.

    ``\b``, ``\d``, ``\s`` and ``\w`` mean ASCII to RE2 and all of Unicode to ripgrep. Its fast automaton gives up at
    bytes that are no ASCII where there is a Unicode ``\b``: with the patterns as they are it takes a hundred times as
    long.
    """
    out: list[str] = []
    inside = False
    for token in TOKENS.findall(re.sub(r"\(\?P<\w+>", "(?:", pattern)):
        letter = token[1:] if token.startswith("\\") else ""
        if letter in ASCII:
            out.append(ASCII[letter] if inside else f"[{ASCII[letter]}]")
        elif letter and letter.lower() in ASCII and not inside:
            out.append(f"[^{ASCII[letter.lower()]}]")
        elif letter in {"b", "B"}:
            out.append(f"(?-u:{token})")
        else:
            out.append(token)
            inside = token.startswith("[") or (inside and token != "]")
    return "".join(out)


def timed(command: list[str], environment: dict[str, str], limit: float | None = None) -> tuple[float, float]:
    """Seconds and peak MiB of one run, which is ended after ``limit`` seconds."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watch = threading.Timer(limit or 3600, process.kill)
    watch.start()
    _pid, _status, usage = os.wait4(process.pid, 0)
    watch.cancel()
    process.returncode = 0
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def wait_for_automaton(cache: Path) -> None:
    """The automaton is compiled by a process of its own; give it the time it takes."""
    deadline = time.monotonic() + 120
    while not list(cache.rglob("automaton-*.bin")) and time.monotonic() < deadline:
        time.sleep(0.2)


def paired(ours: list[str], theirs: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Median seconds of both, and our peak MiB."""
    mine: list[float] = []
    other: list[float] = []
    peak = 0.0
    for _ in range(RUNS):
        seconds, mib = timed(ours, environment)
        mine.append(seconds)
        peak = max(peak, mib)
        if len(other) < RUNS and (not other or other[-1] < LIMIT):
            other.append(timed(theirs, environment, LIMIT)[0])
    return statistics.median(mine), statistics.median(other), peak


def fallback(repository: Path, file: Path, engine: str, environment: dict[str, str]) -> float:
    """Seconds that a scan takes with one of the other engines, in a process of its own."""
    code = (
        "import importlib,sys\n"
        "from runbook.flow.scan import catalog_here\n"
        "from runbook.detect.engine import Scanner\n"
        "module, name = sys.argv[3].split(':')\n"
        "scanner = Scanner(catalog_here(sys.argv[1]), engine=getattr(importlib.import_module(module), name))\n"
        "with open(sys.argv[2], 'rb', buffering=0) as file:\n"
        "    while data := file.read(262144): scanner.feed(data)\n"
        "scanner.close()\n"
    )
    return timed([PYTHON, "-c", code, str(repository), str(file), engine], environment)[0]


def other_shapes(plain: Path, scratch: Path) -> dict[str, Path]:
    """The same log as Docker and as programs wrap it, and one in which 45% of the lines are findings."""
    files = {
        name: scratch / f"{name.replace(' ', '-')}.log" for name in ("docker json-file", "programs' JSON", "dense")
    }
    if all(file.exists() for file in files.values()):
        return files
    when = "2026-02-11T08:00:00.123456789Z"
    draw = random.Random(1)
    with (
        plain.open(encoding="utf-8") as source,
        files["docker json-file"].open("w", encoding="utf-8") as docker,
        files["programs' JSON"].open("w", encoding="utf-8") as program,
        files["dense"].open("w", encoding="utf-8") as dense,
    ):
        for number, line in enumerate(source):
            text = line.rstrip("\n")
            docker.write(_dumped({"log": f"{text}\n", "stream": "stdout", "time": when}))
            program.write(
                _dumped({"level": 30, "time": 1770796800000 + number, "pid": 81, "reqId": f"r{number}", "msg": text})
            )
            dense.write(f"{when} web[{number % 977}]: {draw.choice(FAILURES)}\n" if number % 20 < 9 else line)
    return files


def _dumped(record: dict[str, object]) -> str:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"


def one_line(text: str, environment: dict[str, str], folder: Path) -> float:
    """Milliseconds of processor time that a scan of one line takes over bare Python: the least of 15 runs."""

    def least(command: list[str]) -> float:
        runs = []
        for _ in range(15):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                command, input=text, text=True, env=environment, cwd=folder, capture_output=True, check=False
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            runs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(runs)

    return 1000 * (least([RUNBOOK, "scan", "-"]) - least([PYTHON, "-c", "pass"]))


def prepare(count: int, scratch: Path, environment: dict[str, str]) -> tuple[Path, Path]:
    """A repository with so many signatures, and ripgrep's file of patterns; sets the folders in ``environment``."""
    home = scratch / str(count)
    repository = home / "repository"
    repository.mkdir(parents=True)
    (repository / "runbook.toml").write_text("", encoding="utf-8")
    subprocess.run(["git", "init", "-q", repository], check=True)
    folders = {"HOME": home, "XDG_CACHE_HOME": home / "cache", "XDG_STATE_HOME": home / "state"}
    environment |= {name: str(folder) for name, folder in folders.items()}
    listed = [RUNBOOK, "signatures", "list", "--format", "json", "--repo", str(repository)]
    have = len(json.loads(subprocess.run(listed, env=environment, capture_output=True, check=True).stdout))
    fill_up(repository, count - have)
    wanted = home / "patterns"
    wanted.write_text("\n".join(patterns(repository, environment)) + "\n", encoding="utf-8")
    return repository, wanted


def log_of(size: int, scratch: Path) -> Path:
    """A healthy log of so many MiB."""
    file = scratch / f"{size}.log"
    if not file.exists():
        with file.open("wb") as out:
            subprocess.run(
                [PYTHON, str(ROOT / "tests/healthylogs.py"), str(size * 1024 * 1024)], stdout=out, check=True
            )
    return file


def table(count: int, scratch: Path, environment: dict[str, str], *, peer: bool) -> None:
    """Print everything about a catalog of so many signatures."""
    repository, wanted = prepare(count, scratch, environment)
    ours = [RUNBOOK, "scan", "--kind", "output", "--repo", str(repository)]
    small = log_of(SIZES[0], scratch)
    cold, _ = timed([*ours, str(small)], environment)
    wait_for_automaton(Path(environment["XDG_CACHE_HOME"]))
    for size in SIZES:
        file = log_of(size, scratch)
        theirs = [RG, "-c", "--no-mmap", "-f", str(wanted), str(file)]
        mine, other, peak = paired([*ours, str(file)], theirs if peer else ["true"], environment)
        over = other >= LIMIT
        ratio = f"{'< ' if over else ''}{mine / other:.2f}" if peer else "-"
        shown = f"{'> ' if over else ''}{other:.2f} s" if peer else "-"
        rate = size * 1.048576 / mine
        aim = "0.6" if count == SIGNATURES[0] else "0.3"
        print(
            f"{count:>10}{size:>6}{mine:>8.2f} s{rate:>7.0f}{peak:>5.0f} MiB{shown:>11}{ratio:>8}   {aim}", flush=True
        )
    for name, shape in other_shapes(small, scratch).items():
        runs = [timed([*ours, str(shape)], environment) for _ in range(RUNS)]
        mine, peak = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
        megabytes = shape.stat().st_size / 1e6
        print(
            f"{'':>10}{megabytes / 1.048576:>6.0f}{mine:>8.2f} s{megabytes / mine:>7.0f}{peak:>5.0f} MiB   {name}",
            flush=True,
        )
    words = fallback(repository, small, "runbook.detect.words:WordEngine", environment)
    megabytes = SIZES[0] * 1.048576
    print(f"{'':>10}{SIZES[0]:>6}{words:>8.2f} s{megabytes / words:>7.0f}{'':>9}   no hyperscan: word by word")
    print(f"{'':>10}{SIZES[0]:>6}{cold:>8.2f} s{megabytes / cold:>7.0f}{'':>9}   cold cache, catalog compiled too")
    quiet, found = (one_line(text, environment, repository) for text in ("all is well\n", f"{FAILURES[0]}\n"))
    print(f"{'':>10}one line: bare Python and {quiet:.0f} ms, {found:.0f} ms with a finding\n", flush=True)


def main() -> None:
    """Print the tables."""
    scratch = Path(tempfile.mkdtemp(prefix="runbook-bench-"))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("RUNBOOK_", "XDG_", "GIT_"))
    }
    version = ""
    if shutil.which(RG):
        version = subprocess.run([RG, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    print(f"peer: {version or 'no ripgrep found'}; {RUNS} runs each; healthy log of many programs\n")
    print(f"{'signatures':>10}{'MiB':>6}{'runbook':>10}{'MB/s':>7}{'peak':>9}{'rg':>11}{'ratio':>8}   aim")
    for count in SIGNATURES:
        table(count, scratch, environment, peer=bool(version))
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
