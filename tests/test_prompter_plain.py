"""The prompter in plain lines: through pipes, and on a terminal that can do nothing."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from ptydriver import ENTER, ctrl, python

from runbook.capture.prompter import Choice, Field, GoBack, InterruptedWhileAskingError, Prompter, make_prompter
from runbook.capture.prompter_plain import PlainPrompter
from runbook.errors import BadInputError, InterruptedByUserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Talk:
    """A plain prompter with its answers lined up."""

    def __init__(self, *lines: str) -> None:
        self._said = io.StringIO()
        self.ask: Prompter = PlainPrompter(io.StringIO("".join(f"{line}\n" for line in lines)), self._said)

    @property
    def said(self) -> str:
        return self._said.getvalue()


CHOICES = [
    Choice("build", "COPY source missing", detail="COPY failed\nfix: build in the root", hint="12:05", checked=True),
    Choice("db", "DATABASE_URL missing", hint="09:40"),
    Choice("old", "something else", disabled="dismissed"),
    Choice("sed", "a broken sed script"),
]
FIELDS = [
    Field("started", "Started", "09:02"),
    Field("detected", "Detected", validate=lambda value: None if value else "say when"),
    Field("severity", "Severity", "high", choices=("critical", "high", "low")),
]
COLUMNS = [Field("title", "Action", validate=lambda v: None if v else "say what"), Field("owner", "Owner")]
ROWS = [{"title": "CI builds", "owner": "kim", "id": "a1"}, {"title": "Checklist", "owner": "", "id": "a2"}]


def test_an_empty_line_takes_the_default_that_is_shown() -> None:
    talk = Talk("")
    assert talk.ask.text("t", "What happened?", default="It broke", step="(1/10)") == "It broke"
    assert "(1/10) What happened?\n" in talk.said
    assert "    It broke\n  Enter keeps this.\n" in talk.said


def test_several_lines_end_with_a_dot_and_keep_their_inner_blanks() -> None:
    talk = Talk("- one", "", "    code", ".")
    assert talk.ask.text("t", "Tell", multiline=True) == "- one\n\n    code"
    assert "a line with a single dot ends them" in talk.said


def test_what_is_wrong_is_said_and_asked_again() -> None:
    talk = Talk("noon", "12:00")
    assert talk.ask.text("t", "When?", validate=lambda v: None if ":" in v else "no time such as 14:32") == "12:00"
    assert "Not accepted: no time such as 14:32" in talk.said


@pytest.mark.parametrize("word", ["<", "back", " BACK "])
def test_back_goes_back_from_every_question(word: str) -> None:
    asks: list[Callable[[Prompter], object]] = [
        lambda p: p.text("t", "T"),
        lambda p: p.text("t", "T", multiline=True),
        lambda p: p.select("s", "S", CHOICES),
        lambda p: p.checkbox("c", "C", CHOICES),
        lambda p: p.confirm("c", "C"),
        lambda p: p.form("f", "F", FIELDS),
        lambda p: p.rows("r", "R", COLUMNS, ROWS),
    ]
    for ask in asks:
        with pytest.raises(GoBack):
            ask(Talk(word).ask)


def test_going_back_out_of_a_long_text_carries_its_lines() -> None:
    with pytest.raises(GoBack) as back:
        Talk("one", "two", "<").ask.text("t", "Tell", multiline=True)
    assert back.value.partial == "one\ntwo"


def test_a_word_that_means_something_is_answered_behind_a_backslash() -> None:
    assert Talk("\\back").ask.text("t", "Which way?") == "back"
    assert Talk("x", "\\.", ".").ask.text("t", "Tell", multiline=True) == "x\n."
    assert Talk("\\\\server\\share").ask.text("t", "Where?") == "\\\\server\\share"


def test_help_is_given_and_the_question_asked_again() -> None:
    talk = Talk("?", "x")
    assert talk.ask.text("t", "What?", help="One sentence.") == "x"
    assert "  One sentence.\n" in talk.said
    assert "< or back" in talk.said


def test_clear_empties_a_default() -> None:
    assert Talk(".clear", "").ask.text("t", "What?", default="old") == ""


@pytest.mark.parametrize(
    ("typed", "value"), [("", "db"), ("1", "build"), ("sed", "sed"), ("a broken sed script", "sed")]
)
def test_a_choice_is_a_number_its_value_or_its_title(typed: str, value: str) -> None:
    assert Talk(typed).ask.select("s", "Which?", CHOICES, default="db") == value


def test_a_choice_that_is_none_and_one_that_is_disabled_are_refused_with_the_reason() -> None:
    talk = Talk("9", "3", "4")
    assert talk.ask.select("s", "Which?", CHOICES) == "sed"
    assert "One number from 1 to 4" in talk.said
    assert "3 cannot be chosen: dismissed" in talk.said


def test_ticks_are_changed_by_number_until_enter() -> None:
    talk = Talk("1 2-4", "")
    assert talk.ask.checkbox("c", "Which?", CHOICES) == ["db", "sed"]
    assert "  1. ticked COPY source missing (12:05)\n" in talk.said
    assert "1 not ticked, COPY source missing" in talk.said
    assert "cannot be chosen: dismissed" in talk.said
    assert Talk("all", "").ask.checkbox("c", "Which?", CHOICES) == ["build", "db", "sed"]
    assert Talk("none", "").ask.checkbox("c", "Which?", CHOICES) == []


def test_a_choice_can_be_looked_at() -> None:
    talk = Talk("?1", "")
    talk.ask.checkbox("c", "Which?", CHOICES)
    assert "     COPY failed\n     fix: build in the root\n" in talk.said


def test_a_long_list_is_cut_and_found_in() -> None:
    talk = Talk("/number 15", "151")
    many = [Choice(str(i), f"choice number {i}") for i in range(200)]
    assert talk.ask.select("s", "Which?", many) == "150"
    assert "and 160 more" in talk.said
    assert "  151. choice number 150\n" in talk.said


def test_a_form_asks_field_by_field_and_back_goes_to_the_field_before() -> None:
    talk = Talk("", "", "09:10", "<", "09:15", "3")
    answer = talk.ask.form("f", "When?", FIELDS)
    assert answer == {"started": "09:02", "detected": "09:15", "severity": "low"}
    assert "Not accepted: say when" in talk.said


def test_a_form_left_in_the_middle_carries_its_fields() -> None:
    with pytest.raises(InterruptedWhileAskingError) as gone:
        Talk("09:03", "09:10").ask.form("f", "When?", FIELDS)
    assert gone.value.values == {"started": "09:03", "detected": "09:10", "severity": "high"}


def test_a_table_is_added_to_edited_and_taken_from() -> None:
    talk = Talk("add", "Pin the image", "ana", "edit 2", "", "kim", "remove 1", "")
    assert talk.ask.rows("r", "Actions", COLUMNS, ROWS) == [
        {"title": "Checklist", "owner": "kim", "id": "a2"},
        {"title": "Pin the image", "owner": "ana"},
    ]


def test_a_table_is_not_left_with_a_wrong_row() -> None:
    talk = Talk("", "edit 1", "now it has one", "", "")
    assert talk.ask.rows("r", "Actions", COLUMNS, [{"title": ""}]) == [{"title": "now it has one", "owner": ""}]
    assert "Row 1, Action: say what; edit 1 to put it right" in talk.said


def test_the_end_of_input_is_an_interrupt_that_carries_the_lines() -> None:
    with pytest.raises(InterruptedByUserError) as gone:
        Talk("one", "two").ask.text("story", "Tell", multiline=True)
    assert isinstance(gone.value, InterruptedWhileAskingError)
    assert (gone.value.key, gone.value.partial, str(gone.value)) == ("story", "one\ntwo", "The input ended")


def test_the_editor_opens_on_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = tmp_path / "ed"
    editor.write_text('#!/bin/sh\necho "from the editor" >>"$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    assert Talk(".edit", "").ask.text("t", "Tell", default="old", multiline=True) == "old\nfrom the editor"
    assert Talk("typed", ".edit").ask.text("t", "Tell", multiline=True) == "typed\nfrom the editor"
    assert Talk(".edit", "").ask.text("t", "Title?", default="old") == "old from the editor"


def test_bytes_that_are_no_text_do_not_stop_it() -> None:
    source = io.TextIOWrapper(io.BytesIO(b"caf\xe9\n"), encoding="utf-8")
    target = io.TextIOWrapper(raw := io.BytesIO(), encoding="ascii")
    assert PlainPrompter(source, target).text("t", "D\u00e9j\u00e0 vu?") == "caf\N{REPLACEMENT CHARACTER}"
    assert b"D?j? vu?" in raw.getvalue()


def test_it_speaks_the_protocol() -> None:
    assert isinstance(Talk().ask, Prompter)


PROGRAM = """
import json, sys
from runbook.capture.prompter import *
said = {}
try:
    p = make_prompter()
    said["kind"] = type(p).__name__
    said["answer"] = [p.text("one", "One?"), p.text("two", "Two?", multiline=True), p.confirm("c", "Three?")]
