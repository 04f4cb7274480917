"""The other shapes of a report: the same record under other headings, nothing lost, and each reads back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import examples
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from strategies import incidents

from runbook.errors import BadInputError
from runbook.flow.findings import explain_findings
from runbook.model.record import Cost, Ignore, Impact, Incident
from runbook.model.settings import Report, Settings
from runbook.record.store import load_record
from runbook.render.reader import read_report
from runbook.render.report import check_report, render_report
from runbook.render.shapes import SHAPES

if TYPE_CHECKING:
    from conftest import Runbook

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).with_name("golden")
DEMO = ROOT / "incidents/2026/INC-2026-02-11-001"
OTHERS = [name for name, shape in SHAPES.items() if shape.document == "incident" and name != "incident"]
SECTIONS = {
    "google-sre": ["Summary", "Impact", "Root Causes", "Trigger", "Resolution", "Detection", "Action Items",
                   "Lessons Learned", "Timeline", "Supporting Information"],
    "pagerduty": ["Overview", "What Happened", "Contributing Factors", "Resolution", "Impact", "Responders", "Timeline",
                  "How'd We Do?", "Action Items", "Messaging", "Redactions", "References"],
    "atlassian": ["Incident Summary", "Leadup", "Fault", "Impact", "Detection", "Response", "Recovery", "Timeline",
                  "Five Whys", "Root Cause", "Backlog Check", "Recurrence", "Lessons Learned", "Corrective Actions",
                  "Redactions", "References"],
    "azure": ["What happened?", "What went wrong and why?", "How did we respond?",
              "How are we making incidents like this less likely or less impactful?",
              "How can you make incidents like this less impactful?", "References", "Redactions"],
    "troubleshooting": ["Executive Summary", "Impact", "Initial State", "Timeline", "Error Catalog",
                        "Commands Executed", "Root Cause Analysis", "Correct Procedure", "State and Recovery", "Cost",
                        "Lessons Learned", "Prevention", "Checklist for Next Time", "Redactions", "References"],
}  # fmt: skip


def render(document: Incident, name: str) -> str:
    return render_report(document, settings=Settings(), template=name)


def demo() -> Incident:
    document = load_record(DEMO)
    assert isinstance(document, Incident)
    explain_findings(document, None)
    return document


def ignoring() -> Incident:
    document = examples.incident(60)
    document.lint_ignores = [Ignore(rule="RB008", reason="nobody worked at night")]
    return document


def anchors(markdown: str) -> list[str]:
    """The fields that a report shows and that read back."""
    return [name for name in re.findall(r"<!-- runbook:([a-z_.:]+) -->", markdown) if not name.startswith("derived:")]


def slugs(markdown: str) -> set[str]:
    """The addresses of the headings, as a page makes them."""
    titles = re.findall(r"^#{1,6} (.*?)(?: <!--.*)?$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", OTHERS)
def test_the_example_reads_as_written(name: str) -> None:
    """To renew the files: `python tests/test_shapes.py`."""
    assert render(examples.incident(), name) == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OTHERS)
def test_the_sections_are_the_public_templates_own(name: str) -> None:
    assert re.findall(r"^## (.*)$", render(examples.incident(), name), re.MULTILINE) == SECTIONS[name]


@pytest.mark.parametrize("document", [examples.incident(), ignoring(), demo()], ids=["short", "long", "real"])
@pytest.mark.parametrize("name", OTHERS)
def test_every_shape_shows_every_field_once_and_none_of_its_links_leads_nowhere(name: str, document: Incident) -> None:
    markdown = render(document, name)
    assert check_report(markdown) == []
    assert sorted(anchors(markdown)) == sorted(anchors(render(document, "incident")))
    inside = set(re.findall(r"\]\(#([^)]+)\)", markdown))
    assert inside
    assert inside <= slugs(markdown)


@given(incidents())
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None, phases=[Phase.generate])
def test_no_record_breaks_a_shape(document: Incident) -> None:
    for name in OTHERS:
        assert check_report(render(document, name)) == []


@pytest.mark.parametrize("document", [examples.incident(60), demo()], ids=["long", "real"])
@pytest.mark.parametrize("name", OTHERS)
def test_every_shape_reads_back(name: str, document: Incident) -> None:
    """What nobody edited changes nothing, and an edit of a field comes back, whichever headings it stands under."""
    document = document.model_copy(update={"template": name}, deep=True)
    text = render_report(document, settings=Settings())
    reading = read_report(text, document)
    assert reading.record == document
    assert reading.unread == ()
    before = document.actions[0].text
    edited = read_report(text.replace(f"- [ ] {before} <!-- id", f"- [x] {before} <!-- id"), document)
    assert isinstance(edited.record, Incident)
    assert edited.record.actions[0].done
    assert edited.unread == ()


def test_the_error_catalog_explains_each_failure_that_was_met() -> None:
    document = demo()
    markdown = render(document, "troubleshooting")
    catalog = markdown[markdown.index("## Error Catalog") : markdown.index("### All Known Failures")]
    for finding in document.findings:
        assert (f"`{finding.signature}`" in catalog) == (finding.state != "dismissed")
    for part in ("**Why it happens**", "**What fixes it**", "**What shows that it is gone**", "**What prevents it**"):
        assert catalog.count(part) >= 10
    assert "### docker\n" in catalog


def test_the_procedure_holds_what_worked_in_order() -> None:
    markdown = render(examples.incident(), "troubleshooting")
    procedure = markdown[markdown.index("## Correct Procedure") : markdown.index("## State and Recovery")]
    assert "```console\ncertbot renew --cert-name pay.example.net\n```" in procedure
    assert "systemctl restart" not in procedure


def test_the_cost_shows_its_arithmetic_and_never_a_total_that_lacks_a_part() -> None:
    document = examples.incident()
    document.impact = Impact(financial=Cost(people=3, rate=85, downtime_rate=1000, opportunity="The *release* waited."))
    markdown = render(document, "troubleshooting")
    assert "| Time of people | **3.75 h** | 3 people × 1.25 h (from start to resolved)" in markdown
    assert "| Labour | **318.75 EUR** | 3.75 h × 85 EUR/h" in markdown
    assert "| Lost while down | **900 EUR** | 0.9 h × 1,000 EUR/h" in markdown
    assert "| Total | **1,218.75 EUR** | 318.75 EUR + 900 EUR" in markdown
    assert "**Opportunity:** The *release* waited." in markdown
    assert "| Lost while down | **900 EUR** |" in render(document, "incident")
    assert check_report(render(document, "incident")) == []
    document.impact.financial.people = None
    assert "| Total | not known | ? EUR + 900 EUR" in render(document, "troubleshooting")


def test_a_name_that_is_none_says_which_there_are(tmp_path: Path) -> None:
    (tmp_path / "ours.md.j2").write_text("# {{ title }}\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="no report template 'googel'") as raised:
        render_report(examples.incident(), settings=Settings(), templates=tmp_path, template="googel")
    assert raised.value.field == "--template"
    assert "google-sre" in raised.value.hint
    assert "ours" in raised.value.hint
    with pytest.raises(BadInputError, match="google-sre is for incidents") as raised:
        render_report(examples.deployment(), settings=Settings(), template="google-sre")
    assert raised.value.hint == "there is deployment"
    wrong = Settings(report=Report(template="nothing"))
    with pytest.raises(BadInputError) as raised:
        render_report(examples.incident(), settings=wrong)
    assert raised.value.field == "report.template"


def test_the_settings_choose_for_incidents_and_for_deployments(tmp_path: Path) -> None:
    (tmp_path / "change.md.j2").write_text("# Change: {{ title }}\n", encoding="utf-8")
    chosen = Settings(report=Report(template="azure", deployment_template="change"))
    assert "## How did we respond?" in render_report(examples.incident(), settings=chosen, templates=tmp_path)
    assert render_report(examples.deployment(), settings=chosen, templates=tmp_path).startswith("# Change: Switch")


def test_render_keeps_the_shape_that_was_asked_for(runbook: Runbook, repository: Path) -> None:
    """It is in the record: the next render, whoever does it, writes the same shape again."""
    started = json.loads(runbook("start", "it broke", "--format", "json", cwd=repository, check=0).stdout)
    printed = runbook("render", "--stdout", "--template", "pagerduty", check=0).stdout
    assert "## How'd We Do?" in printed
    assert not (repository / "incidents").exists()
    text = "Error: listen EADDRINUSE: address already in use :::4000\n"
    runbook("attach", "-", "--name", "app.log", input=text, check=0)
    filed = json.loads(runbook("render", "--template", "troubleshooting", "--format", "json", check=0).stdout)
    report = repository / filed["report"]
    assert "## Error Catalog" in report.read_text(encoding="utf-8")
    assert "**Why it happens**" in report.read_text(encoding="utf-8")
    runbook("log", "another thing", "--id", started["id"], cwd=repository, check=0)
    runbook("render", started["id"], cwd=repository, check=0)
    assert "## Error Catalog" in report.read_text(encoding="utf-8")
    assert "another thing" in report.read_text(encoding="utf-8")
    runbook("render", started["id"], "--template", "incident", cwd=repository, check=0)
    assert "## Known Failures" in report.read_text(encoding="utf-8")
    failed = runbook("render", started["id"], "--template", "nope", cwd=repository, check=2)
    assert "there is no report template 'nope'" in failed.stderr


def test_filing_follows_the_settings(runbook: Runbook, repository: Path) -> None:
    (repository / "runbook.toml").write_text('[report]\ntemplate = "google-sre"\n', encoding="utf-8")
    runbook("start", "it broke", cwd=repository, check=0)
    filed = json.loads(runbook("render", "--format", "json", check=0).stdout)
    assert "## Supporting Information" in (repository / filed["report"]).read_text(encoding="utf-8")
    (repository / "runbook.toml").write_text('zone = "UTC"\n[report]\ntemplate = "googl"\n', encoding="utf-8")
    failed = runbook("render", filed["id"], cwd=repository, check=2)
    assert "runbook.toml:3: report.template: there is no report template 'googl'" in failed.stderr
    assert "template:" not in (repository / filed["path"] / "record.yaml").read_text(encoding="utf-8")


if __name__ == "__main__":
    for shape in OTHERS:
        (GOLDEN / f"{shape}.md").write_text(render(examples.incident(), shape), encoding="utf-8")
