"""Which repository we work for. Loads next to nothing: a scan of one line asks too."""

from __future__ import annotations

import os

from runbook.errors import BadInputError, NotFoundError
from runbook.record import places


class Place:
    """Which repository we work for. Treat as frozen.

    Attributes:
        repository: its root, or None where there is none.
        how: how it was found: ``option``, ``environment``, ``enclosing``, ``default``, ``plain`` (a git repository
            without settings), ``none``.
    """

    __slots__ = ("how", "repository")

    def __init__(self, repository: str | None, how: str) -> None:
        self.repository = repository
        self.how = how

    @property
    def key(self) -> str:
        """The repository's folder name under the state root."""
        return places.repository_key(self.repository)


def find_place(explicit: str | None = None) -> Place:
    """Find the repository of reports.

    ``--repo``, else ``RUNBOOK_REPO``, else the enclosing repository with settings, else the user's default, else the
    enclosing repository as it is, else none.

    Raises:
        NotFoundError: ``--repo``, ``RUNBOOK_REPO`` or the configured default is no git repository.
    """
    for value, how, name in (
        (explicit, "option", "--repo"),
        (os.environ.get("RUNBOOK_REPO"), "environment", "RUNBOOK_REPO"),
    ):
        if value:
            return Place(_must_be_repository(value, name), how)
    here = places.enclosing_repository(os.getcwd())
    if here is not None and os.path.isfile(os.path.join(here, places.SETTINGS_FILE)):
        return Place(here, "enclosing")
    default = _user_default()
    if default:
        return Place(_must_be_repository(default, places.user_config()), "default")
    return Place(here, "plain" if here is not None else "none")


def _must_be_repository(path: str, name: str) -> str:
    full = os.path.realpath(os.path.expanduser(path))
    if not os.path.isdir(full):
        raise NotFoundError(f"{path} is no folder", field=name, hint=f"git init {path}")
    root = places.enclosing_repository(full)
    if root is None:
        if os.path.isfile(os.path.join(full, "HEAD")) and os.path.isdir(os.path.join(full, "objects")):
            raise NotFoundError(
                f"{path} is a bare repository; reports need a work tree", field=name, hint=f"git clone {path}"
            )
        raise NotFoundError(f"{path} is not inside a git repository", field=name, hint=f"git init {path}")
    return root


def _user_default() -> str:
    path = places.user_config()
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return ""
    import tomllib  # only users who have a config file pay for it

    try:
        value = tomllib.loads(raw.decode("utf-8")).get("repository", "")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"not valid TOML: {error}", file=path) from None
    if not isinstance(value, str):
        raise BadInputError("must be a path in quotes", file=path, field="repository")
    return value
