"""The prompter on a real pseudo-terminal: what a person sees, types and gets."""

from __future__ import annotations

import json
import signal
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from ptydriver import (
    ALT_ENTER,
    BACKSPACE,
    COLOUR_CODES,
    DOWN,
    END,
    ENTER,
    ESCAPE,
    HOME,
    LEFT,
    PAGE_DOWN,
    RIGHT,
    SHIFT_TAB,
    TAB,
    UP,
    Terminal,
    ctrl,
    paste,
    python,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Ask = Callable[..., "Asked"]

PROGRAM = """
import json, sys, termios, traceback
from runbook.capture.prompter import *
result, *bodies = sys.argv[1:]
before = termios.tcgetattr(0)
everything = []
for body in bodies:
    said = {}
    try:
        p = make_prompter()
        exec(body)
        said["answer"] = answer
    except GoBack as back:
        said.update(left="back", partial=back.partial, values=back.values, rows=back.rows)
    except InterruptedWhileAskingError as gone:
        said.update(left=str(gone), key=gone.key, partial=gone.partial, values=gone.values, rows=gone.rows)
    except Exception:
        said["bug"] = traceback.format_exc()
    try:
        said["restored"] = termios.tcgetattr(0) == before
    except termios.error:
        said["restored"] = None
    everything.append(said)
with open(result, "w") as file:
    json.dump(everything, file)
"""

TEXT = 'answer = p.text("what", "What happened?", default="It broke", help="One sentence.", step="(1/10)")'
STORY = 'answer = p.text("story", "Tell the story", multiline=True, step="(2/10)")'
CHECKBOX = """
answer = p.checkbox("played", "Which of these played a part?", [
    Choice("build", "docker/build-context-missing-file", "COPY failed\\nfix: build in the root", "12:05", True),
    Choice("db", "db/database-url-missing", hint="09:40"),
    Choice("old", "something else", disabled="dismissed"),
    Choice("sed", "shell/sed", hint="09:37"),
], step="(4/10)")
"""
SELECT = """
answer = p.select("severity", "How bad was it?", [
    Choice("critical", "critical", detail="all is down"), Choice("high", "high"),
    Choice("low", "low", disabled="not for this service"),
], default="high", help="As the team defines it.")
"""
FORM = """
answer = p.form("times", "When?", [
    Field("started", "Started", "09:02", help="14:32, 10 min ago, T+15"),
    Field("detected", "Detected", validate=lambda v: None if v else "say when it was noticed"),
    Field("severity", "Severity", "high", choices=("critical", "high", "low")),
    Field("impact", "Impact", "one\\ntwo", multiline=True),
    Field("cost", "Cost"),
], step="(5/10)")
"""
ROWS = """
answer = p.rows("actions", "Follow-up actions", [
    Field("title", "Action", validate=lambda v: None if v else "say what is to be done"),
    Field("owner", "Owner"), Field("priority", "Priority", "medium", choices=("high", "medium", "low")),
], [{"title": "CI builds the image", "owner": "kim", "priority": "high", "id": "a1"},
    {"title": "Checklist", "owner": "", "priority": "low", "id": "a2"}], help="What, who, until when.")
"""

CONFIRM = 'answer = p.confirm("sure", "Sure?")'
EVERY = {
    "What happened?": TEXT,
    "Tell the story": STORY,
    "played a part?": CHECKBOX,
    "How bad was it?": SELECT,
    "When?": FORM,
    "Follow-up actions": ROWS,
    "Sure?": CONFIRM,
}
"""A question of each kind, by words that are on the screen while it is asked."""


class Asked:
    """A program that asks, on a terminal."""

    def __init__(self, terminal: Terminal, result: Path) -> None:
        self.terminal = terminal
        self._result = result

    def said(self) -> dict[str, Any]:
        """What the program made of its only question, once it has ended without a bug."""
        (said,) = self.all_said()
        return said

    def all_said(self) -> list[dict[str, Any]]:
        """The same, of each of its questions."""
        status = self.terminal.ends()
        assert status == 0, f"exit {status}:\n{self.terminal.text}"
        return self.left_behind()

    def left_behind(self) -> list[dict[str, Any]]:
        everything: list[dict[str, Any]] = json.loads(self._result.read_text(encoding="utf-8"))
        for said in everything:
            assert "bug" not in said, said["bug"]
        return everything

    def answer(self) -> Any:
        said = self.said()
        assert said["restored"] is True
        return said["answer"]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    running: list[Terminal] = []

    def start(*bodies: str, code: str = PROGRAM, **options: Any) -> Asked:
        terminal = python(code, str(tmp_path / "said.json"), *map(textwrap.dedent, bodies), **options)
        running.append(terminal)
        return Asked(terminal, tmp_path / "said.json")

    yield start
    for terminal in running:
        terminal.__exit__()


def test_enter_takes_the_default_that_is_shown(ask: Ask) -> None:
    asked = ask(TEXT)
    screen = asked.terminal.sees("(1/10) What happened?", "> It broke", "One sentence.", "enter: go on")
    assert "ctrl-b: back" in screen.splitlines()[-1], "the last line says which keys do what"
    asked.terminal.type(ENTER)
    assert asked.answer() == "It broke"


def test_the_default_is_edited_in_place(ask: Ask) -> None:
    asked = ask(TEXT)
    asked.terminal.sees("enter: go on")
    asked.terminal.type(BACKSPACE * 4, "urned", ENTER)
    assert asked.answer() == "It burned"


def test_a_text_that_does_not_validate_is_asked_for_again_with_the_reason(ask: Ask) -> None:
    asked = ask('answer = p.text("t", "When?", validate=lambda v: None if ":" in v else "no time such as 14:32")')
    asked.terminal.sees("When?", "enter: go on")
    asked.terminal.type("noon", ENTER)
    asked.terminal.sees("no time such as 14:32", "> noon")
    asked.terminal.type(BACKSPACE * 4, "12:00", ENTER)
    assert asked.answer() == "12:00"


@pytest.mark.parametrize("new_line", [ctrl("j"), ALT_ENTER])
def test_ctrl_j_and_alt_enter_add_a_line_and_enter_submits(ask: Ask, new_line: str) -> None:
    asked = ask(STORY)
    asked.terminal.sees("ctrl-j: new line")
    asked.terminal.type("first", new_line, "second", ENTER)
    assert asked.answer() == "first\nsecond"


@pytest.mark.parametrize("size", [(24, 80), (10, 40)])
def test_a_paste_of_200_lines_keeps_its_lines_and_does_not_submit(ask: Ask, size: tuple[int, int]) -> None:
    text = "\n".join(f"14:{i % 60:02} line number {i}" for i in range(200))
    asked = ask(STORY, rows=size[0], columns=size[1])
    asked.terminal.sees("Tell the story", "go on")
    asked.terminal.type(paste(text))
    asked.terminal.sees("line number 199")
    asked.terminal.until(lambda screen: "go on" in screen.splitlines()[-1], "the keys in sight below a long text")
    asked.terminal.type("!", ENTER)
    assert asked.answer() == text + "!"


def test_a_paste_into_a_one_line_question_becomes_one_line(ask: Ask) -> None:
    asked = ask('answer = p.text("t", "Title?")')
    asked.terminal.sees("enter: go on")
    asked.terminal.type(paste("two\nlines \x1b[31mred\n"), ENTER)
    assert asked.answer() == "two lines \N{REPLACEMENT CHARACTER}[31mred"


def test_one_key_goes_back_from_every_question(ask: Ask) -> None:
    asked = ask(*EVERY.values())
    for words in EVERY:
        asked.terminal.sees(words, "ctrl-b: back")
        asked.terminal.type(ctrl("b"))
    assert [(said["left"], said["restored"]) for said in asked.all_said()] == [("back", True)] * len(EVERY)


def test_going_back_carries_what_was_typed(ask: Ask) -> None:
    asked = ask(STORY)
    asked.terminal.sees("ctrl-b: back")
    asked.terminal.type("half a sent", ctrl("b"))
    assert asked.said()["partial"] == "half a sent"


def test_escape_goes_back_where_it_means_nothing_else(ask: Ask) -> None:
    asked = ask(CHECKBOX, SELECT, ROWS, CONFIRM)
    for words in ("played a part?", "How bad was it?", "Follow-up actions", "Sure?"):
        asked.terminal.sees(words, "ctrl-b: back")
        asked.terminal.type(ESCAPE)
    assert [said["left"] for said in asked.all_said()] == ["back"] * 4


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("ctrl-c", "Interrupted"),
        ("SIGINT", "Interrupted"),
        ("SIGHUP", "The terminal was closed"),
        ("SIGTERM", "Asked to stop"),
    ],
)
def test_every_question_is_interruptible_and_gives_the_terminal_back(ask: Ask, how: str, reason: str) -> None:
    asked = ask(*EVERY.values())
    for words in EVERY:
        asked.terminal.sees(words, "ctrl-b: back")
        if how == "ctrl-c":
            asked.terminal.type(ctrl("c"))
        else:
            asked.terminal.signal(signal.Signals[how])
    assert [(said["left"], said["restored"]) for said in asked.all_said()] == [(reason, True)] * len(EVERY)


