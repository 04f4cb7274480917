"""Where things lie on this machine, and who is acting. Standard library only: every verb on the hot path asks here.

Source of the folders: https://specifications.freedesktop.org/basedir-spec/
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS_FILE = "runbook.toml"
UNFILED = "unfiled"
"""Stands for the repository of documents that were started where there was none."""


def _base(variable: str, *default: str) -> str:
    value = os.environ.get(variable, "")
    root = value if os.path.isabs(value) else os.path.join(os.path.expanduser("~"), *default)
    return os.path.join(root, "runbook")


def state_root() -> str:
    """``$XDG_STATE_HOME/runbook``: running incidents, the redaction key, the pointer to the current document."""
    return _base("XDG_STATE_HOME", ".local", "state")


def cache_root() -> str:
    """``$XDG_CACHE_HOME/runbook``: what can be made again, such as the compiled catalog."""
    return _base("XDG_CACHE_HOME", ".cache")


def user_config() -> str:
    """``$XDG_CONFIG_HOME/runbook/config.toml``: the user's own defaults."""
    return os.path.join(_base("XDG_CONFIG_HOME", ".config"), "config.toml")


def runtime_root() -> str:
    """``$XDG_RUNTIME_DIR/runbook``, in memory on most systems; in the state folder where there is none."""
    value = os.environ.get("XDG_RUNTIME_DIR", "")
    return os.path.join(value, "runbook") if os.path.isabs(value) else os.path.join(state_root(), "runtime")


def shells_left_something() -> bool:
    """Whether a hook's file waits, or a recorded shell is there, alive or not. Asked by every verb, so it costs little.

    See :mod:`runbook.record.hookspool` and :mod:`runbook.record.sessions`.
    """
    root = runtime_root()
    for folder in ("hook", "shell"):
        try:
            names = os.listdir(os.path.join(root, folder))
        except OSError:
            continue
        if any("0" <= name[0] <= "9" for name in names):
            return True
    return False


def enclosing_repository(path: str) -> str | None:
    """The nearest folder at or above ``path`` that holds ``.git``, without asking git (hot path)."""
    current = os.path.realpath(path)
    while True:
        if os.path.exists(os.path.join(current, ".git")):
            return current
        parent = os.path.dirname(current)
        if parent == current:
            return None
        current = parent


def repository_key(root: str | None) -> str:
    """Folder name under the state root for the repository at ``root``: readable, and its own for every path."""
    if root is None:
        return UNFILED
    import hashlib  # noqa: PLC0415  3 ms that only a start pays

    real = os.path.realpath(root)
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in os.path.basename(real).lower()).strip("-")[:40]
    return f"{name or 'repository'}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:8]}"


def host_name() -> str:
    """This machine's short name, safe in a file name."""
    name = os.uname().nodename.split(".")[0]
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)[:40] or "host"


def os_user(environ: Mapping[str, str] = os.environ) -> str:
    """The login name behind this process, seen through ``sudo``."""
    if environ.get("SUDO_USER"):
        return environ["SUDO_USER"]
    for variable in ("LOGNAME", "USER"):
        if environ.get(variable):
            return environ[variable]
    import pwd  # noqa: PLC0415  only where the environment says nothing

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def actor(*, git_user: str = "") -> str:
    """Who is acting: ``RUNBOOK_ACTOR``, else who is behind ``sudo``, else git's user, else the OS user.

    Args:
        git_user: git's ``user.name`` where the caller knows it already; asking git costs a process.
    """
    for name in (os.environ.get("RUNBOOK_ACTOR", ""), os.environ.get("SUDO_USER", ""), git_user):
        if name.strip():
            return " ".join(name.split())[:80]
    return os_user()


def zone_name() -> str:
    """The machine's time zone as an IANA name (``TZ``, then ``/etc/localtime``), or ``UTC`` where it cannot be told."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if not name or name.startswith("/"):
        _, _, name = os.path.realpath(name or "/etc/localtime").partition("/zoneinfo/")
    name = name.removeprefix("posix/")
    return "UTC" if name in _NAMES_OF_UTC else name


_NAMES_OF_UTC = {
    "",
    "UTC",
    "UCT",
    "Zulu",
    "Universal",
    "Etc/UTC",
    "Etc/UCT",
    "Etc/Zulu",
    "Etc/Universal",
    "GMT",
    "Etc/GMT",
}
