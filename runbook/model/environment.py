"""Where a container's environment comes from: every place that sets a variable, the one that wins, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

LAYERS = ("run", "environment", "env_file", "image")
"""What can put a variable into a container, strongest first.

Source: https://docs.docker.com/compose/how-tos/environment-variables/envvars-precedence/
"""

LAYER_NAMES = {
    "run": "docker compose run -e",
    "environment": "environment",
    "env_file": "env_file",
    "image": "image ENV",
    "shell": "shell",
    "dotenv": ".env",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One place that sets a variable.

    Attributes:
        layer: one of :data:`LAYERS`.
        written: the value as it stands there; None where only the name stands, so that it is taken over from the shell
            or from ``.env``.
        place: file and line, ``docker-compose.yml:12``.
        value: what it comes to with variables filled in; None where nothing gives it one.
        taken_from: where variables in it, or the whole of it, came from: (name, ``shell`` or the env file's place).
        missing: variables in it that nobody sets; Compose puts nothing in their place.
    """

    layer: str
    written: str | None
    place: str
    value: str | None = None
    taken_from: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of one service.

    Attributes:
        name: of the variable.
        settings: every place that sets it, the one that wins first.
    """

    name: str
    settings: tuple[Setting, ...]

    @property
    def winner(self) -> Setting:
        """The place whose value the container gets."""
        return self.settings[0]

    @property
    def shadowed(self) -> tuple[Setting, ...]:
        """The places that set it in vain."""
        return self.settings[1:]

    @property
    def value(self) -> str | None:
        """What the container gets; None where it gets no such variable."""
        return self.winner.value

    @property
    def why(self) -> str:
        """Why that place wins, in a few words."""
        layer = LAYER_NAMES[self.winner.layer]
        weaker = [each for each in self.shadowed if each.layer != self.winner.layer]
        said = f"{layer} comes before {_names(weaker)}" if weaker else layer
        if len(weaker) < len(self.shadowed):
            said += ", the last one of several"
        if self.winner.written is None:
            origin = self.winner.taken_from[0][1] if self.winner.taken_from else ""
            said += (
                f"; only the name stands there, the value is from {origin}" if origin else "; nobody gives it a value"
            )
        elif self.winner.taken_from:
            filled = ", ".join(f"{name} from {origin}" for name, origin in self.winner.taken_from)
            said += f"; filled in: {filled}"
        return said


def _names(settings: list[Setting]) -> str:
    return ", ".join(dict.fromkeys(LAYER_NAMES[setting.layer] for setting in settings))


@dataclass(frozen=True, slots=True)
class ServiceEnvironment:
    """The environment of one service.

    Attributes:
        service: its name.
        variables: by name.
        base_image: the image whose own ENV could not be looked at, or nothing.
        unread: env files that could not be read, with the reason.
    """

    service: str
    variables: tuple[Variable, ...]
    base_image: str = ""
    unread: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable that the Compose file uses outside ``environment``, such as in an image's tag."""

    name: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class EnvironmentAudit:
    """What a Compose project's environment is made of.

    Attributes:
        project: the Compose file, as it was named.
        services: in the file's order.
        unset: references that nobody gives a value; Compose puts nothing there.
        unused: what stands in ``.env`` and reaches no container: (name, place).
    """

    project: str
    services: tuple[ServiceEnvironment, ...]
    unset: tuple[Reference, ...] = field(default=())
    unused: tuple[tuple[str, str], ...] = field(default=())

    def values(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(service, variable) to (value, place), for a comparison."""
        return {
            (each.service, variable.name): ("" if variable.value is None else variable.value, variable.winner.place)
            for each in self.services
            for variable in each.variables
        }
