"""The picture beside a report: read by everybody, on every background, without a text on top of another."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import browser
import examples
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strategies import PAYLOADS, documents

from runbook.model.record import AnyDocument, Command, Deployment, Incident, Milestones, TimelineEntry
from runbook.model.settings import Settings
from runbook.record.store import load_record
from runbook.render.picture_scale import Scale
from runbook.render.picture_text import cut, is_sure, plain, width_of
from runbook.render.report import render_report
from runbook.render.terminal import short_view
from runbook.render.timeline_svg import timeline_svg
from runbook.render.timeline_svg_style import DARK, DRAWN, LIGHT, TEXTS

if TYPE_CHECKING:
    from conftest import Runbook

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"
WHEN = datetime(2026, 3, 4, 7, 40, tzinfo=UTC)
WORDS = ("restarted", "the", "gateway", "on edge-1", "and", "watched", "error", "rate", "fall", "WWWW", "100 %", "ill")
FOREIGN = (
    "日本語のテキスト",
    "مرحبا بالعالم",
    "Привет, мир",
    "Ωμέγα",
    "👩‍💻🔥🚒",
    "é̂̃̄̅" * 4,
    "ﷺ",
    "नमस्ते दुनिया",
    "WWWWMMMM@@@@",
)
KINDS = (
    "note",
    "observation",
    "failure",
    "decision",
    "escalation",
    "change",
    "verification",
    "rollback",
    "backup",
    "?",
)


def crowded(seed: int) -> Incident:
    """Up to 150 entries and commands within seconds or years, in any writing, many at the same moment."""
    r = random.Random(seed)
    span = r.choice([20, 1200, 86_400, 40 * 86_400, 4000 * 86_400])
    count = r.choice([1, 4, 20, 60, 150])
    moments = [r.random() * span for _ in range(r.randint(1, count))]

    def text() -> str:
        parts = [*r.sample(WORDS, r.randint(1, 8)), r.choice(FOREIGN), r.choice(PAYLOADS)]
        r.shuffle(parts)
        line = " ".join(parts[: r.randint(1, len(parts))])
        return "".join(char for char in line if char in "\t\n" or ord(char) >= 32) or "x"

    entries, commands = [], []
    for number in range(count):
        at = WHEN + timedelta(seconds=r.choice(moments))
        if r.random() < 0.5:
            status, took = r.choice([0, 0, 1, None, 137]), r.choice([None, 0.2, span / 40, span / 4])
            commands.append(Command(id=f"C{number}", at=at, command=text(), exit_status=status, duration=took))
            entries.append(TimelineEntry(id=f"C{number}", at=at, kind="command", text="x", highlight=r.random() < 0.4))
        else:
            entries.append(
                TimelineEntry(id=f"E{number}", at=at, kind=r.choice(KINDS), text=text(), highlight=r.random() < 0.4)
            )
    reached = sorted(r.random() * span for _ in range(5))
    names = ("started", "detected", "acknowledged", "mitigated", "resolved")
    milestones = {
        name: WHEN + timedelta(seconds=at) for name, at in zip(names, reached, strict=True) if r.random() < 0.7
    }
    return Incident(
        id="INC-2026-03-04-001", title=text() * 3, zone=r.choice(["UTC", "Europe/Berlin", "Pacific/Auckland"]),
        milestones=Milestones(**milestones), timeline=entries, commands=commands,
    )  # fmt: skip


def drawn(document: AnyDocument) -> ET.Element:
    return ET.fromstring(timeline_svg(document))


def texts(document: AnyDocument) -> list[str]:
    return ["".join(element.itertext()) for element in drawn(document).iter(f"{SVG}text")]


# ------------------------------------------------------------------------------------------------------ in a browser

MEASURE = """
<script>
const wrong = [], say = box => [box.x, box.y, box.width, box.height].map(Math.round).join(' ');
let texts = 0;
document.querySelectorAll('svg').forEach((svg, picture) => {
  const boxes = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBBox()]);
  const marks = [...svg.querySelectorAll('.mark')].map(e => ['a mark', e.getBBox()]);
  const view = svg.viewBox.baseVal;
  const meet = (a, b) => Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 0.5
    && Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 0.5;
  boxes.forEach(([text, box], i) => {
    texts += 1;
    if (box.x < 0 || box.y < 0 || box.x + box.width > view.width || box.y + box.height > view.height)
      wrong.push([picture, text, 'the edge', say(box)]);
    [...boxes.slice(i + 1), ...marks].forEach(([other, second]) => {
      if (meet(box, second)) wrong.push([picture, text, other, say(box), say(second)]);
    });
  });
});
report({wrong, texts});
</script>
"""


@browser.needs_chromium
def test_no_text_meets_another_whatever_was_recorded(tmp_path: Path) -> None:
    """Measured by the browser's own fonts, for the real incident, for examples, and for whatever could be recorded."""
    pictures = [timeline_svg(load_record(path.parent)) for path in (ROOT / "incidents").glob("*/*/record.yaml")]
    pictures += [timeline_svg(document) for document in (examples.incident(60), examples.deployment())]

    @settings(
        max_examples=int(os.environ.get("CAMPAIGN_PICTURES", "15")),
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        deadline=None,
        database=None,
    )
    @given(documents(), st.integers(0, 2**32))
    def draw(document: AnyDocument, seed: int) -> None:
        for one in (document, crowded(seed)):
            pictures.append(timeline_svg(one))

    draw()
    seen = browser.look("".join(pictures) + MEASURE, tmp_path)
    assert seen.result["texts"] > 1000
    assert seen.result["wrong"] == []
    assert (seen.console, seen.requests) == ([], [])


