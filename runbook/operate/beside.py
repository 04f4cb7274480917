"""What a second deployment beside production needs of its own (rule 3): port, container, project, image tag, data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.model.compose import Clash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.compose import ProjectFacts, PublishedPort, ServiceFacts

_EVERYWHERE = {"", "0.0.0.0", "::", "[::]"}  # noqa: S104  compared, not bound


def clashes(production: ProjectFacts, trial: ProjectFacts) -> list[Clash]:
    """Everything that ``trial`` would take from ``production``, the worst first."""
    found = [*_project(production, trial)]
    for ours in trial.services:
        for theirs in production.services:
            found += [
                *_ports(theirs, ours),
                *_names(theirs, ours),
                *_image(theirs, ours),
                *_data(theirs, ours),
                *_databases(theirs, ours),
                *_routers(theirs, ours),
            ]
    return sorted(found, key=lambda clash: clash.severity != "high")


def _project(production: ProjectFacts, trial: ProjectFacts) -> Iterator[Clash]:
    if production.name != trial.name:
        return
    same = {each.name for each in production.services} & {each.name for each in trial.services}
    effect = (
        f"`up` would replace production's {', '.join(sorted(same))}"
        if same
        else "`down` and `up --remove-orphans` would remove production's containers"
    )
    yield Clash(
        "project",
        "high",
        f"both are the project {trial.name}: {effect}",
        trial.path,
        production.path,
        f"name: {trial.name}-pr",
    )


def _ports(theirs: ServiceFacts, ours: ServiceFacts) -> Iterator[Clash]:
    for port in ours.ports:
        for taken in theirs.ports:
            if port.published and _overlap(port, taken):
                yield Clash(
                    "port",
                    "high",
                    f"port {port.published} of the host belongs to production's {theirs.name}",
                    port.place,
                    taken.place,
                    f'ports: ["{_next(port.published)}:{port.target}"]',
                )
    if ours.host_network and theirs.host_network:
        yield Clash(
            "network",
            "medium",
            f"{ours.name} shares the host's network, as production's {theirs.name} does: their ports are the same",
            ours.place,
            theirs.place,
            "leave out network_mode: host and publish ports of its own",
        )


def _overlap(one: PublishedPort, other: PublishedPort) -> bool:
    addresses = one.host in _EVERYWHERE or other.host in _EVERYWHERE or one.host == other.host
    return addresses and bool(_range(one.published) & _range(other.published))


def _range(published: str) -> set[int]:
    first, _, last = published.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return set()
    return set(range(int(first), int(last or first) + 1))


def _next(published: str) -> str:
    first, _, last = published.partition("-")
    width = int(last or first) - int(first) + 1
    moved = f"{int(first) + width}"
    return f"{moved}-{int(last) + width}" if last else moved


def _names(theirs: ServiceFacts, ours: ServiceFacts) -> Iterator[Clash]:
    if ours.container_name and ours.container_name == theirs.container_name:
        yield Clash(
            "container-name",
            "high",
            f"production's container is called {ours.container_name} too; Docker allows it once",
            ours.place,
            theirs.place,
            f"container_name: {ours.container_name}-pr",
        )


def _image(theirs: ServiceFacts, ours: ServiceFacts) -> Iterator[Clash]:
    if ours.builds and ours.image and ours.image == theirs.image:
        repository = ours.image.rpartition(":")[0]
        yield Clash(
            "image",
            "high",
            f"building it moves the tag {ours.image} away from the image production runs; its next start takes yours",
            ours.place,
            theirs.place,
            f"image: {repository}:pr",
        )


def _data(theirs: ServiceFacts, ours: ServiceFacts) -> Iterator[Clash]:
    for mount in ours.mounts:
        for held in theirs.mounts:
            if not mount.source or mount.source != held.source or not mount.writable or mount.kind == "tmpfs":
                continue
            if mount.kind == "volume" and not (mount.shared and held.shared):
                continue  # each project has volumes of its own, unless they are external or named the same
            yield Clash(
                "data",
                "medium",
                f"both may write to {mount.source}: the trial works on production's data",
                mount.place,
                held.place,
                f"mount it read-only ({mount.source}:{mount.target}:ro), or give the trial a copy",
            )


def _databases(theirs: ServiceFacts, ours: ServiceFacts) -> Iterator[Clash]:
    held = dict(theirs.databases)
    for name, value in ours.databases:
        if value and held.get(name) == value:
            yield Clash(
                "database",
                "high",
                f"{name} is the same as production's: the trial works on production's database",
                ours.place,
                theirs.place,
                f"give {name} a database of the trial's own, or leave it out if it has a default",
            )


def _routers(theirs: ServiceFacts, ours: ServiceFacts) -> Iterator[Clash]:
    for label in sorted(set(ours.labels) & set(theirs.labels)):
        if ".routers." in label or ".services." in label:
            yield Clash(
                "router",
                "medium",
                f"the proxy's label {label.partition('=')[0]} is production's too: it would send visitors to both",
                ours.place,
                theirs.place,
                "give router and service names of the trial's own",
            )
