"""Which prefilter a scan gets, and the automaton that the next large scan will find in the cache.

Compiling it takes a second of processor time and much memory, which no user shall wait for: it is done by a process of
its own, at the lowest priority, that outlives the scan if it must.
"""

from __future__ import annotations

import os
import sys

from runbook.record.places import cache_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.adaptive import AdaptiveEngine
    from runbook.detect.table import Condensed

_LOCK = "automaton.lock"


def engine_for(folders: list[str], kind: str) -> Callable[[list[tuple[int, Condensed]]], AdaptiveEngine]:
    """What makes the engine of a :class:`runbook.detect.engine.Scanner`.

    Args:
        folders: of the catalog, as :func:`runbook.flow.findings.catalog_folders` says.
        kind: of what is scanned.
    """
    cache = cache_root()

    def make(needs: list[tuple[int, Condensed]]) -> AdaptiveEngine:
        from runbook.detect.adaptive import AdaptiveEngine

        return AdaptiveEngine(needs, cache, lambda: build_beside(folders, kind, cache))

    return make


def build_beside(folders: list[str], kind: str, cache: str) -> None:
    """Start a process that compiles the automaton into ``cache``. That it cannot be started is no error."""
    if not sys.executable or not os.access(cache, os.W_OK):
        return
    silence = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    # -P: a folder called `runbook` where the user stands is not ours.
    command = [sys.executable, "-P", "-m", "runbook.flow.automata", cache, kind, *folders]
    try:
        os.posix_spawn(sys.executable, command, os.environ, file_actions=silence)
    except OSError:
        return


def build(cache: str, kind: str, folders: list[str]) -> None:
    """Compile the automaton into ``cache``, unless another process is at it."""
    import fcntl

    from runbook.detect import hyper
    from runbook.detect.catalog import load_catalog
    from runbook.detect.conditions import watch_for

    descriptor = os.open(os.path.join(cache, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    _conditions, _forms, needs = watch_for(load_catalog(folders, cache), kind)
    path = hyper.cache_path(needs, cache)
    if hyper.load_engine(path) is None:
        hyper.build_engine(needs, path)


def main() -> None:
    """The process of its own: cache, kind and folders are its arguments."""
    os.setsid()  # Ctrl-C is meant for the scan
    os.nice(19)
    cache, kind, *folders = sys.argv[1:]
    build(cache, kind, folders)


if __name__ == "__main__":
    main()
