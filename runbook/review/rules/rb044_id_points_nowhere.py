"""A reference to an entry that is not in the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.passages import own_words, prose
from runbook.review.references import named_documents, references
from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "An id points nowhere"
SEVERITY = "error"
REASON = (
    "“Shown by” an entry that is not there shows nothing; mostly the entry was taken out or the id mistyped. The same "
    "for an incident or deployment that a text names: whoever looks for it next year finds nothing."
)
FIX = "name what is there (`runbook show ID --entries` lists entries, `runbook list` documents), or take the id out"
BAD = (
    Example(
        record={
            "causes": [
                {
                    "id": "K1",
                    "title": "Old certificate",
                    "whys": [{"text": "Read at its start only", "evidence": ["E99"]}],
                }
            ]
        }
    ),
    Example(
        record={
            "commands": [
                {"id": "C1", "at": "2026-03-04T08:31:00Z", "command": "systemctl reload nginx", "evidence": ["V9"]}
            ]
        }
    ),
    Example(record={"summary": "As in INC-2019-01-01-001, the proxy held the old certificate."}),
    Example(record={"steps": [{"id": "S1", "text": "reload", "ok": True, "command": "C9"}]}, document="deployment"),
)
GOOD = (
    Example(record={"summary": "The day after DEP-2026-03-04-001, and not as the wiki says in `INC-2019-01-01-001`."}),
    Example(
        record={
            "causes": [
                {
                    "id": "K1",
                    "title": "Old certificate",
                    "whys": [{"text": "Read at its start only", "evidence": ["net/timeout"]}],
                }
            ],
            "findings": [
                {
                    "id": "net/timeout",
                    "signature": "net/timeout",
                    "entries": ["E2"],
                    "state": "confirmed",
                    "prevention": ["Timeouts"],
                }
            ],
        }
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each id that nothing in the record has."""
    document = subject.document
    left_out = set(document.left_out)
    known = {
        item.id
        for part in (document.timeline, document.commands, document.evidence, document.findings)
        for item in part
    }
    for path, item, section, reference in references(document):
        if reference not in known:
            where = "was left out of the report" if reference in left_out else "is nowhere in the record"
            yield subject.found(f"{reference} {where}", path=path, item=item, section=section, passage=reference)
    for passage in prose(document):
        for name in named_documents(own_words(passage.text)) if passage.kind == "prose" else ():
            if not subject.is_document(name):
                yield subject.at(passage, f"there is no {name} here", name)
