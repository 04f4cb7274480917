"""The structured record: what an incident or a deployment is, once the journals are folded and people have curated it.

``record.yaml`` is this model in stable key order. Every list item has an ``id`` so that an edit in a report finds its
way back to it. Times are aware datetimes. A field's type says whether its text is :data:`Prose` or :data:`Captured`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from runbook.model.text import Captured, Prose
from runbook.model.wire import MILESTONES, new_ulid

SeverityName = Literal["critical", "high", "medium", "low"]
IncidentStatus = Literal["investigating", "mitigated", "resolved", "in-review", "closed"]
DeploymentStatus = Literal["planned", "running", "success", "failed", "rolled-back"]
Milestone = Literal["started", "detected", "acknowledged", "mitigated", "resolved"]
Phase = Literal["detection", "investigation", "resolution"]
Role = Literal["", "worked", "helped", "dead-end", "made-worse"]
FindingState = Literal["open", "confirmed", "dismissed"]
Priority = Literal["high", "medium", "low"]
Ref = str
"""The id of a timeline entry, command, evidence or finding in the same record."""

_ID = r"^(INC|DEP)-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{3,}$"

ItemId = Annotated[str, Field(default_factory=lambda: new_ulid(), pattern=r"^[0-9A-Za-z][0-9A-Za-z_.:/@-]{0,119}$")]  # noqa: PLW0108  looked up late: tests replace it


class Part(BaseModel):
    """Base of everything in a record: unknown fields are errors, so that a typing mistake never vanishes.

    Its validator is made when it is first used: a document's holds those of its parts, and a process uses few others.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False, defer_build=True)


class Milestones(Part):
    """The five times from which the metrics come. They must be in order."""

    started: AwareDatetime | None = None
    detected: AwareDatetime | None = None
    acknowledged: AwareDatetime | None = None
    mitigated: AwareDatetime | None = None
    resolved: AwareDatetime | None = None

    def out_of_order(self) -> tuple[str, str] | None:
        """The first pair of milestones that stand in the wrong order, or None."""
        known = [(name, value) for name in MILESTONES if (value := getattr(self, name)) is not None]
        for (earlier, before), (later, after) in pairwise(known):
            if after < before:
                return earlier, later
        return None

    def since_start(self, milestone: Milestone) -> timedelta | None:
        """Time from *started* to ``milestone``, or None where one of them is unknown."""
        value = getattr(self, milestone)
        return None if value is None or self.started is None else value - self.started


class TimelineEntry(Part):
    """One row of the timeline. ``id`` is the journal event's ULID; a command's row has its command's id."""

    id: ItemId
    at: AwareDatetime
    kind: str = "note"
    text: Captured
    actor: Captured = ""
    source: str = ""
    recorded_at: AwareDatetime | None = None
    phase: Phase | None = Field(default=None, description="where a person put it; None: worked out from the milestones")
    highlight: bool = Field(default=False, description="stays in sight when the rest folds away")


class Command(Part):
    """A command that was run, and what became of it. Its row in the timeline has the same id."""

    id: ItemId
    at: AwareDatetime
    command: Captured
    cwd: Captured = ""
    host: Captured = ""
    actor: Captured = ""
    duration: float | None = Field(default=None, ge=0, description="seconds")
    exit_status: int | None = Field(default=None, description="as a shell reports it; None: not known")
    signal: int | None = None
    evidence: list[Ref] = Field(default_factory=list)
    role: Role = ""
    note: Prose = ""

    @property
    def failed(self) -> bool:
        """Whether it is known to have failed."""
        return self.exit_status not in (0, None)


class Evidence(Part):
    """A kept piece of output or a file. ``path`` is relative to the incident's folder."""

    id: ItemId
    name: Captured
    path: str = Field(pattern=r"^evidence/[0-9A-Za-z][0-9A-Za-z._-]{0,120}$")
    at: AwareDatetime | None = None
    size: int = Field(default=0, ge=0, description="bytes of the whole, before it was capped")
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="of the kept file, after redaction")
    omitted: int = Field(default=0, ge=0, description="bytes left out between head and tail")
    note: Captured = ""


