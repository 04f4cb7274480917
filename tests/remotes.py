"""The ways to a team's remote, each served for real on loopback: git's own protocol, smart HTTP, ssh."""

from __future__ import annotations

import contextlib
import http.server
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import _pytest.monkeypatch

KINDS = ("git", "http", "ssh")
_PATIENCE = 20.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str, serving: Callable[[], bool]) -> bool:
    end = time.monotonic() + _PATIENCE
    while subprocess.run(["git", "ls-remote", url], capture_output=True, check=False).returncode:
        if time.monotonic() > end or not serving():
            return False
        time.sleep(0.05)
    return True


@contextlib.contextmanager
def serve(kind: str, home: Path, hub: Path, monkeypatch: _pytest.monkeypatch.MonkeyPatch) -> Iterator[str]:
    """Serve the bare repository ``hub`` and yield its address. Skips, by name, where what is needed is missing."""
    ways: dict[str, Callable[..., contextlib.AbstractContextManager[str]]] = {
        "git": git_daemon,
        "http": smart_http,
        "ssh": ssh,
    }
    with ways[kind](home, hub, monkeypatch) as url:
        yield url


@contextlib.contextmanager
def _process(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            process.wait()


@contextlib.contextmanager
def git_daemon(home: Path, hub: Path, _monkeypatch: _pytest.monkeypatch.MonkeyPatch) -> Iterator[str]:
    """Git's own protocol."""
    port = free_port()
    base = ["git", "daemon", "--reuseaddr", f"--base-path={hub.parent}", "--export-all", "--enable=receive-pack"]
    with _process([*base, "--listen=127.0.0.1", f"--port={port}"], home / "daemon.log") as daemon:
        url = f"git://127.0.0.1:{port}/{hub.name}"
        if not _answers(url, lambda: daemon.poll() is None):
            pytest.skip("git daemon does not run here")
        yield url


class _Backend(http.server.BaseHTTPRequestHandler):
    """A web server's part of git's smart HTTP: what a browser sends goes to `git http-backend`, as CGI (RFC 3875)."""

    protocol_version = "HTTP/1.1"
    root: Path
    allow_push = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(body)

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_USER": "robin" if self.allow_push else "",
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line]
        status = next((value for name, value in lines if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def smart_http(
    _home: Path, hub: Path, _monkeypatch: _pytest.monkeypatch.MonkeyPatch, *, allow_push: bool = True
) -> Iterator[str]:
    """Smart HTTP: a small web server in front of `git http-backend`."""
    found = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    if not Path(found, "git-http-backend").exists():
        pytest.skip("git http-backend is not installed")
    handler = type("Backend", (_Backend,), {"root": hub.parent, "allow_push": allow_push})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/{hub.name}"
    finally:
        server.shutdown()
        server.server_close()


SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
MaxStartups 100
"""


@contextlib.contextmanager
def ssh(home: Path, hub: Path, monkeypatch: _pytest.monkeypatch.MonkeyPatch) -> Iterator[str]:
    """Ssh with a key, to a server of our own."""
    server = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if server is None or shutil.which("ssh") is None:
        pytest.skip("openssh-server is not installed")
    folder = home / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "key"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(make, check=True, stdin=subprocess.DEVNULL)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd locks its helper in
    port = free_port()
    (folder / "sshd_config").write_text(SSHD.format(port=port, folder=folder), encoding="utf-8")
    options = f"-F none -i {folder}/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o BatchMode=yes"
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh {options} -o UserKnownHostsFile={folder}/known -o LogLevel=ERROR")
    command = [server, "-D", "-e", "-f", str(folder / "sshd_config")]
    with _process(command, folder / "log") as daemon:
        url = f"ssh://{pwd.getpwuid(os.getuid()).pw_name}@127.0.0.1:{port}{hub}"
        if not _answers(url, lambda: daemon.poll() is None):
            pytest.skip(f"sshd does not run here: {(folder / 'log').read_text(errors='replace')[-300:]}")
        yield url
