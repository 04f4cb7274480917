"""The detector ``json_syntax``: whether a JSON file can be read, and keys that stand twice.

Comments and trailing commas are allowed in the files whose programs allow them (``tsconfig.json``, ``.vscode/*.json``,
``appsettings.json`` of .NET, ``*.jsonc``).
"""

from __future__ import annotations

import json
import re

from runbook.detect.artefacts.artefact import Artefact, Reported
from runbook.detect.artefacts.config.flavour import flavour, is_template

DETECTOR = "json_syntax"
_CODES = frozenset({"syntax", "duplicate-key"})
_WITH_COMMENTS = re.compile(
    r"(?:^|/)(?:tsconfig[\w.-]*|jsconfig[\w.-]*|devcontainer|\.devcontainer|\.eslintrc|\.babelrc|\.swcrc|\.hintrc|language-configuration|"
    r"api-extractor|appsettings[\w.-]*|deno|renovate|\.renovaterc|wrangler|turbo|biome|nx|launch|tasks|settings|extensions|keybindings)\.json$|\.jsonc$|"
    r"(?:^|/)\.vscode/|\.code-workspace$"
)


def codes() -> frozenset[str]:
    """What can be wrong."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What is wrong with the JSON itself; nothing for other files."""
    if flavour(artefact) != "json" or not artefact.text.strip():
        return []
    text = artefact.text.removeprefix("\ufeff")
    if _WITH_COMMENTS.search(artefact.path.replace("\\", "/").lower()):
        text = without_comments(text)
    duplicates: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, value in items:
            if key in values:
                duplicates.append(key)
            values[key] = value
        return values

    try:
        json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        if is_template(artefact) or _is_lines_of_json(text):
            return []
        message = _explained(error, text)
        return [_at("syntax", error.lineno, error.colno, problem=message, message=message)]
    except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
        return [_at("syntax", 1, 1, problem="is more than is read", message="is more than is read")]
    return [one for key in dict.fromkeys(duplicates) if (one := _duplicate(artefact, key)) is not None]


def _duplicate(artefact: Artefact, key: str) -> Reported | None:
    """The last place of the key; a nested object may use the name too, so the place is the most likely one."""
    quoted = json.dumps(key, ensure_ascii=False)
    places = [at for at, line in enumerate(artefact.lines, 1) if re.search(re.escape(quoted) + r"\s*:", line)]
    if not places:
        return None
    column = artefact.lines[places[-1] - 1].find(quoted) + 1
    return _at("duplicate-key", places[-1], column, key=key, first=str(places[0]))


def _at(code: str, line: int, column: int, *, message: str = "", **captures: str) -> Reported:
    return Reported(DETECTOR, code, line=line, column=column, message=message, captures=captures)


def _explained(error: json.JSONDecodeError, text: str) -> str:
    """The parser's words, and what is usually behind them."""
    before = text[: error.pos].rstrip()
    after = text[error.pos : error.pos + 2]
    message = error.msg[:1].lower() + error.msg[1:]
    if after[:1] in {"}", "]"} and before.endswith(","):
        return "a comma stands before the closing bracket"
    if after in {"//", "/*"} or after[:1] == "#":
        return "a comment; JSON has none"
    if after[:1] == "'":
        return "single quotes; JSON text stands in double quotes"
    if "Expecting ',' delimiter" in error.msg:
        return "a comma is missing before this, or a bracket was not closed"
    return message


def _is_lines_of_json(text: str) -> bool:
    """Whether this is one JSON value a line, as logs are, and no settings file."""
    first, _newline, rest = text.lstrip().partition("\n")
    try:
        json.loads(first)
    except ValueError:
        return False
    return bool(rest.strip())


def without_comments(text: str) -> str:
    """``text`` with comments and trailing commas as blanks, so that every place stays where it was."""
    made: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == '"':
            end = at + 1
            while end < len(text) and text[end] != '"' and text[end] != "\n":
                end += 2 if text[end] == "\\" else 1
            made.append(text[at : end + 1])
            at = end + 1
        elif text.startswith("//", at):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            made.append(" " * (end - at))
            at = end
        elif text.startswith("/*", at):
            end = text.find("*/", at + 2)
            end = len(text) if end < 0 else end + 2
            made.append(re.sub(r"[^\n]", " ", text[at:end]))
            at = end
        else:
            made.append(char)
            at += 1
    return re.sub(r",(\s*[}\]])", r" \1", "".join(made))
