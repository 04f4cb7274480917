"""Commands that destroy nothing but take something out of service; for the guard, no matter for the catalog."""

from __future__ import annotations

import re

from runbook.detect.command_patterns import has_flag
from runbook.detect.destructive_remote import Destruction
from runbook.detect.sqltext import redis_words
from runbook.detect.targets import engine_words, is_compose, operands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

_ENGINES = frozenset({"docker", "podman", "nerdctl"})
_MACHINE = frozenset({"reboot", "shutdown", "poweroff", "halt"})
_UNITS = frozenset({"stop", "kill", "mask"})
_STARTED_AGAIN = "start the new version beside it first: docker compose -p NAME -f docker-compose.pr.yml up -d"

_SUPERVISORS = {
    "supervisorctl": {"stop", "shutdown"},
    "pm2": {"stop", "delete", "kill"},
    "pg_ctl": {"stop"},
    "pg_ctlcluster": {"stop"},
}
_REMOVE = frozenset({"remove", "rm", "erase"})
_PACKAGE_TOOLS: dict[str, tuple[frozenset[str], str]] = {
    **dict.fromkeys(("apt", "apt-get", "aptitude"), (_REMOVE, "apt-get -s remove NAME")),
    **dict.fromkeys(("yum", "dnf", "dnf5", "microdnf"), (_REMOVE, "dnf remove --assumeno NAME")),
    "zypper": (_REMOVE, "zypper remove --dry-run NAME"),
    "snap": (_REMOVE, "snap stop NAME"),
    "apk": (frozenset({"del"}), "apk del --simulate NAME"),
    "dpkg": (frozenset({"-r", "--remove"}), "dpkg --dry-run -r NAME"),
    "rpm": (frozenset({"-e", "--erase"}), "rpm -e --test NAME"),
    "pacman": (frozenset({"-R", "--remove"}), "pacman -Rp NAME"),
}
"""For each package manager the words that remove, and how to see first what would go."""

_ONLY_SHOWN = frozenset(
    {"-s", "--simulate", "--no-act", "--just-print", "--recon", "--assumeno", "--assume-no", "-D", "--test", "--print"}
)
PROGRAMS = frozenset(
    {*_ENGINES, *_MACHINE, *_SUPERVISORS, *_PACKAGE_TOOLS}
    | {"docker-compose", "podman-compose", "systemctl", "service", "redis-cli", "valkey-cli"}
)
"""Programs that are judged here."""


def interruption(command: SimpleCommand) -> Destruction | None:
    """What ``command`` takes out of service, or None."""
    if {"--help", "--dry-run"}.intersection(command.args) or (
        command.args[-1:] == ("-h",) and command.program not in _MACHINE
    ):
        return None
    words = operands(command)
    if is_compose(command):
        words = words[1:] if command.program in _ENGINES else words
        return _stopped(words, "every service of the project")
    if command.program in _ENGINES:
        words = engine_words(command)
        return _engine(words[1:] if words[:1] == ["container"] else words)
    if command.program in _PACKAGE_TOOLS:
        return _packages(command, words)
    if command.program in {"redis-cli", "valkey-cli"}:
        return _redis(command)
    return _unit(command, words)


def _stopped(words: list[str], everything: str) -> Destruction | None:
    if not words or words[0] not in {"stop", "kill"}:
        return None
    return Destruction(f"{' '.join(words[1:]) or everything}, until somebody starts it again", _STARTED_AGAIN)


def _engine(words: list[str]) -> Destruction | None:
    if words[:1] == ["rm"]:
        return Destruction("the container, its logs and what was written inside", "docker logs and docker cp first")
    if words[:1] == ["network"] and words[1:2] in (["rm"], ["remove"], ["prune"]):
        return Destruction(
            "the network; what is stopped and belongs to it does not start until it is made again",
            "docker network ls, then docker network inspect",
        )
    if words[:2] == ["service", "scale"] and any(word.endswith("=0") for word in words):
        return Destruction("every task of the service", "docker service update --image OLD")
    return _stopped(words, "what is named")


def _packages(command: SimpleCommand, words: list[str]) -> Destruction | None:
    """A package whose program somebody may be using; with it go those that need it."""
    removing, safer = _PACKAGE_TOOLS[command.program]
    if command.program == "pacman":
        flags = next((arg for arg in command.args if re.fullmatch(r"-R[a-z]*", arg)), "")
        removes = bool(flags or "--remove" in command.args) and "p" not in flags
        named = words
    else:
        removes = not removing.isdisjoint((*words[:1], *command.args[:1]))
        named = [word for word in words if word not in removing]
    if not removes or _ONLY_SHOWN.intersection(command.args):
        return None
    return Destruction(f"{' '.join(named) or 'the packages'} and all that needs it, until it is installed again", safer)


def _redis(command: SimpleCommand) -> Destruction | None:
    if "SHUTDOWN" not in redis_words(command):
        return None
    return Destruction("the server, until somebody starts it again", "redis-cli INFO clients first")


def _unit(command: SimpleCommand, words: list[str]) -> Destruction | None:
    """Services and the machine itself."""
    program = command.program
    machine = Destruction("everything that runs on this machine", "systemctl restart of the one unit")
    if program in _MACHINE and "-c" not in command.args:
        return machine
    if program == "systemctl":
        return _systemd(command, words, machine)
    if _SUPERVISORS.get(program, set()).intersection(words):
        named = [word for word in words if word not in _SUPERVISORS[program]] if program != "pg_ctl" else []
        return Destruction(
            f"{' '.join(named) or 'the server'}, until somebody starts it again", f"{program} status first"
        )
    if program == "service" and words[1:2] == ["stop"]:
        return Destruction(f"{words[0]}, until somebody starts it again", "service NAME status first")
    return None


def _systemd(command: SimpleCommand, words: list[str], machine: Destruction) -> Destruction | None:
    if words[:1] and words[0] in _MACHINE | {"kexec", "emergency", "rescue"}:
        return machine
    if words[:1] == ["isolate"]:
        return Destruction(f"every unit that {' '.join(words[1:])} does not need", "systemctl stop of the one unit")
    if words[:1] and (words[0] in _UNITS or (words[0] == "disable" and has_flag(command.args, "--now"))):
        return Destruction(f"{' '.join(words[1:])}, until somebody starts it again", "systemctl status first")
    return None
