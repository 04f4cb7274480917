"""A report for other places: a page that holds all it needs and runs nothing, a PDF, Markdown, JSON."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import examples
import pytest
from browser import Canary, needs_chromium, visit
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from pages import Page
from strategies import documents

from runbook.errors import BadInputError, NotFoundError
from runbook.model.record import AnyDocument, Cause, Incident, TimelineEntry, Why
from runbook.model.settings import Settings
from runbook.render import pdf
from runbook.render.page import Attachment, page_of
from runbook.render.report import render_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Runbook

ROOT = Path(__file__).parent.parent
ARCHIVE = sorted(path.parent.name for path in (ROOT / "incidents").glob("*/*/record.yaml"))
SCHEMA = ROOT / "docs/schema/record.json"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script><path d="M0 0h9"/></svg>'


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.stop()


@pytest.fixture
def archive(home: Path) -> Path:
    """A repository with this project's own archive in it."""
    root = home / "archive"
    subprocess.run(["git", "init", "-q", root], check=True)
    (root / "runbook.toml").write_text("", encoding="utf-8")
    shutil.copytree(ROOT / "incidents", root / "incidents")
    return root


def page(document: AnyDocument, **options: object) -> str:
    markdown = render_report(document, settings=Settings())
    return page_of(markdown, identifier=document.id, title=document.title, **options)  # type: ignore[arg-type]


def hostile(url: str) -> Incident:
    """A record in which every text tries to run, to load or to get out."""
    attack = (
        f"</style></title><script>document.title='pwned';fetch('{url}/script')</script>"
        f"<img src=x onerror=\"document.title='pwned';fetch('{url}/onerror')\"><svg onload=fetch('{url}/svg')>"
        f"![p]({url}/image.png) [click](javascript:fetch('{url}/link')) <iframe src={url}/frame></iframe>"
        f"<style>@import '{url}/css'</style><link rel=stylesheet href={url}/sheet> `{{{{ 7*7 }}}}`"
    )
    document = examples.incident()
    document.title = attack
    document.summary = document.resolution = attack
    document.timeline.append(TimelineEntry(id="H1", at=examples.at(3), text=attack, actor=attack))
    document.commands[0].command = attack
    document.commands[0].note = attack
    document.findings[0].excerpt = document.findings[0].fix = attack
    document.causes.append(Cause(id="H2", title=attack, whys=[Why(id="H3", text=f"```html\n{attack}\n```")]))
    document.actions[0].text = f"<details open ontoggle=\"fetch('{url}/toggle')\">{attack}"
    return document


@pytest.mark.parametrize("identifier", ARCHIVE)
def test_every_document_of_the_archive_becomes_a_page(runbook: Runbook, archive: Path, identifier: str) -> None:
    html = runbook("export", identifier, "--format", "html", "--repo", archive, cwd=archive, check=0).stdout
    read = Page(html)
    assert identifier in read.text
    assert len(read.ids) == len(set(read.ids))
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)


def test_the_page_carries_the_evidence_and_its_links_lead_to_it(runbook: Runbook, archive: Path) -> None:
    kept = sorted((archive / "incidents/2026/INC-2026-02-11-001/evidence").iterdir())
    html = runbook("export", "INC-2026-02-11-001", "--format", "html", cwd=archive, check=0).stdout
    read = Page(html)
    for path in kept:
        first = path.read_text(encoding="utf-8").strip().splitlines()[0]
        assert re.sub(r"\[redacted:.*", "", first) in read.text
    assert sum(link.startswith("#evidence:") for link in read.links) >= len(kept)
    without = runbook("export", "INC-2026-02-11-001", "--format", "html", "--no-evidence", cwd=archive, check=0).stdout
    assert "evidence:1" not in without


def test_a_long_file_shows_its_ends_and_says_what_is_missing(runbook: Runbook, repository: Path) -> None:
    runbook("start", "it broke", cwd=repository, check=0)
    log = "".join(f"line {number} of the log, with some words in it\n" for number in range(12_000))
    runbook("attach", "-", "--name", "big.log", input=log + "password=hunter2hunter2\n", check=0)
    read = Page(runbook("export", "--format", "html", check=0).stdout)
    assert "line 0 of the log" in read.text
    assert "line 11999 of the log" in read.text
    assert "characters left out here" in read.text
    assert "its beginning and end; the whole is evidence/" in read.text
    assert "hunter2" not in read.text


