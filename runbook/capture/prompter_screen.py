"""What every question on a real terminal has in common: the foot with its keys, going back, being interrupted.

Built on prompt_toolkit, which questionary stands on. A ``Frame`` is put around one application, be it questionary's
or one of ours: it adds the lines below the question and the keys that mean the same everywhere, and turns every way
of leaving (Ctrl-B, Ctrl-C, Ctrl-D, the end of input, SIGHUP, SIGTERM) into ``GoBack`` or
``InterruptedWhileAskingError``, with the terminal as it was.
"""

from __future__ import annotations

import asyncio
import errno
import shutil
import signal
import termios
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition, is_done
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.layout import ConditionalContainer, Dimension, HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.shortcuts import print_formatted_text
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth

from runbook.capture.prompter import GoBack, InterruptedWhileAskingError, printable
from runbook.model import cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.layout.containers import AnyContainer

    from runbook.capture.prompter import Validate

Answer = TypeVar("Answer")
Hints = Sequence[tuple[str, str]]
"""What keys do, most important first: ``[("enter", "go on"), …]``; the last ones give way on a narrow terminal."""

BACK_HINT = ("ctrl-b", "back")
LOW = 12  # rows; a terminal lower than this shows no help line, so that the question itself keeps its room
ELLIPSIS = "…"
GONE = frozenset([errno.EIO, errno.ENXIO, errno.ENOTTY, errno.EBADF, errno.EPIPE])

STYLE = Style(
    [
        ("qmark", "noinherit fg:ansicyan"),
        ("question", "noinherit bold"),
        ("answer", "noinherit"),
        ("pointer", "noinherit fg:ansicyan bold"),
        ("highlighted", "noinherit bold"),
        ("selected", "noinherit fg:ansigreen"),
        ("disabled", "noinherit fg:ansibrightblack"),
        ("label", "noinherit"),
        ("label.focused", "noinherit fg:ansicyan bold"),
        ("heading", "noinherit underline"),
        ("wrong", "noinherit fg:ansired"),
        ("foot", "noinherit fg:ansibrightblack"),
        ("validation-toolbar", "noinherit fg:ansired"),
        ("bottom-toolbar", "noreverse"),
        ("search_none", "noinherit fg:ansired"),
        ("search_success", "noinherit bold"),
    ]
)
"""Colour underlines what the text says already; the sixteen colours follow the person's own theme."""


@dataclass
class Typed:
    """What stands on the screen, not yet an answer."""

    partial: str = ""
    values: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)


class OpenEditor(Exception):  # noqa: N818  a wish of the person's; it is no error
    """The person wants the text at hand in their editor; carries the text."""

    def __init__(self, text: str) -> None:
        super().__init__("open the editor")
        self.text = text


