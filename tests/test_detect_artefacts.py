"""Whole files through their detectors: what becomes of a report, and that no file can hurt."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signature_files import with_rule, write

from runbook.detect.artefacts.artefact import Artefact, DiskFolder, Folder
from runbook.detect.artefacts.examine import examine
from runbook.detect.artefacts.yamltree import read_tree
from runbook.detect.catalog import Catalog, load_catalog
from runbook.redact.door import Door

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

    from runbook.model.match import Match

TWO_BARE = """\
services:
  web:
    restart: always
  api:
    restart: always
  db:
    image: postgres:16.4
"""


def catalog_with(folder: Path, rule: str, title: str = "Nothing to run in {service}") -> Catalog:
    text = with_rule(rule, match="x", applies_to="compose").replace("A port is taken", title)
    write(folder, "compose/nothing-to-run", text.replace("  port: PORT\n", "  service: SERVICE\n"))
    return load_catalog([str(folder)], None)


def ours(catalog: Catalog, text: str) -> list[Match]:
    matches = examine(Artefact(text, "compose"), catalog).matches
    return [match for match in matches if not match.reported_by]


def test_a_report_becomes_the_finding_of_the_signature_that_names_its_code(tmp_path: Path) -> None:
    """Severity and texts are the signature's, filled by what the query captured; several places are one finding."""
    catalog = catalog_with(tmp_path, "  any:\n    - compose: service-without-image-or-build\n")
    (match,) = ours(catalog, TWO_BARE)
    assert (match.signature, match.severity, match.title) == ("compose/nothing-to-run", "high", "Nothing to run in web")
    assert (match.line, match.column, match.count, match.lines) == (2, 3, 2, (2, 4))
    assert match.excerpt[slice(*match.span)] == "web"


def test_a_line_is_one_finding_however_many_conditions_hold_there(tmp_path: Path) -> None:
    rule = "  any:\n    - compose: service-without-image-or-build\n    - regex: '^  (?:web|db):'\n"
    (match,) = ours(catalog_with(tmp_path, rule), TWO_BARE)
    assert match.lines == (2, 4, 6)


def test_none_and_all_count_for_reports_too(tmp_path: Path) -> None:
    query = "  any:\n    - compose: service-without-image-or-build\n"
    without = catalog_with(tmp_path / "a", f"{query}  none:\n    - literal: 'web:'\n")
    assert ours(without, TWO_BARE)[0].lines == (4,)
    every = catalog_with(tmp_path / "b", f"{query}  all:\n    - regex: 'image: (?P<image>\\S+)'\n")
    assert ours(every, TWO_BARE)[0].captures == {"service": "web", "image": "postgres:16.4"}
    assert ours(every, TWO_BARE.replace("image: postgres:16.4", "build: .")) == []


def test_what_the_catalog_does_not_know_is_shown_as_the_linters_own(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "  any:\n    - compose: obsolete-version\n")
    found = examine(Artefact("services:\n  web:\n    image: nginx:1.27\n    pid: host\n", "compose"), catalog).matches
    (match,) = [match for match in found if match.signature == "compose-lint:CL-0010"]
    assert (match.reported_by, match.line) == ("compose-lint", 4)
    assert match.link.startswith("https://")
    assert match.title
    assert match.fix == ""


def test_secrets_go_through_the_door(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "  any:\n    - regex: 'POSTGRES_PASSWORD'\n    - compose: obsolete-version\n")
    text = "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: kQ7-tomato-91x\n"
    examined = examine(Artefact(text, "compose"), catalog, clean=Door().clean)
    assert examined.matches
    assert "tomato" not in json.dumps([match.to_json() for match in examined.matches])


def test_advice_alone_is_exit_status_1_and_the_output_says_how_not(home: Path, runbook: Runbook) -> None:
    (home / "compose.yml").write_text("services:\n  web:\n    image: nginx:1.27\n", encoding="utf-8")
    told = " ".join(runbook("scan", "compose.yml", check=1, cwd=home).stdout.split())
    assert "no known failure in 1 file, 3 lines" in told
    assert "exit status 1, with `--fail-on medium` 0" in told
    told = runbook("scan", "compose.yml", "--fail-on", "medium", check=0, cwd=home).stdout
    assert "exit status" not in told


