"""The detector ``script``: queries over shell scripts for what ShellCheck does not say."""

from __future__ import annotations

import re

from runbook.detect.artefacts.artefact import Artefact, Reported
from runbook.detect.commands import simple_commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runbook.detect.commands import SimpleCommand

DETECTOR = "script"
MAX_LINE = 2000
"""Characters. Longer lines were made by a program, and patterns over them would take their time."""

_CODES = frozenset(
    {
        "carriage-return",
        "name-is-a-prefix",
        "failure-swallowed",
        "errors-only-printed",
        "cleanup-without-trap",
        "restore-nested",
    }
)
_CHECKING_NAME = re.compile(
    r"(?i)(?:^|[-_.])(?:check|checks|verify|health|healthcheck|smoke|validate|test|probe)(?:[-_.]|$)"
)
_LISTS_NAMES = re.compile(
    r"\b(?:docker(?:-compose| compose| container)? (?:ps|ls)|docker (?:images|image ls|network ls|volume ls)|podman ps|"
    r"podman images|kubectl get|systemctl list-units|ps (?:aux|-ef|-e))\b[^|]*\|\s*grep\s+"
    r"((?:-[a-zA-Z]+\s+|--\w[\w-]*\s+)*)([\"']?)([A-Za-z$][\w.${}-]*)\2\s*(.*)$"
)
_CHECKS = re.compile(
    r"^\s*(?:sudo\s+)?(?:curl|wget|nc|pg_isready|mysqladmin ping|redis-cli|test|\[|\[\[|systemctl is-active|pytest|"
    r"docker (?:inspect|exec|compose ps)|npm (?:test|run test)|kubectl (?:rollout status|wait))\b"
)
_ASKS_HEALTH = re.compile(r"^\s*(?:sudo\s+)?(?:curl|wget)\s.*/(?:health\w*|ready\w*|live(?:ness|z)?|ping|status)\b")
_SWALLOWED = re.compile(r"\|\|\s*(?:true|:|/bin/true)\s*(?:#.*)?$")
_IF_ERRORS = re.compile(
    r"^\s*if\s+(?!!)(.*\|\s*)?grep\s[^|;]*(?i:error|fatal|fail|panic|exception)[^|;]*(?:;\s*then)?\s*(?:#.*)?$"
)
_IF_ERRORS_PIPED = re.compile(
    r"^\s*if\s+(?!!).*\b(?:logs|journalctl|tail|cat)\b.*\|\s*grep\s.*(?i:error|fatal|fail|panic|exception)"
)
_COUNTED = re.compile(
    r"^\s*(?:local\s+|declare\s+)?(\w+)=[\"']?(?:\$\(|\x60)[^#]*\b(?:logs|journalctl|tail|cat)\b.*\|\s*grep\s.*(?i:error|fatal|fail|panic|exception)"
)
_IF_COUNTED = re.compile(r"^\s*if\s+(?!!)(?:\[\[?|test|\(\()\s.*\$\{?(\w+)\}?|^\s*if\s+\(\(\s*(\w+)\s*>")
_SOME_FOUND = re.compile(r"\s-(?:gt|ge|ne|n)\s|!=|>")
_ENDS_BADLY = re.compile(
    r"\b(?:exit|return)\b|\(\(|\b(?:false|die|fail|abort|kill|failed|failures?|errors?|status|rc|ok)\b\s*(?:[1-9]|=|\+|\)|\"|$|\(\))"
)
_STRICT = re.compile(r"^\s*set\s+(?:-[a-z]*e[a-z]*|-o\s+errexit)|^#!.*\ssh?\s-e|^#!\S+(?:bash|sh)\s+-[a-z]*e")


def codes() -> frozenset[str]:
    """The names of all queries."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What the queries find."""
    found: list[Reported] = []
    for query in _QUERIES:
        found += query(artefact)
    return found


def _at(
    artefact: Artefact, code: str, number: int, text: str = "", *, certain: bool = True, **captures: str
) -> Reported:
    """Report at line ``number`` (1-based), at ``text`` if it stands there."""
    line = artefact.lines[number - 1]
    start = line.find(text) if text else -1
    column = start + 1 if start >= 0 else len(line) - len(line.lstrip()) + 1
    return Reported(
        DETECTOR,
        code,
        line=number,
        column=column,
        end_column=column + len(text) if start >= 0 else 0,
        certain=certain,
        captures=captures,
    )


