"""Commands that destroy nothing but take something out of service; for the guard, no matter for the catalog."""

from __future__ import annotations

from runbook.detect.command_patterns import has_flag
from runbook.detect.destructive_remote import Destruction
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
PROGRAMS = frozenset({*_ENGINES, *_MACHINE, *_SUPERVISORS, "docker-compose", "podman-compose", "systemctl", "service"})
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
