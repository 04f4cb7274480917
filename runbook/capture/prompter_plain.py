"""The prompter in plain lines: for screen readers, dumb terminals and slow connections.

Nothing is drawn twice and no cursor moves: a question is printed, a line is read. The same words work in every
question: ``<`` or ``back``, ``?`` for help, ``.edit`` for the editor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.capture.editor import edit
from runbook.capture.prompter import Choice, Field, GoBack, InterruptedWhileAskingError, Validate, printable
from runbook.capture.prompter_lines import CLEAR_WORD, EDIT_WORD, END_WORD, HELP_WORDS, Lines, literal, numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import TextIO

PAGE = 40  # choices printed at once
INLINE = 60  # characters of a present value that stand in the prompt itself


class PlainPrompter:
    """Asks line by line; see ``Prompter`` for what each method answers and raises.

    Args:
        source: where lines come from; stdin by default.
        target: where questions go; stdout by default.
    """

    def __init__(self, source: TextIO | None = None, target: TextIO | None = None) -> None:
        self._lines = Lines(source, target)

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
        """See ``Prompter.text``. Several lines end with a line that holds a single dot."""
        self._lines.heading(message, step)
        return self._field(key, Field(key, "", default, multiline=multiline, validate=validate, help=help), default)

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
        """See ``Prompter.select``. A number or the value itself; ``?2`` looks at the second, ``/word`` finds."""
        open_values = [choice.value for choice in choices if not choice.disabled]
        if not open_values:
            raise ValueError(f"{key}: a question without a choice that can be taken")
        proposed = default if default in open_values else open_values[0]
        at = next(i for i, choice in enumerate(choices, 1) if choice.value == proposed)
        self._lines.heading(message, step)
        self._list(choices)
        while True:
            line = self._lines.answer(key, f"Number, or Enter for {at} ({_named(choices[at - 1])}): ")
            if not line:
                return proposed
            if self._list_word(line, choices, help):
                continue
            picked = numbers(line, len(choices)) or [
                i for i, choice in enumerate(choices, 1) if line in {choice.value, choice.title}
            ]
            if len(picked) != 1:
                self._lines.say(f"  One number from 1 to {len(choices)}, please; ? gives help.")
            elif reason := choices[picked[0] - 1].disabled:
                self._lines.say(f"  {picked[0]} cannot be chosen: {printable(reason)}")
            else:
                return choices[picked[0] - 1].value

    def checkbox(
        self,
        key: str,
        message: str,
        choices: Sequence[Choice],
        *,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> list[str]:
        """See ``Prompter.checkbox``. Numbers tick or untick; Enter goes on with what is ticked."""
        able = {i for i, choice in enumerate(choices, 1) if not choice.disabled}
        ticked = {i for i in able if choices[i - 1].checked}
        self._lines.heading(message, step)
        self._list(choices, ticked)
        while True:
            told = f"ticked: {', '.join(map(str, sorted(ticked)))}" if ticked else "none ticked"
            line = self._lines.answer(key, f"{told}. Enter goes on; numbers tick or untick, such as 1 3-5; all; none: ")
            if not line:
                return [choice.value for i, choice in enumerate(choices, 1) if i in ticked]
            if line in {"all", "none"}:
                ticked = set(able) if line == "all" else set()
            elif not self._list_word(line, choices, help, ticked):
                picked = numbers(line, len(choices))
                ticked ^= able & set(picked)
                if not picked:
                    self._lines.say(f"  Numbers from 1 to {len(choices)}, please; ? gives help.")
                for i in picked:
                    choice = choices[i - 1]
                    what = f"cannot be chosen: {printable(choice.disabled)}" if choice.disabled else _named(choice)
                    self._lines.say(f"  {i} {'ticked' if i in ticked else 'not ticked'}, {what}")

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
        self._lines.heading(message, step)
        while True:
            line = self._lines.answer(key, f"yes or no, Enter for {'yes' if default else 'no'}: ").casefold()
            if not line:
                return default
            if line in {"y", "yes", "n", "no"}:
                return line.startswith("y")
            if line in HELP_WORDS:
                self._lines.help(help)
            else:
                self._lines.say("  Please answer yes or no.")

    def form(
        self,
        key: str,
        message: str,
        fields: Sequence[Field],
        *,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> dict[str, str]:
        """See ``Prompter.form``. One field after another; ``<`` goes to the field before."""
        self._lines.heading(message, step)
        if help:
            self._lines.say(f"  {printable(help)}")
        if not fields:
            self._lines.answer(key, "Enter goes on: ")
        return self._fields(key, fields, {field.name: field.default for field in fields})

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
        """See ``Prompter.rows``. ``add``, ``edit 2``, ``remove 2``, ``list``, and Enter to go on."""
        table = [dict(row) for row in rows]
        self._lines.heading(message, step)
        self._table(columns, table)
        while True:
            try:
                line = self._lines.answer(key, "Enter goes on; add, edit 1, remove 1, list: ")
            except (GoBack, InterruptedWhileAskingError) as leaving:
                leaving.rows = table
                raise
            if not line:
                problem = _first_problem(columns, table)
                if not problem:
                    return table
                self._lines.say(f"  {problem}")
            elif line in HELP_WORDS:
                self._lines.help(help)
            else:
                self._change(key, columns, table, line)

    def show(self, text: str) -> None:
        """See ``Prompter.show``."""
        self._lines.say(printable(text, lines=True))

    def _fields(self, key: str, fields: Sequence[Field], values: dict[str, str]) -> dict[str, str]:
        index = 0
        while index < len(fields):
            field = fields[index]
            try:
                values[field.name] = self._field(key, field, values[field.name])
                index += 1
            except GoBack as back:
                values[field.name] = back.partial or values[field.name]
                if index == 0:
                    raise GoBack(back.partial, values) from None
                index -= 1
            except InterruptedWhileAskingError as interrupted:
                interrupted.values = {**values, field.name: interrupted.partial or values[field.name]}
                raise
        return values

    def _field(self, key: str, field: Field, now: str) -> str:
        """One answer, asked until it is valid; ``now`` is what Enter keeps."""
        while True:
            prompt = self._prompt(field, now)
            line = self._lines.answer(key, prompt)
            if line in HELP_WORDS:
                self._lines.help(field.help)
                continue
            if line in {EDIT_WORD, CLEAR_WORD}:
                now = "" if line == CLEAR_WORD else self._edited(field, now)
                continue
            value = self._value(key, field, line, now)
            problem = field.problem(value)
            if not problem:
                return value.strip()
            self._lines.say(f"  Not accepted: {printable(problem)}")
            now = value if field.multiline else now

    def _value(self, key: str, field: Field, line: str, now: str) -> str:
        if not line:
            return now
        if field.choices:
            picked = numbers(line, len(field.choices))
            return field.choices[picked[0] - 1] if len(picked) == 1 else line
        if not field.multiline:
            return literal(line)
        lines: list[str] = []
        while line.strip() != END_WORD:
            if lines and line.strip() == EDIT_WORD:
                return self._edited(field, "\n".join(lines))
            if lines and line.strip() == "<":
                raise GoBack("\n".join(lines))
            lines.append(literal(line))
            line = self._lines.read(key, "", "\n".join(lines))
        return "\n".join(lines)

    def _prompt(self, field: Field, now: str) -> str:
        """Says what is there and what Enter does with it, in as few words as possible."""
        label, shown = printable(field.label), printable(now, lines=True)
        if field.choices:
            options = ", ".join(f"{i} {printable(choice)}" for i, choice in enumerate(field.choices, 1))
            return f"{label}: {options}. Enter for {shown or 'none'}: "
        inline = bool(label) and "\n" not in shown and len(shown) <= INLINE and not field.multiline
        if shown and not inline:
            self._lines.say(f"  {label or 'Now'}:")
            for line in shown.split("\n"):
                self._lines.say(f"    {line}")
            self._lines.say("  Enter keeps this.")
        if field.multiline:
            self._lines.say("  Several lines; a line with a single dot ends them.")
        if inline:
            return f"{label}, Enter for {shown}: " if shown else f"{label}: "
        return f"{label}: " if label and not shown else "> "

    def _edited(self, field: Field, text: str) -> str:
        edited = edit(text, field.label)
        if edited.problem:
            self._lines.say(f"  {printable(edited.problem)}")
        return edited.text if field.multiline else " ".join(edited.text.split())

    def _list(
        self,
        choices: Sequence[Choice],
        ticked: Collection[int] | None = None,
        wanted: str = "",
        *,
        limit: int = PAGE,
    ) -> None:
        found = [i for i, choice in enumerate(choices, 1) if wanted.casefold() in choice.title.casefold()]
        for i in found[:limit]:
            choice = choices[i - 1]
            tick = "" if ticked is None else "ticked " if i in ticked else ""
            more = ", ".join(printable(part) for part in (choice.hint, choice.disabled) if part)
            self._lines.say(f"  {i}. {tick}{_named(choice)}{f' ({more})' if more else ''}")
        if not found:
            self._lines.say("  (nothing to choose from)" if not wanted else "  Nothing found.")
        if len(found) > limit:
            self._lines.say(f"  and {len(found) - limit} more: list prints all, /word finds some")

    def _list_word(
        self, line: str, choices: Sequence[Choice], note: str, ticked: Collection[int] | None = None
    ) -> bool:
        """Whether ``line`` was a word about the list (``?``, ``?2``, ``/word``, ``list``), done now."""
        look = numbers(line[1:], len(choices)) if line.startswith("?") else []
        if line in HELP_WORDS:
            self._lines.help(note)
            self._lines.say("  ?2 tells more about number 2, /word finds a word, list prints all again.")
        elif look:
            for i in look:
                detail = printable(choices[i - 1].detail, lines=True) or "nothing more is known"
                self._lines.say(f"  {i}. {_named(choices[i - 1])}")
                for part in detail.split("\n"):
                    self._lines.say(f"     {part}")
        elif line.startswith("/"):
            self._list(choices, ticked, line[1:])
        elif line == "list":
            self._list(choices, ticked, limit=len(choices))
        else:
            return False
        return True

    def _table(self, columns: Sequence[Field], table: Sequence[Mapping[str, str]]) -> None:
        for i, row in enumerate(table, 1):
            cells = [f"{column.label}: {row.get(column.name) or 'none'}" for column in columns]
            self._lines.say(f"  {i}. {printable('; '.join(cells))}")
        if not table:
            self._lines.say("  (nothing yet)")

    def _change(self, key: str, columns: Sequence[Field], table: list[dict[str, str]], line: str) -> None:
        """Does ``add``, ``edit N``, ``remove N`` or ``list`` to ``table``."""
        word, _, rest = line.partition(" ")
        picked = numbers(rest, len(table))
        if word == "list" and not rest:
            self._table(columns, table)
        elif word == "add" and not rest:
            self._edit_row(key, columns, table, None)
        elif word == "edit" and len(picked) == 1:
            self._edit_row(key, columns, table, picked[0] - 1)
        elif word == "remove" and picked:
            for i in sorted(picked, reverse=True):
                del table[i - 1]
            self._table(columns, table)
        else:
            self._lines.say("  add, edit 1, remove 1, list, or Enter to go on; ? gives help.")

    def _edit_row(self, key: str, columns: Sequence[Field], table: list[dict[str, str]], at: int | None) -> None:
        row = {} if at is None else table[at]
        values = {column.name: row.get(column.name, column.default if at is None else "") for column in columns}
        try:
            values = self._fields(key, columns, values)
        except GoBack:
            self._lines.say("  Left as it was.")
            return
        except InterruptedWhileAskingError as interrupted:
            kept = [*table] if at is None else [*table[:at], *table[at + 1 :]]
            kept.insert(len(kept) if at is None else at, {**row, **interrupted.values})
            interrupted.rows = kept
            raise
        if at is None:
            table.append(values)
        else:
            table[at] = {**row, **values}
        self._table(columns, table)


def _named(choice: Choice) -> str:
    return printable(choice.title) or printable(choice.value)


def _first_problem(columns: Sequence[Field], table: Sequence[Mapping[str, str]]) -> str:
    for i, row in enumerate(table, 1):
        for column in columns:
            if problem := column.problem(row.get(column.name, "")):
                return printable(f"Row {i}, {column.label}: {problem}; edit {i} to put it right")
    return ""
