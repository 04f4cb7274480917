"""What matters about a Compose project when a second deployment is to stand beside it, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of the host. ``host`` is empty for all addresses, ``published`` where Docker chooses one."""

    host: str
    published: str
    target: str
    place: str


@dataclass(frozen=True, slots=True)
class MountFact:
    """A mount. ``source`` is absolute for a path of the host, else a volume's name; ``shared``: of every project."""

    kind: str
    source: str
    target: str
    writable: bool
    place: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """One service.

    Attributes:
        name: as under ``services``.
        place: file and line of its name.
        image: what it runs or is tagged as, with a tag; empty where it has none.
        builds: the build context, or empty where it is not built here.
        dockerfile: of the build.
        container_name: empty where Compose makes one.
        ports, mounts: see there.
        databases: (variable, value) of what names a database.
        host_network: whether it shares the host's network.
        labels: its labels, for routers that must be unique.
        healthcheck: whether one is given.
    """

    name: str
    place: str
    image: str = ""
    builds: str = ""
    dockerfile: str = ""
    container_name: str = ""
    ports: tuple[PublishedPort, ...] = ()
    mounts: tuple[MountFact, ...] = ()
    databases: tuple[tuple[str, str], ...] = ()
    host_network: bool = False
    labels: tuple[str, ...] = ()
    healthcheck: bool = False


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """One Compose file.

    Attributes:
        path: as it was named.
        name: of the project: ``COMPOSE_PROJECT_NAME``, the file's ``name``, else its folder's.
        named: whether the file itself says so; else the folder decides, and ``-p`` can still change it.
        services: in the file's order.
    """

    path: str
    name: str
    named: bool
    services: tuple[ServiceFacts, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """Something two deployments cannot both have, or should not.

    Attributes:
        what: ``port``, ``container-name``, ``project``, ``image``, ``data``, ``database``, ``network``, ``router``.
        severity: ``high`` takes production down or changes its data; ``medium`` may.
        message: in a sentence.
        place: in the second file.
        other: in production's.
        fix: what to write instead.
    """

    what: str
    severity: str
    message: str
    place: str
    other: str
    fix: str
