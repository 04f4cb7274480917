"""Destructive commands of services and disks: queues, key-value stores, HTTP, disks, packages, lines of code."""

from __future__ import annotations

import re
from itertools import pairwise

from runbook.detect.destructive_git import flags_of
from runbook.detect.destructive_remote import Destruction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.commands import SimpleCommand

    Judge = Callable[[SimpleCommand], Destruction | None]

_CODE = re.compile(
    r"\b(?:rmtree|rm_rf|rm_r|remove_tree|rmSync|rimraf|removedirs|remove_dir_all)\b"
    r"|(?:system|popen|exec|run|call|check_output|spawn|spawnSync|execSync|qx|\x60)[^\n]{0,20}\brm\s+-\w*[rR]"
    r"|\bexecute\w*\s*\([^\n]{0,20}(?i:\bdrop\s+(?:table|database|schema)\s+\w)"
)
_CALLS = re.compile(
    r"(?:system|popen|Popen|exec|run|call|check_call|check_output|spawn|execSync|spawnSync|qx)\s{0,5}[({]\s{0,5}\[?\s{0,5}"
    r"(?:\"([^\"\n]{1,500})\"|'([^'\n]{1,500})')((?:\s{0,3},\s{0,3}(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}')){0,20})"
)
"""A call that starts a program or a shell: its first text, and those after it."""

_CODE_FLAGS = frozenset({"-c", "-e", "-E", "-r", "--eval", "-ne", "-pe"})
AWKS = frozenset({"awk", "gawk", "mawk", "nawk"})
_COPY = "a copy of it first"
_DISK = Destruction("everything on the device", "lsblk -f, and a copy of the device first")


def _words(command: SimpleCommand) -> list[str]:
    return [arg for arg in command.args if not arg.startswith("-")]


def _all(words: set[str], what: str, safer: str = _COPY) -> Judge:
    """A judge for programs where all of these words among the arguments say it."""
    found = Destruction(what, safer)
    return lambda command: found if words <= set(command.args) else None


def _any(words: set[str], what: str, safer: str = _COPY) -> Judge:
    """... where one of them does."""
    found = Destruction(what, safer)
    return lambda command: found if words.intersection(command.args) else None


def _code(command: SimpleCommand) -> Destruction | None:
    """A line of code given to an interpreter."""
    texts = [text for flag, text in pairwise(command.args) if flag in _CODE_FLAGS]
    if command.program in AWKS:
        texts = [arg for arg in command.args if not arg.startswith("-")][:1]
    texts.append(command.stdin or "")
    removes = Destruction("what the code removes", "the same code with a print in place of the removal")
    return next((_started(text) or removes for text in texts if _CODE.search(text) or _started(text)), None)


def _started(code: str) -> Destruction | None:
    """What the programs destroy that a line of code starts."""
    from runbook.detect.commands import simple_commands  # noqa: PLC0415  only where code starts a program
    from runbook.detect.destructive import destruction  # noqa: PLC0415  which asks this module

    for match in list(_CALLS.finditer(code))[:20]:
        first = match[1] or match[2]
        line = " ".join([first, *(text.strip("'\"") for text in re.findall(r"\"[^\"]*\"|'[^']*'", match[3]))])
        for each in simple_commands(line):
            if taken := destruction(each):
                return taken
    return None


def _http(command: SimpleCommand) -> Destruction | None:
    args = command.args
    deletes = any(
        arg in {"--request=DELETE", "--method=DELETE"}
        or (re.fullmatch(r"-\w*XDELETE", arg) is not None)
        or (re.fullmatch(r"-\w*X", arg) is not None and args[at + 1 : at + 2] == ("DELETE",))
        or (arg in {"--request", "--method"} and args[at + 1 : at + 2] == ("DELETE",))
        for at, arg in enumerate(args)
    ) or (command.program in {"http", "https", "xh"} and "DELETE" in args[:4])
    deletes = deletes or any(arg.split("?", 1)[0].endswith("/_delete_by_query") for arg in args)
    if not deletes:
        return None
    return Destruction("what lies at that address", "the same address with GET, kept in a file")


def _rclone(command: SimpleCommand) -> Destruction | None:
    words = _words(command)
    if words[:1] and words[0] in {"purge", "delete", "deletefile", "sync", "move", "rmdirs"}:
        return Destruction("files in the storage", "the same with --dry-run")
    return None


def _packages(command: SimpleCommand) -> Destruction | None:
    if {"-s", "--simulate", "--no-act"} & set(command.args):
        return None
    if "purge" in _words(command)[:1] or {"--purge", "-P"} & set(command.args):
        return Destruction("the packages, their configuration and often their data", "apt remove keeps configuration")
    return None


def _restore(command: SimpleCommand) -> Destruction | None:
    if {"--clean", "-c", "--drop"} & set(command.args):
        return Destruction("what the database holds now", "a dump of it first, and a restore beside it")
    return None


def _kafka(command: SimpleCommand) -> Destruction | None:
    return (
        Destruction("the topic and every message in it", "a consumer that keeps it")
        if ("--delete" in command.args)
        else None
    )