except InterruptedWhileAskingError as gone:
    said.update(left=str(gone), key=gone.key, partial=gone.partial)
with open(sys.argv[1], "w") as file:
    json.dump(said, file)
"""


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"TERM": None}, {"RUNBOOK_PLAIN": "1"}])
def test_a_terminal_that_can_do_nothing_gets_plain_lines_without_a_single_escape(
    tmp_path: Path, env: dict[str, str | None]
) -> None:
    with python(PROGRAM, str(tmp_path / "said"), env=env, rows=5, columns=20) as terminal:
        terminal.sees("One?", ">")
        terminal.type("first" + ENTER + "a" + ENTER + "b" + ENTER + "." + ENTER)
        terminal.sees("Three?")
        terminal.type("n" + ENTER)
        assert terminal.ends() == 0
        assert b"\x1b" not in terminal.raw
    said = json.loads((tmp_path / "said").read_text())
    assert said == {"kind": "PlainPrompter", "answer": ["first", "a\nb", False]}


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (ctrl("c"), "Interrupted"),
        (ctrl("d"), "The input ended"),
        (signal.SIGHUP, "The terminal was closed"),
        (signal.SIGTERM, "Asked to stop"),
    ],
)
def test_every_way_of_leaving_is_an_interrupt(tmp_path: Path, how: str | signal.Signals, reason: str) -> None:
    with python(PROGRAM, str(tmp_path / "said"), env={"RUNBOOK_PLAIN": "1"}) as terminal:
        terminal.sees("One?", ">")
        terminal.type("first" + ENTER)
        terminal.sees("Two?", "single dot")
        terminal.type("kept" + ENTER)
        terminal.rests()
        if isinstance(how, signal.Signals):
            terminal.signal(how)
        else:
            terminal.type(how)
        assert terminal.ends() == 0
    said = json.loads((tmp_path / "said").read_text())
    assert (said["left"], said["key"], said["partial"]) == (reason, "two", "kept")


def test_without_a_terminal_it_says_how_to_answer_from_a_file() -> None:
    with open(os.devnull, encoding="utf-8") as nothing, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", nothing)
        with pytest.raises(BadInputError) as refused:
            make_prompter()
    assert "not a terminal" in str(refused.value)
    assert "--from FILE --no-input" in refused.value.hint


def test_a_closed_stdin_is_no_terminal_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(BadInputError, match="stdin is not a terminal"):
        make_prompter()