def test_scan_prints_findings_as_text_and_as_json_that_the_schema_allows(home: Path, runbook: Runbook) -> None:
    """Advice is one line each; ``--only`` shows it in full."""
    (home / "docker-compose.yml").write_text(f"version: '3.8'\n{TWO_BARE}", encoding="utf-8")
    text = runbook("scan", "docker-compose.yml", check=1, cwd=home).stdout
    assert "docker-compose.yml:3:3  high  compose/service-without-image-or-build" in text
    assert "Also    line 5" in text
    full = runbook("scan", "docker-compose.yml", "--only", "info", cwd=home).stdout
    assert "runbook explain compose/obsolete-version" in full
    found = json.loads(runbook("scan", "docker-compose.yml", "--format", "json", check=1, cwd=home).stdout)["findings"]
    (match,) = [one for one in found if one["signature"] == "compose/service-without-image-or-build"]
    assert (match["line"], match["count"], match["lines"], match["captures"]) == (3, 2, [3, 5], {"service": "web"})
    lines = [(one["signature"], line) for one in found for line in one["lines"] or [one["line"]]]
    assert len(lines) == len(set(lines))


def test_a_linter_that_is_not_installed_is_named_and_the_rest_is_looked_at(home: Path) -> None:
    """The exit status is that of what was found; the answer says how to get the linter."""
    (home / "compose.yml").write_text("services:\n  db:\n    image: postgres:16.4\n", encoding="utf-8")
    script = (
        "import sys; sys.modules['compose_lint'] = None; "
        "from runbook.cli.main import main; sys.exit(main(['scan', 'compose.yml', '--fail-on', 'high']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "compose-lint did not look: the Python package compose_lint" in done.stdout
    assert "incident-runbook[linters]" in " ".join(done.stdout.split())


def test_a_folder_opens_no_pipe_and_follows_no_path_that_is_none(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    folder = DiskFolder(str(tmp_path))
    assert folder.text("pipe") is None
    assert folder.text("nul\0byte") is None
    assert folder.holds("absent") == ""
    assert (folder.holds("."), folder.names()) == ("folder", ["pipe"])
    made_up = Folder({"a/b.env": "X=1", ".env": "Y=2"})
    assert (made_up.text("./a/b.env"), made_up.holds("a"), made_up.names()) == ("X=1", "folder", [".env", "a"])


# --- files made to hurt

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)
KEYS = ", ".join(f"k{i}: 1" for i in range(2000))
MERGE_BOMB = f"x-a: &a {{{KEYS}}}\nservices:\n" + "".join(f"  s{i}: {{<<: *a}}\n" for i in range(2000))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "too-much"),
        (MERGE_BOMB, "too-much"),
        ("a: &a [*a]", "too-much"),
        ("a: *b", "too-much"),
        ("[" * 20000, "too-much"),
        ("services:\n\tweb:\n", "tab"),
        ("services:\n  web:\n    image: a\n   ports: []\n", "indentation"),
        ("a: 'b\n", "syntax"),
        ("a: \x00", "syntax"),
    ],
    ids=["bomb", "merge bomb", "cycle", "no anchor", "depth", "tab", "depth of a key", "quote", "nul"],
)
def test_a_document_that_cannot_be_read_is_a_report_with_a_line(tmp_path: Path, text: str, code: str) -> None:
    catalog = catalog_with(tmp_path, "  any:\n    - compose: obsolete-version\n")
    found = examine(Artefact(text, "compose"), catalog).matches
    assert [match.signature for match in found if match.reported_by] == [f"yaml:{code}"]
    assert all(1 <= match.line <= text.count("\n") + 1 for match in found)


PIECES = "services: web: &a *a <<: { } [ ] ports: 80:80 environment: A=b !reset null # | > ? : volumes: true - \" '"
YAML_PIECES = st.lists(
    st.sampled_from([*PIECES.split(), " ", "  ", "\n", "\n", "\t", "---\n", "image: x"]), max_size=40
).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.one_of(YAML_PIECES, st.text(max_size=100)))
def test_no_text_makes_a_detector_fail(text: str) -> None:
    found = examine(Artefact(text, "compose"), Catalog("", []))
    lines = len(text.splitlines()) + 1
    assert all(match.reported_by and 0 <= match.line <= lines for match in found.matches)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.one_of(st.text("ab:-#'\"{[ \n", max_size=8), st.integers(), st.booleans(), st.none()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_what_was_written_as_json_is_read_back(value: object) -> None:
    """JSON is YAML: every value has its place and comes back as it was."""
    root = read_tree(json.dumps(value)).root
    assert root is not None
    assert root.value() == value
