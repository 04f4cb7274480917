"""Which commands take something away that cannot simply be had back, what that is, and what would be safer.

It judges one parsed command at a time. Cleaning caches, build products and temporary folders is not destructive;
neither is a dry run or a request for help.
"""

from __future__ import annotations

import os.path
import re
from itertools import pairwise

from runbook.detect.destructive_backups import BACKUPS
from runbook.detect.destructive_git import flags_of, git_destruction, operands_of
from runbook.detect.destructive_remote import REMOTE, Destruction
from runbook.detect.destructive_services import CODE, SERVICES
from runbook.detect.sqltext import SQL_PROGRAMS, sql_destruction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.commands import SimpleCommand

_SAFE_FOLDERS = frozenset(
    {
        *(
            "node_modules",
            "dist",
            "build",
            "out",
            "target",
            "coverage",
            "htmlcov",
            "tmp",
            "temp",
            ".cache",
            ".next",
            ".nuxt",
        ),
        *(
            "__pycache__",
            ".pytest_cache",
            ".mypy_cache",
            ".ruff_cache",
            ".tox",
            ".venv",
            "venv",
            ".gradle",
            ".parcel-cache",
        ),
        *(".turbo", ".eggs", ".terraform", "_build", "site-packages", ".sass-cache", "bower_components"),
    }
)
"""Folders whose content a build makes again."""

_SAFE_BEGINNINGS = (
    *("/tmp/", "/var/tmp/", "/var/lib/apt/lists", "/var/cache/", "/root/.cache", "/root/.npm", "/dev/shm/"),  # noqa: S108  named, not used
    *("~/.cache/", "$HOME/.cache", "${HOME}/.cache", "$TMPDIR", "${TMPDIR", "$TMP/", "$(mktemp"),
)
_COMPOSE_FILE = re.compile(r"^(?:docker-)?compose(?:[._-](?:prod|production|live))?\.ya?ml$")
_DATA_FILE = re.compile(r"\.(?:db|sqlite3?|rdb|aof|ibd|frm|mdb|wal)$")
_DEVICE = re.compile(r"^/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|mapper/|disk/|dm-|md)")
_INTERPRETERS = frozenset({"python", "python3", "php"})
_DRY = frozenset(
    {
        "--dry-run",
        "--dryrun",
        "--help",
        "--just-print",
        "--simulate",
        "--what-if",
        "--dry-run=client",
        "--dry-run=server",
    }
)


def destruction(command: SimpleCommand) -> Destruction | None:
    """What ``command`` takes away, or None if it takes away nothing of value."""
    if _DRY.intersection(command.args) or command.args[-1:] in (("-h",), ("-help",)):
        return None
    found = None
    for judges in (_JUDGES, REMOTE, SERVICES, BACKUPS):
        judge = judges.get(command.program)
        found = found or (judge(command) if judge is not None else None)
    if found is None and command.program.startswith("mkfs"):
        found = Destruction("everything on the device", "lsblk -f, and a copy of the device first")
    if found is None and command.program in _INTERPRETERS:
        found = CODE(command)
    return found or sql_destruction(command) or _edit_in_place(command) or _overwritten(command)


def is_production_compose(path: str) -> bool:
    """Whether a path names a compose file that is used as it is: not ``docker-compose.pr.yml``, not an override."""
    return bool(_COMPOSE_FILE.match(os.path.basename(path)))


def _overwritten(command: SimpleCommand) -> Destruction | None:
    """A redirection onto a device or a data file."""
    for path in command.writes:
        if _DEVICE.match(path):
            return Destruction(f"everything on {path}", "lsblk -f, and a copy of the device first")
        if _DATA_FILE.search(path) and command.program in {":", "true", "cat", "echo", "printf"}:
            return Destruction(f"{path}, all of it", "cp it somewhere first")
    return None


def _edit_in_place(command: SimpleCommand) -> Destruction | None:
    args = command.args
    in_place = {
        "sed": any(arg.startswith(("-i", "--in-place")) for arg in args),
        "perl": any(re.match(r"-\w*i", arg) for arg in args),
        "yq": any(arg in {"-i", "--inplace"} for arg in args),
    }.get(command.program, False)
    if in_place and any(is_production_compose(arg) for arg in args):
        return Destruction(
            "the compose file as it was when it worked",
            "a file of its own: docker compose -p NAME -f docker-compose.pr.yml",
        )
    return None


def _is_safe(path: str) -> bool:
    if ".." in path.split("/"):
        return False
    if path.startswith(_SAFE_BEGINNINGS) or path.endswith((".pyc", ".o", ".class", ".tmp", ".log")):
        return True
    parts = [part for part in path.strip("/").split("/") if part not in {"", ".", "*", "**"}]
    return bool(parts) and parts[-1] in _SAFE_FOLDERS