class Finding(Part):
    """A known failure that matched. A person confirms or dismisses it, with a reason."""

    id: ItemId
    signature: str
    title: Captured = ""
    severity: Literal["critical", "high", "medium", "low", "info"] = "medium"
    state: FindingState = "open"
    reason: Prose = ""
    kind: str = "output"
    source: Captured = Field(default="", description="file or evidence in which it was found")
    entries: list[Ref] = Field(default_factory=list, description="timeline entries or commands it rests on")
    line: int = Field(default=0, ge=0)
    count: int = Field(default=1, ge=1)
    excerpt: Captured = ""
    captures: dict[str, Captured] = Field(default_factory=dict)
    why: Prose = Field(default="", description="why it happens; kept where the report's template shows it")
    fix: Prose = ""
    verify: list[Captured] = Field(default_factory=list)
    prevention: list[Prose] = Field(default_factory=list)


class Why(Part):
    """One answer to *why*, with what shows it."""

    id: ItemId
    text: Prose
    evidence: list[Ref] = Field(default_factory=list)


class Cause(Part):
    """A root cause as a chain of whys, from what was seen down to what can be changed."""

    id: ItemId
    title: Prose
    whys: list[Why] = Field(default_factory=list)
    proven: bool = Field(default=True, description="False: likely, but nothing on record proves it; the report says so")


class Item(Part):
    """One entry of a plain list of prose, such as a contributing factor."""

    id: ItemId
    text: Prose


class Check(Part):
    """A box of a checklist: who ticked it and when, or why not."""

    id: ItemId
    text: Prose
    done: bool = False
    by: Captured = ""
    at: AwareDatetime | None = None
    note: Prose = ""


