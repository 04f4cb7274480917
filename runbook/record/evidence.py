"""Evidence: what a command printed, redacted and capped, and the spool that survives the recorder's own death.

Kept text lies in ``<folder>/evidence/<ulid>-<slug>.txt``. While a command runs, what it printed so far lies in
``<folder>/running/<ulid>.part``: JSON Lines, the first with what is known of the command, the others with redacted
text. The recorder holds a lock on that file, so a file that can be locked is a leftover of a recorder that was killed.

Hot path: standard library only. Nothing here redacts; every text arrives through a cleaner that its caller brings.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re

from runbook.record.durable import replace_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Protocol

    class Cleaner(Protocol):
        """Turns a stream of raw bytes into redacted text, in bounded memory."""

        def feed(self, data: bytes, /) -> str:
            """Take more; return what is certain by now."""

        def close(self) -> str:
            """Return the rest."""


KEEP = 5 * 1024 * 1024
"""Bytes of one output that are kept: half from its head, half from its tail."""
EVIDENCE = "evidence"
RUNNING = "running"
MATCHES_KEPT = 200
"""Lines kept from the part that was left out, because a signature matched them."""
_LEAD = 64 * 1024  # bytes before the tail that are cleaned with it and dropped: whatever the cut tore is in there
_EDGE = 8 * 1024  # how far the end of a line is looked for
_LATEST = 128 * 1024  # bytes of the tail that a checkpoint saves


class Kept:
    """One output, ready to be stored.

    Attributes:
        text: redacted, capped, and saying so where it is capped.
        size: bytes of the whole, as the command printed it.
        digest: SHA-256 of the whole, as the command printed it.
        omitted: bytes that were left out.
    """

    __slots__ = ("digest", "omitted", "size", "text")

    def __init__(self, text: str, *, size: int, digest: str, omitted: int) -> None:
        self.text = text
        self.size = size
        self.digest = digest
        self.omitted = omitted


class EvidenceWriter:
    """Takes one output as it comes and keeps what is worth keeping, in memory that does not grow with it.

    Secrets are taken out before anything is cut, so that no half of one is left at a cut.

    Args:
        make_cleaner: makes a cleaner; the head and a far-away tail get one each.
        keep: bytes to keep.
    """

    def __init__(self, make_cleaner: Callable[[], Cleaner], *, keep: int = KEEP) -> None:
        import hashlib  # noqa: PLC0415  3 ms that a command without output does not pay

        self.size = 0
        self._make_cleaner = make_cleaner
        self._cleaner = make_cleaner()
        self._hash = hashlib.sha256()
        self._half = keep // 2
        self._head: list[str] = []
        self._head_size = 0
        self._head_open = True
        self._torn = False
        self._fresh: list[str] = []
        self._rest = bytearray()
        self._dropped = 0

    def feed(self, data: bytes) -> None:
        """Take more of the output."""
        self.size += len(data)
        self._hash.update(data)
        if self._head_open:
            room = self._half - self._head_size
            if len(data) <= room:
                self._to_head(data)
                return
            end = data.rfind(b"\n", 0, room) + 1
            self._head_open = False
            self._torn = end == 0
            end = end or room
            self._to_head(data[:end])
            data = data[end:]
        self._rest += data
        excess = len(self._rest) - self._half - _LEAD
        if excess > 0:
            self._dropped += excess
            del self._rest[:excess]

    def _to_head(self, data: bytes) -> None:
        self._head_size += len(data)
        text = self._cleaner.feed(data)
        if text:
            self._head.append(text)
            self._fresh.append(text)

    def fresh(self) -> str:
        """Redacted text that was not asked for yet: the head as it comes."""
        text = "".join(self._fresh)
        self._fresh.clear()
        return text

    def latest(self) -> str:
        """The newest redacted text past the head, for a checkpoint; empty while the head has room."""
        if self._head_open:
            return ""
        cleaner = self._make_cleaner()
        text = cleaner.feed(bytes(self._rest[-_LATEST - _LEAD :])) + cleaner.close()
        return text if len(self._rest) <= _LATEST else _from_line(text, min(_LEAD, len(text) // 2))

    def close(self, matches: Sequence[tuple[int, str]] = ()) -> Kept:
        """The end of the output.

        Args:
            matches: (line number, redacted line) of what a signature matched; those that fall into the omitted part
                are kept.
        """
        digest = self._hash.hexdigest()
        if not self._dropped:
            text = "".join(self._head) + self._cleaner.feed(bytes(self._rest)) + self._cleaner.close()
            return Kept(text, size=self.size, digest=digest, omitted=0)
        head = "".join(self._head) + self._cleaner.close()
        if self._torn:
            head = _to_word(head)
        cleaner = self._make_cleaner()
        tail = _from_line(cleaner.feed(bytes(self._rest)) + cleaner.close(), _LEAD)
        omitted = max(self._dropped, self.size - len(head.encode()) - len(tail.encode()))
        text = f"{head}{'' if head.endswith(chr(10)) else chr(10)}… {omitted} bytes omitted …\n"
        first = head.count("\n") + 1
        between = [(line, match) for line, match in sorted(set(matches)) if line >= first and match not in tail]
        for line, match in between[:MATCHES_KEPT]:
            text += f"line {line}: {match}\n"
        if between:
            text += "… known failures from the omitted part above, the end below …\n"
        return Kept(text + tail, size=self.size, digest=digest, omitted=omitted)


def _to_word(text: str) -> str:
    """``text`` without the word at its end, of which the other half was cut off."""
    edge = max(len(text) - _EDGE, 0)
    end = max(text.rfind(space, edge) for space in " \n\t")
    return text[: end + 1] if end >= 0 else text[:edge]


def _from_line(text: str, start: int) -> str:
    """``text`` from the first line, or at least the first word, that begins at or after ``start``."""
    end = text.find("\n", start, start + _EDGE)
    if end < 0:
        spaces = [found for space in " \t" if (found := text.find(space, start, start + _EDGE)) >= 0]
        end = min(spaces) if spaces else start - 1
    return text[end + 1 :]


def slug(text: str, fallback: str = "output") -> str:
    """A file name's readable part: lower-case letters, digits and hyphens, at most 60."""
    return re.sub(r"[^a-z0-9]+", "-", text[:200].lower()).strip("-")[:60].strip("-") or fallback


