"""The scripted prompter is as strict as a person at a terminal, and says which question it was."""

from __future__ import annotations

import pytest

from runbook.capture.prompter import Choice, Field, GoBack, InterruptedWhileAskingError, Prompter, printable
from runbook.capture.prompter_scripted import BACK, DEFAULT, INTERRUPT, Asked, Interrupt, ScriptedPrompter, ScriptError

CHOICES = [Choice("a", "A", checked=True), Choice("b", "B"), Choice("c", "C", disabled="no")]
FIELDS = [Field("x", "X", "1"), Field("y", "Y", choices=("p", "q"), default="p")]


def test_a_mapping_answers_a_question_whenever_it_is_asked() -> None:
    p = ScriptedPrompter({"t": "x", "s": "b", "c": {"b", "a"}, "y": False, "f": {"x": "2"}, "r": [{"x": "9"}]})
    for _ in range(2):
        assert p.text("t", "T") == "x"
        assert p.select("s", "S", CHOICES) == "b"
        assert p.checkbox("c", "C", CHOICES) == ["a", "b"], "in the order of the choices"
        assert p.confirm("y", "Y") is False
        assert p.form("f", "F", FIELDS) == {"x": "2", "y": "p"}
        assert p.rows("r", "R", FIELDS, []) == [{"x": "9", "y": "p"}]
    assert isinstance(p, Prompter)


def test_a_sequence_answers_a_question_differently_each_time() -> None:
    p = ScriptedPrompter([("t", "one"), ("u", "other"), ("t", BACK), ("t", "two")])
    assert p.text("t", "T") == "one"
    with pytest.raises(GoBack):
        p.text("t", "T")
    assert p.text("t", "T") == "two"
    assert p.unused == ["u"]
    with pytest.raises(ScriptError, match="no answer left for text 't'"):
        p.text("t", "T")


def test_back_in_a_mapping_happens_once() -> None:
    p = ScriptedPrompter({"t": BACK})
    with pytest.raises(GoBack):
        p.text("t", "T", default="d")
    assert p.text("t", "T", default="d") == "d"


def test_an_interrupt_may_carry_what_was_being_typed() -> None:
    with pytest.raises(InterruptedWhileAskingError) as gone:
        ScriptedPrompter({"t": Interrupt("half")}).text("t", "T")
    assert (gone.value.key, gone.value.partial) == ("t", "half")
    with pytest.raises(InterruptedWhileAskingError):
        ScriptedPrompter({"t": INTERRUPT}).confirm("t", "T")


def test_without_an_answer_the_default_is_taken_only_when_lenient() -> None:
    lenient = ScriptedPrompter(strict=False)
    assert lenient.text("t", "T", default="d") == "d"
    assert lenient.select("s", "S", CHOICES, default="b") == "b"
    assert lenient.select("s", "S", CHOICES) == "a"
    assert lenient.checkbox("c", "C", CHOICES) == ["a"]
    assert lenient.confirm("y", "Y", default=False) is False
    assert lenient.form("f", "F", FIELDS) == {"x": "1", "y": "p"}
    assert lenient.rows("r", "R", FIELDS, [{"x": "1", "y": "q", "id": "k"}]) == [{"x": "1", "y": "q", "id": "k"}]
    with pytest.raises(ScriptError, match="'t'"):
        ScriptedPrompter({}).text("t", "T", default="d")


def test_what_was_asked_is_kept() -> None:
    p = ScriptedPrompter({"s": DEFAULT})
    p.show("hello")
    p.select("s", "Which?", CHOICES, default="b", step="(1/2)", help="h")
    assert p.asked == [Asked("select", "s", "Which?", "b", choices=tuple(CHOICES), step="(1/2)", help="h")]
    assert p.shown == ["hello"]
    assert p.keys == ["s"]


def test_an_answer_may_be_worked_out_from_the_question() -> None:
    p = ScriptedPrompter({"c": lambda asked: [choice.value for choice in asked.choices if not choice.disabled]})
    assert p.checkbox("c", "C", CHOICES) == ["a", "b"]


@pytest.mark.parametrize("answer", ["c", "unknown", 3])
def test_a_value_that_cannot_be_chosen_fails(answer: object) -> None:
    with pytest.raises(ScriptError, match="s: "):
        ScriptedPrompter({"s": answer}).select("s", "S", CHOICES)


def test_an_answer_that_does_not_validate_fails_with_the_reason() -> None:
    with pytest.raises(ScriptError, match="t: 'x' is not accepted: too short"):
        ScriptedPrompter({"t": "x"}).text("t", "T", validate=lambda _: "too short")
    with pytest.raises(ScriptError, match=r"f\.y: 'z' is not accepted"):
        ScriptedPrompter({"f": {"y": "z"}}).form("f", "F", FIELDS)
    with pytest.raises(ScriptError, match="no such field"):
        ScriptedPrompter({"f": {"z": "1"}}).form("f", "F", FIELDS)
    with pytest.raises(ScriptError, match="one-line"):
        ScriptedPrompter({"t": "a\nb"}).text("t", "T")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("caf\u00e9 \U0001f469\u200d\U0001f4bb", "caf\u00e9 \U0001f469\u200d\U0001f4bb"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("a\u202eb\u2066c\u200b", "a\ufffdb\ufffdc\ufffd"),
        ("tab\tstop", "tab stop"),
        ("a\r\nb\u2028c", "a b c"),
        ("\ud800", "\ufffd"),
    ],
)
def test_what_is_shown_holds_nothing_a_terminal_obeys(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(text, lines=True).replace("\n", " ") == shown
