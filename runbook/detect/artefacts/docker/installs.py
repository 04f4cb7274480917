"""Package managers as Dockerfiles call them: what a command installs, and whether development packages come along."""

from __future__ import annotations

import itertools
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.detect.commands import SimpleCommand

_NODE = {
    "npm": {"install", "i", "ci", "clean-install"},
    "yarn": {"install", ""},
    "pnpm": {"install", "i"},
    "bun": {"install", "i"},
}
_PRODUCTION = frozenset(
    {
        *("--production", "--prod", "-P", "-p", "--omit=dev", "--only=production", "--only=prod", "--production=true"),
        *("--no-dev", "--only=main", "--without=dev", "--without=development"),
    }
)
_LEAVING_OUT = ("--without=", "--omit=", "--only=")
_BRINGING_ALONG = frozenset(
    {
        *("--include=dev", "--also=dev", "--also=development", "--only=dev", "--dev"),
        *("--production=false", "--prod=false", "--production=0", "--no-production"),
    }
)
"""What asks for development packages, whatever the environment says."""

_NODE_SWITCHES = frozenset({"NODE_ENV=production", "NPM_CONFIG_PRODUCTION=true", "NPM_CONFIG_OMIT=dev"})
_SWITCHES = {
    **dict.fromkeys(_NODE, _NODE_SWITCHES),
    "poetry": frozenset({"POETRY_WITHOUT"}),
    "composer": frozenset({"COMPOSER_NO_DEV=1"}),
    "bundle": frozenset({"BUNDLE_WITHOUT", "BUNDLE_DEPLOYMENT"}),
    "uv": frozenset({"UV_NO_DEV"}),
}
"""Package manager -> what the environment holds where it leaves development packages out by itself."""

_DEV_FILE = re.compile(r"(?:^|[/._-])(?:dev|test|tests|development)(?:[/._-]|$)")
_VALUE_OPTIONS = frozenset({"--cwd", "--prefix", "-C", "--cache", "--registry", "--filter", "--dir", "--cache-folder"})

TOOLCHAIN = re.compile(
    r"(?:build-essential|build-base|gcc(?:-\d+)?|g\+\+(?:-\d+)?|clang|make|cmake|ninja-build|autoconf|automake|"
    r"musl-dev|libc-dev|libc6-dev|linux-headers|python3?-dev|python3?-devel|cargo|rustc|golang(?:-go)?|go|maven|gradle|"
    r"openjdk-?\d+(?:-jdk(?:-headless)?)?|default-jdk|kernel-devel|gcc-c\+\+|base-devel|node-gyp)"
)
"""Packages that compile."""


def names(arguments: Iterable[str]) -> list[str]:
    """The arguments that are neither options nor the values of known ones."""
    found: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _VALUE_OPTIONS:
            skip = True
        elif not argument.startswith("-"):
            found.append(argument)
    return found


def dependencies_by(command: SimpleCommand) -> str:
    """The package manager, if ``command`` installs what the project's own manifest lists; else ""."""
    program, plain = command.program, names(command.args)
    if program in _NODE:
        verb = plain[0] if plain else ""
        return program if verb in _NODE[program] and len(plain) <= 1 else ""
    pip = _pip_arguments(command)
    if pip is not None:
        return "pip" if pip[:1] == ["install"] and any(each.startswith(("-r", "--requirement")) for each in pip) else ""
    first = plain[0] if plain else ""
    if program == "go":
        return "go" if plain[:2] == ["mod", "download"] else ""
    known = {
        "poetry": {"install"},
        "pipenv": {"install", "sync"},
        "uv": {"sync"},
        "bundle": {"install", ""},
        "composer": {"install"},
    }
    return program if first in known.get(program, ()) and len(plain) <= 1 else ""


def with_development(command: SimpleCommand, environment: dict[str, str]) -> bool:
    """Whether an install of the manifest's dependencies brings the development ones along.

    Args:
        command: for which :func:`dependencies_by` names a manager.
        environment: what ``ENV`` and assignments on the line set.
    """
    manager, arguments = dependencies_by(command), set(command.args)
    if manager == "pip":
        return any(_DEV_FILE.search(each) for each in _requirement_files(command.args))
    pairs = {f"{one}={other}" for one, other in itertools.pairwise(command.args)}
    if manager in _NODE and (arguments | pairs) & _BRINGING_ALONG:
        return True
    if arguments & _PRODUCTION or pairs & _PRODUCTION or any(each.startswith(_LEAVING_OUT) for each in arguments):
        return False
    if manager == "pipenv":
        return bool(arguments & {"--dev", "-d"})
    names_and_values = {*environment, *(f"{name}={value}" for name, value in environment.items())}
    return manager in _SWITCHES and not names_and_values & _SWITCHES[manager]


def prunes(command: SimpleCommand) -> bool:
    """Whether ``command`` takes development packages out again."""
    args = command.args
    if command.program in {"npm", "pnpm"} and args[:1] == ("prune",):
        return True
    return (command.program, *args[:1]) in {("yarn", "workspaces"), ("bundle", "clean"), ("bundle", "config")}


def system_packages(command: SimpleCommand) -> list[str]:
    """What ``command`` installs with the system's package manager."""
    plain = names(command.args)
    verbs = {
        "apt-get": "install",
        "apt": "install",
        "apk": "add",
        "yum": "install",
        "dnf": "install",
        "microdnf": "install",
    }
    if not plain or verbs.get(command.program) != plain[0]:
        return []
    return [re.split(r"[=<>~]", each)[0] for each in plain[1:]]


def removes_packages(command: SimpleCommand) -> bool:
    """Whether ``command`` takes system packages away again."""
    return command.program in {"apt-get", "apt", "apk", "yum", "dnf", "microdnf"} and bool(
        {"purge", "remove", "autoremove", "del"} & set(command.args)
    )


def _pip_arguments(command: SimpleCommand) -> list[str] | None:
    args = list(command.args)
    if command.program in {"pip", "pip3"}:
        return args
    if command.program.startswith("python") and args[:2] == ["-m", "pip"]:
        return args[2:]
    if command.program == "uv" and args[:1] == ["pip"]:
        return args[1:]
    return None


def _requirement_files(arguments: tuple[str, ...]) -> list[str]:
    found = [each.partition("=")[2] for each in arguments if each.startswith("--requirement=")]
    for at, each in enumerate(arguments[:-1]):
        if each in {"-r", "--requirement"}:
            found.append(arguments[at + 1])
    return found
