"""A team's own templates: they win, a mistake in one is told with file and line, and a hostile one harms nobody."""

from __future__ import annotations

import re
import resource
import time
from typing import TYPE_CHECKING

import examples
import pytest

from runbook.errors import BadInputError
from runbook.model.record import Incident
from runbook.model.settings import Settings
from runbook.render import environment
from runbook.render.report import check_report, render_report
from runbook.render.view import view_of

if TYPE_CHECKING:
    from pathlib import Path

NASTY = "<script>alert(1)</script> | `x` @kim #12 <!-- "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "templates"
    made.mkdir()
    return made


def render(folder: Path, **fields: object) -> str:
    document = Incident(id="INC-2026-02-11-001", title=NASTY, **fields)
    return render_report(document, settings=Settings(), templates=folder)


def write(folder: Path, text: str, name: str = "incident.md.j2") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_team_s_template_wins_and_the_other_stays_packaged(folder: Path) -> None:
    write(folder, "# Ours: {{ title }}\n")
    assert render(folder).startswith("# Ours: \\<script>")
    deployment = render_report(examples.deployment(), settings=Settings(), templates=folder)
    assert deployment == render_report(examples.deployment(), settings=Settings())


def test_one_block_can_be_replaced_and_the_rest_kept(folder: Path) -> None:
    block = "{% block factors %}\n## What made it worse\n\nAsk Kim.\n{% endblock %}\n"
    write(folder, '{% extends "runbook/incident.md.j2" %}\n' + block)
    markdown = render_report(examples.incident(), settings=Settings(), templates=folder)
    assert "## What made it worse\n\nAsk Kim." in markdown
    assert "## Contributing Factors" not in markdown
    assert "## Follow-up Actions" in markdown
    assert check_report(markdown) == []


def test_a_team_s_macros_are_used_by_the_packaged_template(folder: Path) -> None:
    packaged = (environment.packaged_folder() / "macros.md.j2").read_text(encoding="utf-8")
    write(folder, packaged.replace("> **Not filled in:**", "> **TODO for the reviewer:**"), "macros.md.j2")
    assert "> **TODO for the reviewer:** what happened" in render(folder)


def test_a_folder_without_templates_or_none_at_all_is_no_override(folder: Path, tmp_path: Path) -> None:
    assert render(folder) == render(tmp_path / "nowhere")


def test_the_child_process_renders_what_this_process_renders(folder: Path) -> None:
    write(folder, "{% extends 'runbook/incident.md.j2' %}")
    apart = render_report(examples.incident(40), settings=Settings(), templates=folder)
    assert apart == render_report(examples.incident(40), settings=Settings())


def test_text_is_safe_even_where_a_template_forgets_to_escape(folder: Path) -> None:
    write(
        folder,
        "# {{ title }}\n\n{{ 'so: ' ~ title }}\n\n{{ [title, summary] | join(', ') }}\n\n- {{ title | upper }}\n",
    )
    markdown = render(folder, summary="<b>bold</b> @kim\n# big")
    assert check_report(markdown) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("# a\n\n{{ titel }}\n", 3, "'titel' is undefined"),
        ("# a\n{% for x in timeline.phases %}\n", 2, "Unexpected end of template"),
        ("# a\n{% if %}\n", 2, "Expected an expression"),
        ("# a\n\n\n{% include 'gone.md.j2' %}\n", 4, "there is no template 'gone.md.j2'"),
        ("# a\n{{ title.nothing }}\n", 2, "has no attribute 'nothing'"),
        ("# a\n{{ 1 / 0 }}\n", 2, "division by zero"),
        ("# a\n{{ title | nofilter }}\n", 2, "No filter named 'nofilter'"),
        ("# a\n{{ title + 1 }}\n", 2, "unsupported operand"),
        ("# a\n{{ title.__class__.__mro__ }}\n", 2, "unsafe"),
        ("# a\n{{ title._raw }}\n", 2, "unsafe"),
        ("# a\n{{ timeline.phases.append(1) }}\n", 2, "unsafe"),
    ],
)
def test_a_mistake_is_told_with_file_and_line_and_what_to_do(folder: Path, text: str, line: int, message: str) -> None:
    path = write(folder, text)
    with pytest.raises(BadInputError) as raised:
        render(folder)
    assert (raised.value.file, raised.value.line) == (str(path), line)
    assert message in raised.value.message
    assert raised.value.hint


