"""The README shows what the program does, not what it once did."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ptydriver import Terminal

from runbook.cli.main import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Runbook

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[list[str]]:
    """Every `runbook …` in code, as words."""
    found = re.findall(r"`(?:[^`|]*\| )?runbook ([^`\n]+)`", text)
    found += [line.split("runbook ", 1)[1] for line in re.findall(r"^\$ .*runbook .*$", text, re.MULTILINE)]
    return [shlex.split(line.replace("…", "").replace("\\|", "|"), comments=True, posix=True) for line in found]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)):
        if not target.startswith(("http:", "https:", "#")):
            assert ((ROOT / page).parent / target.split("#")[0]).exists(), f"{page} links to {target}"


@pytest.mark.parametrize("page", PAGES)
def test_every_verb_and_option_exists(page: str, help_page: Callable[..., str]) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    helps: dict[str, str] = {}
    for words in commands(text):
        if words and words[0] == "--version":
            continue
        own = words[: words.index("--")] if "--" in words else words
        verb = next((word for word in own if not word.startswith("-")), "")
        if not re.fullmatch(r"[a-z]+", verb):
            continue  # `runbook --help`, `runbook VERB`
        assert verb in VERBS, f"{page}: runbook {' '.join(words)}"
        if verb not in helps:
            helps[verb] = help_page(verb, "--help")
        for option in [word.split("=")[0] for word in own if word.startswith("--") and len(word) > 2]:
            nested = helps[verb] + "".join(
                help_page(verb, word, "--help") for word in own[1:2] if verb == "signatures" and word.isalpha()
            )
            assert option in nested, f"{page}: runbook {' '.join(words)}: no {option}"


def test_the_excerpt_of_the_report_is_the_report_s_own() -> None:
    report = (ROOT / "incidents/2026/INC-2026-02-11-001/report.md").read_text(encoding="utf-8")
    plain = re.sub(r" ?<!-- .*? -->", "", report)
    excerpt = [line.removeprefix("> ").rstrip() for line in README.splitlines() if line.startswith("> ")]
    shown = [part.strip() for part in " ".join(excerpt).split("…")]
    flat = " ".join(plain.split())
    for part in shown:
        for piece in re.split(r"(?= # | ## | - \*\*Why| \| )", " " + part):
            wanted = " ".join(piece.split()).strip(" |")
            assert wanted in flat, wanted


def test_the_hint_is_what_a_terminal_shows(home: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's session, with a docker that fails as Docker Engine does."""
    (block,) = [one for one in blocks("console") if "known: net/port-already-in-use" in one]
    first, *rest = block.splitlines()
    said = rest[: rest.index("")]
    program = home / "bin/docker"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(said) + "\nEND\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    runbook("start", "Plexus dashboards deployment fails", check=True)
    words = shlex.split(first.removeprefix("$ runbook "))
    with Terminal([sys.executable, "-m", "runbook", *words]) as terminal:
        terminal.ends()
        seen = [line.rstrip() for line in terminal.text.splitlines()]
    dated = re.compile(r"\d+\.\d s")
    shown = [dated.sub("0.0 s", line) for line in seen if line]
    assert shown == [dated.sub("0.0 s", line) for line in rest if line]


def test_start_prints_what_the_readme_shows(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del home
    monkeypatch.setenv("TZ", "Europe/Berlin")
    (block,) = [one for one in blocks("console") if "recording since" in one]
    first, *rest = block.splitlines()
    with Terminal([sys.executable, "-m", "runbook", *shlex.split(first.removeprefix("$ runbook "))]) as terminal:
        terminal.ends()
        seen = terminal.text.splitlines()
    varies = re.compile(r"INC-[\d-]+|\d\d:\d\d")
    assert [varies.sub("X", line).rstrip() for line in seen[: len(rest)]] == [varies.sub("X", line) for line in rest]


def test_the_guard_says_what_the_readme_shows(home: Path, runbook: Runbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's session, with a docker that answers as Docker Engine does."""
    (block,) = [one for one in blocks("console") if "Enter to stop:" in one]
    first, *rest = block.splitlines()
    folder = home / "plexus"
    (home / "bin").mkdir()
    folder.mkdir()
    (folder / "docker-compose.yml").write_text("services: {}\n")
    row = f"ca32646934af\tplexus\tplexus:latest\tUp 2 hours\t0.0.0.0:4000->4000/tcp\t\tplexus\t{folder}\tapp"
    (home / "bin/docker").write_text(f"#!/bin/sh\ncat <<'END'\n{row}\nEND\n")
    (home / "bin/docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{home / 'bin'}:/usr/bin:/bin")
    runbook("start", "Plexus dashboards deployment fails", check=True)
    words = shlex.split(first.removeprefix("$ runbook "))
    with Terminal([sys.executable, "-m", "runbook", *words], cwd=str(folder)) as terminal:
        terminal.sees("Enter to stop:")
        seen = terminal.lines
        terminal.type("\r")
        assert terminal.ends() == 125
    assert [line for line in seen if line] == rest
