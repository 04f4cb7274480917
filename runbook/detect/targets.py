"""What a destructive command is done to: the name to confirm it by, and what of it may be marked as production."""

from __future__ import annotations

import os.path
import re

from runbook.detect.command_patterns import leading_words, option_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

_NAME = re.compile(r"[\w][\w.@:+-]{0,63}")
_COMPOSE = frozenset({"docker-compose", "podman-compose"})
_ENGINES = frozenset({"docker", "podman", "nerdctl"})
_KUBE = frozenset({"kubectl", "oc", "helm"})
_SQL_NAME = re.compile(
    r"(?i)\b(?:drop\s+(?:materialized\s+)?\w+|truncate(?:\s+table)?|delete\s+from|update|alter\s+table)"
    r"\s+(?:if\s+exists\s+)?[\"'`\[]?([\w.]+)"
)
_WITH_VALUE = frozenset(
    {
        *(
            "-n",
            "--namespace",
            "--context",
            "--kubeconfig",
            "-f",
            "--filename",
            "-l",
            "-C",
            "-c",
            "-p",
            "-h",
            "-U",
            "-u",
        ),
        *("--file", "--project-name", "--profile", "--region", "-H", "--host", "--user", "--port", "-d", "--dbname"),
    }
)


def operands(command: SimpleCommand) -> list[str]:
    """Its arguments without options and the values of the commonest options."""
    return list(leading_words(command.args, len(command.args), with_value=_WITH_VALUE))


_ENGINE_WITH_VALUE = frozenset(
    {*("-H", "--host", "-c", "--context", "--config", "-l", "--log-level"), *("-t", "--time", "-s", "--signal")}
)


def engine_words(command: SimpleCommand) -> list[str]:
    """The words of ``docker``: its verb and names, without options and their values."""
    return list(leading_words(command.args, len(command.args), with_value=_ENGINE_WITH_VALUE))


def is_compose(command: SimpleCommand) -> bool:
    """Whether it is Docker Compose, in either spelling."""
    return command.program in _COMPOSE or (command.program in _ENGINES and "compose" in operands(command)[:1])


def compose_project(command: SimpleCommand, cwd: str) -> str:
    """The project that a compose command is about: ``-p``, the environment, else the folder's name."""
    given = option_values(command.args, ("-p", "--project-name"))
    given += [text.split("=", 1)[1] for text in command.env if text.startswith("COMPOSE_PROJECT_NAME=")]
    if given:
        return given[0]
    files = option_values(command.args, ("-f", "--file"))
    folder = os.path.dirname(files[0]) if files and "/" in files[0] else command.folder or cwd
    return os.path.basename(folder.rstrip("/"))


def context_of(command: SimpleCommand) -> str:
    """The context that an engine, ``kubectl`` or ``helm`` is told to use."""
    if command.program in _KUBE:
        return next(iter(option_values(command.args, ("--context", "--kube-context", "--cluster"))), "")
    if command.program in _ENGINES:
        given = option_values(command.args, ("--context",))
        return next(iter([*given, *_from_env(command, "DOCKER_CONTEXT")]), "")
    return ""


def engine_host(command: SimpleCommand) -> str:
    """The machine whose engine is told to do it: ``-H ssh://root@prod``, ``DOCKER_HOST=…``."""
    if command.program not in _ENGINES | _COMPOSE:
        return ""
    given = [*option_values(command.args, ("-H", "--host")), *_from_env(command, "DOCKER_HOST")]
    address = given[0] if given else ""
    if "://" not in address or address.startswith(("unix:", "npipe:")):
        return ""
    return address.split("://", 1)[1].split("/", 1)[0].rsplit("@", 1)[-1].split(":", 1)[0]


def branch_of(command: SimpleCommand) -> str:
    """The branch that a ``git push`` goes to."""
    words = operands(command)
    if command.program != "git" or words[:1] != ["push"] or len(words) < 3:
        return ""
    return words[2].lstrip("+").split(":")[-1].removeprefix("refs/heads/")


def database_of(command: SimpleCommand) -> str:
    """The host of the database that a client is told to talk to."""
    if command.program in {"psql", "mysql", "mariadb", "redis-cli", "mysqladmin", "dropdb", "pg_restore", "mongosh"}:
        return next(iter(option_values(command.args, ("-h", "--host"))), "")
    return ""


def _from_env(command: SimpleCommand, name: str) -> list[str]:
    return [text.split("=", 1)[1] for text in command.env if text.startswith(f"{name}=")]


def paths_of(command: SimpleCommand) -> tuple[str, ...]:
    """The files and folders that it names."""
    if command.program in {"rm", "shred", "truncate", "find", "unlink", "rsync", "cp", "mv", "sed", "tee", "install"}:
        named = operands(command)
    else:
        named = [word for word in operands(command) if "/" in word and "://" not in word]
    return tuple(dict.fromkeys([*named, *command.writes]))


def marks_of(command: SimpleCommand, cwd: str) -> dict[str, tuple[str, ...]]:
    """What may be marked as production, by the settings' names."""
    found = {
        "compose_projects": (compose_project(command, cwd),) if is_compose(command) else (),
        "contexts": (context_of(command),),
        "branches": (branch_of(command),),
        "hosts": (engine_host(command), database_of(command)),
    }
    return {name: values for name, given in found.items() if (values := tuple(value for value in given if value))}


def name_of(command: SimpleCommand, cwd: str) -> str:
    """The name of what it is done to, short enough to be typed; the program's where nothing is named."""
    candidates: list[str] = []
    if is_compose(command):
        candidates.append(compose_project(command, cwd))
    candidates.append(branch_of(command))
    for text in (*command.args, command.stdin or ""):
        statement = _SQL_NAME.search(text)
        if statement:
            candidates.append(statement[1].rsplit(".", 1)[-1])
    words = operands(command)
    if command.program == "dd":
        words = [word.removeprefix("of=") for word in words if word.startswith("of=")]
    candidates += [os.path.basename(word.rstrip("/")) for word in reversed([*words, *command.writes])]
    candidates.append(os.path.basename((command.folder or cwd).rstrip("/")) if not words else "")
    return next((each for each in candidates if _NAME.fullmatch(each)), command.program)
