"""Text, lists and yes or no on a real terminal: questionary's questions, dressed in our frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import questionary  # noqa: TID251  the prompter's own room
from prompt_toolkit.filters import Always, Condition
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.controls import BufferControl

from runbook.capture.editor import edit
from runbook.capture.prompter import printable
from runbook.capture.prompter_form import ask_form
from runbook.capture.prompter_lists import ListKeys, fitted
from runbook.capture.prompter_screen import BACK_HINT, STYLE, Frame, Hints, OpenEditor, Typed, asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_toolkit.application import Application
    from prompt_toolkit.key_binding import KeyPressEvent

    from runbook.capture.prompter import Choice, Validate


def ask_text(
    key: str, message: str, *, default: str, multiline: bool, validate: Validate | None, note: str, step: str
) -> str:
    """A line of text, or several; comes back from the editor to the question, for a last look."""
    now, notice = printable(default, lines=multiline), ""
    while True:
        try:
            answer = _text_once(
                key, message, now, multiline=multiline, validate=validate, note=note, step=step, notice=notice
            )
        except OpenEditor as wish:
            edited = edit(wish.text, message)
            now = printable(edited.text, lines=multiline)
            notice = edited.problem
        else:
            # What a person did not touch comes back as it was given, unprintable characters and all.
            return default.strip() if answer == printable(default, lines=multiline).strip() else answer


def _text_once(
    key: str, message: str, now: str, *, multiline: bool, validate: Validate | None, note: str, step: str, notice: str
) -> str:
    frame = Frame(key, lambda: Typed(partial=buffer.text), lambda: _text_hints(multiline=multiline), help=note)
    frame.notice = notice
    check = frame.checked(validate)
    question = questionary.text(
        f"{asked(message, step)}\n>",
        default=now,
        validate=lambda text: check(text.strip()) or True,
        qmark=printable(step) or "?",
        style=STYLE,
        multiline=multiline,
        instruction="",
        prompt_continuation="  ",
        validate_while_typing=False,
        reserve_space_for_menu=0,
    )
    application = question.application
    buffer = application.current_buffer
    buffer.cursor_position = len(buffer.text)
    buffer.on_text_changed += lambda _: setattr(frame, "notice", "")
    _keep_low(application)
    _bind_text(frame, multiline=multiline)
    frame.dress(application)
    return cast("str", frame.run(application, question.unsafe_ask)).strip()


def _text_hints(*, multiline: bool) -> Hints:
    if multiline:
        return [("enter", "go on"), ("ctrl-j", "new line"), BACK_HINT, ("ctrl-e", "editor"), ("ctrl-c", "stop")]
    return [("enter", "go on"), BACK_HINT, ("ctrl-x ctrl-e", "editor"), ("ctrl-c", "stop")]


def _keep_low(application: Application[object]) -> None:
    """No window grows into room it does not need, so that the foot stays right below the text."""
    for window in application.layout.find_all_windows():
        if isinstance(window.content, BufferControl):
            window.dont_extend_height = Always()


def _bind_text(frame: Frame, *, multiline: bool) -> None:
    keys = frame.keys
    several = Condition(lambda: multiline)

    @keys.add("enter", eager=True)
    @keys.add("c-s", eager=True)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("c-j", filter=several, eager=True)
    @keys.add("escape", "enter", filter=several)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add(Keys.BracketedPaste, eager=True)
    def _(event: KeyPressEvent) -> None:
        pasted = event.data.replace("\r\n", "\n").replace("\r", "\n")
        text = printable(pasted, lines=multiline)
        event.current_buffer.insert_text(text if multiline else text.strip())

    @keys.add("c-e", filter=several, eager=True)
    @keys.add("c-x", "c-e", eager=True)
    def _(event: KeyPressEvent) -> None:
        frame.leave(OpenEditor(event.current_buffer.text))


def ask_select(key: str, message: str, choices: Sequence[Choice], *, default: str, note: str, step: str) -> str:
    """One of ``choices``."""
    open_values = [choice.value for choice in choices if not choice.disabled]
    if not open_values:
        raise ValueError(f"{key}: a question without a choice that can be taken")
    text, mark = asked(message, step), printable(step) or "?"
    question = questionary.select(
        text,
        fitted(choices, ticks=False, question=f"{mark} {text} "),
        qmark=mark,
        style=STYLE,
        instruction=" ",
        show_description=False,
    )
    proposed = default if default in open_values else open_values[0]
    listing = ListKeys(question.application, key, ticks=False, default=proposed, help_text=note)
    return cast("str", listing.frame.run(question.application, question.unsafe_ask))


def ask_checkbox(key: str, message: str, choices: Sequence[Choice], *, note: str, step: str) -> list[str]:
    """Any of ``choices``. If none can be ticked, they are shown to be read, and going on and back work as ever."""
    if all(choice.disabled for choice in choices):
        told = [f"{choice.title}  {choice.disabled}" for choice in choices] or ["(nothing to choose from)"]
        ask_form(key, message, [], note="\n".join([*told, note]).strip(), step=step)
        return []
    question = questionary.checkbox(
        asked(message, step),
        fitted(choices, ticks=True),
        qmark=printable(step) or "?",
        style=STYLE,
        instruction=" ",
        show_description=False,
    )
    listing = ListKeys(question.application, key, ticks=True, help_text=note)
    return cast("list[str]", listing.frame.run(question.application, question.unsafe_ask))


def ask_confirm(key: str, message: str, *, default: bool, note: str, step: str) -> bool:
    """Yes or no; one key answers."""
    question = questionary.confirm(asked(message, step), default=default, qmark=printable(step) or "?", style=STYLE)
    enter = ("enter", "yes" if default else "no")
    frame = Frame(key, Typed, lambda: [("y", "yes"), ("n", "no"), enter, BACK_HINT, ("ctrl-c", "stop")], help=note)

    @frame.keys.add("escape", eager=True)
    def _(_event: KeyPressEvent) -> None:
        frame.leave(frame.going_back())

    @frame.keys.add(Keys.BracketedPaste, eager=True)
    @frame.keys.add("c-s", eager=True)
    def _(_event: KeyPressEvent) -> None:
        """A paste meant for another window, or a key that finishes a form, answers nothing here."""

    _keep_low(question.application)
    frame.dress(question.application)
    return cast("bool", frame.run(question.application, question.unsafe_ask))
