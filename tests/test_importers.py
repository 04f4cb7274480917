"""The import formats, one sample and one property for each: what comes of it, and that nothing makes it stumble."""

from __future__ import annotations

import io
import json
import os
import random
import re
import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from importing import SAMPLES, expected, make_source, outcome, sample_of

from runbook.capture.import_formats import all_importers, detect, find_importer
from runbook.capture.imported import HEAD, LONGEST_LINE
from runbook.errors import BadInputError
from runbook.model.wire import MILESTONES, NOTE_KINDS

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = sorted(path for path in SAMPLES.iterdir() if path.is_dir())
NAMES = sorted(all_importers()[0])
EXAMPLES = int(os.environ.get("CAMPAIGN_EXAMPLES", "25"))
"""Of each property, for each format."""
FEW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_sample_is_recognised_and_becomes_what_its_author_said(folder: Path) -> None:
    """Without its format being named. To renew: `python tests/importing.py`, then look at the difference."""
    said = expected(folder)
    assert outcome(sample_of(folder), said.get("options", {})) == said


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_a_sample_and_keeps_to_the_contract(name: str) -> None:
    importer = find_importer(name)
    assert re.fullmatch(r"[a-z0-9-]+", importer.NAME)
    assert importer.sniff(b"", "nothing") == 0
    if name != "git":  # a repository cannot lie in a repository; see test_import_programs.py
        assert any(expected(folder)["format"] == name for folder in FOLDERS)


@pytest.mark.parametrize(
    "folder", [folder for folder in FOLDERS if sample_of(folder).is_file()], ids=lambda path: path.name
)
def test_a_sample_is_recognised_from_a_pipe_as_well(folder: Path) -> None:
    source = make_source(None, pipe=io.BytesIO(sample_of(folder).read_bytes()))
    importer = detect(source)
    assert expected(folder)["format"] == importer.NAME


def test_a_pipe_loses_nothing_to_being_looked_at() -> None:
    """The head that decides the format is read again by the importer; the file is longer than the head."""
    lines = [f"2026-02-11T09:02:{n % 60:02d}Z event number {n}" for n in range(5000)]
    content = "\n".join(lines).encode()
    assert len(content) > 2 * HEAD
    source = make_source(None, pipe=io.BytesIO(content))
    assert [item.text for item in detect(source).parse(source)] == [line.partition("Z ")[2] for line in lines]


# --- no input makes an importer stumble


def read_all(name: str, content: bytes, folder: Path) -> list[str]:
    """How reading ``content`` as ``name`` ends, from a file and from a pipe: ``read``, or that the input is bad.

    Every event that comes of it is one that can be recorded; nothing but bad input is raised.
    """
    importer = find_importer(name)
    path = folder / "input"
    path.write_bytes(content)
    ends = []
    for source in (make_source(path), make_source(None, pipe=io.BytesIO(content))):
        try:
            assert 0 <= importer.sniff(source.head(), source.name) <= 100
            for item in importer.parse(source):
                assert item.at.tzinfo is not None
                assert item.kind in {*NOTE_KINDS, "command", "evidence"}
                assert item.text
                assert item.milestone in {"", *MILESTONES}
                json.dumps(item.extra)
            ends.append("read")
        except BadInputError as error:
            ends.append(f"{error.file} is bad input" if str(error) else "nothing said")
    return ends


def ended_well(ends: list[str]) -> bool:
    """Whether both ways of reading came to an end that a person can do something with."""
    return len(ends) == 2 and all(end == "read" or end.endswith(" is bad input") for end in ends)


CONTENT = {
    name: [sample_of(f).read_bytes() for f in FOLDERS if expected(f)["format"] == name and sample_of(f).is_file()]
    for name in NAMES
}
CONTENT["slack"] = [path.read_bytes() for path in sorted((SAMPLES / "slack/input").glob("*/*.json"))]


def zipped() -> bytes:
    """The Slack sample as the zip that Slack hands out."""
    out = io.BytesIO()
    root = SAMPLES / "slack/input"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*.json")):
            archive.write(path, path.relative_to(root).as_posix())
    return out.getvalue()


CONTENT["slack"].append(zipped())


def damaged(content: bytes, seed: int) -> bytes:
    """``content`` with cuts, flips, doublings and foreign bytes, the same for the same seed."""
    chance = random.Random(seed)
    data = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                del data[at : at + chance.randint(1, 40)]
            case 1:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 6)))
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 200)]
            case 3:
                data[at : at + 1] = b"\n"
            case 4:
                data[at:at] = chance.choice(
                    [b"9" * 30, b"null", b"[]", b"{}", b"-1", b"\xff\x83", b"\\", b'"', b"\x00"]
                )
            case _ if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
    return bytes(data)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(content=st.binary(max_size=300))
def test_no_bytes_make_an_importer_crash(name: str, content: bytes, tmp_path: Path) -> None:
    assert ended_well(read_all(name, content, tmp_path))


@pytest.mark.parametrize("name", [name for name in NAMES if CONTENT[name]])
@FEW
@given(seed=st.integers(0, 2**32), which=st.integers(0, 20))
def test_no_damage_makes_an_importer_crash(name: str, seed: int, which: int, tmp_path: Path) -> None:
    content = damaged(CONTENT[name][which % len(CONTENT[name])], seed)
    assert ended_well(read_all(name, content, tmp_path))


