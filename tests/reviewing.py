"""A repository with one document in it, sound but for what an example says; for tests of the lint rules."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from runbook.flow.file import render_document
from runbook.flow.picture import pictures
from runbook.model.record import Deployment, Incident
from runbook.record.store import dump_record, write_file
from runbook.review.rule import Example

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.model.record import AnyDocument

IDS = {"incident": "INC-2026-03-04-001", "deployment": "DEP-2026-03-04-001"}

INCIDENT: dict[str, Any] = {
    "id": IDS["incident"],
    "title": "Checkout refuses every card",
    "severity": "high",
    "status": "resolved",
    "lead": "Kim",
    "responders": ["Kim", "Noor"],
    "milestones": {
        "started": "2026-03-04T07:40:00Z",
        "detected": "2026-03-04T07:52:00Z",
        "acknowledged": "2026-03-04T07:55:00Z",
        "mitigated": "2026-03-04T08:31:00Z",
        "resolved": "2026-03-04T08:55:00Z",
    },
    "summary": "Cards were refused for 51 minutes, because the proxy served a certificate that had expired.",
    "impact": {"systems": ["checkout"], "users": "Everybody who paid by card", "data_loss": "Nothing was lost"},
    "timeline": [
        {"id": "E1", "at": "2026-03-04T07:40:00Z", "text": "The certificate ends"},
        {"id": "E2", "at": "2026-03-04T07:52:00Z", "text": "Alert: 4xx on /pay", "actor": "Kim"},
        {"id": "E3", "at": "2026-03-04T08:31:00Z", "text": "The proxy is reloaded", "actor": "Noor"},
    ],
    "causes": [
        {
            "id": "K1",
            "title": "The proxy held the old certificate",
            "whys": [{"id": "W1", "text": "It reads it at its start only", "evidence": ["E2"]}],
        }
    ],
    "resolution": "The proxy was reloaded.",
    "actions": [
        {"id": "A1", "text": "Reload the proxy after each renewal", "owner": "Kim", "due": "2026-03-20", "done": True}
    ],
}

DEPLOYMENT: dict[str, Any] = {
    "id": IDS["deployment"],
    "title": "Proxy 2.4",
    "status": "success",
    "deployer": "Kim",
    "milestones": {"started": "2026-03-04T07:00:00Z", "resolved": "2026-03-04T07:20:00Z"},
    "changes": "The proxy goes to 2.4.",
    "timeline": [{"id": "E1", "at": "2026-03-04T07:00:00Z", "text": "Deployment begun"}],
    "steps": [{"id": "S1", "text": "apt install proxy", "ok": True}],
    "verification": "The health endpoint answered.",
    "rollback_plan": "Install 2.3 again.",
}


def build(root: Path, example: Example) -> str:
    """Make a repository at ``root`` that holds ``example`` and its counterpart; the id of the document it is about."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "runbook.toml").write_text(example.settings, "utf-8")
    if example.template:
        (root / "templates").mkdir()
        (root / f"templates/{example.document}.md.j2").write_text(example.template, "utf-8")
    for kind in ("incident", "deployment"):
        _file(root, kind, example if kind == example.document else Example(document=kind))
    return IDS[example.document]


def _file(root: Path, kind: str, example: Example) -> None:
    data = json.loads(json.dumps(INCIDENT if kind == "incident" else DEPLOYMENT))
    for path, value in example.record.items():
        _put(data, path.split("."), value)
    folder = root / "incidents/2026" / IDS[kind]
    for name, given in example.files.items():
        if given is not None:
            write_file(folder / name, given.encode())
    for item in data.get("evidence", ()):
        if item.get("sha256") == "DIGEST":
            item["sha256"] = hashlib.sha256((folder / item["path"]).read_bytes()).hexdigest()
    document: AnyDocument = (Incident if kind == "incident" else Deployment).model_validate(data)
    report = render_document(document, str(root))
    for before, after in example.replace.items():
        assert before in report, f"{before!r} is not in the report"
        report = report.replace(before, after)
    made = {"record.yaml": dump_record(document).encode(), "report.md": (report + example.append).encode()}
    for name, content in {**made, **pictures(document, str(root))}.items():
        if name not in example.files:
            write_file(folder / name, content)


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        data = data.setdefault(name, {})
    data[path[-1]] = value
