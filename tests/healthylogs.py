# ruff: noqa: E501  a line of a log is as long as it is
"""Logs in which nothing is wrong, in the shapes of many programs: the same text for the same seed, of any length.

Written to come close: zero counts, retries that are settings, names that hold ``error``, 404 answers, warnings about
nothing. What the scanner finds in it is a false alarm.

    python tests/healthylogs.py 268435456 > /tmp/healthy.log
"""

from __future__ import annotations

import random
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WORDS = [
    "orders",
    "users",
    "invoices",
    "catalog",
    "search",
    "billing",
    "sessions",
    "metrics",
    "reports",
    "images",
    "carts",
    "payments",
    "errors",
    "retries",
    "events",
    "audit",
    "timeouts",
    "profiles",
    "webhooks",
    "failures",
    "exports",
    "notifications",
    "tenants",
    "products",
]
_HOSTS = ["web1", "web2", "db1", "db2", "cache1", "edge-3", "worker-7", "build-02", "ip-10-0-3-17", "node-a"]
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "curl/8.5.0",
    "kube-probe/1.30",
    "Prometheus/2.53.0",
    "okhttp/4.12.0",
    "GoogleHC/1.0",
)
_METHODS = ("GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD")
_STATUS = ("200", "200", "200", "200", "201", "204", "301", "304", "404", "403")
_IMAGES = ("nginx:1.27", "postgres:16", "redis:7-alpine", "ghcr.io/acme/web:4.2.1", "registry.local/api:main")
_PACKAGES = [
    "libssl3",
    "openssl",
    "ca-certificates",
    "curl",
    "tzdata",
    "python3-minimal",
    "libc6",
    "util-linux",
    "error-prone",
    "fail2ban",
    "retry",
]


