"""Rules about what lies where: data outside a mount, files that root left behind, values set in several places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.detect.classify import edited_files, verb, words_of
from runbook.detect.events import Event, Hit, Story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.commands import SimpleCommand

_POSTGRES_URL = re.compile(r"\b(?P<name>[A-Z][A-Z0-9_]*(?:URL|URI|DSN))\b.{0,12}?postgres(?:ql)?://", re.DOTALL)
_POSTGRES_FAILURES = re.compile(
    r"(?i)\bdatabase_url\b|postgres|\b5432\b|could not connect to (?:the )?(?:server|database)"
)
_POSTGRES_FINDINGS = ("db/", "net/connection-refused", "net/dns-name-not-resolved", "net/timeout")
_ASSIGNED = re.compile(r"(?<![\w$.{-])(?P<name>[A-Z][A-Z0-9_]{2,})(?:=|:\s)[\"']?(?P<value>[^\s\"';|&/\\]*)")
_SETTINGS_FILE = re.compile(
    r"(?:^|/)(?:\.env(?:\.\w+)?|[\w.-]+\.env|(?:docker-)?compose[\w.-]*\.ya?ml|dockerfile)$", re.IGNORECASE
)
_NOT_SET_TWICE = frozenset({"PATH", "HOME", "TERM", "LANG", "LC_ALL", "EDITOR", "PAGER", "PS1", "DEBIAN_FRONTEND"})
_SUBSTITUTION = re.compile(r"(?<![\w/])s([|/#,@])")
_STATEFUL = re.compile(
    r"(?:^|/)(?:postgres(?:ql)?|mysql|mariadb|mongo|influxdb|elasticsearch|opensearch|clickhouse\S*|rabbitmq|gitea|"
    r"grafana\S*|n8n|vaultwarden|minio|neo4j|couchdb|cockroach|timescaledb|postgis)(?:[:@]|$)"
)
_DATA_VARIABLE = re.compile(r"^(?P<name>[A-Z0-9_]*(?:DATA|DB|DATABASE|STORAGE|SQLITE)[A-Z0-9_]*)=(?P<path>/[^\s:]+)$")
_SCRATCH = ("/tmp", "/var/tmp", "/run", "/dev/shm", "/var/cache")  # noqa: S108  named, not used
_DENIED = ("fs/permission-denied", "fs/root-owned-files", "volume/not-writable", "fs/operation-not-permitted")


def postgres_forced(story: Story) -> Hit | None:
    """A PostgreSQL address was added where nothing spoke of PostgreSQL before, and after that things failed."""
    added: tuple[Event, str] | None = None
    findings = [finding for finding in story.document.findings if finding.state != "dismissed"]
    failing = {entry for each in findings if each.signature.startswith(_POSTGRES_FINDINGS) for entry in each.entries}
    for event in story.events:
        if added is None:
            match = _POSTGRES_URL.search(event.text)
            if match and event.command is not None and any(_sets_for_later(simple) for simple in event.commands):
                added = event, match["name"]
            elif "postgres" in event.text.lower():
                return None  # it was there all along
        elif event.id in failing or (event.failed and (event.command is not None or _names_postgres(event))):
            return Hit([added[0], event], {"variable": added[1], "at": story.clock(added[0].at)}, count=1)
        elif not event.failed and any(verb(simple) == ("compose", "up") for simple in event.commands):
            return None  # it came up with it
    return None


def shadowed_variable(story: Story) -> Hit | None:
    """One variable was given different values in several places on one host; only one of them counts."""
    seen: dict[tuple[str, str], dict[str, tuple[str, Event]]] = {}
    for event, simple in story.simple():
        if event.failed:
            continue
        for name, value, place in _settings(simple):
            places = seen.setdefault((event.host(simple), name), {})
            places[place] = value, event
            values = {each for each, _event in places.values() if each}
            if len(places) > 1 and len(values) > 1:
                events = sorted({each for _value, each in places.values()}, key=lambda each: each.at)
                captures = {"variable": name, "places": " and ".join(places), "service": "SERVICE"}
                winner = _winner(list(places))
                captures |= {"winner": winner, "loser": next(each for each in places if each != winner)}
                return Hit(events, captures, count=len(places))
    return None


def root_owned_files(story: Story) -> Hit | None:
    """A container without ``--user`` wrote into a folder of the host, and later the folder had to be won back."""
    wrote: dict[str, tuple[Event, str]] = {}
    denied = {
        entry
        for finding in story.document.findings
        if finding.signature in _DENIED and finding.state != "dismissed"
        for entry in finding.entries
    }
    for event, simple in story.simple():
        host = event.host(simple)
        source = _bind_as_root(simple)
        if source:
            wrote[host] = event, source
        elif host in wrote:
            taken_back = simple.program == "chown" and simple.sudo and bool({"-R", "--recursive"} & set(simple.args))
            refused = event.id in denied and verb(simple)[0] != "docker"
            if taken_back or refused:
                return Hit(list(dict.fromkeys([wrote[host][0], event])), {"path": wrote[host][1]}, count=1)
    return None


def data_outside_mount(story: Story) -> Hit | None:
    """A container kept its data where nothing was mounted, and was then removed."""
    kept: dict[tuple[str, str], tuple[Event, str]] = {}
    for event, simple in story.simple():
        if event.failed:
            continue
        tool, what = verb(simple)
        host = event.host(simple)
        if (tool, what) == ("docker", "run"):
            name, path = _option(simple, "--name"), _unmounted_data(simple)
            if name and path and "--rm" not in simple.args:
                kept[(host, name)] = event, path
        elif tool == "docker" and what in {"rm", "container"}:
            for word in words_of(simple)[1:]:
                if (host, word) in kept:
                    ran, path = kept[(host, word)]
                    return Hit([ran, event], {"service": word, "path": path}, count=1)
    return None


def _sets_for_later(simple: SimpleCommand) -> bool:
    """Whether it leaves a value behind: in a file, in the shell, in a container."""
    asked = verb(simple)
    return bool(edited_files(simple)) or simple.program == "export" or asked in {("docker", "run"), ("kubectl", "set")}


def _names_postgres(event: Event) -> bool:
    return bool(_POSTGRES_FAILURES.search(event.text))


def _settings(simple: SimpleCommand) -> Iterator[tuple[str, str, str]]:
    """Name, value and place of every variable that a command sets for a program to come."""
    found: list[tuple[str, str]] = []
    tool, what = verb(simple)
    if simple.program == "export":
        place, found = "the shell", [_pair(arg) for arg in simple.args]
    elif (tool, what) in {("docker", "run"), ("compose", "run")}:
        place, found = f"{tool} run -e", [_pair(value) for value in _values(simple, "-e", "--env")]
    elif tool in {"compose", "docker"} and simple.env:
        place, found = "the shell", [_pair(value) for value in simple.env]
    else:
        files = [path for path in edited_files(simple) if _SETTINGS_FILE.search(path)]
        place = files[0] if files else ""
        if files:
            text = " ".join(simple.args)
            if simple.program == "sed":
                text = _replacement(text)
            found = [(match["name"], match["value"]) for match in _ASSIGNED.finditer(text)]
    for name, value in found:
        if place and name and name not in _NOT_SET_TWICE and not value.startswith("$"):
            yield name, value, place


def _replacement(text: str) -> str:
    """What a sed script puts in, without what it looks for: ``s|A=1|A=2|`` gives ``A=2``."""
    match = _SUBSTITUTION.search(text)
    parts = text[match.end() :].split(match[1]) if match else []
    return parts[1] if len(parts) > 1 else text


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    return (name, value) if equals and re.fullmatch(r"[A-Z][A-Z0-9_]+", name) else ("", "")


def _winner(places: list[str]) -> str:
    """Which of these places Compose and Docker take the value from; the later one where they rank alike."""

    def rank(place: str) -> int:
        if place.endswith(" run -e"):
            return 0
        if "compose" in place:
            return 1
        return 3 if place == "the shell" else 2

    return min(reversed(places), key=rank)


def _bind_as_root(simple: SimpleCommand) -> str:
    """The host folder that a ``docker run`` without ``--user`` can write into; empty: none."""
    if verb(simple) != ("docker", "run") or _option(simple, "-u", "--user"):
        return ""
    for spec in _values(simple, "-v", "--volume"):
        source, _colon, rest = spec.partition(":")
        if source.startswith(("/", "$", ".", "~")) and not rest.endswith(":ro") and not source.startswith("/var/run"):
            return source
    return ""


def _unmounted_data(simple: SimpleCommand) -> str:
    """Where a ``docker run`` keeps data that no mount covers; empty: nowhere that can be seen."""
    targets = [spec.split(":")[1] for spec in _values(simple, "-v", "--volume") if spec.count(":")]
    for spec in _values(simple, "--mount"):
        targets += [part.split("=", 1)[1] for part in spec.split(",") if part.startswith(("target=", "dst=", "destin"))]
    targets += [spec.split(":")[0] for spec in _values(simple, "--tmpfs")]
    for value in _values(simple, "-e", "--env"):
        match = _DATA_VARIABLE.match(value)
        if match and not match["path"].startswith(_SCRATCH) and not _covered(match["path"], targets):
            return match["path"]
    images = [word for word in words_of(simple)[1:] if _STATEFUL.search(word)]
    return f"the data folder of {images[0]}" if images and not targets else ""


def _covered(path: str, targets: list[str]) -> bool:
    return any(path == target.rstrip("/") or path.startswith(target.rstrip("/") + "/") for target in targets)


def _values(simple: SimpleCommand, *names: str) -> list[str]:
    """The values of an option, in both spellings."""
    found = [simple.args[at + 1] for at, arg in enumerate(simple.args[:-1]) if arg in names]
    for name in names:
        if name.startswith("--"):
            found += [arg.split("=", 1)[1] for arg in simple.args if arg.startswith(f"{name}=")]
    return found


def _option(simple: SimpleCommand, *names: str) -> str:
    return next(iter(_values(simple, *names)), "")
