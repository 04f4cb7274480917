"""`push` and `join` over every way to a remote, served on loopback: in any order, all at once, and nothing is lost."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from remotes import KINDS, serve, smart_http
from test_share import Team

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("robin", "kim", "noor")


@pytest.fixture(params=KINDS)
def team(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """Three people whose only way to one another is the served remote."""
    team = Team(home, *NAMES)
    with serve(request.param, home, team.hub, monkeypatch) as url:
        for person in team.people.values():
            person.repo.git("remote", "set-url", "origin", url)
        yield team


def test_in_any_order_and_all_at_once_nothing_is_lost(team: Team) -> None:
    """A round of exchanges in a drawn order, then a race of all three, then everybody has what anybody recorded."""
    identifier = team.open()
    order = random.Random(4).sample(NAMES, k=len(NAMES))
    for number, name in enumerate(order):
        team[name]("log", f"note {number} of {name}")
        team[name]("push")
    for name in NAMES:
        team[name]("run", "--", "sh", "-c", f"echo output of {name}")
    team.race("push", identifier)
    for name in NAMES:
        team[name]("push")
    everything = team["robin"].ids()
    assert all(team[name].ids() == everything for name in NAMES)
    texts = team["kim"].texts()
    assert {f"note {number} of {name}" for number, name in enumerate(order)} <= set(texts)
    assert len(texts) == len(set(team["kim"].ids()))
    for name in NAMES:
        kept = sorted(path.read_bytes() for path in (team[name].folder / "evidence").iterdir())
        assert kept == sorted(f"output of {other}\n".encode() for other in NAMES)


def test_a_remote_that_may_only_be_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so in plain words, and what was recorded stays where it is; with the right it gets through."""
    team = Team(home, "robin")
    robin = team["robin"]
    robin("start", "It broke")
    robin("log", "the disk is full")
    with smart_http(home, team.hub, monkeypatch, allow_push=False) as url:
        robin.repo.git("remote", "set-url", "origin", url)
        said = robin("push", status=2)
    assert "origin does not let you share what is recorded here" in said
    assert "everything is on record on this machine" in said
    assert "the disk is full" in robin.texts()
    with smart_http(home, team.hub, monkeypatch) as url:
        robin.repo.git("remote", "set-url", "origin", url)
        assert "2 entries sent" in robin("push")
