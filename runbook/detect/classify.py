"""What a command is for: looking, checking, keeping a copy, changing. The timeline rules think in these."""

from __future__ import annotations

import os.path
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

_WITH_SUBCOMMANDS = frozenset(
    {
        *(
            "docker",
            "podman",
            "docker-compose",
            "kubectl",
            "oc",
            "helm",
            "git",
            "systemctl",
            "service",
            "apt",
            "apt-get",
        ),
        *(
            "npm",
            "pnpm",
            "yarn",
            "bun",
            "pip",
            "uv",
            "poetry",
            "cargo",
            "go",
            "terraform",
            "tofu",
            "make",
            "gradle",
            "mvn",
        ),
        *(
            "aws",
            "gcloud",
            "az",
            "brew",
            "dnf",
            "yum",
            "composer",
            "bundle",
            "rails",
            "rake",
            "ansible",
            "nomad",
            "consul",
        ),
    }
)
_TWO_WORDS = frozenset(
    {"compose", "buildx", "run", "image", "container", "volume", "network", "system", "rollout", "config"}
)
_INTERPRETERS = frozenset({"python", "python3", "node", "ruby", "perl", "php", "bash", "sh", "npx", "deno"})
_OPTION_VALUES = frozenset(
    {
        *(
            "-f",
            "--file",
            "-p",
            "--project-name",
            "-t",
            "--tag",
            "-n",
            "--namespace",
            "-C",
            "-c",
            "--context",
            "-H",
            "-o",
        ),
        *(
            "--profile",
            "--env-file",
            "--name",
            "--platform",
            "--kubeconfig",
            "-e",
            "--env",
            "-v",
            "--volume",
            "--network",
        ),
    }
)
_LOOKING = frozenset(
    {
        *(
            "ls",
            "cat",
            "less",
            "more",
            "head",
            "tail",
            "grep",
            "rg",
            "zgrep",
            "find",
            "fd",
            "ps",
            "top",
            "htop",
            "df",
            "du",
        ),
        *(
            "free",
            "uptime",
            "who",
            "w",
            "id",
            "whoami",
            "hostname",
            "uname",
            "date",
            "echo",
            "printf",
            "pwd",
            "cd",
            "which",
        ),
        *(
            "type",
            "file",
            "stat",
            "wc",
            "sort",
            "uniq",
            "cut",
            "awk",
            "jq",
            "yq",
            "diff",
            "env",
            "printenv",
            "history",
            "man",
        ),
        *("clear", "reset", "exit", "logout", "fg", "bg", "jobs"),
        *(
            "ss",
            "netstat",
            "lsof",
            "ip",
            "ifconfig",
            "ping",
            "dig",
            "host",
            "nslookup",
            "traceroute",
            "nc",
            "curl",
            "wget",
        ),
        *(
            "journalctl",
            "dmesg",
            "vmstat",
            "iostat",
            "sar",
            "strace",
            "tcpdump",
            "openssl",
            "nmap",
            "test",
            "[",
            "true",
            "sleep",
        ),
        *(
            "tree",
            "pgrep",
            "column",
            "tr",
            "watch",
            "sha256sum",
            "md5sum",
            "realpath",
            "readlink",
            "command",
            "kubectx",
        ),
    }
)
_LOOKING_VERBS: dict[str, frozenset[str]] = {
    "docker": frozenset(
        {
            "ps",
            "logs",
            "inspect",
            "images",
            "info",
            "version",
            "stats",
            "top",
            "port",
            "diff",
            "history",
            "search",
            "events",
        }
    ),
    "compose": frozenset({"ps", "logs", "config", "images", "top", "port", "version", "ls", "events"}),
    "kubectl": frozenset(
        {"get", "describe", "logs", "top", "version", "explain", "events", "cluster-info", "config", "api-resources"}
    ),
    "git": frozenset(
        {"status", "log", "diff", "show", "blame", "branch", "remote", "fetch", "ls-files", "rev-parse", "describe"}
    ),
    "systemctl": frozenset(
        {"status", "is-active", "is-enabled", "is-failed", "list-units", "cat", "show", "list-timers"}
    ),
    "helm": frozenset({"list", "status", "history", "get", "template", "lint", "version", "search"}),
    "terraform": frozenset({"plan", "show", "validate", "output", "version", "fmt", "graph"}),
    "npm": frozenset({"ls", "list", "view", "outdated", "audit", "test"}),
    "apt": frozenset({"list", "show", "search", "policy"}),
}
_CHECKING = frozenset(
    {"curl", "wget", "http", "httpie", "grpcurl", "nc", "pg_isready", "ping", "dig", "smoke", "pytest", "k6"}
)
_CHECKING_VERBS: dict[str, frozenset[str]] = {
    "docker": frozenset({"ps", "logs", "inspect", "stats", "top"}),
    "compose": frozenset({"ps", "logs", "top"}),
    "kubectl": frozenset({"get", "describe", "logs", "rollout", "top", "wait"}),
    "systemctl": frozenset({"status", "is-active", "is-failed"}),
    "helm": frozenset({"status", "test"}),
    "npm": frozenset({"test"}),
    "journalctl": frozenset(),
}
_EDITORS = frozenset({"vi", "vim", "nvim", "nano", "emacs", "ed", "micro", "code", "pico", "joe", "visudo", "sudoedit"})
_CONFIG_FILE = re.compile(
    r"(?:^|/)(?:\.env(?:\.\w+)?|dockerfile[\w.-]*|[\w.-]+\.(?:ya?ml|conf|cfg|ini|toml|env|properties|json|service|tf|tfvars))$",
    re.IGNORECASE,
)
_BACKUP_NAME = re.compile(r"(?i)(?:backup|\.bak\b|\.orig\b|\.old\b|\.save\b|\.copy\b|snapshot|\.\d{8})")
_COPIERS = frozenset({"cp", "rsync", "tar", "zip", "scp", "gzip", "rclone", "7z", "dd"})
_DUMPERS = frozenset(
    {
        "pg_dump",
        "pg_dumpall",
        "pg_basebackup",
        "mysqldump",
        "mariadb-dump",
        "mongodump",
        "restic",
        "borg",
        "velero",
        "etcdctl",
        "duplicity",
    }
)