@browser.needs_chromium
def test_the_browser_would_tell_of_a_request_a_complaint_and_an_overlap(tmp_path: Path) -> None:
    """The look itself is looked at: what the other tests rely on being absent would be seen."""
    bad = '<svg width="99" viewBox="0 0 99 99"><text x="9" y="40">one</text><text x="12" y="40">two</text></svg>'
    seen = browser.look(
        f'{bad}<img src="http://127.0.0.1:9/x.png"><script>console.error("no")</script>{MEASURE}', tmp_path
    )
    assert [wrong[1:3] for wrong in seen.result["wrong"]] == [["one", "two"]]
    assert seen.requests == ["http://127.0.0.1:9/x.png"]
    assert any('"no"' in line for line in seen.console)


@browser.needs_chromium
@pytest.mark.parametrize(("dark", "background"), [(False, LIGHT["page"]), (True, DARK["page"])])
def test_shown_as_an_image_it_follows_the_readers_choice_of_light_or_dark(
    dark: bool, background: str, tmp_path: Path
) -> None:
    data = base64.b64encode(timeline_svg(examples.incident()).encode()).decode()
    body = f"""<img id="it" src="data:image/svg+xml;base64,{data}"><script>
      addEventListener('load', () => {{
        const image = document.getElementById('it'), canvas = document.createElement('canvas');
        canvas.width = 960; canvas.height = 300;
        const drawing = canvas.getContext('2d');
        drawing.drawImage(image, 0, 0);
        report({{pixel: [...drawing.getImageData(12, 12, 1, 1).data], width: image.naturalWidth}});
      }});</script>"""
    seen = browser.look(body, tmp_path, dark=dark)
    assert seen.result["pixel"][:3] == [int(background[at : at + 2], 16) for at in (1, 3, 5)]
    assert (seen.result["width"], seen.console, seen.requests) == (960, [], [])


# --------------------------------------------------------------------------------------------------- what it is made of