@pytest.mark.parametrize("how", [ctrl("c"), signal.SIGHUP])
def test_an_interrupt_carries_what_was_being_typed(ask: Ask, how: str | signal.Signals) -> None:
    asked = ask(STORY)
    asked.terminal.sees("ctrl-b: back")
    asked.terminal.type("half a sent")
    asked.terminal.sees("half a sent")
    if isinstance(how, signal.Signals):
        asked.terminal.signal(how)
    else:
        asked.terminal.type(how)
    said = asked.said()
    assert (said["key"], said["partial"]) == ("story", "half a sent")


@pytest.mark.parametrize("body", [TEXT, CHECKBOX, FORM, ROWS])
def test_a_closed_window_is_an_interrupt_and_not_a_crash(ask: Ask, body: str) -> None:
    asked = ask(body)
    asked.terminal.sees("ctrl-b: back")
    asked.terminal.hang_up()
    assert asked.left_behind()[0]["left"] in {"The terminal was closed", "The input ended"}


def test_ctrl_d_ends_the_input_where_nothing_is_typed(ask: Ask) -> None:
    asked = ask(STORY, CHECKBOX, SELECT, ROWS, CONFIRM)
    for words in ("Tell the story", "played a part?", "How bad was it?", "Follow-up actions", "Sure?"):
        asked.terminal.sees(words, "ctrl-b: back")
        asked.terminal.type(ctrl("d"))
    assert [said["left"] for said in asked.all_said()] == ["The input ended"] * 5


