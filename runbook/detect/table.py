"""Signatures as a table of plain tuples, texts and bytes: what the cache keeps and the hot path reads.

A row is ``(id, severity, kinds, any, all, none, details)``; a condition is ``(how, what, needs)``:

- ``how`` is :data:`REGEX`, :data:`LITERAL`, :data:`COMMAND`, :data:`PATTERN`, :data:`TIMELINE` or :data:`ELSEWHERE`;
- ``what`` is the pattern, the text, or the name of the rule or detector; for a command pattern its packed fields;
- ``needs`` are lower-case literals of which one must stand on the line; empty: always try. For a command pattern they
  are the names of its programs.

``details`` is what is needed only once a signature is met, packed a second time so that it is read only then.
"""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from runbook.detect.load import Loaded
    from runbook.model.signature import Condition, Signature

    Condensed = tuple[int, Any, tuple[bytes, ...]]
    Row = tuple[str, str, tuple[str, ...], tuple[Condensed, ...], tuple[Condensed, ...], tuple[Condensed, ...], bytes]

REGEX, LITERAL, COMMAND, TIMELINE, ELSEWHERE, PATTERN = range(6)
"""Ways to look. ``COMMAND``: a named rule over parsed commands. ``PATTERN``: a pattern for one command.
``ELSEWHERE``: by a detector over the whole file, see :mod:`runbook.detect.artefacts`.
"""

SHELL_KINDS = ("command", "shell", "dockerfile")
"""Kinds of input in which commands are parsed; in a Dockerfile the RUN instructions."""

TEXT_KINDS = ("output", "command", "dockerfile", "compose", "shell", "config")


def build(loaded: Mapping[str, Loaded]) -> tuple[str, list[Row]]:
    """The table and its digest: 16 hex digits over every file's id and content, the same on every machine."""
    import hashlib  # noqa: PLC0415  only when the table is built

    digest = hashlib.sha256()
    rows = []
    for identity, one in sorted(loaded.items()):
        digest.update(f"{identity}\0{one.sha256}\n".encode())
        rows.append(condense(one.signature))
    return digest.hexdigest()[:16], rows


def condense(signature: Signature) -> Row:
    """One signature as a row."""
    from runbook.detect.mentions import mentions  # noqa: PLC0415  only when the table is built

    rule = signature.match
    details = signature.model_dump(exclude={"match", "examples"})
    return (
        signature.id,
        signature.severity,
        signature.applies_to,
        tuple(_condense(condition) for condition in rule.any),
        tuple(_condense(condition) for condition in rule.all),
        tuple(_condense(condition) for condition in (*rule.none, *(mentions(name) for name in rule.not_in))),
        marshal.dumps(details),
    )


def _condense(condition: Condition) -> Condensed:
    from runbook.detect.literals import literals_in, required_literals  # noqa: PLC0415  only when the table is built

    if condition.regex is not None:
        return REGEX, condition.regex, _encoded(required_literals(condition.regex))
    if condition.literal is not None:
        return LITERAL, condition.literal, _encoded(literals_in(condition.literal))
    if isinstance(condition.command, str):
        return COMMAND, condition.command, ()
    if condition.command is not None:
        from runbook.detect.command_patterns import programs_of  # noqa: PLC0415  only when the table is built

        fields = condition.command.model_dump(exclude_defaults=True)
        return PATTERN, marshal.dumps(fields), _encoded(programs_of(fields))
    if condition.timeline is not None:
        return TIMELINE, condition.timeline, ()
    (name,) = condition.model_fields_set
    value: Any = getattr(condition, name)
    return ELSEWHERE, f"{name}: {value if isinstance(value, str) else ', '.join(value)}", ()


def codes_of(what: str) -> tuple[str, list[str]]:
    """Detector and codes of an :data:`ELSEWHERE` condition: ``hadolint: DL3020, DL3021``."""
    detector, _colon, codes = what.partition(": ")
    return detector, codes.split(", ")


def _encoded(texts: tuple[str, ...] | None) -> tuple[bytes, ...]:
    return tuple(text.encode("ascii") for text in texts or ())
