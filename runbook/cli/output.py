"""What every verb needs to speak: JSON, plain or coloured text that is safe in a terminal, and shared arguments.

Colour only underlines what the text already says, and only on a terminal without ``NO_COLOR``.
"""

from __future__ import annotations

import os
import sys

from runbook.cli.untranslated import argparse
from runbook.model.cells import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36", "underline": "4"}
SEVERITY_COLOUR = {"critical": "red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}


def colour_on(stream: TextIO | None = None) -> bool:
    """Whether ``stream`` (stdout if absent) shows colour, as no-color.org asks."""
    stream = stream or sys.stdout
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def is_terminal(*streams: TextIO | None) -> bool:
    """Whether a person is behind all of these; a stream is None where its descriptor was closed (``<&-``)."""
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def paint(text: str, *styles: str, stream: TextIO | None = None) -> str:
    """``text`` in these styles (bold, dim, red, …) where colour is on, else as it is."""
    if not styles or not colour_on(stream):
        return text
    return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"


def safe(text: str) -> str:
    """``text`` without anything a terminal would obey: controls become visible, bidirectional marks vanish."""
    return "".join(
        c if c in "\n\t" or (c.isprintable() and c not in _BIDI) else "" if c in _BIDI else _visible(c) for c in text
    )


def safe_name(path: str) -> str:
    """A file's name on one line: names may hold line breaks, too."""
    return safe(path).replace("\n", "\\n").replace("\t", "\\t")


def _visible(char: str) -> str:
    r"""A control as ``\xNN``; so is a byte of a name that is not UTF-8, which Python keeps as half a pair."""
    code = ord(char)
    return f"\\x{code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code:02x}"


_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def speaks_utf8() -> bool:
    """Whether stdout takes more than ASCII: as Python writes it, and as the user's locale says, if it says anything."""
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    named = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := os.environ.get(name))), "")
    return encoding == "utf8" and (not named or "utf" in named.lower())


def emit_json(value: Any) -> None:
    """Print ``value`` as JSON on stdout, in UTF-8 whatever bytes a file's name has."""
    import json  # 2 ms that text output does not need

    text = json.dumps(value, ensure_ascii=False, indent=2)
    if not text.isascii():
        text = "".join(_visible(c).replace("\\", "\\\\") if "\ud800" <= c <= "\udfff" else c for c in text)
    print(text)


def note(text: str) -> None:
    """One line on stderr: said beside the result, never part of it."""
    print(safe(text), file=sys.stderr)


def say_what_was_heard() -> None:
    """Print on stderr what is known of the failures among the commands that this process took in from shells' hooks."""
    intake = sys.modules.get("runbook.flow.intake")  # nobody else imports it, so mostly there is nothing to do
    if intake is None:
        return
    heard = intake.say()
    if not (heard.known or heard.strikes):
        return
    from runbook.cli.hint import format_heard
    from runbook.cli.run import columns_of_terminal

    lines = format_heard(heard, columns=columns_of_terminal(), colour=colour_on(sys.stderr))
    print("\n".join(["", *lines]), file=sys.stderr)


def width() -> int:
    """Columns of the terminal; 80 where there is none. At least 40."""
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):  # the last: whoever started us closed stdout, so it is None
        columns = 80
    return max(columns, 40)


def clip(text: str, columns: int) -> str:
    """The first line of ``text``, cut to ``columns`` with an ellipsis."""
    lines = safe(text).rstrip().splitlines()
    line = lines[0] if lines else ""
    if len(lines) > 1:
        line += " …"
    return cut(line, max(columns, 2))


def parser(verb: str, description: str, *, epilog: str = "") -> argparse.ArgumentParser:
    """An argument parser for one verb, with the house's layout of help."""
    return _Parser(
        prog=f"runbook {verb}",
        description=description,
        epilog=epilog or None,
        allow_abbrev=False,
    )


class _Parser(argparse.ArgumentParser):
    """Says of a wrong option or value what may have been meant, and does not bury that under the usage of many."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_HelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        """What is wrong, and what to do next; exit status 2."""
        usage = self.format_usage()
        known = [name for action in self._actions for name in action.option_strings]
        hint = _meant(message, known)
        if usage.count("\n") <= _SHORT_USAGE or "required" in message:
            sys.stderr.write(usage)
        elif not hint:
            hint = f"`{self.prog} --help` shows all options"
        self.exit(2, f"{self.prog}: error: {message}\n" + (f"  {hint}\n" if hint else ""))


_SHORT_USAGE = 3
"""Lines of a usage that may stand above an error."""


def _meant(message: str, options: list[str]) -> str:
    """``did you mean …?`` for argparse's words about a choice or an option that is none; "" where nothing is near."""
    import re

    choice = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
    stranger = re.search(r"unrecognized arguments:.*?(--[\w-]+)", message)
    if choice is not None:
        word, known = choice[1], re.findall(r"[\w-]+", choice[2])
    elif stranger is not None:
        word, known = stranger[1], options
    else:
        return ""
    import difflib

    near = difflib.get_close_matches(word, known, n=1, cutoff=0.65) or [name for name in known if name.startswith(word)]
    return f"did you mean {near[0]}?" if near and word else ""


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Knows its width, so that argparse need not import shutil (3 ms) for every argument that is added."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(width(), 100) - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        from runbook.cli.helptext import fit_help

        return "".join(f"{indent}{line}" for line in fit_help(text, width).splitlines(keepends=True))

    def _metavar_formatter(self, action: argparse.Action, default_metavar: str) -> Callable[[int], tuple[str, ...]]:
        if not _is_long_choice(action):
            return super()._metavar_formatter(action, default_metavar)
        return lambda count: (default_metavar,) * count

    def _format_action(self, action: argparse.Action) -> str:
        if _is_long_choice(action) and "%(choices)s" not in (action.help or ""):
            action.help = f"{action.help}; one of %(choices)s" if action.help else "one of %(choices)s"
        return super()._format_action(action)


_LONG_CHOICE = 40
"""Characters of an option's choices above which they are told beside it: in its place they cannot be wrapped."""


def _is_long_choice(action: argparse.Action) -> bool:
    if action.choices is None or action.metavar is not None or isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  it has no other name
        return False
    return sum(len(str(choice)) + 1 for choice in action.choices) > _LONG_CHOICE


class Suggestions(tuple[str, ...]):
    """Choices that help and completion show of an option that takes other words as well."""

    __slots__ = ()

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str)


def add_course(arguments: argparse.ArgumentParser) -> None:
    """Where a review branch goes, for the verbs that push one."""
    arguments.add_argument("--remote", metavar="NAME", default="", help="the remote (default: the branch's, or origin)")
    arguments.add_argument(
        "--target", metavar="BRANCH", default="", help="the branch to merge into (default: the remote's own)"
    )
    arguments.add_argument(
        "--into", metavar="NAME", default="", help="the remote with that branch, where you push to a fork of it"
    )


def add_document(to: argparse.ArgumentParser) -> None:
    """``--id`` and ``--repo``: which document is meant."""
    to.add_argument("--id", metavar="ID", help="the incident or deployment (default: the current one)")
    to.add_argument("--repo", metavar="PATH", help="the repository of reports (default: see `runbook help`)")


def add_format(to: argparse.ArgumentParser, *more: str) -> None:
    """``--format text|json`` and whatever else the verb offers."""
    to.add_argument("--format", choices=("text", "json", *more), default="text", help="how to print (default: text)")
