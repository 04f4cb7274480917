"""Two items of a record under one id."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.yamltext import Path
    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "An id stands twice"
SEVERITY = "error"
REASON = (
    "An item was copied in the record, or two branches were merged line by line. An edit, a reference or `sync --keep` "
    "that names the id means one of the two, and nobody knows which."
)
FIX = "take one of the two out, or take its `id:` line out: it gets an id of its own"
_RENEW = {"text": "Renew it by timer", "owner": "Kim", "due": "2026-04-01"}
_WATCH = {"text": "Watch the end date", "owner": "Noor", "due": "2026-04-01"}
BAD = (
    Example(record={"actions": [{"id": "A1", **_RENEW}, {"id": "A1", **_WATCH}]}),
    Example(
        record={"steps": [{"id": "S1", "text": "stop", "ok": True}, {"id": "S1", "text": "start", "ok": True}]},
        document="deployment",
    ),
)
GOOD = (Example(record={"actions": [{"id": "A1", **_RENEW}, {"id": "A2", **_WATCH}]}),)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each item whose id another one in its list had before; lists of what was recorded have none."""
    for path, identifier in _again(subject.located.data, ()):
        yield subject.found(f"the id {identifier} stands twice in {_name(path)}", path=path, passage=identifier)


def _again(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Path of the id, and the id, of every item that is not the first with it in its list."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _again(value, (*path, name))
    elif isinstance(data, list):
        seen: Counter[str] = Counter()
        for index, item in enumerate(data):
            yield from _again(item, (*path, index))
            if isinstance(item, dict) and isinstance(identifier := item.get("id"), str):
                seen[identifier] += 1
                if seen[identifier] > 1:
                    yield (*path, index, "id"), identifier


def _name(path: Path) -> str:
    return ".".join(part for part in path[:-1] if isinstance(part, str))
