"""Captured text is literal in every position; prose keeps its meaning and stays inside its field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt
from strategies import PAYLOADS, nasty_text, prose_text

from runbook.render.literal import (
    INVISIBLE,
    code_span,
    comment_id,
    escape_inline,
    fence,
    unescape_code,
    unescape_inline,
    visible,
)
from runbook.render.prose import safe_line, safe_prose
from runbook.render.prose_tree import clean, read
from runbook.render.values import Literal, Prose, bullet

if TYPE_CHECKING:
    from markdown_it.token import Token

PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
"""A parser with everything switched on that could turn text into something else."""
LITERAL = {
    "heading",
    "paragraph",
    "inline",
    "text",
    "code_inline",
    "html_inline",
    "bullet_list",
    "ordered_list",
    "list_item",
    "blockquote",
}
HARMLESS_IN_PROSE = {
    "paragraph",
    "inline",
    "text",
    "softbreak",
    "hardbreak",
    "code_inline",
    "em",
    "strong",
    "s",
    "link",
    "image",
    "fence",
    "bullet_list",
    "ordered_list",
    "list_item",
    "blockquote",
    "hr",
}


def kinds(tokens: list[Token]) -> set[str]:
    """Every kind of token, opening and closing alike."""
    found: set[str] = set()
    for token in tokens:
        found.add(re.sub(r"_(open|close)$", "", token.type))
        found |= kinds(token.children or [])
    return found


def shown_text(token: Token) -> str:
    """What a reader sees of inline text; our own line break counts as one."""
    seen = "".join(
        "\n" if child.type == "html_inline" and child.content == "<br>" else child.content
        for child in token.children or []
    )
    return seen.replace(INVISIBLE, "")


@given(nasty_text())
@example("a\\|b")
@example("`|`")
def test_captured_text_comes_out_literally_in_a_table_cell(text: str) -> None:
    for cell in (escape_inline(text), code_span(text, cell=True)):
        tokens = PAGE.parse(f"| A | B |\n| --- | --- |\n| {cell} | end |\n")
        cells = [token for token in tokens if token.type == "inline"]
        assert len(cells) == 4
        assert shown_text(cells[2]) == visible(text)
        assert shown_text(cells[3]) == "end"


@given(nasty_text())
@example("x #")
@example("1. x")
@example("=")
@example("\n")
def test_captured_text_comes_out_literally_in_every_other_place(text: str) -> None:
    written = escape_inline(text)
    for before, words in (
        ("# ", ""),
        ("### Cause 1: ", "Cause 1: "),
        ("- ", ""),
        ("1. ", ""),
        ("> ", ""),
        ("- [ ] ", "[ ] "),
        ("paragraph ", "paragraph "),
        ("", ""),
    ):
        tokens = PAGE.parse(f"{before}{written}\n\nnext")
        assert kinds(tokens) <= LITERAL
        if visible(text):
            assert [shown_text(token) for token in tokens if token.type == "inline"] == [words + visible(text), "next"]


@given(nasty_text())
def test_only_our_own_line_break_is_html(text: str) -> None:
    for written in (escape_inline(text), code_span(text)):
        for token in PAGE.parse(f"x {written}\n"):
            assert {child.content for child in token.children or [] if child.type == "html_inline"} <= {"<br>"}
            assert token.type != "html_block"


@given(nasty_text())
def test_escaping_has_a_way_back(text: str) -> None:
    assert unescape_inline(escape_inline(text)) == visible(text)
    assert unescape_code(code_span(text)) == visible(text)
    assert unescape_code(code_span(text, cell=True), cell=True) == visible(text)


@given(nasty_text())
def test_a_fence_holds_whatever_is_put_into_it(text: str) -> None:
    tokens = PAGE.parse(f"before\n\n{fence(text)}\n\nafter\n")
    block = next(token for token in tokens if token.type == "fence")
    assert block.content == visible(text).removesuffix("\n") + "\n"
    assert block.info == "text"
    assert [token.content for token in tokens if token.type == "inline"] == ["before", "after"]


@pytest.mark.parametrize(
    "text",
    [
        "@kim",
        "ask @ops/team now",
        "kim@example.com",
        "fixed in #418",
        "GH-12",
        "gh-3",
        "own/repo#7",
        "own/repo@1a2b3c4",
        "1a2b3c4d",
        "https://x.example",
        "postgres://db",
        "www.example.com",
        "!12",
        "see :tada:",
        "mac ab:cd:ef",
    ],
)
def test_a_page_that_links_names_numbers_and_addresses_finds_none(text: str) -> None:
    """Hosts look at the finished page, where a backslash is gone, with patterns such as these."""
    patterns = (
        r"@\w",
        r"#\d",
        r"(?i)gh-\d",
        r"(?<!\w)!\d",
        r"\b(?=[a-f]*\d)[0-9a-f]{7,40}\b",
        r"\w+://\w",
        r"(?i)www\.\w",
        r":[a-z_]+:",
    )
    children = PAGE.parseInline(escape_inline(text))[0].children or []
    assert "".join(child.content for child in children).replace(INVISIBLE, "") == text
    looked_at = " ".join(child.content for child in children if child.type == "text")  # hosts leave code alone
    assert [pattern for pattern in patterns if re.search(pattern, looked_at)] == []


@pytest.mark.parametrize("text", ["image ca32646934af", "see https://x.example/a_b?c=1, then", "psql postgres://db/x"])
def test_what_people_copy_into_a_terminal_has_nothing_invisible_in_it(text: str) -> None:
    assert INVISIBLE not in escape_inline(text)
    assert shown_text(PAGE.parseInline(escape_inline(text))[0]) == text


@pytest.mark.parametrize("text", ["DATABASE_URL is not set", "12:05:33 done", "a (b), c! d? 5% of 3+4=7", "C:\\temp"])
def test_ordinary_text_is_left_readable_in_the_source(text: str) -> None:
    assert escape_inline(text).replace("\\\\", "\\") == text


def test_what_a_reader_cannot_see_is_named() -> None:
    assert visible("a\u202eb\u200bc\x1b[31m\r\nd\ud800") == "a<U+202E>b<U+200B>c<U+001B>[31m\nd<U+D800>"


def test_an_id_with_two_dashes_does_not_end_its_comment() -> None:
    assert comment_id("a--b---c") == "a-%2Db-%2D%2Dc"


# ------------------------------------------------------------------------------------------------------------ prose


@given(prose_text())
@settings(max_examples=400)
def test_prose_makes_nothing_but_marks_lists_quotes_links_and_fences(text: str) -> None:
    tokens = PAGE.parse(safe_prose(text))
    assert kinds(tokens) <= HARMLESS_IN_PROSE
    for token in [child for parent in tokens for child in (parent.children or [])]:
        target = str(token.attrs.get("href", token.attrs.get("src", "")))
        assert re.match(r"(?i)(https?:|mailto:|(?!//)[^:]*$|[^:]*[/?#%])", target), target
        if token.type == "text":
            outside = re.sub(r"https?://\S+", "", token.content)
            assert not re.search(r"(?<!\w)@[^\W_]", outside)


@given(prose_text())
@settings(max_examples=400)
def test_making_prose_safe_twice_changes_nothing(text: str) -> None:
    once = safe_prose(text)
    assert safe_prose(once) == once


@given(prose_text(), prose_text())
@settings(max_examples=300)
def test_prose_does_not_reach_what_stands_beside_it(first: str, second: str) -> None:
    """Two fields in one list and a heading after them: each item holds its own blocks, and nothing else."""
    page = "\n".join(
        [
            bullet(Prose(first), "<!-- id one -->"),
            bullet(Prose(second), "<!-- id two -->", prefix="[ ] ", suffix="— more"),
            "",
        ]
    )
    tokens = PAGE.parse(f"## A\n\n{page}\n\n<!-- /runbook:x -->\n\n## B\n")
    ending = ["bullet_list_close", "html_block", "heading_open", "inline", "heading_close"]
    assert [token.type for token in tokens if token.level == 0 or token.content == "B"][-5:] == ending
    outer = [token for token in tokens if token.type == "list_item_open" and token.level == 1]
    assert len(outer) == 2
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    html += [c.content for token in tokens for c in (token.children or []) if c.type == "html_inline"]
    assert sorted(html) == ["<!-- /runbook:x -->", "<!-- id one -->", "<!-- id two -->"]


@given(prose_text())
@settings(max_examples=300)
def test_prose_fits_on_one_line_of_a_table(text: str) -> None:
    tokens = PAGE.parse(f"| A | B |\n| --- | --- |\n| {safe_line(text, cell=True)} | end |\n")
    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 4
    assert cells[3].content == "end"
    assert kinds(cells) <= {"inline", "text", "code_inline", "em", "strong", "s", "link", "image"}


@pytest.mark.parametrize(
    "text",
    [
        "The *first* thing, the **second** and `code with | in it`.",
        "- one\n- two\n  - below\n\n1. first\n2. second",
        "> quoted\n\n```bash\ndocker compose up -d\n```",
        'See [the wiki](https://wiki.example/a_(b)?x=1&y=2 "title") or <https://x.example>.',
        "![a picture](evidence/graph.png) and ~/bin, ~5 minutes, a_b_c, 2 * 3 < 5, R&D, #418, C:\\temp [sic]",
        "one\\\ntwo lines\nthree ~~gone~~",
        "Über 1 900 Kund:innen sahen „Zahlung fehlgeschlagen“.",
    ],
)
def test_ordinary_prose_is_kept_as_it_was_typed(text: str) -> None:
    assert safe_prose(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Big", "\\# Big"),
        ("Title\n=====", "Title\n\\====="),
        ("Title\n---", "Title\n\n___"),
        ("<b>x</b> <!-- y", "\\<b>x\\</b> \\<!-- y"),
        ("[x](javascript:alert)", "x (`javascript:alert`)"),
        ("[x](data:text/html,hi)", "x (`data:text/html,hi`)"),
        ("[x](//evil.example)", "x (`//evil.example`)"),
        ("![x](https://a.example/b.png)", "[x](https://a.example/b.png)"),
        ("[![x](https://a.example/b.png)](https://c.example)", "[x](https://c.example)"),
        ("[a]: https://b.example", "[a\\]: https://b.example"),
        ("| a | b |\n|---|---|", "\\| a \\| b \\|\n\\|---\\|---\\|"),
        ("ask @kim, not kim@example.com", f"ask @{INVISIBLE}kim, not kim@example.com"),
        ("https://medium.example/@kim", "https://medium.example/@kim"),
        ("```\nleft open", "```\nleft open\n```"),
        ("```mermaid\ngraph\n```", "```\ngraph\n```"),
        ("~~~\n```\n~~~", "````\n```\n````"),
        ("[redacted:password#1]", f"[redacted:password#{INVISIBLE}1]"),
        ("&lt;script&gt;", "\\<script>"),
        ("a\u202eb", "a\\<U+202E>b"),
    ],
)
def test_what_could_reach_out_of_a_field_is_taken_from_prose(text: str, expected: str) -> None:
    assert safe_prose(text) == expected


@given(nasty_text())
def test_the_fast_way_for_plain_sentences_agrees_with_the_long_one(text: str) -> None:
    if safe_prose(text) == text.strip() and text.strip():
        assert clean(read(text.strip(), everything=False)) == read(safe_prose(text), everything=True)


@pytest.mark.parametrize(
    "text",
    [">" * 500 + "x", "- " * 300 + "x", "x" + "*" * 3000, "[" * 3000, "y" + "`" * 5000 + "x", "a@" * 3000, "<" * 3000],
)
def test_no_text_takes_long_or_is_lost(text: str) -> None:
    shown = "".join(
        token.content for token in PAGE.parse(safe_prose(text)) if token.type in {"inline", "fence", "code_block"}
    )
    assert len(re.sub(r"[\\\s" + INVISIBLE + "]", "", shown)) >= len(re.sub(r"\s", "", text))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_payload_survives_as_a_title(payload: str) -> None:
    tokens = PAGE.parse(f"# {Literal('x' + payload + 'y')} <!-- id title -->")
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1"]
    assert shown_text(tokens[1]) == visible("x" + payload + "y") + " <!-- id title -->"
