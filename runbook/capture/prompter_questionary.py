"""The prompter for a real terminal: questionary's questions, and screens of our own where it has none.

Importing this module is cheap. questionary and prompt_toolkit take a tenth of a second; they are loaded while the
first question is already being read (see ``prompter_first``).
"""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

from runbook.capture.prompter import InterruptedWhileAskingError, printable
from runbook.capture.prompter_first import painted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runbook.capture.prompter import Choice, Field, Validate

SCREENS = "runbook.capture.prompter_questions"


class QuestionaryPrompter:
    """Asks on a terminal that can move its cursor; see ``Prompter`` for what each method answers and raises."""

    def text(
        self,
        key: str,
        message: str,
        *,
        default: str = "",
        multiline: bool = False,
        validate: Validate | None = None,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> str:
        """See ``Prompter.text``. Ctrl-J or Alt-Enter adds a line if ``multiline``; Ctrl-E opens the editor."""
        _load(key, message, step)
        from runbook.capture.prompter_questions import ask_text  # noqa: PLC0415  loaded under the painted question

        return ask_text(key, message, default=default, multiline=multiline, validate=validate, note=help, step=step)

    def select(
        self,
        key: str,
        message: str,
        choices: Sequence[Choice],
        *,
        default: str = "",
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> str:
        """See ``Prompter.select``. Right arrow or ``?`` looks at a choice, ``/`` finds one."""
        _load(key, message, step)
        from runbook.capture.prompter_questions import ask_select  # noqa: PLC0415  loaded under the painted question

        return ask_select(key, message, choices, default=default, note=help, step=step)

    def checkbox(
        self,
        key: str,
        message: str,
        choices: Sequence[Choice],
        *,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> list[str]:
        """See ``Prompter.checkbox``. Space ticks, ``a`` ticks all that are shown."""
        _load(key, message, step)
        from runbook.capture.prompter_questions import ask_checkbox  # noqa: PLC0415  loaded under the painted question

        return ask_checkbox(key, message, choices, note=help, step=step)

    def confirm(
        self,
        key: str,
        message: str,
        *,
        default: bool = True,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> bool:
        """See ``Prompter.confirm``."""
        _load(key, message, step)
        from runbook.capture.prompter_questions import ask_confirm  # noqa: PLC0415  loaded under the painted question

        return ask_confirm(key, message, default=default, note=help, step=step)

    def form(
        self,
        key: str,
        message: str,
        fields: Sequence[Field],
        *,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> dict[str, str]:
        """See ``Prompter.form``. Tab and the arrows move, Enter goes on and, on the last field, submits."""
        _load(key, message, step)
        from runbook.capture.prompter_form import ask_form  # noqa: PLC0415  loaded under the painted question

        return ask_form(key, message, fields, note=help, step=step)

    def rows(
        self,
        key: str,
        message: str,
        columns: Sequence[Field],
        rows: Sequence[Mapping[str, str]],
        *,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> list[dict[str, str]]:
        """See ``Prompter.rows``. ``a`` adds, ``e`` edits, ``d`` removes, ``u`` brings back, Enter goes on."""
        _load(key, message, step)
        from runbook.capture.prompter_rows import ask_rows  # noqa: PLC0415  loaded under the painted question

        return ask_rows(key, message, columns, rows, note=help, step=step)

    def show(self, text: str) -> None:
        """See ``Prompter.show``."""
        sys.stdout.write(f"{printable(text, lines=True)}\n")
        sys.stdout.flush()


def _load(key: str, message: str, step: str) -> None:
    """Loads what asks, with the question on the screen already when it is the first one."""
    if SCREENS in sys.modules:
        return
    if threading.current_thread() is not threading.main_thread():
        importlib.import_module(SCREENS)
        return
    pressed: list[int] = []

    def interrupt(number: int, _frame: object) -> NoReturn:
        pressed.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with painted(message, step):
            importlib.import_module(SCREENS)
    except KeyboardInterrupt:
        raise InterruptedWhileAskingError(key) from None
    except Exception:
        if not pressed:
            raise
        # An extension module that is interrupted while it is imported makes an error of its own of it; told below.
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
    if pressed:
        raise InterruptedWhileAskingError(key)