JSON_FORMATS = ("alertmanager", "pagerduty", "github", "docker", "journalctl", "kubectl", "slack", "asciicast")
_KEY = re.compile(rb'"([A-Za-z_@]{2,30})":')


def values(name: str) -> st.SearchStrategy[Any]:
    """JSON made of the keys that the format uses, with values of any shape under them."""
    keys = sorted({key.decode() for content in CONTENT[name] for key in _KEY.findall(content)})
    plain = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=6),
        st.sampled_from(
            [
                "2026-02-11T09:02:11Z",
                "0001-01-01T00:00:00Z",
                "1770800521.000200",
                "1770800521421465",
                "resolved",
                "message",
            ]
        ),
        st.sampled_from([1770800521, 10**400, -1, 1e308, 253402300800]),
    )
    return st.recursive(
        plain,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(keys), inner, min_size=1, max_size=6)
        ),
        max_leaves=25,
    )


@pytest.mark.parametrize("name", JSON_FORMATS)
def test_no_json_makes_an_importer_crash(name: str, tmp_path: Path) -> None:
    @FEW
    @given(st.lists(values(name), min_size=1, max_size=4), st.booleans())
    def check(items: list[Any], one_list: bool) -> None:
        text = json.dumps(items) if one_list else "\n".join(json.dumps(item) for item in items)
        assert ended_well(read_all(name, text.encode(), tmp_path))

    check()


def test_depth_is_no_way_in(tmp_path: Path) -> None:
    """Nesting that would exhaust a recursive reader costs the value, not the program."""
    for name in JSON_FORMATS:
        for content in (b'{"a":' * 100_000, b"[" * 100_000):
            assert ended_well(read_all(name, content, tmp_path))


# --- JSON in its shapes


def alerts(name: str) -> list[str]:
    return [f'{{"labels":{{"alertname":"{n}"}},"startsAt":"2026-02-11T09:02:11Z"}}' for n in name]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(alerts("ABC")),
        "[" + ",".join(alerts("ABC")) + "]",
        "[\n" + ",\n".join(alerts("ABC")) + "\n]\n",
        json.dumps([json.loads(one) for one in alerts("ABC")], indent=2),
        "\n".join(json.dumps(json.loads(one), indent=2) for one in alerts("ABC")),
        "\x1e" + "\n\x1e".join(alerts("ABC")) + "\n",
        "\ufeff" + "\r\n".join(alerts("ABC")) + "\r\n",
        json.dumps({"alerts": [json.loads(one) for one in alerts("ABC")]}, indent=4),
    ],
    ids=["lines", "list", "list of lines", "pretty list", "pretty values", "json-seq", "windows", "document"],
)
def test_json_is_read_in_every_shape_it_comes_in(text: str) -> None:
    source = make_source(None, pipe=io.BytesIO(text.encode()))
    found = [item.text for item in find_importer("alertmanager").parse(source)]
    assert [text.split()[2] for text in found] == ["A", "B", "C"]
    assert source.problems == []


@pytest.mark.parametrize("shape", ["one list", "one document", "lines"])
def test_json_on_one_long_line_is_read_as_a_whole(shape: str) -> None:
    """What an API answers without a line break is longer than any line of a log."""
    many = [
        json.loads(alerts("A")[0]) | {"fingerprint": f"{n:06d}", "annotations": {"x": "é" * 900}} for n in range(1500)
    ]
    text = {
        "one list": json.dumps(many, ensure_ascii=False),
        "one document": json.dumps({"alerts": many}, ensure_ascii=False),
        "lines": "\n".join(json.dumps(one, ensure_ascii=False) for one in many),
    }[shape]
    assert len(text.encode()) > 2 * LONGEST_LINE
    source = make_source(None, pipe=io.BytesIO(text.encode()))
    assert sum(1 for _ in find_importer("alertmanager").parse(source)) == len(many)
    assert source.problems == []


def test_a_torn_line_costs_that_line_only() -> None:
    text = "\n".join([alerts("A")[0], alerts("B")[0][:30], alerts("C")[0], alerts("D")[0][:-1]])
    source = make_source(None, pipe=io.BytesIO(text.encode()))
    found = [item.text.split()[2] for item in find_importer("alertmanager").parse(source)]
    assert found == ["A", "C"]
    assert [problem.line for problem in source.problems] == [2, 4]


# --- memory


def test_a_long_log_is_not_held_in_memory() -> None:
    """A stack trace that has no end, then a line that has none."""

    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.left = 6 * 1024 * 1024
            self.first = b"2026-02-11T09:02:11Z it begins\n"

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            data = self.first or (b"  at frame\n" if self.left > 5.5 * 1024 * 1024 else b"x") * 9000
            data = data[: len(buffer)]
            self.first = b""
            self.left -= len(data)
            if self.left < 0:
                return 0
            buffer[: len(data)] = data
            return len(data)

    source = make_source(None, pipe=io.BufferedReader(Endless()))
    tracemalloc.start()
    found = sum(1 for _ in find_importer("log").parse(source))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 1
    assert peak < 5 * 1024 * 1024