def test_a_checkbox_shows_hints_at_the_right_edge_and_ticks_with_space(ask: Ask) -> None:
    asked = ask(CHECKBOX)
    screen = asked.terminal.sees("space: tick")
    line = next(line for line in screen.splitlines() if "build-context" in line)
    assert line.startswith(" » ●")
    assert line.endswith("12:05")
    assert len(line) == 79
    asked.terminal.type(" ", DOWN, " ", ENTER)
    assert asked.answer() == ["db"]


def test_a_look_at_a_choice_shows_its_detail_and_follows_the_pointer(ask: Ask) -> None:
    asked = ask(CHECKBOX)
    asked.terminal.sees("→: look")
    asked.terminal.type(RIGHT)
    asked.terminal.sees("│ COPY failed", "│ fix: build in the root", "←: close")
    asked.terminal.type(DOWN)
    asked.terminal.until(lambda screen: "COPY failed" not in screen, "the detail of the next choice")
    asked.terminal.type(LEFT)
    asked.terminal.until(lambda screen: "│" not in screen, "the detail gone")
    asked.terminal.type(ENTER)
    assert asked.answer() == ["build"]


def test_what_cannot_be_chosen_says_why(ask: Ask) -> None:
    asked = ask(CHECKBOX)
    asked.terminal.sees("space: tick", "dismissed")
    asked.terminal.type(DOWN, DOWN, " ")
    asked.terminal.sees("cannot be chosen: dismissed")
    asked.terminal.type(DOWN, " ", ENTER)
    assert asked.answer() == ["build", "sed"]


def test_a_selection_starts_at_its_default_and_refuses_what_is_disabled(ask: Ask) -> None:
    asked = ask(SELECT)
    asked.terminal.sees(" » high", "As the team defines it.")
    asked.terminal.type(DOWN, ENTER)
    asked.terminal.sees("cannot be chosen: not for this service")
    asked.terminal.type(UP, UP, ENTER)
    assert asked.answer() == "critical"