@dataclass
class Frame:
    """Goes around one question.

    Args:
        key: the question's name.
        typed: what stands on the screen now, for going back and being interrupted.
        hints: what keys do now.
        help: one sentence, shown below the question when there is room.
        notice: what has just gone wrong or been refused; empty if nothing.
    """

    key: str
    typed: Callable[[], Typed]
    hints: Callable[[], Hints]
    help: str = ""
    notice: str = ""
    keys: KeyBindings = field(default_factory=KeyBindings)

    def dress(self, application: Application[Any], between: Sequence[AnyContainer] = ()) -> None:
        """Puts ``between`` and the foot below ``application`` and the common keys on top of its own."""
        focused = application.layout.current_window
        body = HSplit([application.layout.container, *between, *self.foot()])
        application.layout = Layout(body, focused)
        application.key_bindings = merge_key_bindings(
            [*([application.key_bindings] if application.key_bindings else []), self.keys, self.common_keys()]
        )

    def foot(self) -> list[AnyContainer]:
        """The notice, the help and, always last, which keys do what."""
        roomy = Condition(lambda: get_app().output.get_size().rows >= LOW)
        return [
            ConditionalContainer(
                Window(
                    FormattedTextControl(lambda: [("class:wrong", wrap(printable(self.notice, lines=True)))]),
                    wrap_lines=True,
                    dont_extend_height=True,
                    height=Dimension(min=1, max=3),
                ),
                filter=Condition(lambda: bool(self.notice)) & ~is_done,
            ),
            ConditionalContainer(
                Window(
                    FormattedTextControl(lambda: [("class:foot", wrap(printable(self.help, lines=True)))]),
                    wrap_lines=True,
                    dont_extend_height=True,
                    height=Dimension(min=1, max=3),
                ),
                filter=Condition(lambda: bool(self.help)) & roomy & ~is_done,
            ),
            ConditionalContainer(
                Window(FormattedTextControl(self._key_line), height=1, dont_extend_height=True),
                filter=~is_done,
            ),
        ]

    def _key_line(self) -> StyleAndTextTuples:
        return [("class:foot", key_line(self.hints(), get_app().output.get_size().columns - 1))]

    def common_keys(self) -> KeyBindings:
        """Ctrl-B, Ctrl-C, Ctrl-D on nothing, Ctrl-Z; and no reverse search, which has nothing to search in."""
        keys = KeyBindings()
        nothing_typed = Condition(lambda: not get_app().current_buffer.text)

        @keys.add("c-b", eager=True)
        def _(_event: KeyPressEvent) -> None:
            self.leave(self.going_back())

        @keys.add("c-c", eager=True)
        @keys.add("<sigint>", eager=True)
        def _(_event: KeyPressEvent) -> None:
            self.leave(self.interrupted("Interrupted"))

        @keys.add("c-d", eager=True, filter=nothing_typed)
        def _(_event: KeyPressEvent) -> None:
            self.leave(self.interrupted("The input ended"))

        @keys.add("c-z", eager=True)
        def _(event: KeyPressEvent) -> None:
            event.app.suspend_to_background()

        @keys.add("c-r", eager=True)
        def _(_event: KeyPressEvent) -> None:
            """Takes the place of searching backwards."""

        return keys

    def going_back(self) -> GoBack:
        """Carries what stands on the screen to the previous question and back."""
        typed = self.typed()
        return GoBack(typed.partial, typed.values, typed.rows)

    def interrupted(self, reason: str) -> InterruptedWhileAskingError:
        """Carries what stands on the screen to whoever saves it."""
        typed = self.typed()
        return InterruptedWhileAskingError(self.key, typed.partial, values=typed.values, rows=typed.rows, reason=reason)

    def leave(self, exception: BaseException) -> None:
        """Ends the running application with ``exception``, unless it has ended already."""
        application = get_app()
        if application.future is not None and not application.future.done():
            application.erase_when_done = isinstance(exception, (GoBack, OpenEditor))
            application.exit(exception=exception)

    def checked(self, validate: Validate | None) -> Callable[[str], str | None]:
        """``validate``, whose own failure ends the question instead of leaving prompt_toolkit waiting for Enter."""

        def check(text: str) -> str | None:
            if validate is None:
                return None
            try:
                return validate(text)
            except Exception as failure:  # noqa: BLE001  it is raised again, outside the event loop
                self.leave(failure)
                return "could not be checked"

        return check

    def run(self, application: Application[Any], ask: Callable[[], Answer]) -> Answer:
        """Runs ``ask``, which runs ``application``; the terminal and the signal handlers are as before afterwards."""
        # The warning that a terminal does not answer cursor position requests says nothing a responder can use.
        application.renderer.cpr_not_supported_callback = None
        application.ttimeoutlen = 0.1  # seconds until a lone Esc counts as one; split sequences on slow lines fit in
        application.timeoutlen = 0.4
        _start_afresh_when_narrower(application)
        before = _handlers()
        application.pre_run_callables.append(lambda: self._listen(application))
        try:
            return ask()
        except KeyboardInterrupt:
            raise self.interrupted("Interrupted") from None
        except EOFError:
            raise self.interrupted("The input ended") from None
        except (OSError, termios.error) as gone:
            if gone.args and gone.args[0] in GONE:
                raise self.interrupted("The terminal was closed") from None
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _listen(self, application: Application[Any]) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number, reason in ((signal.SIGHUP, "The terminal was closed"), (signal.SIGTERM, "Asked to stop")):
            loop.add_signal_handler(number, self._signalled, application, reason)

    def _signalled(self, application: Application[Any], reason: str) -> None:
        if application.future is not None and not application.future.done():
            application.exit(exception=self.interrupted(reason))


