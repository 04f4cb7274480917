"""``kubectl get events -o json``: a list, single events, or a watch (``--output-watch-events``), v1 and events.k8s.io.

The times of an event may stand in ``eventTime`` and ``series`` with ``firstTimestamp`` and ``lastTimestamp`` null, or
the other way round. What happened ``count`` times is two entries: the first and the last time. Kubernetes keeps events
for an hour, unless it is told otherwise. Source: the core/v1 Event of the Kubernetes API reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture.import_json import json_values, names_in, rows, table, words
from runbook.capture.import_times import from_iso
from runbook.capture.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.capture.imported import Source

NAME = "kubectl"


def sniff(head: bytes, _name: str) -> int:
    """By what an event is about."""
    if names_in(head, "involvedObject", "regarding") and names_in(head, "reason"):
        return 90
    return 20 if names_in(head, "apiVersion", "items", "kind") == 3 else 0


def parse(source: Source) -> Iterator[Imported]:
    """What the cluster says about its objects."""
    for number, value in json_values(source):
        outer = table(value)
        if "items" in outer:
            items = rows(outer["items"])
        else:
            items = [outer["object"] if "object" in outer and "type" in outer else value]
        for item in items:
            event = table(item)
            if not (event.get("involvedObject") or event.get("regarding")):
                source.problem(number, "this is no event: it is about nothing (involvedObject)")
                continue
            yield from _events(event, source, number)


def _events(event: dict[str, Any], source: Source, number: int) -> Iterator[Imported]:
    series, metadata = table(event.get("series")), table(event.get("metadata"))
    first = _first_time(
        event.get("firstTimestamp"),
        event.get("deprecatedFirstTimestamp"),
        event.get("eventTime"),
        event.get("lastTimestamp"),
        metadata.get("creationTimestamp"),
    )
    if first is None:
        source.problem(number, "the event has no plausible time")
        return
    last = _first_time(series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("deprecatedLastTimestamp"))
    count = next(
        (n for n in (event.get("count"), event.get("deprecatedCount"), series.get("count")) if isinstance(n, int)), 1
    )
    text, about = _describe(event)
    identity = words(metadata.get("uid")) or f"{about} {words(event.get('reason'))} {text}"
    actor = words(table(event.get("source")).get("component")) or words(event.get("reportingComponent"))
    actor = actor or words(event.get("reportingController")) or "kubernetes"
    host = words(table(event.get("source")).get("host"))
    yield Imported(first, "observation", text, actor=actor, host=host, key=f"{identity} first", line=number)
    if last is not None and last > first and count > 1:
        yield Imported(
            last,
            "observation",
            f"{text} ({words(count)} times by now)",
            actor=actor,
            host=host,
            key=f"{identity} {words(count)}",
            line=number,
        )


def _first_time(*times: Any) -> Any:
    """The first of ``times`` that is one at all."""
    return next((moment for moment in map(from_iso, times) if moment is not None), None)


def _describe(event: dict[str, Any]) -> tuple[str, str]:
    target = table(event.get("involvedObject")) or table(event.get("regarding"))
    name = f"{words(target.get('kind')).lower() or 'object'}/{words(target.get('name')) or '?'}"
    namespace = words(target.get("namespace"))
    about = f"{name} in {namespace}" if namespace else name
    kind, reason = words(event.get("type")), words(event.get("reason"))
    message = words(event.get("message")) or words(event.get("note"))
    head = " ".join(part for part in ("" if kind == "Normal" else kind, reason, about) if part)
    return (f"{head}: {' '.join(message.split())}" if message.strip() else head), about
