"""Queries about variables: which value wins, which is missing, and whom they make the program look for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.detect.artefacts.compose.beside import lies_above, lies_alone, made_at_deployment, read_env
from runbook.detect.artefacts.compose.found import Found
from runbook.detect.artefacts.compose.images import store_of
from runbook.detect.artefacts.compose.parts import Variable, mounts, ports, variables
from runbook.detect.artefacts.compose.project import resolved, variables_in
from runbook.detect.artefacts.compose.running import joins_others
from runbook.detect.artefacts.yamltree import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.detect.artefacts.compose.project import Project, Service

_DEFAULTED = re.compile(r":?[-+?]")
_STORE_URL = re.compile(
    r"^(?:jdbc:)?(?P<scheme>postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|memcached|clickhouse|nats|kafka)(?:\+\w+)?://"
    r"(?:[^@/\s]*@)?(?P<host>localhost|127\.0\.0\.1|\[::1\])(?::(?P<port>\d+))?(?:[/,?]|$)"
)
_WEB_URL = re.compile(r"^(?:https?|wss?|grpc|tcp)://(?P<host>localhost|127\.0\.0\.1|\[::1\])(?::(?P<port>\d+))?(?:/|$)")
_HOST_VARIABLE = re.compile(r"(?:^|_)(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$|^PGHOST$")
_LISTENS = re.compile(r"(?:^|_)(?:LISTEN|BIND|SERVER_HOST|HTTP_HOST|APP_HOST)|^(?:HOST|HOSTNAME|ADDR|ADDRESS)$")
_FOR_BROWSERS = re.compile(
    r"PUBLIC|VITE_|REACT_APP|CORS|ORIGIN|CALLBACK|REDIRECT|BASE_URL|ROOT_URL|SITE|APP_URL|EXTERNAL|FRONTEND|DOMAIN|ISSUER"
)
_POSTGRES_URL = re.compile(r"^postgres(?:ql)?(?:\+\w+)?://(?:[^@/\s]*@)?(?P<host>[\w.-]*)")
_FILLED_IN = re.compile(r"\$(?:\{[^}]*\}|\w+)")
_SQLITE = re.compile(r"(?i)\.(?:db|sqlite3?)$|^sqlite")
_SECRET_VARIABLE = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?)$"
    r"|(?:^|_)(?:API|ADMIN|ACCESS|AUTH|ENCRYPTION|MASTER|PRIVATE|SIGNING|SECRET|LICENSE|SESSION|COOKIE)_?KEY$"
)
_NO_SECRET = re.compile(r"(?i)/|<|(?:true|false|yes|no|on|off|none|null|[0-9]{1,4})$")
_OWN_DATABASE = re.compile(r"(?i)sqlite|\.db$")


def missing_env_file(project: Project) -> Iterator[Found]:
    """An environment file that is required and not there."""
    folder = project.artefact.folder
    if folder is None:
        return
    for service in project.services:
        for path, required, place in _env_files(service):
            own = (path in {".env", "./.env"} and lies_alone(folder)) or path == "stack.env"  # which Portainer writes
            if (
                required
                and not own
                and not service.from_elsewhere
                and not folder.holds(path)
                and not made_at_deployment(folder, path)
                and not ("/" in path.removeprefix("./") and lies_above(folder, path))
            ):
                yield Found(place, service=service.name, path=path)


def _env_files(service: Service) -> Iterator[tuple[str, bool, Node]]:
    """(path, whether it is required, place) of the relative entries of ``env_file``, in the order of reading."""
    node = service.get("env_file")
    for item in (node.items or [node]) if node is not None else []:
        path, required = item, True
        if item.kind == "map":
            path, flag = item.get("path") or item, item.get("required")
            required = flag is None or flag.text.lower() != "false"
        text = resolved(path.text)
        if path.kind == "scalar" and text and "$" not in text and not text.startswith(("/", "~")):
            yield text, required, path


def variable_not_set(project: Project) -> Iterator[Found]:
    """A variable without a default that Compose cannot fill in: bash does not export it, or ``.env`` lacks it."""
    folder = project.artefact.folder
    text = folder.text(".env") if folder is not None else None
    known = read_env(text) if text is not None else None
    told: set[str] = set()
    for node in _scalars(project.root):
        for name, after, offset in variables_in(node.text):
            if _DEFAULTED.match(after) or name in told or (known is not None and name in known):
                continue
            if name in {"UID", "GID"} or known:
                told.add(name)
                yield Found(_part(node, offset), variable=name)


def _scalars(root: Node) -> Iterator[Node]:
    """Every value, each once however many aliases name it."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.kind == "scalar":
            yield node
        waiting += [entry.value for entry in reversed(node.entries.values())]
        waiting += reversed(node.items)


def _part(node: Node, offset: int) -> Node:
    """The place of a variable inside a value on one line; of the whole value otherwise."""
    if not node.end_column:
        return node
    place = Node("scalar", node.line, node.column + offset + (not node.plain))
    place.end_column = node.end_column
    return place


