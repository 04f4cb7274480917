"""What a team declares under ``[verify.NAME]``: the checks that say whether it works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from runbook.errors import BadInputError
from runbook.model.times import parse_duration
from runbook.model.wire import SEVERITIES

JsonScalar = str | int | float | bool | None


def _seconds(value: object) -> object:
    """``2.5``, ``"90 s"``, ``"5 min"`` as seconds."""
    if isinstance(value, str):
        try:
            return parse_duration(value).total_seconds()
        except BadInputError as error:
            raise ValueError(f"{error.message}; write 90 s, 5 min or a number of seconds") from None
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=timedelta(days=1).total_seconds())]


class Check(BaseModel):
    """What every check has.

    Attributes:
        name: what people call it; without one, what it looks at.
        timeout: seconds one attempt may take.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = ""
    timeout: Seconds = Field(default=5.0, gt=0)

    @property
    def kind(self) -> str:
        """The key that says what is looked at, such as ``http``."""
        return next(name for name in type(self).model_fields if name in KINDS)

    @property
    def target(self) -> str:
        """What is looked at."""
        return str(getattr(self, self.kind))

    @property
    def title(self) -> str:
        """Its name, else what it looks at."""
        return self.name or f"{self.kind} {self.target}"


class HttpCheck(Check):
    """An HTTP answer: its status, a text in it, a value in its JSON."""

    http: str = Field(pattern=r"^https?://", description="the address")
    method: str = Field(default="GET", pattern=r"^[A-Z]+$")
    headers: dict[str, str] = Field(default_factory=dict)
    status: int | list[int] | None = Field(default=None, description="what it must be; any 2xx where absent")
    contains: str = Field(default="", description="what must stand in the body")
    json_: str = Field(default="", alias="json", description="dotted path into the body's JSON: data.0.id")
    equals: JsonScalar = Field(default=None, description="what stands there")
    at_least: float | None = Field(default=None, description="the least number there, or length of a list")
    insecure: bool = Field(default=False, description="take any certificate")

    @model_validator(mode="after")
    def _json_is_asked_something(self) -> HttpCheck:
        if not self.json_ and (self.at_least is not None or "equals" in self.model_fields_set):
            raise ValueError("equals and at_least need json, the path to the value")
        return self


_HostPort = Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:.%]+\]|[^:\s/]+):[0-9]{1,5}$")]


class TcpCheck(Check):
    """A TCP port that accepts a connection."""

    tcp: _HostPort = Field(description="host:port")


class TlsCheck(Check):
    """A certificate that is valid for its host and for some days more."""

    tls: _HostPort = Field(description="host:port")
    days: int = Field(default=14, ge=0)
    ca: str = Field(default="", description="file with the certificates to trust, beside the system's")


class ProcessCheck(Check):
    """A program that runs, by its name or a part of its command line."""

    process: str = Field(min_length=1)
    at_least: int = Field(default=1, ge=0, description="how many; 0: none may run")


class ContainerCheck(Check):
    """A container's state and health, from the Docker API."""

    container: str = Field(min_length=1)
    state: str = "running"
    health: str = Field(default="", description="such as healthy; any where absent")


class FileCheck(Check):
    """A file that is there, or is not."""

    file: str = Field(min_length=1)
    absent: bool = False
    mode: str = Field(default="", pattern=r"^([0-7]{3,4})?$")
    owner: str = ""
    contains: str = ""


class DiskCheck(Check):
    """Room on the disk that holds a path."""

    disk: str = Field(min_length=1)
    free: str = Field(default="10%", pattern=r"^[0-9]+(\.[0-9]+)? ?(%|[kMGT]?B)$")


class CommandCheck(Check):
    """A shell command, its exit status and what it prints."""

    command: str = Field(min_length=1)
    exit: int = 0
    contains: str = ""


class LogCheck(Check):
    """A log without known failures since some time."""

    log: str = Field(min_length=1, description="a file; or a command that prints a log, after `$ `")
    since: str = Field(default="", description="5 min ago, 14:32; lines that are older do not count")
    severity: Literal["critical", "high", "medium", "low"] = Field(default="high", description="the least that counts")
    timeout: Seconds = Field(default=60.0, gt=0)

    @property
    def severities(self) -> tuple[str, ...]:
        """The severities that count."""
        return SEVERITIES[: SEVERITIES.index(self.severity) + 1]


class DnsCheck(Check):
    """A name that resolves, to these addresses where some are given."""

    dns: str = Field(min_length=1)
    address: list[str] = Field(default_factory=list)


KINDS = ("http", "tcp", "tls", "process", "container", "file", "disk", "command", "log", "dns")


def _kind(value: Any) -> str | None:
    if isinstance(value, Check):
        return value.kind
    found = [name for name in KINDS if isinstance(value, dict) and name in value]
    return found[0] if found else None


AnyCheck = Annotated[
    Annotated[HttpCheck, Tag("http")]
    | Annotated[TcpCheck, Tag("tcp")]
    | Annotated[TlsCheck, Tag("tls")]
    | Annotated[ProcessCheck, Tag("process")]
    | Annotated[ContainerCheck, Tag("container")]
    | Annotated[FileCheck, Tag("file")]
    | Annotated[DiskCheck, Tag("disk")]
    | Annotated[CommandCheck, Tag("command")]
    | Annotated[LogCheck, Tag("log")]
    | Annotated[DnsCheck, Tag("dns")],
    Discriminator(
        _kind,
        custom_error_type="no_kind",
        custom_error_message=f"says nothing to look at; it needs one of {', '.join(KINDS)}",
    ),
]


class Verification(BaseModel):
    """The checks of one ``[verify.NAME]``.

    Attributes:
        deadline: seconds for which a failing check is tried again.
        check: what is looked at.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    deadline: Seconds = 0.0
    check: list[AnyCheck] = Field(default_factory=list)


State = Literal["waiting", "trying", "ok", "failed"]


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of one check.

    Attributes:
        title: as people call it.
        kind: ``http``, ``tcp``, …
        target: what is looked at.
        state: ``waiting`` before the first answer, ``trying`` again after a failure, then ``ok`` or ``failed``.
        detail: what was seen.
        seconds: since the first attempt.
        attempts: how many there were.
    """

    title: str
    kind: str
    target: str
    state: State = "waiting"
    detail: str = ""
    seconds: float = 0.0
    attempts: int = 0

    @property
    def ok(self) -> bool:
        """Whether it passed."""
        return self.state == "ok"
