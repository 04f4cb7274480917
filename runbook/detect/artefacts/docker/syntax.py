"""A Dockerfile as stages and instructions with line numbers, by the rules of the Dockerfile reference.

Source of the format: https://docs.docker.com/reference/dockerfile/ (parser directives, line continuation, comments
inside a continued line, here-documents, exec form). Reading never fails; what a builder would refuse is a problem.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.commands import SimpleCommand

KEYWORDS = frozenset(
    {
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    }
)
MAX_INSTRUCTIONS = 2000
MAX_STAGES = 100
MAX_TEXT = 64 * 1024
MAX_SCRIPT = 16 * 1024
"""A Dockerfile is written by a person; what is longer is not looked at to its end."""

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][\w-]*)\s*=\s*(\S+)\s*$")
_HEREDOC = re.compile(r"(?:^|\s)\d*<<(-?)([\"']?)([A-Za-z_][\w.]*)\2(?=\s|$|[;&|>)])")
_FLAG = re.compile(r"\s*(--[a-z][\w-]*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?(?=\s|$)")


class Problem:
    """Something a builder stops at: 1-based line, and what is wrong with it."""

    __slots__ = ("line", "message", "what", "word")

    def __init__(self, line: int, what: str, message: str, word: str = "") -> None:
        self.line = line
        self.what = what
        self.message = message
        self.word = word


class Instruction:
    """One instruction.

    Attributes:
        keyword: in capitals.
        line, end: 1-based first and last line, here-documents included.
        flags: (name, value) of ``--chmod=755`` and the like, in their order; value "" if there is none.
        text: what follows keyword and flags, continued lines joined with a blank, comments left out.
        words: ``text`` split at blanks outside quotes, quotes taken off; of the exec form its items.
        exec_form: whether ``text`` is a JSON list.
        heredocs: (name, line of its first line, lines) of each here-document.
    """

    __slots__ = ("_commands", "end", "exec_form", "flags", "heredocs", "keyword", "line", "text", "words")

    def __init__(self, keyword: str, line: int, end: int, rest: str) -> None:
        self.keyword = keyword
        self.line = line
        self.end = end
        self.flags: list[tuple[str, str]] = []
        at = 0
        if keyword in {"ADD", "COPY", "FROM", "RUN", "HEALTHCHECK"}:
            while (match := _FLAG.match(rest, at)) is not None:
                self.flags.append((match[1], (match[2] or "").strip("\"'")))
                at = match.end()
        self.text = rest[at : at + MAX_TEXT].strip()
        items = exec_form(self.text) if keyword not in {"ENV", "LABEL", "ARG", "FROM"} else None
        self.exec_form = items is not None
        self.words: list[str] = split_quoted(self.text) if items is None else items
        self.heredocs: list[tuple[str, int, list[str]]] = []
        self._commands: list[SimpleCommand] | None = None

    def flag(self, name: str) -> str | None:
        """The value of a flag, None if it is not given."""
        return next((value for flag, value in self.flags if flag == name), None)

    @property
    def commands(self) -> list[SimpleCommand]:
        """What a ``RUN`` runs, read once; nothing of other instructions."""
        if self._commands is None:
            from runbook.detect.commands import simple_commands  # noqa: PLC0415  only for files that run something

            self._commands = simple_commands(self.script[:MAX_SCRIPT]) if self.keyword == "RUN" else []
        return self._commands

    @property
    def script(self) -> str:
        """What a ``RUN`` (or a shell-form ``CMD``) hands to a shell, here-documents included."""
        if self.exec_form:
            from shlex import join  # noqa: PLC0415  the exec form of RUN is rare

            return join(self.words)
        if self.keyword == "RUN" and self.heredocs and _HEREDOC.match(self.text):
            return "\n".join(line for _name, _line, body in self.heredocs for line in body)
        return self.text


class Stage:
    """From one ``FROM`` to the next.

    Attributes:
        start: the ``FROM`` itself.
        image: what it is built on, as written; the name of an earlier stage or an image.
        name: what it calls itself, lower-case, or "".
        parent: the earlier stage that ``image`` names.
        body: the instructions after ``FROM``.
    """

    __slots__ = ("body", "image", "name", "parent", "start")

    def __init__(self, start: Instruction, earlier: list[Stage]) -> None:
        self.start = start
        words = start.words
        self.image = words[0] if words else ""
        self.name = words[2].lower() if len(words) == 3 and words[1].upper() == "AS" else ""
        self.parent = next(
            (stage for stage in reversed(earlier) if stage.name and stage.name == self.image.lower()), None
        )
        self.body: list[Instruction] = []

    def lineage(self) -> list[Instruction]:
        """The instructions that make this stage's file system: those of the stages below it first."""
        above = self.parent.lineage() if self.parent else []
        return [*above, *self.body]

    @property
    def base(self) -> str:
        """The image at the bottom of the stages it is built on."""
        return self.parent.base if self.parent else self.image


