"""`runbook verify`: every kind of check against something real on this machine."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from test_schemas import check

from runbook.flow.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Runbook


class Service(BaseHTTPRequestHandler):
    """An application: a model list, a health endpoint that can fail, one that never answers."""

    healthy: ClassVar[bool] = True
    warming_up: ClassVar[int] = 0

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(2)
        Service.warming_up -= 1
        bad = self.path == "/health" and (not Service.healthy or Service.warming_up >= 0)
        body = {
            "/v1/models": b'{"data": [{"id": "m1"}, {"id": "m2"}], "password": "hunter2hunter2"}',
            "/health": b"database is locked" if bad else b"ok",
        }.get(self.path, b"nothing here")
        self.send_response(503 if bad else 200 if self.path in {"/v1/models", "/health", "/slow"} else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class calls it so
        pass


@contextmanager
def serving(wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    if wrap is not None:
        server.socket = wrap(server.socket)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        Service.healthy = True


@pytest.fixture
def port() -> Iterator[int]:
    with serving() as number:
        yield number


@pytest.fixture
def verify(runbook: Runbook, repository: Path) -> Callable[..., list[tuple[bool, str]]]:
    """Declares checks, runs them, and gives (passed, what was seen) of each."""

    def call(*checks: str, env: dict[str, str | None] | None = None) -> list[tuple[bool, str]]:
        text = "".join(f"[[verify.post.check]]\n{each}\n" for each in checks)
        (repository / "runbook.toml").write_text(text, encoding="utf-8")
        done = runbook("verify", "post", "--format", "json", cwd=repository, env=env)
        answer = check("verify", done.stdout)
        assert done.returncode == (0 if answer["ok"] else 1)
        return [(each["ok"], each["detail"]) for each in answer["checks"]]

    return call


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_http_answers(verify: Any, port: int) -> None:
    base = f'http = "http://127.0.0.1:{port}'
    seen = verify(
        f'{base}/health"\ncontains = "ok"',
        f'{base}/v1/models"\njson = "data"\nat_least = 2',
        f'{base}/v1/models"\njson = "data.0.id"\nequals = "m1"',
        f'{base}/nowhere"\nstatus = 404',
        f'{base}/nowhere"',
        f'{base}/v1/models"\njson = "data"\nat_least = 28',
        f'{base}/v1/models"\njson = "data.7.id"\nequals = "m1"',
        f'{base}/health"\njson = "data"\nequals = 1',
        f'{base}/slow"\ntimeout = 0.3',
        f'http = "http://127.0.0.1:{free_port()}/"',
    )
    assert [ok for ok, _ in seen] == [True] * 4 + [False] * 6
    said = [detail for _, detail in seen]
    assert said[1] == "HTTP 200, data is 2"
    assert said[4] == "HTTP 404, not 2xx: nothing here"
    assert said[5] == "data is 2, less than 28"
    assert said[6] == "the answer has no data.7.id"
    assert said[7] == "the answer is no JSON: ok"
    assert said[8] == "no answer within 0.3 s"
    assert said[9] == "connection refused"


def test_a_proxy_is_not_asked_for_this_machine(verify: Any, port: int) -> None:
    env: dict[str, str | None] = {"http_proxy": f"http://127.0.0.1:{free_port()}"}
    assert verify(f'http = "http://127.0.0.1:{port}/health"', env=env) == [(True, "HTTP 200")]


def test_ports_names_and_disks(verify: Any, port: int) -> None:
    seen = verify(
        f'tcp = "127.0.0.1:{port}"',
        f'tcp = "127.0.0.1:{free_port()}"',
        'dns = "localhost"\naddress = ["127.0.0.1"]',
        'dns = "localhost"\naddress = ["192.0.2.7"]',
        'dns = "no-such-name.invalid"',
        'disk = "/"\nfree = "1 kB"',
        'disk = "/"\nfree = "9999 TB"',
        'disk = "/nowhere"',
    )
    assert [ok for ok, _ in seen] == [True, False, True, False, False, True, False, False]
    assert "not 192.0.2.7" in seen[3][1]
    assert "does not resolve" in seen[4][1]
    assert "at least 9999 TB wanted" in seen[6][1]


def test_files(verify: Any, home: Path) -> None:
    config = home / "plexus.yaml"
    config.write_text("x" * ((1 << 20) - 3) + "needle")
    config.chmod(0o640)
    seen = verify(
        f'file = "{config}"\nmode = "0640"\nowner = "{os.getuid()}"\ncontains = "needle"',
        f'file = "{config}"\nmode = "600"',
        f'file = "{config}"\ncontains = "thread"',
        f'file = "{home}/none"',
        f'file = "{home}/none"\nabsent = true',
        f'file = "{config}"\nabsent = true',
        'file = "~"',
    )
    assert [ok for ok, _ in seen] == [True, False, False, False, True, False, True]
    assert seen[1][1] == "mode 0640, not 0600"


def test_commands_and_their_time(verify: Any, home: Path) -> None:
    seen = verify(
        'command = "echo starting; echo ready"\ncontains = "ready"',
        'command = "echo broken >&2; exit 4"',
        'command = "exit 4"\nexit = 4',
        f'command = "(sleep 30; touch {home}/late) & sleep 30"\ntimeout = 0.3',
        'command = "kill -9 $$"\nexit = 137',
    )
    assert [ok for ok, _ in seen] == [True, False, True, False, True]
    assert seen[1][1] == "exit 4, not 0: broken"
    assert seen[3][1] == "did not end within 0.3 s"
    running = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
    assert f"{home}/late" not in running


def test_processes(verify: Any, home: Path) -> None:
    script = home / "plexus-worker"
    script.write_text("import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        up = verify('process = "plexus-worker"', 'process = "plexus-worker"\nat_least = 0', 'process = "plexus-wor"')
        worker.kill()
    assert [ok for ok, _ in up] == [True, False, False]
    assert verify('process = "plexus-worker"', 'process = "plexus-worker"\nat_least = 0') == [
        (False, "not running"),
        (True, "not running, as it should be"),
    ]


def test_logs_are_held_against_the_catalog(verify: Any, home: Path) -> None:
    log = home / "plexus.log"
    log.write_text("2026-01-01T00:00:00Z Error: listen EADDRINUSE: address already in use :::4000\n")
    seen = verify(
        f'log = "{log}"',
        f'log = "{log}"\nsince = "5 min ago"',
        f'log = "$ cat {log}"',
        f'log = "$ cat {log}"\nsince = "5 min ago"',
        f'log = "{log}"\nseverity = "critical"',
        'log = "/nowhere.log"',
        'log = "$ exit 3"',
    )
    assert [ok for ok, _ in seen] == [False, True, False, True, True, False, False]
    assert seen[0][1].startswith("net/port-already-in-use at line 1")
    assert seen[1][1] == "no known failure since 5 min ago"


@pytest.fixture
def certificate(home: Path) -> Callable[[int], tuple[Path, Path]]:
    """Makes a certificate for 127.0.0.1 and localhost that ends after so many days."""

    def make(days: int) -> tuple[Path, Path]:
        key, cert = home / f"{days}.key", home / f"{days}.crt"
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                key,
                "-out",
                cert,
                "-days",
                str(days),
                "-subj",
                "/CN=localhost",
                "-addext",
                names,
            ],
            check=True,
            capture_output=True,
        )
        return key, cert

    return make


def test_certificates(verify: Any, certificate: Any) -> None:
    key, cert = certificate(40)

    def wrap(plain: socket.socket) -> socket.socket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context.wrap_socket(plain, server_side=True)

    with serving(wrap) as port:
        seen = verify(
            f'tls = "localhost:{port}"\nca = "{cert}"',
            f'tls = "localhost:{port}"\nca = "{cert}"\ndays = 90',
            f'tls = "localhost:{port}"',
            f'http = "https://localhost:{port}/health"',
            f'http = "https://localhost:{port}/health"\ninsecure = true',
        )
    with serving() as port:
        seen += verify(f'tls = "localhost:{port}"\ntimeout = 1')
    assert [ok for ok, _ in seen] == [True, False, False, False, True, False]
    assert "at least 90 wanted" in seen[1][1]
    assert "not valid" in seen[2][1]


@contextmanager
def docker_daemon(path: Path, answers: dict[str, tuple[int, object]]) -> Iterator[list[str]]:
    """Speaks the one request of Docker's documented API that a check makes, over a unix socket."""
    asked: list[str] = []
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                target = connection.recv(65536).split(b" ")[1].decode()
                asked.append(target)
                status, answer = answers.get(target, (404, {"message": "No such container"}))
                body = json.dumps(answer).encode()
                connection.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_containers_by_dockers_api(verify: Any, tmp_path: Path) -> None:
    """Not tried against a real engine: the answers are those of its public documentation."""
    path = tmp_path / "d.sock"
    state: dict[str, object] = {"Status": "running", "Running": True, "ExitCode": 0, "Error": ""}
    unwell = {**state, "Health": {"Status": "unhealthy", "Log": [{"ExitCode": 1, "Output": "curl: (7) refused\n"}]}}
    answers: dict[str, tuple[int, object]] = {
        "/containers/plexus/json": (200, {"Id": "1", "State": state}),
        "/containers/sick/json": (200, {"Id": "2", "State": unwell}),
        "/containers/dead/json": (200, {"Id": "3", "State": {"Status": "exited", "ExitCode": 137, "Error": ""}}),
        "/containers/odd/json": (500, {"message": "broken"}),
    }
    with docker_daemon(path, answers) as asked:
        seen = verify(
            'container = "plexus"',
            'container = "sick"\nhealth = "healthy"',
            'container = "dead"',
            'container = "nobody"',
            'container = "odd"',
            'container = "../../etc"',
            env={"DOCKER_HOST": f"unix://{path}"},
        )
    assert "/containers/plexus/json" in asked
    assert seen == [
        (True, "running"),
        (False, "running, unhealthy, not healthy: curl: (7) refused"),
        (False, "exited, exit 137, not running"),
        (False, "there is no such container"),
        (False, "Docker answers HTTP 500"),
        (False, "this is no container's name"),
    ]


