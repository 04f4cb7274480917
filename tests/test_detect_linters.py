"""Dockerfiles, scripts and settings: healthy ones stay quiet, broken ones are found at the right line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.detect.artefacts.artefact import Artefact, Folder
from runbook.detect.artefacts.docker.syntax import Dockerfile, split_quoted
from runbook.detect.artefacts.fences import shell_of
from runbook.detect.artefacts.registry import detectors_for
from runbook.detect.artefacts.shellcheck import LARGE

if TYPE_CHECKING:
    from conftest import Runbook

DATA = Path(__file__).parent / "artefacts"
ALARMING = {"critical", "high", "medium"}

EXPECTED = {
    ".env": {("env/dotenv-invalid-line", 2), ("env/dotenv-duplicate-name", 3)},
    ".github/workflows/ci.yml": {("ci/github-workflow-invalid", 4), ("ci/github-workflow-invalid", 11)},
    ".gitlab-ci.yml": {("ci/gitlab-config-invalid", 3)},
    "Dockerfile.parse": {("docker/dockerfile-parse-error", 3), ("compose/healthcheck-program-missing", 5)},
    "app.toml": {("toml/invalid-syntax", 2)},
    "crlf.env": {("env/dotenv-carriage-return", 1)},
    "crlf.sh": {("shell/crlf-line-endings", 1)},
    "daemon.json": {("json/invalid-syntax", 3)},
    "heredoc.sh": {("shell/bad-heredoc", 4)},
    "image/Dockerfile": {
        ("dockerfile/arg-before-from", 4),
        ("docker/build-context-forbidden-path", 11),
        ("docker/entrypoint-not-found", 14),
        ("docker/entrypoint-permission-denied", 14),
        ("dockerfile/secret-in-layer", 16),
        ("fs/world-writable", 19),
        ("dockerfile/invalid-env", 20),
        ("practice/check-cannot-fail", 21),
    },
    "image/script.sh": {("shell/crlf-line-endings", 1)},
    "k8s/app.yaml": {("k8s/selector-mismatch", 8), ("k8s/manifest-invalid", 17), ("k8s/api-version-removed", 20)},
    "nginx/nginx.conf": {("nginx/config-error", 4), ("nginx/config-error", 7)},
    "notes.md": {("practice/restore-not-tested", 11)},
    "package.json": {("json/duplicate-key", 3)},
    "quote.sh": {("shell/unbalanced-quote", 2)},
    "restore.sh": {("practice/restore-not-tested", 3)},
    "tab.yaml": {("yaml/indentation", 2)},
    "test.sh": {
        ("shell/unquoted-variable-in-test", 3),
        ("shell/export-invalid-identifier", 6),
        ("shell/sed-unknown-option-to-s", 7),
    },
    "twice.yaml": {("yaml/duplicate-key", 3)},
    "unfinished.sh": {("shell/syntax-error-unexpected", 3)},
    "units/plexus.service": {("systemd/unit-file-invalid", line) for line in (3, 5, 6)},
    "verify.sh": {("practice/check-cannot-fail", line) for line in (6, 7, 10, 13)},
}
"""What is found in the broken files at medium and above: signature and line."""

ADVICE = {
    ("dockerfile/dependencies-after-source", 5),
    ("dockerfile/no-dockerignore", 5),
    ("dockerfile/apt-lists-kept", 7),
    ("dockerfile/many-run-layers", 8),
    ("dockerfile/unpinned-base-image", 10),
    ("compose/latest-tag", 10),
    ("dockerfile/add-instead-of-copy", 12),
    ("docker/missing-build-artifact", 13),
    ("dockerfile/dev-dependencies-in-production", 17),
    ("dockerfile/cd-instead-of-workdir", 18),
    ("docker/no-graceful-shutdown", 22),
    ("dockerfile/runs-as-root", 22),
}
"""What is advised about image/Dockerfile."""


def copied(name: str, home: Path) -> Path:
    """The test data where no repository lies around it; modes and Windows line ends as git would not keep them."""
    folder = home / name
    shutil.copytree(DATA / name, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o600 if path.name == ".env" else 0o644)
    if name == "broken":
        (folder / "crlf.sh").write_bytes(b"#!/bin/bash\r\necho hi\r\n")
        (folder / "crlf.env").write_bytes(b"PORT=4000\r\n")
        (folder / "image/script.sh").write_bytes(b"#!/bin/sh\r\necho ready\r\n")
        (folder / "image/script.sh").chmod(0o644)
    return folder


def found_in(runbook: Runbook, folder: Path, *arguments: str) -> list[dict[str, object]]:
    done = runbook("scan", ".", "--format", "json", *arguments, cwd=folder)
    assert done.returncode in {0, 1}, done.stderr
    report = json.loads(done.stdout)
    assert report["unchecked"] == []
    findings: list[dict[str, object]] = report["findings"]
    return findings


def test_healthy_files_alarm_nobody(home: Path, runbook: Runbook) -> None:
    findings = found_in(runbook, copied("healthy", home), "--fail-on", "medium")
    assert [one for one in findings if one["severity"] in ALARMING] == []


def test_broken_files_are_found_at_the_right_line(home: Path, runbook: Runbook) -> None:
    found: dict[str, set[tuple[str, int]]] = {}
    advice: set[tuple[str, int]] = set()
    for one in found_in(runbook, copied("broken", home)):
        source = str(one["source"]).removeprefix("./")
        lines = one["lines"] or [one["line"]]
        assert isinstance(lines, list)
        for line in lines:
            if one["severity"] in ALARMING:
                found.setdefault(source, set()).add((str(one["signature"]), line))
            elif source == "image/Dockerfile":
                advice.add((str(one["signature"]), line))
    assert found == EXPECTED
    assert advice >= ADVICE


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("server {\n  listen 80;\n  location / {\n", "nginx/config-error"),
        ("[Service]\nUser=plexus\n", "systemd/unit-file-invalid"),
        ("apiVersion: v1\nkind: Service\nspec:\n  ports: [{port: 80, targetport: 1}]\n", "k8s/manifest-invalid"),
        ("PORT=1\nPORT=2\n", "env/dotenv-duplicate-name"),
        ('{"a": 1,}\n', "json/invalid-syntax"),
    ],
    ids=["nginx", "unit", "manifest", "env", "json"],
)
def test_what_comes_through_a_pipe_is_told_by_its_text(text: str, signature: str, runbook: Runbook) -> None:
    done = runbook("scan", "-", "--kind", "config", "--format", "json", input=text, check=1)
    assert signature in {one["signature"] for one in json.loads(done.stdout)["findings"]}


def test_no_configuration_of_a_linter_is_picked_up(home: Path, runbook: Runbook) -> None:
    """A repository that is scanned decides nothing about how it is looked at."""
    for folder in (home, home / ".config"):
        folder.mkdir(exist_ok=True)
        (folder / ".hadolint.yaml").write_text("ignored: [DL3007, DL3020]\n", encoding="utf-8")
        (folder / "hadolint.yaml").write_text("ignored: [DL3007, DL3020]\n", encoding="utf-8")
        (folder / ".shellcheckrc").write_text("disable=all\n", encoding="utf-8")
    (home / "Dockerfile").write_text("FROM node:latest\nADD a /a\n", encoding="utf-8")
    (home / "a.sh").write_text("#!/bin/sh\n[ -n $1 ] && ls\n", encoding="utf-8")
    found = {str(one["signature"]) for one in found_in(runbook, home)}
    assert {"dockerfile/unpinned-base-image", "dockerfile/add-instead-of-copy"} <= found
    assert "shell/unquoted-variable-in-test" in found


def test_linters_that_are_not_installed_are_named(home: Path) -> None:
    (home / "a.sh").write_text("#!/bin/sh\nls\n", encoding="utf-8")
    (home / "Dockerfile").write_text("FROM node:20.11\n", encoding="utf-8")
    script = (
        "import sys; from runbook.cli.main import main; sys.executable = '/nowhere/python'; "
        "sys.exit(main(['scan', '.', '--fail-on', 'high']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=home, env={"HOME": str(home), "PATH": "/nowhere"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "shellcheck did not look: the program shellcheck is not installed" in done.stdout
    assert "hadolint did not look: the program hadolint is not installed" in done.stdout


@pytest.mark.parametrize(("mode", "severity"), [(0o755, None), (0o644, "high"), (None, "low")])
def test_a_script_without_its_execute_bit(home: Path, runbook: Runbook, mode: int | None, severity: str | None) -> None:
    """What is on disk is certain; where the script is not to be seen, it is advice."""
    text = 'FROM debian:12.5\nCOPY start.sh /app/\nUSER 1000\nENTRYPOINT ["/app/start.sh"]\n'
    (home / "Dockerfile").write_text(text, encoding="utf-8")
    if mode is not None:
        (home / "start.sh").write_text("#!/bin/sh\nexec app\n", encoding="utf-8")
        (home / "start.sh").chmod(mode)
    found = {str(one["signature"]): one["severity"] for one in found_in(runbook, home)}
    assert found.get("docker/entrypoint-permission-denied") == severity


@pytest.mark.parametrize(("name", "mode", "told"), [(".env", 0o644, True), (".env", 0o600, False)])
def test_an_env_file_with_a_secret_that_others_may_read_is_advice(
    home: Path, runbook: Runbook, name: str, mode: int, *, told: bool
) -> None:
    (home / name).write_text("API_TOKEN=kQ7-tomato-91x\n", encoding="utf-8")
    (home / name).chmod(mode)
    findings = found_in(runbook, home)
    assert ("fs/config-too-open" in {one["signature"] for one in findings}) == told
    assert "tomato" not in json.dumps(findings)


# --- the readers


def test_a_dockerfile_is_read_with_its_lines() -> None:
    lines = (DATA / "healthy/web/Dockerfile").read_text(encoding="utf-8").split("\n")
    file = Dockerfile(lines)
    assert file.problems == []
    assert [stage.name for stage in file.stages] == ["deps", "build", ""]
    build = file.stages[1]
    assert build.parent is file.stages[0]
    assert build.base == "node:${NODE_VERSION}-alpine"
    run = next(each for each in build.body if each.keyword == "RUN")
    assert lines[run.line - 1].startswith("RUN echo")
    assert [command.program for command in run.commands] == ["echo", "npm", "npm"]
    copy = next(each for each in file.stages[2].body if each.heredocs)
    assert copy.heredocs == [("EOF", copy.line + 1, ["plexus web"])]
    assert file.stages[0].body[-1].flag("--mount") == "type=cache,target=/root/.npm"


def test_markdown_keeps_its_lines() -> None:
    text = (DATA / "healthy/README.md").read_text(encoding="utf-8")
    shell = shell_of(text).split("\n")
    assert len(shell) == text.count("\n") + 1
    written = text.split("\n")
    assert shell[written.index("docker compose ps")] == "docker compose ps"
    assert (
        shell[written.index("$ curl -fsS http://localhost:4000/health")] == "  curl -fsS http://localhost:4000/health"
    )
    assert shell[written.index('{"status":"ok"}')] == ""
    assert shell[written.index("   EOF")] == "EOF"
    assert "services" not in "\n".join(shell)


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "FROM a",
                "AS b",
                "RUN ",
                "COPY --from=b ",
                "COPY . .",
                "ADD ../x y",
                "<<EOF",
                "EOF",
                "ENV A=1 B",
                "ARG X",
                "$X",
            ),
            *(
                "HEALTHCHECK CMD curl x || true",
                'CMD ["a"',
                "USER root",
                "\\",
                "#",
                '"',
                "'",
                "npm ci",
                "&&",
                "| grep -q a",
            ),
            *(
                "# escape=`",
                "docker ps",
                "tar -xf a -C /b",
                "set -e",
                "docker run -d --name a b",
                "docker rm a",
                "if",
                "fi",
            ),
            *(
                "{",
                "}",
                ";",
                "[Service]",
                "ExecStart=./a > b",
                "=",
                "server {",
                "listen 80",
                "a:",
                "- b",
                "\t",
                "[a",
                "```sh",
            ),
            *(
                "apiVersion: v1",
                "kind: Pod",
                "on: push",
                "jobs: {a: {needs: b}}",
                "A=1",
                'B="',
                "\r\n",
                "\n",
                "\n",
                " ",
                "  ",
            ),
        ]
    ),
    max_size=40,
).map("".join)
NAMES = ("", ".env", "a.yaml", "a.json", "tsconfig.json", "a.toml", "nginx.conf", "a.service", ".gitlab-ci.yml")


@settings(max_examples=120, deadline=None)
@given(PIECES | st.text(max_size=120), st.sampled_from(NAMES), st.sampled_from(["dockerfile", "shell", "config"]))
def test_no_text_makes_a_detector_fail(text: str, name: str, kind: str) -> None:
    """Every report stands on a line that is there; nothing raises. Linters that are programs are tried elsewhere."""
    artefact = Artefact(shell_of(text) if kind == "shell" else text, kind, name, Folder({".env": text, "a.sh": text}))
    for detector in detectors_for(kind):
        if not detector.process:
            for one in detector.check(artefact):
                assert 1 <= one.line <= len(artefact.lines)
                assert one.column >= 1


@given(st.lists(st.text("ab =\"'\\", min_size=1, max_size=6), max_size=6))
def test_words_are_read_as_a_shell_reads_them(words: list[str]) -> None:
    import shlex

    assert split_quoted(shlex.join(words)) == words


def test_a_long_script_is_looked_at_without_following_its_values(home: Path, runbook: Runbook) -> None:
    """ShellCheck took half a gigabyte for 39 KB of assignments; what is wrong is found all the same."""
    text = "#!/bin/bash\n" + "".join(f"A{n}=${{A{n}:-$A{n - 1}}}\n" for n in range(1, 2500)) + "[ -n $1 ] && ls\n"
    (home / "defaults.sh").write_text(text, encoding="utf-8")
    assert len(text) > LARGE
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, sys.executable, "-m", "runbook", "scan", "defaults.sh", "--format", "json"],
        cwd=home, capture_output=True, text=True, check=True,
    )  # fmt: skip
    report, memory = done.stdout.rsplit("\n", 2)[0], int(done.stdout.split()[-1])
    assert ("shell/unquoted-variable-in-test", 2501) in {
        (one["signature"], one["line"]) for one in json.loads(report)["findings"]
    }
    assert memory < 150 * 1024


MEMORY = (
    "import resource,subprocess,sys; subprocess.run(sys.argv[1:]);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
"""Runs a command and prints the kilobytes that it, or what it started, took at most."""
