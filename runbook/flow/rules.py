"""The ten rules held against a document: which were not kept, and whether the team wants that to stop anything."""

from __future__ import annotations

from runbook.errors import CheckFailedError
from runbook.flow.settings import load_settings
from runbook.model.rules import BY_SIGNATURE, RULES, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.flow.desk import Desk
    from runbook.model.record import AnyDocument
    from runbook.model.rules import Level
    from runbook.model.settings import Settings


class Verdict:
    """One rule and one document. Treat as frozen.

    Attributes:
        rule: the rule.
        level: what the team's settings make of it.
        reasons: why it was not kept, a sentence each; empty where it was.
    """

    __slots__ = ("level", "reasons", "rule")

    def __init__(self, rule: Rule, level: Level, reasons: list[str]) -> None:
        self.rule = rule
        self.level = level
        self.reasons = reasons

    @property
    def kept(self) -> bool:
        """Whether nothing on record says otherwise."""
        return not self.reasons


def level_of(rule: Rule, settings: Settings) -> Level:
    """What the team's settings make of a rule."""
    return settings.rules.get(rule.name, "warn")


def verdicts(desk: Desk, document: AnyDocument | None = None) -> list[Verdict]:
    """Every rule that is not off, held against what is on record.

    What a person dismissed, with a reason, counts no more.
    """
    from runbook.detect.timeline import examine
    from runbook.flow.findings import catalog_for

    settings = load_settings(desk.place.repository)
    held = desk.record() if document is None else document
    dismissed = {finding.signature for finding in held.findings if finding.state == "dismissed"}
    reasons: dict[str, list[str]] = {}
    for match in examine(held, catalog_for(desk.place.repository), settings):
        rule = BY_SIGNATURE.get(match.signature)
        if rule is not None and match.signature not in dismissed:
            reasons.setdefault(rule.name, []).append(desk.door.clean(match.summary or match.title))
    levels = {rule.name: level_of(rule, settings) for rule in RULES}
    return [
        Verdict(rule, levels[rule.name], reasons.get(rule.name, [])) for rule in RULES if levels[rule.name] != "off"
    ]


def is_off(signature: str, settings: Settings) -> bool:
    """Whether a finding of the timeline speaks of a rule that the team has turned off."""
    rule = BY_SIGNATURE.get(signature)
    return rule is not None and level_of(rule, settings) == "off"


def before_success(desk: Desk, document: AnyDocument) -> list[str]:
    """What is to be said of a deployment that is about to be filed as a success.

    Returns:
        A sentence for each rule that was not kept and does not stop it.

    Raises:
        CheckFailedError: a rule that stops it was not kept. Nothing was filed, and every answer is on disk.
    """
    if document.document != "deployment" or document.status != "success":
        return []
    broken = [verdict for verdict in verdicts(desk, document) if not verdict.kept]
    stopping = [verdict for verdict in broken if verdict.level == "stop"]
    if stopping:
        first = stopping[0]
        more = f" (and {len(stopping) - 1} more)" if len(stopping) > 1 else ""
        raise CheckFailedError(
            f"not filed as a success: rule {first.rule.number}, {first.rule.title.lower()}: {first.reasons[0]}{more}",
            hint=f"{first.rule.do}; or dismiss the finding with a reason; `runbook rules` lists them",
        )
    return [f"rule {each.rule.number} was not kept: {each.reasons[0]}" for each in broken]
