"""Alertmanager: webhook payloads (version 4), one or many, and the list of alerts that its API gives.

An alert that fires is one event at ``startsAt``, its end another one. While it fires, ``endsAt`` is a time in year 1 (a
webhook) or in the future (the API), and no end. Alerts are the same by ``fingerprint`` and ``startsAt``, however often
they are sent again. Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from runbook.capture.import_json import json_values, names_in, rows, table, words
from runbook.capture.import_times import from_iso
from runbook.capture.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "alertmanager"
_ACTOR = "Alertmanager"
_SAID = ("summary", "message", "description")
_HIDDEN = frozenset({"alertname", "severity", "prometheus", "monitor"})
_MOST_LABELS = 6


def sniff(head: bytes, _name: str) -> int:
    """By ``startsAt`` and what stands around it."""
    if not names_in(head, "startsAt"):
        return 0
    return 90 if names_in(head, "alerts", "groupKey", "receiver", "fingerprint", "generatorURL") >= 1 else 0


def parse(source: Source) -> Iterator[Imported]:
    """What fired and what stopped firing."""
    seen: set[str] = set()
    for number, value in json_values(source):
        payload = table(value)
        cut = payload.get("truncatedAlerts")
        if isinstance(cut, int) and cut > 0:
            source.problem(number, f"{words(cut)} more alerts were cut off before they were sent (max_alerts)")
        alerts = rows(payload.get("alerts")) if "alerts" in payload else [value]
        for alert in alerts:
            if not isinstance(alert, dict) or "startsAt" not in alert:
                source.problem(number, "this is no alert: it has no startsAt")
                continue
            yield from _events(alert, source, number, seen)


def _events(alert: dict[str, Any], source: Source, number: int, seen: set[str]) -> Iterator[Imported]:
    labels = table(alert.get("labels"))
    started = from_iso(alert.get("startsAt"))
    if started is None:
        source.problem(number, "startsAt is no plausible time")
        return
    identity = words(alert.get("fingerprint")) or json.dumps(labels, sort_keys=True)
    what = _describe(labels, table(alert.get("annotations")))
    firing = f"{identity} {started.timestamp():.3f} firing"
    if firing in seen:
        source.skip("the same alert, sent again")
    else:
        seen.add(firing)
        yield Imported(
            started,
            "observation",
            f"Alert firing: {what}",
            actor=_ACTOR,
            key=firing,
            line=number,
            milestone="detected",
            extra={"link": words(alert.get("generatorURL"))},
        )
    ended = from_iso(alert.get("endsAt"))
    if alert.get("status") != "resolved" or ended is None or ended < started:
        return
    over = f"{identity} {started.timestamp():.3f} resolved"
    if over not in seen:
        seen.add(over)
        yield Imported(ended, "observation", f"Alert resolved: {what}", actor=_ACTOR, key=over, line=number)


def _describe(labels: dict[str, Any], annotations: dict[str, Any]) -> str:
    name = words(labels.get("alertname")) or "(without a name)"
    severity = words(labels.get("severity"))
    said = next((text for text in (words(annotations.get(key)) for key in _SAID) if text.strip()), "")
    shown = [f"{key}={words(value)}" for key, value in labels.items() if key not in _HIDDEN and words(value)]
    where = f" ({', '.join(shown[:_MOST_LABELS])})" if shown else ""
    return f"{name}{f' [{severity}]' if severity else ''}{': ' + ' '.join(said.split()) if said else ''}{where}"
