"""Queries about what is mounted where, and where the program keeps what must not be lost."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from runbook.detect.artefacts.compose.beside import lies_above, lies_alone, made_at_deployment
from runbook.detect.artefacts.compose.found import Found
from runbook.detect.artefacts.compose.images import ENGINE_TOOLS, store_of
from runbook.detect.artefacts.compose.parts import Mount, mounts, variables
from runbook.detect.artefacts.compose.project import BASE_NAMES, Service, project_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.detect.artefacts.compose.project import Project

_DATABASE_FILE = re.compile(r"(?i)\.(?:db|db3|sqlite|sqlite3)$")
_FILE_NAME = re.compile(r"[^/]\.(?!d$)[A-Za-z][A-Za-z0-9]{0,9}$|(?:^|/)\.?(?:env|htpasswd|Caddyfile|Dockerfile)$")
_MEANT_AS_PATH = frozenset(
    {
        *("config", "configs", "conf", "src", "source", "app", "code", "html", "www"),
        *("public", "dist", "build", "certs", "ssl", "nginx", "scripts", "templates"),
    }
)
_SECRET_NAME = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?!example|sample|template|dist)[\w-]+)?|secrets|\.aws|\.ssh|\.kube|\.netrc|\.pgpass|\.docker"
    r"|id_rsa|id_ed25519)$"
)
_SCRATCH = re.compile(r"^/(?:var/)?tmp(?:/(?!\.X11).*)?$|/\.?(?:cache|tmp|temp|scratch)$|^/var/cache/[^/]+$")
_SYSTEM = (
    *("/var/run", "/run", "/proc", "/sys", "/dev", "/etc/localtime", "/etc/timezone", "/etc/passwd", "/etc/group"),
    *("/lib", "/usr", "/boot", "/var/log", "/var/lib/docker", "/etc/ssl", "/etc/pki"),
)
"""What no mount may relabel: the host's own programs would be shut out."""

_DATA_VARIABLE = re.compile(
    r"(?:^|_)(?:DATA|STORAGE|STATE)_?(?:DIR|DIRECTORY|PATH|FOLDER)$|(?:^|_)(?:DB|DATABASE|SQLITE)_?(?:PATH|FILE|FILENAME)$"
)
_SQLITE_URL = re.compile(r"^(?:sqlite(?:3|\+\w+)?:///|file:|libsql:file:)(?P<path>/[^?\s]*)")
_SOCKET = re.compile(r"/(?:docker|podman|containerd)\.sock$|^/(?:var/)?run/?$")
"""The engine's socket, or the folder it lies in."""

_LABELS = frozenset({"z", "Z", "shared", "private"})
_PASSING = ("/tmp", "/dev/shm", "/run", "/var/tmp")  # noqa: S108  named, not used


def bind_source_missing(project: Project) -> Iterator[Found]:
    """A file to be mounted that is not there, of whose name Compose makes a folder; or a folder it may not make."""
    folder = project.artefact.folder
    if folder is None or lies_alone(folder):
        return
    for service in project.services:
        for mount in mounts(service):
            if not mount.relative or service.from_elsewhere or "$" in mount.source or folder.holds(mount.source):
                continue
            is_file = bool(_FILE_NAME.search(mount.source)) and bool(_FILE_NAME.search(mount.target))
            parent = os.path.dirname(os.path.normpath(mount.source))
            elsewhere = bool(parent.strip("./")) and not folder.holds(parent) and _names_settings(mount)
            missed = is_file or elsewhere or not mount.creates
            if missed and not made_at_deployment(folder, mount.source) and not lies_above(folder, mount.source):
                yield Found(mount.place, service=service.name, path=mount.source, target=mount.target)


def _names_settings(mount: Mount) -> bool:
    return os.path.basename(mount.source.rstrip("/")) in _MEANT_AS_PATH


def relative_bind_path(project: Project) -> Iterator[Found]:
    """A host path that is looked up from the folder of the Compose file."""
    for service in project.services:
        for mount in mounts(service):
            if mount.relative:
                yield Found(mount.place, service=service.name, path=mount.source)


