"""`runbook audit`: precedence as Compose documents it, what clashes beside production, the documents they write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from test_schemas import check

from runbook.flow.audit import audit_environment
from runbook.operate import dotenv
from runbook.operate.interpolation import fill
from runbook.render.manifest import _in_comment, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

SET, BARE = "=", "bare"

ROWS = [
    # run, environment, env_file, image ENV, shell, .env: the value that the container gets
    (None, None, None, None, "1.4", "1.3", None),
    (None, None, "1.6", "1.5", "1.4", None, "1.6"),
    (None, "1.7", None, "1.5", "1.4", None, "1.7"),
    (None, None, None, "1.5", "1.4", "1.3", "1.5"),
    ("1.8", None, None, "1.5", "1.4", "1.3", "1.8"),
    (BARE, None, None, "1.5", "1.4", "1.3", "1.4"),
    (BARE, None, None, "1.5", None, "1.3", "1.3"),
    (None, None, BARE, "1.5", "1.4", "1.3", "1.4"),
    (None, None, BARE, "1.5", None, "1.3", "1.3"),
    (None, BARE, None, "1.5", "1.4", "1.3", "1.4"),
    (None, BARE, None, "1.5", None, "1.3", "1.3"),
    (BARE, "1.7", None, "1.5", "1.4", "1.3", "1.4"),
    ("1.8", "1.7", None, "1.5", "1.4", "1.3", "1.8"),
    ("1.8", None, "1.6", "1.5", "1.4", "1.3", "1.8"),
    ("1.8", "1.7", "1.6", "1.5", "1.4", "1.3", "1.8"),
]
"""https://docs.docker.com/compose/how-tos/environment-variables/envvars-precedence/, "Advanced example", row by row."""


def written(value: str) -> str:
    return "VALUE" if value == BARE else f"VALUE={value}"


@pytest.mark.parametrize("row", ROWS, ids=[f"row {number}" for number in range(1, len(ROWS) + 1)])
def test_every_row_of_composes_table(tmp_path: Path, row: tuple[str | None, ...]) -> None:
    run, environment, env_file, image, shell, dot_env, expected = row
    service: dict[str, Any] = {"build": "."}
    if environment is not None:
        service["environment"] = [written(environment)]
    if env_file is not None:
        service["env_file"] = "web.env"
        (tmp_path / "web.env").write_text(written(env_file) + "\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n" + (f"ENV {written(image)}\n" if image else ""))
    if dot_env is not None:
        (tmp_path / ".env").write_text(f"VALUE={dot_env}\n")
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump({"services": {"web": service}}))
    audit = audit_environment(
        str(tmp_path / "compose.yaml"),
        run=[] if run is None else [written(run)],
        shell={} if shell is None else {"VALUE": shell},
    )
    found = {variable.name: variable.value for variable in audit.services[0].variables}
    assert found.get("VALUE") == expected


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("VAR=VAL", "VAL"),
        ('VAR="VAL"', "VAL"),
        ("VAR='VAL'", "VAL"),
        ("VAR=VAL # comment", "VAL"),
        ("VAR=VAL# not a comment", "VAL# not a comment"),
        ('VAR="VAL # not a comment"', "VAL # not a comment"),
        ('VAR="VAL" # comment', "VAL"),
        ("VAR='Let\\'s go!'", "Let's go!"),
        ('VAR="{\\"hello\\": \\"json\\"}"', '{"hello": "json"}'),
        ('VAR="some\\tvalue"', "some\tvalue"),
        ("VAR='some\\tvalue'", "some\\tvalue"),
        ("VAR=some\\tvalue", "some\\tvalue"),
        ("export VAR = VAL", "VAL"),
        ("VAR: VAL", "VAL"),
        ("VAR=", ""),
        ("VAR", None),
        ('VAR="two\nlines"', "two\nlines"),
    ],
)
def test_env_files_are_read_as_compose_documents_it(line: str, value: str | None) -> None:
    (found,) = dotenv.read(f"# VAR=no\n\n{line}\n")
    assert (found.name, found.value, found.number) == ("VAR", value, 3)


@pytest.mark.parametrize(
    ("text", "value", "missing"),
    [
        ("$VAR-${VAR}", "x-x", []),
        ("${VAR:-d} ${EMPTY:-d} ${EMPTY-d} ${NONE-d}", "x d  d", []),
        ("${VAR:+r}${EMPTY:+r}${EMPTY+r}${NONE+r}", "rr", []),
        ("${VAR?e}${NONE:?say why}", "x", ["NONE"]),
        ("${NONE:-${ALSO:-deep}}", "deep", []),
        ("$$VAR $ ${ ${1} $NONE", "$VAR $ ${ ${1} ", ["NONE"]),
    ],
)
def test_interpolation_as_compose_documents_it(text: str, value: str, missing: list[str]) -> None:
    known = {"VAR": ("x", "here"), "EMPTY": ("", "here")}
    filled = fill(text, known.get)
    assert (filled.text, list(filled.missing)) == (value, missing)


