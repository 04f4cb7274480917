"""The prompter the steps see: the real one, which also remembers what was being typed and says how far we are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from runbook.capture.prompter import Choice, Field, GoBack, InterruptedWhileAskingError, Prompter, Validate

Answer = TypeVar("Answer")
Draft = Mapping[str, Any]
"""What was being typed: ``{"text": …}``, ``{"values": {field: …}}`` or ``{"rows": […]}``; ``{}`` says only where."""


class Asking:
    """Wraps a :class:`Prompter`.

    Args:
        prompter: who really asks.
        drafts: by question, what was being typed when the interview was left.
        keep: saves a draft, or forgets it (None).

    Attributes:
        screens: how many questions were asked.
        place: progress, such as ``(4/10)``; shown with every question.
    """

    def __init__(
        self, prompter: Prompter, drafts: Mapping[str, Draft], keep: Callable[[str, Draft | None], None]
    ) -> None:
        self.screens = 0
        self.place = ""
        self._prompter = prompter
        self._drafts = dict(drafts)
        self._keep = keep
        self._unsaved: dict[str, Draft] = {}

    def has_draft(self, prefix: str) -> bool:
        """Whether a question whose key begins with ``prefix`` was left while it was being answered."""
        return any(key.startswith(prefix) for key in self._drafts)

    def text(
        self,
        key: str,
        message: str,
        *,
        default: str = "",
        multiline: bool = False,
        validate: Validate | None = None,
        help: str = "",  # noqa: A002  the protocol's word
    ) -> str:
        """See :meth:`Prompter.text`."""
        proposed = str(self._draft(key).get("text") or default)
        return self._ask(
            key,
            lambda: self._prompter.text(
                key,
                message,
                default=proposed,
                multiline=multiline or "\n" in proposed,
                validate=validate,
                help=help,
                step=self.place,
            ),
        )

    def select(
        self,
        key: str,
        message: str,
        choices: Sequence[Choice],
        *,
        default: str = "",
        help: str = "",  # noqa: A002  the protocol's word
    ) -> str:
        """See :meth:`Prompter.select`."""
        return self._ask(
            key, lambda: self._prompter.select(key, message, choices, default=default, help=help, step=self.place)
        )

    def checkbox(
        self,
        key: str,
        message: str,
        choices: Sequence[Choice],
        *,
        help: str = "",  # noqa: A002  the protocol's word
    ) -> list[str]:
        """See :meth:`Prompter.checkbox`."""
        return self._ask(key, lambda: self._prompter.checkbox(key, message, choices, help=help, step=self.place))

    def form(
        self,
        key: str,
        message: str,
        fields: Sequence[Field],
        *,
        help: str = "",  # noqa: A002  the protocol's word
    ) -> dict[str, str]:
        """See :meth:`Prompter.form`."""
        typed = dict(self._draft(key).get("values") or {})
        filled = [replace(field, default=str(typed.get(field.name, field.default))) for field in fields]
        return self._ask(key, lambda: self._prompter.form(key, message, filled, help=help, step=self.place))

    def rows(
        self,
        key: str,
        message: str,
        columns: Sequence[Field],
        rows: Sequence[Mapping[str, str]],
        *,
        help: str = "",  # noqa: A002  the protocol's word
    ) -> list[dict[str, str]]:
        """See :meth:`Prompter.rows`."""
        filled = self._draft(key).get("rows") or rows
        return self._ask(key, lambda: self._prompter.rows(key, message, columns, filled, help=help, step=self.place))

    def show(self, text: str) -> None:
        """See :meth:`Prompter.show`."""
        self._prompter.show(text)

    def _draft(self, key: str) -> Draft:
        return self._unsaved.get(key) or self._drafts.get(key) or {}

    def _ask(self, key: str, ask: Callable[[], Answer]) -> Answer:
        self.screens += 1
        try:
            answer = ask()
        except GoBack as back:
            if typed := _typed(back.partial, back.values):
                self._unsaved[key] = typed
            raise
        except InterruptedWhileAskingError as interrupted:
            self._keep(key, _typed(interrupted.partial, interrupted.values, interrupted.rows) or self._draft(key))
            raise
        self._unsaved.pop(key, None)
        if self._drafts.pop(key, None) is not None:
            self._keep(key, None)
        return answer


def _typed(partial: str, values: Mapping[str, str], rows: Sequence[Mapping[str, str]] = ()) -> Draft:
    if values:
        return {"values": dict(values)}
    if rows:
        return {"rows": [dict(row) for row in rows]}
    return {"text": partial} if partial else {}
