"""The three-way merge: one side's change is taken, two different ones are a conflict, nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import examples
import pytest
from edits import Pair, pairs
from hypothesis import given
from test_sync_reader import PROPERTY

from runbook.review.merge import Conflict, Merge, differences, with_items_of

if TYPE_CHECKING:
    from runbook.model.record import AnyDocument


def data(document: AnyDocument) -> dict[str, Any]:
    return document.model_dump(mode="json", by_alias=True)


def merged(base: Any, record: Any, report: Any, side: Any = None) -> tuple[Any, list[Conflict]]:
    merge = Merge(lambda _: side)
    return merge.documents(base, record, report), merge.conflicts


@PROPERTY
@given(pairs())
def test_one_side_s_edits_are_the_result(pair: Pair) -> None:
    before, after = data(pair.before), data(pair.after)
    assert merged(before, before, after) == (after, [])
    assert merged(before, after, before) == (after, [])
    assert merged(before, after, after) == (after, [])
    assert differences(before, after) == [] or before != after


@PROPERTY
@given(pairs())
def test_whoever_settles_a_conflict_loses_nothing_of_the_other_fields(pair: Pair) -> None:
    """The record gets the edits, the report gets them with other words in every text: each text is in conflict."""
    base, record = data(pair.before), data(pair.after)
    report = {**base, "title": f"{base['title']} as the report has it"}
    result, conflicts = merged(base, record, report)
    changed = {change.field for change in differences(base, record)}
    assert [conflict.field for conflict in conflicts] == (["title"] if "title" in changed else [])
    for side, title in (("record", record["title"]), ("report", report["title"])):
        result, conflicts = merged(base, record, report, side)
        wanted = title if "title" in changed else report["title"]
        assert (result, conflicts) == ({**record, "title": wanted}, [])


ITEMS = [{"id": name, "text": name} for name in "abcd"]


def case(*names: str, **texts: str) -> dict[str, Any]:
    return {"actions": [{"id": name, "text": texts.get(name, name)} for name in names]}


@pytest.mark.parametrize(
    ("record", "report", "result"),
    [
        (case(*"abcd"), case(*"dabc"), "dabc"),  # moved in the report
        (case(*"bacd"), case(*"abcd"), "bacd"),  # moved in the record
        (case(*"abxcd"), case(*"abcyd"), "abxcyd"),  # one added on either side
        (case(*"abd"), case(*"bcd"), "bd"),  # one removed on either side
        (case(*"abxcd"), case(*"dcba"), "dcbxa"),  # added here, turned round there
        (case(*"xabcd"), case(*"abcd"), "xabcd"),
    ],
)
def test_items_are_moved_added_and_removed_by_both(record: Any, report: Any, result: str) -> None:
    found, conflicts = merged(case(*"abcd"), record, report)
    assert ("".join(item["id"] for item in found["actions"]), conflicts) == (result, [])


def test_two_orders_are_a_conflict_and_no_item_is_lost() -> None:
    found, (conflict,) = merged(case(*"abcd"), case(*"bacd"), case(*"abdc"))
    assert (conflict.field, conflict.record, conflict.report) == ("actions.order", [*"bacd"], [*"abdc"])
    assert sorted(item["id"] for item in found["actions"]) == [*"abcd"]
    assert [item["id"] for item in merged(case(*"abcd"), case(*"bacd"), case(*"abdc"), "report")[0]["actions"]] == [
        *"abdc"
    ]


def test_the_same_item_added_on_both_sides_is_one() -> None:
    record, report = case("a", "x", x="new"), case("a", "y", y="new")
    assert merged(case("a"), record, report) == (record, [])


@pytest.mark.parametrize(("side", "left"), [("record", ["a", "b"]), ("report", ["a"])])
def test_an_item_removed_here_and_changed_there_needs_a_person(side: str, left: list[str]) -> None:
    base, record, report = case("a", "b"), case("a", "b", b="changed"), case("a")
    (conflict,) = merged(base, record, report)[1]
    assert (conflict.field, conflict.report, conflict.path) == ("actions.b", None, ("actions", 1))
    assert [item["id"] for item in merged(base, record, report, side)[0]["actions"]] == left


def test_an_entry_that_is_kept_is_not_left_out() -> None:
    base = {"timeline": [{"id": "a", "text": "a"}], "left_out": []}
    record = {"timeline": [{"id": "a", "text": "amended"}], "left_out": []}
    report = {"timeline": [], "left_out": ["a"]}
    assert merged(base, record, report, "record")[0] == record
    assert merged(base, record, report, "report")[0] == report


def test_items_that_both_got_later_are_compared_with_what_the_record_says() -> None:
    base, record = data(examples.incident()), data(examples.incident())
    new = {**record["timeline"][0], "id": "later"}
    record["timeline"].append(new)
    assert with_items_of(base, record, lambda name: name == "later")["timeline"][-1] == new
    assert with_items_of(base, record, lambda _: False)["timeline"] == base["timeline"]


@pytest.mark.parametrize(
    ("record", "report", "result"),
    [
        ("A!\n\nb\n\nc", "a\n\nb\n\nC?", "A!\n\nb\n\nC?"),
        ("a\n\nb\n\nc\n\nd", "A\n\nb\n\nc", "A\n\nb\n\nc\n\nd"),
        ("b\n\nc", "a\n\nb\n\nC", "b\n\nC"),
        ("a\n\nB\n\nc", "a\n\nb!\n\nc", None),
        ("a\n\nB\n\nc", "a\n\nb\n\nC", None),  # neighbours belong together more often than not
    ],
)
def test_paragraphs_that_lie_apart_merge(record: str, report: str, result: str | None) -> None:
    found, conflicts = merged({"summary": "a\n\nb\n\nc"}, {"summary": record}, {"summary": report})
    if result is None:
        assert [conflict.field for conflict in conflicts] == ["summary"]
    else:
        assert (found, conflicts) == ({"summary": result}, [])
