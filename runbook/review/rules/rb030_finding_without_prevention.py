"""A confirmed known failure against which nothing stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.review.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.review.problem import Found
    from runbook.review.subject import Subject

TITLE = "A confirmed finding has no prevention"
SEVERITY = "warning"
REASON = (
    "A failure that is known and confirmed comes back for certain. It has prevention where a measure names its "
    "signature, where a measure, follow-up or box of the checklist is one of its suggestions, or where the report "
    "still shows its suggestions, as it does for as long as nobody has written a checklist."
)
FIX = "add a measure with `signature:`, or a box to the prevention checklist"
_FINDING = {
    "id": "tls/certificate-expired",
    "signature": "tls/certificate-expired",
    "state": "confirmed",
    "title": "A certificate has expired",
}
BAD = (
    Example(record={"findings": [_FINDING]}),
    Example(
        record={
            "findings": [{**_FINDING, "prevention": ["An alert fires 14 days before a certificate ends"]}],
            "checklist": [{"id": "B1", "text": "The proxy is reloaded once a week"}],
        }
    ),
)
GOOD = (
    Example(record={"findings": [{**_FINDING, "prevention": ["An alert fires 14 days before a certificate ends"]}]}),
    Example(record={"findings": [{**_FINDING, "state": "dismissed", "reason": "of a test host"}]}),
    Example(
        record={
            "findings": [_FINDING],
            "prevention": [
                {
                    "id": "P1",
                    "text": "The renewal reloads the proxy",
                    "signature": "tls/certificate-expired",
                    "done": True,
                }
            ],
        }
    ),
)


def check(subject: Subject) -> Iterator[Found]:
    """One problem for each confirmed finding."""
    incident = subject.incident
    if incident is None:
        return
    measures = {item.signature for item in incident.prevention}
    told = {item.text.strip() for part in (incident.prevention, incident.checklist, incident.actions) for item in part}
    for index, finding in enumerate(incident.findings):
        if finding.state != "confirmed" or finding.signature in measures:
            continue
        suggested = {text.strip() for text in finding.prevention if text.strip()}
        if not suggested & told and (not suggested or incident.checklist):
            yield subject.found(
                f"{finding.signature} is confirmed, and nothing keeps it from coming back",
                path=("findings", index),
                item=finding.id,
                section="findings",
            )
