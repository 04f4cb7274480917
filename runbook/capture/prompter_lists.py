"""Choosing from a list: what questionary's lists lack.

questionary draws the list and keeps what is ticked; here are the right-hand column, the look at details, paging, and
``/`` to find in a long list. Titles are laid out anew whenever they are drawn, so that a resized terminal fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import questionary  # noqa: TID251  the prompter's own room
from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Always, Condition, is_done
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import ConditionalContainer, Dimension, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.utils import get_cwidth
from questionary.prompts.common import InquirerControl  # noqa: TID251  as above

from runbook.capture.prompter import Choice, printable
from runbook.capture.prompter_screen import BACK_HINT, Frame, Hints, Typed, fit, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

POINTER_WIDTH = 3
TICK_WIDTH = 2
TITLE_MIN = 16  # columns; below that the right-hand column gives way to the title
LONG = 9  # choices; from here on the foot says how to find one
PAGE = 10


class FittedChoice(questionary.Choice):
    """A choice whose title is as wide as the terminal is now, with its hint at the right edge.

    Once it is the answer, it stands behind the question, on the question's last line.
    """

    def __init__(self, choice: Choice, *, ticks: bool, question: str = "") -> None:
        self._question = get_cwidth(question)
        self.plain = printable(choice.title) or printable(choice.value)
        self.hint = printable(choice.disabled or choice.hint)
        self.detail = printable(choice.detail, lines=True)
        self.lead = POINTER_WIDTH + TICK_WIDTH if ticks or choice.disabled else POINTER_WIDTH
        super().__init__("", value=choice.value, checked=choice.checked and not choice.disabled, shortcut_key=None)
        # True, not the reason: questionary would put the reason behind the title, where a narrow terminal cuts it.
        self.disabled = cast("str", True) if choice.disabled else None

    @property
    def title(self) -> str:
        """What questionary draws, and what is searched: title and hint on one line."""
        application = get_app()
        columns = application.output.get_size().columns
        if application.is_done:
            left = columns - 1 - self._question % columns
            return self.plain if left < TITLE_MIN else fit(self.plain, left)
        width = columns - 1 - self.lead
        room = width - get_cwidth(self.hint) - 2
        if not self.hint or room < min(TITLE_MIN, get_cwidth(self.plain)):
            return fit(self.plain, width)
        return pad(self.plain, room) + "  " + self.hint

    @title.setter
    def title(self, value: object) -> None:
        """Ignored: questionary sets it once, when the choice is made; what is drawn comes from ``plain``."""


class ListKeys:
    """Moves, ticks, finds and looks in one of questionary's lists.

    Args:
        application: questionary's, with one list in its layout.
        ticks: whether it is a checkbox.
    """

    def __init__(
        self, application: Application[object], key: str, *, ticks: bool, default: str = "", help_text: str = ""
    ) -> None:
        self.control = _keep_low(application)
        # questionary's own search line takes two rows and does not count; ours is in ``_find_line``.
        self.control.get_search_string_tokens = lambda: None  # type: ignore[method-assign]
        self.ticks = ticks
        self.looking = False
        self.finding = False
        self.has_details = any(self._fitted(choice).detail for choice in self.control.choices)
        for index, choice in enumerate(self.control.choices):
            if default and choice.value == default:
                self.control.pointed_at = index
        self.frame = Frame(key, self._typed, self._hints, help=help_text)
        self._bind()
        self.frame.dress(application, [self._find_line(), self._details()])

    def _typed(self) -> Typed:
        if self.ticks:
            return Typed(rows=[{"value": str(choice.value)} for choice in self.control.get_selected_values()])
        return Typed(partial=str(self._pointed().value))

    @staticmethod
    def _fitted(choice: questionary.Choice) -> FittedChoice:
        return cast("FittedChoice", choice)

    def _pointed(self) -> FittedChoice:
        return self._fitted(self.control.get_pointed_at())

    def _hints(self) -> Hints:
        if self.finding:
            return [("type", "find"), ("enter", "keep"), ("esc", "all again")]
        hints = [("enter", "go on"), BACK_HINT]
        if self.ticks:
            hints = [("space", "tick"), *hints]
        if self.has_details:
            hints.append(("←", "close") if self.looking else ("→", "look"))
        if len(self.control.choices) >= LONG:
            hints.append(("/", "find"))
        if self.ticks:
            hints.append(("a", "all"))
        return hints

    def _find_line(self) -> ConditionalContainer:
        def line() -> StyleAndTextTuples:
            wanted = self.control.search_filter or ""
            found = "" if not wanted else f"   {len(self.control.filtered_choices)} found"
            if wanted and not self.control.found_in_search:
                found = "   nothing found, all shown"
            return [("class:pointer", " / "), ("", printable(wanted)), ("class:foot", found)]

        return ConditionalContainer(
            Window(FormattedTextControl(line), height=1, dont_extend_height=True),
            filter=Condition(lambda: self.finding or bool(self.control.search_filter)) & ~is_done,
        )

    def _details(self) -> ConditionalContainer:
        def lines() -> StyleAndTextTuples:
            choice = self._pointed()
            detail = choice.detail or "(nothing more is known about this one)"
            return [("class:foot", wrap(f"{choice.plain}\n{detail}", "   │ "))]

        def height() -> Dimension:
            return Dimension(min=1, max=max(3, get_app().output.get_size().rows // 2 - 2))

        return ConditionalContainer(
            Window(FormattedTextControl(lines), wrap_lines=True, dont_extend_height=True, height=height),
            filter=Condition(lambda: self.looking) & ~is_done,
        )

    def _move(self, by: int) -> None:
        last = self.control.choice_count - 1
        target = self.control.pointed_at + by
        if abs(by) == 1:
            target %= last + 1
        self.control.pointed_at = max(0, min(last, target))
        self.frame.notice = ""

    def _find(self, wanted: str) -> None:
        self.control.search_filter = wanted or None
        self.control.pointed_at = 0
        self.frame.notice = ""

    def _stop_finding(self) -> None:
        """All choices again, with the pointer on the one it was on."""
        value = self._pointed().value
        self._find("")
        self.finding = False
        self.control.pointed_at = [choice.value for choice in self.control.choices].index(value)

    def _tick(self) -> None:
        choice = self._pointed()
        if choice.disabled:
            self.frame.notice = f"cannot be chosen: {choice.hint}"
        elif choice.value in self.control.selected_options:
            self.control.selected_options.remove(choice.value)
        else:
            self.control.selected_options.append(choice.value)

    def _tick_all(self) -> None:
        shown = [choice.value for choice in self.control.filtered_choices if not choice.disabled]
        missing = [value for value in shown if value not in self.control.selected_options]
        if missing:
            self.control.selected_options.extend(missing)
        else:
            self.control.selected_options = [v for v in self.control.selected_options if v not in shown]

    def _finish(self) -> None:
        choice = self._pointed()
        if self.ticks:
            answer: object = [choice.value for choice in self.control.get_selected_values()]
        elif choice.disabled:
            self.frame.notice = f"cannot be chosen: {choice.hint}"
            return
        else:
            answer = choice.value
        self.control.is_answered = True
        get_app().exit(result=answer)

    def _bind(self) -> None:
        self._bind_moves(self.frame.keys)
        self._bind_choosing(self.frame.keys)
        self._bind_looking(self.frame.keys)
        self._bind_finding(self.frame.keys)

    def _bind_moves(self, keys: KeyBindings) -> None:
        calm = Condition(lambda: not self.finding)
        for names, by in (
            (("up", "c-p"), -1),
            (("down", "c-n"), 1),
            (("pageup",), -PAGE),
            (("pagedown",), PAGE),
            (("home",), -(10**6)),
            (("end",), 10**6),
        ):
            for name in names:
                keys.add(name, eager=True)(lambda _event, by=by: self._move(by))
        for name, by in (("k", -1), ("j", 1)):
            keys.add(name, eager=True, filter=calm)(lambda _event, by=by: self._move(by))

    def _bind_choosing(self, keys: KeyBindings) -> None:
        calm = Condition(lambda: not self.finding)
        ticking = Condition(lambda: self.ticks)

        @keys.add(" ", eager=True, filter=ticking)
        def _(_event: KeyPressEvent) -> None:
            self._tick()

        @keys.add("a", eager=True, filter=ticking & calm)
        def _(_event: KeyPressEvent) -> None:
            self._tick_all()

        @keys.add("i", eager=True, filter=ticking & calm)
        def _(_event: KeyPressEvent) -> None:
            """Inverting ticks by one stray key would lose work; questionary has it on ``i``."""

        @keys.add("enter", eager=True)
        @keys.add("c-j", eager=True)
        @keys.add("c-s", eager=True)  # what finishes a form finishes everything
        def _(_event: KeyPressEvent) -> None:
            if self.finding:
                self.finding = False
            else:
                self._finish()

    def _bind_looking(self, keys: KeyBindings) -> None:
        calm = Condition(lambda: not self.finding)

        @keys.add("right", eager=True)
        def _(_event: KeyPressEvent) -> None:
            self.looking = True

        @keys.add("?", eager=True, filter=calm)
        def _(_event: KeyPressEvent) -> None:
            self.looking = not self.looking

        @keys.add("left", eager=True)
        def _(_event: KeyPressEvent) -> None:
            self.looking = False

        @keys.add("escape", eager=True)
        def _(_event: KeyPressEvent) -> None:
            if self.finding or self.control.search_filter:
                self._stop_finding()
            elif self.looking:
                self.looking = False
            else:
                self.frame.leave(self.frame.going_back())

    def _bind_finding(self, keys: KeyBindings) -> None:
        finding = Condition(lambda: self.finding)

        @keys.add("/", eager=True, filter=~finding)
        def _(_event: KeyPressEvent) -> None:
            self.finding = True

        @keys.add("backspace", eager=True, filter=finding)
        def _(_event: KeyPressEvent) -> None:
            wanted = self.control.search_filter or ""
            if wanted:
                self._find(wanted[:-1])
            else:
                self.finding = False

        @keys.add(Keys.BracketedPaste, eager=True)
        def _(event: KeyPressEvent) -> None:
            if self.finding:
                self._find((self.control.search_filter or "") + printable(event.data).strip())

        @keys.add(Keys.Any, filter=finding)
        def _(event: KeyPressEvent) -> None:
            if event.data.isprintable():
                self._find((self.control.search_filter or "") + event.data)


def _keep_low(application: Application[object]) -> InquirerControl:
    """Find questionary's list; its window grows no higher than its lines, so that the foot stays right below."""
    for window in application.layout.find_all_windows():
        if isinstance(window.content, InquirerControl):
            window.dont_extend_height = Always()
            return window.content
    raise TypeError("no list in questionary's layout")  # an upgrade of questionary changed it; the tests say so first


def fitted(choices: Sequence[Choice], *, ticks: bool, question: str = "") -> list[FittedChoice]:
    """The choices as questionary takes them; ``question`` is what stands before the answer."""
    return [FittedChoice(choice, ticks=ticks, question=question) for choice in choices]
