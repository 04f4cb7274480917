"""record.yaml: any record is written, read and equal; errors name file, line and field."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from strategies import deployments, incidents

from runbook.errors import BadInputError, NotFoundError, StorageError
from runbook.model.record import AnyDocument, Incident
from runbook.record.store import dump_record, load_record, parse_record, write_file

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = int(os.environ.get("CAMPAIGN_EXAMPLES", "30"))


@settings(max_examples=EXAMPLES, deadline=None)
@given(incidents())
def test_any_incident_is_written_read_and_equal(document: AnyDocument) -> None:
    assert parse_record(dump_record(document), file="record.yaml") == document


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(deployments())
def test_any_deployment_is_written_read_and_equal(document: AnyDocument) -> None:
    assert parse_record(dump_record(document), file="record.yaml") == document


def test_the_same_record_always_gives_the_same_text() -> None:
    document = Incident(id="INC-2026-02-11-001", ulid="01KH5XK0000000000000000000", title="x")
    assert dump_record(document) == dump_record(document.model_copy(deep=True))
    assert dump_record(document).splitlines() == [
        "schema: 1",
        "document: incident",
        "id: INC-2026-02-11-001",
        "ulid: 01KH5XK0000000000000000000",
        "title: x",
        "zone: UTC",
        "severity: medium",
        "status: investigating",
        "impact:",
        "  financial:",
        "    currency: EUR",
    ]


HEAD = "schema: 1\ndocument: incident\nid: INC-2026-02-11-001\nulid: 01KH5XK0000000000000000000\ntitle: x\n"


@pytest.mark.parametrize(
    ("more", "line", "field", "message"),
    [
        ("severty: high\n", 6, "severty", "unknown field"),
        ("severity: huge\n", 6, "severity", "critical"),
        ("actions:\n- text: do it\n  due: soon\n", 8, "actions.0.due", "date"),
        ("timeline:\n- text: x\n", 7, "timeline.0.at", "missing"),
        ("milestones:\n  detected: 2026-02-11\n", 7, "milestones.detected", "time"),
        ("milestones:\n  detected: 2026-02-11T08:00:00\n", 7, "milestones.detected", "timezone"),
        ("title: twice\n", 6, "title", "twice"),
        ("impact: [\n", 7, None, "not valid YAML"),
    ],
)
def test_a_broken_record_is_named_by_file_line_and_field(more: str, line: int, field: str | None, message: str) -> None:
    with pytest.raises(BadInputError) as error:
        parse_record(HEAD + more, file="incidents/x/record.yaml")
    assert error.value.file == "incidents/x/record.yaml"
    assert error.value.line == line
    assert error.value.field == field
    assert message in str(error.value)


def test_a_misspelt_field_is_answered_with_the_right_one() -> None:
    with pytest.raises(BadInputError) as error:
        parse_record(HEAD + "severty: high\n", file="r")
    assert error.value.hint == "did you mean severity?"


def test_a_record_of_a_newer_program_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="newer runbook"):
        parse_record(HEAD.replace("schema: 1", "schema: 2"), file="r")


def test_a_record_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        load_record(tmp_path)
    (tmp_path / "record.yaml").write_bytes(b"title: \xff\n")
    with pytest.raises(BadInputError, match="not UTF-8 at byte 7"):
        load_record(tmp_path)


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    write_file(path, b"old")
    target = tmp_path / "folder"
    (target / "record.yaml").mkdir(parents=True)
    with pytest.raises(StorageError):
        write_file(target / "record.yaml", b"new")  # a folder stands in the way
    assert [name for name in os.listdir(target) if name != "record.yaml"] == []
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == sorted(["record.yaml", "folder"]) or set(os.listdir(tmp_path)) == {
        "record.yaml",
        "folder",
    }


@pytest.mark.parametrize(
    ("more", "line", "says", "hint"),
    [
        ("severity: hihg\n", 6, "'high'", "did you mean high?"),
        ("actions:\n- text: do it\n  due: next week\n", 8, "'next week' is no date", "write it as 2026-03-11"),
        ("milestones:\n  detected: about eight\n", 7, "'about eight' is no date and time", "write it as 2026-03-04T"),
        ("milestones:\n  detected: 2026-02-11T08:00:00\n", 7, "timezone", "write it as 2026-03-04T"),
        ("responders: Kim\n", 6, "list", "behind `- `"),
        ("lead: 42\n", 6, "string", "in quotes"),
        ("summary: Cause: unknown\n", 6, "mapping values", "in quotes"),
        ("responders:\n\t- Kim\n", 7, "not valid YAML", "never by tabs"),
        ("lead: Kim\x1b[31m\n", 6, "control characters", ""),
        ("timeline:\n- text: x\n  id: E1\n", 7, "timeline.0.at: is missing", "add a line `at: …`"),
        (
            "timeline:\n- {id: E1, at: 2026-02-11T08:00:00Z, text: a}\n- {id: E1, at: 2026-02-11T08:00:00Z, text: b}\n",
            8,
            "timeline.1.id: the id E1 stands twice",
            "an id of its own",
        ),
        ("<<<<<<< HEAD\nlead: Kim\n=======\nlead: Noor\n>>>>>>> main\n", 6, "an unresolved merge", "keep what counts"),
    ],
)
def test_whoever_edits_a_record_by_hand_is_told_the_line_and_what_to_write(
    more: str, line: int, says: str, hint: str
) -> None:
    with pytest.raises(BadInputError) as error:
        parse_record(HEAD + more, file="record.yaml")
    assert error.value.line == line
    assert says in str(error.value)
    assert hint in error.value.hint
