"""How wide text is in a terminal, and text cut and wrapped by that."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runbook.model.cells import beginning, cells, cut, cut_start, wrap

TEXT = st.text(alphabet="ab/-. 支応。（）ー🔥👍🏽\u200d é\u0301\t\n", max_size=200)


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("", 0),
        ("abc", 3),
        ("日本語", 6),
        ("ﾊﾝｶｸ", 4),
        ("한글", 4),
        ("e\u0301", 1),
        ("a\u200bb", 2),
        ("🔥", 2),
        ("é·—", 3),
    ],
)
def test_wide_characters_take_two_cells_and_marks_none(text: str, wide: int) -> None:
    assert cells(text) == wide


def test_at_most_counts_what_some_terminals_draw_wide() -> None:
    assert cells("·α", at_most=True) == 4
    assert cells("e\u0301", at_most=True) >= 2
    assert beginning("α·β", 4, at_most=True) == "α·"


def test_cut_text_says_that_it_is_cut() -> None:
    assert cut("日本語のテキスト", 7) == "日本語…"
    assert cut("short", 5) == "short"
    assert cut("two words", 5) == "two…"
    assert cut("two", 0) == ""
    assert cut_start("日本語のテキスト", 7) == "…キスト"
    assert cut_start("short", 5) == "short"
    assert cut_start("short", 0) == ""


@given(TEXT, st.integers(0, 60))
def test_what_is_cut_fits(text: str, columns: int) -> None:
    for kept in (cut(text, columns), cut_start(text, columns), beginning(text, columns)):
        assert cells(kept) <= columns
        assert kept == text or cells(text) > columns


# ------------------------------------------------------------------------------------------------------- wrapped


def test_lines_break_at_blanks_and_keep_the_blanks_inside() -> None:
    assert wrap("one two  three four", 10) == ["one two", "three four"]
    assert wrap("a  b\tc\nd", 80) == ["a  b c d"]
    assert wrap("  led in by blanks", 80) == ["  led in by blanks"]
    assert wrap(" \n ", 80) == []
    assert wrap("", 80, first="- ") == []


def test_the_first_line_and_the_following_have_their_indents() -> None:
    assert wrap("one two three", 9, first="- ", following="  ") == ["- one two", "  three"]


def test_a_command_between_backticks_stays_on_one_line_if_a_line_has_room_for_it() -> None:
    text = "first run `df -h` and `du -sh /srv`, then read"
    assert wrap(text, 24, whole_code=True) == ["first run `df -h` and", "`du -sh /srv`, then read"]
    assert wrap("see `a very long command line`", 12, whole_code=True) == ["see `a very", "long command", "line`"]
    assert wrap("an ` open one", 6, whole_code=True) == wrap("an ` open one", 6)


def test_japanese_breaks_between_its_signs_and_no_line_begins_with_a_full_stop() -> None:
    assert wrap("接続が拒否された。再起動した。", 14) == ["接続が拒否され", "た。再起動し", "た。"]
    assert wrap("設定（既定値）を見る", 6) == ["設定", "（既定", "値）を", "見る"]
    assert wrap("サーバー", 6) == ["サー", "バー"]
    assert wrap("port 4000 は使用中", 12) == ["port 4000 は", "使用中"]


def test_a_word_of_another_script_stays_in_one_piece_within_japanese() -> None:
    assert wrap("ポートをdocker-proxyが使う", 14) == ["ポートを", "docker-proxyが", "使う"]


def test_emoji_and_accents_stay_with_what_they_belong_to() -> None:
    assert wrap("👍🏽👍🏽👍🏽", 5) == ["👍🏽", "👍🏽", "👍🏽"]
    assert wrap("e\u0301e\u0301e\u0301", 2) == ["e\u0301e\u0301", "e\u0301"]


def test_a_long_word_goes_on_in_the_next_line_or_is_left_whole() -> None:
    text = "see https://example.org/a/long/address now"
    assert wrap(text, 20) == ["see https://example.", "org/a/long/address", "now"]
    assert wrap(text, 20, following="  ", whole_words=True) == [
        "see",
        "  https://example.org/a/long/address",
        "  now",
    ]


@given(TEXT, st.integers(1, 60), st.integers(0, 6), st.integers(0, 6), st.booleans())
@example("a", 1, 6, 6, False)
@example("支 a", 4, 6, 0, True)
def test_wrapped_text_loses_nothing_and_fits(text: str, columns: int, one: int, more: int, whole: bool) -> None:
    """No line is wider than the room unless it holds a single word, or character, for which there is no room."""
    first, following = ">" * one, ">" * more
    lines = wrap(text, columns, first=first, following=following, whole_words=whole)
    bare = [line[one if number == 0 else more :] for number, line in enumerate(lines)]
    assert all(
        line.startswith(first if number == 0 else following) and not line.endswith(" ")
        for number, line in enumerate(lines)
    )
    assert "".join("".join(bare).split()) == "".join(text.split())
    for line, words in zip(lines, bare, strict=True):
        if cells(line) > columns:
            assert len(words.split()) == 1
            assert whole or sum(cells(char) > 0 for char in words) <= 1


@given(st.lists(st.text(alphabet="ab-/.:é", min_size=1, max_size=12), max_size=30), st.integers(12, 60))
def test_words_that_fit_are_never_broken(words: list[str], columns: int) -> None:
    lines = wrap(" ".join(words), columns)
    assert [word for line in lines for word in line.split()] == words
    assert all(cells(line) <= columns for line in lines)
    for line, following in pairwise(lines):  # and none goes to the next line that fits here
        assert cells(line) + 1 + cells(following.split()[0]) > columns


def test_plain_text_does_not_load_the_tables_of_unicode() -> None:
    program = (
        "import sys; from runbook.model.cells import cut, wrap\n"
        "cut('x' * 99, 9), wrap('plain words ' * 9, 20)\n"
        "assert 'unicodedata' not in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
