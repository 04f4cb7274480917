"""The detector ``systemd``: unit files by systemd.syntax(7), and what systemd refuses or ignores in them."""

from __future__ import annotations

import re

from runbook.detect.artefacts.artefact import Artefact, Reported
from runbook.detect.artefacts.config.flavour import flavour
from runbook.detect.artefacts.config.schema import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DETECTOR = "systemd"
_CODES = frozenset(
    {
        *(
            "unknown-section",
            "outside-section",
            "no-equals",
            "no-exec-start",
            "several-exec-start",
            "unknown-key",
            "wrong-section",
        ),
        *("bad-value", "relative-path", "shell-syntax", "timer-without-time"),
    }
)
_NOT_OURS = re.compile(r"(?m)^[ \t]*(?:<|\[D-BUS Service\])")
"""Services of Avahi (XML) and of D-Bus have the same ending."""

_UNITS = (".service", ".timer", ".socket", ".mount", ".automount", ".path", ".target", ".slice", ".swap", ".scope")
_OPERATORS = frozenset({"&&", "||", "|", ">", ">>", "<", "2>&1", "2>/dev/null", ";;", "&"})


class _Entry:
    """One assignment: its section, key, value, and where it begins."""

    __slots__ = ("column", "key", "line", "section", "value")

    def __init__(self, section: str, key: str, value: str, line: int, column: int) -> None:
        self.section = section
        self.key = key
        self.value = value
        self.line = line
        self.column = column


def codes() -> frozenset[str]:
    """What can be wrong."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What is wrong with a unit file; nothing for other files."""
    if flavour(artefact) != "systemd" or _NOT_OURS.search(artefact.text):
        return []
    entries: list[_Entry] = []
    found = list(_read(artefact, entries))
    name = artefact.name.lower()
    if name and not name.endswith((*_UNITS, ".conf")):
        return found  # .network, .netdev, .link and .nspawn have sections of their own
    found += _keys(entries)
    found += _service(artefact, entries)
    return sorted(found, key=lambda one: (one.line, one.column))


def _read(artefact: Artefact, entries: list[_Entry]) -> Iterator[Reported]:
    """Section headers and assignments; an assignment that ends in a backslash goes on in the next line."""
    from runbook.detect.artefacts.config.units import SECTIONS  # noqa: PLC0415  a long list, and only for units

    units_only = not artefact.name or artefact.name.lower().endswith((*_UNITS, ".conf"))
    section: str | None = None
    at = 0
    while at < len(artefact.lines):
        line, number = artefact.lines[at], at + 1
        at += 1
        bare = line.strip()
        if not bare or bare.startswith(("#", ";")):
            continue
        if bare.startswith("[") and bare.endswith("]"):
            section = bare[1:-1]
            if units_only and section not in SECTIONS and not section.startswith("X-"):
                hint = nearest(section, list(SECTIONS)) or "; systemd ignores all of it"
                yield _at(
                    "unknown-section", number, line.find(section) + 1, section, f"unknown section [{section}]{hint}"
                )
                section = "X-"
            continue
        parts = [bare]
        while parts[-1].endswith("\\") and at < len(artefact.lines):
            following = artefact.lines[at].strip()
            at += 1
            if not following.startswith(("#", ";")):
                parts[-1] = parts[-1][:-1].rstrip()
                parts.append(following)
        key, equals, value = " ".join(parts).partition("=")
        column = len(line) - len(line.lstrip()) + 1
        if not equals:
            yield _at("no-equals", number, column, bare, f"a line that is neither [Section] nor Key=value: {bare[:60]}")
        elif section is None:
            yield _at(
                "outside-section", number, column, key.strip(), f"{key.strip()}= stands before the first [Section]"
            )
        else:
            entries.append(_Entry(section, key.strip(), value.strip(), number, column))


