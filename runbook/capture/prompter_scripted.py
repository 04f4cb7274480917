"""Answers from a script: how the interview is tested, and how a recorded one is replayed.

A script is as strict as a person at a terminal: an answer that a real prompter would not accept (a value that is no
choice, a text that does not validate, a field that does not exist) fails, naming the question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from runbook.capture.prompter import Choice, Field, GoBack, InterruptedWhileAskingError, Validate

if TYPE_CHECKING:
    from typing import Any

Kind = TypeVar("Kind")


class Signal:
    """What a person does instead of answering; compared by identity."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


BACK: Final = Signal("BACK")
"""Goes back a question. In a mapping it happens once; afterwards the default is taken."""
INTERRUPT: Final = Signal("INTERRUPT")
"""Ctrl-C at this question. ``Interrupt("half a sent")`` carries what was being typed."""
DEFAULT: Final = Signal("DEFAULT")
"""Enter: whatever the question proposes."""


@dataclass(frozen=True)
class Interrupt:
    """Ctrl-C with something typed already."""

    partial: str = ""


class ScriptError(AssertionError):
    """The script and the questions do not fit; names the question."""


@dataclass(frozen=True)
class Asked:
    """One question, as it was asked.

    Args:
        method: ``text``, ``select``, ``checkbox``, ``confirm``, ``form`` or ``rows``.
        key: the question's name.
        message: what was asked.
        default: what would have been the answer on Enter.
        choices: of ``select`` and ``checkbox``.
        fields: of ``form`` and ``rows``.
        step: progress, as shown.
        help: the sentence for whoever asks what is meant.
    """

    method: str
    key: str
    message: str
    default: Any
    choices: tuple[Choice, ...] = ()
    fields: tuple[Field, ...] = ()
    step: str = ""
    help: str = ""