@given(st.text(max_size=200))
def test_no_text_breaks_the_readers(text: str) -> None:
    fill(text, {"A": ("1", "")}.get)
    for line in dotenv.read(text):
        assert line.number >= 1


@given(
    st.dictionaries(
        st.text(max_size=5), st.dictionaries(st.text(max_size=5), st.tuples(st.text(), st.text())), max_size=3
    )
)
def test_a_manifest_is_read_back(facts: dict[str, dict[str, tuple[str, str]]]) -> None:
    comment = f"# Title\n\n<!-- runbook:environment {_in_comment(facts)} -->\n"
    assert comment.count("-->") == 1
    assert read_manifest(comment) == {
        (service, name): fact for service, known in facts.items() for name, fact in known.items()
    }


@pytest.fixture
def project(home: Path) -> Path:
    """The source's project: an image ENV, a forced DATABASE_URL, a variable that stands only in .env."""
    root = home / "plexus"
    (root / "config").mkdir(parents=True)
    (root / "packages/backend").mkdir(parents=True)
    (root / "packages/backend/package.json").write_text('{"dependencies": {"better-sqlite3": "^11"}}')
    (root / "package.json").write_text('{"version": "0.8.2"}')
    (root / "Dockerfile").write_text(
        "ARG REV=1\nFROM oven/bun:1 AS base\nENV NODE_ENV=development\nFROM base\nARG REV\n"
        "ENV NODE_ENV=production REVISION=$REV\nCOPY packages/backend ./backend\nCOPY packages/frontend/dist ./public\n"
    )
    (root / "app.env").write_text("LOG_LEVEL=debug\n")
    (root / ".env").write_text("LEVEL=warn\nUNUSED=x\n")
    (root / "docker-compose.yml").write_text(
        "services:\n  plexus:\n    build: .\n    image: plexus:latest\n    container_name: plexus\n"
        '    ports: ["4000:4000"]\n    volumes: ["./config:/app/config", "data:/data"]\n    env_file: app.env\n'
        "    environment:\n      LOG_LEVEL: ${LEVEL:-info}\n      API_TOKEN: ghp_0123456789abcdefghijABCDEFGHIJ012345\n"
        "      TAG: ${RELEASE}\nvolumes:\n  data:\n"
    )
    return root


def test_each_place_that_sets_a_variable_is_named(runbook: Runbook, project: Path) -> None:
    answer = check("environment", runbook("audit", "env", "--format", "json", cwd=project, check=0).stdout)
    (service,) = answer["services"]
    found = {each["name"]: each for each in service["variables"]}
    assert found["LOG_LEVEL"]["value"] == "warn"
    assert found["LOG_LEVEL"]["winner"]["place"] == "docker-compose.yml:10"
    assert [each["place"] for each in found["LOG_LEVEL"]["shadowed"]] == ["app.env:1"]
    assert found["NODE_ENV"]["value"] == "production"
    assert found["NODE_ENV"]["winner"]["place"] == "Dockerfile:6"
    assert found["REVISION"]["value"] == "1"
    assert "ghp_" not in json.dumps(answer)
    assert [each["name"] for each in answer["unset"]] == ["RELEASE"]
    assert [each["name"] for each in answer["unused"]] == ["UNUSED"]
    assert service["base_image"] == "oven/bun:1"
    assert "LOG_LEVEL=warn" in runbook("audit", "env", cwd=project, check=0).stdout


def test_the_manifest_tells_what_has_changed_since(runbook: Runbook, project: Path) -> None:
    assert runbook("audit", "env", "--check", cwd=project).returncode == 1
    runbook("audit", "env", "--write", cwd=project, check=0)
    text = (project / "ENVIRONMENT.md").read_text("utf-8")
    assert "| `LOG_LEVEL` | `warn` | `docker-compose.yml:10` |" in text
    assert "ghp_" not in text
    runbook("audit", "env", "--check", cwd=project, check=0)
    (project / ".env").write_text("\nLEVEL=error\nUNUSED=x\n")
    done = runbook("audit", "env", "--check", cwd=project, check=1)
    assert "~ plexus: LOG_LEVEL  warn" in done.stdout
    answer = json.loads(runbook("audit", "env", "--check", "--format", "json", cwd=project, check=1).stdout)
    assert [each["name"] for each in answer["drift"]["changed"]] == ["LOG_LEVEL"]


