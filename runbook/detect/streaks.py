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


class Streaks:
    """Failures that no success has ended, by what they are at; fed in the order in which things happened.

    Attributes:
        longest: the longest streak there ever was, and what it was at.
    """

    def __init__(self) -> None:
        self.longest: tuple[str, list[Attempt]] = ("", [])
        self._open: dict[str, list[Attempt]] = {}

    def feed(self, attempt: Attempt) -> None:
        """Take the next attempt."""
        if not attempt.failed:
            self._clear(attempt)
            return
        for key in dict.fromkeys(attempt.keys):
            self._open.setdefault(key, []).append(attempt)
            streak = self.at(key)
            if len(streak) > len(self.longest[1]):
                self.longest = key, streak

    def at(self, key: str) -> list[Attempt]:
        """The failures that count at one thing (of each person those on one machine) or at one known failure."""
        streak = self._open.get(key, [])
        places: dict[str, dict[str, int]] = {}
        for one in streak:
            hosts = places.setdefault(one.actor, {})
            hosts[one.host] = hosts.get(one.host, 0) + 1
        chosen = {actor: max(hosts, key=hosts.__getitem__) for actor, hosts in places.items()}
        return [one for one in streak if key in one.signatures or one.host == chosen[one.actor]]

    def open(self) -> dict[str, list[Attempt]]:
        """Every streak that stands, by what it is at."""
        return {key: self.at(key) for key in self._open}

    def _clear(self, success: Attempt) -> None:
        if not success.things:
            return
        for key, streak in list(self._open.items()):
            left = [one for one in streak if one.host != success.host or not set(one.things) & set(success.things)]
            if left:
                self._open[key] = left
            else:
                del self._open[key]
