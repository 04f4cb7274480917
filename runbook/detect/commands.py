"""Command lines as commands, not as text: what would really run, on which host.

``echo "docker compose down"`` runs ``echo``; ``ssh web1 'cd /srv && sudo docker compose down'`` runs ``cd`` and
``docker compose down`` on ``web1``. It reads what people type and paste: lists and pipelines, quotes, comments,
substitutions, here-documents, compound commands, and wrappers such as ``sudo`` and ``bash -c``. It expands nothing and
never fails: what it cannot read any further it leaves as words.
"""

from __future__ import annotations

import re
import shlex

from runbook.detect.elsewhere import elsewhere, runs_container
from runbook.detect.shelltext import CLOSE, OPEN, Raw, Script, Word
from runbook.detect.shelltree import read_commands
from runbook.detect.shellwords import split_commands
from runbook.detect.wrappers import (
    AS_ROOT,
    SHELLS,
    after_wrapper,
    is_assignment,
    reads_script,
    script_given,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.shelltext import Event

    Parser = Callable[[Script], list[Event]]

MAX_DEPTH = 5
"""Shells inside shells inside ssh: nobody types more, and a hostile line must not make us."""

MAX_COMMANDS = 200
MAX_WRAPPERS = 8
MAX_LINE = 64 * 1024
MAX_INNER = 96 * 1024
"""Characters of texts inside texts that are parsed for one line, so that nesting cannot multiply the work."""


_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|0?([0-3]?[0-7]{2}))")


class SimpleCommand:
    """A program and its arguments, wrappers taken off. Treat as frozen.

    Attributes:
        program: without its folder: ``docker`` for ``/usr/bin/docker``.
        path: the program as it is written.
        args: words without their quotes; substitutions as written.
        host: where ``ssh`` would run it, as typed after ``user@``; ``container NAME`` for an ``exec``; empty: here.
        folder: what a ``cd`` before it on the same line says; empty: the current one.
        env: assignments before it.
        writes: files it redirects its output to, ``>>`` included.
        reads: files that its input is redirected from.
        given: what a here-document or here-string gives it; None: neither.
        fed_by: the commands whose output it reads: those before it in its pipeline, and those inside ``<(…)``.
        sudo: whether it runs as another user.
        before: the operator in front of it: ``""``, ``&&``, ``||``, ``;``, ``|``, ``&``, ``$(``; ``-exec``: by find.
        start, end: where it stands in the text, as offsets in characters.
        outer: it only carries the commands that follow it, such as ``ssh`` or ``bash -c``.
    """

    __slots__ = (
        *("args", "before", "end", "env", "fed_by", "folder", "given", "host", "outer", "path", "program"),
        *("reads", "start", "sudo", "writes"),
    )

    def __init__(
        self,
        program: str,
        args: tuple[str, ...] = (),
        *,
        host: str = "",
        folder: str = "",
        env: tuple[str, ...] = (),
        writes: tuple[str, ...] = (),
        reads: tuple[str, ...] = (),
        given: Word | None = None,
        fed_by: tuple[SimpleCommand, ...] = (),
        sudo: bool = False,
        before: str = "",
        span: tuple[int, int] = (0, 0),
        outer: bool = False,
    ) -> None:
        self.program = _name(program)
        self.path = program
        self.args = args
        self.host = host
        self.folder = folder
        self.env = env
        self.writes = writes
        self.reads = reads
        self.given = given
        self.fed_by = fed_by
        self.sudo = sudo
        self.before = before
        self.start, self.end = span
        self.outer = outer

    @property
    def stdin(self) -> str | None:
        """The text that a here-document or here-string gives it; None where neither does."""
        return None if self.given is None else self.given.text

    @property
    def text(self) -> str:
        """Program and arguments as one line, quoted where that is needed to read it back."""
        return shlex.join((self.program, *self.args))

    def __repr__(self) -> str:
        return f"SimpleCommand({self.text!r}{f' on {self.host}' if self.host else ''})"


def simple_commands(line: str, *, limit: int = MAX_COMMANDS) -> list[SimpleCommand]:
    """Every command that ``line`` would run, in the order in which it is written.

    Args:
        line: one or several shell lines, at most 64 KiB (the rest is not looked at).
        limit: at most so many.
    """
    return _Reader(_parse, limit).commands(line)


def commands_and_carriers(line: str, *, limit: int) -> list[SimpleCommand]:
    """As :func:`simple_commands`, with the ``ssh``, ``bash -c`` and ``docker exec`` in front of what they run."""
    return _Reader(_parse, limit, carriers=True).commands(line)


def simple_commands_without_grammar(line: str, *, limit: int = MAX_COMMANDS) -> list[SimpleCommand]:
    """As :func:`simple_commands`, by the splitter alone: what is had where no grammar can be installed."""
    return _Reader(split_commands, limit).commands(line)


_STRUCTURE = frozenset("|&;<>()$`{}\n#![")
"""Without one of these there is one command and nothing that the grammar knows better than the splitter."""


