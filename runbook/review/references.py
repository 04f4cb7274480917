"""Every id by which one part of a record names another, and what a link's target means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.model.record import Deployment, Incident

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.record import AnyDocument
    from runbook.model.yamltext import Path

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:|//")
_DOCUMENT = re.compile(r"(?<![\w/.-])(?:INC|DEP)-\d{4}-\d{2}-\d{2}-\d{3,6}(?![\w-])")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def references(document: AnyDocument) -> Iterator[tuple[Path, str, str, str]]:
    """(path, item that names it, section, id) of every reference to an entry, command, kept file or finding."""
    yield from _recorded(document)
    if isinstance(document, Incident):
        for index, cause in enumerate(document.causes):
            for number, why in enumerate(cause.whys):
                for place, reference in enumerate(why.evidence):
                    yield ("causes", index, "whys", number, "evidence", place), why.id, "causes", reference
    elif isinstance(document, Deployment):
        for index, step in enumerate(document.steps):
            if step.command:
                yield ("steps", index, "command"), step.id, "steps", step.command


def _recorded(document: AnyDocument) -> Iterator[tuple[Path, str, str, str]]:
    for index, command in enumerate(document.commands):
        for place, reference in enumerate(command.evidence):
            yield ("commands", index, "evidence", place), command.id, "commands", reference
    for index, finding in enumerate(document.findings):
        for place, reference in enumerate(finding.entries):
            yield ("findings", index, "entries", place), finding.id, "findings", reference


def outside(target: str) -> bool:
    """Whether a link leads out of the repository: an address, a mail."""
    return _SCHEME.match(target) is not None


def named_documents(text: str) -> list[str]:
    """Ids of incidents and deployments that a text names, each once, in order."""
    return list(dict.fromkeys(_DOCUMENT.findall(text)))


def slugs(heading: str) -> set[str]:
    """The fragments under which GitHub and GitLab offer a heading; they join a little differently."""
    text = re.sub(r"\[([^\]\n]{0,200})\]\([^)\n]{0,300}\)", r"\1", heading.strip())
    text = re.sub(r"[`*~\\]", "", text)
    github = _NOT_IN_SLUG.sub("", text.lower()).replace(" ", "-")
    return {github, re.sub(r"-{2,}", "-", github)}