def file_instead_of_directory(project: Project) -> Iterator[Found]:
    """One file mounted where the program writes beside it, or a folder where a file is wanted."""
    folder = project.artefact.folder
    for service in project.services:
        folders = _written_to(service)
        for mount in mounts(service):
            if mount.type != "bind":
                continue
            there = folder.holds(mount.source) if folder is not None and mount.relative else ""
            database = bool(_DATABASE_FILE.search(mount.source)) and there != "folder"
            beside = os.path.dirname(mount.target) in folders and bool(_FILE_NAME.search(mount.source))
            wrong_kind = there == "folder" and bool(_FILE_NAME.search(mount.target))
            if wrong_kind or (mount.writable and (database or beside)):
                yield Found(mount.place, service=service.name, source=mount.source, path=mount.target)


def _written_to(service: Service) -> set[str]:
    """Folders in the container that the service's variables name as its data folders."""
    found = set()
    for variable in variables(service):
        value = (variable.value or "").rstrip("/")
        if _DATA_VARIABLE.search(variable.name) and value.startswith("/"):
            found.add(os.path.dirname(value) if _DATABASE_FILE.search(value) else value)
    return found


def named_instead_of_bind(project: Project) -> Iterator[Found]:
    """A volume's name where the folder of that name was meant."""
    folder = project.artefact.folder
    declared = project.top("volumes")
    for service in project.services:
        for mount in mounts(service):
            if mount.type != "volume" or not mount.source or "$" in mount.source:
                continue
            path = "/" in mount.source
            beside = mount.source in _MEANT_AS_PATH or (folder is not None and folder.holds(mount.source) == "folder")
            if path or (beside and mount.source not in declared and project.closed):
                yield Found(mount.place, service=service.name, name=mount.source, target=mount.target)


def secret_file_mounted(project: Project) -> Iterator[Found]:
    """A file or folder that is full of secrets, mounted whole."""
    for service in project.services:
        for mount in mounts(service):
            if mount.type == "bind" and _SECRET_NAME.search(mount.source.rstrip("/")):
                yield Found(mount.place, service=service.name, path=mount.source)


def docker_socket_mounted(project: Project) -> Iterator[Found]:
    """The engine's socket in a container, except in those that filter what may be asked of it."""
    for service in project.services:
        image = service.image
        for mount in mounts(service):
            if _SOCKET.search(mount.source) and not (image is not None and image.name in ENGINE_TOOLS):
                yield Found(mount.place, service=service.name, path=mount.source)


def selinux_label_missing(project: Project) -> Iterator[Found]:
    """A mount without a label, in a file that labels most others and so runs where labels count."""
    everything = [(service, mount) for service in project.services for mount in mounts(service) if mount.type == "bind"]
    bare = [(service, mount) for service, mount in everything if not mount.options & _LABELS]
    if len(everything) - len(bare) < len(bare):
        return
    for service, mount in bare:
        if not mount.source.startswith(_SYSTEM):
            yield Found(mount.place, service=service.name, path=mount.source, target=mount.target)


def cache_not_tmpfs(project: Project) -> Iterator[Found]:
    """Scratch data on a mount that outlives the container."""
    for service in project.services:
        for mount in mounts(service):
            if mount.type in {"bind", "volume"} and mount.writable and _SCRATCH.search(mount.target):
                yield Found(mount.place, service=service.name, path=mount.target)


def shared_database_file(project: Project) -> Iterator[Found]:
    """Two services, or two deployments in one folder, that write one database file or data folder."""
    writers: dict[str, tuple[Service, Mount]] = {}
    for service in project.services:
        for mount in mounts(service):
            source = os.path.normpath(mount.source) if mount.source else ""
            if not source or mount.type == "tmpfs" or not mount.writable or "$" in source:
                continue
            known = writers.setdefault(source, (service, mount))
            if known[0] is not service and (
                _holds_database(*known) or _holds_database(service, mount) or _is_a_trial_of(known[0], service, mount)
            ):
                yield Found(mount.place, service=service.name, other=known[0].name, path=mount.source)
    yield from _shared_with_the_base(project, writers)


def _is_a_trial_of(one: Service, service: Service, mount: Mount) -> bool:
    """Whether two services run versions of one program on one folder of data."""
    first, second = one.image, service.image
    if first is None or second is None or not _looks_like_data(mount):
        return False
    named_after = service.name.startswith(f"{one.name}-") or one.name.startswith(f"{service.name}-")
    return named_after and first.repository == second.repository and first.tag != second.tag