def _parse(script: Script) -> list[Event]:
    if _STRUCTURE.isdisjoint(script.text.strip()):
        return split_commands(script)
    events = read_commands(script)
    return split_commands(script) if events is None else events


_KEYWORDS = frozenset({"!", "{", "}", "then", "do", "else", "elif", "if", "while", "until", "fi", "done", "esac"})
_NO_COMMAND = frozenset({"for", "case", "select", "function", "[", "[[", "]]", "in"})
_MAY_GIVE_TEXT = frozenset({"env", "sudo", "flock"})
"""Wrappers that run words, or with one of their options a text."""

_RUNS_FILES = SHELLS | {"source", "."}
_EXEC_FLAGS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


class _Place:
    """Where a command would run."""

    __slots__ = ("depth", "folder", "host", "sudo")

    def __init__(self, host: str, folder: str, *, sudo: bool, depth: int) -> None:
        self.host = host
        self.folder = folder
        self.sudo = sudo
        self.depth = depth

    def within(self, *, host: str | None = None) -> _Place:
        """One level further in; on another host a new folder counts."""
        if host is None:
            return _Place(self.host, self.folder, sudo=self.sudo, depth=self.depth + 1)
        return _Place(host, "", sudo=False, depth=self.depth + 1)


class _Input:
    """What a script reads: a text, the output of commands, or files."""

    __slots__ = ("fed_by", "reads", "stdin")

    def __init__(
        self, stdin: Word | None = None, fed_by: tuple[SimpleCommand, ...] = (), reads: tuple[str, ...] = ()
    ) -> None:
        self.stdin = stdin
        self.fed_by = fed_by
        self.reads = reads