class Checklist(Part):
    """A checklist that was gone through: ``id`` is its name, such as ``rollback``."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    title: Captured
    checks: list[Check] = Field(default_factory=list)


class PreventionItem(Part):
    """A measure that keeps it from happening again; ``signature`` says which known failure suggested it."""

    id: ItemId
    text: Prose
    signature: str = ""
    done: bool = False


class Action(Part):
    """A follow-up with an owner and a date."""

    id: ItemId
    text: Prose
    owner: Captured = ""
    due: date | None = None
    priority: Priority = "medium"
    done: bool = False


class Cost(Part):
    """What it cost. ``total()`` shows its arithmetic; a number nobody knows is None, never 0."""

    people: float | None = Field(default=None, ge=0)
    hours: float | None = Field(default=None, ge=0, description="hours of each; None: the incident's duration")
    rate: float | None = Field(default=None, ge=0, description="per person and hour")
    currency: str = Field(default="EUR", pattern=r"^[A-Za-z]{3}$")
    note: Prose = ""
    downtime: float | None = Field(
        default=None, ge=0, description="hours; None: from the start to mitigated, else to resolved"
    )
    downtime_rate: float | None = Field(default=None, ge=0, description="what an hour of downtime costs")
    opportunity: Prose = Field(default="", description="what was not done meanwhile")


class Impact(Part):
    """Who and what was hit."""

    systems: list[Captured] = Field(default_factory=list)
    users: Prose = ""
    data_loss: Prose = ""
    financial: Cost = Field(default_factory=Cost)
    description: Prose = ""


class Lessons(Part):
    """What the team takes away."""

    went_well: list[Item] = Field(default_factory=list)
    went_wrong: list[Item] = Field(default_factory=list)
    lucky: list[Item] = Field(default_factory=list)


class Reference(Part):
    """A link or a document."""

    id: ItemId
    title: Captured = ""
    target: Captured


class Link(Part):
    """How another document of ours relates to this one."""

    document: str = Field(pattern=_ID)
    relation: Literal["caused", "caused-by", "fixed", "fixed-by", "part-of", "has-part", "related"] = "related"


class Ignore(Part):
    """A lint rule that does not hold here, and why. The report carries it as an invisible comment."""

    rule: str = Field(pattern=r"^RB[0-9]{3}$")
    reason: Captured = ""
    where: str = Field(
        default="",
        pattern=r"^[0-9A-Za-z_.:/@-]{0,160}$",
        description="id of an item or name of a field; empty: the whole document",
    )


class Document(Part):
    """What an incident and a deployment have in common."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    document: Literal["incident", "deployment"]
    id: str = Field(pattern=_ID)
    ulid: str = Field(default_factory=new_ulid, pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")
    aliases: list[Annotated[str, Field(pattern=_ID)]] = Field(
        default_factory=list, description="ids it had before, because another document took them first"
    )
    title: Captured = Field(min_length=1)
    template: str = Field(
        default="",
        pattern=r"^([a-z0-9][a-z0-9-]{0,59})?$",
        description="the template of its report; empty: the one that the settings name",
    )
    zone: str = Field(default="UTC", description="time zone in which the report shows times")
    time_note: Prose = Field(
        default="", description="what a reader must know about the times, such as an assumed start"
    )
    milestones: Milestones = Field(default_factory=Milestones)
    timeline: list[TimelineEntry] = Field(default_factory=list)
    commands: list[Command] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    findings: list[Finding] = Field(default_factory=list)
    checklists: list[Checklist] = Field(default_factory=list, description="gone through with `runbook checklist`")
    references: list[Reference] = Field(default_factory=list)
    links: list[Link] = Field(default_factory=list)
    lint_ignores: list[Ignore] = Field(default_factory=list, description="lint rules that do not hold here, and why")
    left_out: list[Ref] = Field(default_factory=list)
    redacted: dict[str, int] = Field(default_factory=dict, description="secrets taken out, by kind")
    synced_through: str = Field(default="", description="ULID of the newest journal event that is folded in")
    synced: dict[str, str] = Field(
        default_factory=dict, description="the same for each journal, where there are several; a journal's name, ULID"
    )

    model_config = ConfigDict(
        extra="forbid",
        validate_assignment=True,
        allow_inf_nan=False,
        populate_by_name=True,
        serialize_by_alias=True,
        defer_build=True,
    )

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        for name in ("timeline", "commands", "evidence", "findings"):
            seen: set[str] = set()
            for item in getattr(self, name):
                if item.id in seen:
                    raise ValueError(f"{name}: the id {item.id} stands twice")
                seen.add(item.id)
        return self

    @property
    def started(self) -> datetime | None:
        """When it began."""
        return self.milestones.started


class Incident(Document):
    """An incident, from its first sign to what was learned."""

    document: Literal["incident"] = "incident"
    severity: SeverityName = "medium"
    status: IncidentStatus = "investigating"
    lead: Captured = ""
    responders: list[Captured] = Field(default_factory=list)
    summary: Prose = ""
    impact: Impact = Field(default_factory=Impact)
    causes: list[Cause] = Field(default_factory=list)
    factors: list[Item] = Field(default_factory=list)
    resolution: Prose = ""
    rollback: Prose = ""
    prevention: list[PreventionItem] = Field(default_factory=list)
    checklist: list[Check] = Field(default_factory=list, description="prevention checklist gathered from the findings")
    lessons: Lessons = Field(default_factory=Lessons)
    actions: list[Action] = Field(default_factory=list)


class Step(Part):
    """A step of a deployment: what was done and what came of it."""

    id: ItemId
    text: Captured
    result: Captured = ""
    ok: bool | None = None
    command: Ref = Field(default="", description="id of the recorded command, if it was one")


class SignOff(Part):
    """Who read which document before the deployment (rule 2 of the source)."""

    by: Captured = ""
    at: AwareDatetime | None = None
    documents: list[Captured] = Field(default_factory=list)


class Deployment(Document):
    """A deployment, planned or done."""

    document: Literal["deployment"] = "deployment"
    status: DeploymentStatus = "planned"
    deployer: Captured = ""
    reviewer: Captured = ""
    changes: Prose = ""
    sign_off: SignOff = Field(default_factory=SignOff)
    pre_checks: list[Check] = Field(default_factory=list)
    practice_checks: list[Check] = Field(
        default_factory=list, description="the team's deployment checklist, step by step"
    )
    steps: list[Step] = Field(default_factory=list)
    verification: Prose = ""
    post_checks: list[Check] = Field(default_factory=list)
    issues: list[Item] = Field(default_factory=list)
    rollback_plan: Prose = ""


AnyDocument = Incident | Deployment
