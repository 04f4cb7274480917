"""Compose files as a whole: healthy ones stay quiet, and what lies beside a file counts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook.detect.artefacts.artefact import Artefact, DiskFolder, Folder
from runbook.detect.artefacts.compose.queries import codes
from runbook.detect.artefacts.examine import examine
from runbook.detect.catalog import BUILTIN, Catalog, load_catalog
from runbook.detect.table import ELSEWHERE, codes_of
from runbook.model.match import ADVICE

if TYPE_CHECKING:
    from conftest import Runbook

    from runbook.model.match import Match

HEALTHY = Path(__file__).parent / "data" / "compose" / "healthy"
FILES = sorted(path for path in HEALTHY.rglob("*compose*") if path.is_file())


@cache
def catalog() -> Catalog:
    return load_catalog([BUILTIN], None)


def found(text: str, beside: dict[str, str] | None = None, name: str = "") -> dict[str, Match]:
    folder = None if beside is None else Folder(beside)
    path = f"/srv/app/{name}" if name else ""
    matches = examine(Artefact(text, "compose", path, folder), catalog()).matches
    return {match.signature: match for match in matches}


def test_there_are_healthy_files_in_many_styles() -> None:
    assert len(FILES) >= 15


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.name)
def test_a_healthy_file_gets_advice_at_most(path: Path) -> None:
    """On disk, and as it comes through a pipe."""
    text = path.read_text(encoding="utf-8")
    artefacts = [Artefact(text, "compose", str(path), DiskFolder(str(path.parent)))]
    if path.name != "compose.prod.yaml":  # by itself a piece of a project only
        artefacts.append(Artefact(text, "compose"))
    for artefact in artefacts:
        examined = examine(artefact, catalog())
        assert not examined.missing
        assert [match for match in examined.matches if match.severity not in ADVICE] == []


def test_a_scan_of_a_healthy_file_stays_readable(runbook: Runbook) -> None:
    """What is only advice fits on one screen."""
    done = runbook("scan", *FILES[:4], "--fail-on", "medium", check=0)
    assert len(done.stdout.splitlines()) <= 4 * 12, done.stdout
    assert "no known failure in 4 files" in done.stdout


def test_every_query_is_named_by_a_signature() -> None:
    named = {
        code
        for row in catalog().rows
        for condition in (*row[3], *row[4])
        if condition[0] == ELSEWHERE
        for detector, codes_named in [codes_of(condition[1])]
        if detector == "compose"
        for code in codes_named
    }
    assert codes() == named


def test_the_documentation_lists_every_query() -> None:
    text = (Path(__file__).parent.parent / "docs" / "signatures.md").read_text(encoding="utf-8")
    assert [name for name in sorted(codes()) if f"| `{name}` |" not in text] == []


def test_a_trial_beside_production_is_told_that_both_are_one_project() -> None:
    """The second file has names and ports of its own, and would still take production's place."""
    shared = "    image: plexus:1.4.2\n    volumes: [./config:/app/config]\n"
    production = f"services:\n  plexus:\n    container_name: plexus\n{shared}"
    trial = f"services:\n  plexus:\n    container_name: plexus-pr\n{shared}"
    beside = {"docker-compose.yml": production, "docker-compose.pr.yml": trial}
    matches = found(trial, beside, "docker-compose.pr.yml")
    assert matches["compose/shared-project-name"].line == 3
    assert matches["compose/shared-project-name"].captures["file"] == "docker-compose.pr.yml"
    assert matches["volume/shared-database-file"].captures["path"] == "./config"
    apart = found(f"name: plexus-pr\n{trial.replace('./config', './config-pr')}", beside, "docker-compose.pr.yml")
    assert not {"compose/shared-project-name", "volume/shared-database-file"} & set(apart)


def test_a_file_that_is_merged_over_another_is_not_told_what_it_lacks() -> None:
    beside = {"compose.yaml": "services:\n  api:\n    image: api:1.0\n", "compose.prod.yaml": ""}
    text = "services:\n  api:\n    restart: always\n    networks: [edge]\n    depends_on: [db]\n"
    assert found(text, beside, "compose.prod.yaml").keys() == set()
    assert "compose/service-without-image-or-build" in found(text, {}, "compose.yaml")


def test_an_override_is_named_on_both_sides() -> None:
    beside = {"compose.yaml": "services: {a: {image: a:1}}", "compose.override.yaml": "services: {a: {ports: ['1:1']}}"}
    assert found(beside["compose.yaml"], beside, "compose.yaml")["compose/override-applied"].captures == {
        "file": "compose.override.yaml"
    }
    assert "compose/override-applied" in found(beside["compose.override.yaml"], beside, "compose.override.yaml")


