"""The environment audit: everything that sets a variable for a Compose project, from its files and the shell."""

from __future__ import annotations

import os
import re

from runbook.errors import BadInputError, NotFoundError
from runbook.model.environment import EnvironmentAudit, Reference, ServiceEnvironment
from runbook.model.marks import MARK, number_marks
from runbook.operate import dotenv
from runbook.operate.environment import Sources, decide, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from runbook.detect.artefacts.artefact import DiskFolder
    from runbook.detect.artefacts.compose.project import Project, Service
    from runbook.detect.artefacts.yamltree import Node
    from runbook.model.environment import Setting

_PLAIN_ENV = re.compile(r"^(\S+)\s+(.*)$", re.DOTALL)


def find_compose_file(path: str | None) -> str:
    """The Compose file meant: ``path``, the one in the folder ``path``, or the one Compose would take here.

    Raises:
        NotFoundError: there is none.
    """
    from runbook.detect.artefacts.compose.project import BASE_NAMES

    if path and not os.path.isdir(path):
        if not os.path.isfile(path):
            raise NotFoundError("there is no such file", file=path)
        return path
    folder = path or "."
    found = next((name for name in BASE_NAMES if os.path.isfile(os.path.join(folder, name))), None)
    if found is None:
        raise NotFoundError(
            "there is no Compose file here", file=os.path.abspath(folder), hint="name it: runbook audit env PATH"
        )
    return found if folder == "." else os.path.join(folder, found)


def read_project(path: str) -> Project:
    """The Compose file at ``path``.

    Raises:
        BadInputError: it cannot be read as one.
    """
    from runbook.detect.artefacts.artefact import Artefact, DiskFolder
    from runbook.detect.artefacts.compose.project import project_of

    folder = DiskFolder(os.path.dirname(os.path.abspath(path)))
    text = folder.text(os.path.basename(path))
    if text is None:
        raise BadInputError("cannot be read", file=path)
    project = project_of(Artefact(text, "compose", path, folder))
    if project.tree.problem is not None:
        raise BadInputError(project.tree.problem.message, file=path, line=project.tree.problem.line)
    if not project.services:
        raise BadInputError("has no services", file=path, hint="is it a Compose file?")
    return project


def audit_environment(
    path: str,
    *,
    env_files: Sequence[str] = (),
    run: Sequence[str] = (),
    shell: Mapping[str, str] | None = None,
) -> EnvironmentAudit:
    """Where each variable of each service comes from.

    Args:
        path: the Compose file.
        env_files: as ``docker compose --env-file``; the project's ``.env`` where there are none.
        run: ``NAME`` or ``NAME=value``, as ``docker compose run -e``.
        shell: the environment of ``docker compose``; ours where absent.

    Raises:
        NotFoundError, BadInputError: a file is not there or cannot be read.
    """
    project = read_project(path)
    folder = _folder(project)
    sources = Sources(os.environ if shell is None else shell, _env_files(path, folder, env_files))
    services = tuple(_service(each, path, folder, sources, run) for each in project.services)
    unset = tuple(_unset(project, path, sources))
    unused = tuple((name, place) for name, place in sorted(sources.places.items()) if name not in sources.used)
    return EnvironmentAudit(path, services, unset, unused)


def _folder(project: Project) -> DiskFolder:
    from runbook.detect.artefacts.artefact import DiskFolder

    folder = project.artefact.folder
    if not isinstance(folder, DiskFolder):
        raise TypeError("a project on disk has a folder on disk")
    return folder


def _env_files(path: str, folder: DiskFolder, named: Sequence[str]) -> list[tuple[str, list[dotenv.Line]]]:
    if not named:
        text = folder.text(".env")
        shown = os.path.join(os.path.dirname(path), ".env")
        return [] if text is None else [(shown, dotenv.read(text))]
    found = []
    for name in named:
        try:
            with open(name, encoding="utf-8", errors="backslashreplace") as file:
                found.append((name, dotenv.read(file.read())))
        except FileNotFoundError:
            raise NotFoundError("there is no such env file", file=name) from None
        except OSError as error:
            raise BadInputError(f"cannot be read: {(error.strerror or str(error)).lower()}", file=name) from None
    return found


def _service(
    service: Service, path: str, folder: DiskFolder, sources: Sources, run: Sequence[str]
) -> ServiceEnvironment:
    settings: list[tuple[str, Setting]] = []
    image, base = _image_env(service, path, folder)
    settings += image
    unread: list[tuple[str, str]] = []
    settings += _from_env_files(service, path, folder, sources, unread)
    settings += _from_environment(service, path, sources)
    for each in run:
        name, equals, value = each.partition("=")
        written = value if equals else None
        settings.append((name, settle("run", name, written, "run -e", sources, literal=True)))
    return ServiceEnvironment(service.name, decide(settings), base, tuple(unread))