def shadowed_variable(project: Project) -> Iterator[Found]:
    """One variable in several places with different values."""
    folder = project.artefact.folder
    dotenv = read_env(folder.text(".env") or "") if folder is not None else {}
    for service in project.services:
        own: dict[str, Variable] = {}
        for variable in variables(service):
            first = own.get(variable.name)
            if first is not None and first.value != variable.value:
                yield Found(
                    variable.place,
                    service=service.name,
                    variable=variable.name,
                    winner="the later line",
                    loser="environment",
                )
            own[variable.name] = variable
        files: dict[str, tuple[str, str]] = {}
        for path, _required, _place in _env_files(service):
            text = folder.text(path) if folder is not None else None
            files.update({name: (value, path) for name, value in read_env(text or "").items()})
        for name, variable in own.items():
            value, path = files.get(name, (dotenv.get(name), ".env"))
            if value is None or variable.value is None or "$" in variable.value or value == variable.value:
                continue
            yield Found(variable.place, service=service.name, variable=name, winner="environment", loser=path)


def localhost_inside_container(project: Project) -> Iterator[Found]:
    """A variable that sends the program to its own container where another one is meant."""
    for service in project.services:
        if service.get("network_mode") is not None:
            continue
        others = [other for other in project.services if other is not service]
        for variable in variables(service):
            found = _aims_at_itself(variable, others)
            if found is not None:
                port, meant = found
                yield Found(
                    variable.place,
                    service=service.name,
                    variable=variable.name,
                    address=f"localhost:{port}" if port else "localhost",
                    neighbour=meant,
                )


def _aims_at_itself(variable: Variable, others: list[Service]) -> tuple[str, str] | None:
    """(port, the service that is meant) if ``variable`` names the loopback address of a neighbour; "" if unknown."""
    value = variable.value or ""
    url = _STORE_URL.match(value)
    if url:
        port = url["port"] or _USUAL.get(url["scheme"].removesuffix("s"), "")
        return port, _speaks_on(others, port)
    web = _WEB_URL.match(value)
    if web and web["port"] and not _FOR_BROWSERS.search(variable.name):
        meant = _speaks_on(others, web["port"])
        published = any(port.published == web["port"] for other in others for port in ports(other))
        return (web["port"], meant) if meant and not published else None  # else it can be meant for a browser
    if (
        value in {"localhost", "127.0.0.1"}
        and _HOST_VARIABLE.search(variable.name)
        and not _LISTENS.search(variable.name)
    ):
        start = variable.name.split("_")[0].lower().removeprefix("pghost") or "postgres"
        meant = next((other.name for other in others if store_of(other) and _alike(start, other)), "")
        return ("", meant) if meant else None
    return None


_USUAL = {
    "postgre": "5432",
    "postgresql": "5432",
    "mysql": "3306",
    "mariadb": "3306",
    "mongodb": "27017",
    "redi": "6379",
}
_USUAL |= {"postgres": "5432", "redis": "6379", "amqp": "5672"}


def _alike(start: str, other: Service) -> bool:
    image = other.image
    name = image.name if image is not None else other.name
    return start in {"db", "database"} or start[:5] in name or start[:5] in other.name


def _speaks_on(others: list[Service], port: str) -> str:
    """The service that is reached on ``port``, by its image, ``expose`` or the container's side of ``ports``."""
    for other in others:
        store = store_of(other)
        exposed = other.get("expose")
        listens = {item.text for item in exposed.items} if exposed is not None else set()
        listens.update(each.target for each in ports(other))
        if port and (port in listens or (store is not None and port in store.ports)):
            return other.name
    return ""


def postgres_forced(project: Project) -> Iterator[Found]:
    """A PostgreSQL address in a service that keeps a SQLite file, where the file runs no PostgreSQL."""
    if not project.closed or any("postgres" in (other.image.name if other.image else "") for other in project.services):
        return
    others_may_be_there = joins_others(project)
    for service in project.services:
        own = variables(service)
        kept = any(_SQLITE.search(mount.source) or _SQLITE.search(mount.target) for mount in mounts(service))
        kept |= any(_OWN_DATABASE.search(variable.value or "") for variable in own)
        for variable in own:
            url = _POSTGRES_URL.match(_FILLED_IN.sub("\0", variable.value or ""))
            host = url["host"].strip(".") if url else ""
            nobody = bool(url and url["host"]) and "." not in host and project.service(host) is None
            if url and (kept or (nobody and not others_may_be_there)):
                yield Found(variable.place, service=service.name, variable=variable.name)


def plaintext_secret(project: Project) -> Iterator[Found]:
    """A variable that by its name is a secret, with a value written out."""
    for service in project.services:
        for variable in variables(service):
            value = variable.value or ""
            written = len(value) > 2 and "$" not in value and not _NO_SECRET.match(value)
            if written and _SECRET_VARIABLE.search(variable.name.upper()):
                yield Found(variable.place, service=service.name, evidence=variable.name)


QUERIES: dict[str, Callable[[Project], Iterator[Found]]] = {
    "missing-env-file": missing_env_file,
    "variable-not-set": variable_not_set,
    "shadowed-variable": shadowed_variable,
    "localhost-inside-container": localhost_inside_container,
    "postgres-forced": postgres_forced,
    "plaintext-secret": plaintext_secret,
}
"""Name -> query."""
