"""Which files a scan reads: those that are named, and in a folder those that are text and that git does not ignore."""

from __future__ import annotations

import os
import stat

from runbook.errors import NotFoundError
from runbook.flow.kinds import guess_kind
from runbook.flow.reading import DamagedError, decompressed, has_mark, is_compressed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MAX_FILE = 64 * 1024 * 1024
"""Bytes of a file found in a folder; a larger one is skipped, and said so. A file that is named is always read."""

_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".tox"})
_IGNORED = "ignored by git; name it to have it read"
_NO_EVIDENCE = (
    *(
        ".rst",
        ".adoc",
        ".html",
        ".css",
        ".scss",
        ".svg",
        ".po",
        ".py",
        ".pyi",
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".tsx",
    ),
    *(
        ".jsx",
        ".vue",
        ".go",
        ".rs",
        ".java",
        ".kt",
        ".scala",
        ".rb",
        ".php",
        ".pl",
        ".c",
        ".h",
        ".cc",
        ".cpp",
        ".hpp",
        ".cs",
    ),
    *(".swift", ".lua", ".sql", ".lock", ".j2", ".tmpl"),
)


def sources(paths: list[str], skipped: list[tuple[str, str]], kind: str | None) -> Iterator[tuple[str, str]]:
    """Every source as (path, name to show). All named paths are looked at before the first is read.

    Args:
        paths: files and folders; ``-`` is standard input.
        skipped: takes (path, reason) of what is left out.
        kind: what ``--kind`` says, if anything.

    Raises:
        NotFoundError: a path is not there.
    """
    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise NotFoundError("there is no such file or folder", file=path, hint="use - to read a pipe")
    for path in paths:
        if path != "-" and os.path.isdir(path):
            yield from _walk(path, skipped, kind)
        else:
            yield path, shown(path)


def shown(path: str) -> str:
    """A path as text that can be printed and put into JSON, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _walk(folder: str, skipped: list[tuple[str, str]], kind: str | None) -> Iterator[tuple[str, str]]:
    """The text files of a folder, in a stable order; what is left out is noted with the reason."""

    def unreadable(error: OSError) -> None:
        skipped.append((shown(error.filename or folder), error.strerror or "cannot be read"))

    rules = _Rules(folder)
    for parent, folders, names in os.walk(folder, onerror=unreadable):
        rules.enter(parent, names)
        folders.sort()
        for name in [*folders]:
            path = os.path.join(parent, name)
            if name in _SKIPPED_FOLDERS:
                folders.remove(name)
            elif rules.ignores(path, folder=True):
                folders.remove(name)
                skipped.append((shown(path) + os.sep, _IGNORED))
        for name in sorted(names):
            path = os.path.join(parent, name)
            reason = _IGNORED if rules.ignores(path, folder=False) else _why_not(path, kind)
            if reason is None:
                yield path, shown(path)
            elif reason:
                skipped.append((shown(path), reason))


class _Rules:
    """What git ignores below one folder.

    That is every ``.gitignore`` from the top of its work tree down, info/exclude, and the user's own file of rules. The
    deepest file that says something of a path decides. pathspec is loaded with the first file of rules.
    """

    def __init__(self, folder: str) -> None:
        self._specs: list[tuple[str, Any]] = []  # (folder with a final slash, rules), the outermost first
        top = os.path.realpath(folder)
        above = []
        while not os.path.exists(os.path.join(top, ".git")):
            parent = os.path.dirname(top)
            if parent == top:
                return
            above.append(top)
            top = parent
        self._add(top, _users_rules())
        self._add(top, os.path.join(top, ".git", "info", "exclude"))
        for each in [top, *reversed(above)][: len(above)]:
            self._add(each, os.path.join(each, ".gitignore"))

    def enter(self, folder: str, names: list[str]) -> None:
        """The walk has come to ``folder``, which holds files with these names."""
        real = os.path.realpath(folder) + os.sep
        self._specs = [(base, spec) for base, spec in self._specs if real.startswith(base)]
        if ".gitignore" in names:
            self._add(folder, os.path.join(folder, ".gitignore"))

    def _add(self, folder: str, path: str) -> None:
        try:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                lines = [line.rstrip("\n") for line in file]
        except OSError:
            return
        import pathspec

        try:
            spec = pathspec.GitIgnoreSpec.from_lines(lines)
        except ValueError:
            return  # git takes a pattern that is none for a name; nothing is called so
        self._specs.append((os.path.realpath(folder).rstrip(os.sep) + os.sep, spec))

    def ignores(self, path: str, *, folder: bool) -> bool:
        """Whether git ignores ``path``."""
        if not self._specs:
            return False
        real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        for base, spec in reversed(self._specs):
            said = spec.check_file(real[len(base) :] + ("/" if folder else "")).include
            if said is not None:
                return bool(said)
        return False


def _users_rules() -> str:
    """The file of ``core.excludesFile``, or where git looks if that is not set (gitignore(5)).

    Only the user's own two files of settings are asked, without what they include.
    """
    home = os.path.expanduser("~")
    folder = os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git")
    path, section = os.path.join(folder, "ignore"), ""
    everywhere = os.environ.get("GIT_CONFIG_GLOBAL")
    for settings in [everywhere] if everywhere else [os.path.join(folder, "config"), os.path.join(home, ".gitconfig")]:
        try:
            with open(settings, encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read(_SETTINGS).splitlines()
        except OSError:
            continue
        for line in map(str.strip, lines):
            if line.startswith("["):
                section = line.partition("]")[0].strip("[ ").lower()
            name, _equals, value = line.partition("=")
            if section == "core" and name.strip().lower() == "excludesfile":
                path = os.path.expanduser(value.strip().strip('"'))
    return path


_SETTINGS = 1024 * 1024


def _why_not(path: str, kind: str | None) -> str | None:
    """Why a file found in a folder is not read; "" where that is not worth a word; None: it is read."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return ""
        if status.st_size > MAX_FILE:
            return f"larger than {MAX_FILE // 1024 // 1024} MiB; name it to have it read"
        if kind is None and path.lower().endswith(_NO_EVIDENCE) and guess_kind(path) == "output":
            return "source code or documentation; give --kind to have it read"
        with open(path, "rb", buffering=0) as file:
            head = file.read(8192)
            if is_compressed(head):
                file.seek(0)
                head = next(decompressed(file.fileno()), b"")[:8192]
    except OSError as error:
        return error.strerror or "cannot be read"
    except DamagedError as error:
        return str(error)
    return "not text" if b"\0" in head and not has_mark(head) else None
