"""Which value of a variable a container gets, by the precedence that Compose documents.

``docker compose run -e`` comes before ``environment``, that before ``env_file`` (a later file before an earlier one),
that before the image's ``ENV``. The shell and ``.env`` reach a container only where one of these names the variable, or
uses it in a value; the shell comes before ``.env``.

Source: https://docs.docker.com/compose/how-tos/environment-variables/envvars-precedence/, tried against every row of
its table, not against a running Compose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.model.environment import LAYERS, Setting, Variable
from runbook.operate.interpolation import fill

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runbook.operate.dotenv import Line


class Sources:
    """What fills in variables: the shell first, then the env files, a later one over an earlier one.

    Args:
        shell: the environment in which ``docker compose`` is run.
        files: (name of the file, its lines), in the order in which they are given.

    Attributes:
        used: names that something took a value of.
    """

    def __init__(self, shell: Mapping[str, str], files: Sequence[tuple[str, Iterable[Line]]] = ()) -> None:
        self._shell = shell
        self._values: dict[str, tuple[str, str]] = {}
        self.used: set[str] = set()
        self.places: dict[str, str] = {}
        for file, lines in files:
            for line in lines:
                place = f"{file}:{line.number}"
                value = line.value
                if value is None:
                    continue
                filled = value if line.literal else fill(value, self._look).text
                self._values[line.name] = (filled, place)
                self.places[line.name] = place
        self.used.clear()

    def look(self, name: str) -> tuple[str, str] | None:
        """Value and origin of a name, or None; remembers that it was asked for."""
        self.used.add(name)
        return self._look(name)

    def _look(self, name: str) -> tuple[str, str] | None:
        if name in self._shell:
            return self._shell[name], "the shell"
        return self._values.get(name)


def settle(
    layer: str, name: str, written: str | None, place: str, sources: Sources, *, literal: bool = False
) -> Setting:
    """What one place gives a variable, with everything filled in.

    Args:
        layer: one of :data:`runbook.model.environment.LAYERS`.
        name: of the variable.
        written: its value there, or None where only the name stands.
        place: file and line.
        sources: what fills in variables.
        literal: whether ``$`` stands for itself.
    """
    if written is None:
        found = sources.look(name)
        if found is None:
            return Setting(layer, None, place)
        return Setting(layer, None, place, found[0], ((name, found[1]),))
    if literal:
        return Setting(layer, written, place, written)
    filled = fill(written, sources.look)
    return Setting(layer, written, place, filled.text, tuple(filled.taken_from.items()), tuple(filled.missing))


def decide(settings: Iterable[tuple[str, Setting]]) -> tuple[Variable, ...]:
    """Each variable with the places that set it, the winner first.

    Args:
        settings: (name, setting), within one layer in the order in which Compose reads them: a later one wins.
    """
    found: dict[str, list[Setting]] = {}
    for name, setting in settings:
        found.setdefault(name, []).insert(0, setting)
    return tuple(
        Variable(name, tuple(sorted(each, key=lambda setting: LAYERS.index(setting.layer))))
        for name, each in sorted(found.items())
    )
