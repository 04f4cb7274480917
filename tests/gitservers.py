"""Git remotes on the loopback interface, as teams have them: over http and over ssh. And a forge's interface."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Quiet(BaseHTTPRequestHandler):
    """Prints nothing, and reads a body whichever way it is sent."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        pass

    def body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)


@contextlib.contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server that answers with ``handler`` as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def git_over_http(folder: Path, *, token: str = "") -> contextlib.AbstractContextManager[str]:
    """The bare repositories in ``folder`` through git's own CGI program; with ``token`` only for who sends it."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            if token and token not in (self.headers["Authorization"] or ""):
                self.send_response(403 if self.headers["Authorization"] else 401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "REMOTE_USER": "robin",
                "REMOTE_ADDR": "127.0.0.1",
                "CONTENT_TYPE": self.headers["Content-Type"] or "",
                "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"] or "",
                "GIT_PROTOCOL": self.headers["Git-Protocol"] or "",
            }
            body = self.body()
            environment["CONTENT_LENGTH"] = str(len(body))
            done = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
            )
            head, _, answer = done.stdout.partition(b"\r\n\r\n")
            headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
            status = next((value for name, value in headers if name == "Status"), "200 OK")
            self.send_response(int(status.split()[0]))
            for name, value in headers:
                if name != "Status":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815  the base class's name

    return served(Handler)


@contextlib.contextmanager
def git_over_ssh(folder: Path) -> Iterator[tuple[str, str]]:
    """(address of a host, GIT_SSH_COMMAND) of an ssh server of one's own, with keys made for it in ``folder``."""
    folder.mkdir(parents=True, mode=0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
        "StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nPidFile none\n",
        encoding="utf-8",
    )
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    server = subprocess.Popen(
        [shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"], stderr=subprocess.PIPE
    )
    try:
        _wait_for(port, server)
        options = f"-p {port} -i {folder}/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR"
        yield (
            f"{pwd.getpwuid(os.getuid()).pw_name}@127.0.0.1",
            f"ssh -F /dev/null {options} -o UserKnownHostsFile=/dev/null",
        )
    finally:
        server.terminate()
        server.communicate()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    server.terminate()
    raise AssertionError(f"sshd did not start: {server.communicate()[1]!r}")


class GitHub:
    """As much of GitHub's documented interface for pull requests as is asked of it, and what was asked.

    Attributes:
        pulls: the requests, as the interface shows them.
        asked: (method, path) of every call.
    """

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []

    def served(self) -> contextlib.AbstractContextManager[str]:
        github = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                body = self.body()
                address = urlsplit(self.path)
                github.asked.append((self.command, f"{address.path}?{address.query}".rstrip("?")))
                allowed = "secret-token" in (self.headers["Authorization"] or "")
                status, answer = (
                    github.answer(self.command, address.path, address.query, body) if allowed else (401, {})
                )
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_PATCH = do_GET  # noqa: N815  the base class's names

        return served(Handler)

    def answer(self, method: str, path: str, query: str, body: bytes) -> tuple[int, Any]:
        fields = json.loads(body or b"{}")
        if path == "/repos/acme/reports/pulls" and method == "GET":
            wanted = {name: values[0] for name, values in parse_qs(query).items()}
            head = wanted["head"]
            return 200, [p for p in self.pulls if p["head"]["label"] == head and p["state"] == wanted["state"]]
        if path == "/repos/acme/reports/pulls" and method == "POST":
            number = len(self.pulls) + 1
            label = fields["head"] if ":" in fields["head"] else f"acme:{fields['head']}"
            made = {
                "number": number,
                "html_url": f"http://github.localhost/acme/reports/pull/{number}",
                "state": "open",
                **{name: fields[name] for name in ("title", "body", "draft")},
                "head": {"ref": label.partition(":")[2], "label": label},
                "base": {"ref": fields["base"]},
            }
            self.pulls.append(made)
            return 201, made
        if method == "PATCH" and (found := re.fullmatch(r"/repos/acme/reports/pulls/(\d+)", path)):
            pull = self.pulls[int(found[1]) - 1]
            pull.update(fields)
            return 200, pull
        return 404, {"message": "Not Found"}
