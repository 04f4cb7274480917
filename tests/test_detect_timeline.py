"""Timeline rules over whole documents: what they rest on, where they begin and where they stop."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from runbook.detect.catalog import BUILTIN, Catalog, load_catalog
from runbook.detect.load import Loaded, load_folders
from runbook.detect.registry import TIMELINE_RULES
from runbook.detect.story import read_story
from runbook.detect.timeline import examine, rule
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from runbook.model.match import Match


@functools.cache
def catalog() -> Catalog:
    return load_catalog([BUILTIN], None)


@functools.cache
def signatures() -> dict[str, Loaded]:
    loaded, problems = load_folders([BUILTIN])
    assert not problems
    return loaded


def judge(text: str) -> dict[str, Match]:
    document, settings = read_story(text)
    return {match.signature: match for match in examine(document, catalog(), settings)}


def failures(count: int, *, command: str = "docker compose up -d", minutes: int = 5) -> str:
    clock = [9 * 60 + minutes * number for number in range(count)]
    return "\n".join(f"{at // 60:02d}:{at % 60:02d} $ {command} --try {number} => 1" for number, at in enumerate(clock))


@pytest.mark.parametrize("name", sorted(TIMELINE_RULES))
def test_every_rule_has_a_signature_and_says_nothing_about_an_empty_record(name: str) -> None:
    loaded = signatures()
    assert any(c.timeline == name for one in loaded.values() for c in one.signature.match.any)
    document, settings = read_story("")
    from runbook.detect.events import Story

    assert rule(name)(Story(document, settings)) is None


def test_every_practice_is_a_rule_over_the_record() -> None:
    practices = {row[0].removeprefix("practice/") for row in catalog().for_kind("timeline") if "practice/" in row[0]}
    assert len(practices & set(TIMELINE_RULES)) >= 17
    assert {name for name in practices if name not in TIMELINE_RULES} == set()


@pytest.mark.parametrize(
    ("count", "advice"),
    [(2, None), (3, "ask a colleague"), (4, "ask a colleague"), (5, "escalate"), (7, "escalate"), (8, "team meeting")],
)
def test_strikes_ask_for_more_with_their_number(count: int, advice: str | None) -> None:
    """Three, five and eight failures at the same thing; the match rests on every one of them."""
    match = judge(failures(count)).get("practice/three-strikes")
    if advice is None:
        assert match is None
        return
    assert match is not None
    assert advice in match.summary
    assert match.captures["thing"] == "docker compose up"
    assert len(match.entries) == match.count == count


def test_strikes_on_different_machines_are_different_things() -> None:
    text = "\n".join(f"09:0{number} web{number}$ systemctl restart app => 1" for number in range(4))
    assert "practice/three-strikes" not in judge(text)


def test_a_dismissed_finding_makes_no_strike() -> None:
    text = "10:00 $ a => 1\n10:01 $ b => 1\n10:02 $ c => 1\nfinding = docker/x @ 10:00, 10:01, 10:02"
    assert "practice/three-strikes" in judge(text)
    document, settings = read_story(text)
    document.findings[0].state = "dismissed"
    assert "practice/three-strikes" not in {match.signature for match in examine(document, catalog(), settings)}


def test_a_command_that_was_never_run_is_neither_a_strike_nor_destructive() -> None:
    """Refused by the guard (125), not executable (126), not found (127)."""
    text = "\n".join(
        f"09:{minute:02d} $ docker compose down => {status}" for minute, status in enumerate((125, 126, 127))
    )
    assert not {"practice/three-strikes", "practice/destructive-command"} & set(judge(text))


def test_a_match_names_the_entries_it_rests_on_and_fills_its_texts() -> None:
    match = judge("12:00 note: about to\n12:05 prod1:/srv$ sudo docker compose down -v => 0")[
        "practice/destructive-command"
    ]
    assert match.entries == ("E002",)
    assert (match.kind, match.line, match.source) == ("timeline", 0, "INC-2026-02-11-001")
    assert "sudo docker compose down -v" in match.summary
    assert "data in its volumes" in match.summary
    assert "{" not in match.summary + match.fix


def test_a_backup_on_the_same_line_counts_only_before_the_loss() -> None:
    assert "practice/destructive-without-backup" not in judge("12:05 $ cp a.db a.db.bak && rm a.db => 0")
    assert "practice/destructive-without-backup" in judge("12:05 $ rm a.db && cp a.db a.db.bak => 0")


def test_a_backup_that_failed_is_none() -> None:
    assert "practice/destructive-without-backup" in judge("12:00 $ pg_dump app > app.sql => 1\n12:05 $ dropdb app => 0")


def test_a_review_counts_for_what_comes_after_it() -> None:
    assert "practice/destructive-without-review" in judge("12:05 $ dropdb app => 0\n12:06 review: OPS-1 fine")
    assert "practice/destructive-without-review" not in judge("12:05 review: OPS-1 fine\n12:06 $ dropdb app => 0")


UP = "11:10 $ docker compose -p {0} -f docker-compose.pr.yml up -d => 0\n"
DOWN = "11:20 $ docker compose -p {0} -f docker-compose.pr.yml down{1} => 0\n"


@pytest.mark.parametrize(
    ("story", "destroys"),
    [
        (UP.format("plexus-pr") + DOWN.format("plexus-pr", ""), False),
        (UP.format("plexus-pr") + DOWN.format("plexus-pr", " -v"), True),  # its volumes may be older
        (DOWN.format("plexus-pr", ""), True),  # who started it is not on record
        (UP.format("plexus") + DOWN.format("plexus", ""), True),  # not the name of a trial
        ("production.compose_projects = plexus-*\n" + UP.format("plexus-pr") + DOWN.format("plexus-pr", ""), True),
    ],
)
def test_taking_away_the_trial_that_the_record_started_destroys_nothing(story: str, destroys: bool) -> None:
    assert ("practice/destructive-command" in judge(story)) is destroys


def test_what_was_there_before_the_record_is_no_trial_of_its_own() -> None:
    story = """
        11:00 $ docker rm -f app-test => 0
        11:05 $ docker run -d --name app-test app:2 => 0
        11:09 $ docker rm -f app-test => 0"""
    assert len(judge(story)["practice/destructive-command"].entries) == 2


def test_settings_say_what_production_is_and_then_names_do_not() -> None:
    text = "production.paths = /srv/shop\n12:00 /srv/{}/config$ docker compose restart => 0\n12:01 note: x"
    assert judge(text.format("shop"))["practice/production-changed-directly"].captures["where"] == "/srv/shop/config"
    assert "practice/production-changed-directly" not in judge(text.format("production"))
    project = "production.compose_projects = shop-*\n12:00 $ docker compose -p shop-live up -d => 0"
    assert "practice/production-changed-directly" in judge(project)


def test_a_port_collision_on_record_shows_that_two_versions_met() -> None:
    text = "12:05 $ docker compose -p pr up -d => 1\nfinding = net/port-already-in-use @ 12:05"
    assert judge(text)["practice/no-parallel-deployment"].captures["what"] == "port"


def test_a_long_command_is_no_silence() -> None:
    document, settings = read_story("08:00 started\n08:01 $ make restore => 0\n11:00 note: restored\n11:05 resolved")
    assert "practice/silent-gap" in {match.signature for match in examine(document, catalog(), settings)}
    document.commands[0].duration = 3 * 3600 - 120
    assert "practice/silent-gap" not in {match.signature for match in examine(document, catalog(), settings)}


def test_a_gap_says_from_when_to_when_in_the_documents_zone() -> None:
    document, settings = read_story("08:00 started\n08:05 note: x\n13:00 resolved")
    document.zone = "Europe/Berlin"
    match = next(m for m in examine(document, catalog(), settings) if m.signature == "practice/silent-gap")
    assert (match.captures["from"], match.captures["to"], match.captures["duration"]) == (
        "09:05",
        "14:00",
        "4 h 55 min",
    )


def test_the_worst_comes_first() -> None:
    found = list(judge("09:00 started\n12:05 prod1$ docker compose down => 0\n12:06 prod1$ docker compose up -d => 0"))
    assert found[0] == "practice/destructive-without-backup"


def test_the_real_incident_in_short_is_recognised() -> None:
    """What went wrong in the 48 hours that this project comes from, each by its rule."""
    found = judge(
        """
        08:00 started
        11:00 web1:/srv/plexus$ sed -i '/CONFIG_FILE:/a - DATABASE_URL=postgresql://db' docker-compose.yml => 0
        11:05 web1:/srv/plexus$ docker compose up -d => 1
        13:00 web1:/srv/plexus/PR-work$ docker build -t plexus:pr . => 1
        13:20 web1:/srv/plexus/PR-work$ docker build --no-cache -t plexus:pr . => 1
        13:50 web1:/srv/plexus/PR-work$ docker build --no-cache -t plexus:pr . => 1
        16:00 web1:/srv/plexus$ sudo docker compose down => 0
        16:01 web1:/srv/plexus$ sudo docker compose up -d => 1
        20:00 note: production is down
        """
    )
    assert set(found) == {
        "practice/three-strikes",
        "practice/same-command-again",
        "practice/late-escalation",
        "practice/destructive-command",
        "practice/destructive-without-backup",
        "practice/destructive-without-review",
        "practice/no-parallel-deployment",
        "practice/built-from-subdirectory",
        "practice/environment-not-audited",
        "practice/config-not-versioned",
        "practice/not-verified",
        "practice/silent-gap",
        "practice/manual-deployment",
        "db/postgres-forced",
        "docker/build-from-subdirectory",
    }


CLEAN_INCIDENT = """
    production.hosts = web1
    silent_minutes = 30
    08:00 started
    08:02 detected
    08:04 acknowledged
    08:05 (robin) observation: dashboards answer 502 since the release of 07:50
    08:10 (robin) web1:/srv/plexus$ docker compose ps => 0
    08:12 (robin) web1:/srv/plexus$ docker compose logs --since 30m plexus => 0
    08:20 (robin) communication: told support, next word at 08:50
    08:25 (robin) decision: put up the image of yesterday beside it, then switch the proxy
    08:30 (robin) web1:/srv/plexus$ sqlite3 config/plexus.db ".backup '/backup/plexus-0211.db'" => 0
    08:35 (kim) review: OPS-12, plan and commands read, go ahead
    08:40 (robin) web1:/srv/plexus$ ./deploy.sh start plexus:1.4.2 --port 4001 => 0
    08:42 (robin) web1:/srv/plexus$ curl -fsS http://localhost:4001/health => 0
    08:45 (robin) web1:/srv/plexus$ ./deploy.sh switch 4001 => 0
    08:46 mitigated
    08:47 (robin) verification: dashboards load, the log is quiet, 0 errors
    08:50 (robin) communication: told support that it is over
    09:00 resolved
