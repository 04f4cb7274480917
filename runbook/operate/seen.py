"""What a destructive command would hit, as far as that can be had at once: containers, files, objects, resources.

It asks the programs that know (``docker``, ``kubectl``) and looks at what lies on disk. Everything together has
:data:`PATIENCE`: a machine in an incident may answer late or never, and the person is waiting for the question.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runbook.model.danger import Danger

PATIENCE = 1.5
"""Seconds for everything that is asked before one question."""

MOST_LINES = 8
MOST_FILES = 5000
"""Files that are counted below a folder before the count is given up."""

_MOST_OUTPUT = 64 * 1024
_MOST_STATE = 32 * 1024 * 1024
_COLUMNS = (
    *("{{.ID}}", "{{.Names}}", "{{.Image}}", "{{.Status}}", "{{.Ports}}", "{{.Mounts}}"),
    *('{{.Label "com.docker.compose.project"}}', '{{.Label "com.docker.compose.project.working_dir"}}'),
    '{{.Label "com.docker.compose.service"}}',
)


class Container:
    """One line of ``docker ps``."""

    __slots__ = ("folder", "id", "image", "mounts", "name", "ports", "project", "service", "status")

    def __init__(self, fields: Sequence[str]) -> None:
        self.id, self.name, self.image, self.status, self.ports, mounts = fields[:6]
        self.project, self.folder, self.service = fields[6:9]
        self.mounts = mounts.split(",")

    def __str__(self) -> str:
        image = f"{self.image} ({self.id[:12]})" if self.id[:12] not in self.image else self.image
        status = f"{self.status[:1].lower()}{self.status[1:]}"
        return "   ".join(part for part in (self.name, image, status, self.ports) if part)


def seen(danger: Danger, cwd: str, *, until: float) -> list[str] | None:
    """Lines about what ``danger`` would hit.

    Args:
        danger: what is about to run here.
        cwd: the folder in which it would run.
        until: the moment, by the monotonic clock, at which no answer is waited for any longer.

    Returns:
        None where the container engine is not there or does not answer, so that only its files can say something.
    """
    if danger.host or not danger.inspect:
        return [] if danger.host else on_disk(danger, cwd)
    if "engine" in danger.inspect:
        return containers(danger.inspect, until=until)
    if "cluster" in danger.inspect:
        argv = (*danger.inspect["cluster"], f"--request-timeout={max(until - time.monotonic(), 0.1):.1f}s")
        answer = ask(argv, until=until)
        return _first(answer.splitlines() if answer else [])
    if "state" in danger.inspect:
        return terraform_state(danger.inspect["state"][0])
    name, host = danger.inspect["database"]
    return [f"database {name}" + (f" on {host}" if host else ""), *on_disk(danger, cwd)]


def containers(plan: dict[str, tuple[str, ...]], *, until: float) -> list[str] | None:
    """The containers that a plan chooses, as ``docker ps`` knows them; None where the engine does not answer."""
    answer = ask((*plan["engine"], "ps", "--all", "--format", "\t".join(_COLUMNS)), until=until)
    if answer is None:
        return None
    rows = [line.split("\t") for line in answer.splitlines()]
    every = [Container(row) for row in rows if len(row) == len(_COLUMNS)]
    chosen = _chosen(plan, every)
    if chosen:
        return _first([str(container) for container in chosen])
    return ["no container uses it" if {"volumes", "images"} & plan.keys() else "nothing of it is running"]


def _chosen(plan: dict[str, tuple[str, ...]], every: list[Container]) -> list[Container]:
    if "project" in plan:
        folder = plan.get("folder", ("",))[0]
        found = [each for each in every if folder and each.folder == folder]
        found = found or [each for each in every if each.project == plan["project"][0]]
        return [each for each in found if not plan["services"] or each.service in plan["services"]]
    if "names" in plan:
        return [each for each in every if each.name in plan["names"] or each.id.startswith(plan["names"])]
    if "volumes" in plan:
        return [each for each in every if any(_same(mount, plan["volumes"]) for mount in each.mounts)]
    if "images" in plan:
        return [each for each in every if _same(each.image, plan["images"])]
    return [each for each in every if not each.status.startswith("Up")]


def _same(text: str, names: tuple[str, ...]) -> bool:
    """Whether it is one of ``names``; the engine shortens long names with a ``…`` at the end."""
    if text.endswith("…"):
        return any(name.startswith(text[:-1]) for name in names)
    return text in names or any(name.removesuffix(":latest") == text.removesuffix(":latest") for name in names)


def ask(argv: Sequence[str], *, until: float) -> str | None:
    """What a program prints within the time that is left; None if it is not there, fails, or says nothing in time.

    It runs in a session of its own, so that it cannot ask for a password on the terminal, and is killed with what it
    started.
    """
    if until <= time.monotonic():
        return None
    try:
        child = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None
    pipe = child.stdout
    if pipe is None:
        return None
    whole = _read(pipe.fileno(), until)
    pipe.close()
    status: int | None = None
    if whole is not None:
        try:
            status = child.wait(max(until - time.monotonic(), 0.05))
        except subprocess.TimeoutExpired:
            status = None
    if status is None:
        _kill(child)
    return whole.decode("utf-8", "backslashreplace") if whole is not None and status == 0 else None


def _kill(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.kill()
    child.wait()


def _read(descriptor: int, until: float) -> bytes | None:
    """All of a pipe; None if it does not end in time or says more than anybody would read."""
    data = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while selector.select(max(until - time.monotonic(), 0)):
            piece = os.read(descriptor, 16384)
            if not piece:
                return bytes(data)
            data += piece
            if len(data) > _MOST_OUTPUT:
                return None
    return None


def terraform_state(folder: str) -> list[str]:
    """What a local state holds, by its file's format version 4; nothing for a state that is kept elsewhere."""
    path = os.path.join(folder, "terraform.tfstate")
    try:
        if os.path.getsize(path) > _MOST_STATE:
            return []
        with open(path, encoding="utf-8") as file:
            resources = [each for each in json.load(file)["resources"] if each.get("mode") != "data"]
            names = [f"{each['type']}.{each['name']}" for each in resources]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return [f"{len(names)} {'resource' if len(names) == 1 else 'resources'} in the state", *_first(names)]