def _keys(entries: list[_Entry]) -> Iterator[Reported]:
    """Keys that systemd does not know in their section: said only where it is plain what was meant."""
    from runbook.detect.artefacts.config.units import SECTIONS  # noqa: PLC0415

    for entry in entries:
        known = SECTIONS.get(entry.section)
        if known is None or not known or entry.key in known or entry.key.startswith("X-"):
            continue
        others = [
            name
            for name, keys in SECTIONS.items()
            if entry.key in keys and name in {"Unit", "Service", "Install", "Timer"}
        ]
        if others:
            message = f"{entry.key}= belongs into [{others[0]}]; in [{entry.section}] systemd ignores it"
            yield _at("wrong-section", entry.line, entry.column, entry.key, message)
        elif hint := nearest(entry.key, list(known)):
            yield _at("unknown-key", entry.line, entry.column, entry.key, f"unknown key {entry.key}=, ignored{hint}")


def _service(artefact: Artefact, entries: list[_Entry]) -> Iterator[Reported]:
    from runbook.detect.artefacts.config.units import VALUES  # noqa: PLC0415

    own = [entry for entry in entries if entry.section == "Service"]
    name = artefact.name.lower()
    drop_in = name.endswith(".conf")
    for entry in own:
        allowed = VALUES.get(entry.key)
        if allowed is not None and entry.value and entry.value not in allowed and "%" not in entry.value:
            hint = nearest(entry.value, sorted(allowed))
            if "#" in entry.value:
                hint = "; a comment needs a line of its own"
            yield _at("bad-value", entry.line, entry.column, entry.key, f"{entry.key}= cannot be {entry.value!r}{hint}")
        if entry.key.startswith("Exec") and entry.key != "ExecSearchPath" and entry.value:
            yield from _command(entry)
    ends_all = any(entry.section == "Unit" and entry.key == "SuccessAction" for entry in entries)
    if own and not drop_in and not ends_all:  # a unit that only powers off or exits starts nothing
        yield from _start(own, artefact)
    timer = [entry for entry in entries if entry.section == "Timer"]
    if timer and not drop_in and not any(entry.key.startswith("On") for entry in timer):
        yield _at(
            "timer-without-time",
            timer[0].line,
            timer[0].column,
            timer[0].key,
            "the timer has no OnCalendar= or On…Sec=",
        )


def _start(own: list[_Entry], artefact: Artefact) -> Iterator[Reported]:
    """What systemd says of ``ExecStart=`` when it loads a service."""
    values = {entry.key: entry.value for entry in own}
    starts: list[_Entry] = []
    for entry in own:
        if entry.key == "ExecStart":
            starts = [*starts, entry] if entry.value else []  # an empty assignment clears the list
    oneshot = values.get("Type") == "oneshot"
    if (
        not starts
        and not oneshot
        and values.get("RemainAfterExit", "no") not in {"yes", "true", "1", "on"}
        and "BusName" not in values
    ):
        header = next((at for at, line in enumerate(artefact.lines, 1) if line.strip() == "[Service]"), own[0].line)
        yield _at("no-exec-start", header, 1, "[Service]", "the service has no ExecStart=")
    if len(starts) > 1 and not oneshot:
        message = "more than one ExecStart= is allowed only with Type=oneshot"
        yield _at("several-exec-start", starts[1].line, starts[1].column, "ExecStart", message)


def _command(entry: _Entry) -> Iterator[Reported]:
    words = entry.value.lstrip("@-:+!|").split()
    if not words:
        return
    program = words[0].strip("\"'")
    if "/" in program and not program.startswith(("/", "%", "$")):
        yield _at(
            "relative-path", entry.line, entry.column, entry.key, f"{program} is neither a name nor an absolute path"
        )
    shell = re.search(r"(?:^|/)(?:ba|da|z|k)?sh$", program) is not None
    found = next((word for word in words[1:] if word in _OPERATORS or re.fullmatch(r"\d?>>?\S+", word)), "")
    quoted = entry.value.count('"') + entry.value.count("'")
    if found and not shell and not quoted:
        message = f"{found} is handed to {program} as an argument: systemd runs no shell"
        yield _at("shell-syntax", entry.line, entry.column, entry.key, message)


def _at(code: str, line: int, column: int, text: str, message: str) -> Reported:
    return Reported(
        DETECTOR,
        code,
        line=line,
        column=column,
        end_column=column + len(text),
        message=message,
        captures={"problem": message},
    )
