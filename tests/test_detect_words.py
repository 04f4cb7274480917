"""The prefilter for much text names the same candidates as the plain one, and is made for speed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.detect.prefilter import LiteralEngine
from runbook.detect.table import REGEX
from runbook.detect.words import WordEngine

LITERALS = [(b"denied", b"refused"), (b"port is already",), (b"k8s",), (b"a.b(c",), (b"ied",)]
NEEDS = [(slot, (REGEX, "", literals)) for slot, literals in enumerate(LITERALS)]
WORDS = [
    "denied",
    "DENIED",
    "refused",
    "port is already",
    "k8s",
    "\u212a8s",
    "a.b(c",
    "axb(c",
    "ied",
    "\n",
    " ",
    "x",
    "é",
]


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_it_names_the_same_candidates_as_the_plain_prefilter(words: list[str]) -> None:
    block = "".join(words).encode()
    assert WordEngine(NEEDS).candidates(block) == LiteralEngine(NEEDS).candidates(block)


@given(st.binary(max_size=300))
def test_any_bytes_will_do(block: bytes) -> None:
    assert WordEngine(NEEDS).candidates(block) == LiteralEngine(NEEDS).candidates(block)


@pytest.mark.parametrize("literals", [[], [()], [(), (b"x",)]])
def test_conditions_without_literals_see_every_line(literals: list[tuple[bytes, ...]]) -> None:
    block = b"one\nx two\n"
    needs = [(slot, (REGEX, "", wanted)) for slot, wanted in enumerate(literals)]
    assert WordEngine(needs).candidates(block) == LiteralEngine(needs).candidates(block)
