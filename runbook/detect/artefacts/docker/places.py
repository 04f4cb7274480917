"""Where in the file something stands, and how a query says so."""

from __future__ import annotations

import posixpath

from runbook.detect.artefacts.artefact import Artefact, Reported
from runbook.detect.artefacts.docker.syntax import Dockerfile, Instruction

DETECTOR = "dockerfile"


class Context:
    """What a query looks at: the file as read, as lines, and what lies beside it."""

    def __init__(self, artefact: Artefact) -> None:
        self.artefact = artefact
        self.lines = artefact.lines
        self.file = read(artefact)

    def at(
        self,
        code: str,
        instruction: Instruction,
        needle: str = "",
        *,
        certain: bool = True,
        **captures: str,
    ) -> Reported:
        """Report ``code`` at the first place of ``needle`` in ``instruction``, else at its keyword."""
        line, column, end = self.place(instruction, needle)
        return Reported(DETECTOR, code, line=line, column=column, end_column=end, captures=captures, certain=certain)

    def place(self, instruction: Instruction, needle: str) -> tuple[int, int, int]:
        """Line, column and end column of ``needle`` in ``instruction``."""
        if needle:
            for number in range(instruction.line, min(instruction.end, len(self.lines)) + 1):
                start = self.lines[number - 1].find(needle)
                if start >= 0:
                    return number, start + 1, start + 1 + len(needle)
        line = self.lines[instruction.line - 1]
        return instruction.line, len(line) - len(line.lstrip()) + 1, 0

    @property
    def for_development(self) -> bool:
        """Whether the name says that this image is not the one that goes out."""
        path = self.artefact.path.lower().replace("\\", "/")
        name = posixpath.basename(path)
        final = self.file.final
        words = {*name.replace("-", ".").replace("_", ".").split("."), final.name if final else ""}
        return bool(words & {"dev", "devel", "development", "test", "tests", "ci", "local"}) or ".devcontainer/" in path


def read(artefact: Artefact) -> Dockerfile:
    """The file as instructions, read once for all detectors."""
    kept = artefact.kept()
    known = kept.get(DETECTOR)
    if isinstance(known, Dockerfile):
        return known
    made = Dockerfile(artefact.lines)
    kept[DETECTOR] = made
    return made


def sources_of(instruction: Instruction) -> list[str]:
    """What a ``COPY`` or ``ADD`` takes from the build context: nothing if it copies from a stage or a here-document."""
    if instruction.keyword not in {"COPY", "ADD"} or instruction.flag("--from") is not None or instruction.heredocs:
        return []
    return instruction.words[:-1]


def is_everything(source: str) -> bool:
    """Whether a source of ``COPY`` is the whole context."""
    return source.rstrip("/") in {".", "", "./*", "*", "./."}