def test_marks_in_evidence_carry_the_numbers_of_the_report(runbook: Runbook, repository: Path) -> None:
    runbook("start", "it broke", cwd=repository, check=0)
    runbook("log", "used token ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789 first", check=0)
    text = "x ghp_zZyYxXwWvVuUtTsSrRqQpPoOnNmMlLkKjJiI99 x\ny ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789 y\n"
    runbook("attach", "-", "--name", "a.log", input=text, check=0)
    read = Page(runbook("export", "--format", "html", check=0).stdout)
    assert "used token [redacted:github-token#1] first" in read.text
    assert "x [redacted:github-token#2] x\ny [redacted:github-token#1] y" in read.text


def test_a_heading_never_has_the_address_of_a_kept_file() -> None:
    document = examples.incident()
    document.causes[0].title = "evidence:1"
    kept = [
        Attachment("evidence/01-curl.txt", "a", "1 B", "", "b"),
        Attachment("evidence/02-certbot.txt", "a", "1 B", "", "b"),
    ]
    read = Page(page(document, attachments=kept))
    assert len(read.ids) == len(set(read.ids))
    assert {"evidence:1", "evidence:2"} <= set(read.ids)


@given(documents())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None, phases=[Phase.generate])
def test_no_record_makes_a_page_that_does_not_nest_or_that_runs(document: AnyDocument) -> None:
    read = Page(page(document, attachments=[Attachment("evidence/x", document.title, "1 B", "", document.title)]))
    assert read.seen <= set(read.seen)


def test_a_hostile_record_stays_text() -> None:
    read = Page(page(hostile("http://127.0.0.1:9"), pictures={"timeline.svg": SVG}))
    assert "<script>document.title='pwned'" in read.text
    assert all("javascript:" not in link for link in read.links)


def test_raw_html_that_somebody_put_into_a_report_stays_text() -> None:
    markdown = (
        "# x\n\n<script>1</script>\n\n<details open ontoggle=x>\n\na</details></details>\n\n<details>\n\n"
        "<a href='javascript:1'>x</a> <br> <BR/> <summary onclick=1>s</summary>\n\n<!-- never closed\n"
    )
    read = Page(page_of(markdown, identifier="INC-2026-03-04-001", title="x"))
    assert "<script>1</script>" in read.text
    assert "<details open ontoggle=x>" in read.text


def test_the_picture_of_the_timeline_is_in_the_page_as_an_image(runbook: Runbook, archive: Path) -> None:
    """It is drawn anew from the record: what somebody committed as timeline.svg is not what the page shows."""
    (archive / "incidents/2026/INC-2026-02-11-001/timeline.svg").write_bytes(SVG)
    html = runbook("export", "INC-2026-02-11-001", "--format", "html", cwd=archive, check=0).stdout
    read = Page(html)
    assert "img" in read.seen
    assert re.search(r'<img class="picture" src="data:image/svg\+xml;base64,[^"]{2000,}" alt="[^"]{40,}"', html)
    (archive / "runbook.toml").write_text("[report]\npicture = false\n", encoding="utf-8")
    html = runbook("export", "INC-2026-02-11-001", "--format", "html", cwd=archive, check=0).stdout
    assert "<img" not in html


def test_the_same_record_gives_the_same_page(runbook: Runbook, archive: Path) -> None:
    first = runbook("export", ARCHIVE[-1], "--format", "html", cwd=archive, check=0).stdout
    assert runbook("export", ARCHIVE[-1], "--format", "html", cwd=archive, check=0).stdout == first


