"""GitHub: deployments, their statuses, and workflow runs, as webhooks, the REST API or ``gh run list`` give them.

A workflow run is two events: when this attempt began (``run_started_at``) and, once it is completed, how it ended
(``updated_at``). Sources: https://docs.github.com/en/webhooks/webhook-events-and-payloads and /en/rest/actions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook.capture.import_json import json_values, names_in, rows, table, words
from runbook.capture.import_times import from_iso
from runbook.capture.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.capture.imported import Source

NAME = "github"
_ACTOR = "GitHub"
PENDING = "deployment statuses on the way (queued, pending, waiting)"
_ON_THE_WAY = frozenset({"queued", "pending", "waiting"})
_LISTS = ("workflow_runs", "deployments")


def sniff(head: bytes, _name: str) -> int:
    """By the names in it."""
    if names_in(head, "deployment_status", "workflow_run", "workflow_runs"):
        return 85
    if (
        names_in(head, "head_sha", "run_started_at", "conclusion") == 3
        or names_in(head, "headSha", "workflowName") == 2
    ):
        return 85
    if names_in(head, "sha", "environment", "task", "created_at") == 4:
        return 85
    return 80 if names_in(head, "deployment_url", "state", "environment", "created_at") == 4 else 0


def parse(source: Source) -> Iterator[Imported]:
    """What was deployed where, and what the pipelines did."""
    for number, value in json_values(source):
        payload = table(value)
        inner = next((rows(payload[name]) for name in _LISTS if name in payload), None)
        for item in [value] if inner is None else inner:
            events = _event(table(item), source, number)
            if events is None:
                source.problem(number, "this is no deployment, no deployment status and no workflow run")
            else:
                yield from events


def _event(item: dict[str, Any], source: Source, number: int) -> Iterator[Imported] | None:
    if "deployment_status" in item:
        return _status(table(item["deployment_status"]), table(item.get("deployment")), source, number)
    if "deployment_url" in item:
        return _status(item, {}, source, number)
    if "workflow_run" in item or "head_sha" in item or "headSha" in item:
        return _run(table(item.get("workflow_run", item)), source, number)
    if "deployment" in item or ("sha" in item and "environment" in item):
        return _deployment(table(item.get("deployment", item)), source, number)
    return None


def _time(value: Any, name: str, source: Source, number: int) -> datetime | None:
    at = from_iso(value)
    if at is None:
        source.problem(number, f"{name} is no plausible time")
    return at


def _deployment(item: dict[str, Any], source: Source, number: int) -> Iterator[Imported]:
    at = _time(item.get("created_at"), "created_at", source, number)
    if at is not None:
        yield Imported(
            at,
            "note",
            f"Deployment to {words(item.get('environment')) or '?'} asked for: {_what(item)}",
            actor=words(table(item.get("creator")).get("login")) or _ACTOR,
            key=f"deployment {words(item.get('id')) or _what(item)} {at.isoformat()}",
            line=number,
        )


def _what(item: dict[str, Any]) -> str:
    ref, sha = words(item.get("ref")), words(item.get("sha"))
    task = words(item.get("task"))
    named = f"{ref} ({sha[:12]})" if sha and ref and ref != sha else sha[:12] or ref or "?"
    return named + (f", {task}" if task not in {"", "deploy"} else "")


def _status(status: dict[str, Any], deployment: dict[str, Any], source: Source, number: int) -> Iterator[Imported]:
    state = words(status.get("state"))
    if state in _ON_THE_WAY:
        source.skip(PENDING)
        return
    at = _time(status.get("created_at"), "created_at", source, number)
    if at is None:
        return
    where = words(status.get("environment")) or words(deployment.get("environment")) or "?"
    what = f", {_what(deployment)}" if deployment else ""
    said = words(status.get("description")).strip()
    yield Imported(
        at,
        "change" if state == "success" else "observation",
        f"Deployment to {where}: {state.replace('_', ' ') or '?'}{what}{f' ({said})' if said else ''}",
        actor=words(table(status.get("creator")).get("login")) or _ACTOR,
        key=f"status {words(status.get('id')) or where} {state} {at.isoformat()}",
        line=number,
        extra={"link": words(status.get("log_url")) or words(status.get("target_url"))},
    )


def _run(run: dict[str, Any], source: Source, number: int) -> Iterator[Imported]:
    def field(*names: str) -> str:
        return next((text for name in names if (text := words(run.get(name)))), "")

    started = _time(field("run_started_at", "startedAt", "created_at", "createdAt"), "run_started_at", source, number)
    if started is None:
        return
    attempt = field("run_attempt", "attempt") or "1"
    what = field("name", "workflowName") or "workflow"
    title, branch = field("display_title", "displayTitle"), field("head_branch", "headBranch")
    sha = field("head_sha", "headSha")[:12]
    about = f"{what}{f' ({title})' if title and title != what else ''} on {branch or '?'} {sha}".rstrip()
    about += f", attempt {attempt}" if attempt != "1" else ""
    actor = words(table(run.get("triggering_actor") or run.get("actor")).get("login")) or _ACTOR
    identity = f"run {field('id', 'databaseId') or about} {attempt}"
    extra = {"link": field("html_url", "url")}
    yield Imported(
        started, "note", f"Workflow started: {about}", actor=actor, key=f"{identity} started", line=number, extra=extra
    )
    if field("status") != "completed":
        return
    ended = _time(field("updated_at", "updatedAt"), "updated_at", source, number)
    if ended is not None:
        yield Imported(
            max(ended, started),
            "observation",
            f"Workflow ended, {field('conclusion').replace('_', ' ') or 'result not known'}: {about}",
            actor=actor,
            key=f"{identity} {field('conclusion')}",
            line=number,
            extra=extra,
        )