class ScriptedPrompter:
    """Answers by ``key``.

    Args:
        answers: a mapping gives a key the same answer whenever it is asked; a sequence of pairs gives a key's answers
            one after another. An answer may be a value, ``DEFAULT``, ``BACK``, ``INTERRUPT``, an ``Interrupt``, or a
            function that gets the ``Asked`` and returns one of these. A form's answer may leave fields out: they
            keep their defaults.
        strict: whether a question without an answer is an error; otherwise its default is taken.

    Attributes:
        asked: every question in order.
        shown: every text shown, in order.
    """

    def __init__(
        self, answers: Mapping[str, object] | Sequence[tuple[str, object]] = (), *, strict: bool = True
    ) -> None:
        self.asked: list[Asked] = []
        self.shown: list[str] = []
        self._strict = strict
        self._fixed: dict[str, object] = {}
        self._queues: dict[str, list[object]] = {}
        if isinstance(answers, Mapping):
            self._fixed.update(answers)
        else:
            for key, answer in answers:
                self._queues.setdefault(key, []).append(answer)

    @property
    def keys(self) -> list[str]:
        """The names of the questions asked so far, in order."""
        return [asked.key for asked in self.asked]

    @property
    def unused(self) -> list[str]:
        """Names with answers that nobody asked for: a script that has gone stale."""
        asked = set(self.keys)
        return [key for key in self._fixed if key not in asked] + [key for key, left in self._queues.items() if left]

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
        """See ``Prompter.text``; a line break in the answer to a one-line question fails."""
        asked = Asked("text", key, message, default, step=step, help=help)
        answer = _expect(asked, self._answer(asked), str).strip()
        if not multiline and "\n" in answer:
            raise ScriptError(f"{key}: a one-line question got {answer!r}")
        if problem := validate(answer) if validate else None:
            raise ScriptError(f"{key}: {answer!r} is not accepted: {problem}")
        return answer

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
        """See ``Prompter.select``."""
        values = [choice.value for choice in choices if not choice.disabled]
        if not values:
            raise ScriptError(f"{key}: nothing can be chosen")
        proposed = default if default in values else values[0]
        asked = Asked("select", key, message, proposed, choices=tuple(choices), step=step, help=help)
        answer = _expect(asked, self._answer(asked), str)
        if answer not in values:
            raise ScriptError(f"{key}: {answer!r} is none of {values}")
        return answer

    def checkbox(
        self,
        key: str,
        message: str,
        choices: Sequence[Choice],
        *,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> list[str]:
        """See ``Prompter.checkbox``; the answer may be any sequence or set of values."""
        values = [choice.value for choice in choices if not choice.disabled]
        ticked = [choice.value for choice in choices if choice.checked and not choice.disabled]
        asked = Asked("checkbox", key, message, ticked, choices=tuple(choices), step=step, help=help)
        answer = self._answer(asked)
        if not isinstance(answer, (list, tuple, set, frozenset)):
            raise ScriptError(f"{key}: checkbox needs a list of values, got {answer!r}")
        wrong = [value for value in answer if value not in values]
        if wrong:
            raise ScriptError(f"{key}: {wrong} not among {values}")
        return [value for value in values if value in answer]

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
        asked = Asked("confirm", key, message, default, step=step, help=help)
        return _expect(asked, self._answer(asked), bool)

    def form(
        self,
        key: str,
        message: str,
        fields: Sequence[Field],
        *,
        help: str = "",  # noqa: A002  the protocol's word
        step: str = "",
    ) -> dict[str, str]:
        """See ``Prompter.form``."""
        defaults = {field.name: field.default for field in fields}
        asked = Asked("form", key, message, defaults, fields=tuple(fields), step=step, help=help)
        return _row(asked, self._answer(asked), defaults)

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
        """See ``Prompter.rows``; a row may leave columns out and may carry keys that the given rows carry."""
        given = [dict(row) for row in rows]
        asked = Asked("rows", key, message, given, fields=tuple(columns), step=step, help=help)
        answer = self._answer(asked)
        if not isinstance(answer, (list, tuple)):
            raise ScriptError(f"{key}: a table needs a list of rows, got {answer!r}")
        extra = {name for row in given for name in row}
        defaults = {column.name: column.default for column in columns}
        return [_row(asked, row, defaults, extra) for row in answer]

    def show(self, text: str) -> None:
        """Keeps the text in ``shown``."""
        self.shown.append(text)

    def _answer(self, asked: Asked) -> object:
        self.asked.append(asked)
        answer = self._next(asked)
        while callable(answer):
            answer = answer(asked)
        if answer is BACK:
            raise GoBack
        if answer is INTERRUPT:
            raise InterruptedWhileAskingError(asked.key)
        if isinstance(answer, Interrupt):
            raise InterruptedWhileAskingError(asked.key, answer.partial)
        return asked.default if answer is DEFAULT else answer

    def _next(self, asked: Asked) -> object:
        key = asked.key
        if self._queues.get(key):
            return self._queues[key].pop(0)
        if key in self._fixed:
            answer = self._fixed[key]
            if answer is BACK:
                self._fixed[key] = DEFAULT
            return answer
        if self._strict:
            known = ", ".join([*self._fixed, *self._queues]) or "none"
            raise ScriptError(f"no answer left for {asked.method} {key!r} ({asked.message!r}); answers for: {known}")
        return DEFAULT


def _expect(asked: Asked, answer: object, kind: type[Kind]) -> Kind:
    if not isinstance(answer, kind):
        raise ScriptError(f"{asked.key}: {asked.method} needs a {kind.__name__}, got {answer!r}")
    return answer


def _row(asked: Asked, answer: object, defaults: Mapping[str, str], extra: set[str] | None = None) -> dict[str, str]:
    if not isinstance(answer, Mapping):
        raise ScriptError(f"{asked.key}: {asked.method} needs values by field name, got {answer!r}")
    unknown = [name for name in answer if name not in defaults and name not in (extra or set())]
    if unknown:
        raise ScriptError(f"{asked.key}: no such field: {unknown}; fields: {list(defaults)}")
    row = {**defaults, **answer}
    for field in asked.fields:
        if problem := field.problem(row[field.name]):
            raise ScriptError(f"{asked.key}.{field.name}: {row[field.name]!r} is not accepted: {problem}")
    return row