"""

CLEAN_DEPLOYMENT = """
    deployment
    production.hosts = web1
    sign_off = Kim: README, docs/deploy.md
    rollback_plan = start plexus:1.4.2 again, config from /backup/0211
    reviewer = Kim
    status = success
    verification = health answers 200, three pages opened, log quiet for ten minutes
    10:00 (robin) ci-3:/build/plexus$ runbook audit env => 0
    10:01 (robin) backup: config folder and database copied to /backup/0211
    10:02 (kim) review: OPS-15, diff and plan read
    10:05 (robin) ci-3:/build/plexus$ docker build -t plexus:1.4.3 . => 0
    10:15 (robin) web1:/srv/plexus$ docker compose -p plexus-pr -f compose.pr.yaml up -d => 0
    10:17 (robin) web1:/srv/plexus$ curl -fsS http://localhost:4001/health => 0
    10:20 (robin) verification: pages load
"""


@pytest.mark.parametrize("story", [CLEAN_INCIDENT, CLEAN_DEPLOYMENT], ids=["incident", "deployment"])
def test_what_was_run_well_alarms_nobody(story: str) -> None:
    """A backup, a review with its ticket, a deployment beside the old one, a check: nothing of medium or higher."""
    assert not {name for name, match in judge(story).items() if match.severity in {"critical", "high", "medium"}}


@pytest.mark.parametrize(
    "line", ["hello", "09:00 hello", "09:00 nothing: x", "colour = red", "finding = a/b @ 09:00", "25:00 note: x"]
)
def test_an_example_that_cannot_be_read_is_an_error_with_its_line(line: str) -> None:
    with pytest.raises(BadInputError, match="line 2 of the timeline"):
        read_story(f"08:00 started\n{line}")