def test_an_answer_stays_on_the_line_of_its_question(ask: Ask) -> None:
    """What was chosen is cut at the right edge, not broken within a word."""
    body = 'answer = p.select("s", "Is the timeline right? (1,234 entries)", [Choice("yes", "It is " + "right, " * 9)])'
    asked = ask(body)
    asked.terminal.sees(" » It is right")
    asked.terminal.type(ENTER)
    assert asked.answer() == "yes"
    (line,) = [line for line in asked.terminal.text.splitlines() if "Is the timeline right?" in line]
    assert "It is right, right" in line
    assert line.rstrip().endswith("…")
    assert "right" not in asked.terminal.text.split(line)[1]


def test_the_key_that_finishes_a_form_finishes_a_list_and_a_text(ask: Ask) -> None:
    """Ctrl-S is pressed by habit after the first form; nothing may begin a search with it."""
    asked = ask(SELECT)
    asked.terminal.sees(" » high")
    asked.terminal.type(ctrl("s"))
    assert asked.answer() == "high"
    asked = ask(TEXT)
    asked.terminal.sees("It broke", "enter: go on")
    asked.terminal.type(ctrl("s"))
    assert asked.answer() == "It broke"


LONG = 'answer = p.select("one", "Which?", [Choice(str(i), f"choice number {i}", hint=f"T+{i}") for i in range(200)])'


@pytest.mark.parametrize("size", [(24, 80), (10, 40)])
def test_a_long_list_scrolls_pages_and_is_found_by_typing(ask: Ask, size: tuple[int, int]) -> None:
    asked = ask(LONG, rows=size[0], columns=size[1])
    terminal = asked.terminal
    terminal.sees(" » choice number 0", "go on")
    terminal.type(END)
    terminal.sees(" » choice number 199")
    terminal.type(HOME, PAGE_DOWN)
    screen = terminal.sees(" » choice number 10 ")
    assert "go on" in screen.splitlines()[-1]
    terminal.type("/", "number 15")
    terminal.sees("11 found", " » choice number 15 ")
    terminal.type(ENTER, DOWN, ENTER)
    assert asked.answer() == "150"


def test_leaving_the_search_keeps_the_pointer_and_nothing_found_shows_all(ask: Ask) -> None:
    asked = ask(LONG)
    asked.terminal.sees("/: find")
    asked.terminal.type("/", "zzz")
    asked.terminal.sees("nothing found, all shown")
    asked.terminal.type(BACKSPACE * 3, "188")
    asked.terminal.sees("1 found")
    asked.terminal.type(ESCAPE)
    asked.terminal.sees(" » choice number 188", "choice number 187")
    asked.terminal.type(ENTER)
    assert asked.answer() == "188"


def test_a_checkbox_without_anything_to_tick_is_still_read_and_left(ask: Ask) -> None:
    asked = ask('answer = p.checkbox("none", "Which?", [Choice("x", "gone", disabled="dismissed")])')
    asked.terminal.sees("Which?", "gone  dismissed", "enter: go on")
    asked.terminal.type(ENTER)
    assert asked.answer() == []


@pytest.mark.parametrize(("keys", "answer"), [("y", True), ("n", False), (ENTER, False)])
def test_yes_or_no_is_one_key(ask: Ask, keys: str, answer: bool) -> None:
    asked = ask('answer = p.confirm("c", "Sure?", default=False)')
    asked.terminal.sees("enter: no")
    asked.terminal.type(keys)
    assert asked.answer() is answer


def test_a_form_is_one_screen_and_enter_walks_through_it(ask: Ask) -> None:
    asked = ask(FORM)
    terminal = asked.terminal
    terminal.sees("(5/10) When?", "» Started", "14:32, 10 min ago, T+15", "Detected", "Severity", "Impact", "Cost")
    terminal.type(ENTER, ENTER)
    terminal.sees("» Detected", "✗ say when it was noticed")
    terminal.type("09:10", ENTER)
    terminal.sees("‹ high ›")
    terminal.type(RIGHT, ENTER)
    terminal.sees("» Impact")
    terminal.type(ctrl("j"), "three", ENTER, "40 EUR", ENTER)
    assert asked.answer() == {
        "started": "09:02",
        "detected": "09:10",
        "severity": "low",
        "impact": "one\ntwo\nthree",
        "cost": "40 EUR",
    }


