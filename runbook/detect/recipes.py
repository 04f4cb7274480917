"""What a task runner would run, read from its file: make, just, and the scripts of a package.json. Nothing is started.

Only what such a file says in plain words is known: conditionals of make, its functions and included files are not.
"""

from __future__ import annotations

import json
import os.path
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.commands import SimpleCommand

    Reader = Callable[[str], str | None]

MAKES = frozenset({"make", "gmake", "bmake"})
PACKAGES = frozenset({"npm", "yarn", "pnpm", "bun"})
RUNNERS = MAKES | PACKAGES | {"just"}
"""Programs whose recipes are read."""

MAX_TARGETS = 50

_MAKE_WITH_VALUE = frozenset({"-C", "-f", "-I", "-j", "-l", "-o", "-W", "--directory", "--file", "--makefile"})
_MAKE_DRY = frozenset({"-n", "--just-print", "--dry-run", "--recon", "-q", "--question", "-h", "--help", "--version"})
_JUST_DRY = frozenset({"-n", "--dry-run", "-l", "--list", "--show", "-s", "--summary", "--help", "-h", "--evaluate"})
_DEFINITION = re.compile(r"^(?:export\s+)?([\w.-]{1,60})\s{0,20}(?::{1,3}|\?|\+)?=\s{0,20}(.{0,500})$")
_RULE = re.compile(r"^@?([^\s:=#][^:=#]{0,200}?)\s{0,20}:{1,2}(?!=)([^=#]{0,500})")
_RECIPE = re.compile(r"^@?([\w-]{1,60})(?:[ \t][^:#]{0,200})?:(?!=)([^=#]{0,500})")
"""A rule of just: parameters, with their defaults, stand behind the name."""

_REFERENCE = re.compile(r"\$[({]([\w.-]{1,60})[)}]")
_LIFECYCLE = frozenset({"start", "stop", "test", "restart", "publish", "install"})


def recipe_of(command: SimpleCommand, cwd: str, read: Reader) -> tuple[str, str, str] | None:
    """The file, the folder and the shell text that a task runner would run; None where that is not to be known.

    Args:
        command: of one of :data:`RUNNERS`.
        cwd: the folder in which it would run.
        read: the text of a file at an absolute path; None where there is none.
    """
    if command.program in MAKES:
        return _make(command, cwd, read)
    return _just(command, cwd, read) if command.program == "just" else _package(command, cwd, read)


def _make(command: SimpleCommand, cwd: str, read: Reader) -> tuple[str, str, str] | None:
    args = command.args
    if _MAKE_DRY.intersection(args):
        return None
    folder, names, targets, given = cwd, ["GNUmakefile", "makefile", "Makefile"], [], {}
    at = 0
    while at < len(args):
        arg, value = args[at], args[at + 1] if at + 1 < len(args) else ""
        if arg in _MAKE_WITH_VALUE:
            at += 1 if arg not in {"-j", "-l"} or value.replace(".", "").isdigit() else 0
            folder = os.path.join(folder, value) if arg in {"-C", "--directory"} else folder
            names = [value] if arg in {"-f", "--file", "--makefile"} else names
        elif arg.startswith("--directory="):
            folder = os.path.join(folder, arg.split("=", 1)[1])
        elif "=" in arg and not arg.startswith("-"):
            given[arg.split("=", 1)[0]] = arg.split("=", 1)[1]
        elif not arg.startswith("-"):
            targets.append(arg)
        at += 1
    for name in names:
        text = read(os.path.normpath(os.path.join(folder, name)))
        if text is not None:
            return name, folder, make_recipe(text, targets, given)
    return None


def _just(command: SimpleCommand, cwd: str, read: Reader) -> tuple[str, str, str] | None:
    if _JUST_DRY.intersection(command.args):
        return None
    targets = [arg for arg in command.args if not arg.startswith("-") and "=" not in arg][:1]
    for name in ("justfile", "Justfile", ".justfile"):
        text = read(os.path.join(cwd, name))
        if text is not None:
            return name, cwd, make_recipe(text, targets, {}, rule=_RECIPE)
    return None