def _from_environment(service: Service, path: str, sources: Sources) -> Iterator[tuple[str, Setting]]:
    node = service.get("environment")
    if node is None:
        return
    for name, entry in node.entries.items():
        written = None if entry.value.empty else entry.value.text
        yield name, settle("environment", name, written, f"{path}:{entry.key.line}", sources)
    for item in node.items:
        name, equals, value = item.text.partition("=")
        yield (
            name.strip(),
            settle("environment", name.strip(), value if equals else None, f"{path}:{item.line}", sources),
        )


def _from_env_files(
    service: Service, path: str, folder: DiskFolder, sources: Sources, unread: list[tuple[str, str]]
) -> Iterator[tuple[str, Setting]]:
    node = service.get("env_file")
    if node is None:
        return
    for item in node.items or [node]:
        name, required, raw = _env_file_entry(item)
        if not name:
            continue
        text = folder.text(name)
        if text is None:
            if required:
                unread.append((name, f"{path}:{item.line} names it, and it is not there"))
            continue
        shown = os.path.normpath(os.path.join(os.path.dirname(path), name))
        for line in dotenv.read(text, raw=raw):
            place = f"{shown}:{line.number}"
            yield line.name, settle("env_file", line.name, line.value, place, sources, literal=line.literal)


def _env_file_entry(item: Node) -> tuple[str, bool, bool]:
    """Path, whether it must be there, and whether it is in the raw format."""
    if item.kind == "scalar":
        return item.text, True, False
    path, required, form = (item.get(name) for name in ("path", "required", "format"))
    return (
        path.text if path is not None else "",
        required is None or required.text.lower() != "false",
        form is not None and form.text == "raw",
    )


def _image_env(service: Service, path: str, folder: DiskFolder) -> tuple[list[tuple[str, Setting]], str]:
    """The ENV of the image the service builds, and the image below it, whose own ENV nobody here knows."""
    from runbook.detect.artefacts.docker.syntax import Dockerfile

    build = service.get("build")
    if build is None:
        return [], service.text("image")
    context, name, target = (_build_text(build, key) for key in ("context", "dockerfile", "target"))
    inline = build.get("dockerfile_inline")
    place = os.path.normpath(os.path.join(os.path.dirname(path), context or ".", name or "Dockerfile"))
    text = inline.text if inline is not None else folder.text(os.path.join(context or ".", name or "Dockerfile"))
    if text is None:
        return [], f"what {place} builds on; the file is not there"
    dockerfile = Dockerfile(text.split("\n"))
    named = next((stage for stage in dockerfile.stages if target and stage.name == target.lower()), None)
    stage = named or dockerfile.final
    if stage is None:
        return [], ""
    above = dict(pair for each in dockerfile.globals for pair in _pairs(each.text, each.words))
    values = _build_args(build)
    found: list[tuple[str, Setting]] = []
    for instruction in stage.lineage():
        pairs = _pairs(instruction.text, instruction.words) if instruction.keyword in {"ENV", "ARG"} else []
        for key, value in pairs:
            if instruction.keyword == "ARG":
                values.setdefault(key, value or above.get(key, ""))  # an ARG above FROM counts where it is named again
                continue
            shown = f"{path}:{instruction.line}" if inline is not None else f"{place}:{instruction.line}"
            setting = settle("image", key, value, shown, Sources(values))
            values[key] = setting.value or ""
            found.append((key, _without_shell(setting)))
    return found, stage.base


def _without_shell(setting: Setting) -> Setting:
    """In a Dockerfile, what is filled in comes from the Dockerfile."""
    from dataclasses import replace

    return replace(setting, taken_from=tuple((name, "the Dockerfile") for name, _ in setting.taken_from), missing=())


def _build_text(build: Node, key: str) -> str:
    from runbook.detect.artefacts.compose.project import resolved

    if build.kind == "scalar":
        return resolved(build.text) if key == "context" else ""
    node = build.get(key)
    return resolved(node.text) if node is not None and node.kind == "scalar" else ""


def _build_args(build: Node) -> dict[str, str]:
    node = build.get("args") if build.kind == "map" else None
    if node is None:
        return {}
    given = {name: entry.value.text for name, entry in node.entries.items()}
    given.update(item.text.partition("=")[::2] for item in node.items if "=" in item.text)
    return given