def _rm(command: SimpleCommand) -> Destruction | None:
    flags, paths = flags_of(command.args), operands_of(command.args)
    if command.before == "-exec":
        return None  # find is judged for it
    if flags & {"r", "R", "--recursive"}:
        if paths and all(_is_safe(path) for path in paths):
            return None
        return Destruction(
            f"{' '.join(paths) or 'what it is given'}, with everything below", "mv it aside, and delete it tomorrow"
        )
    valued = [
        path
        for path in paths
        if is_production_compose(path)
        or _DATA_FILE.search(path)
        or path.endswith("/.env")
        or (path.rsplit("/", 1)[-1] in {"*", ".*"} and not _is_safe(path))
    ]
    return Destruction(" ".join(valued), "cp it somewhere first") if valued else None


def _find(command: SimpleCommand) -> Destruction | None:
    args = command.args
    deletes = "-delete" in args or any(
        flag in {"-exec", "-execdir", "-ok"} and program.rsplit("/", 1)[-1] in {"rm", "shred"}
        for flag, program in pairwise(args)
    )
    places = []
    for arg in args:
        if arg.startswith(("-", "(", "!")):
            break
        places.append(arg)
    if not deletes or (places and all(_is_safe(place.rstrip("/") + "/") for place in places)):
        return None
    if any(arg in {"*.pyc", "__pycache__", "*.log", "*.tmp", ".DS_Store", "node_modules"} for arg in args):
        return None
    return Destruction("every file it finds", "the same find with -print, read first")


_ENGINE_OBJECTS = frozenset(
    {"container", "image", "volume", "system", "network", "builder", "stack", "service", "swarm", "pod", "machine"}
    | {"config", "secret"}
)


def _without_global_options(given: tuple[str, ...]) -> list[str]:
    args = list(given)
    while args and args[0].startswith("-"):
        del args[: 2 if args[0] in {"-H", "--host", "-c", "--context", "--config", "-l", "--log-level"} else 1]
    return args


def _container_engine(command: SimpleCommand) -> Destruction | None:
    args = _without_global_options(command.args)
    if args[:1] == ["compose"]:
        return _compose_arguments(tuple(args[1:]))
    verb = args[0] if args else ""
    if verb in _ENGINE_OBJECTS:
        verb, args = " ".join(args[:2]), args[1:]
    flags = flags_of(tuple(args[1:]))
    forced = bool(flags & {"f", "--force"})
    rules: dict[str, tuple[bool, str, str]] = {
        "rm": (
            forced or bool(flags & {"v", "--volumes"}),
            "running containers and what was written inside them",
            "docker stop, then docker commit or docker cp",
        ),
        "rmi": (True, "an image that a rollback may need", "docker tag it with a name that says when it worked"),
        "system prune": (
            True,
            "stopped containers, unused networks and images",
            "docker system df -v, then remove by name",
        ),
        "container prune": (
            True,
            "every stopped container, its logs and what was written inside",
            "docker ps -a, then remove by name",
        ),
        "image prune": (
            True,
            "images without a tag, the last working one perhaps among them",
            "docker tag what worked first",
        ),
        "volume prune": (
            True,
            "the data in every volume that is not in use right now",
            "docker volume ls, then a backup",
        ),
        "volume rm": (
            True,
            "the data in the volume",
            'docker run --rm -v NAME:/v -v "$PWD":/b alpine tar czf /b/NAME.tgz -C /v .',
        ),
        "config rm": (True, "the configuration that services start with", "docker config inspect it into a file"),
        "secret rm": (True, "the secret, which nobody can read back", "docker service update --secret-rm first"),
        "stack rm": (True, "every service of the stack", "docker service update --image OLD"),
        "service rm": (True, "the service and its containers", "docker service scale NAME=0"),
        "swarm leave": (
            forced,
            "this node's place in the swarm, on the last manager the swarm itself",
            "docker node update --availability drain",
        ),
    }
    rules["container rm"], rules["image rm"] = rules["rm"], rules["rmi"]
    rules["pod rm"], rules["container remove"], rules["stack down"] = rules["rm"], rules["rm"], rules["stack rm"]
    rules["system reset"] = rules["machine rm"] = (True, "every container, image and volume", "podman system df -v")
    rules["volume remove"], rules["image remove"] = rules["volume rm"], rules["rmi"]
    holds, what, safer = rules.get(verb, (False, "", ""))
    if "--volumes" in flags and verb == "system prune":
        what += ", and the data in unused volumes"
    return Destruction(what, safer) if holds else None


def _compose(command: SimpleCommand) -> Destruction | None:
    return _compose_arguments(command.args)


_COMPOSE_WITH_VALUE = (
    "-f",
    "--file",
    "-p",
    "--project-name",
    "--project-directory",
    "--profile",
    "--env-file",
    "--ansi",
    "-H",
)


def _compose_arguments(args: tuple[str, ...]) -> Destruction | None:
    at = 0
    while at < len(args) and args[at].startswith("-"):
        at += 2 if args[at] in _COMPOSE_WITH_VALUE else 1
    verb, flags = (args[at] if at < len(args) else ""), flags_of(args[at + 1 :])
    beside = "start the new version beside it: docker compose -p NAME -f docker-compose.pr.yml up -d"
    if verb == "down":
        volumes = ", and the data in its volumes" if flags & {"v", "--volumes"} else ""
        return Destruction(f"every container and network of the project{volumes}", beside)
    if verb == "rm":
        return Destruction("the stopped containers and what was written inside them", beside)
    if verb == "up" and flags & {"--remove-orphans", "V", "--renew-anon-volumes"}:
        return Destruction(
            "containers or volumes that the file no longer names", "docker compose ps --orphans, then up without it"
        )
    return None