def on_disk(danger: Danger, cwd: str, *, tracked: Callable[[str], int | None] | None = None) -> list[str]:
    """What lies at the paths that it names, a line each: that they are there, how many files, how large.

    Args:
        danger: what is about to run.
        cwd: the folder in which it would run.
        tracked: how many files below a path git knows; None for a path in no repository.
    """
    lines = []
    for path in danger.paths[:3]:
        full = os.path.normpath(os.path.join(cwd, danger.folder, os.path.expanduser(path)))
        if any(char in path for char in "$*?[`{=") or full in {"/dev/null", cwd}:
            continue
        try:
            size = os.lstat(full).st_size
        except (OSError, ValueError):
            continue
        if os.path.isdir(full) and not os.path.islink(full):
            files, size, whole = _count(full)
            line = f"{path}: {files}{'' if whole else ' and more'} {'file' if files == 1 else 'files'}, {_bytes(size)}"
        else:
            files, line = 1, f"{path}: {_bytes(size)}"
        known = tracked(full) if tracked is not None else None
        if known is not None:
            line += f", {'all' if known >= files else known or 'none'} of it in git"
        lines.append(line)
    return lines


def _count(folder: str) -> tuple[int, int, bool]:
    files = size = 0
    for parent, folders, names in os.walk(folder):
        files += len(names)
        for name in names:
            try:
                size += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
        if files > MOST_FILES or len(folders) > MOST_FILES:
            return files, size, False
    return files, size, True


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{size} bytes"


def _first(lines: list[str]) -> list[str]:
    rest = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"and {rest} more"] if rest > 0 else lines