def _pairs(text: str, words: Sequence[str]) -> list[tuple[str, str]]:
    """``ENV A=b C=d`` and the old ``ENV A b c``; ``ARG A`` and ``ARG A=b``."""
    if words and "=" not in words[0]:
        plain = _PLAIN_ENV.match(text)
        return [(plain[1], plain[2].strip())] if plain else [(words[0], "")]
    return [(name, value) for name, equals, value in (word.partition("=") for word in words) if equals]


def _unset(project: Project, path: str, sources: Sources) -> Iterator[Reference]:
    """Variables that the file uses anywhere and that nobody sets."""
    from runbook.operate.interpolation import fill

    for node in _scalars(project.root):
        if "$" not in node.text:
            continue
        for name in fill(node.text, sources.look).missing:
            yield Reference(name, f"{path}:{node.line}", node.text)


def _scalars(node: Node) -> Iterator[Node]:
    if node.kind == "scalar":
        yield node
    for item in node.items:
        yield from _scalars(item)
    for entry in node.entries.values():
        if not entry.merged:
            yield from _scalars(entry.value)


def clean_audit(audit: EnvironmentAudit) -> EnvironmentAudit:
    """The audit with secrets taken out of every value; what is cleaned is ``NAME=value``, so that the name counts."""
    from dataclasses import replace

    from runbook.record.key import redaction_key
    from runbook.redact.door import Door

    door = Door(redaction_key)
    numbers: dict[str, int] = {}

    def value(name: str, text: str | None) -> str | None:
        if text is None:
            return None
        return number_marks(door.clean(f"{name}={text}").partition("=")[2], numbers)

    def setting(name: str, each: Setting) -> Setting:
        return replace(each, written=value(name, each.written), value=value(name, each.value))

    services = tuple(
        replace(
            service,
            variables=tuple(
                replace(each, settings=tuple(setting(each.name, one) for one in each.settings))
                for each in service.variables
            ),
        )
        for service in audit.services
    )
    unset = tuple(replace(each, text=number_marks(door.clean(each.text), numbers)) for each in audit.unset)
    return replace(audit, services=services, unset=unset)


class Drift:
    """How an environment differs from the last manifest of it. Treat as frozen.

    Attributes:
        added, removed: (service, variable).
        changed: (service, variable) to (before, now), each a value and a place.
    """

    __slots__ = ("added", "changed", "removed")

    def __init__(
        self, before: Mapping[tuple[str, str], tuple[str, str]], now: Mapping[tuple[str, str], tuple[str, str]]
    ) -> None:
        self.added = sorted(now.keys() - before.keys())
        self.removed = sorted(before.keys() - now.keys())
        self.changed = {
            key: (before[key], now[key])
            for key in sorted(now.keys() & before.keys())
            if _without_line(before[key]) != _without_line(now[key])
        }

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def _without_line(fact: tuple[str, str]) -> tuple[str, str]:
    """A variable that moved down by a line has not changed; nor a secret whose mark was made with another key."""
    value, place = fact
    return MARK.sub(r"[redacted:\g<kind>]", value), place.rpartition(":")[0] or place


def drift(audit: EnvironmentAudit, manifest: str) -> Drift | None:
    """How ``audit`` differs from the manifest at that path; None where there is none yet.

    Raises:
        BadInputError: what is there is no manifest.
    """
    from runbook.render.manifest import read_manifest

    try:
        with open(manifest, encoding="utf-8", errors="backslashreplace") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInputError(f"cannot be read: {(error.strerror or str(error)).lower()}", file=manifest) from None
    before = read_manifest(text)
    if not before and "runbook:environment" not in text:
        raise BadInputError("is no environment manifest", file=manifest, hint="name another file with --write")
    return Drift(before, audit.values())


def templates_of(repo: str | None) -> Path | None:
    """The team's own templates, if the repository has any."""
    from pathlib import Path

    from runbook.flow.desk import find_place

    repository = find_place(repo).repository
    own = Path(repository, "templates") if repository else None
    return own if own is not None and own.is_dir() else None


def write_manifest(audit: EnvironmentAudit, path: str, *, repo: str | None = None) -> None:
    """Write the manifest of a cleaned audit.

    Raises:
        BadInputError, StorageError: a template is broken, or the disk refused.
    """
    from datetime import datetime
    from pathlib import Path

    from runbook.render.manifest import manifest

    write_text(Path(path), manifest(audit, on=datetime.now().astimezone().date(), templates=templates_of(repo)))


def write_text(path: Path, text: str) -> None:
    """Put ``text`` there, whole or not at all.

    Raises:
        StorageError: the disk refused.
    """
    from runbook.record.store import write_file

    write_file(path.absolute(), text.encode("utf-8", "backslashreplace"))