class Dockerfile:
    """A whole file.

    Attributes:
        escape: the character that continues a line.
        globals: ``ARG`` before the first ``FROM``.
        stages: in order.
        instructions: all of them.
        problems: what a builder would stop at.
    """

    def __init__(self, lines: list[str]) -> None:
        self.escape = "\\"
        self.globals: list[Instruction] = []
        self.stages: list[Stage] = []
        self.instructions: list[Instruction] = []
        self.problems: list[Problem] = []
        self._lines = lines
        self._read_directives()
        self._read()
        if not self.stages and self.instructions:
            self.problems.append(
                Problem(self.instructions[0].line, "no-from", "no FROM: there is no image to build on")
            )

    @property
    def final(self) -> Stage | None:
        """The stage that becomes the image, unless the build names another target."""
        return self.stages[-1] if self.stages else None

    def _read_directives(self) -> None:
        """The ``# name=value`` lines at the very top; the first other line ends them."""
        for line in self._lines:
            match = _DIRECTIVE.match(line.lstrip("\ufeff"))
            if match is None:
                return
            if match[1].lower() == "escape" and match[2] in {"\\", "`"}:
                self.escape = match[2]

    def _read(self) -> None:
        lines, at = self._lines, 0
        while at < len(lines) and len(self.instructions) < MAX_INSTRUCTIONS and len(self.stages) <= MAX_STAGES:
            stripped = lines[at].lstrip("\ufeff").strip()
            if not stripped or stripped.startswith("#"):
                at += 1
                continue
            first, (joined, at) = at, self._logical_line(at)
            keyword, _blank, rest = joined.strip().partition(" ")
            instruction = Instruction(keyword.upper(), first + 1, at, rest)
            if keyword.upper() not in KEYWORDS:
                self.problems.append(
                    Problem(first + 1, "unknown-instruction", f"unknown instruction {keyword}", keyword)
                )
                continue
            at = self._heredocs(instruction, at)
            instruction.end = at
            self._take(instruction)

    def _logical_line(self, at: int) -> tuple[str, int]:
        """The line from ``at`` with what continues it, and the index of the line after that."""
        parts: list[str] = []
        while at < len(self._lines):
            text = self._lines[at].lstrip("\ufeff") if at == 0 else self._lines[at]
            at += 1
            bare = text.strip()
            if parts and (not bare or bare.startswith("#")):
                continue  # comments and empty lines do not end a continued line
            right = text.rstrip()
            if not right.endswith(self.escape):
                parts.append(text.replace("\t", " "))
                break
            parts.append(right[:-1].replace("\t", " "))
        return " ".join(part.strip() if number else part for number, part in enumerate(parts)), at

    def _heredocs(self, instruction: Instruction, at: int) -> int:
        """Take the bodies of the here-documents that ``instruction`` opens; the index after them."""
        if instruction.keyword not in {"RUN", "COPY", "ADD"} or "<<" not in instruction.text:
            return at
        for match in _HEREDOC.finditer(instruction.text):
            start, name = at, match[3]
            while at < len(self._lines):
                line = self._lines[at].rstrip("\r")
                if (line.lstrip("\t") if match[1] else line) == name:
                    break
                at += 1
            else:
                self.problems.append(Problem(instruction.line, "heredoc", f"the here-document {name} never ends", name))
            instruction.heredocs.append((name, start + 1, self._lines[start:at]))
            at = min(at + 1, len(self._lines))
        return at

    def _take(self, instruction: Instruction) -> None:
        self.instructions.append(instruction)
        if instruction.keyword == "FROM":
            self._check_from(instruction)
            self.stages.append(Stage(instruction, self.stages))
        elif self.stages:
            self.stages[-1].body.append(instruction)
        elif instruction.keyword == "ARG":
            self.globals.append(instruction)
        else:
            message = f"{instruction.keyword} stands before the first FROM; only ARG may"
            self.problems.append(Problem(instruction.line, "before-from", message, instruction.keyword))
        self._check_arguments(instruction)

    def _check_from(self, instruction: Instruction) -> None:
        words = instruction.words
        if len(words) not in {1, 3} or (len(words) == 3 and words[1].upper() != "AS"):
            message = "FROM takes an image, or an image and `AS name`"
            self.problems.append(Problem(instruction.line, "from", message, instruction.text))

    def _check_arguments(self, instruction: Instruction) -> None:
        keyword, words, line = instruction.keyword, instruction.words, instruction.line
        if keyword in {"COPY", "ADD"} and len(words) < 2:
            message = f"{keyword} needs at least a source and a destination"
            self.problems.append(Problem(line, "arguments", message, keyword))
        elif keyword in {"ENV", "LABEL"}:
            self._check_pairs(instruction)
        elif not words and keyword not in {"CMD", "ENTRYPOINT", "HEALTHCHECK"}:
            self.problems.append(Problem(line, "arguments", f"{keyword} has no argument", keyword))

    def _check_pairs(self, instruction: Instruction) -> None:
        """``ENV a=b c=d``, or the old ``ENV name value``; the first word decides which."""
        words = split_quoted(instruction.text, keep=True)
        if not words:
            message = f"{instruction.keyword} has no argument"
            self.problems.append(Problem(instruction.line, "pairs", message, instruction.keyword))
        elif "=" not in words[0]:
            if len(words) == 1:
                message = f"{instruction.keyword} must have two arguments"
                self.problems.append(Problem(instruction.line, "pairs", message, words[0]))
        else:
            for word in words:
                name, equals, _value = word.partition("=")
                if not equals:
                    message = f"there is no = in {word}"
                    self.problems.append(Problem(instruction.line, "pairs", message, word))
                    return
                if not name:
                    message = f"{instruction.keyword} names can not be blank"
                    self.problems.append(Problem(instruction.line, "pairs", message, word))
                    return


def exec_form(text: str) -> list[str] | None:
    """The items of the exec form, None if ``text`` is none."""
    if not text.startswith("["):
        return None
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return items if isinstance(items, list) and all(isinstance(item, str) for item in items) else None


_PART = re.compile(
    r"\\(?P<escaped>.)|\"(?P<double>(?:[^\"\\]|\\.)*)\"?|'(?P<single>[^']*)'?|(?P<blank>\s+)|(?P<plain>[^\s\\\"']+|\\)"
)


def split_quoted(text: str, *, keep: bool = False) -> list[str]:
    """``text`` split at blanks that stand outside quotes and behind no backslash.

    Args:
        text: one logical line.
        keep: leave quotes and backslashes in.
    """
    words: list[str] = []
    now: list[str] = []
    for part in _PART.finditer(text):
        kind = part.lastgroup
        if kind == "blank":
            if now:
                words.append("".join(now))
            now = []
        elif keep or kind is None:
            now.append(part[0])
        elif kind == "double":
            now.append(re.sub(r"\\(.)", r"\1", part[kind]))
        else:
            now.append(part[kind])
    return [*words, "".join(now)] if now else words
