"""Long text in the person's editor: real editors, as scripts."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import pytest
from ptydriver import ctrl, python

from runbook.capture.editor import FALLBACKS, NO_EDITOR, edit, find_editor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeEditor = Callable[[str], str]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeEditor:
    """Makes the given shell commands the editor; ``$1`` is the file."""

    def make(commands: str) -> str:
        path = tmp_path / "my editor"
        path.write_text(f"#!/bin/sh\n{commands}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("VISUAL", f"'{path}'")
        return str(path)

    return make


def test_the_edited_text_comes_back_without_the_comment(editor: MakeEditor) -> None:
    editor('sed -i "s/old/new/" "$1"')
    edited = edit("old\n\n# a heading stays\n  indented  ", "What happened?")
    assert edited.text == "new\n\n# a heading stays\n  indented  "
    assert edited.problem == ""


def test_the_file_is_the_persons_alone_names_the_question_and_is_gone_afterwards(
    editor: MakeEditor, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    editor(f'stat -c %a "$1" >"{seen}"; echo "$1" >>"{seen}"; head -1 "$1" >>"{seen}"')
    edit("x", "Why -- and --> how?")
    mode, name, header = seen.read_text(encoding="utf-8").splitlines()
    assert int(mode, 8) == stat.S_IRUSR | stat.S_IWUSR
    assert name.endswith(".md")
    assert not os.path.exists(name)
    assert "Why - - and - -> how?" in header
    assert header.count("-->") == 1


@pytest.mark.parametrize(
    ("commands", "problem"),
    [
        ("exit 3", "ended with status 3; the text is as it was"),
        (': >"$1"', "the file came back empty; the text is as it was"),
        ('rm "$1"', "could not be used"),
        ("kill -9 $$", "was stopped by signal 9; the text is as it was"),
    ],
)
def test_whatever_goes_wrong_the_old_text_stays(editor: MakeEditor, commands: str, problem: str) -> None:
    editor(commands)
    edited = edit("old")
    assert edited.text == "old"
    assert problem in edited.problem


def test_an_editor_that_saves_by_renaming_is_read(editor: MakeEditor) -> None:
    editor('echo renamed >"$1~" && mv "$1~" "$1"')
    assert edit("old").text == "renamed"


def test_visual_comes_before_editor_and_may_have_arguments() -> None:
    assert find_editor({"VISUAL": "code --wait", "EDITOR": "vi", "PATH": ""}) == ["code", "--wait"]
    assert find_editor({"VISUAL": " ", "EDITOR": "vi", "PATH": ""}) == ["vi"]


def test_without_either_the_first_known_editor_on_the_path_is_taken(tmp_path: Path) -> None:
    for name in FALLBACKS[1:]:
        (tmp_path / name).touch(mode=0o755)
    assert find_editor({"PATH": str(tmp_path)}) == [str(tmp_path / FALLBACKS[1])]


def test_no_editor_at_all_is_said_plainly() -> None:
    edited = edit("old", environ={"PATH": ""})
    assert (edited.text, edited.problem) == ("old", NO_EDITOR)


def test_an_editor_that_does_not_exist_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor")
    edited = edit("old")
    assert edited.text == "old"
    assert edited.problem.startswith("no-such-editor could not be started: No such file or directory")


def test_ctrl_c_in_the_editor_is_the_editors_own(editor: MakeEditor) -> None:
    editor("trap 'echo caught >>\"$1\"; exit 0' INT; echo ready; while :; do sleep 0.05; done")
    with python("from runbook.capture.editor import edit; print('got', edit('old').text.split())") as terminal:
        terminal.sees("ready")
        time.sleep(0.1)
        terminal.type(ctrl("c"))
        terminal.sees("got ['old', 'caught']")
        assert terminal.ends() == 0
