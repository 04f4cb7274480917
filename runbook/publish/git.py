"""The only hand on git: GitPython's command layer, with a fixed environment and fixed options.

GitPython's object layer is not used: it commits what others have staged, skips signing, and ignores
``.gitattributes``. ``Git.execute`` runs the real git with a list of arguments; nothing here builds options from text
that a person typed, and no shell is involved. GitPython takes 0.1 s to import, so that happens with the first command.

There are two ways in. :meth:`Git.read` runs nothing that the repository brought along (hooks, monitors, filters of
its own, transports), because looking at an unpacked archive must not execute it. :meth:`Git.write` is a commit the
user asked for: hooks, filters and signing are the team's rules and are kept.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple

from runbook.errors import GitError, NoIdentityError, RunbookError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from git.cmd import Git as CommandLayer  # noqa: TID251  the one place where it is allowed

LOCK_PATIENCE = 5.0
"""Seconds to wait for another git process before giving up. Its lock is never removed."""

KEPT_VARIABLES = frozenset(
    {
        # How the user reaches a remote and proves who they are.
        "GIT_ASKPASS",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_SSL_NO_VERIFY",
        "GIT_HTTP_PROXY_AUTHMETHOD",
        # Where the user's own settings are, and where git itself is.
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_COUNT",
        "GIT_EXEC_PATH",
        "GIT_TEMPLATE_DIR",
        "GIT_CEILING_DIRECTORIES",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        # Who commits; containers and CI have no other place for it.
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    }
)
"""The only ``GIT_*`` names git gets to see. The rest (``GIT_DIR``, ``GIT_INDEX_FILE``, ``GIT_WORK_TREE``, …) is set
inside hooks and aliases and would send a commit into a foreign index or repository."""

_KEPT_PATTERN = re.compile(r"GIT_CONFIG_(KEY|VALUE)_\d+\Z|GIT_LFS_\w+\Z")

_QUIET = (
    "--no-pager",
    "--no-optional-locks",
    *("-c", "core.quotePath=false"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "log.showSignature=false"),
)
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
_MAX_QUOTED_LINES = 40
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Output(NamedTuple):
    """What a git command answered. ``stderr`` is text for people, ``stdout`` the bytes as they came."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether git ended with status 0."""
        return self.status == 0

    @property
    def text(self) -> str:
        """Standard output as a path or a line: decoded like a file name, without its last newline."""
        return os.fsdecode(self.stdout).removesuffix("\n")

    @property
    def fields(self) -> list[str]:
        """Standard output of a command run with ``-z``."""
        return os.fsdecode(self.stdout).split("\0")[:-1]


def foreign_variables(environment: Mapping[str, str]) -> list[str]:
    """The ``GIT_*`` names that must not reach git."""
    return [
        name
        for name in environment
        if name.startswith("GIT_") and name not in KEPT_VARIABLES and not _KEPT_PATTERN.match(name)
    ]


class Git:
    """Runs git in one folder.

    Args:
        folder: where git starts to look for its repository; normally the root of a work tree.
        identity: name and e-mail for commits made through this object only. Nothing is written to a configuration.
        hooks_path: where the hooks are, if git would not find them from ``folder``.
    """

    def __init__(self, folder: Path, *, identity: tuple[str, str] | None = None, hooks_path: str = "") -> None:
        self.folder = folder
        self.identity = identity
        self.hooks_path = hooks_path
        self._own_filters: dict[str, str] | None = None

    def read(self, *args: str, stdin: bytes = b"", compares_files: bool = False, own_hooks: bool = False) -> Output:
        """Ask git something, without running anything the repository brought along.

        Args:
            args: a fixed subcommand and options; paths after ``--``, revisions after ``--end-of-options``.
            stdin: what the command reads.
            compares_files: the command looks at file contents (``status``), so that clean filters would run; those
                that the repository's own configuration defines are switched off.
            own_hooks: the question is where the hooks are; for a command that cannot run any.
        """
        environment = {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1"}
        if compares_files:
            environment |= self._without_own_filters()
        given = ("-c", f"core.hooksPath={self.hooks_path}") if self.hooks_path else ()
        hooks = given if own_hooks else _NO_HOOKS
        return self._execute((*_QUIET, *hooks, *args), stdin, environment)

    def write(self, *args: str, stdin: bytes = b"", hooks: bool = True) -> Output:
        """Change the repository, the way the team set it up; waits for another git process to finish.

        Hooks inherit what git is given here, so there is little: options set with ``-c`` or ``--literal-pathspecs``
        would change what git answers to a hook. The user's locale is kept (a formatter in Ruby fails on UTF-8 under
        ``LC_ALL=C``); only messages are asked for in English.

        Args:
            args: as for :meth:`read`.
            stdin: what the command reads, such as the commit message.
            hooks: False for steps that are no commit of the user's, such as making a temporary work tree.
        """
        environment = {"LANGUAGE": "C", "LC_ALL": os.environ.get("LC_ALL", ""), "GIT_EDITOR": ":"}
        if self.identity:
            name, email = self.identity
            environment |= {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email}
            environment |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}
        if not hooks:
            environment["GIT_LFS_SKIP_SMUDGE"] = "1"
        given = ("-c", f"core.hooksPath={self.hooks_path}") if self.hooks_path else ()
        options = given if hooks else _NO_HOOKS
        deadline = time.monotonic() + LOCK_PATIENCE
        pause = 0.01
        while True:
            output = self._execute((*options, *args), stdin, environment)
            if output.ok or not is_locked(output) or time.monotonic() + pause > deadline:
                return output
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  spreads rivals apart, no secret
            pause = min(pause * 1.5, 0.25)

    def _execute(self, args: tuple[str, ...], stdin: bytes, environment: dict[str, str]) -> Output:
        from_git = _command_layer()
        # GitPython always starts from os.environ and can only add to it: env(1) is the way to take names out.
        foreign = [part for name in foreign_variables(os.environ) for part in ("-u", name)]
        command = ["env", *foreign] if foreign else []
        # -C as well: GitPython falls back to the current folder when it may not enter the one it was given.
        command += ["git", "-C", os.fspath(self.folder), *args]
        try:
            with tempfile.TemporaryFile() as given:
                given.write(stdin)
                given.seek(0)
                status, stdout, stderr = from_git(os.fspath(self.folder)).execute(
                    command,
                    istream=given if stdin else None,
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    shell=False,
                    env={"GIT_TERMINAL_PROMPT": "0", **environment},
                )
        except OSError as error:
            raise StorageError(f"git could not be started: {error.strerror}", file=os.fspath(self.folder)) from None
        return Output(status, stdout, stderr)

    def _without_own_filters(self) -> dict[str, str]:
        """Environment that switches off the filters which the repository's configuration (not the user's) defines."""
        if self._own_filters is None:
            pattern = r"^filter\..*\.(clean|smudge|process|required)$"
            found = self.read("config", "-z", "--show-scope", "--name-only", "--get-regexp", pattern).fields
            own = [key for scope, key in zip(found[::2], found[1::2], strict=False) if scope in {"local", "worktree"}]
            count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
            # Not with -c: a filter's name may hold an equals sign, where -c would cut it.
            off = {"GIT_CONFIG_COUNT": str(count + len(own))} if own else {}
            for number, key in enumerate(own, start=count):
                off[f"GIT_CONFIG_KEY_{number}"] = key
                off[f"GIT_CONFIG_VALUE_{number}"] = "false" if key.endswith(".required") else ""
            self._own_filters = off
        return self._own_filters