def words_of(command: SimpleCommand) -> list[str]:
    """Arguments without options and the values of the commonest options."""
    words: list[str] = []
    skip = False
    for arg in command.args:
        if skip:
            skip = False
        elif arg.startswith("-"):
            skip = arg in _OPTION_VALUES and not (arg == "-f" and _forces_or_follows(command, words))
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
    return tool, words[0] if words and command.program in _WITH_SUBCOMMANDS else ""


def thing(command: SimpleCommand) -> str:
    """What somebody tries when they type this, whatever the arguments that vary: ``docker compose up``."""
    words = words_of(command)
    if command.program in _WITH_SUBCOMMANDS:
        count = 2 if words and words[0] in _TWO_WORDS and command.program not in {"git", "make"} else 1
        return " ".join((command.program, *words[:count]))
    if command.program in _INTERPRETERS:
        return " ".join((command.program, *words[:1]))
    return command.program


def looks_only(command: SimpleCommand) -> bool:
    """Whether it leaves everything as it was."""
    tool, what = verb(command)
    if any(not target.startswith("/dev/") for target in command.writes):
        return False
    if tool in _LOOKING_VERBS:
        return what in _LOOKING_VERBS[tool]
    return tool in _LOOKING and not (tool == "find" and ("-delete" in command.args or "-exec" in command.args))


def checks(command: SimpleCommand) -> bool:
    """Whether somebody who types this looks at whether the service does what it should."""
    tool, what = verb(command)
    if tool in _CHECKING_VERBS:
        return not _CHECKING_VERBS[tool] or what in _CHECKING_VERBS[tool]
    return tool in _CHECKING


def keeps_copy(command: SimpleCommand) -> bool:
    """Whether it makes a copy that one could go back to."""
    tool, what = verb(command)
    if command.program in _DUMPERS or (
        command.program == "sqlite3" and any(".backup" in arg or ".dump" in arg for arg in command.args)
    ):
        return True
    if command.program in _COPIERS:
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
    if command.program in _EDITORS:
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
