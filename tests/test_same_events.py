"""The same event in two sources: it shows how far their clocks are apart, and nothing moves before somebody says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_clocks import two_clocks
from test_schemas import check

from runbook.flow.same_events import Same, same_events
from runbook.model.wire import Entry, ulid_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
OURS = "web1-robin-aaaa"


class Timeline:
    """Entries of several clocks, written as they are said."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, clock: str, seconds: float, kind: str, /, **data: Any) -> Timeline:
        at = (NOON + timedelta(seconds=seconds)).isoformat()
        imported = clock.startswith("import:")
        source = clock if imported else "run" if kind == "command" else "cli"
        number = len(self.entries)
        self.entries.append(
            Entry(
                id=ulid_of(1770811200000 + number, number),
                at=at,
                recorded_at=at if not imported else (NOON + timedelta(hours=9)).isoformat(),
                kind=kind,
                actor="robin",
                source=source,
                data=data,
                writer=OURS if imported else clock,
            )
        )
        return self

    def ran(self, clock: str, seconds: float, command: str, status: int = 0, duration: float = 0.0) -> Timeline:
        return self.add(clock, seconds, "command", command=command, exit_status=status, duration=duration)

    def said(self, clock: str, seconds: float, text: str) -> Timeline:
        return self.add(clock, seconds, "observation", text=text)

    def found(self) -> dict[str, Same]:
        return same_events(self.entries, OURS)

    def offset(self, clock: str) -> float | None:
        same = self.found().get(clock)
        return None if same is None else same.offset.total_seconds()


def test_what_a_command_did_and_what_docker_saw_of_it() -> None:
    times = Timeline().ran(OURS, 0, "docker compose restart web && docker stop old-db", duration=11)
    times.said("import:docker", 133 + 5, "container shop-web-1 (shop/web:1) restarted")
    times.entries[-1].data = {**times.entries[-1].data, "service": "web"}
    times.said("import:docker", 133 + 11, "container old-db (postgres:16) stopped")
    assert times.offset("import:docker") == pytest.approx(130, abs=4)
    assert [one.what for one, _ in times.found()["import:docker"].pairs] == ["web restarted", "old-db stopped"]


@pytest.mark.parametrize(
    ("ours", "theirs", "clock"),
    [
        ("systemctl restart nginx", "systemd: Started nginx.service - A web server.", "import:journalctl"),
        ("sudo systemctl stop nginx.service", "systemd: Stopped A web server (nginx.service)", "import:journalctl"),
        ("docker rm -f old", "container old (x:1) removed", "import:docker"),
    ],
)
def test_one_command_is_enough_where_another_source_says_what_it_did(ours: str, theirs: str, clock: str) -> None:
    assert Timeline().ran(OURS, 0, ours).said(clock, -75, theirs).offset(clock) == -75
    assert Timeline().ran(OURS, 0, ours, status=1).said(clock, -75, theirs).found() == {}
    assert Timeline().ran(OURS, 0, ours).said(clock, -3, theirs).found() == {}, "as good as equal"
    assert Timeline().ran(OURS, 0, ours).said(clock, 4000, theirs).found() == {}, "another time"
    assert Timeline().ran(OURS, 0, ours).said(clock, 7203, theirs).offset(clock) == 7203, "another zone"


def test_commands_of_a_history_pair_with_those_that_were_recorded() -> None:
    times = Timeline()
    for number, command in enumerate(("docker compose ps", "tail -5 app.log", "docker compose ps", "curl -I :80")):
        times.ran(OURS, number * 40, command)
        times.ran("import:bash", number * 40 + 300 + number % 2, command)
    same = times.found()["import:bash"]
    assert same.offset == timedelta(seconds=300.5)
    assert len(same.pairs) == 4
    assert Timeline().ran(OURS, 0, "docker compose ps").ran("import:bash", 300, "docker compose ps").found() == {}


def test_two_people_who_type_the_same_are_two_events() -> None:
    times = Timeline()
    for number, command in enumerate(("docker compose ps", "tail -5 app.log", "curl -I :80")):
        times.ran(OURS, number * 40, command).ran("web2-kim-bbbb", number * 40 + 300, command)
    assert times.found() == {}


def test_a_line_that_two_people_logged() -> None:
    line = "upstream timed out (110) while reading 10.0.0.7:8080"
    assert Timeline().said(OURS, 0, line).said("web2-kim-bbbb", 200, line).offset("web2-kim-bbbb") == 200
    idle = "looking into it now, please wait"
    assert Timeline().said(OURS, 0, idle).said("web2-kim-bbbb", 200, idle).found() == {}


def test_a_notification_may_be_late() -> None:
    firing = "Alert firing: ShopErrorRate [critical]: 5 % of requests fail"
    page = "Triggered: #4711 ShopErrorRate on shop"
    for late, expected in ((45, None), (-45, None), (600, 600), (-300, -300)):
        times = Timeline().said("import:pagerduty", late, page).said("import:alertmanager", 0, firing)
        assert times.offset("import:alertmanager") == (None if expected is None else -expected)
    deployed = Timeline().said(OURS, 0, "Deployment of 3f2a9c1e to production: success")
    deployed.said("import:slack", 3600, "deployment 3f2a9c1 success :tada:")
    assert deployed.offset("import:slack") == 3600


