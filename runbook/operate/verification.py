"""Looking at everything at once: a thread a check, tried again with growing pauses until it passes or time is over."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from runbook.model.checks import Result
from runbook.operate.checks import CheckFailedHere, look_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runbook.model.checks import Check, State

    Look = Callable[[Check], str]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds between two attempts: doubled each time, up to the longest."""

_GRACE = 5.0
"""Seconds more than a check's own limit before it is given up: a name server can keep a thread as long as it likes."""


def verify(
    checks: Sequence[Check],
    *,
    deadline: float = 0.0,
    more: Mapping[str, Look] | None = None,
    tell: Callable[[int, Result], None] = lambda _number, _result: None,
) -> list[Result]:
    """Look at all of ``checks`` at once.

    Args:
        checks: what to look at.
        deadline: seconds for which a failing check is tried again; 0: once.
        more: how to look at the kinds that have no module under :mod:`runbook.operate.checks`.
        tell: told each change of a check, by its number.

    Returns:
        One result a check, in their order.
    """
    results = [Result(check.title, check.kind, check.target) for check in checks]
    news: queue.Queue[tuple[int, Result]] = queue.Queue()
    started = time.monotonic()
    for number, check in enumerate(checks):
        look = (more or {}).get(check.kind) or look_for(check.kind)
        # Daemons: one that hangs in a system call must not keep the program from ending.
        report = partial(_report, news, number)
        threading.Thread(target=_watch, args=(check, look, started, deadline, report), daemon=True).start()
    limits = [started + deadline + check.timeout + _GRACE for check in checks]
    pending = set(range(len(checks)))
    while pending:
        wait = max(0.0, min(limits[number] for number in pending) - time.monotonic())
        try:
            number, result = news.get(timeout=wait)
        except queue.Empty:
            for number in [each for each in pending if limits[each] <= time.monotonic()]:
                seconds, seen = time.monotonic() - started, results[number].detail or "gave no answer"
                gave_up = replace(results[number], state="failed", detail=seen, seconds=seconds)
                results[number] = gave_up
                pending.discard(number)
                tell(number, gave_up)
            continue
        if number in pending:
            results[number] = result
            if result.state in {"ok", "failed"}:
                pending.discard(number)
            tell(number, result)
    return results


def _report(news: queue.Queue[tuple[int, Result]], number: int, result: Result) -> None:
    news.put((number, result))


def _watch(check: Check, look: Look, started: float, deadline: float, report: Callable[[Result], None]) -> None:
    pause, attempts = FIRST_PAUSE, 0
    while True:
        attempts += 1
        ok, detail = _look(look, check)
        now = time.monotonic()
        again = not ok and now + pause < started + deadline
        state: State = "ok" if ok else "trying" if again else "failed"
        report(Result(check.title, check.kind, check.target, state, detail, now - started, attempts))
        if not again:
            return
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _look(look: Look, check: Check) -> tuple[bool, str]:
    try:
        return True, look(check)
    except CheckFailedHere as failed:
        return False, str(failed)
    except Exception as error:  # noqa: BLE001  one check that breaks must not take the others' results with it
        return False, f"could not be looked at: {type(error).__name__}: {error}"
