"""Two clones number their documents without asking each other, and then they meet. Random ones; a hundred on demand.

``CAMPAIGN_MERGES=100`` (make campaign-merges) runs as many as the plan asks for.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest
from publishing import Repo

from runbook.flow.desk import find_document
from runbook.flow.renumber import colliding, collision, renumber
from runbook.model.record import Incident, Item, Link
from runbook.model.wire import new_ulid
from runbook.record.store import dump_record, load_record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ROUNDS = int(os.environ.get("CAMPAIGN_MERGES", "2"))
DAYS = ("2026-02-11", "2026-02-12")


def file_some(repo: Repo, chance: random.Random, count: int) -> dict[str, dict[str, str]]:
    """File documents as a clone does that knows only its own: ULID -> what it names, as field -> ULID."""
    named: dict[str, dict[str, str]] = {}
    for _ in range(count):
        known = [load_record(folder.parent) for folder in repo.root.glob("incidents/2026/*/record.yaml")]
        day = chance.choice(DAYS)
        numbers = [int(document.id[15:]) for document in known if document.id[4:14] == day]
        document = Incident(id=f"INC-{day}-{max(numbers, default=0) + 1:03d}", ulid=new_ulid(), title="It broke")
        other = chance.choice(known) if known else document
        document.summary = f"As in {other.id}, see [the report](../{other.id}/report.md)."
        document.factors = [Item(id="F1", text=f"branch incident/{other.id} was not merged")]
        document.links = [Link(document=other.id, relation="related")]
        named[document.ulid] = {"link": other.ulid}
        folder = f"incidents/2026/{document.id}"
        repo.write(f"{folder}/record.yaml", dump_record(document))
        repo.write(f"{folder}/report.md", f"# It broke\n\n{document.summary}\n")
        repo.write(f"{folder}/journal/host-{document.ulid[-6:].lower()}.jsonl", "")
        repo.git("add", ".")
        repo.git("commit", "--quiet", "-m", f"incident: {document.id}")
    return named


def documents(repo: Repo) -> Iterable[Incident]:
    for path in sorted(repo.root.glob("incidents/2026/*/record.yaml")):
        document = load_record(path.parent)
        assert isinstance(document, Incident)
        assert path.parent.name == document.id
        yield document


@pytest.mark.parametrize("round_", sorted({*range(ROUNDS), 8}))  # 8: both documents of two collisions name each other
def test_two_clones_that_took_the_same_ids_lose_nothing(home: Path, tmp_path: Path, round_: int) -> None:
    """Every collision is found, no merge conflicts, no document is lost, and every reference still means the same."""
    chance = random.Random(round_)
    base = Repo(tmp_path)
    base.git("init", "--quiet", "--bare", "origin.git")
    for name in ("a", "b"):
        base.git("clone", "--quiet", str(tmp_path / "origin.git"), name)
    first, second = Repo(tmp_path / "a"), Repo(tmp_path / "b")
    first.write("runbook.toml", "")
    named = file_some(first, chance, chance.randint(0, 2))
    first.git("add", ".")
    first.git("commit", "--quiet", "--allow-empty", "-m", "Begin")
    first.git("push", "--quiet", "origin", "HEAD:main")
    second.git("pull", "--quiet", "origin", "main")
    named |= file_some(first, chance, chance.randint(1, 4))
    first.git("push", "--quiet", "origin", "HEAD:main")
    named |= file_some(second, chance, chance.randint(1, 4))

    theirs = {document.id: document.ulid for document in documents(first)}
    ours = {document.id: document.ulid for document in documents(second)}
    taken = sorted(name for name, ulid in ours.items() if theirs.get(name, ulid) != ulid)
    assert colliding(str(second.root)) == taken
    for name in taken:
        desk = find_document(name, str(second.root))
        found = collision(desk)
        assert found.taken
        done = renumber(desk, taken=found.ids, upstream=found.upstream)
        assert find_document(name, str(second.root)).id == done.desk.id
    assert second.status() == []
    assert colliding(str(second.root)) == []
    second.git("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")

    both = {document.ulid: document for document in documents(second)}
    assert set(both) == set(theirs.values()) | set(ours.values()) == set(named)
    for ulid, document in both.items():
        meant = both[named[ulid]["link"]]
        assert [link.document for link in document.links] == [meant.id]
        report = (second.root / f"incidents/2026/{document.id}/report.md").read_text("utf-8")
        for text in (document.summary, report):
            assert f"../{meant.id}/report.md" in text
    for name in taken:
        (renumbered,) = [document for document in both.values() if document.ulid == ours[name]]
        assert renumbered.aliases == [name]