class _Reader:
    """Turns parsed commands into simple ones, looking through what runs something else."""

    def __init__(self, parse: Parser, limit: int, *, carriers: bool = False) -> None:
        self.parse = parse
        self.carriers = carriers
        self.limit = limit
        self.found: list[SimpleCommand] = []
        self.of: dict[int, tuple[SimpleCommand, ...]] = {}  # by id of the raw command
        self.kept: list[Raw] = []  # so that an id stays what it is
        self.inner = MAX_INNER

    def commands(self, line: str) -> list[SimpleCommand]:
        script = Script(line[:MAX_LINE])
        self.events(self.parse(script), _Place("", "", sudo=False, depth=0), "", _Input())
        return self.found

    def script(self, script: Script, place: _Place, before: str, given: _Input) -> None:
        self.inner -= len(script.text)
        if self.inner >= 0 and len(self.found) < self.limit:
            self.events(self.parse(script), place, before, given)

    def events(self, events: list[Event], place: _Place, before: str, given: _Input) -> None:
        outside: list[str] = []
        first = True
        for event in events:
            if event == OPEN:
                outside.append(place.folder)
            elif event == CLOSE:
                place.folder = outside.pop() if outside else place.folder  # a subshell's cd ends with it
            elif isinstance(event, Raw):
                self.one(event, place, before if first and not event.before else event.before, given)
                first = False

    def one(self, raw: Raw, place: _Place, before: str, given: _Input) -> None:
        """One command: what it substitutes, then itself without assignments and wrappers."""
        if len(self.found) >= self.limit:
            return
        mark = len(self.found)
        substituted = self.substitutions(raw, place)
        fed_by = tuple(simple for fed in raw.fed_by for simple in self.of.get(id(fed), ()))
        stdin, reads = raw.stdin, tuple(word.text for word in raw.reads)
        if stdin is None and not fed_by and not reads:
            stdin, fed_by, reads = given.stdin, given.fed_by, given.reads
        self.unwrapped(raw, place, before, _Input(stdin, fed_by + substituted, reads))
        self.of[id(raw)] = tuple(self.found[mark:])
        self.kept.append(raw)

    def substitutions(self, raw: Raw, place: _Place) -> tuple[SimpleCommand, ...]:
        """Read what its words substitute. Returns what stands in a word that is nothing but a substitution."""
        fed: list[SimpleCommand] = []
        if place.depth >= MAX_DEPTH:
            return ()
        words = [*raw.words, *raw.writes, *raw.reads, *([raw.stdin] if raw.stdin else [])]
        for word in words:
            for events in word.inner:
                mark = len(self.found)
                self.events(events, place.within(), "", _Input())
                if word.text.startswith(("$(", "`", "<(")) or len(word.inner) == 1 == len(raw.words):
                    fed += self.found[mark:]
        return tuple(fed)

    def unwrapped(self, raw: Raw, place: _Place, before: str, given: _Input) -> None:
        env: list[str] = []
        sudo = place.sudo
        plain = raw.words
        for _wrapper in range(MAX_WRAPPERS):
            plain = _after_assignments(plain, env)
            if not plain and raw.writes and not env:
                plain = [Word(":", [raw.start], (raw.start, raw.end))]  # `> file` empties it
            if not plain or not plain[0].text or (plain[0].text in _NO_COMMAND and not plain[0].quoted):
                return
            program = _name(plain[0].text)
            text_given = program in _MAY_GIVE_TEXT and script_given(program, plain[1:])
            rest = [] if text_given else after_wrapper(program, plain[1:])
            sudo |= program in AS_ROOT
            if not rest:
                break
            plain = rest
        arguments = plain[1:]
        if program in {"cd", "pushd"}:
            place.folder = _joined(
                place.folder, next((word.text for word in arguments if not word.text.startswith("-")), "~")
            )
        command = SimpleCommand(
            plain[0].text,
            tuple(word.text for word in arguments),
            host=place.host,
            folder=place.folder,
            env=tuple(env),
            writes=tuple(word.text for word in raw.writes),
            reads=given.reads,
            given=given.stdin,
            fed_by=given.fed_by,
            sudo=sudo,
            before=before,
            span=(plain[0].start, max(raw.end, plain[-1].end)),
        )
        mark = len(self.found)
        if place.depth < MAX_DEPTH and self.inside(program, arguments, place, before, given, sudo=sudo):
            command.outer = not runs_container(program, arguments)
            if self.carriers or not command.outer:
                self.found.insert(mark, command)
            return
        self.found.append(command)
        if program == "find" and place.depth < MAX_DEPTH:
            self.executed(arguments, place, sudo=sudo)

    def inside(
        self, program: str, arguments: list[Word], place: _Place, before: str, given: _Input, *, sudo: bool
    ) -> bool:
        """Read what a program runs somewhere: in another shell, on another host, in a container."""
        script = script_given(program, arguments)
        there = place.within()
        if script is None:
            remote = elsewhere(program, arguments)
            if remote is not None:
                there, script = place.within(host=remote[0]), remote[1]
                if not script.text:
                    script = self.read_in(given)
            elif reads_script(program, arguments):
                script = self.read_in(given)
                given = _Input() if script is not None else given
            elif program in _RUNS_FILES and arguments and arguments[0].text.startswith("<("):
                script = self.read_in(given)
        elif program == "eval" and script.text.startswith(("$(", "`")):
            script = self.read_in(given)
        if script is None or not script.text.strip() or script.text.startswith(("$(", "`")):
            return False
        there.sudo |= sudo
        self.script(script, there, "" if before == "-exec" else before, given)
        return True

    @staticmethod
    def read_in(given: _Input) -> Script | None:
        """The commands that a shell reads: a here-document, or what ``echo``, ``printf`` or ``cat <<EOF`` hands it."""
        if given.stdin is not None:
            return Script(given.stdin.text, given.stdin.at)
        decoded = False
        for simple in reversed(given.fed_by):
            if simple.program == "cat" and simple.given is not None and not simple.args and not decoded:
                return Script(simple.given.text, simple.given.at)
            if simple.program in {"echo", "printf"}:
                words = [arg for arg in simple.args if not arg.startswith("-") or simple.program == "printf"]
                text = _ESCAPED.sub(_unescaped, " ".join(words).replace("\\n", "\n"))
                text = _decoded(text) if decoded else text
                where = range(simple.start, max(simple.end, simple.start + 1))
                return Script(text, [*where] * (len(text) // len(where)) + [*where][: len(text) % len(where)])
            decoded |= simple.program == "base64" and bool({"-d", "-D", "--decode"} & set(simple.args))
            if simple.program not in {"tee", "cat", "tr", "sed", "envsubst", "base64"} or simple.reads:
                return None
        return None

    def executed(self, arguments: list[Word], place: _Place, *, sudo: bool) -> None:
        """What ``find -exec`` runs for each file."""
        at = 0
        while at < len(arguments):
            if arguments[at].text in _EXEC_FLAGS:
                end = at + 1
                while end < len(arguments) and arguments[end].text not in {";", "+"}:
                    end += 1
                if end > at + 1:
                    raw = Raw("-exec", (arguments[at + 1].start, arguments[end - 1].end))
                    raw.words = arguments[at + 1 : end]
                    within = place.within()
                    within.sudo |= sudo
                    self.one(raw, within, "-exec", _Input())
                at = end
            at += 1


def _unescaped(match: re.Match[str]) -> str:
    """The character that ``printf`` and ``echo -e`` make of its number."""
    return chr(int(match[1], 16) if match[1] else int(match[2], 8))


def _decoded(text: str) -> str:
    import base64  # noqa: PLC0415  somebody hides something

    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except ValueError:
        return ""


def _name(text: str) -> str:
    return text if text[:1] in "$`(" else text.rstrip("/").rsplit("/", 1)[-1] or text


def _after_assignments(plain: list[Word], env: list[str]) -> list[Word]:
    """Without the reserved words and assignments in front; the assignments go into ``env``."""
    at = 0
    while at < len(plain) and not plain[at].quoted and plain[at].text in _KEYWORDS:
        at += 1
    while at < len(plain) and is_assignment(plain[at]):
        env.append(plain[at].text)
        at += 1
    return plain[at:]


def _joined(folder: str, change: str) -> str:
    return change if change.startswith(("/", "~", "$")) or not folder else f"{folder.rstrip('/')}/{change}"
