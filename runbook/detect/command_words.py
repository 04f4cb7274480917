"""Words that matter before anything is parsed. Hot path: every recorded command is looked at with this alone.

The names are written out, because collecting them from the judges would load all of these; a test holds the two
together.
"""

from __future__ import annotations

import re

DESTROYERS = frozenset(
    {
        *("alembic", "apt", "apt-get", "aptitude", "argocd", "artisan", "awk", "aws", "az", "blkdiscard"),
        *("btrfs", "bun", "bundle", "bunx", "cdk", "chmod", "chown", "clickhouse-client", "cockroach"),
        *("console", "consul", "cp", "cqlsh", "crictl", "crontab", "cryptsetup", "curl", "dd", "deluser"),
        *("deno", "docker", "docker-compose", "doctl", "dotnet", "dpkg", "dropdb", "dropuser", "duckdb"),
        *("eksctl", "etcdctl", "fd", "find", "fly", "flyctl", "flyway", "gawk", "gcloud", "gh", "git"),
        *("gsutil", "hcloud", "hdparm", "helm", "helmfile", "heroku", "http", "https", "incus", "iptables"),
        *("kafka-topics", "kafka-topics.sh", "kind", "kops", "kubectl", "liquibase", "lvremove", "lxc"),
        *("manage.py", "mariadb", "mariadb-admin", "mawk", "mc", "mdadm", "minikube", "mix", "mke2fs", "mongo"),
        *("mongorestore", "mongosh", "mv", "mysql", "mysqladmin", "nawk", "nerdctl", "nft", "node", "nomad"),
        *("npx", "nvme", "oc", "parted", "perl", "pg_dropcluster", "pg_restore", "php", "podman"),
        *("podman-compose", "prisma", "psql", "pulumi", "pvremove", "python", "python3", "rabbitmqctl"),
        *("rails", "rake", "rclone", "redis-cli", "rm", "rsync", "ruby", "s3cmd", "sed", "sequelize"),
        *("serverless", "sgdisk", "shred", "sls", "sqlcmd", "sqlite3", "terraform", "terragrunt", "tofu"),
        *("truncate", "typeorm", "ufw", "unlink", "userdel", "vagrant", "valkey-cli", "vault", "vgremove"),
        *("barman", "borg", "duplicity", "flux", "ip6tables", "k3s-uninstall.sh", "kopia", "kubeadm", "pg_resetwal"),
        *("pg_resetxlog", "pgbackrest", "restic", "sfdisk", "tarsnap", "velero", "wal-g", "xfs_repair"),
        *("virsh", "wget", "wipefs", "xh", "yq", "zfs", "zpool"),
    }
)
"""Programs that some judge looks at; without one of them nothing on a line is destructive (besides ``mkfs.*``)."""

SQL_WORDS = frozenset({"DROP", "TRUNCATE", "DELETE", "ALTER", "UPDATE", "RESET", "PURGE"})
"""Words that begin a statement typed at a database's own prompt."""

INTERRUPTERS = frozenset(
    {"dmesg", "halt", "journalctl", "pg_archivecleanup", "pg_ctl", "pg_ctlcluster", "pm2", "poweroff", "reboot"}
    | {"service", "shutdown", "supervisorctl", "systemctl"}
    | {"apk", "dnf", "dnf5", "microdnf", "pacman", "rpm", "snap", "yum", "zypper"}
)
"""Programs that take something out of service or routinely let go of something, besides those that destroy as well."""

RUNNERS = frozenset(
    {
        *(".", "ash", "at", "awk", "bash", "batch", "bmake", "bun", "dash", "eval", "fish", "gawk", "gmake", "just"),
        *("ksh", "make", "mawk", "mksh", "node", "npm", "parallel", "perl", "php", "pnpm", "python", "python3"),
        *("rbash", "ruby", "sh", "source", "ssh", "su", "xargs", "yarn", "zsh"),
    }
)
"""Programs that run a text or a file which may hold anything."""