def _redirects(command: SimpleCommand) -> Destruction | None:
    """``cp /dev/null app.db``, ``mv data /dev/null``."""
    words = _words(command)
    if len(words) > 1 and "/dev/null" in (words[0], words[-1]):
        return Destruction(f"{words[-1] if words[0] == '/dev/null' else words[0]}, all of it", "cp it somewhere first")
    return None


SERVICES: dict[str, Judge] = {
    **dict.fromkeys(("curl", "http", "https", "xh", "wget"), _http),
    **dict.fromkeys(AWKS, _code),
    **dict.fromkeys(("lxc", "incus"), _any({"delete"}, "the container and its disk", "lxc snapshot")),
    "crictl": _any({"rm", "rmi", "rmp"}, "the container", "crictl stop"),
    **dict.fromkeys(("perl", "ruby", "node", "bun", "deno"), _code),
    **dict.fromkeys(("apt", "apt-get", "aptitude", "dpkg"), _packages),
    **dict.fromkeys(("pg_restore", "mongorestore"), _restore),
    **dict.fromkeys(("kafka-topics", "kafka-topics.sh"), _kafka),
    **dict.fromkeys(("cp", "mv"), _redirects),
    **dict.fromkeys(("blkdiscard", "pvremove"), lambda _command: _DISK),
    "rclone": _rclone,
    "mc": lambda command: (
        Destruction("every object below that prefix", "mc ls --recursive")
        if (_words(command)[:1] == ["rm"] and flags_of(command.args) & {"r", "--recursive"})
        or _words(command)[:1] == ["rb"]
        or (_words(command)[:1] == ["mirror"] and "--remove" in command.args)
        else None
    ),
    "sfdisk": _any({"--delete", "--wipe=always"}, "partitions", "sfdisk --dump > partitions.backup"),
    "xfs_repair": _any({"-L"}, "what is only in the log of the filesystem", "mount it, which plays the log, or -n"),
    "kubeadm": _all({"reset"}, "this node's part of the cluster, etcd's data on a control plane", "kubectl drain"),
    "flux": _any({"uninstall", "delete"}, "what it manages, with the objects where pruning is on", "flux suspend"),
    "k3s-uninstall.sh": lambda _command: Destruction("the whole cluster and its data", "k3s etcd-snapshot save"),
    "s3cmd": _any({"rb", "--recursive"}, "every object below that prefix", "the same with --dry-run"),
    "sgdisk": _any({"-Z", "--zap-all", "-o", "--clear"}, "the partition table", "sgdisk --backup=FILE"),
    "parted": _any({"mklabel", "mktable", "rm"}, "partitions", "sfdisk --dump > partitions.backup"),
    "cryptsetup": _any({"luksFormat", "erase", "luksErase"}, "everything on the device", "luksHeaderBackup"),
    "mdadm": _any({"--zero-superblock"}, "the device's place in its array", "mdadm --examine"),
    "nvme": _any({"format", "sanitize"}, "everything on the device"),
    "hdparm": _any({"--security-erase"}, "everything on the device"),
    "btrfs": _all({"subvolume", "delete"}, "the subvolume", "btrfs subvolume snapshot"),
    "etcdctl": _any({"del"}, "the keys", "etcdctl snapshot save"),
    "consul": _all({"kv", "delete"}, "the keys", "consul snapshot save"),
    "vault": _any({"destroy", "disable"}, "secrets, past recovery", "vault kv get -format=json > FILE"),
    "rabbitmqctl": _any(
        {"reset", "force_reset", "delete_queue", "purge_queue", "delete_vhost"}, "queues and their messages"
    ),
    "eksctl": _any({"delete"}, "the cluster or a part of it", "eksctl get"),
    "kind": _any({"delete"}, "the cluster"),
    "minikube": _any({"delete"}, "the cluster", "minikube stop"),
    "kops": _any({"delete"}, "the cluster"),
    "heroku": _any({"apps:destroy", "pg:reset", "pg:push", "addons:destroy"}, "the app or its database"),
    "fly": _any({"destroy"}, "the app, its machines or volumes"),
    "flyctl": _any({"destroy"}, "the app, its machines or volumes"),
    "gh": lambda command: (
        Destruction("the repository or release", "gh repo archive")
        if _words(command)[:2] in (["repo", "delete"], ["release", "delete"])
        else None
    ),
    "flyway": _any({"clean"}, "every object of the schema"),
    "liquibase": _any({"dropAll", "drop-all"}, "every object of the schema"),
    "alembic": _all({"downgrade", "base"}, "what every migration added"),
    "deluser": _any({"--remove-home", "--remove-all-files"}, "the user's files", "usermod --lock"),
    "nomad": _all({"job", "stop"}, "the job's allocations", "nomad job status"),
    "unlink": lambda command: (
        Destruction(" ".join(_words(command)), "mv it aside")
        if any(re.search(r"\.(?:db|sqlite3?|rdb|sql)$", word) for word in _words(command))
        else None
    ),
    "fd": lambda command: (
        Destruction("every file it finds", "the same without -x")
        if {"-x", "-X", "--exec", "--exec-batch"} & set(command.args) and {"rm", "shred"} & set(command.args)
        else None
    ),
}
"""Program -> who judges it."""

CODE: Judge = _code
"""Judges a line of code; for interpreters that other judges look at as well."""