def evidence_path(identifier: str, name: str, ending: str = "txt") -> str:
    """Where evidence ``identifier`` lies below its document's folder. Endings: ``txt``, ``cast``."""
    return f"{EVIDENCE}/{identifier.lower()}-{slug(name)}.{ending}"


def is_evidence_path(path: str) -> bool:
    """Whether ``path`` is one that :func:`evidence_path` could have made: inside the folder, whatever it says."""
    return re.fullmatch(EVIDENCE + r"/[0-9a-z]{26}-[a-z0-9-]{1,60}\.(?:txt|cast)", path) is not None


def digest(text: str) -> str:
    """SHA-256 of the file that ``text`` becomes, so that anybody can tell whether it was changed."""
    import hashlib  # noqa: PLC0415  as above

    return hashlib.sha256(_encoded(text)).hexdigest()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def store(folder: str, path: str, text: str) -> None:
    """Write redacted ``text`` to ``path`` below ``folder``, mode 0600: the old or the new content, never a part.

    Raises:
        OSError: the disk refused.
    """
    store_bytes(folder, path, _encoded(text))


def store_bytes(folder: str, path: str, content: bytes) -> None:
    """As :func:`store`, for content that is UTF-8 already (a journal, or evidence that was stored elsewhere)."""
    full = os.path.join(folder, path)
    os.makedirs(os.path.dirname(full), mode=0o700, exist_ok=True)
    replace_file(full, content, mode=0o600)


