"""The detector ``dotenv``: files of ``NAME=value`` lines, as Compose, Docker and dotenv libraries read them.

Sources of the format: "env file syntax" in https://docs.docker.com/compose/how-tos/environment-variables/ and
https://docs.docker.com/reference/cli/docker/container/run/#env. The readers differ; reported is what they disagree on.
"""

from __future__ import annotations

import re

from runbook.detect.artefacts.artefact import Artefact, Reported
from runbook.detect.artefacts.config.flavour import flavour

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

DETECTOR = "dotenv"
MAX_VALUE_LINES = 100
"""Lines that a quoted value may go over."""

_CODES = frozenset(
    {
        "duplicate",
        "invalid-name",
        "no-equals",
        "blank-around-equals",
        "unquoted-blank",
        "open-quote",
        "carriage-return",
        "readable-by-others",
    }
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(r"(?i)(?:passw(?:or)?d|secret|token|api_?key|private_key|access_key|credential)")
_TEMPLATE_NAME = re.compile(r"(?i)(?:example|sample|template|dist|defaults?|schema|test)")


def codes() -> frozenset[str]:
    """What can be wrong."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What is wrong in an env file; nothing for other files."""
    return list(_check(artefact)) if flavour(artefact) == "env" else []


def _check(artefact: Artefact) -> Iterator[Reported]:
    seen: dict[str, int] = {}
    secret = ""
    open_until = ""
    for number, line in enumerate(artefact.lines, 1):
        if open_until:  # inside a quoted value of several lines
            open_until = "" if open_until in line else open_until
            continue
        bare = line.strip().removeprefix("\ufeff")
        if not bare or bare.startswith("#"):
            continue
        body = re.sub(r"^export\s+", "", bare)
        name, equals, value = body.partition("=")
        offset = line.find(body)
        if not equals:
            yield from _bare_word(number, offset, body)
            continue
        if name != name.rstrip() or (value[:1].isspace() and value.strip()):
            yield _at("blank-around-equals", number, offset, len(name) + 1, name=name.strip())
        name, value = name.strip(), value.strip()
        if not _NAME.fullmatch(name):
            certain = not re.fullmatch(r"[A-Za-z_][\w.-]*", name)  # some readers take dots and dashes
            yield _at("invalid-name", number, offset, len(name), certain=certain, name=name)
        if name in seen:
            yield _at("duplicate", number, offset, len(name), name=name, first=str(seen[name]))
        seen.setdefault(name, number)
        open_until = yield from _value(artefact, number, name, value)
        if _SECRET.search(name) and value and not value.startswith(("$", "<")):
            secret = secret or name
    if artefact.crlf:
        yield _at("carriage-return", artefact.crlf, 0, 0, name=artefact.name or "the file")
    yield from _readable(artefact, secret)


def _bare_word(number: int, offset: int, body: str) -> Iterator[Reported]:
    """A name alone passes a variable on; anything else is no line that a reader understands."""
    if not _NAME.fullmatch(body):
        yield _at("no-equals", number, offset, len(body), name=re.split(r"[\s:]", body)[0][:40])


def _value(artefact: Artefact, number: int, name: str, value: str) -> Generator[Reported, None, str]:
    """Look at a value; returns the quote that the following lines have to close, "" if there is none."""
    start = artefact.lines[number - 1].find(value)
    if value[:1] in {'"', "'"}:
        if _closed(value):
            return ""
        if _closes_later(artefact.lines[number : number + MAX_VALUE_LINES], value[0]):
            return value[0]
        yield _at("open-quote", number, start, 1, name=name)
        return ""
    plain = re.split(r"\s#", value, maxsplit=1)[0].strip()
    if re.search(r"\s", plain):
        yield _at("unquoted-blank", number, start, len(plain), name=name)
    return ""


def _closed(value: str) -> bool:
    mark = value[0]
    return re.match(rf"{mark}(?:[^{mark}\\]|\\.)*{mark}\s*(?:#.*)?$", value) is not None


def _closes_later(lines: list[str], mark: str) -> bool:
    return any(mark in line for line in lines)


def _readable(artefact: Artefact, secret: str) -> Iterator[Reported]:
    """A secret that every user of the machine may read. Git keeps no such bits, so the file's own are asked."""
    if not secret or artefact.folder is None or _TEMPLATE_NAME.search(artefact.name):
        return
    mode = artefact.folder.mode(artefact.name)
    if mode is not None and mode & 0o004:
        number = next((at for at, line in enumerate(artefact.lines, 1) if secret in line), 1)
        yield _at(
            "readable-by-others",
            number,
            artefact.lines[number - 1].find(secret),
            len(secret),
            certain=False,
            path=artefact.name,
            name=secret,
        )


def _at(code: str, number: int, start: int, length: int, *, certain: bool = True, **captures: str) -> Reported:
    return Reported(
        DETECTOR,
        code,
        line=number,
        column=max(start, 0) + 1,
        end_column=max(start, 0) + 1 + length if length else 0,
        certain=certain,
        captures=captures,
    )
