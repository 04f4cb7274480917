"""Destructive commands of backup tools, and of databases' own logs: what a restore needs is gone afterwards.

Sources: the manuals of Borg, restic, Kopia, Tarsnap, duplicity, pgBackRest, WAL-G, Barman, Velero and PostgreSQL.
"""

from __future__ import annotations

from runbook.detect.destructive_git import flags_of
from runbook.detect.destructive_remote import Destruction, words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.commands import SimpleCommand

    Judge = Callable[[SimpleCommand], Destruction | None]

WITH_VALUE = frozenset(
    {
        *("-r", "--repo", "--rsh", "--remote-path", "--lock-wait", "-p", "--password-file", "-o", "--option"),
        *("--repository-file", "--password-command", "--cache-dir", "--config", "--config-file", "-n", "--namespace"),
        *("--kubeconfig", "--kubecontext", "--stanza"),
    }
)
"""Options of these tools that take the word behind them, before the verb."""


def verb_of(command: SimpleCommand) -> str:
    """The first word that is neither an option nor the value of one."""
    words = words_of(command, WITH_VALUE - ({"-n"} if command.program == "borg" else set()))
    return words[0] if words else ""


def _verbs(verbs: dict[str, str], safer: str) -> Judge:
    """A judge for programs whose first word says it: verb -> what it takes away."""
    found = {verb: Destruction(what, safer) for verb, what in verbs.items()}
    return lambda command: found.get(verb_of(command))


def _borg(command: SimpleCommand) -> Destruction | None:
    if verb_of(command) != "delete" or flags_of(command.args) & {"n", "--dry-run"}:
        return None
    return Destruction(
        "the archives that it names, every one where it names a repository", "the same with --dry-run --list"
    )


def _restic(command: SimpleCommand) -> Destruction | None:
    """Snapshots that are named one by one; what a policy lets go is in :mod:`runbook.detect.routine`."""
    if verb_of(command) != "forget" or _kept(command):
        return None
    data = ", and the data that only they hold" if "--prune" in command.args else ""
    return Destruction(f"the snapshots{data}", "the same with --dry-run")


def _kept(command: SimpleCommand) -> bool:
    return any(arg.startswith("--keep-") for arg in command.args)


def _resetwal(command: SimpleCommand) -> Destruction | None:
    if flags_of(command.args) & {"n", "V", "?", "--version"}:
        return None
    return Destruction(
        "transactions that are only in the write-ahead log, and what keeps the tables consistent",
        "a copy of the whole data folder first, then -n, which only shows",
    )


def _tarsnap(command: SimpleCommand) -> Destruction | None:
    if "d" in flags_of(command.args[:1]) or "--nuke" in command.args:
        return Destruction("the archives", "tarsnap --list-archives first")
    return None


def _duplicity(command: SimpleCommand) -> Destruction | None:
    removes = verb_of(command).startswith(("remove-", "cleanup"))
    return Destruction("older backups", "the same without --force") if removes and "--force" in command.args else None


def _kopia(command: SimpleCommand) -> Destruction | None:
    words = words_of(command, WITH_VALUE)
    deletes = words[:2] in (["snapshot", "delete"], ["blob", "delete"], ["content", "delete"])
    return Destruction("the snapshot", "kopia snapshot list first") if deletes and "--delete" in command.args else None


def _velero(command: SimpleCommand) -> Destruction | None:
    words = words_of(command, WITH_VALUE)
    if "delete" in words[:2] and {"backup", "schedule", "backup-location"} & set(words[:2]):
        return Destruction("the backup and the snapshots that belong to it", "velero backup describe first")
    return None


def _wal_g(command: SimpleCommand) -> Destruction | None:
    words = words_of(command, WITH_VALUE)
    if words[:1] == ["delete"] and "--confirm" in command.args and words[1:2] != ["retain"]:
        return Destruction("base backups and the write-ahead log between them", "the same without --confirm")
    return None


BACKUPS: dict[str, Judge] = {
    "borg": _borg,
    "restic": _restic,
    "kopia": _kopia,
    "tarsnap": _tarsnap,
    "duplicity": _duplicity,
    "velero": _velero,
    "wal-g": _wal_g,
    "pgbackrest": _verbs({"stanza-delete": "every backup of the stanza"}, "pgbackrest info first"),
    "barman": _verbs({"delete": "the backup and the log that only it needs"}, "barman list-backups first"),
    **dict.fromkeys(("pg_resetwal", "pg_resetxlog"), _resetwal),
}
"""Program -> who judges it."""