def _holds_database(service: Service, mount: Mount) -> bool:
    if _DATABASE_FILE.search(mount.source):
        return True
    store = store_of(service)
    if store is not None:
        return any(_below(folder, mount.target) or _below(mount.target, folder) for folder in store.data)
    return any(_below(path, mount.target) for path, _variable, sqlite in _data_paths(service) if sqlite)


def _shared_with_the_base(project: Project, writers: dict[str, tuple[Service, Mount]]) -> Iterator[Found]:
    """A second deployment beside the first: its own container names, the same folders."""
    folder = project.artefact.folder
    if folder is None or not project.overlay or "override" in project.artefact.name:
        return
    from runbook.detect.artefacts.artefact import Artefact  # noqa: PLC0415  only for a second file

    base = next((text for name in BASE_NAMES if (text := folder.text(name))), "")
    for other in project_of(Artefact(base, "compose", folder=folder)).services:
        for mount in mounts(other):
            mine = writers.get(os.path.normpath(mount.source)) if mount.source else None
            if mine is None or not mount.writable or mount.type != "bind":
                continue
            apart = mine[0].text("container_name") != other.text("container_name")
            if _is_a_trial_of(other, mine[0], mount) or (
                apart and (_holds_database(other, mount) or _holds_database(*mine) or _looks_like_data(mount))
            ):
                yield Found(mine[1].place, service=mine[0].name, other=other.name, path=mount.source)


def _looks_like_data(mount: Mount) -> bool:
    return bool(re.search(r"(?i)(?:^|/)(?:data|db|database|config|storage)$", mount.source))


def data_outside_mount(project: Project) -> Iterator[Found]:
    """A database, or a program told where to keep its data, with nothing mounted there: it goes with the container.

    Of a database without any mount the file does not say whether its data may be lost, as in tests: that is advice.
    """
    if project.overlay:
        return
    for service in project.services:
        if not service.whole:
            continue
        targets = [mount.target for mount in mounts(service)]
        store = store_of(service)
        if store is not None and store.data:
            own = next((one for one in variables(service) if one.name == "PGDATA"), None)
            moved = own is not None or any(_DATA_VARIABLE.search(one.name) for one in variables(service))
            if not moved and not any(_below(data, target) for data in store.data for target in targets):
                yield Found(service.at("image"), certain=bool(targets), service=service.name, path=store.data[0])
            path = os.path.normpath(own.value) if own is not None and own.value else ""
            if own is not None and path.startswith("/") and "$" not in path and _is_lost(path, targets):
                yield Found(own.place, service=service.name, path=path, variable="PGDATA")
            continue
        for path, variable, _sqlite in _data_paths(service):
            if _is_lost(path, targets):
                place = next(one.place for one in variables(service) if one.name == variable)
                yield Found(place, service=service.name, path=path, variable=variable)


def _is_lost(path: str, targets: list[str]) -> bool:
    """Whether nothing is mounted where ``path`` is, and it is meant to be kept."""
    return not any(_below(path, target) for target in (*targets, *_PASSING))


def _data_paths(service: Service) -> Iterator[tuple[str, str, bool]]:
    """(absolute path in the container, the variable that names it, whether it is a SQLite file)."""
    for variable in variables(service):
        value = variable.value or ""
        found = _SQLITE_URL.match(value)
        if found:
            yield os.path.normpath(found["path"]), variable.name, True
        elif value.startswith("/") and "$" not in value and _DATA_VARIABLE.search(variable.name):
            yield os.path.normpath(value), variable.name, bool(_DATABASE_FILE.search(value))


def _below(path: str, folder: str) -> bool:
    """Whether ``path`` is ``folder`` or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


QUERIES: dict[str, Callable[[Project], Iterator[Found]]] = {
    "bind-source-missing": bind_source_missing,
    "relative-bind-path": relative_bind_path,
    "file-instead-of-directory": file_instead_of_directory,
    "named-instead-of-bind": named_instead_of_bind,
    "secret-file-mounted": secret_file_mounted,
    "docker-socket-mounted": docker_socket_mounted,
    "selinux-label-missing": selinux_label_missing,
    "cache-not-tmpfs": cache_not_tmpfs,
    "shared-database-file": shared_database_file,
    "data-outside-mount": data_outside_mount,
}
"""Name -> query."""
