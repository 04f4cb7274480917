"""Reading ``runbook.toml``: every error with file, line and field."""

from __future__ import annotations

import difflib
import os
import re
import tomllib

from pydantic import BaseModel, ValidationError

from runbook.errors import BadInputError
from runbook.model.checks import KINDS
from runbook.model.settings import Settings
from runbook.record.places import SETTINGS_FILE


def load_settings(repository: str | None) -> Settings:
    """The team's settings, or the defaults where there is no file.

    Raises:
        BadInputError: the file is no TOML, has an unknown key or a value that cannot be.
    """
    if repository is None:
        return Settings()
    path = os.path.join(repository, SETTINGS_FILE)
    try:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8")
    except FileNotFoundError:
        return _with_checklists(Settings(), repository)
    except UnicodeDecodeError as error:
        raise BadInputError(f"not UTF-8 at byte {error.start}", file=path) from None
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", file=path) from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        message = re.sub(r" \(at line .*\)$", "", str(error))
        raise BadInputError(
            f"not valid TOML: {message}", file=path, line=int(line[1]) if line else text.count("\n") + 1
        ) from None
    try:
        return _with_checklists(Settings.model_validate(raw), repository)
    except ValidationError as error:
        raise _explain(error, path, text) from None


def _with_checklists(settings: Settings, repository: str) -> Settings:
    """The interview's checklists from the team's own files, where the settings themselves name none."""
    from runbook.flow.checklists import own_items

    names = {"before": "pre-change", "deployment": "deployment", "after": "after-deployment"}
    own = {
        field: items
        for field, name in names.items()
        if getattr(settings.checklists, field) is None and (items := own_items(repository, name)) is not None
    }
    if not own:
        return settings
    return settings.model_copy(update={"checklists": settings.checklists.model_copy(update=own)})


def settings_line(repository: str, path: tuple[int | str, ...]) -> int | None:
    """The line of ``runbook.toml`` on which a key stands; None where it does not, or cannot be found."""
    try:
        with open(os.path.join(repository, SETTINGS_FILE), encoding="utf-8", errors="replace") as file:
            return _line(file.read(), path)
    except OSError:
        return None


def _explain(error: ValidationError, path: str, text: str) -> BadInputError:
    first = error.errors()[0]
    place = _without_tags(first["loc"])
    field = ".".join(str(part) for part in place)
    if first["type"] == "extra_forbidden":
        known = _keys(place[:-1])
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        return BadInputError(
            "unknown key",
            file=path,
            line=_line(text, place),
            field=field,
            hint=f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}",
        )
    message = first["msg"].removeprefix("Value error, ")
    return BadInputError(message, file=path, line=_line(text, place), field=field)


def _without_tags(path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The path as it is in the file: pydantic puts a check's kind behind its number, to name the model it took."""
    before = (None, *path)
    return tuple(
        part for part, left in zip(path, before, strict=False) if part not in KINDS or not isinstance(left, int)
    )


def _keys(path: tuple[int | str, ...]) -> list[str]:
    model: object = Settings()
    for part in path:
        model = getattr(model, str(part), None)
    return sorted(type(model).model_fields) if isinstance(model, BaseModel) else []


def _line(text: str, path: tuple[int | str, ...]) -> int | None:
    """The 1-based line of a key: below its table's header, the right one of several ``[[…]]``, or as a dotted key."""
    names = [str(part) for part in path if isinstance(part, str)]
    position = next((part for part in path if isinstance(part, int)), None)
    table: list[str] = []
    seen: dict[str, int] = {}
    best, skipped = None, False
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[+)\s*([^\]]+?)\s*\]+", line)
        if header:
            table = [part for part in header[2].split(".") if part]
            skipped = False
            if header[1] == "[[":
                seen[header[2]] = seen.get(header[2], -1) + 1
                skipped = position is not None and seen[header[2]] != position
        key = re.match(r"\s*\"?([\w.-]+)\"?\s*=", line)
        here = table + (key[1].split(".") if key else [])
        if not skipped and here and (header or key) and here == names[: len(here)]:
            best = number
    return best