def test_what_does_not_agree_says_nothing() -> None:
    times = Timeline()
    for number, off in enumerate((60, 240, 480)):
        times.said(OURS, number * 1000, f"event number {number} of the log").said(
            "import:log", number * 1000 + off, f"event number {number} of the log"
        )
    assert times.found() == {}
    unequal = Timeline().said(OURS, 0, "event number 7 of the log").said(OURS, 9, "event number 7 of the log")
    assert unequal.said("import:log", 100, "event number 7 of the log").found() == {}


def test_what_was_accepted_or_taken_back_does_not_count() -> None:
    line = "event number 7 of the log"
    times = Timeline().said(OURS, 0, line).said("import:log", 100, line)
    assert times.offset("import:log") == 100
    assert times.add(OURS, 200, "offset", clock="import:log", seconds=100).found() == {}
    again = Timeline().said(OURS, 0, line).said("import:log", 100, line)
    assert again.add(OURS, 200, "undo", target=again.entries[0].id).found() == {}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([OURS, "other-kim-b", "import:log", "import:docker"]),
            st.floats(-1e5, 1e5),
            st.sampled_from(["command", "note", "observation", "offset", "undo"]),
            st.dictionaries(
                st.sampled_from(
                    ["text", "command", "exit_status", "duration", "service", "clock", "seconds", "target"]
                ),
                st.one_of(st.none(), st.integers(-1, 200), st.text(max_size=30), st.lists(st.integers(), max_size=1)),
            ),
        ),
        max_size=8,
    )
)
def test_no_entries_make_it_stumble(rows: list[tuple[str, float, str, dict[str, Any]]]) -> None:
    times = Timeline()
    for clock, seconds, kind, data in rows:
        times.add(clock, seconds, kind, **data)
    for clock, same in times.found().items():
        assert clock != OURS
        assert same.pairs


# --- as people see it


def test_dockers_clock_is_seen_shown_and_put_right_when_somebody_says_so(
    runbook: Runbook, home: Path, repository: Path
) -> None:
    docker = home / "bin/docker"
    docker.parent.mkdir(exist_ok=True)
    docker.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    docker.chmod(0o755)
    runbook("start", "the shop is down", cwd=repository, check=True)
    runbook("run", "--", str(docker), "restart", "web", check=True)
    (ran,) = [entry for entry in shown(runbook) if entry["kind"] == "command"]
    nano = int((datetime.fromisoformat(ran["at"]) + timedelta(seconds=133)).timestamp() * 1e9)
    event = {"Type": "container", "Action": "restart", "Actor": {"ID": "f" * 64, "Attributes": {"name": "web"}}}
    (home / "events").write_text(json.dumps({**event, "time": nano // 10**9, "timeNano": nano}) + "\n")
    runbook("import", "docker", str(home / "events"), "--all", "--yes", check=True)

    status = runbook("status", check=True).stdout
    assert "clocks          import:docker +00:02:1" in status
    said = runbook("offset", check=True).stdout
    assert "import:docker  Docker: ahead by 00:02:1" in said
    assert "(1 event in both)" in said
    assert "web restarted" in said
    assert "runbook offset import:docker --accept" in said
    (row,) = [row for row in check("offset", runbook("offset", "--format", "json").stdout) if not row["ours"]]
    assert 130 < row["proposed"] < 136
    assert row["same_events"][0]["entries"][0] == ran["id"]
    assert times_apart(runbook) > 120, "nothing is applied before somebody says so"

    runbook("offset", "docker", "--accept", check=True)
    assert abs(times_apart(runbook)) < 3
    assert "clocks" not in runbook("status", check=True).stdout
    assert check("status", runbook("status", "--format", "json").stdout)["clocks"] == []
    runbook("undo", check=True)
    assert times_apart(runbook) > 120


def shown(runbook: Runbook) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(runbook("show", "--format", "json", check=True).stdout)["timeline"]
    return rows


def times_apart(runbook: Runbook) -> float:
    ran, seen = (next(row for row in shown(runbook) if key in row["text"]) for key in ("docker restart", "container"))
    return (datetime.fromisoformat(seen["at"]) - datetime.fromisoformat(ran["at"])).total_seconds()


def test_two_responders_who_log_the_same_alert(home: Path) -> None:
    """Before either has read what the other wrote, their clocks can be compared by what both saw."""
    robin, kim = two_clocks(home)
    robin("log", "HTTP 502 from 10.0.0.7 for /checkout")
    kim("log", "HTTP 502 from 10.0.0.7 for /checkout")
    kim("push")
    answer = robin("push")
    assert "1 event in both" in answer
    (clock,) = [row["clock"] for row in check("offset", robin("offset", "--format", "json")) if not row["ours"]]
    robin("offset", "kim", "--accept")
    why = [row["why"] for row in offsets(robin.folder) if row["clock"] == clock]
    assert why == ["the same events as here: “HTTP 502 from 10.0.0.7 for /checkout”"]


def offsets(folder: Path) -> list[dict[str, Any]]:
    lines = [line for path in (folder / "journal").glob("*.jsonl") for line in path.read_text().splitlines()]
    return [row["data"] for row in map(json.loads, lines) if row["kind"] == "offset"]