def test_a_copy_of_productions_file_clashes_in_everything(runbook: Runbook, project: Path) -> None:
    (project / "trial.yml").write_text((project / "docker-compose.yml").read_text())
    done = runbook("audit", "compose", "docker-compose.yml", "trial.yml", "--format", "json", cwd=project, check=1)
    found = check("clashes", done.stdout)
    assert [each["what"] for each in found] == ["project", "port", "container-name", "image", "data"]
    assert found[1]["fix"] == 'ports: ["4001:4000"]'
    assert found[1]["place"] == "trial.yml:6"


def test_the_file_that_is_made_stands_beside_production(runbook: Runbook, project: Path) -> None:
    runbook("audit", "compose", "docker-compose.yml", "--write", "docker-compose.pr.yml", cwd=project, check=0)
    made = yaml.safe_load((project / "docker-compose.pr.yml").read_text())
    service = made["services"]["plexus-pr"]
    assert made["name"] == "plexus-pr"
    assert service["ports"] == ["4001:4000"]
    assert service["image"] == "plexus:pr"
    assert service["volumes"] == ["./config:/app/config:ro", "data:/data"]
    done = runbook("audit", "compose", "docker-compose.yml", "docker-compose.pr.yml", cwd=project, check=0)
    assert "can stand beside each other" in done.stdout
    again = runbook("audit", "compose", "docker-compose.yml", "--write", "docker-compose.pr.yml", cwd=project, check=2)
    assert "is there already" in again.stderr


CLASHES = {
    "a range": ('ports: ["4000-4002:4000-4002"]', 'ports: ["4002:80"]', ["port"]),
    "another address": ('ports: ["127.0.0.1:4000:4000"]', 'ports: ["127.0.0.2:4000:4000"]', []),
    "all addresses": ('ports: ["127.0.0.1:4000:4000"]', 'ports: ["4000:4000"]', ["port"]),
    "long form": ("ports: [{target: 80, published: 4000}]", 'ports: ["4000:80"]', ["port"]),
    "a port of Docker's choice": ('ports: ["4000:80"]', 'ports: ["80"]', []),
    "the host's network": ("network_mode: host", "network_mode: host", ["network"]),
    "one database": ("environment: {DATABASE_URL: pg://x}", "environment: {DATABASE_URL: pg://x}", ["database"]),
    "two databases": ("environment: {DATABASE_URL: pg://x}", "environment: {DATABASE_URL: pg://y}", []),
    "an image that is only run": ("image: a:1", "image: a:1", []),
    "volumes of two projects": ('volumes: ["d:/d"]', 'volumes: ["d:/d"]', []),
    "one folder": ('volumes: ["/srv/d:/d"]', 'volumes: ["/srv/d:/d"]', ["data"]),
    "one folder, read": ('volumes: ["/srv/d:/d"]', 'volumes: ["/srv/d:/d:ro"]', []),
    "one router": ('labels: ["traefik.http.routers.web.rule=Host(`a`)"]',) * 2 + (["router"],),
}


@pytest.mark.parametrize("case", CLASHES.values(), ids=CLASHES.keys())
def test_what_two_deployments_cannot_share(tmp_path: Path, case: tuple[str, str, list[str]]) -> None:
    from runbook.flow.compose import compare

    for name, part in (("prod", case[0]), ("trial", case[1])):
        (tmp_path / f"{name}.yml").write_text(f"name: {name}\nservices:\n  web:\n    {part}\n")
    found = compare(str(tmp_path / "prod.yml"), str(tmp_path / "trial.yml"))
    assert [each.what for each in found] == case[2]


def test_the_configuration_document(runbook: Runbook, project: Path) -> None:
    runbook("audit", "config", "--write", cwd=project, check=0)
    text = (project / "CONFIGURATION.md").read_text("utf-8")
    assert "**Version:** `0.8.2` in `package.json`" in text
    assert "SQLite: `better-sqlite3` is used in `packages/backend/package.json`" in text
    assert "No variable names a database" in text
    assert "Needs `packages/frontend/dist`, which is **not there**" in text
    assert "| `./config` | `/app/config` | read and write" in text
    assert "| `4000` | `4000`" in text
    assert "ghp_" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["env", "nowhere.yml"], "no such file"),
        (["env", "--env-file", "none"], "no such env file"),
        (["compose", "docker-compose.yml"], "which file is the trial's"),
        (["compose", "docker-compose.yml", "./docker-compose.yml"], "one file, not two"),
        (["env", "package.json"], "has no services"),
        ([], "usage"),
        (["env", "--check", "Dockerfile"], "no environment manifest"),
    ],
)
def test_wrong_use_is_explained(runbook: Runbook, project: Path, arguments: list[str], said: str) -> None:
    done = runbook("audit", *arguments, cwd=project, check=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_where_there_is_no_compose_file(runbook: Runbook, home: Path) -> None:
    assert "there is no Compose file here" in runbook("audit", "env", cwd=home, check=2).stderr
