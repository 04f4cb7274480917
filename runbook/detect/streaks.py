"""Failing again and again at one thing: the count behind *three strikes*, for a whole record and while it happens.

Failures are at the same thing if they are the same command up to the arguments that vary, if they show the same known
failure, or if they are failures that somebody noted or checks that did not pass. It does not matter who failed, or on
which machine; a success clears the failures at the same thing on the same machine. Standard library only.
"""

from __future__ import annotations

import re

from runbook.detect.classify import thing
from runbook.detect.commands import simple_commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LEVELS = ((8, "stop and hold a team meeting"), (5, "escalate to somebody more experienced"), (3, "ask a colleague"))
"""How many failures ask for what."""

NOTED = "the same attempt"
"""What failures are at that somebody only noted."""

NOT_RUN = frozenset({125, 126, 127})
"""Exit statuses of a command that the guard refused or that a shell could not start."""

_STOPPED = frozenset({130, 131, 141, 143})  # Ctrl-C, Ctrl-\, nobody reads on, asked to end: what people do, no failure
_ANSWERS = frozenset(
    {"grep", "egrep", "fgrep", "zgrep", "rg", "ag", "diff", "cmp", "test", "[", "[[", "pgrep", "which", "type", "expr"}
)
_NO = 1  # what these say when the answer is no

_FAILED_CHECK = re.compile(
    r"(?i)\b(?:fail(?:s|ed|ing|ure)?|still|not|unhealthy|down|errors?|refused|timed? ?out|broken|4\d\d|5\d\d)\b"
)
_PASSED_CHECK = re.compile(
    r"(?i)\b(?:no (?:more )?errors?|0 errors|not? (?:longer )?(?:failing|broken|down)|healthy again)\b"
)


def check_failed(text: str) -> bool:
    """Whether what somebody noted of a check says that it did not pass."""
    return bool(_FAILED_CHECK.search(text)) and not _PASSED_CHECK.search(text)


class Attempt:
    """One try. Treat as frozen.

    Attributes:
        id: of its entry.
        at: when, as whoever asks counts times.
        failed: how it went.
        things: at what; empty: at nothing that could be tried again.
        signatures: known failures that it shows.
        actor, host: who, and where.
    """

    __slots__ = ("actor", "at", "failed", "host", "id", "signatures", "things")

    def __init__(
        self,
        identity: str,
        at: str,
        *,
        failed: bool,
        things: Iterable[str],
        signatures: Iterable[str] = (),
        actor: str = "",
        host: str = "",
    ) -> None:
        self.id = identity
        self.at = at
        self.failed = failed
        self.things = tuple(things)
        self.signatures = tuple(signatures)
        self.actor = actor
        self.host = host

    @property
    def keys(self) -> tuple[str, ...]:
        """Everything it may be counted under."""
        return self.things + self.signatures


def of_command(line: str, status: int | None) -> tuple[bool, list[str]]:
    """Whether a command failed at something, and at what (nothing, where that cannot be told)."""
    if status is None or status in NOT_RUN or status in _STOPPED:
        return False, []
    failed = status != 0
    simple = next((each for each in reversed(simple_commands(line)) if each.program not in {"cd", "pushd"}), None)
    if simple is None:
        return failed, []
    if status == _NO and simple.program in _ANSWERS:
        return False, []
    return failed, [f"{thing(simple)} on {simple.host}" if simple.host else thing(simple)]


class _Open:
    """Failures that no success has ended, at one thing or known failure, with what is counted of them."""

    __slots__ = ("attempts", "counts", "places", "shown")

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.counts: dict[str, dict[str, int]] = {}  # actor -> host -> failures
        self.places: set[tuple[str, str]] = set()  # (host, thing): a success elsewhere, or at another, ends none
        self.shown = 0  # failures that show what this is kept under; they count wherever they happened

    def add(self, attempt: Attempt, key: str) -> None:
        self.attempts.append(attempt)
        hosts = self.counts.setdefault(attempt.actor, {})
        hosts[attempt.host] = hosts.get(attempt.host, 0) + 1
        self.places.update((attempt.host, thing) for thing in attempt.things)
        self.shown += key in attempt.signatures

    def counting(self, key: str) -> list[Attempt]:
        """Those that count: of each person those on one machine, or that show the same known failure."""
        chosen = {actor: max(hosts, key=hosts.__getitem__) for actor, hosts in self.counts.items()}
        return [one for one in self.attempts if key in one.signatures or one.host == chosen[one.actor]]

    def count(self, key: str) -> int:
        """How many :meth:`counting` gives."""
        if self.shown == len(self.attempts):
            return self.shown
        if not self.shown:
            return sum(max(hosts.values()) for hosts in self.counts.values())
        return len(self.counting(key))


class Streaks:
    """Failures that no success has ended, by what they are at; fed in the order in which things happened."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._longest: tuple[str, int] = ("", 0)
        self._attempts: list[Attempt] | None = None  # of the longest, once that is over

    @property
    def longest(self) -> tuple[str, list[Attempt]]:
        """What the longest streak there ever was is at, and its failures."""
        key, _ = self._longest
        if self._attempts is None:
            return key, self.at(key)
        return key, self._attempts

    def feed(self, attempt: Attempt) -> None:
        """Take the next attempt."""
        if not attempt.failed:
            self._clear(attempt)
            return
        for key in dict.fromkeys(attempt.keys):
            streak = self._open.setdefault(key, _Open())
            streak.add(attempt, key)
            count = streak.count(key)
            if count > self._longest[1]:
                self._longest, self._attempts = (key, count), None

    def at(self, key: str) -> list[Attempt]:
        """The failures that count at one thing (of each person those on one machine) or at one known failure."""
        streak = self._open.get(key)
        return [] if streak is None else streak.counting(key)

    def open(self) -> dict[str, list[Attempt]]:
        """Every streak that stands, by what it is at."""
        return {key: self.at(key) for key in self._open}

    def _clear(self, success: Attempt) -> None:
        ended = {(success.host, thing) for thing in success.things}
        for key, streak in list(self._open.items()) if ended else ():
            if ended.isdisjoint(streak.places):
                continue
            if key == self._longest[0] and self._attempts is None:
                self._attempts = self.at(key)
            left = _Open()
            for one in streak.attempts:
                if one.host != success.host or not set(one.things) & set(success.things):
                    left.add(one, key)
            if left.attempts:
                self._open[key] = left
            else:
                del self._open[key]
