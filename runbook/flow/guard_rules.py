"""What a team's settings say to the guard, read without their checker: it stands before every command of an incident.

What is wrong with them is said with file, line and field, and the built-in rules stay in force.
"""

from __future__ import annotations

import os

from runbook.errors import BadInputError
from runbook.operate.guard import ASK, MODES
from runbook.record import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from runbook.detect.dangers import Own

    Tell = Callable[[str], None]

_KINDS = ("hosts", "contexts", "compose_projects", "paths", "branches")
_LISTS = ("program", "subcommand", "flags", "without", "fed_by", "after", "unless")


class Rules:
    """What a team's settings say to the guard.

    Attributes:
        mode: one of :data:`runbook.operate.guard.MODES`.
        production: patterns by kind.
        own: commands that the team adds or excuses, or None.
        stops: which of the ten rules stop, by name.
    """

    def __init__(
        self,
        mode: str = ASK,
        production: dict[str, list[str]] | None = None,
        own: Own | None = None,
        stops: Collection[str] = (),
    ) -> None:
        self.mode = mode
        self.stops = frozenset(stops)
        self.production = production or {}
        self.own = own


def read_rules(repository: str | None, tell: Tell) -> Rules:
    """What ``runbook.toml`` says to the guard; the built-in rules where it says nothing or cannot be read."""
    raw = settings_text(repository)
    if repository is None or not any(name in raw for name in (b"guard", b"production", b"rules")):
        return Rules()
    import tomllib

    try:
        table = tomllib.loads(raw.decode("utf-8"))
        guard, production = table.get("guard", {}), table.get("production", {})
        stops = [str(name) for name, level in table.get("rules", {}).items() if level == "stop"]
        mode = guard.get("mode", ASK)
        if mode not in MODES or not all(isinstance(production.get(kind, []), list) for kind in _KINDS):
            raise ValueError("a value that cannot be")
        return Rules(mode, {kind: list(map(str, production.get(kind, []))) for kind in _KINDS}, _own(guard), stops)
    except Exception as error:  # noqa: BLE001  whatever is wrong with a file that people write
        tell(f"runbook: the guard's settings are not used: {_what_is_wrong(repository) or error}")
        return Rules()


def settings_text(repository: str | None) -> bytes:
    """What stands in ``runbook.toml``, or nothing."""
    if repository is None:
        return b""
    try:
        with open(os.path.join(repository, places.SETTINGS_FILE), "rb") as file:
            return file.read()
    except OSError:
        return b""


def _own(guard: dict[str, Any]) -> Own | None:
    tables = {name: [_table(each) for each in guard.get(name, [])] for name in ("destructive", "harmless")}
    if not any(tables.values()):
        return None
    from runbook.detect.conditions import compile_regex
    from runbook.detect.dangers import Own

    return Own(tables["destructive"], tables["harmless"], compile_regex)


def _table(given: dict[str, Any]) -> dict[str, Any]:
    """A table as :class:`runbook.model.signature.CommandPattern` would have it: one name is a list of one."""
    table = {
        name: [value] if name in _LISTS and not isinstance(value, list) else value for name, value in given.items()
    }
    for name in ("after", "unless"):
        if name in table:
            table[name] = [_table(each) for each in table[name]]
    return table


def _what_is_wrong(repository: str) -> str:
    """The complaint of the settings' checker, with file, line and field."""
    try:
        from runbook.flow.settings import load_settings

        load_settings(repository)
    except BadInputError as error:
        return str(error)
    return ""