@needs_chromium
def test_the_real_page_opens_without_an_error_or_a_request(runbook: Runbook, archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    runbook("export", "INC-2026-02-11-001", "-o", target, cwd=archive, check=0)
    seen = visit(target, tmp_path)
    assert seen.console == []
    assert seen.requests == []
    assert "Deploying the monitoring dashboards took production down" in seen.dom


@needs_chromium
def test_nothing_is_wider_than_a_phone(tmp_path: Path) -> None:
    """Measured by a script that only this test puts in, into a page without its policy."""
    document = examples.incident(60)
    document.title = document.commands[0].command = "x" * 400
    document.summary = f"`{'y' * 300}` and {'z' * 300}\n\n```\n{'code ' * 90}\n```"
    html = page(document, attachments=[Attachment("evidence/01-curl.txt", "n" * 200, "1 B", "", "w " * 900)])
    measure = "<script>document.title = `${document.documentElement.scrollWidth} of ${innerWidth}`</script>"
    target = tmp_path / "page.html"
    target.write_text(re.sub(r"<meta http-equiv[^>]*>", "", html).replace("</body>", f"{measure}</body>"), "utf-8")
    seen = visit(target, tmp_path, "--window-size=390,800", "--dump-dom")
    measured = re.search(r"<title>(\d+) of (\d+)</title>", seen.dom)
    assert measured
    assert int(measured[1]) <= int(measured[2]) < 520


@needs_chromium
@pytest.mark.parametrize("width", [640, 840, 1180])
def test_no_table_of_the_real_page_is_cut_off_in_a_window_of_any_width(
    runbook: Runbook, archive: Path, tmp_path: Path, width: int
) -> None:
    html = runbook("export", "INC-2026-02-11-001", "--format", "html", cwd=archive, check=0).stdout
    measure = (
        "<script>const wide = [...document.querySelectorAll('.table')].filter(e => e.scrollWidth > e.clientWidth + 1);"
        "document.title = `${wide.length} wide, ${document.documentElement.scrollWidth - innerWidth} over`</script>"
    )
    target = tmp_path / "page.html"
    target.write_text(re.sub(r"<meta http-equiv[^>]*>", "", html).replace("</body>", f"{measure}</body>"), "utf-8")
    seen = visit(target, tmp_path, f"--window-size={width},900", "--dump-dom")
    measured = re.search(r"<title>(.*)</title>", seen.dom)
    assert measured
    assert measured[1] == "0 wide, 0 over"


def test_the_picture_which_a_phone_moves_aside_is_reached_by_keyboard_too() -> None:
    html = page(examples.incident(), pictures={"timeline.svg": SVG})
    assert '<p class="wide" tabindex="0"><img class="picture" ' in html


def test_a_long_path_may_break_after_its_slashes_and_stays_what_it_was() -> None:
    document = examples.incident()
    document.summary = "it is in `/srv/shop/releases/current`"
    html = page(document)
    assert "<code>/<wbr>srv/<wbr>shop/<wbr>releases/<wbr>current</code>" in html
    assert "it is in /srv/shop/releases/current" in Page(html).text


@needs_chromium
def test_a_hostile_page_runs_nothing_and_asks_nobody(tmp_path: Path, canary: Canary) -> None:
    target = tmp_path / "page.html"
    target.write_text(page(hostile(canary.url)), encoding="utf-8")
    seen = visit(target, tmp_path)
    assert canary.hits == []
    assert seen.requests == []
    assert "<title>pwned" not in seen.dom


@needs_chromium
def test_the_policy_holds_even_if_something_got_in(tmp_path: Path, canary: Canary) -> None:
    """The second wall: the same attacks, put into the page behind the back of the code that escapes them."""
    html = page(examples.incident())
    attack = (
        f"<script>document.title='pwned'</script><img src='{canary.url}/i'><iframe src='{canary.url}/f'></iframe>"
        f"<img src=x onerror=\"document.title='pwned'\"><style>@import '{canary.url}/css';</style>"
        f"<link rel=stylesheet href='{canary.url}/sheet'><object data='{canary.url}/object'></object>"
    )
    target = tmp_path / "page.html"
    target.write_text(html.replace("<footer>", f"{attack}<footer>"), encoding="utf-8")
    seen = visit(target, tmp_path)
    assert canary.hits == []
    assert "<title>pwned" not in seen.dom
    assert any("Content Security Policy" in line for line in seen.console)


@needs_chromium
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext")
def test_the_pdf_holds_the_report_with_everything_unfolded(runbook: Runbook, archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    done = runbook("export", "INC-2026-02-11-001", "-o", target, cwd=archive, check=0)
    assert str(target) in done.stdout
    assert b"/Outlines" in target.read_bytes()
    text = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
    flat = " ".join(text.split())
    assert "Deploying the monitoring dashboards took production down" in flat
    assert re.search(r"INC-2026-02-11-001 +1 / \d+", text)
    assert "What shows that it is gone" in text
    assert "failed to compute cache key" in flat  # from a kept file
    for sheet in text.split("\f")[:-1]:
        *_, last, _ = (line.strip() for line in sheet.splitlines() if line.strip())
        assert last not in {"What fixes it", "What shows that it is gone", "Wrong:", "Right:"}


def test_where_there_is_no_browser_it_says_what_to_install(runbook: Runbook, archive: Path, tmp_path: Path) -> None:
    git = os.path.dirname(shutil.which("git") or "")
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "git").symlink_to(f"{git}/git")
    done = runbook("export", ARCHIVE[-1], "-o", tmp_path / "x.pdf", cwd=archive, env={"PATH": str(bare)}, check=2)
    assert "apt-get install chromium" in done.stderr
    assert not (tmp_path / "x.pdf").exists()


def test_a_browser_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'no display' >&2\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv(pdf.BROWSER, str(broken))
    with pytest.raises(BadInputError, match="broken wrote no PDF: no display"):
        pdf.pdf_of("<p>x")
    monkeypatch.setenv(pdf.BROWSER, "not-there")
    with pytest.raises(NotFoundError, match="no program not-there"):
        pdf.pdf_of("<p>x")


def test_json_keeps_to_the_published_schema(runbook: Runbook, archive: Path) -> None:
    record = json.loads(runbook("export", ARCHIVE[-1], "--format", "json", cwd=archive, check=0).stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(record)
    assert record["id"] == ARCHIVE[-1]


def test_markdown_is_clean_and_its_links_lead_to_the_evidence(runbook: Runbook, archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "report.md"
    target.parent.mkdir()
    runbook("export", "INC-2026-02-11-001", "-o", target, cwd=archive, check=0)
    text = target.read_text(encoding="utf-8")
    assert "<!--" not in text
    assert "\n\n\n" not in text
    links = re.findall(r"\]\(([^)]*evidence/[^)]*)\)", text)
    assert links
    assert all((target.parent / link).is_file() for link in links)


def test_the_report_is_exported_in_another_shape(runbook: Runbook, archive: Path) -> None:
    before = subprocess.run(["git", "status", "--porcelain"], cwd=archive, capture_output=True, check=True).stdout
    command = ("export", "INC-2026-02-11-001", "--format", "html", "--template", "troubleshooting")
    read = Page(runbook(*command, cwd=archive, check=0).stdout)
    assert "Error Catalog" in read.text
    assert "Why it happens" in read.text
    after = subprocess.run(["git", "status", "--porcelain"], cwd=archive, capture_output=True, check=True).stdout
    assert before == after


def test_what_people_edited_and_did_not_sync_is_said(runbook: Runbook, archive: Path) -> None:
    report = archive / "incidents/2026/INC-2026-02-11-001/report.md"
    report.write_text(report.read_text(encoding="utf-8").replace("pull request", "change"), encoding="utf-8")
    done = runbook("export", "INC-2026-02-11-001", "--format", "md", cwd=archive, check=0)
    assert "differs from its record" in done.stderr


def test_a_team_s_style_is_added_and_cannot_end_the_style(runbook: Runbook, archive: Path) -> None:
    style = archive / "templates/page.css"
    style.parent.mkdir()
    style.write_text(":root { --accent: rebeccapurple; }\n", encoding="utf-8")
    assert "rebeccapurple" in runbook("export", ARCHIVE[0], "--format", "html", cwd=archive, check=0).stdout
    style.write_text("a {}\n</style><script>1</script>\n", encoding="utf-8")
    done = runbook("export", ARCHIVE[0], "--format", "html", cwd=archive, check=2)
    assert "page.css:2" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--format html, pdf, json, md or summary"),
        (("-o", "x.docx"), ".docx is no ending that says the format"),
        (("-o", "no/such/folder/x.html"), "there is no such folder"),
        (("--format", "html", "--template", "nope"), "there is no report template 'nope'"),
    ],
)
def test_what_cannot_be_is_said(runbook: Runbook, archive: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in runbook("export", ARCHIVE[-1], *arguments, cwd=archive, check=2).stderr
