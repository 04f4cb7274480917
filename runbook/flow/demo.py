"""The demo: a real incident, replayed from the first command to the commit, in a scratch repository.

The same replay makes this project's own archive, ``incidents/``.
"""

from __future__ import annotations

import os
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook import demo as data
from runbook.capture.answers import Answers, read_answers
from runbook.flow.desk import Place
from runbook.flow.file import Filed, file_document
from runbook.flow.findings import timeline_findings
from runbook.flow.replay import Replay, Session, SessionEntry, load_session, steady_ulid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

IDENTITY = ("runbook demo", "demo@example.org")
DATA = Path(data.__file__).parent
DEPLOYMENTS = ("deployment-1.yaml", "deployment-2.yaml", "deployment-3.yaml")


def scratch_repository(folder: Path) -> str:
    """A repository of reports in ``folder``, and the state folder of this process below it: nothing else is touched."""
    from runbook.publish.repository import create_repository

    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    for name in ("RUNBOOK_REPO", "RUNBOOK_INCIDENT"):
        os.environ.pop(name, None)
    repository = folder / "team-incidents"
    create_repository(repository, identity=IDENTITY)
    return str(repository)


class Demo:
    """One replay into ``repository``.

    Attributes:
        session: what was recorded.
        incident, deployments: what became of it, once ``play`` has run.
    """

    def __init__(self, repository: str) -> None:
        self.place = Place(repository, "option")
        self.session = load_session(DATA / "session.yaml")
        self.incident: Filed | None = None
        self.deployments: list[Filed] = []

    def record(self, heard: Callable[[SessionEntry, Sequence[tuple[str, str]]], None] | None = None) -> Replay:
        """Declare the incident and replay what was recorded; ``heard`` is told of each entry and what it shows."""
        replay = Replay(self.session, self.place, DATA / "evidence")
        replay.run(heard)
        return replay

    def report(self, replay: Replay) -> Filed:
        """Look at the timeline, give the interview's answers and file the incident."""
        for found in timeline_findings(replay.desk):
            replay.write("finding", self.session.recorded, found)
        self.incident = self._answer(replay, self._read("incident.yaml"))
        return self.incident

    def deployment(self, name: str) -> Filed:
        """One failed attempt, as a deployment report."""
        answers = self._read(name)
        started = answers.started()
        session = Session(
            title=answers.title,
            started=started or self.session.started,
            recorded=self.session.recorded,
            actor=self.session.actor,
            host=self.session.host,
            entries=[],
        )
        replay = Replay(session, self.place, DATA / "evidence", document="deployment")
        filed = self._answer(replay, answers)
        self.deployments.append(filed)
        return filed

    def _read(self, name: str) -> Answers:
        text = (DATA / name).read_text("utf-8")
        return read_answers(text, file=name, document=None, now=self.session.recorded, zone=UTC)

    def _answer(self, replay: Replay, answers: Answers) -> Filed:
        answers.data = _identified(answers.data, answers.title or replay.desk.title, replay.session.recorded)
        door = replay.desk.door
        for event in answers.events(replay.desk.record(), refs=replay.refs, clean=door.clean_value):
            replay.write(event.kind, self.session.recorded, event.data)
        return file_document(replay.desk, identity=IDENTITY)


def _identified(value: Any, path: str, moment: datetime) -> Any:
    """``value`` with an id for every item of a list that has none, the same each time: a replay gives equal files."""
    if isinstance(value, dict):
        return {name: _identified(inner, f"{path}.{name}", moment) for name, inner in value.items()}
    if not isinstance(value, list):
        return value
    items = [_identified(item, f"{path}.{index}", moment) for index, item in enumerate(value)]
    return [
        {"id": steady_ulid(moment, f"{path}.{index}", index), **item}
        if isinstance(item, dict) and _has_id(item)
        else item
        for index, item in enumerate(items)
    ]


def _has_id(item: dict[str, Any]) -> bool:
    """Whether this item of a record carries an id: all do but links to other documents."""
    return "document" not in item
