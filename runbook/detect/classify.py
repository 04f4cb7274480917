"""What a command is for: looking, checking, keeping a copy, changing. The timeline rules think in these."""

from __future__ import annotations

import os.path
import re

from runbook.detect import programs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

_CONFIG_FILE = re.compile(
    r"(?:^|/)(?:\.env(?:\.\w+)?|dockerfile[\w.-]*|[\w.-]+\.(?:ya?ml|conf|cfg|ini|toml|env|properties|json|service|tf|tfvars))$",
    re.IGNORECASE,
)
_BACKUP_NAME = re.compile(r"(?i)(?:backup|\.bak\b|\.orig\b|\.old\b|\.save\b|\.copy\b|snapshot|\.\d{8})")


def words_of(command: SimpleCommand) -> list[str]:
    """Arguments without options and the values of the commonest options."""
    words: list[str] = []
    skip = False
    for arg in command.args:
        if skip:
            skip = False
        elif arg.startswith("-"):
            skip = arg in programs.OPTION_VALUES and not (arg == "-f" and _forces_or_follows(command, words))
        else:
            words.append(arg)
    return words


def _forces_or_follows(command: SimpleCommand, words: list[str]) -> bool:
    """Whether ``-f`` here is a flag (``docker rm -f web``), not a file (``apply -f web.yaml``)."""
    return command.program in {"rm", "cp", "mv", "ln", "tail"} or words[-1:] in (
        ["rm"],
        ["rmi"],
        ["logs"],
        ["prune"],
        ["push"],
        ["clean"],
    )


def verb(command: SimpleCommand) -> tuple[str, str]:
    """Tool and what it is asked to do: ``("compose", "up")``, ``("docker", "build")``, ``("sed", "")``."""
    words = words_of(command)
    if command.program in {"docker-compose", "podman-compose"}:
        return "compose", words[0] if words else ""
    if command.program in {"docker", "podman"} and words[:1] == ["compose"]:
        return "compose", words[1] if len(words) > 1 else ""
    tool = {
        "podman": "docker",
        "oc": "kubectl",
        "tofu": "terraform",
        "apt-get": "apt",
        "yarn": "npm",
        "pnpm": "npm",
    }.get(command.program, command.program)
    return tool, words[0] if words and command.program in programs.WITH_SUBCOMMANDS else ""


def thing(command: SimpleCommand) -> str:
    """What somebody tries when they type this, whatever the arguments that vary: ``docker compose up``."""
    words = words_of(command)
    if command.program in programs.WITH_SUBCOMMANDS:
        count = 2 if words and words[0] in programs.TWO_WORDS and command.program not in {"git", "make"} else 1
        return " ".join((command.program, *words[:count]))
    if command.program in programs.INTERPRETERS:
        return " ".join((command.program, *words[:1]))
    return command.program


def looks_only(command: SimpleCommand) -> bool:
    """Whether it leaves everything as it was."""
    tool, what = verb(command)
    if any(not target.startswith("/dev/") for target in command.writes):
        return False
    if tool in programs.LOOKING_VERBS:
        return what in programs.LOOKING_VERBS[tool]
    return tool in programs.LOOKING and not (tool == "find" and ("-delete" in command.args or "-exec" in command.args))


def checks(command: SimpleCommand) -> bool:
    """Whether somebody who types this looks at whether the service does what it should."""
    tool, what = verb(command)
    if tool in programs.CHECKING_VERBS:
        return not programs.CHECKING_VERBS[tool] or what in programs.CHECKING_VERBS[tool]
    return tool in programs.CHECKING


def keeps_copy(command: SimpleCommand) -> bool:
    """Whether it makes a copy that one could go back to."""
    tool, what = verb(command)
    if command.program in programs.DUMPERS or (
        command.program == "sqlite3" and any(".backup" in arg or ".dump" in arg for arg in command.args)
    ):
        return True
    if command.program in programs.COPIERS:
        return any(_BACKUP_NAME.search(arg) for arg in (*command.args, *command.writes)) or (
            command.program == "tar" and any(arg.startswith(("c", "-c")) for arg in command.args[:1])
        )
    if command.program == "runbook":
        return command.args[:1] == ("backup",)
    return (tool, what) in {
        ("docker", "save"),
        ("docker", "commit"),
        ("docker", "tag"),
        ("docker", "export"),
        ("git", "tag"),
        ("git", "stash"),
        ("git", "commit"),
    }


def edited_files(command: SimpleCommand) -> list[str]:
    """Files it changes by hand: editors, ``sed -i``, ``tee``, copies onto them, redirections."""
    words = words_of(command)
    files = [target for target in command.writes if not target.startswith("/dev/")]
    if command.program in programs.EDITORS:
        files += words
    elif command.program == "sed" and any(arg.startswith(("-i", "--in-place")) for arg in command.args):
        script_given = any(arg in {"-e", "-f"} or arg.startswith("--expression") for arg in command.args)
        files += words if script_given else words[1:]
    elif command.program == "perl" and any(re.match(r"-\w*i", arg) for arg in command.args):
        files += words[-1:]
    elif command.program == "yq" and {"-i", "--inplace"} & set(command.args):
        files += words[1:]
    elif command.program == "tee":
        files += words
    elif command.program in {"cp", "mv", "install", "ln"} and len(words) > 1:
        files.append(words[-1])
    return files


def is_config(path: str) -> bool:
    """Whether a path looks like configuration that people deploy with."""
    if path.startswith(("/tmp/", "/var/tmp/", "/dev/")) or _BACKUP_NAME.search(os.path.basename(path)):  # noqa: S108  named, not used
        return False
    return bool(_CONFIG_FILE.search(path)) or path.startswith("/etc/")


def changes(command: SimpleCommand) -> bool:
    """Whether it changes what runs or what it runs with."""
    tool, what = verb(command)
    changing: dict[str, frozenset[str]] = {
        "docker": frozenset(
            {"run", "start", "stop", "restart", "rm", "kill", "update", "rename", "stack", "service", "load"}
        ),
        "compose": frozenset({"up", "down", "restart", "start", "stop", "rm", "kill", "create", "run"}),
        "kubectl": frozenset(
            {"apply", "delete", "scale", "edit", "patch", "replace", "set", "create", "drain", "rollout"}
        ),
        "helm": frozenset({"install", "upgrade", "rollback", "uninstall"}),
        "terraform": frozenset({"apply", "destroy", "import", "state"}),
        "systemctl": frozenset({"restart", "start", "stop", "reload", "enable", "disable", "mask", "daemon-reload"}),
        "service": frozenset(words_of(command)[:1]) if words_of(command)[1:2] not in ([], ["status"]) else frozenset(),
        "apt": frozenset({"install", "upgrade", "remove", "purge", "dist-upgrade", "full-upgrade"}),
        "ansible-playbook": frozenset({""}),
        "reboot": frozenset({""}),
        "nginx": frozenset({""}) if "-s" in command.args else frozenset(),
    }
    if tool == "kubectl" and what == "rollout":
        return not {"status", "history"} & set(command.args)
    return what in changing.get(tool, frozenset()) or any(is_config(path) for path in edited_files(command))