def _start_afresh_when_narrower(application: Application[Any]) -> None:
    """Clears the screen when the terminal became narrower.

    Most terminals break the lines on the screen anew then, and what was drawn is no longer where it was drawn: without
    this, a piece of the old picture stays above the new one with every step of the resize.
    """
    drawn = [application.output.get_size().columns]

    def look(running: Application[Any]) -> None:
        columns = running.output.get_size().columns
        if columns < drawn[0]:
            running.renderer.clear()
        drawn[0] = columns

    application.before_render += look


def _handlers() -> dict[signal.Signals, Any]:
    """The handlers to put back: the event loop leaves the default where it had its own."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.getsignal(number) or signal.SIG_DFL for number in (signal.SIGHUP, signal.SIGTERM)}


def key_line(hints: Hints, width: int) -> str:
    """``enter: go on · ctrl-b: back``, as many as fit into ``width`` columns, the first ones first.

    Where not all fit, they are written shorter: ``enter go on · ^b back``.
    """
    full = " · ".join(f"{keys}: {what}" for keys, what in hints)
    if get_cwidth(full) <= width:
        return full
    line = ""
    for keys, what in hints:
        short = f"{keys.replace('ctrl-', '^')} {what}"
        longer = f"{line} · {short}" if line else short
        if get_cwidth(longer) <= width:
            line = longer
    return line


def wrap(text: str, indent: str = "") -> str:
    """``text`` broken between words at the terminal's present width, every line behind ``indent``."""
    width = max(8, get_app().output.get_size().columns - 1)
    lines = [
        part
        for line in text.split("\n")
        for part in cells.wrap(line, width, first=indent, following=indent) or [indent]
    ]
    return "\n".join(lines)


def fit(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with an ellipsis where it was cut."""
    if get_cwidth(text) <= width:
        return text
    kept = ""
    used = 0
    for character in text:
        used += get_cwidth(character)
        if used > width - 1:
            break
        kept += character
    return kept + ELLIPSIS if width > 0 else ""


def pad(text: str, width: int) -> str:
    """``text`` in exactly ``width`` columns."""
    shown = fit(text, width)
    return shown + " " * (width - get_cwidth(shown))


def widest(texts: Iterable[str]) -> int:
    """The columns that the widest of ``texts`` takes."""
    return max((get_cwidth(text) for text in texts), default=0)


def title(message: str, step: str) -> StyleAndTextTuples:
    """The question's own line: its progress and what is asked."""
    mark = printable(step) or "?"
    return [("class:qmark", mark), ("class:question", " " + asked(message, step))]


def asked(message: str, step: str) -> str:
    """The message to stand behind its progress, broken between words where the terminal ends now."""
    indent = "\0" * (get_cwidth(printable(step) or "?") + 1)  # stands for the mark, and is taken out again
    return wrap(indent + printable(message)).replace("\0", "")


def write_summary(message: str, step: str, pairs: Sequence[tuple[str, str]]) -> None:
    """What was answered, left on the screen above the next question: one line a field, as wide as the terminal."""
    columns = shutil.get_terminal_size().columns - 1
    width = min(widest(label for label, _ in pairs), columns // 3)
    parts: StyleAndTextTuples = [*title(message, step), ("", "\n")]
    for label, value in pairs:
        parts.append(("", fit(f"  {pad(label, width)}  {value}", columns) + "\n"))
    print_formatted_text(FormattedText(parts), style=STYLE, end="")
