"""A runbook out of an incident: what worked, in order, how to see that it has, and what keeps it from coming back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runbook.model.marks import MARK
from runbook.model.yamltext import dump_yaml
from runbook.render.literal import escape_inline, fence
from runbook.render.prose import safe_line, safe_prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.record import AnyDocument, Command, Finding

_CODE = re.compile(r"`([^`]+)`")
_STAND_IN = re.compile(r"\b(?:SERVICE|CONTAINER|IMAGE|NAME|HOST|DATABASE|POD|NAMESPACE|FILE|PATH)\b")
"""Words in capitals for which a signature's commands mean something of the reader's own."""


def write_guide(document: AnyDocument) -> str:
    """The runbook as Markdown; ``runbook guide check`` says what a person still has to do to it."""
    writer = _Writer(document)
    body = "\n".join(writer.lines())
    header: dict[str, object] = {"title": f"After {document.id}: {document.title}"}
    if writer.placeholders:
        header["placeholders"] = writer.placeholders
    return f"---\n{dump_yaml(header)}---\n\n{body.rstrip()}\n"


class _Writer:
    def __init__(self, document: AnyDocument) -> None:
        self.document = document
        self.placeholders: dict[str, dict[str, str]] = {}
        self._marks: dict[str, str] = {}
        self._number = 0

    def lines(self) -> Iterator[str]:
        document = self.document
        yield f"# After {document.id}: {escape_inline(document.title)}"
        yield ""
        yield (
            f"Written from the record of {document.id} by `runbook guide new`. Read it, take out what nobody should run"
            " again, and say in each step what it is for."
        )
        if document.document == "incident" and document.summary:
            yield ""
            yield safe_prose(document.summary)
        confirmed = [each for each in document.findings if each.state == "confirmed" and each.kind != "timeline"]
        worked = [each for each in document.commands if each.role == "worked"]
        for command in worked:
            yield from self._command(command, [each for each in confirmed if command.id in each.entries])
        told = {id(each) for command in worked for each in confirmed if command.id in each.entries}
        rest = [each for each in confirmed if id(each) not in told]
        if rest:
            yield from self._heading("Known failures that played a part")
            for finding in rest:
                yield from self._finding(finding)
        yield from self._verification(confirmed)
        yield from self._prevention()

    def _heading(self, title: str) -> Iterator[str]:
        self._number += 1
        yield from ("", f"## {self._number}. {title}", "")

    def _command(self, command: Command, findings: list[Finding]) -> Iterator[str]:
        first = command.command.strip().split("\n", 1)[0]
        yield from self._heading(escape_inline(first if len(first) <= 60 else first[:59] + "…"))
        yield safe_prose(command.note) if command.note else "It worked in the incident."
        for finding in findings:
            yield ""
            yield from self._finding(finding)
        yield ""
        yield self._fence(command.command, "sh run" + (f" in={_quoted(command.cwd)}" if command.cwd else ""))

    def _finding(self, finding: Finding) -> Iterator[str]:
        yield f"**`{finding.signature}`** {escape_inline(finding.title)}"
        if finding.fix:
            yield from ("", safe_prose(finding.fix), "")

    def _verification(self, findings: list[Finding]) -> Iterator[str]:
        commands = dict.fromkeys(command for each in findings for command in each.verify)
        if not commands:
            return
        yield from self._heading("Verification")
        yield "Each shows that a known failure is gone."
        for command in commands:
            yield ""
            yield self._fence(command, "sh verify")

    def _prevention(self) -> Iterator[str]:
        document = self.document
        if document.document != "incident":
            return
        texts = dict.fromkeys([each.text for each in document.prevention] + [each.text for each in document.checklist])
        if not texts:
            return
        yield from self._heading("Prevention")
        yield "What keeps it from happening again; tick what is in place."
        yield ""
        for text in texts:
            yield f"- [ ] {safe_line(text)}"

    def _fence(self, command: str, info: str) -> str:
        block = fence(self._with_placeholders(command))
        ticks = block[: len(block) - len(block.lstrip("`"))]
        return f"{ticks}{info}{block[len(ticks) :].removeprefix('text')}"

    def _with_placeholders(self, command: str) -> str:
        """The command with a placeholder for each secret that was taken out, and for words that stand for another."""

        def secret(match: re.Match[str]) -> str:
            if match[0] not in self._marks:
                self._marks[match[0]] = f"SECRET_{len(self._marks) + 1}"
                self.placeholders[self._marks[match[0]]] = {
                    "ask": f"The {match['kind']} that was taken out of the record"
                }
            return "{{" + self._marks[match[0]] + "}}"

        def stand_in(match: re.Match[str]) -> str:
            self.placeholders.setdefault(match[0], {"ask": f"Which {match[0].lower()}?"})
            return "{{" + match[0] + "}}"

        return _STAND_IN.sub(stand_in, MARK.sub(secret, command))


def _quoted(path: str) -> str:
    return path if re.fullmatch(r"[\w./~-]+", path) else '"' + path.replace('"', "") + '"'
