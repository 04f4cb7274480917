"""Queries about how services run: order, health, names, ports, and under which names they are reached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.detect.artefacts.compose.found import Found
from runbook.detect.artefacts.compose.images import OF_DATABASES, lacks, store_of
from runbook.detect.artefacts.compose.parts import dependencies, names, ports, variables, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.detect.artefacts.compose.project import Project, Service

_BASE_60 = re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+")
_ENDS_ITSELF = re.compile(r"(?i)(?:^|[-_])(?:migrat\w*|init\w*|seed\w*|setup|job|backup|cli|test\w*)(?:$|[-_])")
_PROGRAM = re.compile(r"(?:^|[\s;&|(])(curl|wget)(?:\s|$)")
_URL = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqp|amqps|nats|kafka|http|https|tcp|memcached|smtp|grpc|ldap)"
    r"(?:\+\w+)?://(?:[^@/\s]*@)?([A-Za-z0-9][\w-]*(?:\.[\w.-]+)?)"
)
_FILLED_IN = re.compile(r"\$\{[^{}]*\}")
_HOST_VARIABLE = re.compile(
    r"(?:^|_)(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL|MYSQL|MARIADB|MONGO|MONGODB|REDIS|VALKEY|CACHE|RABBITMQ|AMQP|KAFKA"
    r"|ELASTICSEARCH|OPENSEARCH|MEMCACHED|BROKER|QUEUE)_?HOST(?:NAME)?$|^PGHOST$"
)
_OWN_NAMES = frozenset({"localhost", "host", "gateway", "example", "hostname", "user", "username", "0"})


def depends_on_without_health(project: Project) -> Iterator[Found]:
    """An order that waits for the start only, of something that is not ready as soon as it has started."""
    for service in project.services:
        for dependency in dependencies(service):
            other = project.service(dependency.name)
            if dependency.condition != "service_started" or other is None:
                continue
            if other.get("healthcheck") is not None or store_of(other) is not None:
                yield Found(dependency.place, service=service.name, dependency=dependency.name)


def no_healthcheck(project: Project) -> Iterator[Found]:
    """A service that is meant to run on, and nothing that says whether it works."""
    if project.overlay:
        return
    finished = {
        dependency.name
        for service in project.services
        for dependency in dependencies(service)
        if dependency.condition == "service_completed_successfully"
    }
    for service in project.services:
        if (
            service.whole
            and service.node.entries
            and service.get("healthcheck") is None
            and service.name not in finished
            and not _ends_itself(service)
        ):
            yield Found(service.key, service=service.name)


def _ends_itself(service: Service) -> bool:
    if service.text("deploy", "mode").endswith("-job") or service.get("profiles") is not None:
        return True
    return service.text("restart") in {"", "no", "on-failure"} and bool(_ENDS_ITSELF.search(service.name))


def fixed_container_name(project: Project) -> Iterator[Found]:
    """A container name that only one deployment on a host can have."""
    for service in project.services:
        node = service.get("container_name")
        if node is not None and node.kind == "scalar" and "$" not in node.text and not node.empty:
            yield Found(node, service=service.name, container=node.text)


def unneeded_published_port(project: Project) -> Iterator[Found]:
    """A database or cache that is published to every interface of the host."""
    for service in project.services:
        store = store_of(service)
        its_own = store.ports if store is not None else OF_DATABASES
        for port in ports(service):
            if port.target in its_own and port.everywhere:
                published = port.published if "$" not in port.published else ""
                yield Found(port.place, service=service.name, port=port.target, published=published)


def unquoted_port_mapping(project: Project) -> Iterator[Found]:
    """A mapping that a YAML 1.1 reader takes for a number to the base of 60."""
    for service in project.services:
        node = service.get("ports")
        for item in node.items if node is not None else []:
            if item.kind == "scalar" and item.plain and _BASE_60.fullmatch(item.text):
                value = 0
                for part in item.text.replace("_", "").split(":"):
                    value = value * 60 + int(part)
                yield Found(item, service=service.name, mapping=item.text, number=str(value))


def network_mode_host_with_ports(project: Project) -> Iterator[Found]:
    """``ports`` of a service that has no network of its own to publish them from."""
    for service in project.services:
        if service.borrowed_network and service.get("ports") is not None:
            yield Found(service.at("ports"), service=service.name)


def healthcheck_program_missing(project: Project) -> Iterator[Found]:
    """A health check by a program that the image is known not to hold."""
    for service in project.services:
        image = service.image
        program = _PROGRAM.search(" ".join(words(service, "healthcheck", "test")))
        if image is not None and program is not None and lacks(image, program[1]):
            shown = image.repository + (f":{image.tag}" if image.tag else "")
            yield Found(service.at("healthcheck", "test"), service=service.name, program=program[1], image=shown)


def no_network_alias(project: Project) -> Iterator[Found]:
    """A variable that names a host which no service, alias, container or network of the file can be."""
    if not project.closed or joins_others(project):
        return
    known = _names_known(project)
    for service in project.services:
        if service.get("network_mode") is not None:
            continue
        for variable in variables(service):
            host = _host_in(variable.name, variable.value or "")
            if host and host.lower() not in known:
                yield Found(variable.place, service=service.name, variable=variable.name, host=host)


def joins_others(project: Project) -> bool:
    """Whether containers outside the file can have names on one of its networks."""
    networks = project.root.get("networks")
    return networks is not None and any(
        entry.value.kind == "map" and (external := entry.value.get("external")) is not None and external.text != "false"
        for entry in networks.entries.values()
    )


def _names_known(project: Project) -> set[str]:
    known = set(_OWN_NAMES)
    for service in project.services:
        known.update({service.name, service.text("container_name"), service.text("hostname")})
        known.update(name.rpartition(":")[2] for name, _place in names(service.get("links")))
        known.update(name.rpartition(":")[2] for name, _place in names(service.get("external_links")))
        known.update(re.split("[:=]", name)[0] for name, _place in names(service.get("extra_hosts")))
        networks = service.get("networks")
        for entry in networks.entries.values() if networks is not None else []:
            aliases = entry.value.get("aliases")
            known.update(item.text for item in (aliases.items if aliases is not None else []))
    return {name.lower() for name in known}


def _host_in(name: str, value: str) -> str:
    """The host that a variable names, if it is one without a dot, as only a container's name is."""
    value = _FILLED_IN.sub("$x", value)  # a message in it, as of ${PASSWORD:?not set}, may hold blanks and slashes
    found = _URL.search(value)
    host = found[1] if found else value.partition(":")[0] if _HOST_VARIABLE.search(name) else ""
    if "$" in value[: found.end() + 1 if found else None] or "." in host or "<" in value:
        return ""
    return host if re.fullmatch(r"[A-Za-z][\w-]*", host) else ""


def privileged_capability(project: Project) -> Iterator[Found]:
    """A capability that comes to the same as ``privileged``."""
    for service in project.services:
        for name, place in names(service.get("cap_add")):
            if name.upper().removeprefix("CAP_") in {"ALL", "SYS_ADMIN"}:
                yield Found(place, service=service.name, evidence=name)


QUERIES: dict[str, Callable[[Project], Iterator[Found]]] = {
    "depends-on-without-health": depends_on_without_health,
    "no-healthcheck": no_healthcheck,
    "fixed-container-name": fixed_container_name,
    "unneeded-published-port": unneeded_published_port,
    "unquoted-port-mapping": unquoted_port_mapping,
    "network-mode-host-with-ports": network_mode_host_with_ports,
    "healthcheck-program-missing": healthcheck_program_missing,
    "no-network-alias": no_network_alias,
    "privileged-capability": privileged_capability,
}
"""Name -> query."""