class Sources:
    """Random values and a clock that moves on, as cheap as they can be: millions of lines are made of them.

    Args:
        seed: of everything.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random
        self._moment = 1_770_796_800.0  # 2026-02-11 08:00 UTC
        self._second = -1
        self.iso = self.syslog = self.common = self.klog = self.slash = self.comma = ""

    def tick(self) -> None:
        """Some milliseconds later."""
        self._moment += self._random() * 0.04
        second = int(self._moment)
        if second != self._second:
            self._second = second
            moment = time.gmtime(second)
            self.iso = time.strftime("%Y-%m-%dT%H:%M:%S", moment)
            self.comma = time.strftime("%Y-%m-%d %H:%M:%S", moment)
            self.syslog = f"{time.strftime('%b', moment)} {moment.tm_mday:2d} {time.strftime('%H:%M:%S', moment)}"
            self.common = time.strftime("%d/%b/%Y:%H:%M:%S +0000", moment)
            self.klog = time.strftime("%m%d %H:%M:%S", moment)
            self.slash = time.strftime("%Y/%m/%d %H:%M:%S", moment)

    def ms(self) -> str:
        """Milliseconds of the clock, three digits."""
        return f"{int(self._moment * 1000) % 1000:03d}"

    def epoch(self) -> float:
        """The clock as seconds since 1970."""
        return round(self._moment, 3)

    def n(self, most: int) -> int:
        """A number from 0 up to, but not, ``most``."""
        return int(self._random() * most)

    def of(self, choices: tuple[str, ...] | list[str]) -> str:
        """One of them."""
        return choices[int(self._random() * len(choices))]

    def hex(self, digits: int) -> str:
        """So many hexadecimal digits, at most 13."""
        return f"{int(self._random() * 16**digits):0{digits}x}"

    def ip(self) -> str:
        """An address of a private network."""
        return f"10.{self.n(4)}.{self.n(256)}.{self.n(254) + 1}"

    def path(self) -> str:
        """What a request asks for."""
        return f"/api/v{self.n(3) + 1}/{self.of(_WORDS)}/{self.n(90000)}"


_SHAPES: tuple[tuple[int, Callable[[Sources], str]], ...] = (
    # nginx, apache, haproxy, traefik, caddy, envoy
    (
        9,
        lambda s: (
            f'{s.ip()} - - [{s.common}] "{s.of(_METHODS)} {s.path()} HTTP/1.1" {s.of(_STATUS)} {s.n(60000)} "-" '
            f'"{s.of(_AGENTS)}"'
        ),
    ),
    (
        3,
        lambda s: (
            f'{s.ip()} - user{s.n(900)} [{s.common}] "GET /static/{s.of(_WORDS)}.{s.hex(8)}.js HTTP/2.0" 304 0 '
            f'"https://shop.example.com/{s.of(_WORDS)}" "{s.of(_AGENTS)}" rt=0.0{s.n(90) + 10} uct=0.000 urt=0.0{s.n(90)}'
        ),
    ),
    (1, lambda s: f"{s.slash} [notice] {s.n(90)}#{s.n(90)}: signal process started"),
    (1, lambda s: f"{s.slash} [notice] 1#1: worker process {s.n(9000)} exited with code 0"),
    (
        2,
        lambda s: (
            f"{s.syslog} {s.of(_HOSTS)} haproxy[{s.n(9000)}]: {s.ip()}:{s.n(60000)} [{s.common[:20]}.{s.ms()}] fe_main "
            f"be_{s.of(_WORDS)}/{s.of(_HOSTS)} 0/0/1/{s.n(90)}/{s.n(99)} 200 {s.n(9000)} - - ---- {s.n(90)}/{s.n(90)}/0/0/0 0/0 "
            f'"GET {s.path()} HTTP/1.1"'
        ),
    ),
    (
        2,
        lambda s: (
            f'{{"level":"info","ts":{s.epoch()},"logger":"http.log.access.log0","msg":"handled request","request":'
            f'{{"remote_ip":"{s.ip()}","method":"GET","uri":"{s.path()}"}},"duration":0.00{s.n(900)},"status":200}}'
        ),
    ),
    (
        1,
        lambda s: (
            f'[{s.iso}.{s.ms()}Z] "GET {s.path()} HTTP/1.1" 200 - via_upstream - "-" 0 {s.n(9000)} {s.n(90)} {s.n(90)} '
            f'"{s.ip()}" "okhttp/4.12.0" "{s.hex(8)}-{s.hex(4)}-{s.hex(4)}" "{s.of(_WORDS)}:8080" "{s.ip()}:8080" outbound'
        ),
    ),
    # databases and queues
    (
        2,
        lambda s: (
            f"{s.comma}.{s.ms()} UTC [{s.n(9000)}] LOG:  checkpoint complete: wrote {s.n(900)} buffers (0.{s.n(9)}%); "
            f"0 WAL file(s) added, 0 removed, 0 recycled; write={s.n(90)}.{s.ms()} s, sync=0.00{s.n(9)} s, total={s.n(99)}.1 s"
        ),
    ),
    (
        1,
        lambda s: (
            f"{s.comma}.{s.ms()} UTC [{s.n(9000)}] app@shop LOG:  duration: {s.n(900)}.{s.ms()} ms  statement: "
            f"SELECT id, state FROM {s.of(_WORDS)} WHERE updated_at > now() - interval '5 min' AND failed = false"
        ),
    ),
    (
        1,
        lambda s: f"{s.comma}.{s.ms()} UTC [{s.n(900)}] LOG:  database system is ready to accept connections",
    ),
    (1, lambda s: f"1:M 11 Feb 2026 {s.comma[11:]}.{s.ms()} * Background saving terminated with success"),
    (1, lambda s: f"1:M 11 Feb 2026 {s.comma[11:]}.{s.ms()} * {s.n(900)} changes in 60 seconds. Saving..."),
    (
        1,
        lambda s: (
            f"{s.iso}.{s.ms()}Z 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: "
            f"'8.4.{s.n(9)}'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL."
        ),
    ),
    (
        1,
        lambda s: (
            f'{{"t":{{"$date":"{s.iso}.{s.ms()}+00:00"}},"s":"I",  "c":"NETWORK",  "id":22943,   "ctx":"listener",'
            f'"msg":"Connection accepted","attr":{{"remote":"{s.ip()}:{s.n(60000)}","connectionCount":{s.n(90)}}}}}'
        ),
    ),
    (
        1,
        lambda s: (
            f"[{s.comma},{s.ms()}] INFO [GroupCoordinator {s.n(3)}]: Stabilized group {s.of(_WORDS)}-consumer generation "
            f"{s.n(90)} (__consumer_offsets-{s.n(50)}) with {s.n(9)} members (kafka.coordinator.group.GroupCoordinator)"
        ),
    ),
    (
        1,
        lambda s: (
            f"{s.comma}.{s.ms()}+00:00 [info] <0.{s.n(9000)}.0> connection <0.{s.n(9000)}.0> ({s.ip()}:{s.n(60000)} -> "
            f"{s.ip()}:5672): user 'app' authenticated and granted access to vhost '/'"
        ),
    ),
    # containers and clusters
    (
        2,
        lambda s: (
            f'I{s.klog}.{s.ms()}{s.ms()} {s.n(90000):7d} kubelet.go:{s.n(2900)}] "SyncLoop (PLEG): event for pod" '
            f'pod="default/{s.of(_WORDS)}-{s.hex(10)}-{s.hex(5)}" event={{"Type":"ContainerStarted"}}'
        ),
    ),
    (
        1,
        lambda s: (
            f'I{s.klog}.{s.ms()}{s.ms()} {s.n(9)} replica_set.go:676] "Finished syncing" kind="ReplicaSet" '
            f'key="prod/{s.of(_WORDS)}-{s.hex(10)}" duration="{s.n(90)}.{s.ms()}ms"'
        ),
    ),
    (
        2,
        lambda s: (
            f'time="{s.iso}.{s.ms()}000000Z" level=info msg="loading plugin" id=io.containerd.grpc.v1.{s.of(_WORDS)} '
            f"type=io.containerd.grpc.v1"
        ),
    ),
    (
        1,
        lambda s: (
            f'time="{s.iso}.{s.ms()}Z" level=info msg="ignoring event" container={s.hex(12)}{s.hex(12)} '
            f'module=libcontainerd namespace=moby topic=/tasks/delete type="*events.TaskDelete"'
        ),
    ),
    (
        1,
        lambda s: f" Container shop-{s.of(_WORDS)}-1  {s.of(('Created', 'Started', 'Healthy', 'Running', 'Starting'))}",
    ),
    (1, lambda s: f"{s.hex(12)}: Pull complete"),
    (
        1,
        lambda s: (
            f"#{s.n(30)} {s.n(90)}.{s.ms()} Get:{s.n(90)} http://deb.debian.org/debian bookworm/main amd64 {s.of(_PACKAGES)}"
        ),
    ),
    (1, lambda s: f"#{s.n(30)} CACHED [{s.of(_WORDS)} {s.n(9)}/9] RUN npm ci --no-audit --ignore-scripts"),
    (1, lambda s: f"{s.of(_WORDS)}-1  | {s.iso}.{s.ms()}Z INFO  listening on 0.0.0.0:{s.n(9000) + 1000}"),
    (
        1,
        lambda s: (
            f'{{"level":"info","ts":"{s.iso}.{s.ms()}Z","caller":"mvcc/hash.go:151","msg":"storing new hash",'
            f'"hash":{s.n(900000000)},"revision":{s.n(900000)},"compact-revision":{s.n(90000)}}}'
        ),
    ),
    # the system
    (
        2,
        lambda s: (
            f"{s.syslog} {s.of(_HOSTS)} systemd[1]: {s.of(('Started', 'Starting', 'Finished', 'Reloaded'))} "
            f"{s.of(_WORDS)}.service - {s.of(_WORDS).title()} worker."
        ),
    ),
    (
        2,
        lambda s: (
            f"{s.syslog} {s.of(_HOSTS)} CRON[{s.n(90000)}]: (root) CMD (/usr/local/bin/rotate {s.of(_WORDS)} --retries 3)"
        ),
    ),
    (
        1,
        lambda s: (
            f"{s.syslog} {s.of(_HOSTS)} sshd[{s.n(90000)}]: Accepted publickey for deploy from {s.ip()} port {s.n(60000)} "
            f"ssh2: ED25519 SHA256:{s.hex(12)}{s.hex(12)}"
        ),
    ),
    (
        1,
        lambda s: (
            f"{s.syslog} {s.of(_HOSTS)} kernel: [{s.n(90000):5d}.{s.ms()}000] veth{s.hex(7)}: entered promiscuous mode"
        ),
    ),
    (
        1,
        lambda s: (
            f"{s.syslog} {s.of(_HOSTS)} dhclient[{s.n(900)}]: DHCPACK of {s.ip()} from {s.ip()} (xid=0x{s.hex(8)})"
        ),
    ),
    (
        1,
        lambda s: (
            f"{s.syslog} {s.of(_HOSTS)} postfix/smtp[{s.n(9000)}]: {s.hex(10).upper()}: to=<u{s.n(900)}@example.com>, delay=0.{s.n(9)}, dsn=2.0.0, status=sent (250 OK)"
        ),
    ),
    (1, lambda s: f"{s.syslog} {s.of(_HOSTS)} chronyd[{s.n(900)}]: Selected source {s.ip()} (ntp{s.n(4)}.example.net)"),
    # applications
    (
        3,
        lambda s: (
            f"{s.comma}.{s.ms()}  INFO {s.n(9)} --- [nio-8080-exec-{s.n(9)}] c.a.shop.{s.of(_WORDS)}.Controller : "
            f"{s.of(_WORDS)} {s.n(90000)} handled in {s.n(90)} ms, errors=0, retries=0"
        ),
    ),
    (
        3,
        lambda s: (
            f'{{"level":30,"time":{int(s.epoch() * 1000)},"pid":{s.n(90)},"hostname":"{s.of(_HOSTS)}","reqId":"req-{s.hex(4)}",'
            f'"msg":"request completed","res":{{"statusCode":200}},"responseTime":{s.n(90)}.{s.ms()}}}'
        ),
    ),
    (
        2,
        lambda s: (
            f"{s.comma},{s.ms()} INFO sqlalchemy.engine.Engine SELECT {s.of(_WORDS)}.id FROM {s.of(_WORDS)} LIMIT {s.n(90)}"
        ),
    ),
    (2, lambda s: f'INFO:     {s.ip()}:{s.n(60000)} - "GET {s.path()} HTTP/1.1" 200 OK'),
    (1, lambda s: f"[{s.comma} +0000] [{s.n(900)}] [INFO] Booting worker with pid: {s.n(9000)}"),
    (
        1,
        lambda s: (
            f"I, [{s.iso}.{s.ms()}000 #{s.n(90)}]  INFO -- : [{s.hex(8)}] Completed 200 OK in {s.n(90)}ms (Views: 0.3ms | ActiveRecord: {s.n(9)}.1ms)"
        ),
    ),
    (1, lambda s: f"{s.slash} INFO connected to database host={s.ip()} pool_size={s.n(50)} timeout=30s max_retries=5"),
    (
        1,
        lambda s: (
            f'ts={s.iso}.{s.ms()}Z caller=compact.go:{s.n(900)} level=info component=tsdb msg="write block" duration={s.n(900)}.{s.ms()}ms'
        ),
    ),
    (
        1,
        lambda s: (
            f'{s.iso}.{s.ms()}Z\tINFO\tcontroller\tReconciled {s.of(_WORDS)}\t{{"namespace": "prod", "failed": 0, "requeue": false}}'
        ),
    ),
    # builds, tests, deployments
    (1, lambda s: f"[{s.n(99):3d}%] Building CXX object src/CMakeFiles/{s.of(_WORDS)}.dir/{s.of(_WORDS)}_error.cpp.o"),
    (
        1,
        lambda s: (
            f"[INFO] Tests run: {s.n(90)}, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: {s.n(9)}.{s.ms()} s -- in com.acme.{s.of(_WORDS).title()}ErrorTest"
        ),
    ),
    (1, lambda s: f"tests/test_{s.of(_WORDS)}.py::test_connection_refused_is_retried PASSED [{s.n(99):3d}%]"),
    (1, lambda s: f"  \u2713 shows the error page when {s.of(_WORDS)} are empty ({s.n(90)} ms)"),
    (1, lambda s: f"ok: [{s.of(_HOSTS)}] => (item={s.of(_PACKAGES)})"),
    (
        1,
        lambda s: (
            f"{s.of(_HOSTS)}                       : ok={s.n(90)}   changed={s.n(9)}    unreachable=0    failed=0    skipped={s.n(9)}    rescued=0    ignored=0"
        ),
    ),
    (1, lambda s: f"aws_security_group.{s.of(_WORDS)}: Refreshing state... [id=sg-{s.hex(12)}]"),
    (1, lambda s: f"Setting up {s.of(_PACKAGES)} ({s.n(9)}.{s.n(20)}.{s.n(9)}-1ubuntu{s.n(9)}) ..."),
    (
        1,
        lambda s: (
            f"Requirement already satisfied: {s.of(_WORDS)}=={s.n(9)}.{s.n(20)}.{s.n(9)} in /usr/lib/python3/dist-packages (from -r requirements.txt (line {s.n(90)}))"
        ),
    ),
    (
        1,
        lambda s: f"added {s.n(900)} packages, and audited {s.n(1900)} packages in {s.n(30)}s, found 0 vulnerabilities",
    ),
    (1, lambda s: f"{s.hex(7)} fix: show the real error when {s.of(_WORDS)} time out"),
    (1, lambda s: f"deployment.apps/{s.of(_WORDS)} {s.of(('unchanged', 'configured', 'created'))}"),
    (1, lambda s: f"{s.of(_WORDS)}-{s.hex(9)}-{s.hex(5)}   1/1     Running   0          {s.n(30)}d"),
    (
        1,
        lambda s: (
            f'{s.hex(12)}   {s.of(_IMAGES)}   "docker-entrypoint.s\u2026"   {s.n(20) + 2} hours ago   Up {s.n(20) + 2} hours (healthy)   0.0.0.0:{s.n(9000) + 1000}->80/tcp   shop-{s.of(_WORDS)}-1'
        ),
    ),
    (
        1,
        lambda s: (
            f"/dev/sd{s.of(('a', 'b', 'c'))}1        {s.n(90)}G   {s.n(20)}G   {s.n(40)}G  {s.n(60)}% /mnt/{s.of(_WORDS)}"
        ),
    ),
    (1, lambda s: f"== 2026-02-11 {s.of(_WORDS)}: migrated (0.0{s.n(900)}s) ========================================"),
)


def lines(seed: int = 1) -> Iterator[str]:
    """Healthy lines without end, none of them with a newline."""
    source = Sources(seed)
    shapes = [shape for weight, shape in _SHAPES for _ in range(weight)]
    chooser = random.Random(seed + 1).random
    count = len(shapes)
    while True:
        source.tick()
        yield shapes[int(chooser() * count)](source)


def chunks(size: int, seed: int = 1, every: int = 0, failures: tuple[str, ...] = ()) -> Iterator[bytes]:
    """About ``size`` bytes of lines, in pieces of some hundred kilobytes.

    Args:
        size: bytes in all, to the line.
        seed: as above.
        every: put one of ``failures`` after so many healthy lines; 0: none.
        failures: what is wrong there.
    """
    stream, made, number = lines(seed), 0, 0
    while made < size:
        block = [next(stream) for _ in range(2000)]
        if every:
            for _ in range(2000 // every or 1):
                block[(number * 7919) % 2000] = failures[number % len(failures)]
                number += 1
        data = ("\n".join(block) + "\n").encode()
        if made + len(data) > size:
            data = data[: data.rfind(b"\n", 0, size - made) + 1] or data
            yield data
            return
        made += len(data)
        yield data


if __name__ == "__main__":
    for piece in chunks(int(sys.argv[1])):
        sys.stdout.buffer.write(piece)
