"""The catalog as it is shipped: every file, every example, every overlap."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from runbook.detect.catalog import BUILTIN, Catalog
from runbook.detect.engine import Scanner
from runbook.detect.examples import run_examples
from runbook.detect.hyper import in_memory
from runbook.detect.load import Loaded, dangling, load_folders, signature_files, warnings_of
from runbook.detect.prefilter import LiteralEngine
from runbook.detect.table import TEXT_KINDS, build
from runbook.detect.words import WordEngine

if TYPE_CHECKING:
    from runbook.detect.table import Condensed
    from runbook.errors import BadInputError

FILES = [relative for relative, _stat in signature_files(BUILTIN)]


@cache
def catalog() -> tuple[dict[str, Loaded], list[BadInputError], Catalog]:
    loaded, problems = load_folders([BUILTIN])
    return loaded, problems, Catalog(*build(loaded))


def test_there_are_signatures() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("relative", FILES)
def test_file_is_valid_and_its_examples_hold(relative: str) -> None:
    """It loads, each ``match`` example is found, no ``no_match`` is, and what else is found is named as related."""
    loaded, problems, table = catalog()
    own = [str(problem) for problem in problems if (problem.file or "").endswith(f"/{relative}")]
    assert not own
    one = loaded[relative.removesuffix(".yaml")]
    count, wrong = run_examples(one, loaded, table)
    assert not [str(problem) for problem in wrong]
    assert count >= 2, "at least one example of each list can be run"


def test_every_related_signature_exists() -> None:
    assert not [str(problem) for problem in dangling(catalog()[0])]


FEWER_EXAMPLES: dict[str, str] = {}
"""Signature -> why it has fewer than three examples of a match or two of healthy text."""


@pytest.mark.parametrize("relative", FILES)
def test_a_signature_shows_enough_examples_each_with_where_it_is_seen(relative: str) -> None:
    identity = relative.removesuffix(".yaml")
    examples = catalog()[0][identity].signature.examples
    if identity not in FEWER_EXAMPLES:
        assert len(examples.match) >= 3
        assert len(examples.no_match) >= 2
    texts = [(example.kind, example.text, repr(example.beside)) for example in (*examples.match, *examples.no_match)]
    assert len(set(texts)) == len(texts), "an example stands twice"
    assert all(len(example.source.strip()) >= 3 for example in (*examples.match, *examples.no_match))


@pytest.mark.parametrize("relative", FILES)
def test_references_are_addresses_of_public_documentation(relative: str) -> None:
    references = catalog()[0][relative.removesuffix(".yaml")].signature.references
    for reference in references:
        assert re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]{2,}/\S*|https://[a-z0-9.-]+\.[a-z]{2,}", reference), reference
    assert len(set(references)) == len(references)


def test_every_placeholder_is_filled_by_a_capture() -> None:
    """``{port}`` in a fix that nothing captures would be shown to people as it is."""
    loaded = catalog()[0]
    found = [str(warning) for one in loaded.values() for warning in warnings_of(one)]
    assert not [warning for warning in found if "filled by no capture" in warning]


def test_prefilter_loses_nothing_on_the_examples_of_the_whole_catalog() -> None:
    """Trying every pattern on every line finds exactly what the literals let through."""
    loaded, _problems, table = catalog()
    texts: dict[str, list[str]] = {}
    for one in loaded.values():
        for example in (*one.signature.examples.match, *one.signature.examples.no_match):
            kind: str = example.kind or one.signature.applies_to[0]
            if kind in TEXT_KINDS:
                texts.setdefault(kind, []).append(example.text)

    def everything(needs: list[tuple[int, Condensed]]) -> LiteralEngine:
        return LiteralEngine([(slot, (how, what, ())) for slot, (how, what, _literals) in needs])

    for looked_at_as, parts in texts.items():
        results = []
        for engine in (LiteralEngine, everything, WordEngine, in_memory):
            scanner = Scanner(table, looked_at_as, engine=engine)
            scanner.feed("\n".join(parts).encode())
            results.append([(match.signature, match.line, match.count) for match in scanner.close()])
        assert all(result == results[0] for result in results)
        assert results[0]
