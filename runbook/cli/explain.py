"""``runbook explain``: one known failure as a page to read."""

from __future__ import annotations

from runbook.cli.output import SEVERITY_COLOUR, add_format, clip, emit_json, paint, parser, safe, width
from runbook.flow.signatures import describe
from runbook.model.cells import cells, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WIDEST = 100
"""Columns of a page on a wider terminal: longer lines are hard to read."""


def run(argv: list[str]) -> int:
    """Print the page of a signature."""
    arguments = parser(
        "explain",
        "What a known failure is, how to fix it, how to see that it is gone, how to prevent it.",
        epilog="example:\n  runbook explain net/port-already-in-use\n\n"
        "On a terminal a long page goes through $PAGER (less, if that is not set).",
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
        from runbook.cli.pager import page_out

        page_out(page(describe(name, repo, filled=True), min(width(), WIDEST)))
    return 0


def page(known: dict[str, Any], columns: int) -> str:
    """The whole signature as text, ``columns`` wide; commands, configuration and addresses keep their lines."""
    severity = paint(known["severity"], SEVERITY_COLOUR[known["severity"]])
    lines = [
        f"{paint(safe(known['id']), 'bold')}  {severity}  ({', '.join(known['applies_to'])})",
        *_wrapped(known["title"], columns),
        "",
        *_wrapped(known["summary"], columns),
        *_section("Why", _prose(known["why"], columns)),
        *_section("Fix", [*_prose(known["fix"]["text"], columns), *_change(known["fix"], columns)]),
        *_section("Check that it is gone", [f"  {safe(command)}" for command in known["verify"]]),
    ]
    prevention = [line for item in known["prevention"] for line in _wrapped(item, columns, "  - ", "    ")]
    lines += _section("Prevent it", prevention)
    lines += _section("Read more", [f"  {safe(reference)}" for reference in known["references"]])
    lines += _section("Related", _titled(known["related_titles"], columns))
    lines += _section("Seen here", _titled({each["id"]: each["title"] for each in known["seen_in"]}, columns))
    return "\n".join(lines)


def _section(title: str, body: list[str]) -> list[str]:
    return ["", paint(title, "bold"), *body] if body else []


def _change(fix: dict[str, str], columns: int) -> list[str]:
    """The change of text: beside each other where both fit and are more than a line, else one below the other."""
    wrong, right = ([safe(line) for line in fix[name].rstrip().split("\n")] for name in ("wrong", "right"))
    if not fix["wrong"] or not fix["right"]:
        return [line for name in ("wrong", "right") if fix[name] for line in _stacked(name, fix[name])]
    left = max(map(cells, wrong)) + 4
    if max(len(wrong), len(right)) == 1 or left + max(map(cells, right)) + 2 > columns:
        return [*_stacked("wrong", fix["wrong"]), *_stacked("right", fix["right"])]
    left = max(left, len("wrong:") + 2)
    rows = ["", f"  {paint('wrong:', 'red')}{' ' * (left - len('wrong:'))}{paint('right:', 'green')}"]
    for number in range(max(len(wrong), len(right))):
        first = wrong[number] if number < len(wrong) else ""
        second = right[number] if number < len(right) else ""
        rows.append(f"    {first}{' ' * (left - cells(first))}{second}".rstrip())
    return rows


def _stacked(name: str, text: str) -> list[str]:
    colour = "red" if name == "wrong" else "green"
    return ["", f"  {paint(f'{name}:', colour)}", *(f"    {safe(line)}" for line in text.rstrip().split("\n"))]


def _titled(titles: dict[str, str], columns: int) -> list[str]:
    """Ids with what they are called, the titles below each other where that leaves them room."""
    longest = max(map(len, titles), default=0)
    room = columns - longest - 4
    if room < 20:
        return [
            line for name, title in titles.items() for line in (f"  {safe(name)}", f"    {clip(title, columns - 4)}")
        ]
    lines = []
    for name, title in titles.items():
        rows = _wrapped(title, room) or [""]
        lines += [
            f"  {safe(name):<{longest}}  {rows[0]}".rstrip(),
            *(f"{' ' * (longest + 4)}{row}" for row in rows[1:]),
        ]
    return lines


def _prose(text: str, columns: int) -> list[str]:
    """Paragraphs and list items filled anew; indented and fenced lines as they are."""
    lines: list[str] = []
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            lines.append("")
        rows = paragraph.split("\n")
        if any(row.startswith(("    ", "```")) for row in rows):
            lines += [f"  {safe(row)}" for row in rows]
        elif rows[0].startswith(("- ", "* ", "1. ")):
            lines += [line for item in _items(rows) for line in _wrapped(item[2:], columns, f"  {item[:2]}", "    ")]
        else:
            lines += _wrapped(" ".join(rows), columns, "  ", "  ")
    return lines


def _items(rows: list[str]) -> list[str]:
    """List items, each on one line with its mark."""
    items: list[str] = []
    for row in rows:
        if items and not row.startswith(("- ", "* ")) and not row[:1].isdigit():
            items[-1] += " " + row.strip()
        else:
            items.append(row)
    return items


def _wrapped(text: str, columns: int, first: str = "", rest: str = "") -> list[str]:
    return wrap(safe(" ".join(text.split())), columns, first=first, following=rest, whole_words=True, whole_code=True)
