"""Processes of ``runbook`` that need not import anything: forked from a server that has it all imported already.

The tests start the program two thousand times, and of the half second of processor time that a call took, most went
into importing pydantic, the templates' engine and ourselves. A forked process is a real one in all that a test looks
at: arguments, environment, folder, streams that are pipes, exit status. What Python settles once, when it starts
(paths, flags, encodings), it has from the server; a call for which those would come out different is not for us, see
:func:`is_warm`. ``make test-cold`` does without all this, and so does every system but Linux: elsewhere a process
that has loaded the system's libraries had better not fork.

    python tests/warm.py FD        the server, for the socket that it inherits as FD
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import pkgutil
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
COLD = "CAMPAIGN_COLD" in os.environ or sys.platform != "linux"
START = {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
"""All that Python's own start reads from the environment, as the server has it."""


def is_warm(environment: Mapping[str, str]) -> bool:
    """Whether a Python that started in this environment would be what the server is, git found or not included."""
    read = {name: value for name, value in environment.items() if name.startswith(("PYTHON", "LC_", "LANG"))}
    return read == START and shutil.which("git", path=environment.get("PATH")) == shutil.which("git")


class Start(Protocol):
    """What runs ``python -m runbook ARGUMENTS`` to its end, without a terminal.

    Args:
        arguments: of the command line.
        stdin: what comes through the pipe.
        env: the whole environment.
        cwd: the folder to stand in.
        limit: after so many seconds it is killed.

    Raises:
        subprocess.TimeoutExpired: it was.
    """

    def __call__(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes,
        env: Mapping[str, str],
        cwd: str | os.PathLike[str],
        limit: float,
    ) -> subprocess.CompletedProcess[str]: ...


def cold(
    arguments: Sequence[str], *, stdin: bytes, env: Mapping[str, str], cwd: str | os.PathLike[str], limit: float
) -> subprocess.CompletedProcess[str]:
    """The :class:`Start` of a person: a new Python."""
    line = [sys.executable, "-m", "runbook", *arguments]
    done = subprocess.run(line, input=stdin, env=env, cwd=cwd, capture_output=True, timeout=limit, check=False)
    return _done(arguments, done.returncode, done.stdout, done.stderr)


class Warm:
    """The server, from construction to :meth:`close`. Several threads may call :meth:`run` at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env={**START, "PATH": os.environ.get("PATH", os.defpath)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.PIPE,  # pipes, because Python makes of its streams what it finds at its start
                stdout=subprocess.PIPE,
            )

    def run(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes,
        env: Mapping[str, str],
        cwd: str | os.PathLike[str],
        limit: float,
    ) -> subprocess.CompletedProcess[str]:
        """Another :class:`Start`, for an environment that :func:`is_warm`."""
        ours, theirs = socket.socketpair()
        stdin_pipe, stdout_pipe, stderr_pipe = os.pipe(), os.pipe(), os.pipe()
        fds = [theirs.fileno(), stdin_pipe[0], stdout_pipe[1], stderr_pipe[1], os.open(cwd, os.O_RDONLY)]
        printed: dict[str, bytes] = {}
        pipes = [
            threading.Thread(target=_feed, args=(stdin_pipe[1], stdin)),
            threading.Thread(target=_drain, args=(stdout_pipe[0], printed, "stdout")),
            threading.Thread(target=_drain, args=(stderr_pipe[0], printed, "stderr")),
        ]
        with ours, theirs:
            with self._lock:
                socket.send_fds(self._control, [b"+"], fds)
            theirs.close()
            for fd in fds[1:]:
                os.close(fd)
            ours.sendall(json.dumps({"arguments": arguments, "env": dict(env)}).encode() + b"\n")
            ours.settimeout(limit)
            for pipe in pipes:
                pipe.start()
            with ours.makefile("rb") as answers:
                process = int(answers.readline())
                try:
                    status = int(answers.readline())
                except TimeoutError:
                    os.kill(process, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(["runbook", *arguments], limit) from None
                finally:
                    for pipe in pipes:
                        pipe.join()
        return _done(arguments, status, printed["stdout"], printed["stderr"])

    def close(self) -> None:
        """End the server."""
        self._control.close()
        self._server.communicate()


@cache
def server() -> Warm:
    """The one of this process; started when it is first needed, and it ends with us."""
    made = Warm()
    atexit.register(made.close)
    return made


def call(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str | os.PathLike[str],
    stdin: bytes = b"",
    limit: float = 120,
) -> subprocess.CompletedProcess[str]:
    """The :class:`Start` that is right for this environment."""
    start = cold if COLD or not is_warm(env) else server().run
    return start(arguments, stdin=stdin, env=env, cwd=cwd, limit=limit)


def _done(arguments: Sequence[str], status: int, stdout: bytes, stderr: bytes) -> subprocess.CompletedProcess[str]:
    out, err = (
        printed.decode("utf-8", "backslashreplace").replace("\r\n", "\n").replace("\r", "\n")
        for printed in (stdout, stderr)
    )
    return subprocess.CompletedProcess(["runbook", *arguments], status, out, err)


def _feed(fd: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(fd, "wb") as pipe:
        pipe.write(data)


def _drain(fd: int, into: dict[str, bytes], name: str) -> None:
    with open(fd, "rb") as pipe:
        into[name] = pipe.read()


def serve(control: socket.socket) -> None:
    """Fork for each message until there are no more. What returns is a new process that stands where it was asked to.

    Each has a process between itself and the server, which waits for it and passes on its id and its exit status.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, which ends us then
    while True:
        message, fds, _, _ = socket.recv_fds(control, 1, 5)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not message:
            os._exit(0)
        if not os.fork():
            break
        for fd in fds:
            os.close(fd)
    control.close()
    with socket.socket(fileno=fds.pop(0)) as link:
        with link.makefile("rb") as requests:
            request = json.loads(requests.readline())
        child = os.fork()
        if child:
            for fd in (*range(3), *fds):
                os.close(fd)
            link.sendall(b"%d\n" % child)
            link.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            os._exit(0)
    *streams, folder = fds
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
    os.fchdir(folder)
    for fd in fds:
        os.close(fd)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[1:] = request["arguments"]
    sys.path[0] = os.getcwd()


def load() -> None:
    """Import everything that some verb imports, and compile what is compiled once a process: models, templates, words.

    The last comes with a look at a copy of this project's archive; of where that lay nothing is remembered.
    """
    import git.cmd  # noqa: F401, TID251  for the server alone; the import asks git for its version
    from pydantic import BaseModel

    import runbook
    from runbook.cli.main import main

    for module in pkgutil.walk_packages(runbook.__path__, "runbook."):
        if not module.name.endswith("__main__"):
            __import__(module.name)
    models = BaseModel.__subclasses__()
    for model in models:
        models += model.__subclasses__()
        if model.__module__.startswith("runbook."):
            model.model_rebuild()
    with tempfile.TemporaryDirectory() as home, redirect_stdout(io.StringIO()):
        os.environ["HOME"] = home
        shutil.copytree(ROOT / "incidents", Path(home, "incidents"))
        subprocess.run(["git", "init", "--quiet", home], check=True)
        main(["lint", "--repo", home])
    assert len(os.listdir("/proc/self/task")) == 1, "a fork leaves every thread but one behind"
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    load()
    with socket.socket(fileno=int(sys.argv[1])) as socket_of_pytest:
        serve(socket_of_pytest)
    runpy.run_module("runbook", run_name="__main__", alter_sys=True)
