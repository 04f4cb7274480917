"""The parts of a service in one form each, whichever of their syntaxes the file uses: variables, ports, mounts, order.

Source of the format: https://docs.docker.com/reference/compose-file/services/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from runbook.detect.artefacts.compose.project import resolved

if TYPE_CHECKING:
    from runbook.detect.artefacts.compose.project import Service
    from runbook.detect.artefacts.yamltree import Node

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")
_MODES = frozenset({"z", "Z", "ro", "rw", "nocopy", "cached", "delegated", "consistent"})


class Variable(NamedTuple):
    """One entry of ``environment``. ``value`` is None where it is taken from the shell; defaults are filled in."""

    name: str
    value: str | None
    place: Node


class Port(NamedTuple):
    """One published port. ``host`` and ``published`` are "" where the file gives none."""

    host: str
    published: str
    target: str
    place: Node

    @property
    def everywhere(self) -> bool:
        """Whether it is published to every interface of the host."""
        return self.host in {"", "0.0.0.0", "::", "[::]"}  # noqa: S104  read, not bound


class Mount(NamedTuple):
    """One mount. ``type`` is ``bind``, ``volume``, ``tmpfs``, or "" where a variable hides it."""

    type: str
    source: str
    target: str
    options: frozenset[str]
    creates: bool
    place: Node

    @property
    def writable(self) -> bool:
        """Whether the container may write there."""
        return "ro" not in self.options

    @property
    def relative(self) -> bool:
        """Whether the source is a host path whose meaning depends on where the file lies."""
        return self.type == "bind" and self.source.split("/")[0] in {".", ".."}


def variables(service: Service) -> list[Variable]:
    """The entries of ``environment``, list or map."""
    node = service.get("environment")
    if node is None:
        return []
    if node.kind == "map":
        return [
            Variable(name, None if entry.value.empty else resolved(entry.value.text), entry.key)
            for name, entry in node.entries.items()
            if entry.value.kind == "scalar"
        ]
    found = []
    for item in node.items:
        if item.kind == "scalar":
            name, equals, value = item.text.partition("=")
            found.append(Variable(name.strip(), resolved(value) if equals else None, item))
    return found


def ports(service: Service) -> list[Port]:
    """What ``ports`` publishes, short or long."""
    node = service.get("ports")
    found = []
    for item in node.items if node is not None else []:
        if item.kind == "scalar":
            parts = _split(resolved(item.text).split("/")[0])
            if len(parts) == 1:
                found.append(Port("", "", parts[0], item))
            elif len(parts) == 2:
                found.append(Port("", parts[0], parts[1], item))
            else:
                found.append(Port(":".join(parts[:-2]), parts[-2], parts[-1], item))
        elif item.kind == "map":
            host, published, target = (_text(item, name) for name in ("host_ip", "published", "target"))
            found.append(Port(host, published, target, item))
    return found


def mounts(service: Service) -> list[Mount]:
    """What ``volumes`` and ``tmpfs`` mount, short or long."""
    found = []
    node = service.get("volumes")
    for item in node.items if node is not None else []:
        mount = _short_mount(item) if item.kind == "scalar" else _long_mount(item) if item.kind == "map" else None
        if mount is not None:
            found.append(mount)
    node = service.get("tmpfs")
    if node is not None:
        found += [
            Mount("tmpfs", "", item.text.split(":", 1)[0], frozenset(), creates=False, place=item)
            for item in node.items or [node]
            if item.kind == "scalar"
        ]
    return found


def _short_mount(item: Node) -> Mount | None:
    text = resolved(item.text)
    drive = text[:2] if _WINDOWS.match(text) else ""
    parts = _split(text[len(drive) :])
    parts[0] = drive + parts[0]
    if len(parts) == 1:
        return Mount("volume", "", parts[0], frozenset(), creates=False, place=item)
    source, target = parts[0], parts[1]
    options = frozenset(parts[2].split(",")) if len(parts) > 2 else frozenset[str]()
    return Mount(_type_of(source), source, target.rstrip("/") or "/", options, creates=True, place=item)


def _long_mount(item: Node) -> Mount | None:
    source, target, kind = (_text(item, name) for name in ("source", "target", "type"))
    options = {"ro"} if _text(item, "read_only").lower() == "true" else set()
    selinux = _text(item, "bind", "selinux")
    if selinux:
        options.add(selinux)
    creates = _text(item, "bind", "create_host_path").lower() != "false"
    place = item.get("source") or item
    return Mount(kind or "volume", source, target.rstrip("/") or "/", frozenset(options), creates=creates, place=place)


def _type_of(source: str) -> str:
    if source.startswith((".", "/", "~")) or _WINDOWS.match(source):
        return "bind"
    if "$" in source:
        return ""
    return "volume"


def is_volume_name(text: str) -> bool:
    """Whether Compose takes the source of a mount for the name of a volume."""
    return bool(_NAME.fullmatch(text))


class Dependency(NamedTuple):
    """One entry of ``depends_on``. ``condition`` is ``service_started`` where the file says nothing."""

    name: str
    condition: str
    place: Node


def dependencies(service: Service) -> list[Dependency]:
    """What has to be there before the service, list or map."""
    node = service.get("depends_on")
    if node is None:
        return []
    if node.kind == "map":
        return [
            Dependency(name, _text(entry.value, "condition") or "service_started", entry.key)
            for name, entry in node.entries.items()
        ]
    return [Dependency(item.text, "service_started", item) for item in node.items if item.kind == "scalar"]


def names(node: Node | None) -> list[tuple[str, Node]]:
    """The names that a list of texts or the keys of a map give, each with its place."""
    if node is None:
        return []
    if node.kind == "map":
        return [(name, entry.key) for name, entry in node.entries.items()]
    return [(item.text, item) for item in node.items if item.kind == "scalar"]


def words(service: Service, *path: str) -> list[str]:
    """A command given as a list or as one text, as words; shell syntax is not undone."""
    node = service.get(*path)
    if node is None:
        return []
    if node.kind == "list":
        return [item.text for item in node.items]
    return node.text.split()


def _text(node: Node, *path: str) -> str:
    found = node.get(*path)
    return resolved(found.text) if found is not None and found.kind == "scalar" and not found.empty else ""


def _split(text: str) -> list[str]:
    """``text`` at its colons, except inside ``${…}`` and ``[…]``."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "{[":
            depth += 1
        elif char in "}]":
            depth = max(0, depth - 1)
        elif char == ":" and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]
