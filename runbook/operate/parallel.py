"""The parallel Compose file of rule 3: production's file with a port, names, a tag and volumes of its own."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORT = re.compile(r"^(?P<host>(?:\[[^\]]*\]|[^:]+):)?(?P<published>\d+)(?P<rest>:\d+(?:-\d+)?(?:/\w+)?)$")


def parallel(
    document: Mapping[str, Any], project: str, *, suffix: str = "pr", shift: int = 1, own_data: bool = False
) -> dict[str, Any]:
    """Production's Compose file made into one that can stand beside it.

    Published ports move up by ``shift``; project, services, containers and built images get ``-suffix`` or the tag
    ``suffix``; folders of the host are mounted read-only, or copies of them as they are; named volumes are the new
    project's own.

    Args:
        document: production's file, parsed.
        project: the name of its project.
        suffix: of every name.
        shift: added to every published port.
        own_data: mount ``FOLDER-suffix``, which somebody copies, instead of production's folder read-only.
    """
    made = copy.deepcopy(dict(document))
    made.pop("version", None)
    services = made.get("services") or {}
    renamed = {name: f"{name}-{suffix}" for name in services}
    made["services"] = {
        renamed[name]: _service(dict(service or {}), renamed, suffix, shift, own_data=own_data)
        for name, service in services.items()
    }
    for name, volume in (made.get("volumes") or {}).items():
        if isinstance(volume, dict) and (volume.pop("external", None) or volume.pop("name", None)):
            volume.pop("name", None)
            made["volumes"][name] = volume or None
    return {"name": f"{project}-{suffix}", **{key: value for key, value in made.items() if key != "name"}}


def _service(
    service: dict[str, Any], renamed: Mapping[str, str], suffix: str, shift: int, *, own_data: bool
) -> dict[str, Any]:
    if service.get("container_name"):
        service["container_name"] = f"{service['container_name']}-{suffix}"
    if service.get("build") and service.get("image"):
        repository = str(service["image"]).rpartition(":")
        service["image"] = f"{repository[0] or repository[2]}:{suffix}"
    if service.get("ports"):
        service["ports"] = [_port(port, shift) for port in service["ports"]]
    if service.get("volumes"):
        service["volumes"] = [_mount(mount, suffix if own_data else "") for mount in service["volumes"]]
    depends = service.get("depends_on")
    if isinstance(depends, dict):
        service["depends_on"] = {renamed.get(name, name): value for name, value in depends.items()}
    elif isinstance(depends, list):
        service["depends_on"] = [renamed.get(name, name) for name in depends]
    return service


def _port(port: Any, shift: int) -> Any:
    if isinstance(port, dict):
        published = str(port.get("published", ""))
        return {**port, "published": str(int(published) + shift)} if published.isdigit() else port
    match = _PORT.match(str(port))
    if match is None:
        return port
    return f"{match['host'] or ''}{int(match['published']) + shift}{match['rest']}"


def _mount(mount: Any, suffix: str) -> Any:
    """A folder of the host read-only, or its copy where there is a ``suffix``; other mounts as they are."""
    if isinstance(mount, dict):
        if mount.get("type") != "bind":
            return mount
        return {**mount, "source": f"{mount.get('source')}-{suffix}"} if suffix else {**mount, "read_only": True}
    source, colon, rest = str(mount).partition(":")
    if not colon or not source.startswith((".", "/", "~")):
        return mount
    if suffix:
        return f"{source.rstrip('/')}-{suffix}:{rest}"
    target, colon, options = rest.partition(":")
    kept = [option for option in options.split(",") if option and option not in {"rw", "ro"}]
    return f"{source}:{target}:{','.join(['ro', *kept])}"
