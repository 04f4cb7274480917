"""What a step of the interview works with, and what a step is.

A step reads the record (``ctx.doc``), asks (``ctx.prompter``) and saves (``ctx.save``) each answer before it asks the
next question. It keeps nothing itself: what it needs when it is asked again is on record, so that it can be left and
entered at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from runbook.capture.pasted import read_time
from runbook.capture.prompter import GoBack
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from runbook.capture.asking import Asking
    from runbook.model.record import AnyDocument, Deployment, Incident, TimelineEntry
    from runbook.model.settings import Settings


FROM_FILE = "file"
"""Step name of answers from a file; what they say is on record and is not asked again."""


class Keeper(Protocol):
    """Where answers go. When a method returns, what it was given is on disk."""

    def record(self) -> AnyDocument:
        """The record with everything saved so far."""
        ...

    def answer(self, step: str, field: str, value: Any) -> None:
        """Set the dotted ``field`` of the record to ``value`` (JSON)."""
        ...

    def note(self, text: str, *, at: datetime, kind: str) -> str:
        """Add an entry to the timeline and return its id."""
        ...

    def amend(self, target: str, changes: Mapping[str, Any]) -> None:
        """Correct the timeline entry ``target``: its ``at``, ``text``, ``kind``, ``phase``, ``highlight``."""
        ...

    def leave_out(self, target: str, *, out: bool) -> None:
        """Take a timeline entry out of the report, or back in."""
        ...

    def left_out(self) -> list[TimelineEntry]:
        """The timeline entries that are left out, as they were."""
        ...

    def draft(self, step: str, key: str, value: Mapping[str, Any] | None) -> None:
        """Keep what was being typed into question ``key``, or (None) forget it."""
        ...

    def done(self, step: str) -> None:
        """Note that every question of ``step`` is answered."""
        ...


@dataclass
class Context:
    """What a step is given.

    Attributes:
        prompter: asks; remembers drafts and shows progress.
        keeper: saves.
        settings: the team's.
        now: the current time, aware, in ``zone``.
        zone: where people's clocks stand.
        actor: who answers.
        given: dotted fields that were on record before anybody was asked; they are not asked again.
        answered: names of the steps that need not be asked again.
        seen: names of the steps that were answered at some time; they make no suggestions any more.
        step: name of the step being asked.
        backwards: the person came back from the step after this one, so begin with the last question.
        revisit: the step was chosen from the summary, so ask everything it can ask.
        proposed: follow-ups that came up after the follow-ups were answered.
        wants_own: the person is about to add measures of their own.
        explains: the person is about to say why checks were not done.
        documents: path and digest of what is there to be read, by the name under which it is signed.
    """

    prompter: Asking
    keeper: Keeper
    settings: Settings
    clock: Callable[[], datetime]
    zone: tzinfo
    actor: str = ""
    given: frozenset[str] = frozenset()
    preview: Callable[[AnyDocument], str] | None = None
    answered: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    step: str = ""
    backwards: bool = False
    revisit: bool = False
    proposed: list[dict[str, str]] = field(default_factory=list)
    wants_own: bool = False
    explains: bool = False
    documents: Mapping[str, str] = field(default_factory=dict)

    @property
    def doc(self) -> AnyDocument:
        """The record as it stands."""
        return self.keeper.record()

    @property
    def incident(self) -> Incident:
        """The record, where it is an incident's."""
        doc = self.doc
        if doc.document != "incident":
            raise TypeError(f"{doc.id} is no incident")
        return doc

    @property
    def deployment(self) -> Deployment:
        """The record, where it is a deployment's."""
        doc = self.doc
        if doc.document != "deployment":
            raise TypeError(f"{doc.id} is no deployment")
        return doc

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.clock()

    @property
    def first_time(self) -> bool:
        """Whether this step was never answered: the time to make suggestions."""
        return self.step not in self.seen and not self.revisit

    def asks(self, name: str) -> bool:
        """Whether the field is to be asked: it was not on record before, or the person wants to see everything."""
        return self.revisit or name not in self.given

    def moment(self, text: str) -> datetime:
        """The time a person typed; a clock time is of the document's own days.

        Raises:
            BadInputError: it is no time.
        """
        times = self.doc.milestones
        return read_time(text, now=self.now, zone=self.zone, started=times.started, ended=times.resolved)

    def time_problem(self, text: str) -> str | None:
        """What is wrong with ``text`` as a time, or None."""
        try:
            self.moment(text)
        except BadInputError as error:
            return f"{error.message}; {error.hint}" if error.hint else error.message
        return None

    def save(self, name: str, value: Any) -> None:
        """Save an answer of the current step, unless the record says so already."""
        here: Any = self.doc.model_dump(mode="json", by_alias=True)
        for part in name.split("."):
            here = here[part]
        if here != value:
            self.keeper.answer(self.step, name, value)

    def save_merged(self, name: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Save changes to items of ``commands`` or ``findings``: each names its ``id`` and what is new about it."""
        known = {item.id: item for item in getattr(self.doc, name)}
        changed = [
            item for item in items if any(getattr(known[str(item["id"])], key) != value for key, value in item.items())
        ]
        if changed:
            self.keeper.answer(self.step, name, changed)

    def finish(self, name: str) -> None:
        """Note that every question of the step ``name`` is answered."""
        self.keeper.done(name)
        self.answered.add(name)
        self.seen.add(name)

    def in_turn(self, questions: Sequence[Callable[[], bool]]) -> None:
        """Ask several questions, each able to go back to the one before.

        Args:
            questions: each asks, saves and returns True; or returns False because there is nothing to ask.

        Raises:
            GoBack: out of the first.
        """
        position, direction = (len(questions) - 1, -1) if self.backwards else (0, 1)
        self.backwards = False
        while 0 <= position < len(questions):
            try:
                if questions[position]():
                    direction = 1
            except GoBack:
                direction = -1
            position += direction
        if position < 0:
            raise GoBack


def always(_ctx: Context) -> bool:
    """A step that every document needs."""
    return True


@dataclass(frozen=True)
class Step:
    """One step of the interview.

    Args:
        name: in the journal and in scripts; never changes.
        title: in the summary.
        ask: asks and saves.
        state: what is on record, in a few words, for the summary.
        applies: whether it is asked on the way to the summary. The summary reaches every step.
    """

    name: str
    title: str
    ask: Callable[[Context], None]
    state: Callable[[AnyDocument], str]
    applies: Callable[[Context], bool] = always
