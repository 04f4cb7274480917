"""A known failure, as one YAML file under ``runbook/signatures/`` or a team's ``signatures/`` describes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

Severity = Literal["critical", "high", "medium", "low", "info"]
AppliesTo = Literal["output", "command", "dockerfile", "compose", "shell", "config", "timeline"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True)


class CommandPattern(_Strict):
    """A command as a shell would run it: program, subcommand, options and arguments. All that is given must hold.

    Attributes:
        program: names without a folder; one of them. ``docker-compose`` is ``docker compose`` here.
        subcommand: its first words that are no options (``compose restart``); one of them.
        flags: options that must stand there; ``-f|--force`` allows either. ``-rf`` has both ``-r`` and ``-f``.
        without: options of which none may stand there.
        options: option -> pattern for its whole value (``--name x``, ``--name=x``, ``-nx``).
        args: pattern searched in the arguments, quotes taken off, joined by single blanks.
        arg: pattern for one argument, blanks in it included.
        not_args: pattern that must not be found there.
        env: pattern for one of the assignments in front (``NAME=value``).
        input: pattern searched in each line that a here-document or here-string gives it.
        writes: pattern for a file that it redirects its output to.
        fed_by: programs of which one must stand in front of it in its pipeline, or in its ``$(…)`` or ``<(…)``.
        host: pattern for the host that it runs on by ``ssh``.
        folder: pattern for the folder that a ``cd`` of the same text went to.
        after: commands of which one must stand before it in the same text, on the same host.
        unless: commands of which none may stand before it, or between it and the one under ``after``.
    """

    program: tuple[str, ...] = Field(min_length=1)
    subcommand: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    options: dict[str, str] = Field(default_factory=dict)
    args: str | None = None
    not_args: str | None = None
    arg: str | None = None
    env: str | None = None
    input: str | None = None
    writes: str | None = None
    fed_by: tuple[str, ...] = ()
    host: str | None = None
    folder: str | None = None
    after: tuple[CommandPattern, ...] = ()
    unless: tuple[CommandPattern, ...] = ()

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)

    @field_validator("program", "subcommand", "flags", "without", "fed_by", "after", "unless", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str | dict) else value


def _form(value: Any) -> str:
    return "pattern" if isinstance(value, dict | CommandPattern) else "rule"


class Condition(_Strict):
    """One thing to look for. Exactly one of the fields is set.

    Attributes:
        regex: RE2 syntax, matched within one line. Named groups become captures. Compiled as written, so use ``(?i)``.
        literal: plain text, matched within one line, case-sensitive.
        hadolint, shellcheck, compose_lint: codes of that linter.
        yaml: what makes a YAML file unreadable, see docs/signatures.md.
        compose_schema: what breaks the published Compose schema, see docs/signatures.md.
        compose: name of a query over a compose file.
        dockerfile, script: names of queries over a Dockerfile, over a shell script.
        dotenv, json_syntax, toml_syntax, systemd, nginx, kubernetes, github_actions, gitlab_ci: what is wrong in a
            settings file of that sort.
        timeline: name of a rule over the recorded timeline.
        command: name of a rule over parsed commands, or a pattern for one command.
    """

    regex: str | None = None
    literal: str | None = None
    hadolint: tuple[str, ...] | None = None
    shellcheck: tuple[str, ...] | None = None
    compose_lint: tuple[str, ...] | None = None
    yaml: tuple[str, ...] | None = None
    compose_schema: tuple[str, ...] | None = None
    compose: str | None = None
    dockerfile: tuple[str, ...] | None = None
    script: tuple[str, ...] | None = None
    dotenv: tuple[str, ...] | None = None
    json_syntax: tuple[str, ...] | None = None
    toml_syntax: tuple[str, ...] | None = None
    systemd: tuple[str, ...] | None = None
    nginx: tuple[str, ...] | None = None
    kubernetes: tuple[str, ...] | None = None
    github_actions: tuple[str, ...] | None = None
    gitlab_ci: tuple[str, ...] | None = None
    timeline: str | None = None
    command: (
        Annotated[Annotated[str, Tag("rule")] | Annotated[CommandPattern, Tag("pattern")], Discriminator(_form)] | None
    ) = None

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)  # a blank can be what matters

    @model_validator(mode="after")
    def _exactly_one(self) -> Condition:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"exactly one of {', '.join(type(self).model_fields)} must be given")
        return self


Mention = Literal["source-code", "passed-test", "documentation", "table-row"]
"""A sort of line that speaks of a failure and does not have it; :mod:`runbook.detect.mentions` says what each is."""


class MatchRule(_Strict):
    """When a signature applies.

    ``any``: at least one condition holds on a line. ``all``: each holds somewhere in the same source. ``none``: a line
    on which one of these holds does not count (the way to keep healthy text quiet). ``not_in``: the same for sorts of
    lines that many signatures have to leave out.
    """

    any: tuple[Condition, ...] = ()
    all: tuple[Condition, ...] = ()
    none: tuple[Condition, ...] = ()
    not_in: tuple[Mention, ...] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> MatchRule:
        if not self.any and not self.all:
            raise ValueError("match needs at least one condition under 'any' or 'all'")
        return self


class Fix(_Strict):
    """What to do. ``text`` is Markdown; ``wrong`` and ``right`` show a change of text. ``{name}`` takes a capture."""

    text: str
    wrong: str = ""
    right: str = ""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)  # the first line's indentation

    @field_validator("text", "wrong", "right")
    @classmethod
    def _without_blank_lines_around(cls, value: str) -> str:
        return value.strip("\n").rstrip()


class Example(_Strict):
    """A text on which the signature must, or must not, fire.

    Attributes:
        text: the text; several lines are one input.
        source: where such a text is seen (program and version, or a public URL).
        kind: what to look at it as; the first of ``applies_to`` if absent.
        path: the file's name, where that says what it is (``app.toml``, ``.github/workflows/ci.yml``).
        beside: files that lie in the same folder, by name; absent: nobody knows what lies there.
    """

    text: str
    source: str
    kind: AppliesTo | None = None
    path: str = ""
    beside: dict[str, str] | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)  # input is taken as it is


class Examples(_Strict):
    """Both lists are run by the catalog test through the real engine."""

    match: tuple[Example, ...] = Field(min_length=1)
    no_match: tuple[Example, ...] = Field(min_length=1)


class Signature(_Strict):
    """One known failure. ``id`` is the file's path without ending (``net/port-already-in-use``)."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$")
    title: str = Field(min_length=3, max_length=90)
    severity: Severity
    summary: str = Field(min_length=10, max_length=240)
    applies_to: tuple[AppliesTo, ...] = Field(min_length=1)
    match: MatchRule
    captures: dict[str, str] = Field(
        default_factory=dict, description="name of a capture -> what stands in its place when it was not captured"
    )
    why: str
    fix: Fix
    verify: tuple[str, ...] = ()
    prevention: tuple[str, ...] = Field(min_length=1)
    references: tuple[str, ...] = Field(min_length=1)
    related: tuple[str, ...] = ()
    examples: Examples
