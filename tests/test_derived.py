"""What is kept beside the journals: always what the journals say now, and no line is looked at twice."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_journal import entry

from runbook.record import derived, journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Runbook

    from runbook.model.wire import Entry


class Maker:
    """Gives an entry's text; nothing for one that begins with ``skip``. Notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, one: Entry) -> str | None:
        text = str(one.data["text"])
        self.asked.append(text)
        return None if text.startswith("skip") else text


def derive(folder: Path, make: Maker | None = None) -> list[str]:
    return [str(row.value) for row in derived.rows([None, str(folder)], "test", make or Maker())]


def test_only_lines_that_came_since_are_looked_at(tmp_path: Path) -> None:
    for text in ("one", "skip two", "three"):
        journal.append(str(tmp_path), entry(text))
    assert derive(tmp_path) == ["one", "three"]
    journal.append(str(tmp_path), entry("four"))
    journal.append(str(tmp_path), entry("five"), stem="somebody-else")
    make = Maker()
    assert derive(tmp_path, make) == ["one", "three", "four", "five"]
    assert sorted(make.asked) == ["five", "four"]
    assert derive(tmp_path, again := Maker()) == ["one", "three", "four", "five"]
    assert again.asked == []


def only_file(tmp_path: Path) -> Path:
    (found,) = tmp_path.glob(".*.derived")
    return found


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"v":1}', b'{"v":99,"by":"x","journals":{}}', b"\xff\xfe", b'{"v":1,"by":"0","journals":[1]}'],
)
def test_what_is_kept_may_be_damaged(content: bytes, tmp_path: Path) -> None:
    journal.append(str(tmp_path), entry("one"))
    assert derive(tmp_path) == ["one"]
    only_file(tmp_path).write_bytes(content)
    assert derive(tmp_path) == ["one"]
    only_file(tmp_path).write_text(only_file(tmp_path).read_text().replace('"rows":[[', '"rows":[3,['))
    assert derive(tmp_path) == ["one"]


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    journal.append(str(tmp_path), entry("one"))
    (tmp_path / f".test-{os.getpid()}.derived").mkdir()  # stands where the file would be written
    assert derive(tmp_path) == ["one"]
    assert derived.rows([None, str(tmp_path / "gone")], "test", Maker()) == []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 1)),
        st.tuples(st.just("torn"), st.integers(0, 1)),
        st.tuples(st.just("mend"), st.integers(0, 1)),
        st.tuples(st.just("scrub"), st.integers(0, 1)),
        st.tuples(st.just("cut"), st.integers(0, 1)),
        st.tuples(st.just("remove"), st.integers(0, 1)),
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_it_always_says_what_the_journals_say_now(steps: list[tuple[str, int]], tmp_path_factory: Any) -> None:
    """Whatever happened to them since: lines appended, torn, taken back, rewritten; journals removed."""
    folder = tmp_path_factory.mktemp("incident")
    for number, (what, which) in enumerate(steps):
        path = folder / "journal" / f"writer{which}.jsonl"
        change(folder, path, what, number)
        expected = [str(e.data["text"]) for e in journal.read(str(folder))[0] if "skip" not in str(e.data["text"])]
        assert derive(folder) == expected


def change(folder: Path, path: Path, what: str, number: int) -> None:
    if what == "append":
        journal.append(str(folder), entry(f"{'skip ' if number % 3 == 0 else ''}{number}"), stem=path.stem)
    elif path.exists():
        content = path.read_bytes()
        if what == "remove":
            path.unlink()
        elif what == "scrub":
            path.write_bytes(content.replace(b'"text":"1', b'"text":"[redacted:x#1]'))
        elif what == "cut":
            path.write_bytes(content[: content[:-1].rfind(b"\n") + 1])
        else:
            line = entry(str(number)).to_line()
            path.write_bytes(content + (line[:-1] if what == "torn" else b"\n"))


def texts_below(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()


def test_a_scrubbed_secret_is_not_kept_either(runbook: Runbook, home: Path) -> None:
    runbook("start", "It broke", check=0)
    for _ in range(3):
        runbook("run", "--", "python3", "hunter2hunter2.py", check=2)
    (folder,) = (home / ".local/state/runbook").glob("*/INC-*")
    assert any(b"hunter2hunter2" in text for text in texts_below(folder))
    runbook("scrub", folder.name, "--secret", "-", input="hunter2hunter2\n")
    assert not any(b"hunter2hunter2" in text for text in texts_below(folder))
    (strike,) = json.loads(runbook("status", "--format", "json", check=0).stdout)["strikes"]
    assert strike["count"] == 3
    assert strike["what"].startswith("python3 [redacted:")