def _code_lines(artefact: Artefact) -> Iterator[tuple[int, str]]:
    """Lines that are commands: no comments, no bodies of here-documents."""
    mark, indented = "", False
    for number, line in enumerate(artefact.lines, 1):
        if mark:
            if (line.lstrip("\t") if indented else line) == mark:
                mark = ""
            continue
        if line.lstrip().startswith("#") or len(line) > MAX_LINE:
            continue
        yield number, line
        opened = re.search(r"(?<!<)<<(-?)\s*[\"']?(\w+)[\"']?", line)
        if opened is not None and "((" not in line:
            indented, mark = bool(opened[1]), opened[2]


def carriage_return(artefact: Artefact) -> Iterator[Reported]:
    """Windows line ends: the kernel looks for an interpreter whose name ends in a carriage return."""
    if artefact.crlf:
        yield _at(artefact, "carriage-return", artefact.crlf)


def name_is_a_prefix(artefact: Artefact) -> Iterator[Reported]:
    """``docker ps | grep -q app``: ``app-old`` satisfies it, and so does a command line that holds the word."""
    for number, line in _code_lines(artefact):
        match = _LISTS_NAMES.search(line)
        if match is None:
            continue
        options, name, rest = match[1], match[3], match[4]
        if re.search(r"-\w*[wxc]|--word-regexp|--line-regexp|--count|-\w*v", options) or "|" in rest.replace("||", ""):
            continue
        quiet = bool(re.search(r"-\w*q|--quiet|--silent", options)) or "/dev/null" in rest
        decides = quiet or re.match(r"\s*(?:el)?if\b|\s*(?:while|until)\b", line) or "&&" in rest or "||" in rest
        if decides:
            yield _at(
                artefact,
                "name-is-a-prefix",
                number,
                line[match.start() : match.end(3) + len(match[2])],
                check=f"grep {name}",
            )


def failure_swallowed(artefact: Artefact) -> Iterator[Reported]:
    """A check followed by ``|| true``: of a health address, or in a script whose name says that it checks."""
    named = _CHECKING_NAME.search(artefact.name)
    for number, line in _code_lines(artefact):
        if not named and not _ASKS_HEALTH.match(line):
            continue
        swallowed = _SWALLOWED.search(line)
        if swallowed is not None and _CHECKS.match(line) and "$(" not in line.split("||")[0]:
            yield _at(
                artefact,
                "failure-swallowed",
                number,
                swallowed[0].split("#")[0].strip(),
                check=swallowed[0].split("#")[0].strip(),
            )


def errors_only_printed(artefact: Artefact) -> Iterator[Reported]:
    """Errors are looked for and found, a message is printed, and the script goes on to its exit status 0."""
    lines = artefact.lines
    counted: set[str] = set()
    for number, line in _code_lines(artefact):
        if kept := _COUNTED.match(line):
            counted.add(kept[1])
            continue
        asked = _IF_COUNTED.match(line)
        by_variable = asked is not None and (asked[1] or asked[2]) in counted and _SOME_FOUND.search(line)
        if not (by_variable or (_IF_ERRORS.match(line) and "logs" in line) or _IF_ERRORS_PIPED.match(line)):
            continue
        body = []
        for following in lines[number : number + 30]:
            if re.match(r"\s*(?:fi|else|elif)\b", following):
                break
            body.append(following)
        text = "\n".join(body)
        if body and not _ENDS_BADLY.search(text) and re.search(r"\b(?:echo|printf|log|warn|print)\b", text):
            yield _at(artefact, "errors-only-printed", number, line.strip(), check="grep")


def cleanup_without_trap(artefact: Artefact) -> Iterator[Reported]:
    """``set -e``, something is started, and what takes it away stands at the end: a failure leaves it behind."""
    strict = started_at = 0
    names: set[str] = set()
    started = any(program in artefact.text for program in ("docker", "podman"))
    if not started or any(re.match(r"\s*trap\s", line) for line in artefact.lines):
        return
    depth = 0
    for number, line in _code_lines(artefact):
        if _STRICT.search(line) or (number == 1 and _STRICT.search(artefact.lines[0])):
            strict = number
        depth = max(0, depth + _opens(line))
        if not strict or depth:
            continue
        for command in simple_commands(line):
            name = _started(command)
            if name:
                names.add(name)
                started_at = number
            elif _takes_away(command, names) and number > started_at + 1 and command.before != "||":
                yield _at(artefact, "cleanup-without-trap", number, line.strip(), check="set -e")
                return


