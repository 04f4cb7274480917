"""Slack exports: what was said in the channels, with names for ids and replies marked as such.

A message's time is ``ts``, a string of seconds and microseconds that is its identity within a channel. Who joined and
left, and what was deleted, is counted and left out.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

from runbook.capture.import_json import names_in, rows, table, words
from runbook.capture.import_slack import Export, Said
from runbook.capture.import_times import from_epoch
from runbook.capture.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.capture.imported import Source

NAME = "slack"
_TS = re.compile(r"(\d{1,11})(?:\.(\d{1,9}))?\Z")
_COMINGS = re.compile(r"(?:channel|group)_(?:join|leave|archive|unarchive)\Z|bot_(?:add|remove)\Z|(?:un)?pinned_item\Z")
JOINS = "messages about who joined, left, pinned or archived"
DELETED = "deleted messages"
_DAY_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}\.json\Z")
_MOST_ENTRIES = 50
_MOST_BLOCKS = 500


def sniff(head: bytes, name: str) -> int:
    """A zip or a folder with the files of an export, or one day of a channel."""
    if head.startswith(b"PK\x03\x04"):
        return 90 if b"users.json" in head or b"channels.json" in head or b"integration_logs.json" in head else 40
    if names_in(head, "ts", "type") == 2 and names_in(head, "user", "bot_id", "subtype"):
        return 85
    if not head and os.path.isdir(name):
        if os.path.isfile(os.path.join(name, "users.json")) or os.path.isfile(os.path.join(name, "channels.json")):
            return 90
        with os.scandir(name) as entries:
            few = [entry.name for entry, _ in zip(entries, range(_MOST_ENTRIES), strict=False)]
        return 85 if few and all(_DAY_FOLDER.match(each) for each in few) else 0
    return 0


def parse(source: Source) -> Iterator[Imported]:
    """The messages, a channel after the other."""
    with closing(Export(source)) as export:
        for said in export.messages():
            file, number, message = said.file, said.line, said.message
            if message.get("type", "message") != "message":
                source.problem(number, "this is no message", file)
                continue
            subtype = words(message.get("subtype"))
            if _COMINGS.match(subtype):
                source.skip(JOINS)
            elif subtype == "tombstone" or message.get("hidden") is True:
                source.skip(DELETED)
            else:
                yield from _message(export, source, said)


def _message(export: Export, source: Source, said: Said) -> Iterator[Imported]:
    channel, file, number, message = said
    ts = words(message.get("ts"))
    at = _time(ts)
    if at is None:
        source.problem(number, "the message has no plausible time (ts)", file)
        return
    text = _said(export, message)
    if not text:
        source.skip("messages without a text")
        return
    thread = words(message.get("thread_ts"))
    begun = _time(thread) if thread and thread != ts else None
    reply = f"(reply to {begun.astimezone(source.clock):%H:%M}) " if begun is not None else ""
    where = f"#{channel}: " if channel else ""
    yield Imported(
        at,
        "communication",
        f"{where}{reply}{text}",
        actor=_who(export, message),
        key=f"{channel} {ts}",
        file=file if file != source.name else "",
        line=number,
    )


def _time(ts: str) -> datetime | None:
    match = _TS.match(ts)
    return None if match is None else from_epoch(int(match[1] + (match[2] or "").ljust(6, "0")[:6]), 1_000_000)


def _said(export: Export, message: dict[str, Any]) -> str:
    """Its text; what a bot attached or put into blocks where it has none; the names of files."""
    text = export.plain(words(message.get("text"))).strip()
    if not text:
        parts = [
            export.plain(words(item.get(name)))
            for item in map(table, rows(message.get("attachments")))
            for name in ("pretext", "title", "text", "fallback")
            if words(item.get(name)).strip() and (name != "fallback" or not words(item.get("text")))
        ]
        text = "\n".join(parts).strip() or export.plain(" ".join(_block_texts(message.get("blocks")))).strip()
    files = [words(table(file).get("name")) or "without a name" for file in rows(message.get("files"))]
    return "\n".join([*([text] if text else []), *(f"[file: {name}]" for name in files)])


def _block_texts(blocks: Any) -> Iterator[str]:
    """The texts inside blocks, in order, however they are nested; bounded, because a block may hold anything."""
    waiting = [blocks]
    for _ in range(_MOST_BLOCKS):
        if not waiting:
            return
        block = waiting.pop()
        if isinstance(block, list):
            waiting += reversed(block)
        elif isinstance(block, dict):
            text = block.get("text")
            if isinstance(text, str):
                yield text
            waiting += [
                block[name] for name in ("elements", "fields", "text") if isinstance(block.get(name), (list, dict))
            ]


def _who(export: Export, message: dict[str, Any]) -> str:
    user = words(message.get("user"))
    profile = table(message.get("user_profile"))
    names = (
        export.users.get(user, ""),
        words(profile.get("display_name")) or words(profile.get("real_name")),
        words(message.get("username")),
        words(table(message.get("bot_profile")).get("name")),
        user or words(message.get("bot_id")),
    )
    return next((name for name in names if name), "")