def test_a_mistake_in_an_included_file_names_that_file(folder: Path) -> None:
    write(folder, "# a\n{% include 'part.md.j2' %}\n")
    part = write(folder, "one\ntwo {{ nobody }}\n", "part.md.j2")
    with pytest.raises(BadInputError) as raised:
        render(folder)
    assert (raised.value.file, raised.value.line) == (str(part), 2)


def test_a_file_that_is_not_text_names_the_line(folder: Path) -> None:
    path = folder / "incident.md.j2"
    path.write_bytes(b"# a\n\n\xff\xfe\n")
    with pytest.raises(BadInputError, match="not UTF-8") as raised:
        render(folder)
    assert (raised.value.file, raised.value.line) == (str(path), 3)


def test_a_template_may_not_be_a_link_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("root:x:0:0", encoding="utf-8")
    (folder / "incident.md.j2").symlink_to(tmp_path / "secret")
    with pytest.raises(BadInputError, match="regular file"):
        render(folder)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'x' * 2000000000 }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for a in range(9999) %}{{ 'x' * 1000000 }}{% endfor %}",
        "{{ 99 ** 99999999 }}",
        "{% set ns = namespace(x='x') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    ],
)
def test_a_template_that_runs_away_is_stopped_and_named(folder: Path, text: str) -> None:
    path = write(folder, text)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    with pytest.raises(BadInputError, match="too much time or memory") as raised:
        render(folder)
    assert raised.value.file == str(path)
    assert time.monotonic() - began < environment.WALL_SECONDS + 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000, "kB that this process grew by"


def test_a_template_sees_neither_files_nor_environment_nor_python(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "do-not-leak")
    for text in (
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.environ }}",
        "{{ lipsum.__globals__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ '{0.__class__}'.format(title) }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../etc/passwd' %}",
        "{{ title.code.__init__.__globals__ }}",
    ):
        write(folder, text)
        with pytest.raises(BadInputError) as raised:
            render(folder)
        assert "do-not-leak" not in str(raised.value)


def test_the_documentation_names_what_templates_are_given() -> None:
    """Every name and every block, and none that does not exist."""
    text = (environment.packaged_folder().parent / "docs/templates.md").read_text(encoding="utf-8")
    for kind, document in (("incident", examples.incident()), ("deployment", examples.deployment())):
        given = view_of(document, Settings())
        for name in given:
            assert f"`{name}`" in text, f"{name} is not in docs/templates.md"
        blocks = re.findall(r"{% block (\w+) %}", (environment.packaged_folder() / f"{kind}.md.j2").read_text("utf-8"))
        listed = text.split(f"Blocks of {'an' if kind == 'incident' else 'a'} {kind}:", 1)[1].split("\n\n", 1)[0]
        assert re.findall(r"`(\w+)`", listed) == blocks
    tables = text.split("## What a template is given", 1)[1].split("An *item*", 1)[0]
    both = {*view_of(examples.incident(), Settings()), *view_of(examples.deployment(), Settings())}
    for row in re.findall(r"^\| (`.+?) \|", tables, re.MULTILINE):
        assert set(re.findall(r"`(\w+)`", row)) <= both


def test_the_documentation_s_example_works(folder: Path) -> None:
    text = (environment.packaged_folder().parent / "docs/templates.md").read_text(encoding="utf-8")
    write(folder, text.split("```jinja\n", 1)[1].split("```", 1)[0])
    markdown = render_report(examples.incident(), settings=Settings(), templates=folder)
    assert "## What made it worse" in markdown
    assert check_report(markdown) == []