def make_recipe(text: str, targets: list[str], given: dict[str, str], *, rule: re.Pattern[str] = _RULE) -> str:
    """The shell lines of these targets of a Makefile or justfile and of what they need, in the order they would run.

    Args:
        text: the file.
        targets: none means the first one.
        given: variables set on the command line.
        rule: what the first line of a rule looks like.
    """
    variables, needs, lines, first = _read_rules(text, rule)
    variables.update(given)
    wanted = targets or first[:1]
    done: dict[str, list[str]] = {}

    def visit(target: str, depth: int) -> None:
        if target in done or len(done) >= MAX_TARGETS or depth > MAX_TARGETS:
            return
        done[target] = []
        for need in needs.get(target, ()):
            visit(need, depth + 1)
        done[target] = lines.get(target, [])
        order.append(target)

    order: list[str] = []
    for target in wanted:
        visit(target, 0)
    return "\n".join(_filled(line, variables) for target in order for line in done[target])


def _read_rules(
    text: str, rule: re.Pattern[str]
) -> tuple[dict[str, str], dict[str, list[str]], dict[str, list[str]], list[str]]:
    """Variables; what each target needs; its lines; the targets in order."""
    variables: dict[str, str] = {}
    needs: dict[str, list[str]] = {}
    lines: dict[str, list[str]] = {}
    first: list[str] = []
    current: list[str] = []
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").split("\n"):
        if line[:1] in {"\t", " "} and line.strip():
            for target in current:
                lines.setdefault(target, []).append(line.strip().lstrip("@-+ "))
            continue
        if definition := _DEFINITION.match(line):
            variables[definition[1]] = definition[2].strip().strip("'\"")
        elif begins := rule.match(line):
            after, _semicolon, inline = begins[2].partition(";")
            current = [name for name in begins[1].split() if re.fullmatch(r"[\w./%-]+", name)]
            for target in current:
                needs.setdefault(target, []).extend(after.replace("|", " ").split())
                if inline.strip():
                    lines.setdefault(target, []).append(inline.strip().lstrip("@-+ "))
            first += [target for target in current if not target.startswith(".")]
        elif line.strip() and not line.startswith("#"):
            current = []
    return variables, needs, lines, first


def _filled(line: str, variables: dict[str, str]) -> str:
    """With the file's own variables, and ``$$`` as the shell will see it."""
    for _round in range(3):
        filled = _REFERENCE.sub(lambda match: variables.get(match[1], match[0]), line)
        filled = re.sub(r"\{\{\s{0,5}([\w-]{1,60})\s{0,5}\}\}", lambda m: variables.get(m[1], m[0]), filled)
        if filled == line or len(filled) > 4000:
            break
        line = filled
    return line.replace("$(MAKE)", "make").replace("${MAKE}", "make").replace("$$", "$")


def _package(command: SimpleCommand, cwd: str, read: Reader) -> tuple[str, str, str] | None:
    """``npm run NAME``, ``yarn NAME``: the script with those before and after it."""
    folder, words = cwd, []
    at = 0
    while at < len(command.args):
        arg = command.args[at]
        if arg == "--":
            break
        if arg in {"--prefix", "-C", "--cwd", "--dir", "-w", "--workspace", "--filter"}:
            value = command.args[at + 1] if at + 1 < len(command.args) else ""
            folder = os.path.join(folder, value) if arg not in {"-w", "--workspace", "--filter"} else folder
            at += 1
        elif not arg.startswith("-"):
            words.append(arg)
        at += 1
    if words[:1] in (["run"], ["run-script"], ["rum"]):
        words = words[1:]
    elif command.program in {"npm", "bun"} and words[:1] and words[0] not in _LIFECYCLE:
        return None
    text = read(os.path.normpath(os.path.join(folder, "package.json"))) if words else None
    if text is None:
        return None
    try:
        scripts = json.loads(text)["scripts"]
        found = [scripts[name] for name in (f"pre{words[0]}", words[0], f"post{words[0]}") if name in scripts]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return ("package.json", folder, "\n".join(map(str, found))) if found else None