def test_extends_is_followed_into_the_file_beside() -> None:
    text = "services:\n  worker:\n    extends: {file: common.yml, service: base}\n"
    bare = {"common.yml": "services:\n  base:\n    restart: always\n"}
    whole = {"common.yml": "services:\n  base:\n    image: base:1.0\n    healthcheck: {test: [CMD, base]}\n"}
    assert "compose/service-without-image-or-build" in found(text, bare)
    assert "compose/service-without-image-or-build" not in found(text, whole)
    assert "compose/no-healthcheck" not in found(text, whole)


def test_services_that_extend_each_other_end() -> None:
    text = "services:\n  a: {extends: b}\n  b: {extends: a}\n  c: {extends: c}\n"
    assert "compose/no-healthcheck" not in found(text)


def test_every_service_is_a_line_and_the_finding_says_which() -> None:
    text = "services:\n  a:\n    image: a:1\n  b: {image: 'b:1', healthcheck: {disable: true}}\n  c:\n    image: c:1\n"
    match = found(text)["compose/no-healthcheck"]
    assert (match.lines, match.count, match.captures["service"]) == ((2, 5), 2, "a")
    assert "a has no health check" in match.title


def test_a_breach_of_the_schema_names_the_deepest_place() -> None:
    service = "    image: a:1\n    healthcheck:\n      retries: [1]\n    ports:\n      - {target: [80]}\n"
    text = f"services:\n  a:\n{service}"
    match = found(text)["compose/invalid-type"]
    assert match.lines == (5, 7)
    assert match.captures["field"] == "services.a.healthcheck.retries"
    assert match.captures["given"] == "a list"


def test_a_misspelt_key_is_told_what_may_be_meant() -> None:
    match = found("services:\n  a:\n    image: a:1\n    enviroment: {A: b}\n")["compose/unsupported-option"]
    assert (match.line, match.captures["key"], match.captures["nearest"]) == (4, "enviroment", "environment")


def test_a_value_is_never_captured(tmp_path: Path) -> None:
    """Neither texts nor captures of any finding hold what is secret, even without the door."""
    text = "services:\n  a:\n    image: a:1\n    environment:\n      API_KEY: tomato91x\n      DB: postgres://u:tomato91x@h/d\n"
    for match in found(text).values():
        told = match.to_json()
        for line in ("excerpt", "occurrences"):  # the line itself is the door's business
            told.pop(line)
        assert "tomato91x" not in str(told), match


def test_a_large_file_is_looked_at_as_text_only_and_said_so(home: Path, runbook: Runbook) -> None:
    (home / "compose.yml").write_text(
        "services:\n" + "  # filler\n" * 120_000 + "  a:\n    privileged: true\n", "utf-8"
    )
    done = runbook("scan", home / "compose.yml", check=1)
    assert "compose/privileged" in done.stdout
    assert "looked at as text only" in done.stdout


MANY = {
    "ports": "services:\n  a:\n    image: b\n    ports:\n" + '      - "80:80"\n' * 25_000,
    "services": "services:\n" + "".join(f'  s{n}:\n    image: b\n    volumes: ["./d:/d"]\n' for n in range(5_000)),
    "aliases": "x-a: &a {a: 1, b: 2, c: 3}\nservices:\n" + "".join(f"  s{n}: *a\n" for n in range(6_000)),
    "documents": "services: {a: {image: b}}\n---\n" * 5_000,
}


@pytest.mark.parametrize("name", MANY)
def test_a_file_of_very_many_values_is_looked_at_as_text_only_and_said_so(
    name: str, home: Path, runbook: Runbook
) -> None:
    """What detectors do with each value is bounded by their number, however few bytes they take."""
    (home / "compose.yml").write_text(f"{MANY[name]}# a:\n#   privileged: true\n", "utf-8")
    told = json.loads(runbook("scan", home / "compose.yml", "--format", "json").stdout)
    assert [one["reason"] for one in told["scanned"]["skipped"]] == ["more than 20,000 values, looked at as text only"]
    assert not told["findings"]


def test_what_another_file_brings_is_shown_where_it_is_asked_for() -> None:
    """Lines are those of the file that was scanned, and its paths do not count from here."""
    text = "services:\n  worker:\n    extends:\n      file: base/common.yml\n      service: base\n"
    base = "\n\n\n\n\n\n\nservices:\n  base:\n    image: b:1\n    container_name: one\n    env_file: x.env\n"
    matches = found(text, {"base/common.yml": base, "README.md": ""})
    assert matches["compose/fixed-container-name"].line == 4
    assert "compose/missing-env-file" not in matches


def test_an_entry_that_stands_twice_is_named_by_its_line() -> None:
    match = found("services:\n  a:\n    image: a:1\n    environment:\n      - A=1\n      - B=1\n      - A=1\n")
    assert match["compose-schema:duplicate-item"].line == 7
