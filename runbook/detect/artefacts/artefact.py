"""What a detector is given, and what it hands back."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 1024 * 1024
"""Of a file that detectors look at. Configuration is written by people; what is larger was made by a program."""


class DetectorMissingError(Exception):
    """The program or library behind a detector is not there. The message says what is missing."""


class Folder:
    """The folder an artefact lies in, for the few questions that need it: is there a ``.dockerignore``, an ``.env``?

    This one knows its files by name and touches no disk, as examples and tests need it.

    Args:
        files: path relative to the folder -> text.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {os.path.normpath(name): text for name, text in files.items()}

    def text(self, relative: str) -> str | None:
        """The text of a regular file, at most :data:`MAX_BYTES` of it; None if there is none that can be read."""
        return self._files.get(os.path.normpath(relative))

    def holds(self, relative: str) -> str:
        """``file``, ``folder`` or, where there is neither, ""."""
        name = os.path.normpath(relative)
        if name in self._files:
            return "file"
        return "folder" if name == "." or any(each.startswith(name + os.sep) for each in self._files) else ""

    def mode(self, relative: str) -> int | None:
        """The permission bits of a regular file; None where there is none, or where nobody can know."""
        del relative
        return None

    def names(self) -> list[str]:
        """What lies directly in it, sorted."""
        return sorted({name.split(os.sep)[0] for name in self._files})


class DiskFolder(Folder):
    """The same questions to a folder on disk. Only regular files are opened, so that a pipe cannot stop a scan."""

    def __init__(self, path: str) -> None:
        super().__init__({})
        self.path = path

    def text(self, relative: str) -> str | None:
        """See :meth:`Folder.text`."""
        try:
            descriptor = os.open(os.path.join(self.path, relative), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError):
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            try:
                return file.read(MAX_BYTES).decode("utf-8", "backslashreplace")
            except OSError:
                return None

    def holds(self, relative: str) -> str:
        """See :meth:`Folder.holds`."""
        try:
            mode = os.stat(os.path.join(self.path, relative)).st_mode
        except (OSError, ValueError):
            return ""
        return "folder" if stat.S_ISDIR(mode) else "file"

    def mode(self, relative: str) -> int | None:
        """See :meth:`Folder.mode`."""
        try:
            mode = os.stat(os.path.join(self.path, relative)).st_mode
        except (OSError, ValueError):
            return None
        return stat.S_IMODE(mode) if stat.S_ISREG(mode) else None

    def names(self) -> list[str]:
        """See :meth:`Folder.names`."""
        try:
            return sorted(os.listdir(self.path))
        except OSError:
            return []


class Artefact:
    """One whole file to look at. Treat as frozen.

    Attributes:
        text: its text; line ends are newlines.
        kind: ``compose``, ``dockerfile``, ``shell``, ``config``, ...
        path: where it lies, "" where it came through a pipe or stands in an example.
        folder: what lies beside it; None where nobody can know.
        lines: the text's lines without their ends.
        crlf: number of the first line that ended in a carriage return and a newline; 0 if none did.
    """

    __slots__ = ("_kept", "crlf", "folder", "kind", "lines", "path", "text")

    def __init__(self, text: str, kind: str, path: str = "", folder: Folder | None = None) -> None:
        first = text.find("\r\n")
        self.crlf = text.count("\n", 0, first) + 1 if first >= 0 else 0
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.kind = kind
        self.path = path
        self.folder = folder
        self.lines = self.text.split("\n")
        self._kept: dict[str, object] = {}

    @property
    def name(self) -> str:
        """The file's name, "" if it has none."""
        return os.path.basename(self.path)

    def kept(self) -> dict[str, object]:
        """A place where detectors of one file leave what the next would otherwise have to parse again."""
        return self._kept


class Reported:
    """One thing a detector says. Treat as frozen.

    Attributes:
        detector: name in :data:`runbook.detect.artefacts.registry.DETECTORS`.
        code: the detector's own code (``DL3020``) or the name of a query.
        line, column: where, 1-based; ``column`` counts characters.
        end_column: the column after the last character; 0: until the line's end.
        message: in the detector's words, shown where the catalog does not know the code. Holds no secret.
        link: documentation of the code, "" if there is none.
        severity: how bad this is in the catalog's terms, where the catalog does not know the code.
        captures: what fills the texts of the signature. Never the value of a secret.
        certain: whether the failure is there. False where it depends on what the file does not show (the mode of a file
            that is not on disk): a finding that rests on such reports alone is advice, of severity low.
    """

    __slots__ = (
        "captures",
        "certain",
        "code",
        "column",
        "detector",
        "end_column",
        "line",
        "link",
        "message",
        "severity",
    )

    def __init__(
        self,
        detector: str,
        code: str,
        *,
        line: int,
        column: int = 1,
        end_column: int = 0,
        message: str = "",
        link: str = "",
        severity: str = "low",
        captures: Mapping[str, str] | None = None,
        certain: bool = True,
    ) -> None:
        self.detector = detector
        self.code = code
        self.line = line
        self.column = column
        self.end_column = end_column
        self.message = message
        self.link = link
        self.severity = severity
        self.captures = dict(captures or {})
        self.certain = certain

    def __repr__(self) -> str:
        return f"Reported({self.detector}:{self.code} {self.line}:{self.column} {self.captures})"