class Spool:
    """What is on disk of a command that still runs.

    Args:
        folder: of the document.
        identifier: of the command's journal entry.
        header: redacted; what the journal needs to know of the command.

    Raises:
        OSError: the disk refused.
    """

    def __init__(self, folder: str, identifier: str, header: Mapping[str, Any]) -> None:
        parent = os.path.join(folder, RUNNING)
        os.makedirs(parent, mode=0o700, exist_ok=True)
        self._stem = os.path.join(parent, identifier)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(f"{self._stem}.part", flags, 0o600)
        self._tails: set[str] = set()
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            self._line(header)
        except OSError:
            self.remove()
            raise

    def write(self, stream: str, text: str) -> None:
        """Add redacted text of one stream.

        Raises:
            OSError: the disk refused.
        """
        self._line({"stream": stream, "text": text})

    def write_tail(self, stream: str, text: str) -> None:
        """Replace the newest redacted text of one stream that is past its head.

        Raises:
            OSError: the disk refused.
        """
        path = f"{self._stem}.{stream}.tail"
        self._tails.add(path)
        with open(os.open(f"{path}.tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        os.replace(f"{path}.tmp", path)

    def _line(self, value: Mapping[str, Any]) -> None:
        line = json.dumps(dict(value), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        view = memoryview(line)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def remove(self) -> None:
        """The command is on record (or cannot be): nothing is left to recover."""
        if self._descriptor < 0:
            return
        for path in (f"{self._stem}.part", *self._tails, *(f"{tail}.tmp" for tail in self._tails)):
            with contextlib.suppress(OSError):
                os.unlink(path)
        os.close(self._descriptor)
        self._descriptor = -1


class Leftover:
    """A command whose recorder was killed.

    Attributes:
        identifier: of the journal entry it would have become.
        header: what was known of it when it started.
        outputs: redacted text by stream.
    """

    __slots__ = ("_paths", "header", "identifier", "outputs")

    def __init__(self, identifier: str, header: dict[str, Any], outputs: dict[str, str], paths: list[str]) -> None:
        self.identifier = identifier
        self.header = header
        self.outputs = outputs
        self._paths = paths

    def remove(self) -> None:
        """It is on record now."""
        for path in self._paths:
            with contextlib.suppress(OSError):
                os.unlink(path)


def leftovers(folder: str) -> Iterator[Leftover]:
    """Commands in ``folder`` whose recorder was killed, each locked against others while it is looked at."""
    parent = os.path.join(folder, RUNNING)
    try:
        names = sorted(os.listdir(parent))
    except OSError:
        return
    for name in names:
        if not name.endswith(".part"):
            continue
        path = os.path.join(parent, name)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        with open(descriptor, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue  # it is being recorded
            if os.fstat(file.fileno()).st_nlink:
                yield _read_leftover(path, file.read(), [other for other in names if other.startswith(name[:-4])])


def running(folder: str) -> list[dict[str, Any]]:
    """What is known of the commands that run at this moment on this machine, oldest first."""
    parent = os.path.join(folder, RUNNING)
    headers: list[dict[str, Any]] = []
    try:
        names = sorted(name for name in os.listdir(parent) if name.endswith(".part"))
    except OSError:
        return headers
    for name in names:
        with contextlib.suppress(OSError, ValueError), open(os.path.join(parent, name), "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                header = json.loads(file.readline())
                headers += [header] if isinstance(header, dict) else []
    return headers


def _read_leftover(path: str, content: bytes, names: Sequence[str]) -> Leftover:
    header: dict[str, Any] = {}
    outputs: dict[str, str] = {}
    for number, line in enumerate(content.splitlines()):
        try:
            value = json.loads(line)
            if number == 0:
                header = dict(value)
            else:
                outputs[value["stream"]] = outputs.get(value["stream"], "") + value["text"]
        except (ValueError, TypeError, KeyError):
            continue  # torn by the crash
    parent, name = os.path.split(path)
    identifier = name.removesuffix(".part")
    for other in names:
        if other.endswith(".tail"):
            stream = other[len(identifier) + 1 : -len(".tail")]
            with contextlib.suppress(OSError), open(os.path.join(parent, other), encoding="utf-8") as file:
                outputs[stream] = f"{outputs.get(stream, '')}… bytes omitted …\n{file.read()}"
    return Leftover(identifier, header, outputs, [os.path.join(parent, other) for other in names])