def _opens(line: str) -> int:
    if re.match(r"\s*(?:function\s+)?[\w-]+\s*\(\)\s*\{?\s*$|\s*function\s+[\w-]+\s*\{?\s*$", line):
        return 1
    return -1 if line.rstrip() == "}" else 0


def _started(command: SimpleCommand) -> str:
    """The name of a container that runs on in the background."""
    args = command.args
    if command.program not in {"docker", "podman"} or args[:1] not in {("run",), ("create",)}:
        return ""
    detached = any(each == "--detach" or re.fullmatch(r"-[a-z]*d[a-z]*", each) for each in args)
    if not detached or ("--rm" in args and "--name" not in args):
        return ""
    for at, each in enumerate(args[:-1]):
        if each == "--name":
            return args[at + 1]
    return next((each.partition("=")[2] for each in args if each.startswith("--name=")), "")


def _takes_away(command: SimpleCommand, names: set[str]) -> bool:
    return (
        command.program in {"docker", "podman"}
        and command.args[:1] in {("rm",), ("stop",), ("kill",)}
        and bool(names & set(command.args))
    )


def restore_nested(artefact: Artefact) -> Iterator[Reported]:
    """An archive of absolute paths, unpacked below a folder: the restored tree lies inside the first."""
    made: dict[str, str] = {}
    for number, line in _code_lines(artefact):
        for command in simple_commands(line) if "tar " in line else ():
            if command.program != "tar" or not command.args:
                continue
            archive, folder, rest = _tar(command.args)
            absolute = next((each for each in rest if each.startswith("/") and each.count("/") > 1), "")
            if _mode(command.args) == "c" and absolute and not folder:
                made[_stem(archive)] = absolute
            elif _unpacks_below(command.args, folder):
                source = made.get(_stem(archive), "")
                if source:
                    yield _at(artefact, "restore-nested", number, "tar", path=source, folder=folder)


def _unpacks_below(args: tuple[str, ...], folder: str) -> bool:
    """Whether an archive is unpacked below a folder that is named absolutely, paths as they are."""
    changed = any("--strip" in each or "--transform" in each for each in args)
    return _mode(args) == "x" and not changed and folder != "/" and (folder.startswith(("/", "~")) or "$" in folder)


def _mode(args: tuple[str, ...]) -> str:
    first = args[0].lstrip("-")
    if args[0].startswith("--"):
        return "c" if "--create" in args else "x" if "--extract" in args or "--get" in args else ""
    return "x" if "x" in first else "c" if "c" in first else ""


def _tar(args: tuple[str, ...]) -> tuple[str, str, list[str]]:
    """Archive, ``-C`` folder and the other words."""
    archive = folder = ""
    rest: list[str] = []
    at = 0
    bundled = not args[0].startswith("--") and args[0].lstrip("-").endswith("f")
    for at_, each in enumerate(args):
        if at > at_:
            continue
        at = at_ + 1
        if (at_ == 0 and bundled) or each in {"-f", "--file"}:
            archive = args[at_ + 1] if at_ + 1 < len(args) else ""
            at += 1
        elif each in {"-C", "--directory"}:
            folder = args[at_ + 1] if at_ + 1 < len(args) else ""
            at += 1
        elif each.startswith("--file="):
            archive = each.partition("=")[2]
        elif each.startswith("--directory="):
            folder = each.partition("=")[2]
        elif not each.startswith("-") and at_ > 0:
            rest.append(each)
    return archive, folder, rest


def _stem(archive: str) -> str:
    """What is the same in ``backup-$(date +%F).tar.gz`` and ``backup-2026-02-11.tar.gz``."""
    name = archive.rsplit("/", 1)[-1]
    return re.split(r"[-_.]?(?:\$|\d{4}|\*)", name)[0].removesuffix(".gz").removesuffix(".tar").removesuffix(".tgz")


_QUERIES: tuple[Callable[[Artefact], Iterator[Reported]], ...] = (
    carriage_return,
    name_is_a_prefix,
    failure_swallowed,
    errors_only_printed,
    cleanup_without_trap,
    restore_nested,
)
