"""What scripts read: every JSON shape is described under docs/schema/, and the program keeps to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from runbook.model.record import Deployment, Incident

if TYPE_CHECKING:
    from conftest import Runbook

SCHEMAS = Path(__file__).parent.parent / "docs" / "schema"


def check(name: str, text: str) -> Any:
    """Parse ``text`` and hold it against the schema of that name."""
    value = json.loads(text)
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(value)
    return value


def record_schema() -> str:
    """The schema of record.yaml and of `show --format json`, as the model says it."""
    schema = TypeAdapter(Incident | Deployment).json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "record.yaml", **schema}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def test_the_records_schema_is_the_models() -> None:
    """To renew it: `python tests/test_schemas.py`."""
    assert (SCHEMAS / "record.json").read_text("utf-8") == record_schema()


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_every_schema_is_a_valid_schema(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


def test_what_the_recording_verbs_print(runbook: Runbook, repository: Path) -> None:
    started = check("start", runbook("start", "it broke", "--format", "json", cwd=repository, check=0).stdout)
    check("entry", runbook("log", "a note", "--format", "json", check=0).stdout)
    check("entry", runbook("mark", "detected", "--format", "json", check=0).stdout)
    check("entry", runbook("set", "severity", "high", "--format", "json", check=0).stdout)
    check("entry", runbook("amend", "last", "--text", "x", "--format", "json", check=0).stdout)
    check("entry", runbook("undo", "--format", "json", check=0).stdout)
    check("entry", runbook("attach", "-", "--format", "json", input="some output\n", check=0).stdout)
    check("start", runbook("use", started["id"], "--format", "json", check=0).stdout)
    status = check("status", runbook("status", "--format", "json", check=0).stdout)
    assert (status["id"], status["title"], status["severity"]) == (started["id"], "it broke", "high")
    (row,) = check("list", runbook("list", "--format", "json", cwd=repository, check=0).stdout)
    assert row["running"]
    assert row["current"]
    check("record", runbook("show", "--format", "json", check=0).stdout)
    check("resolve", runbook("resolve", "--no-input", "--format", "json", check=0).stdout)
    filed = check("filed", runbook("render", "--format", "json", check=0).stdout)
    assert (repository / filed["report"]).is_file()
    (row,) = check("list", runbook("list", "--format", "json", cwd=repository, check=0).stdout)
    assert not row["running"]
    check("record", runbook("show", started["id"], "--format", "json", cwd=repository, check=0).stdout)


def test_what_the_knowing_verbs_print(runbook: Runbook) -> None:
    text = "Error: listen EADDRINUSE: address already in use :::4000\n"
    found = check("scan", runbook("scan", "-", "--format", "json", input=text, check=1).stdout)
    assert found["findings"][0]["captures"]["port"] == "4000"
    assert len(check("signatures", runbook("signatures", "list", "--format", "json", check=0).stdout)) > 50
    redacted = check("redact", runbook("redact", "--format", "json", input="PASSWORD=hunter2hunter2\n", check=0).stdout)
    assert "hunter2" not in redacted["text"]
    assert sum(redacted["redacted"].values()) == 1


if __name__ == "__main__":
    (SCHEMAS / "record.json").write_text(record_schema(), "utf-8")
