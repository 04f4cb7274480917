"""Destructive commands of clusters, clouds and infrastructure tools; and the word for what a command takes away."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.commands import SimpleCommand


class Destruction:
    """What a command takes away and what to do instead. Treat as frozen.

    Attributes:
        what: as the end of "takes away ...".
        safer: a command or a short advice.
    """

    __slots__ = ("safer", "what")

    def __init__(self, what: str, safer: str) -> None:
        self.what = what
        self.safer = safer

    def __repr__(self) -> str:
        return f"Destruction({self.what!r})"


_KUBE_WITH_VALUE = frozenset(
    {
        *("-n", "--namespace", "--context", "--kubeconfig", "--cluster", "-f", "--filename", "-l", "--user", "--as"),
        *("-s", "--server", "--kube-context", "--kube-apiserver", "--request-timeout"),
    }
)
_CLOUD_WITH_VALUE = frozenset(
    {
        *("--query", "--filter", "--filters", "--format", "--output", "-o", "--profile", "--region", "--endpoint-url"),
        *("--project", "--account", "--configuration", "--subscription", "--context"),
    }
)
_CLOUD_VERB = re.compile(r"^(?:delete|terminate|purge|destroy|remove|deregister)(?:-|$)")


def words_of(command: SimpleCommand, with_value: frozenset[str] = frozenset()) -> list[str]:
    """The arguments of ``command`` that are neither options nor values of options in ``with_value``."""
    words, skip = [], False
    for arg in command.args:
        if skip:
            skip = False
        elif arg.startswith("-"):
            skip = arg in with_value
        else:
            words.append(arg)
    return words


def _kubectl(command: SimpleCommand) -> Destruction | None:
    words = words_of(command, _KUBE_WITH_VALUE)
    verb = words[0] if words else ""
    if verb == "delete":
        what = " ".join(words[1:3]) or "what the file names"
        return Destruction(
            f"{what} in the cluster, with its data where it owns a volume", "kubectl get -o yaml into a file first"
        )
    if verb == "drain":
        return Destruction("every pod of the node, emptyDir data included", "kubectl cordon")
    if verb == "taint" and any(arg.endswith(":NoExecute") for arg in command.args):
        return Destruction("every pod of the node that does not tolerate it", "kubectl cordon")
    if verb == "replace" and "--force" in command.args:
        return Destruction(
            "the object, before the new one is known to work", "kubectl apply --server-side --dry-run=server"
        )
    if verb == "scale" and any(arg in {"--replicas=0", "0"} for arg in command.args):
        return Destruction("every replica", "kubectl rollout undo")
    return None


def _helm(command: SimpleCommand) -> Destruction | None:
    words = words_of(command, _KUBE_WITH_VALUE)
    if words[:1] and words[0] in {"uninstall", "delete", "del", "un"}:
        return Destruction("every object of the release, its history too", "helm rollback, or uninstall --keep-history")
    return None


def _terraform(command: SimpleCommand) -> Destruction | None:
    words = words_of(command)
    plan = "terraform plan -destroy, read by somebody else"
    if words[:1] == ["destroy"] or (words[:1] == ["apply"] and {"-destroy", "--destroy"} & set(command.args)):
        return Destruction("everything in the state", plan)
    if words[:2] in (["state", "rm"], ["workspace", "delete"]):
        return Destruction("what the state knows about real resources", "terraform state pull > state.backup")
    if words[:2] == ["run-all", "destroy"]:
        return Destruction("everything in every state", plan)
    return None


def _first_word(words: set[str], what: str, safer: str) -> Callable[[SimpleCommand], Destruction | None]:
    found = Destruction(what, safer)
    return lambda command: found if set(words_of(command)[:1]) & words else None


def _pulumi(command: SimpleCommand) -> Destruction | None:
    words = words_of(command)
    if words[:1] == ["destroy"] or words[:2] == ["stack", "rm"]:
        return Destruction("every resource of the stack", "pulumi preview, and protect what must stay")
    return None


def _cloud(command: SimpleCommand) -> Destruction | None:
    words = words_of(command, _CLOUD_WITH_VALUE)
    if any(_CLOUD_VERB.match(word) for word in words[1:]):
        return Destruction("a resource in the cloud", "a snapshot or an export, and a look at what depends on it")
    if words[:2] == ["storage", "rm"] and {"-r", "-R", "--recursive"} & set(command.args):
        return Destruction("every object below that prefix", "gcloud storage ls first")
    if words[:1] == ["s3"] and ((words[1:2] == ["rm"] and "--recursive" in command.args) or words[1:2] == ["rb"]):
        return Destruction("every object below that prefix", "the same with --dryrun")
    if words[:2] == ["s3", "sync"] and "--delete" in command.args:
        return Destruction("what the target has and the source has not", "the same with --dryrun")
    return None


def _gsutil(command: SimpleCommand) -> Destruction | None:
    if "rm" in words_of(command)[:1] and {"-r", "-R"} & set(command.args):
        return Destruction("every object below that prefix", "gsutil ls first")
    return None


def _task(command: SimpleCommand) -> Destruction | None:
    """Frameworks whose tasks empty a database."""
    tasks = {
        *(
            "db:drop",
            "db:reset",
            "db:schema:load",
            "migrate:fresh",
            "migrate:reset",
            "flush",
            "reset_db",
            "schema:drop",
        ),
        *("doctrine:schema:drop", "doctrine:database:drop", "db:wipe", "db:drop:all"),
        *("ecto.drop", "ecto.reset"),
    }
    words = words_of(command)
    if command.program == "dotnet" and words[:3] == ["ef", "database", "drop"]:
        return Destruction("the database", "a dump of the database first")
    if tasks.intersection(words) or (
        "prisma" in {command.program, *words[:1]}
        and (words[-2:] == ["migrate", "reset"] or "--force-reset" in command.args)
    ):
        return Destruction("the tables and their rows", "a dump of the database first")
    return None


REMOTE: dict[str, Callable[[SimpleCommand], Destruction | None]] = {
    "kubectl": _kubectl,
    "oc": _kubectl,
    "helm": _helm,
    "terraform": _terraform,
    "tofu": _terraform,
    "terragrunt": _terraform,
    "pulumi": _pulumi,
    "cdk": _first_word({"destroy"}, "every resource of the stack", "cdk diff"),
    "vagrant": _first_word({"destroy"}, "the machine and its disk", "vagrant halt"),
    "virsh": _first_word(
        {"destroy", "undefine", "vol-delete"}, "the running machine or its definition", "virsh shutdown"
    ),
    "aws": _cloud,
    "gcloud": _cloud,
    "az": _cloud,
    "doctl": _cloud,
    "hcloud": _cloud,
    "helmfile": _first_word({"destroy", "delete"}, "every release", "helmfile diff"),
    "argocd": _cloud,
    "serverless": _first_word({"remove"}, "the whole stack", "serverless info"),
    "sls": _first_word({"remove"}, "the whole stack", "sls info"),
    "gsutil": _gsutil,
    "rake": _task,
    "rails": _task,
    "bundle": _task,
    "artisan": _task,
    "php": _task,
    "python": _task,
    "python3": _task,
    "manage.py": _task,
    "console": _task,
    "mix": _task,
    "dotnet": _task,
    "prisma": _task,
    "npx": _task,
    "bunx": _task,
    "sequelize": _task,
    "typeorm": _task,
}
"""Program -> who judges it."""
