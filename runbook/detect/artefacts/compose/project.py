"""A Compose file as what it means: anchors, merge keys and ``extends`` followed, short and long forms alike.

Source of the format: https://docs.docker.com/reference/compose-file/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.detect.artefacts.yaml_syntax import tree_of
from runbook.detect.artefacts.yamltree import Entry, Node, Tree, read_tree

if TYPE_CHECKING:
    from runbook.detect.artefacts.artefact import Artefact, Folder

BASE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""What Compose reads where no file is named, best first."""

OVERRIDE_NAMES = tuple(name.replace("compose.", "compose.override.") for name in BASE_NAMES)
"""What Compose merges into it without being asked."""

_FOLDERS_UP = 4
"""From its own folder up, where the file may lie that another one is merged over: ``-f a.yml -f b/tls.yml``."""

_MAX_EXTENDS = 16
_OF_A_SERVICE = frozenset(
    {
        *("image", "build", "container_name", "command", "entrypoint", "environment", "env_file", "ports", "expose"),
        *("depends_on", "healthcheck", "network_mode", "privileged", "cap_add", "cap_drop", "restart", "user", "tmpfs"),
        *("labels", "working_dir", "extra_hosts", "links", "deploy", "logging", "hostname", "security_opt", "devices"),
    }
)
_ALSO_AT_THE_TOP = frozenset({"volumes", "networks", "secrets", "configs"})
PIECE = "service"
"""Name of the one service in a piece out of a file."""

_DEFAULT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*:?-([^${}]*)\}")
_VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
"""``$$`` stands for a dollar and is read first, so that ``$$HOME`` is no variable."""


class Service:
    """One service, its own keys over those it extends.

    Attributes:
        name: as under ``services``.
        key: the node of its name, for its place.
        node: its map; empty where the file gives none.
        whole: whether everything it extends could be read; if not, nothing can be said about what it lacks.
    """

    __slots__ = ("key", "name", "node", "whole")

    def __init__(self, name: str, key: Node, node: Node, *, whole: bool) -> None:
        self.name = name
        self.key = key
        self.node = node
        self.whole = whole

    def get(self, *names: str) -> Node | None:
        """The node below these keys, None where there is none."""
        return self.node.get(*names)

    def text(self, *names: str) -> str:
        """The scalar below these keys with defaults of variables filled in, "" where there is none."""
        node = self.node.get(*names)
        return resolved(node.text) if node is not None and node.kind == "scalar" and not node.empty else ""

    def at(self, *names: str) -> Node:
        """The key of the deepest of these names that is there; the service's own key if none is."""
        place, node = self.key, self.node
        for name in names:
            entry = node.entries.get(name)
            if entry is None:
                break
            place, node = entry.key, entry.value
        return place

    @property
    def from_elsewhere(self) -> bool:
        """Whether a part comes from another file, so that relative paths may not count from this one's folder."""
        return self.get("extends", "file") is not None

    @property
    def image(self) -> Image | None:
        """What it runs, None if it is built or has no image."""
        text = self.text("image")
        return Image(text) if text and self.get("build") is None else None

    @property
    def host_network(self) -> bool:
        """Whether it shares the host's network, so that the host's addresses are its own."""
        return self.text("network_mode") == "host"

    @property
    def borrowed_network(self) -> bool:
        """Whether it has no network of its own to publish ports from: the host's, or another container's."""
        mode = self.text("network_mode")
        return mode == "host" or mode.startswith(("service:", "container:"))


class Image:
    """The parts of an image's name: ``ghcr.io/team/app:1.2@sha256:…``.

    Attributes:
        repository: without tag and digest.
        name: its last part (``app``).
        tag, digest: "" where there is none.
    """

    __slots__ = ("digest", "name", "repository", "tag")

    def __init__(self, text: str) -> None:
        rest, _at, self.digest = text.strip().partition("@")
        head, slash, tail = rest.rpartition("/")
        last, _colon, self.tag = tail.partition(":")
        self.repository = f"{head}{slash}{last}"
        self.name = last.lower()


