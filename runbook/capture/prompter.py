"""Asking a person: the protocol that the interview speaks, and the choice of who speaks it.

Three implementations, one behaviour: a real terminal (``prompter_questionary``), plain lines for screen readers and
dumb terminals (``prompter_plain``), and a script for tests and replays (``prompter_scripted``). The interview only
knows ``Prompter``, so that every step works, unchanged, in all three.

Titles, defaults and hints come from foreign text (commands, chat, output): implementations show them through
``printable``, so that nothing shown can move the cursor, colour the screen or hide behind a bidirectional control.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from runbook.errors import BadInputError, InterruptedByUserError

if TYPE_CHECKING:
    from typing import TextIO

Validate = Callable[[str], str | None]
"""Says in one short sentence what is wrong with an answer, or None if nothing is."""

TAB_WIDTH = 4
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_HIDDEN_CATEGORIES = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
_JOINERS = frozenset("\u200c\u200d")  # without them, several scripts and joined emoji read wrongly; they move nothing


class GoBack(Exception):  # noqa: N818  named for what the person did; it is no error
    """The person wants the previous question again.

    Args:
        partial: what stood in the field being edited, so that coming back finds it again.
        values: for forms, what stood in every field, by field name.
        rows: for tables, the rows as they stood.
    """

    def __init__(
        self, partial: str = "", values: Mapping[str, str] | None = None, rows: Sequence[Mapping[str, str]] = ()
    ) -> None:
        super().__init__("back")
        self.partial = partial
        self.values: dict[str, str] = dict(values or {})
        self.rows: list[dict[str, str]] = [dict(row) for row in rows]


class InterruptedWhileAskingError(InterruptedByUserError):
    """Ctrl-C, the end of input or a closed terminal, in the middle of a question.

    Args:
        key: the question that was on the screen.
        partial: what was being typed into it, unvalidated; worth keeping.
        values: for forms, what stood in every field, by field name.
        rows: for tables, the rows as they stood.
        reason: what ended it, in words a person understands.
    """

    def __init__(
        self,
        key: str = "",
        partial: str = "",
        *,
        values: Mapping[str, str] | None = None,
        rows: Sequence[Mapping[str, str]] = (),
        reason: str = "Interrupted",
    ) -> None:
        super().__init__(reason)
        self.key = key
        self.partial = partial
        self.values: dict[str, str] = dict(values or {})
        self.rows: list[dict[str, str]] = [dict(row) for row in rows]


@dataclass(frozen=True)
class Choice:
    """One thing to choose.

    Args:
        value: what is answered; unique within a question.
        title: what is shown, one line.
        detail: shown when the person looks closer; may have several lines.
        hint: the right-hand column, such as a time.
        checked: ticked at first (checkbox only).
        disabled: why it cannot be chosen; empty if it can.
    """

    value: str
    title: str
    detail: str = ""
    hint: str = ""
    checked: bool = False
    disabled: str = ""


@dataclass(frozen=True)
class Field:
    """One field of a form, or one column of a table.

    Args:
        name: the key of its value in the answer.
        label: what stands before it.
        default: what it holds at first.
        multiline: whether line breaks are welcome.
        choices: if given, the only values allowed (an empty default is allowed too).
        validate: says what is wrong with a value, or None.
        help: one sentence shown while the field is edited.
    """

    name: str
    label: str
    default: str = ""
    multiline: bool = False
    choices: Sequence[str] = ()
    validate: Validate | None = None
    help: str = ""

    def problem(self, value: str) -> str | None:
        """What is wrong with ``value`` for this field, or None: one of its choices, then its own validation."""
        if self.choices and value not in self.choices and value != self.default:
            return f"must be one of: {', '.join(self.choices)}"
        return self.validate(value) if self.validate else None


@runtime_checkable
class Prompter(Protocol):
    """Asks one question at a time.

    ``key`` names the question for scripts and tests and never changes; ``step`` is shown as progress, such as
    ``(4/10)``; ``help`` is a sentence for whoever asks what is meant.

    Every method that asks raises ``GoBack`` when the person wants the previous question, and
    ``InterruptedWhileAskingError`` (an ``InterruptedByUserError``) on Ctrl-C, the end of input or a closed terminal.
    None returns ``None`` or lets ``KeyboardInterrupt`` or ``EOFError`` out.
    """

    def text(
        self,
        key: str,
        message: str,
        *,
        default: str = "",
        multiline: bool = False,
        validate: Validate | None = None,
        help: str = "",  # noqa: A002  the word the person sees
        step: str = "",
    ) -> str:
        """A line of text, or several if ``multiline``; returned without leading and trailing blank space."""
        ...

    def select(
        self,
        key: str,
        message: str,
        choices: Sequence[Choice],
        *,
        default: str = "",
        help: str = "",  # noqa: A002  the word the person sees
        step: str = "",
    ) -> str:
        """The value of one choice. ``default`` is a value; without it, the first choice that can be taken."""
        ...

    def checkbox(
        self,
        key: str,
        message: str,
        choices: Sequence[Choice],
        *,
        help: str = "",  # noqa: A002  the word the person sees
        step: str = "",
    ) -> list[str]:
        """The values that are ticked, in the order of ``choices``; none at all is an answer."""
        ...

    def confirm(
        self,
        key: str,
        message: str,
        *,
        default: bool = True,
        help: str = "",  # noqa: A002  the word the person sees
        step: str = "",
    ) -> bool:
        """Yes or no."""
        ...

    def form(
        self,
        key: str,
        message: str,
        fields: Sequence[Field],
        *,
        help: str = "",  # noqa: A002  the word the person sees
        step: str = "",
    ) -> dict[str, str]:
        """Several fields on one screen; every field name is in the answer."""
        ...

    def rows(
        self,
        key: str,
        message: str,
        columns: Sequence[Field],
        rows: Sequence[Mapping[str, str]],
        *,
        help: str = "",  # noqa: A002  the word the person sees
        step: str = "",
    ) -> list[dict[str, str]]:
        """A small table to add to, edit and take from; keys of a row that are no column are kept as they were."""
        ...

    def show(self, text: str) -> None:
        """Text to read, between questions."""
        ...


def printable(text: str, *, lines: bool = False) -> str:
    """``text`` with nothing in it that a terminal would obey or hide.

    Escape sequences lose their escape character, other controls, bidirectional marks, lone surrogates and unassigned
    code points become U+FFFD, tabs become spaces. Line breaks of all kinds become spaces, or line feeds if ``lines``.
    """
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    for character in text.replace("\r\n", "\n").expandtabs(TAB_WIDTH):
        if character in "\n\r\v\f\x85\u2028\u2029":
            out.append("\n" if lines else " ")
        elif character in _JOINERS or unicodedata.category(character) not in _HIDDEN_CATEGORIES:
            out.append(character)
        else:
            out.append(REPLACEMENT)
    return "".join(out)


def make_prompter(*, plain: bool | None = None) -> Prompter:
    """The prompter for where we are.

    Args:
        plain: plain lines (True), the full screen (False), or as the environment says (None): ``RUNBOOK_PLAIN`` set to
            anything but ``0``, or a terminal that cannot move its cursor (``TERM`` empty, ``dumb`` or ``unknown``).

    Raises:
        BadInputError: nobody is there to answer, because stdin or stdout is no terminal.
    """
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        which = "stdin" if not _is_terminal(sys.stdin) else "stdout"
        raise BadInputError(
            f"this asks questions, and {which} is not a terminal",
            hint="answer from a file instead: --from FILE --no-input",
        )
    if plain is None:
        wish = os.environ.get("RUNBOOK_PLAIN", "")
        plain = wish not in ("", "0") or os.environ.get("TERM", "") in ("", "dumb", "unknown")
    if plain:
        from runbook.capture.prompter_plain import PlainPrompter  # noqa: PLC0415  only the one that is used is loaded

        return PlainPrompter()
    from runbook.capture.prompter_questionary import QuestionaryPrompter  # noqa: PLC0415  a tenth of a second

    return QuestionaryPrompter()


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is behind ``stream``; it is None when the descriptor was closed before we started."""
    return stream is not None and not stream.closed and stream.isatty()
