"""A team's settings, ``runbook.toml``: every key optional, every unknown key an error."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from runbook.model.checks import Verification
from runbook.model.rules import BY_NAME, Level
from runbook.model.signature import CommandPattern
from runbook.model.wire import SEVERITIES

_TEMPLATE = r"^[a-z0-9][a-z0-9-]{0,59}$"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cost(_Table):
    """Defaults for what an incident costs."""

    rate: float | None = Field(default=None, ge=0, description="per person and hour")
    people: float | None = Field(default=None, ge=0, description="people usually working on an incident")
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    downtime_rate: float | None = Field(default=None, ge=0, description="what an hour of downtime costs")


class People(_Table):
    """Whom to ask. Shown when a responder has failed at the same thing again."""

    on_call: str = ""
    escalate_to: str = ""


class Timeline(_Table):
    """How the timeline is judged."""

    silent_minutes: int = Field(
        default=60, ge=1, description="an open incident without an entry for this long is a gap"
    )


class Live(_Table):
    """What is said under a command while it hurts."""

    hints: bool = Field(default=True, description="what is known of a failure, under the command that failed")


class Checklists(_Table):
    """The deployment interview's checklists; an empty list takes a checklist away, a missing key is the default."""

    before: list[str] | None = None
    after: list[str] | None = None
    deployment: list[str] | None = None


class Production(_Table):
    """What counts as production, for the guard and the timeline rules. Shell-style patterns (``prod-*``)."""

    hosts: list[str] = Field(default_factory=list)
    paths: list[str] = Field(default_factory=list)
    compose_projects: list[str] = Field(default_factory=list)
    contexts: list[str] = Field(default_factory=list, description="of docker, kubectl and helm")
    branches: list[str] = Field(default_factory=list, description="that git push goes to")


class DestructiveCommand(CommandPattern):
    """A command that a team calls destructive, as a signature would describe it."""

    destroys: str = Field(min_length=3, description='as the end of "takes away ..."')
    safer: str = ""


class Guard(_Table):
    """What happens before a destructive command, and what else counts as one."""

    mode: Literal["ask", "warn", "off"] = "ask"
    destructive: list[DestructiveCommand] = Field(default_factory=list)
    harmless: list[CommandPattern] = Field(default_factory=list)


class Report(_Table):
    """What reports look like. A template is a packaged one, or the team's ``templates/NAME.md.j2``."""

    template: str = Field(default="incident", pattern=_TEMPLATE, description="of incidents")
    deployment_template: str = Field(default="deployment", pattern=_TEMPLATE, description="of deployments")
    public: list[str] = Field(
        default_factory=list, description="addresses and hosts that a summary for outsiders may name; shell-style"
    )
    picture: bool = Field(default=True, description="the timeline as a picture, timeline.svg, shown in the report")


class Commit(_Table):
    """How a finished report is committed."""

    branch: bool = Field(default=False, description="to incident/<id> instead of the current branch")


class Backup(_Table):
    """How backups are kept, and what brings a rollback to life."""

    keep_days: int = Field(default=30, ge=1, description="a backup older than this goes, unless it is a path's newest")
    then: str = Field(default="", description="shell command after a rollback, such as docker compose up -d")


class Words(_Table):
    """More words for the lint rules that look at words; they add to the built-in lists."""

    placeholder: list[str] = Field(default_factory=list, description="stand where something is still to be written")
    blame: list[str] = Field(default_factory=list, description="find fault with a person")
    person: list[str] = Field(default_factory=list, description="names and roles of people, beside those on record")
    vague: list[str] = Field(default_factory=list, description="follow-ups nobody can finish")
    verb: list[str] = Field(default_factory=list, description="what a follow-up may begin with")


class SecretsIgnore(_Table):
    """Files whose secrets are none: samples, texts from a vendor's page."""

    files: tuple[str, ...] = Field(min_length=1, description="paths from the top of the repository; shell-style")
    reason: str = Field(pattern=r"\S", description="why what is in them is no secret")


class Secrets(_Table):
    """Where ``runbook lint`` looks for secrets besides documents, whose folders it always looks through."""

    files: list[str] | None = Field(
        default=None,
        description="paths from the top of the repository; shell-style; by default runbook's own folders and the files"
        " at the top, and everything in a repository that holds little else",
    )
    ignore: list[SecretsIgnore] = Field(default_factory=list)


class Lint(_Table):
    """What ``runbook lint`` asks of a report."""

    rules: dict[str, Literal["error", "warning", "info", "off"]] = Field(
        default_factory=dict, description="the severity of a rule, by its code"
    )
    required: list[str] | None = Field(
        default=None, description="sections of an incident that must be filled; by default those of its status"
    )
    required_deployment: list[str] | None = Field(default=None, description="the same for a deployment")
    words: Words = Words()
    secrets: Secrets = Secrets()


class Publish(_Table):
    """How a report goes to review."""

    branch: str = Field(default="incident/{id}", description="the review branch; {id} stands for the document's id")
    remote: str = Field(default="", description="where it is pushed; empty: the current branch's remote, or origin")
    into: str = Field(
        default="",
        description="the remote that requests go to, where people push to forks of it; empty: `remote`",
    )
    target: str = Field(default="", description="what it shall be merged into; empty: the default branch")
    forge: Literal["", "github", "gitlab", "bitbucket", "bitbucket-server", "gitea", "azure"] = Field(
        default="", description="what the remote runs, where its host's name does not tell"
    )
    draft: bool = Field(default=False, description="open requests as drafts")

    @field_validator("branch")
    @classmethod
    def _names_the_document(cls, value: str) -> str:
        if value.count("{id}") != 1 or value.count("{") != 1:
            raise ValueError("must hold {id} once, such as incident/{id}: each report has a branch of its own")
        return value


class Ci(_Table):
    """The CI job that ``init`` writes."""

    install: str = Field(
        default="python -m pip install incident-runbook=={version}",
        min_length=1,
        pattern=r"^[^\n]+$",
        description="the command that installs runbook there; {version} stands for this one's",
    )


class Settings(_Table):
    """Everything ``runbook.toml`` may hold."""

    zone: str = Field(default="UTC", description="the one time zone in which reports show times")
    severities: dict[str, str] = Field(
        default_factory=dict, description="the team's own name for critical, high, medium, low"
    )
    people: People = People()
    cost: Cost = Cost()
    timeline: Timeline = Timeline()
    live: Live = Live()
    checklists: Checklists = Checklists()
    rules: dict[str, Level] = Field(default_factory=dict, description="each of the ten rules: off, warn or stop")
    production: Production = Production()
    guard: Guard = Guard()
    report: Report = Report()
    commit: Commit = Commit()
    backup: Backup = Backup()
    verify: dict[str, Verification] = Field(default_factory=dict, description="checks, by name: pre, post, …")
    lint: Lint = Lint()
    publish: Publish = Publish()
    ci: Ci = Ci()

    @field_validator("rules")
    @classmethod
    def _known_rules(cls, value: dict[str, Level]) -> dict[str, Level]:
        for name in value:
            if name not in BY_NAME:
                raise ValueError(f"{name!r} is no rule; they are {', '.join(BY_NAME)}")
        return value

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is not a time zone; use a name such as Europe/Berlin or UTC") from None
        return value

    @field_validator("severities")
    @classmethod
    def _known_severities(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name not in SEVERITIES:
                raise ValueError(f"{name!r} is not a severity; they are {', '.join(SEVERITIES)}")
        return value