def _always(what: str, safer: str) -> Callable[[SimpleCommand], Destruction]:
    found = Destruction(what, safer)
    return lambda _command: found


def _dd(command: SimpleCommand) -> Destruction | None:
    for arg in command.args:
        if arg.startswith("of=/dev/") and not arg.startswith("of=/dev/null"):
            return Destruction(f"everything on {arg[3:]}", "lsblk -f, and a copy of the device first")
        if arg.startswith("of=") and _DATA_FILE.search(arg):
            return Destruction(f"{arg[3:]}, all of it", "cp it somewhere first")
    return None


def _permissions(command: SimpleCommand) -> Destruction | None:
    """``chmod -R`` and ``chown -R`` on the system itself: nobody can say afterwards what was allowed before."""
    words = operands_of(command.args)[1:]
    if not flags_of(command.args) & {"R", "--recursive"}:
        return None
    whole = [word for word in words if word.startswith("/") and len(word.strip("/*").split("/")) == 1]
    if not [word for word in whole if word.strip("/*") not in {"tmp", "srv", "mnt", "opt", "data", "app"}]:
        return None
    return Destruction(f"who may read and write {' '.join(whole)}, with everything below", "getfacl -R > acl.backup")


def _when(words: set[str], what: str, safer: str) -> Callable[[SimpleCommand], Destruction | None]:
    """A judge for programs where one word among the arguments says it."""
    found = Destruction(what, safer)
    return lambda command: found if words.intersection(command.args) else None


def _rsync(command: SimpleCommand) -> Destruction | None:
    flags = flags_of(command.args)
    deletes = any(flag.startswith("--delete") or flag == "--remove-source-files" for flag in flags)
    return (
        Destruction("what the target has and the source has not", "the same with --dry-run")
        if deletes and "n" not in flags
        else None
    )


def _wipefs(command: SimpleCommand) -> Destruction | None:
    flags = flags_of(command.args)
    if flags & {"n", "--no-act"} or not flags & {"a", "--all", "o", "--offset"}:
        return None
    return Destruction("every signature on the device", "wipefs without -a lists them; --backup keeps them")


def _zfs(command: SimpleCommand) -> Destruction | None:
    verb = (operands_of(command.args) or [""])[0]
    if verb == "rollback":
        return Destruction("what was written since the snapshot", "zfs clone of the snapshot, beside it")
    if verb == "destroy" and "n" not in flags_of(command.args):
        return Destruction("the dataset", "zfs snapshot, zfs rename")
    return None


def _truncate(command: SimpleCommand) -> Destruction | None:
    if any(re.match(r"(?:-s|--size=)?[+>]", arg) for arg in command.args):
        return None  # it only grows
    paths = operands_of(command.args)[-1:]  # the size may stand before it
    return None if paths and all(_is_safe(path) for path in paths) else Destruction("the file's content", "cp it first")


_JUDGES: dict[str, Callable[[SimpleCommand], Destruction | None]] = {
    "rm": _rm,
    "find": _find,
    "git": git_destruction,
    "docker": _container_engine,
    "podman": _container_engine,
    "nerdctl": _container_engine,
    "docker-compose": _compose,
    "podman-compose": _compose,
    "dd": _dd,
    "wipefs": _wipefs,
    "shred": _always("the file, past recovery", "mv it aside"),
    "truncate": _truncate,
    "rsync": _rsync,
    "chmod": _permissions,
    "chown": _permissions,
    "mke2fs": _always("everything on the device", "lsblk -f, and a copy of the device first"),
    "crontab": _when({"-r"}, "the whole crontab", "crontab -l > crontab.backup"),
    "userdel": _when({"-r", "--remove", "-rf"}, "the user's home", "usermod --lock"),
    **dict.fromkeys(
        ("iptables", "ip6tables"), _when({"-F", "--flush"}, "every firewall rule", "iptables-save > rules.backup")
    ),
    "nft": _when({"flush"}, "every firewall rule", "nft list ruleset > rules.backup"),
    "ufw": _when({"reset"}, "every firewall rule", "ufw status numbered"),
    "lvremove": _always("the volume", "lvcreate --snapshot"),
    "vgremove": _always("the volume group", "vgcfgbackup"),
    "zfs": _zfs,
    "zpool": _when({"destroy"}, "the pool", "zpool export"),
    "dropdb": _always("the database", "pg_dump it first"),
    "pg_dropcluster": _always("the cluster and its databases", "pg_dumpall first"),
    "dropuser": _always("the role", "ALTER ROLE NAME NOLOGIN"),
}

PROGRAMS = frozenset(
    {*_JUDGES, *REMOTE, *SERVICES, *BACKUPS, *SQL_PROGRAMS, "sed", "perl", "yq", "docker-compose", "podman-compose"}
)
"""Every program that is judged, besides ``mkfs.*``: words without which nothing can be destructive."""
