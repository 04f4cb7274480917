"""Signatures that speak of program, subcommand, options and arguments: what they find, and where."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.detect.catalog import Catalog
from runbook.detect.command_finder import only_run
from runbook.detect.engine import scan_text
from runbook.detect.load import load_folders
from runbook.detect.table import build

if TYPE_CHECKING:
    from pathlib import Path

    from runbook.model.match import Match

SIGNATURE = """\
title: A command that is looked for
severity: medium
summary: "Found in {{command}} with {{value}}."
applies_to: [command, shell, dockerfile]
match:
  any:
    - command: {pattern}
captures: {{value: nothing}}
why: |
  It is a test.
fix:
  text: |
    Nothing.
prevention: [none]
references: [https://example.com]
examples:
  match: [{{text: x, source: a test}}]
  no_match: [{{text: y, source: a test}}]
"""


def catalog_with(folder: Path, pattern: str) -> Catalog:
    """A catalog of one signature."""
    (folder / "area").mkdir(exist_ok=True)
    (folder / "area" / "one.yaml").write_text(SIGNATURE.format(pattern=pattern), encoding="utf-8")
    loaded, problems = load_folders([str(folder)])
    assert not problems, problems
    return Catalog(*build(loaded))


def found(folder: Path, pattern: str, text: str, kind: str = "command") -> list[Match]:
    """What a pattern finds in a text."""
    return scan_text(catalog_with(folder, pattern), text, kind=kind)


FOUND = [
    ("{program: docker, subcommand: run, flags: [--privileged]}", "sudo docker run --rm --privileged=true x"),
    ("{program: docker, subcommand: run, flags: [--privileged]}", "docker --context prod run --privileged x"),
    ("{program: docker, subcommand: compose down}", "docker-compose -f a.yml down"),
    ("{program: docker, subcommand: compose down}", "ssh web1 <<'EOF'\ncd /srv\nsudo docker compose down\nEOF"),
    ("{program: [rm], flags: ['-r|-R|--recursive', '-f|--force']}", "x=$(rm -fr /srv/data)"),
    ("{program: rm, flags: ['-r|-R|--recursive']}", "find . -name '*.d' -exec rm -r {} +"),
    ("{program: curl, without: ['-f|--fail']}", "watch -n 2 'curl -sS http://a/health'"),
    ("{program: docker, options: {'-v|--volume': '(?P<value>.*):/data'}}", 'docker run -v"$PWD/x:/data" img'),
    ("{program: docker, options: {'-v|--volume': '(?P<value>.*):/data'}}", "docker run --volume=x:/data img"),
    ("{program: psql, input: '(?i)^drop table (?P<value>\\w+)'}", "psql app <<EOF\nBEGIN;\nDROP TABLE users;\nEOF"),
    ("{program: psql, input: DROP}", "docker exec -i db psql <<< 'DROP TABLE users'"),
    ("{program: npm, env: '^NODE_ENV=(?P<value>prod.*)'}", "NODE_ENV=production npm ci"),
    ("{program: tee, writes: 'x$'}", "echo a | tee y > /tmp/x"),
    ("{program: docker, subcommand: compose up}", 'DC="docker compose -f prod.yml"\nsudo $DC up -d'),
    ("{program: docker, flags: [--privileged]}", 'args=(--rm\n  --privileged)\ndocker run "${args[@]}" img'),
    ("{program: docker, flags: [--privileged]}", "OPTS='--rm --privileged'; docker run $OPTS img"),
    ("{program: docker, flags: [--privileged]}", "alias d=docker\nd run --privileged img"),
    ("{program: docker, flags: [--privileged]}", 'run() {\n  docker run --privileged "$1"\n}\nrun a; run b'),
    ("{program: docker, flags: [--privileged]}", "systemd-run --user docker run --privileged img"),
    ("{program: SHELL, fed_by: [curl]}", "curl -s https://a | gunzip | sudo bash -s -- --yes"),
    ("{program: SHELL, fed_by: [curl]}", "bash <(curl -s https://a)"),
    ("{program: systemctl, subcommand: stop, host: '^(?P<value>prod.*)'}", "ssh root@prod-1 systemctl stop nginx"),
    ("{program: make, folder: '/(?P<value>deploy)$'}", "cd /srv/deploy && make all"),
    ("{program: b, after: {program: a}}", "a; c; b"),
    ("{program: b, after: {program: a}, unless: {program: c}}", "c && a && b"),
    ("{program: export, arg: '^(?P<value>\\d.*)='}", "export A='1 2=3' 2fa=on"),
    ("{program: chmod, args: '^(?:-\\S+ )*777 (?P<value>.+)'}", "deploy() {\n  chmod -R 777 /srv\n}\ndeploy"),
]
NOT_FOUND = [
    ("{program: docker, subcommand: run, flags: [--privileged]}", "docker run --privileged=false x"),
    ("{program: docker, subcommand: run, flags: [--privileged]}", "echo docker run --privileged x"),
    ("{program: docker, subcommand: run, flags: [--privileged]}", "git commit -m 'docker run --privileged x'"),
    ("{program: docker, subcommand: run, flags: [--privileged]}", "# docker run --privileged x"),
    ("{program: docker, subcommand: compose down}", "cat <<EOF > notes\ndocker compose down\nEOF"),
    ("{program: docker, flags: [--privileged]}", 'args=(--rm); docker run "${args[@]}" img # --privileged'),
    ("{program: rm, flags: ['-r']}", "rm -- -r"),
    ("{program: curl, without: ['-f|--fail']}", "curl -fsS http://a/health"),
    ("{program: psql, input: DROP}", "cat <<EOF | grep x\nDROP TABLE x\nEOF"),
    ("{program: SHELL, fed_by: [curl]}", "curl -s https://a; bash x.sh"),
    ("{program: b, after: {program: a}}", "b; a"),
    ("{program: b, after: {program: a}}", "a; ssh h b"),
    ("{program: b, after: {program: a}, unless: {program: c}}", "a && c && b"),
    ("{program: export, arg: '^\\d+='}", "export A='1 2=3'"),
    ("{program: chmod, args: '777', not_args: '^-R'}", "chmod -R 777 x"),
]


@pytest.mark.parametrize(("pattern", "text"), FOUND)
def test_a_pattern_finds_the_command_wherever_it_hides(tmp_path: Path, pattern: str, text: str) -> None:
    assert len(found(tmp_path, pattern, text)) == 1


@pytest.mark.parametrize(("pattern", "text"), NOT_FOUND)
def test_a_pattern_leaves_alone_what_only_looks_like_it(tmp_path: Path, pattern: str, text: str) -> None:
    assert not found(tmp_path, pattern, text)


@pytest.mark.parametrize(
    ("text", "line", "column", "underlined"),
    [
        ("ls\n  sudo docker compose down -v\nls", 2, 8, "docker compose down -v"),
        ("$ docker compose down", 1, 3, "docker compose down"),
        ("root@web1:/srv# docker compose down", 1, 17, "docker compose down"),
        ("ssh web1 'cd /srv && docker compose down' && ls", 1, 22, "docker compose down"),
        ('bash -lc "echo \\"a\\"; docker compose down"', 1, 23, "docker compose down"),
        ("echo é ü && docker compose down", 1, 13, "docker compose down"),
        ("ssh h <<'EOF'\nls\n  docker compose down\nEOF\n", 3, 3, "docker compose down"),
        ("ssh web1 docker compose down", 1, 10, "docker compose down"),
        ("docker compose \\\n  down", 1, 1, "docker compose \\"),
    ],
)
def test_the_finding_underlines_the_command_itself(
    tmp_path: Path, text: str, line: int, column: int, underlined: str
) -> None:
    (match,) = found(tmp_path, "{program: docker, subcommand: compose down}", text)
    start, end = match.span
    assert (match.line, match.column, match.excerpt[start:end]) == (line, column, underlined)


def test_lines_are_counted_and_the_captures_are_the_first_one_s(tmp_path: Path) -> None:
    text = "rm -r a\nls\nrm -r b\nrm -r c; rm -r d\n"
    (match,) = found(tmp_path, "{program: rm, args: '(?P<value>\\w+)$'}", text, "shell")
    assert (match.count, match.captures["value"], match.summary) == (3, "a", "Found in rm -r a with a.")


def test_in_a_dockerfile_only_run_is_shell(tmp_path: Path) -> None:
    text = (
        'FROM chmod\n# RUN chmod 777 /a\nLABEL a="chmod 777 b"\n'
        "RUN --mount=type=cache,target=/x apt-get update && \\\n    # chmod 777 no\n    chmod 777 /srv\n"
    )
    (match,) = found(tmp_path, "{program: chmod, args: '777 (?P<value>.+)'}", text, "dockerfile")
    assert (match.line, match.column, match.captures["value"]) == (6, 5, "/srv")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet='RUNrun \\\n#[]"abe\t-=', max_size=120))
def test_what_is_blanked_of_a_dockerfile_keeps_its_places(text: str) -> None:
    blanked = only_run(text)
    assert len(blanked) == len(text)
    assert [at for at, char in enumerate(blanked) if char == "\n"] == [
        at for at, char in enumerate(text) if char == "\n"
    ]


@pytest.mark.parametrize(
    ("pattern", "field", "words"),
    [
        ("{progam: rm}", "match.any.0.command.progam", "did you mean 'program'"),
        ("{flags: [-f]}", "match.any.0.command.program", "is missing"),
        ("{program: rm, args: '(?=x)'}", "match.any.0.command.args", "look-around"),
        ("{program: rm, flags: [force]}", "match.any.0.command.flags.0", "is no option"),
        ("{program: rm, options: {-t: '('}}", "match.any.0.command.options.-t", "missing"),
        ("{program: b, after: [{program: a, args: '['}]}", "match.any.0.command.after.0.args", "missing"),
        ("{program: b, after: [{progran: a}]}", "match.any.0.command.after.0.progran", "did you mean"),
        ("destroys", "match.any.0.command", "there is no command rule 'destroys'"),
        ("[a]", "match.any.0.command", "must be text"),
    ],
)
def test_a_wrong_pattern_is_refused_with_file_line_and_field(
    tmp_path: Path, pattern: str, field: str, words: str
) -> None:
    (tmp_path / "area").mkdir()
    (tmp_path / "area" / "one.yaml").write_text(SIGNATURE.format(pattern=pattern), encoding="utf-8")
    _loaded, problems = load_folders([str(tmp_path)])
    assert problems
    assert (problems[0].file, problems[0].line, problems[0].field) == (str(tmp_path / "area" / "one.yaml"), 7, field)
    assert words in str(problems[0])


def test_a_plain_line_and_a_line_without_a_word_that_matters_load_no_grammar() -> None:
    code = (
        "import sys\n"
        "from runbook.detect.catalog import BUILTIN, load_catalog\n"
        "from runbook.detect.engine import scan_text\n"
        "catalog = load_catalog([BUILTIN], None)\n"
        "for line in ('true', 'make all && ls | tail', 'docker compose ps'):\n"
        "    scan_text(catalog, line, kind='command')\n"
        "assert 'tree_sitter' not in sys.modules\n"
        "scan_text(catalog, 'ssh web1 \"cd /srv && docker compose down\"', kind='command')\n"
        "assert 'tree_sitter' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
