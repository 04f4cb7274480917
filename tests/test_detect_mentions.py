"""Lines that speak of a failure and do not have it, left out by name (``not_in``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from signature_files import changed, write

from runbook.detect.catalog import load_catalog
from runbook.detect.engine import scan_text
from runbook.errors import BadInputError
from runbook.model.signature import Mention

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = "port 4000 is already taken"
LEFT_OUT = {
    "source-code": [
        f'throw new Error("{MESSAGE}")',
        f"// {MESSAGE}",
        f'expect(log).toContain("{MESSAGE}")',
        f'    if (message.contains("{MESSAGE}")) {{',
        f'        eprintln!("error: {MESSAGE}: {{}}", path);',
        f'    with pytest.raises(PortError, match="{MESSAGE}"):',
        f'const taken = new Error("{MESSAGE}");',
        f'"""A second server says: {MESSAGE}."""',
        f'# it fails with a bare "{MESSAGE}" otherwise',
    ],
    "passed-test": [f"  ✓ says that {MESSAGE} (3 ms)", f"test says_that {MESSAGE} ... ok"],
    "documentation": [
        f"If you see {MESSAGE}, stop the other one.",
        f"with errors like `{MESSAGE}`",
        f"### Error: {MESSAGE}",
        f"- Symptom: {MESSAGE}",
        f"**Error: {MESSAGE}**",
        f"the cause of '{MESSAGE}' errors in the past",
    ],
    "table-row": [f"| {MESSAGE} | stop the other one |"],
}
REAL = [
    f"Error: {MESSAGE}",
    f"web-1  | {MESSAGE}",
    f"not ok 3 - {MESSAGE}",
    f"2026-02-11T09:02:00Z ERROR {MESSAGE}",
    f'level=fatal msg="no start" error="{MESSAGE}"',
    f"** (RuntimeError) {MESSAGE}",
    f"- Error: {MESSAGE}",
    f'  "{MESSAGE}",',
    f"# {MESSAGE}",
    f"  return code 1: {MESSAGE}",
]


def found(folder: Path, names: str, text: str) -> bool:
    write(folder, "net/taken", changed("captures:\n", f"  not_in: [{names}]\ncaptures:\n"))
    return bool(scan_text(load_catalog([str(folder)], None), text))


@pytest.mark.parametrize("name", get_args(Mention))
def test_a_sort_of_line_is_left_out_where_it_is_named_and_nowhere_else(name: str, tmp_path: Path) -> None:
    others = ", ".join(each for each in get_args(Mention) if each != name)
    for line in LEFT_OUT[name]:
        assert not found(tmp_path, name, line), line
        assert found(tmp_path, others, line), line


@pytest.mark.parametrize("line", REAL)
def test_what_programs_print_counts(line: str, tmp_path: Path) -> None:
    assert found(tmp_path, ", ".join(get_args(Mention)), line)


def test_an_unknown_sort_is_named_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"source-code") as caught:
        found(tmp_path, "sourcecode", MESSAGE)
    assert caught.value.line == 8
