"""``runbook explain``: one known failure as a page to read."""

from __future__ import annotations

import textwrap

from runbook.cli.output import add_format, emit_json, paint, parser, safe, width
from runbook.flow.signatures import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run(argv: list[str]) -> int:
    """Print the page of a signature."""
    arguments = parser(
        "explain",
        "What a known failure is, how to fix it, how to see that it is gone, how to prevent it.",
        epilog="example:\n  runbook explain net/port-already-in-use",
    )
    arguments.add_argument(
        "signature", metavar="SIGNATURE", help="id as scan prints it, such as net/port-already-in-use"
    )
    arguments.add_argument("--repo", metavar="PATH", help="the repository whose own signatures count")
    add_format(arguments)
    options = arguments.parse_args(argv)
    return show(options.signature, options.repo, options.format)


def show(name: str, repo: str | None, how: str) -> int:
    """Print one signature as ``text`` or ``json``."""
    if how == "json":
        emit_json(describe(name, repo))
    else:
        print(page(describe(name, repo, filled=True), min(width(), 80)))
    return 0


def page(known: dict[str, Any], columns: int) -> str:
    """The whole signature as text, ``columns`` wide; commands and configuration keep their lines."""
    lines = [
        f"{paint(safe(known['id']), 'bold')}  {known['severity']}  ({', '.join(known['applies_to'])})",
        *_wrapped(known["title"], columns),
        "",
        *_wrapped(known["summary"], columns),
        *_section("Why", _prose(known["why"], columns)),
        *_section("Fix", _prose(known["fix"]["text"], columns)),
    ]
    for label in ("wrong", "right"):
        if text := known["fix"][label]:
            lines += ["", f"  {label}:", *(f"    {safe(line)}" for line in text.rstrip().split("\n"))]
    lines += _section("Check that it is gone", [f"  {safe(command)}" for command in known["verify"]])
    prevention = [line for item in known["prevention"] for line in _wrapped(item, columns, "  - ", "    ")]
    lines += _section("Prevent it", prevention)
    lines += _section("Read more", [f"  {safe(reference)}" for reference in known["references"]])
    lines += _section("Related", [f"  {safe(related)}" for related in known["related"]])
    return "\n".join(lines)


def _section(title: str, body: list[str]) -> list[str]:
    return ["", paint(title, "bold"), *body] if body else []


def _prose(text: str, columns: int) -> list[str]:
    """Paragraphs filled anew; list items and indented or fenced lines as they are."""
    lines: list[str] = []
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            lines.append("")
        rows = paragraph.split("\n")
        if any(row.startswith(("    ", "```", "- ", "* ", "1. ")) for row in rows):
            lines += [f"  {safe(row)}" for row in rows]
        else:
            lines += _wrapped(" ".join(rows), columns, "  ", "  ")
    return lines


def _wrapped(text: str, columns: int, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        safe(" ".join(text.split())),
        columns,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
