"""Writing signature files for tests: a whole one that is right, to be broken in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
title: A port is taken
severity: high
summary: "Port {port} is held by something else."
applies_to: [output]
match:
  any:
    - regex: 'port (?P<port>\\d+) is already taken'
captures:
  port: PORT
why: |
  Two programs cannot listen on one port.
fix:
  text: "Free port {port}, or use another."
  wrong: "ports: [\\"{port}:{port}\\"]"
  right: "ports: [\\"4001:{port}\\"]"
verify:
  - "ss -ltn 'sport = :{port}'"
prevention:
  - Every deployment has a port of its own
references:
  - https://example.org/ports
related: []
examples:
  match:
    - text: "error: port 4000 is already taken"
      source: a made-up program
  no_match:
    - text: "port 4000 is free"
      source: a made-up program
"""


def write(folder: Path, identity: str, text: str = GOOD) -> Path:
    path = folder / f"{identity}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str, text: str = GOOD) -> str:
    assert old in text, f"{old!r} is not in the file"
    return text.replace(old, new, 1)


def with_rule(rule: str, *, match: str, applies_to: str = "output") -> str:
    """A whole file with another rule (YAML below ``match:``) and a text that it must find."""
    text = changed("  any:\n    - regex: 'port (?P<port>\\d+) is already taken'\n", rule)
    text = changed("error: port 4000 is already taken", match, text)
    return changed("[output]", f"[{applies_to}]", text)
