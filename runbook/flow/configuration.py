"""The configuration document of the source's section 15, from the same facts as the audits."""

from __future__ import annotations

import json
import os
import re
import tomllib

from runbook.flow.audit import audit_environment, clean_audit, templates_of
from runbook.flow.compose import project_facts
from runbook.model.configuration import BuildFacts, ConfigurationFacts, DatabaseHint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runbook.model.compose import ServiceFacts

_PACKAGES = {
    "better-sqlite3": "SQLite",
    "sqlite3": "SQLite",
    "aiosqlite": "SQLite",
    "libsql": "SQLite",
    "pg": "PostgreSQL",
    "postgres": "PostgreSQL",
    "psycopg": "PostgreSQL",
    "psycopg2": "PostgreSQL",
    "psycopg2-binary": "PostgreSQL",
    "asyncpg": "PostgreSQL",
    "mysql": "MySQL",
    "mysql2": "MySQL",
    "pymysql": "MySQL",
    "mysqlclient": "MySQL",
    "mongodb": "MongoDB",
    "mongoose": "MongoDB",
    "pymongo": "MongoDB",
    "redis": "Redis",
    "ioredis": "Redis",
}
"""Packages whose presence says which database a program can use."""

_SCHEMES = {
    "sqlite": "SQLite",
    "file": "SQLite",
    "postgres": "PostgreSQL",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mongodb": "MongoDB",
    "mongodb+srv": "MongoDB",
    "redis": "Redis",
}
_MANIFESTS = ("package.json", "pyproject.toml", "requirements.txt")
_DEPTH = 3
"""Folders below the build context in which a manifest is looked for: a workspace's packages lie two below."""

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def configuration_text(path: str, *, env_files: Sequence[str] = (), repo: str | None = None) -> str:
    """The document for the project at ``path``, secrets taken out.

    Raises:
        NotFoundError, BadInputError: a file is not there, cannot be read, or a team's template is broken.
    """
    from datetime import datetime

    from runbook.render.configuration import configuration

    facts = project_facts(path)
    audit = clean_audit(audit_environment(path, env_files=env_files))
    more = ConfigurationFacts(
        _version(os.path.dirname(os.path.abspath(path))),
        {each.name: build for each in facts.services if (build := _build(each, path)) is not None},
        {each.name: tuple(_databases(each)) for each in facts.services},
    )
    today = datetime.now().astimezone().date()
    return configuration(facts, audit, more, on=today, templates=templates_of(repo))


def _build(service: ServiceFacts, path: str) -> BuildFacts | None:
    from runbook.detect.artefacts.artefact import DiskFolder
    from runbook.detect.artefacts.docker.places import sources_of
    from runbook.detect.artefacts.docker.syntax import Dockerfile

    if not service.builds:
        return None
    folder = DiskFolder(service.builds)
    name = service.dockerfile or "Dockerfile"
    here = os.path.dirname(os.path.abspath(path))
    context = os.path.relpath(service.builds, here)
    text = folder.text(name)
    if text is None:
        return BuildFacts(context, os.path.join(context, name), "")
    stage = Dockerfile(text.split("\n")).final
    instructions = stage.lineage() if stage is not None else []
    needs = dict.fromkeys(source for each in instructions for source in sources_of(each) if "$" not in source)
    there = tuple((source, "*" in source or bool(folder.holds(source))) for source in needs)
    return BuildFacts(context, os.path.normpath(os.path.join(context, name)), stage.base if stage else "", there)


def _databases(service: ServiceFacts) -> Iterator[DatabaseHint]:
    for name, value in service.databases:
        scheme = value.partition(":")[0].lower()
        yield DatabaseHint(_SCHEMES.get(scheme, "a database"), name, service.place)
    if service.builds:
        yield from _packages(service.builds)


def _packages(folder: str) -> Iterator[DatabaseHint]:
    seen: set[tuple[str, str]] = set()
    for path in _manifests(folder, _DEPTH):
        for package in _dependencies(path):
            kind = _PACKAGES.get(package.lower())
            if kind is not None and (kind, path) not in seen:
                seen.add((kind, path))
                yield DatabaseHint(kind, package, os.path.relpath(path, folder))


def _manifests(folder: str, depth: int) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in inside:
        if entry.name in _MANIFESTS and entry.is_file():
            yield entry.path
        elif depth and entry.is_dir(follow_symlinks=False) and entry.name not in {"node_modules", ".git", ".venv"}:
            yield from _manifests(entry.path, depth - 1)


def _dependencies(path: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            text = file.read(1 << 20).decode("utf-8", "backslashreplace")
        if path.endswith(".json"):
            raw = json.loads(text)
            return [*(raw.get("dependencies") or {}), *(raw.get("optionalDependencies") or {})]
        if path.endswith(".toml"):
            listed = tomllib.loads(text).get("project", {}).get("dependencies", [])
        else:
            listed = [line for line in text.splitlines() if not line.lstrip().startswith(("#", "-"))]
        return [found[1] for line in listed if (found := _REQUIREMENT.match(str(line)))]
    except (OSError, ValueError, AttributeError):
        return []


def _version(folder: str) -> tuple[str, str]:
    """What the project says of its version, and where."""
    for name in ("package.json", "pyproject.toml", "VERSION"):
        try:
            with open(os.path.join(folder, name), "rb") as file:
                text = file.read(1 << 20).decode("utf-8", "backslashreplace")
            if name == "package.json":
                version = str(json.loads(text).get("version") or "")
            elif name == "pyproject.toml":
                version = str(tomllib.loads(text).get("project", {}).get("version") or "")
            else:
                version = text.strip().splitlines()[0][:80] if text.strip() else ""
        except (OSError, ValueError, AttributeError):
            continue
        if version:
            return version, name
    return "", ""