def test_containers_by_dockers_program(verify: Any, tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text(
        '#!/bin/sh\n[ "$*" = "container inspect -- plexus" ] || { echo "Error: No such container: $4" >&2; exit 1; }\n'
        'echo \'[{"State": {"Status": "restarting", "ExitCode": 1}}]\'\n'
    )
    program.chmod(0o755)
    env: dict[str, str | None] = {"DOCKER_HOST": "ssh://elsewhere", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    seen = verify('container = "plexus"', 'container = "nobody"', env=env)
    assert seen == [(False, "restarting, not running"), (False, "there is no such container")]


def test_a_service_that_needs_a_while_passes_before_the_deadline(runbook: Runbook, repository: Path, port: int) -> None:
    Service.warming_up = 2
    (repository / "runbook.toml").write_text(
        f'[verify.post]\ndeadline = "20s"\n[[verify.post.check]]\nhttp = "http://127.0.0.1:{port}/health"\n'
    )
    answer = json.loads(runbook("verify", "post", "--format", "json", cwd=repository, check=0).stdout)
    assert answer["checks"][0]["attempts"] in {2, 3}  # a request that a test before left behind may count as one


def test_one_that_hangs_does_not_keep_the_others(verify: Any, port: int) -> None:
    began = time.monotonic()
    seen = verify(*[f'http = "http://127.0.0.1:{port}/slow"\ntimeout = 0.5'] * 12, f'tcp = "127.0.0.1:{port}"')
    assert [ok for ok, _ in seen] == [False] * 12 + [True]
    assert time.monotonic() - began < 20  # one after the other they would take 12 limits and their pauses


def test_a_deployment_holds_what_was_verified(runbook: Runbook, repository: Path, port: int) -> None:
    (repository / "runbook.toml").write_text(
        f'[[verify.post.check]]\nname = "Health endpoint responding"\nhttp = "http://127.0.0.1:{port}/health"\n'
        f'[[verify.post.check]]\nname = "API functional"\nhttp = "http://127.0.0.1:{port}/v1/nothing"\n'
    )
    runbook("start", "dashboards", "--deployment", cwd=repository, check=0)
    done = runbook("verify", "post", cwd=repository, check=1)
    assert "✗ API functional  HTTP 404" in done.stdout
    record = json.loads(runbook("show", "--format", "json", check=0).stdout)
    boxes = {box["text"]: box for box in record["post_checks"]}
    assert boxes["Health endpoint responding"]["done"]
    assert not boxes["API functional"]["done"]
    assert "HTTP 404" in boxes["API functional"]["note"]
    assert any(row["kind"] == "verification" and "1 of 2 checks failed" in row["text"] for row in record["timeline"])


def test_secrets_in_an_answer_stay_out(verify: Any, port: int) -> None:
    ((ok, said),) = verify(f'http = "http://127.0.0.1:{port}/v1/models"\ncontains = "absent"')
    assert not ok
    assert "hunter2" not in said
    assert "[redacted:" in said


def test_watching_notes_each_change_and_how_long_it_was_down(runbook: Runbook, repository: Path, port: int) -> None:
    (repository / "runbook.toml").write_text(
        f'[[verify.post.check]]\nname = "health"\nhttp = "http://127.0.0.1:{port}/health"\n'
    )
    runbook("start", "it broke", cwd=repository, check=0)
    command = [sys.executable, "-m", "runbook", "verify", "post", "--watch", "--every", "0.2s"]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        assert "health  HTTP 200" in watcher.stdout.readline()
        Service.healthy = False
        assert "health  HTTP 503, not 2xx: database is locked" in watcher.stdout.readline()
        time.sleep(1.1)
        Service.healthy = True
        assert "health  HTTP 200" in watcher.stdout.readline()
        watcher.send_signal(2)
        assert watcher.wait() == 0
    texts = [row["text"] for row in json.loads(runbook("show", "--format", "json", check=0).stdout)["timeline"]]
    assert "health went down: HTTP 503, not 2xx: database is locked" in texts
    assert any(text.startswith("health works again after ") and text.endswith(" s: HTTP 200") for text in texts)


@pytest.mark.parametrize(
    ("toml", "line", "said"),
    [
        ('[[verify.post.check]]\ntcp = "a:1"\n[[verify.post.check]]\nhtpp = "x"\n', 3, "nothing to look at"),
        ('[[verify.post.check]]\ntcp = "nothing"\n', 2, "verify.post.check.0.tcp"),
        ('[verify.post]\ndeadline = "soon"\n', 2, "not a duration"),
        ('[[verify.a.check]]\nfile = "x"\n[[verify.a.check]]\nfile = "y"\nmode = "9"\n', 5, "mode"),
        ('http = "x"\n', 1, "unknown key"),
        ('[[verify.a.check]]\nhttp = "http://x"\nat_least = 3\n', 1, "json"),
    ],
)
def test_a_mistake_in_the_settings_is_named_by_line(repository: Path, toml: str, line: int, said: str) -> None:
    from runbook.errors import BadInputError

    (repository / "runbook.toml").write_text(toml)
    with pytest.raises(BadInputError) as caught:
        load_settings(str(repository))
    assert caught.value.line == line
    assert said in str(caught.value)


def test_a_rollback_that_does_not_verify_is_undone(runbook: Runbook, repository: Path, port: int) -> None:
    config = repository / "app.yaml"
    config.write_text("old\n")
    runbook("backup", str(config), cwd=repository, check=0)
    config.write_text("new\n")
    (repository / "runbook.toml").write_text(f'[[verify.post.check]]\nhttp = "http://127.0.0.1:{port}/health"\n')
    Service.healthy = False
    done = runbook("rollback", "--yes", cwd=repository, check=1)
    assert "database is locked" in done.stderr
    assert config.read_text() == "new\n"
    Service.healthy = True
    runbook("rollback", str(config), "--yes", cwd=repository, check=0)
    assert config.read_text() == "old\n"


def test_watching_for_days_does_not_fill_the_memory(port: int) -> None:
    """No look may leave behind what only the collection of garbage frees: half a megabyte of certificates each time."""
    looks = (
        "import gc, resource\n"
        "from runbook.model.checks import HttpCheck\n"
        "from runbook.operate.checks.http import look\n"
        f"check = HttpCheck(http='http://127.0.0.1:{port}/v1/models')\n"
        "gc.disable()\n"
        "def kilobytes(times):\n"
        "    for _ in range(times):\n"
        "        look(check)\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = kilobytes(5)\n"
        "print(kilobytes(40) - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True)
    assert int(done.stdout) < (4_000_000 if sys.platform == "darwin" else 4_000)
