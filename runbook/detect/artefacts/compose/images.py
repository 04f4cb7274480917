"""What is known of images that many Compose files use: which hold data and where, and which programs they lack.

From each image's page on Docker Hub (``VOLUME``, ``EXPOSE``) and from its base.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from runbook.detect.artefacts.compose.project import Image, Service


class Store(NamedTuple):
    """An image that keeps data or hands on messages.

    Attributes:
        ports: where it speaks its own protocol.
        data: folders in which it keeps what must not be lost; empty: it is a cache.
    """

    ports: frozenset[str]
    data: tuple[str, ...] = ()


def _store(ports: str, *data: str) -> Store:
    return Store(frozenset(ports.split()), data)


_POSTGRES = _store("5432", "/var/lib/postgresql/data", "/var/lib/postgresql")
_MYSQL = _store("3306", "/var/lib/mysql")
_REDIS = _store("6379")
_SEARCH = _store("9200 9300", "/usr/share/elasticsearch/data")
STORES: dict[str, Store] = {
    **dict.fromkeys(("postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha"), _POSTGRES),
    **dict.fromkeys(("mysql", "mariadb", "percona", "percona-server", "mysql-server"), _MYSQL),
    **dict.fromkeys(("redis", "valkey", "keydb", "redis-stack", "redis-stack-server", "dragonfly"), _REDIS),
    "memcached": _store("11211"),
    **dict.fromkeys(("mongo", "mongodb", "mongodb-community-server"), _store("27017", "/data/db")),
    "elasticsearch": _SEARCH,
    "opensearch": _store("9200 9300", "/usr/share/opensearch/data"),
    **dict.fromkeys(("clickhouse-server", "clickhouse"), _store("8123 9000", "/var/lib/clickhouse")),
    "influxdb": _store("8086", "/var/lib/influxdb2", "/var/lib/influxdb", "/var/lib/influxdb3"),
    "cassandra": _store("9042", "/var/lib/cassandra"),
    "couchdb": _store("5984", "/opt/couchdb/data"),
    "neo4j": _store("7687", "/data"),
    "rabbitmq": _store("5672", "/var/lib/rabbitmq"),
    "etcd": _store("2379 2380"),
    "zookeeper": _store("2181"),
    "kafka": _store("9092"),
    "cockroach": _store("26257", "/cockroach/cockroach-data"),
}
"""Last part of an image's name -> what it is. Vendors' rebuilds (bitnami) keep data elsewhere, see :func:`store_of`."""

OF_DATABASES = frozenset({"5432", "3306", "6379", "27017", "11211", "1433", "1521", "9042"})
"""Ports that speak for a database whatever the image is called."""

ENGINE_TOOLS = (
    frozenset({"docker-socket-proxy", "socket-proxy", "docker-socket-protector", "cetusguard"})
    | {"traefik", "nginx-proxy", "docker-gen", "acme-companion", "caddy-docker-proxy"}
    | {"portainer", "portainer-ce", "portainer-ee", "dozzle", "watchtower", "diun", "autoheal"}
    | {"cadvisor", "promtail", "alloy", "telegraf", "vector", "fluent-bit"}
)
"""Last part of the names of images that filter what may be asked of the engine, or are made to ask it: whoever runs one
chose that, and a finding in every second Compose file would teach people to look away."""

_OWN_DATA = ("bitnami/", "bitnamilegacy/", "linuxserver/")

_NEITHER = frozenset({"curl", "wget"})
_NO_CURL = frozenset({"curl"})
_ALWAYS_SLIM = frozenset({"bun", "deno", "keycloak"})
_SLIM_BASE = frozenset({"python", "node", "ruby", "golang", "openjdk", "eclipse-temurin", "debian", "ubuntu", "php"})
_ON_DEBIAN = frozenset({"postgres", "redis", "valkey", "mariadb", "memcached", "postgis", "pgvector"})


def store_of(service: Service) -> Store | None:
    """What is known of the service's image as a store."""
    image = service.image
    if image is None:
        return None
    store = STORES.get(image.name)
    if store is not None and any(vendor in image.repository for vendor in _OWN_DATA):
        return Store(store.ports)
    return store


def lacks(image: Image, program: str) -> bool:
    """Whether an image is known not to hold ``curl`` or ``wget``. False where nothing is known."""
    name, tag = image.name, image.tag.lower()
    if "alpine" in tag or name in {"alpine", "busybox"}:
        return program in _NO_CURL and name in {*_SLIM_BASE, *_ON_DEBIAN, *_ALWAYS_SLIM, "alpine", "busybox"}
    if name in _ALWAYS_SLIM:
        return program in _NEITHER
    if "distroless" in image.repository or name == "scratch":
        return program in _NEITHER
    if name in {"debian", "ubuntu"} or (name in _SLIM_BASE and "slim" in tag):
        return program in _NEITHER
    if name in _ON_DEBIAN and "/" not in image.repository:
        return program in _NEITHER
    return name in {"prometheus", "alertmanager", "node-exporter", "traefik"} and program in _NO_CURL