def test_a_form_moves_by_tab_and_arrows_and_submits_from_anywhere(ask: Ask) -> None:
    asked = ask(FORM)
    terminal = asked.terminal
    terminal.sees("» Started")
    terminal.type(TAB, "09:10", SHIFT_TAB)
    terminal.sees("» Started", "09:10")
    terminal.type(DOWN, DOWN, "c")  # c: the choice that begins with it
    terminal.sees("‹ critical ›")
    terminal.type(ctrl("s"))
    answer = asked.answer()
    assert (answer["detected"], answer["severity"]) == ("09:10", "critical")


def test_a_form_cannot_be_submitted_past_a_field_that_is_wrong(ask: Ask) -> None:
    asked = ask(FORM)
    asked.terminal.sees("» Started")
    asked.terminal.type(ctrl("s"))
    asked.terminal.sees("» Detected", "✗ say when it was noticed")
    asked.terminal.type("now", ctrl("s"))
    assert asked.answer()["detected"] == "now"


def test_a_form_scrolls_on_a_low_terminal(ask: Ask) -> None:
    asked = ask(
        'answer = p.form("f", "Twenty fields", [Field(f"f{i}", f"Field {i}", str(i)) for i in range(20)])',
        rows=10,
        columns=40,
    )
    asked.terminal.sees("» Field 0")
    for i in range(1, 20):
        asked.terminal.type(TAB)
        screen = asked.terminal.sees(f"» Field {i}")
        assert "next" in screen.splitlines()[-1] or "done" in screen.splitlines()[-1]
    asked.terminal.type("x", ENTER)
    assert asked.answer()["f19"] == "19x"


def test_a_form_interrupted_carries_every_field(ask: Ask) -> None:
    asked = ask(FORM)
    asked.terminal.sees("» Started")
    asked.terminal.type(TAB, "09:1")
    asked.terminal.sees("09:1")
    asked.terminal.type(ctrl("c"))
    said = asked.said()
    assert said["partial"] == "09:1"
    assert said["values"] == {
        "started": "09:02",
        "detected": "09:1",
        "severity": "high",
        "impact": "one\ntwo",
        "cost": "",
    }


def test_a_table_is_added_to_edited_and_taken_from(ask: Ask) -> None:
    asked = ask(ROWS)
    terminal = asked.terminal
    terminal.sees("» CI builds the image", "Action", "Owner", "a: add")
    terminal.type("a")
    terminal.sees("Follow-up actions: new", "» Action")
    terminal.type("Pin the base image", ENTER, "ana", ENTER, ENTER)
    terminal.sees("» Pin the base image", "a: add")
    terminal.type(UP, "e")
    terminal.sees("row 2", "» Action")
    terminal.type(TAB, "kim", ctrl("s"))
    terminal.sees("» Checklist", "a: add")
    terminal.type(UP, "d")
    terminal.sees("u: bring back")
    terminal.type(ENTER)
    assert asked.answer() == [
        {"title": "Checklist", "owner": "kim", "priority": "low", "id": "a2"},
        {"title": "Pin the base image", "owner": "ana", "priority": "medium"},
    ]


def test_a_removed_row_comes_back_where_it_was(ask: Ask) -> None:
    asked = ask(ROWS)
    asked.terminal.sees("» CI builds")
    asked.terminal.type("d", "d")
    asked.terminal.sees("(nothing yet)")
    asked.terminal.type("u", "u")
    asked.terminal.sees("Checklist", "CI builds")
    asked.terminal.type(ENTER)
    assert [row["id"] for row in asked.answer()] == ["a1", "a2"]


def test_leaving_a_row_leaves_the_table_as_it_was(ask: Ask) -> None:
    asked = ask(ROWS)
    asked.terminal.sees("» CI builds")
    asked.terminal.type("e")
    asked.terminal.sees("row 1")
    asked.terminal.type("changed", ESCAPE)
    asked.terminal.sees("a: add")
    asked.terminal.type(ENTER)
    assert [row["title"] for row in asked.answer()] == ["CI builds the image", "Checklist"]


def test_a_row_being_typed_survives_an_interrupt(ask: Ask) -> None:
    asked = ask(ROWS)
    asked.terminal.sees("» CI builds")
    asked.terminal.type("a")
    asked.terminal.sees("» Action")
    asked.terminal.type("Pin the ba", ctrl("c"))
    assert [row["title"] for row in asked.said()["rows"]] == ["CI builds the image", "Checklist", "Pin the ba"]


