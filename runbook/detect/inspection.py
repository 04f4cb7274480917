"""What to ask before a destructive command runs, so that a person sees what it would hit. Questions, no answers.

Keys of a plan: ``engine`` (a container engine with the options that say which one), with ``project``, ``folder``,
``services``, ``files``, ``names``, ``volumes``, ``images`` or ``stopped`` as the choice among its containers;
``cluster`` (a ``get`` for what would be deleted); ``state`` (the folder of a Terraform state); ``database`` (its name
and host).
"""

from __future__ import annotations

import os.path

from runbook.detect.command_patterns import option_values
from runbook.detect.targets import database_of, engine_words, is_compose, operands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

    Plan = dict[str, tuple[str, ...]]

_ENGINES = {"docker": "docker", "podman": "podman", "nerdctl": "nerdctl", "docker-compose": "docker"}
_CONNECTION = ("-H", "--host", "-c", "--context")
_TERRAFORM = frozenset({"terraform", "tofu"})
_CLIENTS = frozenset({"psql", "mysql", "mariadb", "dropdb", "sqlite3", "redis-cli", "mongosh", "pg_restore"})
_PROJECT_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def inspection(command: SimpleCommand, cwd: str) -> Plan:
    """The plan for one command; empty where nothing cheap is to be asked.

    Args:
        command: judged as destructive, and running here.
        cwd: the folder in which it would run.
    """
    folder = os.path.normpath(os.path.join(cwd, command.folder))
    if command.program in _ENGINES:
        return _containers(command, folder)
    if command.program in {"kubectl", "oc"}:
        return _cluster(command)
    if command.program in _TERRAFORM:
        inside = next((arg.split("=", 1)[1] for arg in command.args if arg.startswith(("-chdir=", "--chdir="))), "")
        return {"state": (os.path.normpath(os.path.join(folder, inside)),)}
    if command.program in _CLIENTS:
        return _database(command)
    return {}


def _containers(command: SimpleCommand, folder: str) -> Plan:
    plan: Plan = {"engine": (_ENGINES[command.program], *_connection(command))}
    if is_compose(command):
        return {**plan, **_project(command, folder)}
    words = engine_words(command)
    if words[:1] and words[0] in {"container", "image", "volume", "system", "pod"}:
        words = [f"{words[0]} {words[1]}" if len(words) > 1 else words[0], *words[2:]]
    verb, names = (words[0], tuple(words[1:])) if words else ("", ())
    names = tuple(name for name in names if not name.startswith("$") and not name.startswith("`"))
    if verb in {"volume rm", "volume remove"}:
        return {**plan, "volumes": names}
    if verb in {"rmi", "image rm", "image remove"}:
        return {**plan, "images": names}
    if verb in {"system prune", "container prune"}:
        return {**plan, "stopped": ("yes",)}
    return {**plan, "names": names} if names else {}


def _connection(command: SimpleCommand) -> tuple[str, ...]:
    """The options and settings that say which engine it talks to."""
    given: list[str] = []
    for arg, value in zip(command.args, (*command.args[1:], ""), strict=True):
        if arg == "compose" or not arg.startswith("-"):
            break
        if arg in _CONNECTION:
            given += [arg, value]
        elif arg.startswith(("--host=", "--context=")):
            given.append(arg)
    for name, option in (("DOCKER_HOST", "--host"), ("DOCKER_CONTEXT", "--context")):
        given += [f"{option}={text.split('=', 1)[1]}" for text in command.env if text.startswith(f"{name}=")]
    return tuple(given)


def _project(command: SimpleCommand, folder: str) -> Plan:
    files = option_values(command.args, ("-f", "--file"))
    inside = next(iter(option_values(command.args, ("--project-directory",))), "")
    if not inside and files:
        inside = os.path.dirname(files[0])
    folder = os.path.normpath(os.path.join(folder, inside))
    named = option_values(command.args, ("-p", "--project-name"))
    named += [text.split("=", 1)[1] for text in command.env if text.startswith("COMPOSE_PROJECT_NAME=")]
    words = operands(command)
    words = words[2:] if command.program != "docker-compose" else words[1:]
    guessed = "".join(letter for letter in os.path.basename(folder).lower() if letter in _PROJECT_LETTERS)
    plan: Plan = {"project": (named[0] if named else guessed,), "services": tuple(words)}
    if not named:
        plan["folder"] = (folder,)
    plan["files"] = tuple(os.path.normpath(os.path.join(folder, os.path.basename(file))) for file in files) or (folder,)
    return plan


def _cluster(command: SimpleCommand) -> Plan:
    words = operands(command)
    if words[:1] != ["delete"] or len(words) < 2:
        return {}
    options: list[str] = []
    for name in ("-n", "--namespace", "--context", "--kubeconfig", "-l", "--selector"):
        options += [f"{name}={value}" if name[:2] == "--" else f"{name}{value}" for value in _values(command, name)]
    options += [arg for arg in command.args if arg in {"-A", "--all-namespaces"}]
    return {"cluster": (command.program, "get", *words[1:], *options, "--no-headers", "--ignore-not-found")}


def _values(command: SimpleCommand, name: str) -> list[str]:
    return [value for value in option_values(command.args, (name,)) if value and not value.startswith("-")]


def _database(command: SimpleCommand) -> Plan:
    words = operands(command)
    name = next(iter(option_values(command.args, ("-d", "--dbname", "--database"))), words[0] if words else "")
    if " " in name or name.startswith("-"):
        name = ""
    if "://" in name:
        name = name.rsplit("/", 1)[-1].split("?", 1)[0]
    return {"database": (name, database_of(command))} if name else {}
