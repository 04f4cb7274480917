"""What the configuration document of a Compose project says beside its environment, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What a service's image is built from.

    Attributes:
        context: the folder, as seen from the Compose file's.
        dockerfile: its path, as seen from there.
        base: the image at the bottom.
        needs: what ``COPY`` and ``ADD`` take from the context, with whether it is there.
    """

    context: str
    dockerfile: str
    base: str
    needs: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseHint:
    """Something that says which database a service uses: a variable, or a package its code depends on."""

    kind: str
    evidence: str
    place: str


@dataclass(frozen=True, slots=True)
class ConfigurationFacts:
    """Of one project.

    Attributes:
        version: what the project says of itself, with the place; empty where nothing does.
        builds: by service.
        databases: by service.
    """

    version: tuple[str, str]
    builds: dict[str, BuildFacts]
    databases: dict[str, tuple[DatabaseHint, ...]]
