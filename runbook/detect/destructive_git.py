"""Which git commands take away commits or uncommitted work; and options and operands as sets and lists."""

from __future__ import annotations

from runbook.detect.destructive_remote import Destruction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

_UNCOMMITTED = Destruction("uncommitted work", "git stash push --include-untracked")
_ONLY_HERE = Destruction("commits that are on no other branch", "git branch -d, which refuses that")


def git_destruction(command: SimpleCommand) -> Destruction | None:
    """What a git command takes away."""
    args = list(command.args)
    while args and args[0].startswith("-"):
        del args[: 2 if args[0] in {"-C", "-c", "--git-dir", "--work-tree"} else 1]
    verb, rest = (args[0], tuple(args[1:])) if args else ("", ())
    flags, words = flags_of(rest), operands_of(rest)
    if verb == "push":
        return None if "n" in flags else _pushed(flags, words)
    forced = bool(flags & {"f", "--force"})
    local: dict[str, bool] = {
        "reset": "--hard" in flags,
        "clean": forced and "n" not in flags,
        "checkout": forced or "." in words or "--" in rest,
        "restore": "--staged" not in flags or bool(flags & {"W", "--worktree"}),
        "switch": forced or "--discard-changes" in flags,
        "worktree": words[:1] == ["remove"] and forced,
        "rm": forced and "--cached" not in flags,
    }
    return _UNCOMMITTED if local.get(verb) else _history(verb, rest, flags, words)


def _pushed(flags: set[str], words: list[str]) -> Destruction | None:
    if flags & {"f", "--force", "--mirror", "--prune"} or any(word.startswith("+") for word in words[1:]):
        return Destruction("commits of others on the remote branch", "git push --force-with-lease")
    if flags & {"d", "--delete"} or any(word.startswith(":") for word in words[1:]):
        return Destruction("a branch or tag of the remote", "git fetch, and a tag on what it pointed to")
    return None


def _history(verb: str, rest: tuple[str, ...], flags: set[str], words: list[str]) -> Destruction | None:
    deleted = bool(flags & {"d", "--delete"}) and bool(flags & {"f", "--force"})
    if (verb == "branch" and ("D" in flags or deleted)) or (verb == "update-ref" and flags & {"d", "--delete"}):
        return _ONLY_HERE
    if verb == "stash" and words[:1] in (["drop"], ["clear"]):
        return Destruction("stashed work", "git stash branch NAME")
    if verb == "gc" and "--prune=now" in rest:
        return Destruction("commits that only the reflog still knows", "git reflog, and a branch on what must stay")
    if verb in {"filter-branch", "filter-repo"} or (verb == "reflog" and words[:1] == ["expire"]):
        return Destruction("the history as it was", "a fresh mirror clone first: git clone --mirror")
    return None


def flags_of(args: tuple[str, ...]) -> set[str]:
    """Options as a set: ``-rf`` gives ``r`` and ``f``, ``--force=x`` gives ``--force``."""
    flags: set[str] = set()
    for arg in args:
        if arg == "--":
            break
        if arg.startswith("--"):
            flags.add(arg.split("=", 1)[0])
        elif arg.startswith("-"):
            flags.update(arg[1:])
    return flags


def operands_of(args: tuple[str, ...]) -> list[str]:
    """What is no option; everything after ``--``."""
    if "--" in args:
        at = args.index("--")
        return [arg for arg in args[:at] if not arg.startswith("-")] + list(args[at + 1 :])
    return [arg for arg in args if not arg.startswith("-")]