def test_a_table_with_a_wrong_row_says_which_and_does_not_go_on(ask: Ask) -> None:
    asked = ask(ROWS.replace('"title": "Checklist"', '"title": ""'))
    asked.terminal.sees("» CI builds")
    asked.terminal.type(ENTER)
    asked.terminal.sees("row 2, Action: say what is to be done")
    asked.terminal.type("d", ENTER)
    assert len(asked.answer()) == 1


def test_a_storm_of_resizes_leaves_questions_that_work(ask: Ask) -> None:
    asked = ask(*EVERY.values())
    for words in EVERY:
        asked.terminal.sees(words, "ctrl-b: back")
        for rows, columns in [(10, 40), (50, 200), (5, 20), (24, 80), (2, 8), (10, 40)] * 3:
            asked.terminal.resize(rows, columns)
            asked.terminal.read(0.01)
        asked.terminal.resize(24, 80)
        asked.terminal.sees(words, "ctrl-b: back")
        asked.terminal.type(ctrl("b"))
    assert [said["left"] for said in asked.all_said()] == ["back"] * len(EVERY)


@pytest.mark.parametrize("size", [(24, 80), (10, 40)])
def test_every_question_fits_the_terminal(ask: Ask, size: tuple[int, int]) -> None:
    asked = ask(*EVERY.values(), rows=size[0], columns=size[1])
    for words in EVERY:
        asked.terminal.sees(words, "enter")
        screen = asked.terminal.rests(0.1)
        assert "enter" in screen.splitlines()[-1], "the last line says which keys do what"
        assert "too small" not in screen
        asked.terminal.type(ctrl("b"))
    asked.all_said()


def test_no_color_means_no_colour_codes(ask: Ask) -> None:
    asked = ask(*EVERY.values(), env={"NO_COLOR": "1"})
    for words in EVERY:
        asked.terminal.sees(words, "ctrl-b: back")
        asked.terminal.type(ctrl("b"))
    asked.all_said()
    assert not COLOUR_CODES.search(asked.terminal.raw)


def test_with_colour_allowed_there_is_some(ask: Ask) -> None:
    """The other half of the test above: its pattern would see a colour."""
    asked = ask(CHECKBOX)
    asked.terminal.sees("ctrl-b: back")
    asked.terminal.type(ctrl("b"))
    asked.said()
    assert COLOUR_CODES.search(asked.terminal.raw)


EVIL = "\\x1b]0;owned\\x07\\x1b[2J\\u202ereversed\\x9b31m"


EVIL_QUESTIONS = [
    f'answer = p.text("t", "{EVIL}", default="{EVIL}", help="{EVIL}", step="{EVIL}")',
    f'answer = p.select("s", "{EVIL}", [Choice("v", "{EVIL}", detail="{EVIL}", hint="{EVIL}")], help="{EVIL}")',
    f'answer = p.checkbox("s", "{EVIL}", [Choice("v", "{EVIL}", "{EVIL}", checked=True), Choice("{EVIL}", "")])',
    f'answer = p.checkbox("s", "{EVIL}", [Choice("v", "{EVIL}", disabled="{EVIL}")])',
    f'answer = p.form("f", "{EVIL}", [Field("v", "{EVIL}", "{EVIL}", choices=("{EVIL}",), help="{EVIL}")])',
    f'answer = p.rows("r", "{EVIL}", [Field("v", "{EVIL}")], [dict(v="{EVIL}")], help="{EVIL}")',
    f'p.show("{EVIL}"); answer = p.confirm("c", "{EVIL}", help="{EVIL}")',
]


@pytest.mark.parametrize("plain", ["", "1"])
def test_foreign_text_cannot_reach_the_terminal_as_a_command(ask: Ask, plain: str) -> None:
    asked = ask(*EVIL_QUESTIONS, env={"RUNBOOK_PLAIN": plain})
    for question in EVIL_QUESTIONS:
        asked.terminal.rests(0.5)
        if "detail=" in question and not plain:
            asked.terminal.type(RIGHT)
            asked.terminal.rests(0.2)
        asked.terminal.type(ENTER)
    assert all("answer" in said for said in asked.all_said())
    raw = bytes(asked.terminal.raw)
    assert b"owned" in raw, "the text itself is shown"
    for forbidden in (b"\x1b]0;", b"\x1b[2J", "\u202e".encode(), "\x9b".encode()):
        assert forbidden not in raw


