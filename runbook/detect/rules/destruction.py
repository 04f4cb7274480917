"""Rules about commands that take something away: that they were run, without a copy, without a second pair of eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.detect.classify import edited_files, keeps_copy
from runbook.detect.destructive import destruction, is_production_compose
from runbook.detect.events import TICKET, Event, Hit, Story
from runbook.detect.rules.trials import takes_own_trial_away
from runbook.model.record import Deployment

if TYPE_CHECKING:
    from runbook.detect.destructive_remote import Destruction

_COPY_CHECKS = ("backup", "back up", "backed up", "snapshot")


def destructive_command(story: Story) -> Hit | None:
    """A command that takes away what cannot simply be had back."""
    return _hit(_destroyed(story))


def destructive_without_backup(story: Story) -> Hit | None:
    """One of those, and no backup on record before it."""
    return _hit([pair for pair in _destroyed(story) if not _copied_before(story, pair[0])])


def destructive_without_review(story: Story) -> Hit | None:
    """One of those, and nobody else is on record as having looked at it, with the ticket that says so."""
    unseen = [pair for pair in _destroyed(story) if not reviewed_before(story, pair[0])]
    hit = _hit(unseen)
    if hit is not None:
        first = unseen[0][0]
        nameless = [event for event in story.before(first) if event.kind == "review"]
        hit.captures["missing"] = "the review names no ticket" if nameless else "no review is on record"
    return hit


def reviewed_before(story: Story, event: Event) -> bool:
    """Whether a review that names its ticket, or a deployment's reviewer, stands before ``event``."""
    if isinstance(story.document, Deployment) and story.document.reviewer.strip():
        return True
    return any(
        earlier.kind == "review" and TICKET.search(earlier.text) is not None and not _is_own(earlier, event)
        for earlier in story.before(event)
    )


def _is_own(review: Event, event: Event) -> bool:
    """Whether somebody reviewed themselves; a review without a name is taken to be a colleague's."""
    return bool(review.actor) and review.actor == event.actor and "by " not in review.text.lower()


def _copied_before(story: Story, event: Event) -> bool:
    document = story.document
    if isinstance(document, Deployment) and any(
        check.done and any(word in check.text.lower() for word in _COPY_CHECKS)
        for check in (*document.pre_checks, *document.practice_checks)
    ):
        return True
    return any(
        earlier.kind == "backup" or (not earlier.failed and any(keeps_copy(simple) for simple in earlier.commands))
        for earlier in story.before(event)
    ) or _copied_on_the_line(event)


def _copied_on_the_line(event: Event) -> bool:
    """``cp a a.bak && rm a``: the copy comes first on the same line."""
    for simple in event.commands:
        if keeps_copy(simple):
            return True
        if destruction(simple) is not None:
            return False
    return False


def _destroyed(story: Story) -> list[tuple[Event, Destruction]]:
    found: list[tuple[Event, Destruction]] = []
    for event in story.events:
        for simple in event.commands:
            taken = destruction(simple)
            if taken is None and any(is_production_compose(path) for path in edited_files(simple)):
                taken = _edit()
            if taken is not None and not takes_own_trial_away(story, event, simple):
                found.append((event, taken))
                break
    return found


def _edit() -> Destruction:
    from runbook.detect.destructive_remote import Destruction  # noqa: PLC0415  only where an edit is found

    return Destruction(
        "the compose file as it was when it worked", "docker compose -p NAME -f docker-compose.pr.yml up -d"
    )


def _hit(found: list[tuple[Event, Destruction]]) -> Hit | None:
    if not found:
        return None
    event, taken = found[0]
    return Hit(
        [each for each, _taken in found],
        {"command": " ".join(event.text.split()), "destroys": taken.what, "safer": taken.safer},
    )
