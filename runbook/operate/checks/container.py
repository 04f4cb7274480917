"""Containers: state and health, from the Docker API on its socket, or else from the ``docker`` program.

Source of the request and of the answer's shape: https://docs.docker.com/reference/api/engine/version/v1.43/ (container
inspect). ``DOCKER_HOST`` names another socket, as it does for Docker's own program.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runbook.operate.checks import CheckFailedHere, first_line

if TYPE_CHECKING:
    from runbook.model.checks import ContainerCheck

_SOCKET = "/var/run/docker.sock"
_NAME = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, limit: float) -> None:
        super().__init__("localhost", timeout=limit)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def look(check: ContainerCheck) -> str:
    """Hold the container's state against what it should be."""
    if not _NAME.match(check.container):
        raise CheckFailedHere("this is no container's name")
    state = _inspect(check)
    status = str(state.get("Status", "unknown"))
    health = str((state.get("Health") or {}).get("Status", ""))
    said = status + (f", {health}" if health else "")
    if status != check.state:
        code = f", exit {state['ExitCode']}" if status == "exited" and "ExitCode" in state else ""
        reason = f": {first_line(str(state['Error']))}" if state.get("Error") else ""
        raise CheckFailedHere(f"{said}{code}, not {check.state}{reason}")
    if check.health and health != check.health:
        log = (state.get("Health") or {}).get("Log") or [{}]
        last = first_line(str(log[-1].get("Output", "")))
        raise CheckFailedHere(f"{said or 'no health check'}, not {check.health}" + (f": {last}" if last else ""))
    return said


def _inspect(check: ContainerCheck) -> dict[str, Any]:
    host = os.environ.get("DOCKER_HOST", "")
    path = host.removeprefix("unix://") if host.startswith("unix://") else _SOCKET
    if (host and not host.startswith("unix://")) or not os.path.exists(path):
        return _by_program(check)
    connection = _Connection(path, check.timeout)
    try:
        connection.request("GET", f"/containers/{quote(check.container)}/json")
        answer = connection.getresponse()
        body = answer.read(1 << 22)
    except PermissionError:
        raise CheckFailedHere(f"no permission to ask Docker at {path}") from None
    except (OSError, http.client.HTTPException) as error:
        raise CheckFailedHere(f"Docker does not answer: {error}") from None
    finally:
        connection.close()
    if answer.status == 404:
        raise CheckFailedHere("there is no such container")
    return _state(body, f"Docker answers HTTP {answer.status}")


def _by_program(check: ContainerCheck) -> dict[str, Any]:
    try:
        done = subprocess.run(
            ["docker", "container", "inspect", "--", check.container],
            capture_output=True,
            check=False,
            timeout=check.timeout,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise CheckFailedHere("there is no Docker here, neither its socket nor its program") from None
    except subprocess.TimeoutExpired:
        raise CheckFailedHere(f"Docker gave no answer within {check.timeout:g} s") from None
    if done.returncode:
        said = first_line(done.stderr.decode("utf-8", "backslashreplace"))
        raise CheckFailedHere("there is no such container" if "No such container" in said else said)
    return _state(done.stdout, "Docker answers something else than JSON")


def _state(body: bytes, otherwise: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
        state = (answer[0] if isinstance(answer, list) else answer)["State"]
    except (ValueError, KeyError, IndexError, TypeError):
        raise CheckFailedHere(otherwise) from None
    if not isinstance(state, dict):
        raise CheckFailedHere(otherwise)
    return state
