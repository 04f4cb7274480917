"""The card index: in which filed documents a known failure was seen, and what ended it.

Reading a record takes up to 20 ms, and a team has hundreds; nobody should wait for that under a failed command. So the
index is renewed where somebody waits anyway (filing, listing, starting), and a failed command only looks something up.
It is a JSON file in the cache folder: losing it costs nothing. Reading it needs the standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from runbook.model.record import AnyDocument

_VERSION = 1
_LONGEST = 160
_RECORD = "record.yaml"


def read_index(path: str) -> dict[str, dict[str, Any]]:
    """The cards by document id: ``folder``, ``stamp``, ``title``, ``fixed``, ``signatures``; empty if unreadable."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("v") != _VERSION or not isinstance(content.get("cards"), dict):
        return {}
    return {name: card for name, card in content["cards"].items() if isinstance(card, dict)}


def renew_index(
    path: str, shelves: Iterable[tuple[str, str]], load: Callable[[str], AnyDocument | None], *, seconds: float
) -> int:
    """Bring the index to what is filed: newest documents first, only those that changed.

    Args:
        path: of the index.
        shelves: (id, folder) of every filed document.
        load: reads the record in a folder; None where it cannot be read.
        seconds: after this long the rest is left for the next time.

    Returns:
        How many records were read.
    """
    before = read_index(path)
    cards: dict[str, dict[str, Any]] = {}
    read = 0
    end = time.monotonic() + seconds
    for identifier, folder in sorted(shelves, reverse=True):
        stamp = _stamp(folder)
        card = before.get(identifier)
        if card is not None and card.get("stamp") == stamp:
            cards[identifier] = card
        elif time.monotonic() < end:
            read += 1
            document = load(folder)
            cards[identifier] = {"folder": folder, "stamp": stamp, **({} if document is None else _facts(document))}
        elif card is not None:
            cards[identifier] = card
    if cards != before:
        _write(path, {"v": _VERSION, "cards": cards})
    return read


def look_up(cards: dict[str, dict[str, Any]], signature: str, *, without: str) -> list[tuple[str, str, str]]:
    """(id, title, what ended it) of documents in which ``signature`` was seen, those with an end first, then newest.

    Args:
        cards: the index.
        signature: of the known failure.
        without: id of the document one is working on.
    """
    found = [
        (name, str(card.get("title", "")), str(card.get("fixed", "")))
        for name, card in cards.items()
        if name != without
        and signature in (card.get("signatures") or ())
        and os.path.isfile(os.path.join(str(card.get("folder")), _RECORD))
    ]
    return sorted(found, key=lambda row: (bool(row[2]), row[0][4:]), reverse=True)


def what_ended_it(document: AnyDocument) -> str:
    """In a few words what ended an incident: its resolution's first sentence, else the command that worked."""
    resolution = str(getattr(document, "resolution", "")).strip()
    if resolution:
        first = " ".join(resolution.split("\n\n", maxsplit=1)[0].split()).lstrip("-*# ").replace("**", "")
        sentence, dot, _ = first.partition(". ")
        return _clipped(sentence + dot.strip())
    worked = [command.command for command in document.commands if command.role == "worked"]
    return f"`{_clipped(' '.join(worked[-1].split()))}`" if worked else ""


def _facts(document: AnyDocument) -> dict[str, Any]:
    seen = {f.signature for f in document.findings if f.state != "dismissed" and f.kind != "timeline"}
    return {"title": document.title, "fixed": what_ended_it(document), "signatures": sorted(seen)}


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _stamp(folder: str) -> list[int]:
    try:
        seen = os.stat(os.path.join(folder, _RECORD))
    except OSError:
        return []
    return [seen.st_mtime_ns, seen.st_size]


def _write(path: str, content: dict[str, Any]) -> None:
    """Replace the index; a cache that cannot be written is no reason to fail."""
    trial = f"{path}.{os.getpid()}.tmp"
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        try:
            with open(trial, "w", encoding="utf-8") as file:
                json.dump(content, file, ensure_ascii=False)
            os.replace(trial, path)
        except OSError:
            os.unlink(trial)