def _command_layer() -> type[CommandLayer]:
    """GitPython's command layer, imported when it is first needed."""
    try:
        from git.cmd import Git as CommandLayer  # noqa: PLC0415, TID251  0.1 s to import; the one place it is allowed
    except ImportError as error:
        raise GitError(
            "git is not installed, or not on PATH", hint="install git, then run the same command again"
        ) from error
    return CommandLayer


def exactly(names: Iterable[str]) -> list[str]:
    """Path arguments that stand for these names only, whatever pattern signs are in them, from the root."""
    return [f":(top,literal){name}" for name in names]


def is_locked(output: Output) -> bool:
    """Whether git gave way to another git process: a lock file is there, or the branch moved under its hands."""
    said = output.stderr
    return (".lock': File exists" in said) or ("cannot lock ref" in said and "but expected" in said)


def quoted(said: str) -> str:
    """What git or a hook said, for a message: no escapes, no hints about advice settings, the last forty lines."""
    lines = [line.rstrip() for line in _CONTROL.sub("", said.replace("\r\n", "\n").replace("\r", "\n")).splitlines()]
    kept = [line for line in lines if line and not line.startswith("hint:")]
    left_out = len(kept) - _MAX_QUOTED_LINES
    if left_out > 0:
        kept = [f"({left_out} lines before this left out)", *kept[-_MAX_QUOTED_LINES:]]
    return "\n".join(f"    {line}" for line in kept)


IDENTITY_HINT = """\
tell git once who you are, then run the same command again:
    git config --global user.name "Your Name"
    git config --global user.email you@example.org"""


def identity_error() -> NoIdentityError:
    """The one message for a commit nobody would sign with their name."""
    return NoIdentityError("git does not know your name or e-mail address, so it cannot commit", hint=IDENTITY_HINT)


_IDENTITY_SIGNS = (
    "tell me who you are",
    "empty ident",
    "no email was given",
    "no name was given",
    "user.useConfigOnly",
)
_DISK_SIGNS = ("Read-only file system", "Permission denied", "No space left on device", "Disk quota exceeded")


def refusal(output: Output, doing: str, folder: Path) -> RunbookError:
    """The error for a command that failed, in words for the person who has to act.

    Args:
        output: what git answered.
        doing: completes "git could not …".
        folder: the repository, as the person knows it.
    """
    said = output.stderr
    if "dubious ownership" in said or "unsafe repository" in said:
        return GitError(
            "the repository belongs to another user, so git does not trust it",
            file=os.fspath(folder),
            hint=f"if you do trust it: git config --global --add safe.directory {folder}",
        )
    if "not a git repository" in said:
        return GitError("this is not a git repository", file=os.fspath(folder), hint="git init makes one")
    if any(sign in said for sign in _IDENTITY_SIGNS):
        return identity_error()
    if is_locked(output):
        lock = re.search(r"'([^']+\.lock)'", said)
        where = lock.group(1) if lock else "the repository"
        return GitError(
            f"another git process is at work, and still was after {LOCK_PATIENCE:.0f} seconds",
            file=where,
            hint="run the same command again when it is done; if no git is running, that file is left over from a "
            "crash and can be removed",
        )
    for sign in _DISK_SIGNS:
        if sign in said:
            return StorageError(f"git could not {doing}: {sign.lower()}\n{quoted(said)}", file=os.fspath(folder))
    return GitError(f"git could not {doing}\n{quoted(said) or f'    (it said nothing, status {output.status})'}")
