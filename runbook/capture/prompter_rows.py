"""A small table to add to, edit and take from: a list of rows on the screen, each row edited as a form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.filters import Condition, is_done
from prompt_toolkit.layout import ConditionalContainer, Dimension, HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl

from runbook.capture.prompter import Field, GoBack, InterruptedWhileAskingError, printable
from runbook.capture.prompter_form import ask_form
from runbook.capture.prompter_screen import BACK_HINT, STYLE, Frame, Hints, Typed, pad, title, widest, write_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyBindings

COLUMN_MIN = 6  # columns of the screen; a table's column narrower than that says nothing and is left out
GAP = 2
NEW = -1
DONE = -2


@dataclass
class Table:
    """The rows as they stand, what was taken out last, and where the pointer is."""

    columns: Sequence[Field]
    rows: list[dict[str, str]]
    at: int = 0
    removed: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def move(self, by: int) -> None:
        """Moves the pointer, staying inside."""
        self.at = max(0, min(len(self.rows) - 1, self.at + by))

    def remove(self) -> None:
        """Takes the row at the pointer out; ``restore`` brings it back."""
        if self.rows:
            self.removed.append((self.at, self.rows.pop(self.at)))
            self.move(0)

    def restore(self) -> None:
        """Brings the row taken out last back to where it was."""
        if self.removed:
            self.at, row = self.removed.pop()
            self.rows.insert(self.at, row)

    def problem(self) -> str:
        """What is wrong with the first row that is not valid, with the pointer moved there; or an empty string."""
        for index, row in enumerate(self.rows):
            for column in self.columns:
                if wrong := column.problem(row.get(column.name, "")):
                    self.at = index
                    return f"row {index + 1}, {column.label}: {wrong}"
        return ""

    def widths(self, width: int) -> list[int]:
        """How wide each column is shown within ``width``; 0 for those that find no room."""
        count = max(1, min(len(self.columns), (width + GAP) // (COLUMN_MIN + GAP)))
        natural = [
            max(
                COLUMN_MIN,
                widest([printable(column.label), *(printable(row.get(column.name, "")) for row in self.rows)]),
            )
            for column in self.columns[:count]
        ]
        spare = width - GAP * (count - 1)
        while sum(natural) > spare and max(natural) > COLUMN_MIN:
            natural[natural.index(max(natural))] -= 1
        return [*natural, *[0] * (len(self.columns) - count)]


def ask_rows(
    key: str,
    message: str,
    columns: Sequence[Field],
    rows: Sequence[Mapping[str, str]],
    *,
    note: str,
    step: str,
) -> list[dict[str, str]]:
    """The rows as the person leaves them."""
    table = Table(columns, [dict(row) for row in rows])
    while True:
        wish = _TableScreen(key, message, table, note=note, step=step).run()
        if wish == DONE:
            break
        try:
            _edit_row(key, message, table, wish, step=step)
        except GoBack:
            continue  # out of the row, not out of the table
        except InterruptedWhileAskingError as interrupted:
            interrupted.rows = _with(table.rows, wish, interrupted.values)
            raise
    count = len(table.rows)
    write_summary(message, step, [("", f"{count} row{'' if count == 1 else 's'}" if count else "none")])
    return table.rows


def _edit_row(key: str, message: str, table: Table, wish: int, *, step: str) -> None:
    row = table.rows[wish] if wish != NEW else {column.name: column.default for column in table.columns}
    values = {column.name: row.get(column.name, "") for column in table.columns}
    heading = f"{message}: {'new' if wish == NEW else f'row {wish + 1}'}"
    edited = ask_form(key, heading, table.columns, note="", step=step, values=values, summary=False, escape=True)
    table.rows = _with(table.rows, wish, edited)
    table.at = len(table.rows) - 1 if wish == NEW else wish


def _with(rows: list[dict[str, str]], at: int, values: Mapping[str, str]) -> list[dict[str, str]]:
    """``rows`` with ``values`` in the row ``at``, or behind the last."""
    if at == NEW:
        return [*rows, dict(values)] if any(values.values()) else rows
    return [{**row, **values} if index == at else row for index, row in enumerate(rows)]


class _TableScreen:
    """One look at the table; answers what to do next: a row to edit, ``NEW`` or ``DONE``."""

    def __init__(self, key: str, message: str, table: Table, *, note: str, step: str) -> None:
        self.table = table
        self.heading = (message, step)
        self.frame = Frame(key, lambda: Typed(rows=[dict(row) for row in table.rows]), self._hints, help=note)
        self._bind(self.frame.keys)

    def run(self) -> int:
        body = FormattedTextControl(self._rows, focusable=True, show_cursor=False)
        top = Window(
            FormattedTextControl(lambda: title(*self.heading)),
            wrap_lines=True,
            dont_extend_height=True,
            height=Dimension(min=1, max=4),
        )
        names = ConditionalContainer(
            Window(FormattedTextControl(self._names), height=1),
            filter=Condition(lambda: bool(self.table.rows)) & ~is_done,
        )
        listing = Window(body, dont_extend_height=True)
        application: Application[int] = Application(
            layout=Layout(HSplit([top, names, listing]), listing), style=STYLE, erase_when_done=True
        )
        self.frame.dress(application)
        return self.frame.run(application, application.run)

    def _hints(self) -> Hints:
        if not self.table.rows:
            hints = [("a", "add"), ("enter", "go on with none")]
        else:
            hints = [("enter", "go on"), ("a", "add"), ("e", "edit"), ("d", "remove")]
        if self.table.removed:
            hints.append(("u", "bring back"))
        return [*hints, BACK_HINT]

    def _cells(self, texts: Sequence[str]) -> str:
        widths = self.table.widths(get_app().output.get_size().columns - 4)
        return (" " * GAP).join(pad(printable(text), width) for text, width in zip(texts, widths, strict=True) if width)

    def _names(self) -> StyleAndTextTuples:
        return [("", "   "), ("class:heading", self._cells([column.label for column in self.table.columns]))]

    def _rows(self) -> StyleAndTextTuples:
        parts: StyleAndTextTuples = []
        for index, row in enumerate(self.table.rows):
            cells = self._cells([row.get(column.name, "") for column in self.table.columns])
            if index == self.table.at:
                parts += [("class:pointer", " » "), ("[SetCursorPosition]", ""), ("class:highlighted", cells)]
            else:
                parts.append(("", f"   {cells}"))
            parts.append(("", "\n"))
        return parts[:-1] or [("class:foot", "   (nothing yet)")]

    def _bind(self, keys: KeyBindings) -> None:
        table = self.table
        for names, action in (
            (("up", "k", "c-p"), lambda: table.move(-1)),
            (("down", "j", "c-n"), lambda: table.move(1)),
            (("pageup",), lambda: table.move(-10)),
            (("pagedown",), lambda: table.move(10)),
            (("home",), lambda: table.move(-len(table.rows))),
            (("end",), lambda: table.move(len(table.rows))),
            (("d", "delete"), table.remove),
            (("u",), table.restore),
            (("a", "n", "+"), lambda: self._leave(NEW)),
            (("e", "right"), lambda: self._leave(table.at if table.rows else NEW)),
            (("enter", "c-j", "c-s"), self._finish),
            (("escape",), lambda: self.frame.leave(self.frame.going_back())),
        ):
            for name in names:
                keys.add(name, eager=True)(lambda _event, action=action: self._act(action))

    def _act(self, action: Callable[[], None]) -> None:
        self.frame.notice = ""
        action()

    def _finish(self) -> None:
        if wrong := self.table.problem():
            self.frame.notice = wrong
        else:
            self._leave(DONE)

    @staticmethod
    def _leave(wish: int) -> None:
        application = get_app()
        if application.future is not None and not application.future.done():
            application.exit(result=wish)