_ENGINE = (
    *("down", "rm", "rmi", "prune", "stop", "kill", "remove", "leave", "reset", "scale"),
    *("--remove-orphans", "-V", "--renew-anon-volumes"),
)
_CODE = ("-c", "-e", "-E", "-r", "-", "--eval", "-ne", "-pe", "flush", "reset_db", "migrate", "db")
BESIDE: dict[str, tuple[str, ...]] = {
    "git": (
        *("push", "reset", "clean", "checkout", "restore", "switch", "stash", "branch", "filter-branch"),
        *("filter-repo", "reflog", "worktree", "update-ref", "gc", "rm"),
    ),
    **dict.fromkeys(("docker", "podman", "nerdctl", "docker-compose", "podman-compose"), _ENGINE),
    **dict.fromkeys(("kubectl", "oc"), ("delete", "drain", "replace", "scale", "rsh", "taint")),
    "helm": ("uninstall", "delete", "del", "un"),
    **dict.fromkeys(("terraform", "tofu"), ("destroy", "-destroy", "--destroy", "rm", "delete", "apply")),
    **dict.fromkeys(("curl", "wget", "http", "https", "xh"), ("DELETE", "XDELETE", "-XDELETE", "_delete_by_query")),
    **dict.fromkeys(("python", "python3", "node", "perl", "ruby", "php", "bun", "deno"), _CODE),
    "find": ("-delete", "-exec", "-execdir", "-ok", "-okdir"),
    **dict.fromkeys(("cp", "mv"), ("null",)),
    **dict.fromkeys(("sed", "yq"), ("compose.yml", "compose.yaml", "docker-compose.yml", "docker-compose.yaml")),
    **dict.fromkeys(("awk", "gawk", "mawk"), ("system",)),
    **dict.fromkeys(("apt", "apt-get", "aptitude"), ("purge", "--purge", "remove")),
    "dpkg": ("-P", "--purge", "-r", "--remove"),
    **dict.fromkeys(("yum", "dnf", "dnf5", "microdnf", "zypper", "snap"), ("remove", "rm", "erase")),
    "apk": ("del",),
    "rpm": ("-e", "--erase"),
    "pacman": ("-R", "-Rs", "-Rn", "-Rns", "-Rsn", "-Rc", "-Rcns", "-Rsc", "-Rdd", "--remove"),
    **dict.fromkeys(("chmod", "chown"), ("-R", "--recursive")),
    "systemctl": (
        "stop",
        "kill",
        "mask",
        "disable",
        "reboot",
        "poweroff",
        "halt",
        "kexec",
        "emergency",
        "rescue",
        "isolate",
    ),
    **dict.fromkeys(("service", "pg_ctl", "pg_ctlcluster"), ("stop",)),
    "supervisorctl": ("stop", "shutdown"),
    "pm2": ("stop", "delete", "kill"),
    "journalctl": ("--vacuum-size", "--vacuum-time", "--vacuum-files"),
    "dmesg": ("-C", "-c", "--clear", "--read-clear"),
    "borg": ("delete", "prune"),
    "restic": ("forget", "prune"),
    "npm": ("run", "run-script", "start", "stop", "restart", "test"),
    "xargs": (),
}
"""For a shell's cheap look: programs that are asked about only where one of these words stands beside them.

Nothing beside them: never by themselves, because what they run is named by a word of its own.
"""

CLOUDS = frozenset({"aws", "az", "doctl", "gcloud", "hcloud"})
"""Programs with verbs such as ``delete-db-instance``, which no list of words holds."""


def words_for_shells() -> dict[str, tuple[str, ...]]:
    """For each word that can matter the words of which one must stand beside it; none: it is enough by itself."""
    words = {name: BESIDE.get(name, ()) for name in sorted(DESTROYERS | RUNNERS | INTERRUPTERS)}
    for name in CLOUDS:
        words[name] = ()
    return {name: beside for name, beside in words.items() if beside or name not in BESIDE or name in CLOUDS}


_BUILDERS = frozenset({"docker", "podman", "buildah"})
_WORD = re.compile(r"[A-Za-z0-9_.+-]+")
_HIDING = r"\\\n|['\"\\]"
_PATH_RUN = r"(?:^|[;&|(){}\n`]|\b(?:sudo|env|exec|time|nohup|then|do|else|command|xargs|ssh)\b)\s*\S*/\S"
_WRITTEN = (
    r">[|&]?\s*[^\s>&|]*(?:/var/log/|/var/lib/docker/|-json\.log\b|\.(?:db|sqlite3?|rdb|aof|ibd|frm|mdb|wal)\b"
    r"|/dev/(?:[hvm]d|sd|xvd|nvme|mmc|mapper|dis|dm))"
)


def words_in(text: str) -> set[str]:
    """Every word of ``text`` that could be a program's name, seen through quotes and backslashes."""
    words = set(_WORD.findall(text))
    if "\\" in text or "'" in text or '"' in text:
        words.update(_WORD.findall(re.sub(_HIDING, "", text)))
    return words


def may_destroy(words: set[str]) -> bool:
    """Whether a text with these words can name a destructive command."""
    return not DESTROYERS.isdisjoint(words) or any(
        word.startswith("mkfs") or word.upper() in SQL_WORDS for word in words
    )


def may_be_dangerous(line: str) -> bool:
    """Whether the guard must look closely: a program that can destroy, or something that runs something else."""
    words = words_in(line)
    return (
        may_destroy(words)
        or "compose" in line
        or not (RUNNERS | INTERRUPTERS).isdisjoint(words)
        or "$'\\" in line
        or (re.search(_PATH_RUN, line) is not None if "/" in line else False)
        or (re.search(_WRITTEN, line) is not None if ">" in line else False)
    )


def may_apply(rule: str, words: set[str]) -> bool:
    """Whether a named rule over commands can find something in a text with these words."""
    return may_destroy(words) if rule == "destructive" else not _BUILDERS.isdisjoint(words)
