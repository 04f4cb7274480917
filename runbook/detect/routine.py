"""Commands that belong into unattended runs, and that somebody who types them in an incident should read twice.

Retention of backups, logs that are emptied, plans that nobody has seen. For the guard; no matter for the catalog, where
every backup script and every pipeline would be a finding.
"""

from __future__ import annotations

from runbook.detect.destructive_backups import verb_of
from runbook.detect.destructive_git import flags_of, operands_of
from runbook.detect.destructive_remote import Destruction, words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.commands import SimpleCommand

_LOG_FOLDERS = ("/var/log/", "/var/lib/docker/containers/")
_EVIDENCE = "gzip a copy of it to another disk, or runbook attach it"


def routine(command: SimpleCommand) -> Destruction | None:
    """What ``command`` would take away or replace without anybody having looked, or None."""
    if {"--dry-run", "--dryrun", "--help"}.intersection(command.args):
        return None
    judge = _JUDGES.get(command.program)
    return (judge(command) if judge is not None else None) or _emptied(command)


def is_log(path: str) -> bool:
    """Whether a file is a log that may be evidence: one of the system's, of a service or of a container."""
    return path.startswith(_LOG_FOLDERS) or path.endswith("-json.log")


def _log(paths: list[str]) -> Destruction | None:
    logs = [path for path in paths if is_log(path)]
    return (
        Destruction(f"{' '.join(logs)}: the log may be all there is to say what happened", _EVIDENCE) if logs else None
    )


def _emptied(command: SimpleCommand) -> Destruction | None:
    """A redirection that puts nothing in place of a log: ``: > /var/log/syslog``."""
    nothing = command.program in {"", ":", "true"} or command.args in (("/dev/null",), ("-n",))
    return _log(list(command.writes)) if nothing else None


def _truncate(command: SimpleCommand) -> Destruction | None:
    return _log(operands_of(command.args))


def _rm(command: SimpleCommand) -> Destruction | None:
    return None if command.before == "-exec" else _log(operands_of(command.args))


def _journalctl(command: SimpleCommand) -> Destruction | None:
    if not any(arg.startswith("--vacuum-") for arg in command.args):
        return None
    return Destruction("older entries of the journal", "journalctl --since DATE -o export > FILE")


def _dmesg(command: SimpleCommand) -> Destruction | None:
    if not flags_of(command.args) & {"C", "c", "--clear", "--read-clear"}:
        return None
    return Destruction("the kernel's messages, also those of the failure", "dmesg -T > FILE")


def _retention(command: SimpleCommand) -> Destruction | None:
    """Backups that a policy no longer keeps."""
    if flags_of(command.args) & {"n", "--dry-run"} and command.program in {"borg", "pg_archivecleanup"}:
        return None
    verb, words = verb_of(command), words_of(command)
    asks = {
        "borg": verb == "prune",
        "restic": verb in {"forget", "prune"},
        "pgbackrest": verb == "expire",
        "wal-g": words[:1] == ["delete"] and "--confirm" in command.args,
        "pg_archivecleanup": bool(words),
    }
    if not asks[command.program]:
        return None
    return Destruction(
        "backups that the policy no longer keeps, also those from before the failure", _LOOK[command.program]
    )


_HOLD = "and hold retention until the incident is over"
_LOOK = {
    **dict.fromkeys(("borg", "restic", "pgbackrest"), f"the same with --dry-run, {_HOLD}"),
    "wal-g": f"the same without --confirm, {_HOLD}",
    "pg_archivecleanup": f"the same with -n, {_HOLD}",
}


def _plan(command: SimpleCommand) -> Destruction | None:
    """A change of real resources without a look at what it will do. A plan that is given as a file was looked at."""
    words = words_of(command, frozenset({"-var", "-var-file", "-target", "-s", "--stack"}))
    unseen = "whatever the plan, which nobody has read, removes or replaces"
    if command.program == "pulumi":
        yes = {"-y", "--yes", "--skip-preview", "-f"} & set(command.args)
        return Destruction(unseen, "pulumi preview --diff") if words[:1] in (["up"], ["update"]) and yes else None
    everywhere = words[:2] == ["run-all", "apply"] or words[:1] == ["apply-all"]
    approved = words == ["apply"] and {"-auto-approve", "--auto-approve", "-auto-approve=true"} & set(command.args)
    if not (everywhere or approved):
        return None
    return Destruction(unseen, f"{command.program} plan -out=FILE, read it, then {command.program} apply FILE")


_JUDGES: dict[str, Callable[[SimpleCommand], Destruction | None]] = {
    "truncate": _truncate,
    **dict.fromkeys(("rm", "unlink", "shred"), _rm),
    "journalctl": _journalctl,
    "dmesg": _dmesg,
    **dict.fromkeys(("borg", "restic", "pgbackrest", "wal-g", "pg_archivecleanup"), _retention),
    **dict.fromkeys(("terraform", "tofu", "terragrunt", "pulumi"), _plan),
}

PROGRAMS = frozenset(_JUDGES)
"""Programs that are judged here, besides redirections onto logs."""
