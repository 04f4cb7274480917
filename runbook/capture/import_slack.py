"""The inside of a Slack export, wherever it lies: a zip, the folder it was unpacked to, one channel, or one day.

Source: https://slack.com/help/articles/220556107 (how to read Slack data exports) and
https://docs.slack.dev/messaging/formatting-message-text (the signs in a text).
"""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from runbook.capture.import_json import json_values_of, table, words
from runbook.capture.imported import cannot_read, decode
from runbook.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from runbook.capture.imported import Source

_DAY = re.compile(r"(?:^|/)([^/]+)/(\d{4}-\d{2}-\d{2})\.json\Z")
_REFERENCE = re.compile(r"<([@#!]?)([^<>|\n]{0,2000})(?:\|([^<>\n]{0,2000}))?>")
_LARGEST_DIRECTORY = 128 * 1024 * 1024
OTHER_DAYS = "day files outside the time that is imported"


class Said(NamedTuple):
    """A message and where it stands."""

    channel: str
    file: str
    line: int
    message: dict[str, Any]


class Export:
    """One export: its day files, and the names behind ids.

    Args:
        source: the zip, a folder, or one day file.

    Raises:
        BadInputError: it is no export, damaged, or encrypted.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._zip: zipfile.ZipFile | None = None
        self._root = ""
        self._single = ""
        self._names = self._list()
        self.users = {
            words(user.get("id")): _user_name(user)
            for user in self._directory("users.json")
            if words(user.get("id")) and _user_name(user)
        }
        self.channels = {
            words(channel.get("id")): words(channel.get("name"))
            for name in ("channels.json", "groups.json", "mpims.json")
            for channel in self._directory(name)
            if words(channel.get("name"))
        }

    def _list(self) -> list[str]:
        path = self._source.path
        if path is None:
            if self._source.head()[:2] == b"PK":
                raise BadInputError("a zip file cannot be read from a pipe", file=self._source.name, hint="name it")
            self._single = "-"
            return []
        if os.path.isdir(path):
            self._root = path
            return self._walk(path)
        if self._source.head()[:2] != b"PK":
            self._single = path
            self._root = os.path.dirname(os.path.dirname(os.path.abspath(path)))
            return []
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise BadInputError(f"the zip file is damaged: {error}", file=self._source.name) from None
        return [info.filename for info in self._zip.infolist() if not info.is_dir()]

    def _walk(self, path: str) -> list[str]:
        names = []
        if os.path.isfile(os.path.join(os.path.dirname(os.path.abspath(path)), "users.json")) and not os.path.isfile(
            os.path.join(path, "users.json")
        ):
            self._root = os.path.dirname(os.path.abspath(path))  # one channel of an export
        for folder, inner, files in os.walk(path):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            names += [os.path.relpath(os.path.join(folder, name), self._root) for name in sorted(files)]
        return names

    def _open(self, name: str) -> BinaryIO:
        if self._zip is not None:
            try:
                return self._zip.open(name)  # type: ignore[return-value]  # read-only, which is all we need of it
            except (RuntimeError, KeyError, zipfile.BadZipFile, NotImplementedError, OSError) as error:
                raise BadInputError(f"cannot be read: {error}", file=f"{self._source.name}/{name}") from None
        path = os.path.join(self._root, name)
        try:
            return open(path, "rb")
        except OSError as error:
            raise cannot_read(error, path) from None

    def _directory(self, name: str) -> Iterator[dict[str, Any]]:
        """The rows of one of the files at the top; none where there is no such file."""
        try:
            if self._zip is None and not os.path.isfile(os.path.join(self._root, name)):
                return
            found = name if self._zip is None else min((n for n in self._names if os.path.basename(n) == name), key=len)
            with self._open(found) as file:
                content = file.read(_LARGEST_DIRECTORY + 1)
        except ValueError:
            return  # no such file in the zip
        except (BadInputError, *_DAMAGE) as error:
            self._source.problem(0, f"names stay ids: {error}", name)
            return
        try:
            value = json.loads(decode(content))
        except (ValueError, RecursionError):
            self._source.problem(0, "this is no JSON; names stay ids", name)
            return
        yield from (row for row in (value if isinstance(value, list) else []) if isinstance(row, dict))

    def messages(self) -> Iterator[Said]:
        """Every message, a channel after the other, each in order."""
        if self._single:
            folder = os.path.basename(os.path.dirname(os.path.abspath(self._source.path or ""))) if self._root else ""
            with self._source.open() as stream:
                yield from self._of(folder, self._source.name, stream)
            return
        days = 0
        for name in sorted(self._names):
            day = _DAY.search(name.replace(os.sep, "/"))
            if day is None:
                continue
            days += 1
            if self._is_far(day[2]):
                self._source.skip(OTHER_DAYS)
                continue
            with self._open(name) as stream:
                yield from self._of(day[1], name, stream)
        if not days:
            raise BadInputError(
                "there are no messages in it: a Slack export has files such as ops/2026-02-11.json",
                file=self._source.name,
            )

    def _of(self, channel: str, name: str, stream: BinaryIO) -> Iterator[Said]:
        try:
            for number, value in json_values_of(self._source, stream, name):
                if isinstance(value, dict):
                    yield Said(channel, name, number, value)
                else:
                    self._source.problem(number, "this is no message", name)
        except _DAMAGE as error:
            self._source.problem(0, f"the file is damaged in the zip: {error}", name)

    def _is_far(self, day: str) -> bool:
        """Whether a day file cannot hold anything of the window; files are cut at midnight of some zone."""
        since, until = self._source.window
        return bool((since and day < _day(since, -1)) or (until and day > _day(until, 1)))

    def close(self) -> None:
        """Done with it."""
        if self._zip is not None:
            self._zip.close()

    def plain(self, text: str) -> str:
        """A message's text with names for ids and without Slack's signs."""
        return _unescape(_REFERENCE.sub(self._spell, text)) if "<" in text or "&" in text else text

    def _spell(self, match: re.Match[str]) -> str:
        sign, target, label = match.groups()
        if sign == "@":
            return f"@{self.users.get(target) or (label or '').removeprefix('@') or target}"
        if sign == "#":
            return f"#{self.channels.get(target) or (label or '').removeprefix('#') or target}"
        if sign == "!":
            return label or f"@{target.split('^')[0]}"
        return f"{label} ({target})" if label and label != target else target


_DAMAGE = (zipfile.BadZipFile, RuntimeError, EOFError, OSError, NotImplementedError, zlib.error)


def _unescape(text: str) -> str:
    """Slack escapes three signs and no others; the ampersand last, so that ``&amp;lt;`` stays ``&lt;``."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _day(moment: datetime, days: int) -> str:
    try:
        return (moment + timedelta(days=days)).date().isoformat()
    except OverflowError:
        return moment.date().isoformat()


def _user_name(user: dict[str, Any]) -> str:
    profile = table(user.get("profile"))
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return next((text for text in map(words, names) if text.strip()), "")
