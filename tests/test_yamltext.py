"""YAML in and out: nothing changes on the way, and every error names its line."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import BadInputError
from runbook.model.yamltext import dump_yaml, parse_yaml

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        [
            "yes",
            "no",
            "on",
            "null",
            "~",
            "1e5",
            "0x10",
            "12:30",
            "2026-02-11",
            "- a",
            "a: b",
            "#x",
            "'",
            '"',
            "|",
            "\n",
            " \n",
            "a\n",
            "\ta",
            "a \nb",
            "1_000",
            ".5",
            "=",
            "<<",
            "\x85",
            "\u2028",
        ]
    ),
)
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_-", min_size=1, max_size=5), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=5), DATA, max_size=5))
def test_what_is_written_is_read_back_equal(data: dict[str, object]) -> None:
    assert parse_yaml(dump_yaml(data), file="x").data == data


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=5), st.text(st.characters(exclude_categories=["Cs"])), max_size=5
    )
)
def test_another_yaml_reader_sees_the_same_text(data: dict[str, str]) -> None:
    """Times stay unquoted on purpose; everything else reads as text in YAML 1.1 as well."""
    read = yaml.load(dump_yaml(data), Loader=yaml.BaseLoader)
    assert (read or {}) == data


def test_text_of_many_lines_is_a_block_that_reviews_line_by_line() -> None:
    assert dump_yaml({"summary": "first\nsecond\n"}) == "summary: |\n  first\n  second\n"


def test_times_stand_without_quotes() -> None:
    assert dump_yaml({"at": "2026-02-11T08:00:00+00:00"}) == "at: 2026-02-11T08:00:00+00:00\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\na: 2\n", 2, "stands twice"),
        ("a: 1\nb: [1, 2\n", 3, "not valid YAML"),
        ("a:\n\t- 1\n", 2, "not valid YAML"),
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "tag"),
        ("a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("? [a]\n: 1\n", 1, "plain text"),
    ],
)
def test_errors_name_the_line(text: str, line: int, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as error:
        parse_yaml(text, file="x.yaml")
    assert error.value.file == "x.yaml"
    assert error.value.line == line


def test_depth_and_size_are_bounded() -> None:
    with pytest.raises(BadInputError, match="deeper than"):
        parse_yaml("[" * 20_000, file="x")
    with pytest.raises(BadInputError, match="larger than"):
        parse_yaml("a" * 2000, file="x", max_bytes=1000)


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"{n}: &{n} [*{p},*{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(BadInputError, match="anchors"):
        parse_yaml(bomb, file="x")


@given(st.text(alphabet=st.sampled_from("ab:- \n\t[]{}&*!|>'\"#%@`,?0~\x00\ud800"), max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        parse_yaml(text, file="x")
    except BadInputError as error:
        assert error.file == "x"