def test_a_default_that_was_only_looked_at_comes_back_as_it_was(ask: Ask) -> None:
    asked = ask('answer = p.text("t", "Keep?", default="a\\u200bb\\x07c")')
    asked.terminal.sees("enter: go on")
    asked.terminal.type(ENTER)
    assert asked.answer() == "a\u200bb\x07c"


@pytest.mark.parametrize("open_editor", [ctrl("e"), ctrl("x") + ctrl("e")])
def test_the_editor_opens_on_the_text_and_comes_back_to_the_question(
    ask: Ask, tmp_path: Path, open_editor: str
) -> None:
    editor = tmp_path / "ed"
    editor.write_text('#!/bin/sh\nsed -n 2p "$1" >"$0.saw"\necho "from the editor" >>"$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    asked = ask(STORY, env={"VISUAL": str(editor)})
    asked.terminal.sees("ctrl-e: editor")
    asked.terminal.type("typed", open_editor)
    asked.terminal.sees("from the editor", "ctrl-e: editor")
    asked.terminal.type(ENTER)
    assert asked.answer() == "typed\nfrom the editor"
    assert (tmp_path / "ed.saw").read_text(encoding="utf-8") == "typed\n"


def test_an_editor_that_fails_says_so_and_keeps_the_text(ask: Ask) -> None:
    asked = ask(STORY, env={"EDITOR": "false"})
    asked.terminal.sees("ctrl-e: editor")
    asked.terminal.type("typed", ctrl("e"))
    asked.terminal.sees("false ended with status 1; the text is as it was", "> typed")
    asked.terminal.type(ENTER)
    assert asked.answer() == "typed"


def test_the_editor_edits_one_field_of_a_form(ask: Ask, tmp_path: Path) -> None:
    editor = tmp_path / "ed"
    editor.write_text('#!/bin/sh\necho "three" >>"$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    asked = ask(FORM, env={"EDITOR": str(editor)})
    asked.terminal.sees("» Started")
    asked.terminal.type(TAB, "09:10", ENTER, ENTER)
    asked.terminal.sees("ctrl-e: editor")
    asked.terminal.type(ctrl("e"))
    asked.terminal.sees("» Impact", "three")
    asked.terminal.type(ctrl("s"))
    answer = asked.answer()
    assert (answer["impact"], answer["detected"]) == ("one\ntwo\nthree", "09:10")


SLOW = """
import sys, time
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "prompt_toolkit":
            sys.meta_path.remove(self)
            while not __import__("os").path.exists(sys.argv[1] + ".go"):
                time.sleep(0.01)
        return None
sys.meta_path.insert(0, Slow())
"""


def test_the_first_question_stands_there_before_its_libraries_and_takes_what_is_typed(ask: Ask, tmp_path: Path) -> None:
    """However long loading takes, the question can be read and answered meanwhile."""
    asked = ask(STORY, code=SLOW + PROGRAM)
    asked.terminal.sees("(2/10) Tell the story")
    asked.terminal.type("early", ENTER)
    assert "early" not in asked.terminal.rests(0.2), "not echoed by the terminal itself"
    (tmp_path / "said.json.go").touch()
    assert asked.answer() == "early"


def test_ctrl_c_while_the_libraries_load_is_an_interrupt(ask: Ask) -> None:
    asked = ask(STORY, code=SLOW + PROGRAM)
    asked.terminal.sees("(2/10) Tell the story")
    asked.terminal.type(ctrl("c"))
    said = asked.said()
    assert (said["left"], said["restored"]) == ("Interrupted", True)


def test_keys_typed_ahead_answer_the_next_question(ask: Ask) -> None:
    asked = ask('answer = [p.text("a", "One?"), p.text("b", "Two?"), p.confirm("c", "Three?")]')
    asked.terminal.sees("One?", "enter: go on")
    asked.terminal.type("first" + ENTER + "second" + ENTER + "n")
    assert asked.answer() == ["first", "second", False]


def test_a_validator_that_breaks_is_our_bug_and_still_gives_the_terminal_back(ask: Ask) -> None:
    asked = ask("""
        try:
            p.text("t", "What?", validate=lambda v: 1 / 0)
        except ZeroDivisionError:
            answer = "raised"
    """)
    asked.terminal.sees("enter: go on")
    asked.terminal.type("x", ENTER)
    assert asked.answer() == "raised"
