"""Who is called what outside: names to pseudonyms, the same in all documents of a repository.

The map lies in the state folder of whoever writes the summaries, never in git: with it every summary could be read
back.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import BadInputError
from runbook.record.journal import storage_error
from runbook.record.places import state_root
from runbook.record.store import write_file
from runbook.record.turns import turn

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = "pseudonyms.json"


def pseudonyms(key: str, people: Iterable[list[str]]) -> dict[str, str]:
    """A pseudonym for each person; who has none yet gets the next one.

    Args:
        key: the repository's folder name under the state root.
        people: groups of names, each of one person.

    Returns:
        Each person's first name of the group, and the pseudonym.

    Raises:
        BadInputError: the map cannot be read; nobody is renamed on a guess.
        StorageError: it cannot be written.
    """
    folder = os.path.join(state_root(), key)
    path = os.path.join(folder, FILE)
    with turn(f"{path}.lock"):
        known = _read(path)
        chosen, new = _choose(known, people)
        if new:
            content = json.dumps({"v": 1, "names": new | known}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
            write_file(Path(path), content.encode(), mode=0o600)
    return chosen


def _choose(known: dict[str, str], people: Iterable[list[str]]) -> tuple[dict[str, str], dict[str, str]]:
    chosen: dict[str, str] = {}
    new: dict[str, str] = {}
    taken = set(known.values())
    for group in people:
        pseudonym = next((known[name.casefold()] for name in group if name.casefold() in known), "")
        if not pseudonym:
            pseudonym = next(name for name in _letters() if name not in taken)
        taken.add(pseudonym)
        chosen[group[0]] = pseudonym
        new |= {name.casefold(): pseudonym for name in group if name.casefold() not in known}
    return chosen, new


def _letters() -> Iterable[str]:
    """Responder A to Z, AA, AB and so on."""
    number = 0
    while True:
        number += 1
        text, rest = "", number
        while rest:
            rest, digit = divmod(rest - 1, 26)
            text = chr(ord("A") + digit) + text
        yield f"Responder {text}"


def _read(path: str) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8") as file:
            names = json.load(file)["names"]
        if not all(isinstance(key, str) and isinstance(value, str) for key, value in names.items()):
            raise TypeError("a name is no text")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise storage_error(error, path) from error
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInputError(
            "the map of pseudonyms is damaged", file=path, hint="correct it, or move it away to begin a new one"
        ) from None
    return dict(names)
