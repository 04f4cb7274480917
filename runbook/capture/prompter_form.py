"""Several fields on one screen, which questionary does not have (its forms ask one question after another)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, has_focus, is_done
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import ConditionalContainer, Dimension, HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.scrollable_pane import ScrollablePane

from runbook.capture.editor import edit
from runbook.capture.prompter import Field, printable
from runbook.capture.prompter_screen import (
    BACK_HINT,
    STYLE,
    Frame,
    Hints,
    OpenEditor,
    Typed,
    fit,
    title,
    widest,
    wrap,
    write_summary,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prompt_toolkit.formatted_text import StyleAndTextTuples

LINES_MAX = 6  # rows that one field may take before it scrolls
NARROW = 60  # columns; below that a label may take a third of the width, above it two fifths


class Line:
    """One field on the screen: its label, its text or its choices, and what is wrong with it."""

    def __init__(self, field: Field, value: str) -> None:
        self.field = field
        self.problem = ""
        self.given = value
        self.options = list(dict.fromkeys([*([value] if value not in field.choices else []), *field.choices]))
        self.index = self.options.index(value) if field.choices else 0
        self.shown = printable(value, lines=field.multiline)
        self.buffer = Buffer(document=Document(self.shown), multiline=True)
        self.buffer.on_text_changed += lambda _: setattr(self, "problem", "")
        if field.choices:
            control: FormattedTextControl | BufferControl = FormattedTextControl(
                self._option, focusable=True, show_cursor=False, key_bindings=self._option_keys()
            )
        else:
            control = BufferControl(self.buffer, focusable=True)
        self.window = Window(control, wrap_lines=True, dont_extend_height=True, height=Dimension(min=1, max=LINES_MAX))

    @property
    def value(self) -> str:
        """What stands there; what a person did not touch is as it was given."""
        if self.field.choices:
            return self.options[self.index]
        return self.given.strip() if self.buffer.text == self.shown else self.buffer.text.strip()

    @property
    def multiline(self) -> bool:
        """Whether line breaks are welcome."""
        return self.field.multiline and not self.field.choices

    def turn(self, by: int) -> None:
        """The next choice, around the end."""
        self.index = (self.index + by) % len(self.options)
        self.problem = ""

    def _option(self) -> StyleAndTextTuples:
        value = printable(self.options[self.index]) or "(none)"
        return [("", f"‹ {value} ›" if has_focus(self.window)() else f"  {value}")]

    def _option_keys(self) -> KeyBindings:
        keys = KeyBindings()
        for names, by in ((("left",), -1), (("right", " "), 1)):
            for name in names:
                keys.add(name, eager=True)(lambda _event, by=by: self.turn(by))

        @keys.add(Keys.Any)
        def _(event: KeyPressEvent) -> None:
            order = [(self.index + offset) % len(self.options) for offset in range(1, len(self.options) + 1)]
            wanted = [i for i in order if self.options[i].casefold().startswith(event.data.casefold())]
            if wanted and event.data.strip():
                self.turn(wanted[0] - self.index)

        return keys


class LowPane(ScrollablePane):
    """Scrolls when the terminal is too low, and takes no room it does not need, so that the foot stays right below."""

    def preferred_height(self, width: int, max_available_height: int) -> Dimension:
        """As high as the fields, not higher."""
        wanted = super().preferred_height(width, max_available_height).preferred
        return Dimension(min=min(1, wanted), preferred=wanted, max=wanted)


class FormScreen:
    """One run of a form.

    Args:
        key: the question's name.
        heading: the message and the progress.
        lines: the fields with what they hold.
        note: a sentence for whoever asks what is meant.
        escape: whether Esc leaves, where nothing but this form would be left.
    """

    def __init__(
        self, key: str, heading: tuple[str, str], lines: list[Line], *, note: str = "", escape: bool = False
    ) -> None:
        self.lines = lines
        self.note = note
        self.frame = Frame(key, self._typed, self._hints, help=note)
        self.heading = heading
        self._bind(self.frame.keys)
        if escape or not lines:
            self.frame.keys.add("escape")(lambda _event: self.frame.leave(self.frame.going_back()))

    def run(self, start: int = 0) -> dict[str, str]:
        """Asks; returns the value of each field by name."""
        pane = LowPane(
            HSplit([self._line(line) for line in self.lines] or [Window(height=0)]),
            show_scrollbar=False,
            display_arrows=False,
        )
        top = Window(
            FormattedTextControl(lambda: title(*self.heading)),
            wrap_lines=True,
            dont_extend_height=True,
            height=Dimension(min=1, max=4),
        )
        container = HSplit([top, pane] if self.lines else [top])
        focused = self.lines[start].window if self.lines else None
        if focused is None:
            top.content = FormattedTextControl(lambda: title(*self.heading), focusable=True, show_cursor=False)
        application: Application[dict[str, str]] = Application(
            layout=Layout(container, focused or top), style=STYLE, erase_when_done=True
        )
        self.frame.dress(application)
        return self.frame.run(application, application.run)

    def current(self) -> int:
        """The index of the field with the cursor."""
        for index, line in enumerate(self.lines):
            if get_app().layout.has_focus(line.window):
                return index
        return 0

    def _typed(self) -> Typed:
        values = {line.field.name: line.value for line in self.lines}
        return Typed(self.lines[self.current()].value if self.lines else "", values)

    def _hints(self) -> Hints:
        if not self.lines:
            return [("enter", "go on"), BACK_HINT]
        line = self.lines[self.current()]
        last = self.current() == len(self.lines) - 1
        hints = [("enter", "done" if last else "next")]
        if line.field.choices:
            hints.insert(0, ("←→", "choose"))
        hints.append(("ctrl-j", "new line") if line.multiline else ("tab", "move"))
        hints.append(BACK_HINT)
        if not last:
            hints.append(("ctrl-s", "done"))
        if line.multiline:
            hints.append(("ctrl-e", "editor"))
        return hints

    def _line(self, line: Line) -> HSplit:
        focused = has_focus(line.window)

        def label() -> StyleAndTextTuples:
            mark, style = ("» ", "class:label.focused") if focused() else ("  ", "class:label")
            return [(style, mark + fit(printable(line.field.label), self._label_width()))]

        def below() -> StyleAndTextTuples:
            if line.problem:
                return [("class:wrong", wrap(f"✗ {printable(line.problem)}", "    "))]
            return [("class:foot", wrap(printable(line.field.help), "    "))]

        told = Condition(lambda: bool(line.problem) or bool(focused() and line.field.help))
        return HSplit(
            [
                VSplit(
                    [
                        Window(
                            FormattedTextControl(label),
                            width=lambda: Dimension.exact(self._label_width() + 4),
                            dont_extend_height=True,
                        ),
                        line.window,
                    ]
                ),
                ConditionalContainer(
                    Window(
                        FormattedTextControl(below),
                        wrap_lines=True,
                        dont_extend_height=True,
                        height=Dimension(min=1, max=3),
                    ),
                    filter=told & ~is_done,
                ),
            ]
        )

    def _label_width(self) -> int:
        columns = get_app().output.get_size().columns
        most = columns // 3 if columns < NARROW else columns * 2 // 5
        return max(4, min(most, widest(printable(line.field.label) for line in self.lines)))

    def _check(self, line: Line) -> bool:
        line.problem = self.frame.checked(line.field.problem)(line.value) or ""
        return not line.problem

    def _go(self, index: int) -> None:
        if self.lines:
            get_app().layout.focus(self.lines[index % len(self.lines)].window)

    def _submit(self) -> None:
        wrong = [index for index, line in enumerate(self.lines) if not self._check(line)]
        application = get_app()
        if wrong:
            self._go(wrong[0])
        elif application.future is not None and not application.future.done():
            application.exit(result={line.field.name: line.value for line in self.lines})

    def _enter(self) -> None:
        here = self.current()
        if not self.lines or here == len(self.lines) - 1:
            self._submit()
        elif self._check(self.lines[here]):
            self._go(here + 1)

    def _step(self, by: int) -> None:
        """Up and down: through the lines of a text first, then to the next field."""
        if not self.lines:
            return
        here = self.current()
        buffer = self.lines[here].buffer
        row = buffer.document.cursor_position_row + by
        if not self.lines[here].field.choices and 0 <= row < buffer.document.line_count:
            (buffer.cursor_down if by > 0 else buffer.cursor_up)()
        elif 0 <= here + by < len(self.lines):
            self._check(self.lines[here])
            self._go(here + by)

    def _bind(self, keys: KeyBindings) -> None:
        for name, action in (
            ("enter", self._enter),
            ("c-s", self._submit),
            ("tab", lambda: self._go(self.current() + 1)),
            ("s-tab", lambda: self._go(self.current() - 1)),
            ("up", lambda: self._step(-1)),
            ("down", lambda: self._step(1)),
        ):
            keys.add(name, eager=True)(lambda _event, action=action: action())
        several = Condition(lambda: bool(self.lines) and self.lines[self.current()].multiline)

        @keys.add("c-j", eager=True)
        @keys.add("escape", "enter", filter=several)
        def _(event: KeyPressEvent) -> None:
            if several():
                event.current_buffer.insert_text("\n")
            else:
                self._enter()

        @keys.add(Keys.BracketedPaste, eager=True)
        def _(event: KeyPressEvent) -> None:
            if not self.lines or self.lines[self.current()].field.choices:
                return
            text = printable(event.data.replace("\r\n", "\n").replace("\r", "\n"), lines=several())
            event.current_buffer.insert_text(text if several() else text.strip())

        @keys.add("c-e", filter=several, eager=True)
        @keys.add("c-x", "c-e", filter=several, eager=True)
        def _(event: KeyPressEvent) -> None:
            self.frame.leave(OpenEditor(event.current_buffer.text))


def ask_form(
    key: str,
    message: str,
    fields: Sequence[Field],
    *,
    note: str,
    step: str,
    values: Mapping[str, str] | None = None,
    summary: bool = True,
    escape: bool = False,
) -> dict[str, str]:
    """The fields, filled in with ``values`` or their defaults; leaves a summary on the screen unless told not to."""
    held = {field.name: field.default for field in fields} | dict(values or {})
    start, notice = 0, ""
    while True:
        lines = [Line(field, held[field.name]) for field in fields]
        screen = FormScreen(key, (message, step), lines, note=note, escape=escape)
        screen.frame.notice = notice
        try:
            answer = screen.run(start)
        except OpenEditor as wish:
            start = next(i for i, line in enumerate(lines) if line.buffer.text == wish.text and line.multiline)
            held = {line.field.name: line.value for line in lines}
            edited = edit(wish.text, f"{message}: {fields[start].label}")
            held[fields[start].name], notice = edited.text, edited.problem
        else:
            if summary:
                told = [(printable(field.label), printable(answer[field.name]) or "–") for field in fields]
                write_summary(message, step, told)
            return answer