@settings(
    max_examples=25, suppress_health_check=list(HealthCheck), deadline=None, phases=(Phase.explicit, Phase.generate)
)
@given(documents())
def test_it_is_well_formed_lives_alone_and_is_the_same_every_time(document: AnyDocument) -> None:
    picture = timeline_svg(document)
    root = ET.fromstring(picture)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {
        *("svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "circle", "polygon", "g"),
        *("text", "tspan"),
    }
    attributes = [name for element in root.iter() for name in element.attrib]
    assert not [name for name in attributes if name.startswith("on") or "href" in name]
    assert re.findall(r"url\(([^)]*)\)", picture) in ([], *([["#struck"] * n for n in range(1, 99)]))
    assert "@import" not in picture
    assert timeline_svg(document) == picture


def test_it_says_what_it_is_to_whoever_cannot_see_it() -> None:
    root = drawn(examples.incident())
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    assert root.findtext(f"{SVG}title") == "INC-2026-03-04-001: Checkout refuses every card"
    assert "resolved after 1 h 15 min. 3 commands, 1 failed" in (root.findtext(f"{SVG}desc") or "")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_and_shapes_stand_out_from_what_is_behind_them(palette: dict[str, str]) -> None:
    for text, behind in sorted(TEXTS):
        assert contrast(palette[text], palette[behind]) >= 4.5, (text, behind)
    for shape in DRAWN:
        for behind in ("page", "band"):
            assert contrast(palette[shape], palette[behind]) >= 3, (shape, behind)


def test_every_text_has_a_colour_that_the_contrast_test_knows() -> None:
    known = {text for text, _ in TEXTS}
    for document in (examples.incident(60), examples.deployment(), crowded(1), crowded(2)):
        for element in drawn(document).iter():
            if element.tag in {f"{SVG}text", f"{SVG}tspan"} and not len(element):
                colours = set(re.findall(r"f-([\w-]+)", element.get("class") or ""))
                assert len(colours) == 1
                assert colours <= known


def test_failed_and_succeeded_commands_differ_in_shape() -> None:
    def shapes(status: int) -> list[str]:
        command = Command(id="C", at=WHEN, command="make", exit_status=status, duration=60)
        document = Incident(id="INC-2026-03-04-001", title="x", commands=[command])
        marks = (element for element in drawn(document).iter() if "mark" in (element.get("class") or "").split())
        return [element.tag.removeprefix(SVG) for element in marks]

    assert set(shapes(0)) == {"circle"}
    assert set(shapes(2)) == {"path"}


# ------------------------------------------------------------------------------------------------------- what it shows


def test_the_real_incident_shows_its_lanes_its_phases_and_the_28_hours_nobody_recorded() -> None:
    shown = texts(load_record(ROOT / "incidents/2026/INC-2026-02-11-001"))
    assert [text for text in shown if text in {"Detection", "People", "Commands", "Changes"}] == [
        *("Detection", "People", "Commands", "Changes")
    ]
    for text in ("3 h until detected", "not resolved", "32 h", "12, 7 failed", "sudo docker compose down", "13 Feb"):
        assert text in shown, text
    assert "Detected11 Feb 11:00, T+3:00" in shown


def test_a_command_is_as_long_as_it_ran() -> None:
    document = Incident(
        id="INC-2026-03-04-001", title="x",
        milestones=Milestones(started=WHEN, resolved=WHEN + timedelta(minutes=40)),
        commands=[Command(id="C", at=WHEN + timedelta(minutes=10), command="make", exit_status=0, duration=1200)],
    )  # fmt: skip
    bars = [r for r in drawn(document).iter(f"{SVG}rect") if r.get("class") == "s-succeeded f-succeeded"]
    (left, width) = (float(bars[0].get("x") or 0), float(bars[0].get("width") or 0))
    assert width == pytest.approx((918 - 146) / 2, abs=1)
    assert left == pytest.approx(146 + (918 - 146) / 4, abs=1)


def test_three_thousand_entries_make_no_larger_picture_than_some_hundred() -> None:
    def document(count: int) -> Incident:
        entries = [
            TimelineEntry(id=f"E{n}", at=WHEN + timedelta(seconds=n * 7200 / count), text=f"looked at pod {n}")
            for n in range(count)
        ]
        return Incident(id="INC-2026-03-04-001", title="x", timeline=entries)

    few, many = timeline_svg(document(300)), timeline_svg(document(3000))
    assert len(many) < len(few) * 1.1 < 40_000
    assert "of people" not in many
    columns = re.findall(r"<title>[^<]*: (\d+) entries", many)
    labelled = len(re.findall(r'class="halo', many))
    assert sum(map(int, columns)) + labelled == 3000


@pytest.mark.parametrize(
    ("minutes", "labels"),
    [(0.5, {"08:40:10"}), (20, {"08:45", "09:00"}), (600, {"10:00", "18:00"}), (60 * 24 * 9, {"6 Mar", "12 Mar"})],
)
def test_the_clock_below_is_in_seconds_minutes_hours_or_days_of_the_documents_zone(
    minutes: float, labels: set[str]
) -> None:
    moments = {"started": WHEN, "resolved": WHEN + timedelta(minutes=minutes)}
    document = Incident(
        id="INC-2026-03-04-001", title="x", zone="Europe/Berlin", milestones=Milestones(**moments)
    )  # fmt: skip
    assert labels <= set(texts(document))


def test_days_begin_at_midnight_even_where_clocks_change() -> None:
    """Europe/Berlin went forward on 29 March 2026."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 27, 12, tzinfo=zone)
    scale = Scale([start, start + timedelta(days=5)], 0, 500, 30)
    ticks = scale.ticks(lambda moment: moment.astimezone(zone), 60)
    assert [tick.label for tick in ticks] == ["28 Mar", "29 Mar", "30 Mar", "31 Mar", "1 Apr"]
    places = [tick.x for tick in ticks]
    assert places == sorted(places)
    assert places[2] - places[1] == pytest.approx((places[1] - places[0]) * 23 / 24)


def test_only_a_gap_that_dominates_is_cut_out() -> None:
    hours = [0, 1, 3, 5, 8, 12, 16]
    even = Scale([WHEN + timedelta(hours=hour) for hour in hours], 0, 800, 60)
    long = Scale([WHEN + timedelta(hours=hour) for hour in (*hours, 48)], 0, 800, 60)
    assert even.gaps == []
    assert [gap.lasted for gap in long.gaps] == [timedelta(hours=32)]
    assert long.place(WHEN + timedelta(hours=16)) == pytest.approx(740)
    assert long.place(WHEN + timedelta(hours=8)) == pytest.approx(370)


def test_five_minutes_are_told_in_seconds_and_three_weeks_in_days() -> None:
    def shown(minutes: float) -> list[str]:
        moments = {"started": WHEN, "mitigated": WHEN + timedelta(minutes=minutes * 0.7),
                   "resolved": WHEN + timedelta(minutes=minutes)}  # fmt: skip
        document = Incident(id="INC-2026-03-04-001", title="x", zone="Europe/Berlin", milestones=Milestones(**moments))
        return texts(document)

    assert {"Started08:40:00", "Mitigated08:43:30, after 3 min 30 s", "Resolved08:45:00, after 5 min"} <= set(shown(5))
    assert {"Mitigated10:46, T+2:06", "Resolved11:40, T+3:00"} <= set(shown(180))
    assert "Resolved25 Mar 08:40, after 21 d" in shown(21 * 24 * 60)


def test_a_deployment_is_over_where_an_incident_is_resolved() -> None:
    document = examples.deployment()
    assert any(text.startswith("Over") for text in texts(document))
    assert not any("esolved" in text for text in texts(document))
    assert "Over after 25 min" in (drawn(document).findtext(f"{SVG}desc") or "")


def test_what_is_not_over_says_so_in_words_too() -> None:
    document = Incident(
        id="INC-2026-03-04-001", title="x",
        milestones=Milestones(started=WHEN, detected=WHEN + timedelta(minutes=4)),
    )  # fmt: skip
    assert "Detected after 4 min, not resolved." in (drawn(document).findtext(f"{SVG}desc") or "")


def test_a_few_entries_that_stand_evenly_are_never_cut_apart() -> None:
    """Each of six gaps may take a large share of five minutes; none of them is empty time."""
    seconds = (0, 24, 33, 53, 61, 93, 210, 300)
    assert Scale([WHEN + timedelta(seconds=n) for n in seconds], 0, 800, 60).gaps == []


def test_failed_commands_are_named_before_those_that_succeeded() -> None:
    commands = [
        Command(id=f"C{n}", at=WHEN + timedelta(seconds=n), command=f"make step-{n}", exit_status=int(n > 16))
        for n in range(20)
    ]
    shown = texts(Incident(id="INC-2026-03-04-001", title="x", commands=commands))
    assert {"make step-17", "make step-18", "make step-19"} <= set(shown)


def test_an_empty_document_has_a_picture_too() -> None:
    document = Deployment(id="DEP-2026-03-04-001", title="Nothing yet")
    assert "Nothing is on record yet." in texts(document)


def test_a_secrets_mark_keeps_its_kind_and_no_number_that_the_report_gives_to_another() -> None:
    entry = TimelineEntry(id="E", at=WHEN, text="used [redacted:github-token:9f3a2c41] and [redacted:password#3]")
    document = Incident(id="INC-2026-03-04-001", title="x", timeline=[entry])
    assert "used [redacted:github-token] and [redacted:password]" in texts(document)


@given(st.text(max_size=60), st.floats(0, 300), st.booleans())
def test_a_cut_text_fits_and_what_fits_is_not_cut(text: str, room: float, mono: bool) -> None:
    line = plain(text)
    short = cut(line, 12, room, mono=mono)
    assert width_of(short, 12, mono=mono) <= room or short == ""
    if width_of(line, 12, mono=mono) <= room:
        assert short == line


def test_the_table_of_widths_vouches_for_what_it_knows_only() -> None:
    assert is_sure("Café “au lait” – 3 × 4 …")
    assert not any(is_sure(text) for text in FOREIGN[:5])


# ------------------------------------------------------------------------------------------------------ beside a report


def test_filing_writes_the_picture_and_the_report_shows_it(runbook: Runbook, repository: Path) -> None:
    runbook("start", "Disk full on db-1", cwd=repository, check=0)
    runbook("log", "df says 100 %", "--kind", "observation", check=0)
    filed = json.loads(runbook("render", "--format", "json", check=0).stdout)
    folder = repository / filed["path"]
    picture = (folder / "timeline.svg").read_text(encoding="utf-8")
    assert "df says 100 %" in picture
    alt = re.search(r"!\[(.*)\]\(timeline\.svg\)", (folder / "report.md").read_text(encoding="utf-8"))
    assert alt
    assert alt[1] in picture


def test_the_team_can_do_without_it(runbook: Runbook, repository: Path) -> None:
    """Switched off, the file goes with the next report, in the same commit."""
    runbook("start", "Disk full on db-1", cwd=repository, check=0)
    filed = json.loads(runbook("render", "--format", "json", check=0).stdout)
    folder = repository / filed["path"]
    assert (folder / "timeline.svg").is_file()
    (repository / "runbook.toml").write_text("[report]\npicture = false\n", encoding="utf-8")
    runbook("log", "df says 100 %", "--id", filed["id"], check=0, cwd=repository)
    runbook("render", filed["id"], check=0, cwd=repository)
    assert not (folder / "timeline.svg").exists()
    assert "timeline.svg" not in (folder / "report.md").read_text(encoding="utf-8")
    import subprocess

    shown = subprocess.run(
        ["git", "status", "--porcelain", "--", "incidents"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert shown.stdout == ""


def test_scrub_takes_a_secret_out_of_the_picture_even_where_it_was_cut(runbook: Runbook, repository: Path) -> None:
    secret = "tr0ub4dor-" * 5
    runbook("start", "Disk full on db-1", cwd=repository, check=0)
    runbook("log", f"{'x' * 30} the vault says {secret}", check=0)
    filed = json.loads(runbook("render", "--format", "json", check=0).stdout)
    picture = repository / filed["path"] / "timeline.svg"
    assert "tr0ub4dor" in picture.read_text(encoding="utf-8")
    runbook("scrub", filed["id"], "--secret", "-", input=secret, cwd=repository, check=0)
    assert "tr0ub" not in picture.read_text(encoding="utf-8")


def test_settings_name_a_severity_as_the_team_does() -> None:
    picture = timeline_svg(examples.incident(), settings=Settings(severities={"high": "SEV2"}))
    assert "SEV2" in picture


def short(*later: tuple[timedelta, str, str]) -> Incident:
    """An incident of 75 minutes, with what was put on record afterwards."""
    rows = [
        (timedelta(), "alert", "Checkout refuses cards"),
        (timedelta(minutes=40), "change", "Proxy reloaded"),
        *later,
    ]
    return Incident(
        id="INC-2026-03-04-001",
        title="Checkout",
        severity="critical",
        status="resolved",
        milestones=Milestones(
            started=WHEN, detected=WHEN + timedelta(minutes=5), resolved=WHEN + timedelta(minutes=75)
        ),
        timeline=[
            TimelineEntry(id=f"E{number}", at=WHEN + after, kind=kind, text=text)
            for number, (after, kind, text) in enumerate(rows)
        ],
    )


def test_what_is_recorded_weeks_later_does_not_push_the_incident_to_the_edge() -> None:
    """It is counted, not drawn: to scale an incident of 75 minutes would be a line."""
    late = short((timedelta(days=80), "note", "The vendor has answered"))
    picture, alone = timeline_svg(late), timeline_svg(short())
    assert "The vendor" not in picture
    assert "resolved · 1 h 15 min · 1 change · 1 later entry left out<" in picture
    assert "1 later entry left out.</desc>" in picture
    assert re.findall(r'class="flag.*', picture) == re.findall(r'class="flag.*', alone)
    next_morning = timeline_svg(short((timedelta(hours=9), "verification", "Still fine")))
    assert "Still fine" in next_morning
    assert "left out" not in next_morning


def test_what_became_of_the_record_is_no_change_of_the_system() -> None:
    """A severity corrected after the end, a status that publishing sets, are neither drawn nor counted."""
    picture = timeline_svg(
        short(
            (timedelta(minutes=20), "change", "Severity: high → critical"),
            (timedelta(hours=8), "change", "Status: resolved → in-review"),
            (timedelta(days=30), "change", "Severity: critical → high"),
        )
    )
    assert "· 1 change<" in picture
    assert "Severity: high → critical" in picture
    assert "in-review" not in picture
    assert "critical → high" not in picture
    assert "left out" not in picture


def test_a_picture_of_one_moment_says_when_it_was() -> None:
    """The first label has room left of its line, and brings the day with it."""
    one = short().model_copy(update={"milestones": Milestones(), "timeline": short().timeline[:1]})
    picture = timeline_svg(one)
    assert ">07:40:00</text>" in picture
    assert ">4 Mar</text>" in picture


def test_a_label_without_room_leaves_its_day_to_the_next() -> None:
    zone = short().model_copy(update={"zone": "America/Argentina/ComodRivadavia"})
    assert ">4 Mar</text>" in timeline_svg(zone)


def test_what_came_before_the_start_is_told_so_and_not_as_a_negative_length() -> None:
    """Clocks that disagree, or a start that was marked too late: lint asks for it, sentences make sense until then."""
    marks = Milestones(started=WHEN, detected=WHEN - timedelta(minutes=5), resolved=WHEN + timedelta(minutes=75))
    early = short().model_copy(update={"milestones": marks})
    assert "Detected 5 min before the start, resolved after 1 h 15 min." in timeline_svg(early)
    assert "**How long:** detected 5 min before the start, resolved after 1 h 15 min" in render_report(
        early, settings=Settings()
    )
    shown = " ".join(short_view(early, width=100).split())
    assert "time to detect: 5 min before the start, to acknowledge not recorded" in shown