class Project:
    """Everything one file says.

    Attributes:
        artefact: the file.
        tree: as it was read; ``tree.problem`` if it could not be.
        root: the top map; empty if the file is none.
        services: in the file's order.
        overlay: whether the file is merged over another, so that what it lacks may stand there.
        piece: whether the text is only what stands inside a service, as people paste it.
        closed: whether nothing outside the file adds to it (no ``include``, not an overlay).
    """

    def __init__(self, artefact: Artefact) -> None:
        self.artefact = artefact
        self.tree: Tree = tree_of(artefact)
        root = self.tree.root
        self.root = root if root is not None and root.kind == "map" else Node("map", 1, 1)
        self.overlay = _is_overlay(artefact)
        self.closed = not self.overlay and self.root.get("include") is None
        self.piece = False
        self.services: list[Service] = []
        services = self.root.get("services")
        if services is not None and services.kind == "map":
            for name, entry in services.entries.items():
                if not name.startswith("x-"):
                    node, whole = self._extended(entry.value, 0)
                    self.services.append(Service(name, entry.key, node, whole=whole))
        elif "services" not in self.root.entries and self._is_one_service():
            self.closed = False
            self.piece = True
            self.services.append(Service(PIECE, Node("scalar", 1, 1), self.root, whole=False))
        self._by_name = {service.name: service for service in self.services}

    def _is_one_service(self) -> bool:
        """Whether the keys of a service stand at the top, and nothing else."""
        keys = set(self.root.entries)
        shared = [node for name in _ALSO_AT_THE_TOP & keys if (node := self.root.get(name)) is not None]
        of_service = bool(keys & _OF_A_SERVICE) or any(not node.entries and not node.empty for node in shared)
        return of_service and keys <= _OF_A_SERVICE | _ALSO_AT_THE_TOP

    def service(self, name: str) -> Service | None:
        """The service of this name."""
        return self._by_name.get(name)

    def top(self, section: str) -> dict[str, Entry]:
        """The names under a top-level section (``volumes``), those of an override that lies beside included."""
        node = self.root.get(section)
        found = dict(node.entries) if node is not None else {}
        for other in self._overrides():
            more = other.get(section)
            if more is not None:
                found.update({name: entry for name, entry in more.value.entries.items() if name not in found})
        return found

    def _overrides(self) -> list[dict[str, Entry]]:
        folder = self.artefact.folder
        if folder is None or self.overlay:
            return []
        texts = [folder.text(name) for name in OVERRIDE_NAMES]
        roots = [read_tree(text).root for text in texts if text]
        return [root.entries for root in roots if root is not None]

    def _extended(self, node: Node, depth: int) -> tuple[Node, bool]:
        """``node`` over what it extends, and whether all of that could be read."""
        if node.kind != "map":
            return Node("map", node.line, node.column), node.empty
        extends = node.get("extends")
        if extends is None or depth > _MAX_EXTENDS:
            return node, extends is None
        name, file = extends.text, None
        if extends.kind == "map":
            service = extends.get("service")
            name, file = service.text if service is not None else "", extends.get("file")
        base = self._base(name, file)
        if base is None:
            return node, False
        below, whole = self._extended(base, depth + 1)
        return _over(node, below if file is None else _at(below, extends)), whole

    def _base(self, name: str, file: Node | None) -> Node | None:
        root: Node | None = self.root
        if file is not None:
            folder = self.artefact.folder
            text = folder.text(file.text) if folder is not None and "$" not in file.text else None
            root = read_tree(text).root if text is not None else None
        return root.get("services", name) if root is not None else None


def project_of(artefact: Artefact) -> Project:
    """The project that ``artefact`` describes, read once for all detectors."""
    kept = artefact.kept()
    found = kept.get("compose")
    if not isinstance(found, Project):
        found = kept["compose"] = Project(artefact)
    return found


def _is_overlay(artefact: Artefact) -> bool:
    """Whether the file is made to be merged over another: by its name, where a base file lies beside it."""
    name = artefact.name.lower()
    if not name or name in BASE_NAMES:
        return False
    folder: Folder | None = artefact.folder
    if "override" in name or folder is None:
        return "override" in name
    return any(folder.holds(f"{'../' * up}{base}") == "file" for up in range(_FOLDERS_UP) for base in BASE_NAMES)


def _over(own: Node, base: Node) -> Node:
    """``own`` with what only ``base`` has; maps in both are joined, lists are added up, as Compose does."""
    joined = Node("map", own.line, own.column)
    joined.size = own.size + base.size
    joined.entries = dict(own.entries)
    for name, entry in base.entries.items():
        mine = own.entries.get(name)
        if mine is None:
            joined.entries[name] = Entry(entry.key, entry.value, merged=True)
        elif mine.value.kind == "map" and entry.value.kind == "map":
            joined.entries[name] = Entry(mine.key, _over(mine.value, entry.value))
        elif mine.value.kind == "list" and entry.value.kind == "list" and name not in {"command", "entrypoint"}:
            both = Node("list", mine.value.line, mine.value.column)
            both.items = [*entry.value.items, *mine.value.items]
            joined.entries[name] = Entry(mine.key, both)
    return joined


def _at(node: Node, place: Node) -> Node:
    """``node``, which stands in another file, as if it stood at ``place``: a line is one of the file looked at."""
    moved = Node(node.kind, place.line, place.column)
    moved.text, moved.plain, moved.tag, moved.size = node.text, node.plain, node.tag, node.size
    moved.items = [_at(item, place) for item in node.items]
    moved.entries = {
        name: Entry(_at(entry.key, place), _at(entry.value, place), merged=True) for name, entry in node.entries.items()
    }
    return moved


def resolved(text: str) -> str:
    """``text`` with ``${NAME:-default}`` replaced by its default; other variables stay."""
    return _DEFAULT.sub(lambda match: match[1], text) if "$" in text else text


def variables_in(text: str) -> list[tuple[str, str, int]]:
    """(name, what follows it inside the braces, offset) of every variable that Compose would fill in."""
    return [
        (match[1] or match[3], match[2] or "", match.start())
        for match in _VARIABLE.finditer(text)
        if match[1] or match[3]
    ]
