"""What the door would still take out of files that are committed, line by line. Secrets are counted, never shown."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from runbook.model.marks import MARK
from runbook.redact.door import Door
from runbook.redact.escapes import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.model.yamltext import Located, Path
    from runbook.review.subject import Unclean

_ESCAPES = re.compile(rb"\\[uUxeabvfrNLP_0]")
"""How YAML writes characters that cannot be seen."""
MAX_COMPARED = 2000
"""Lines that are compared one by one where a text became shorter; beyond, only the first place is named."""


def unclean_text(file: str, content: bytes) -> Iterator[Unclean]:
    """Places of a text file: a report, kept output. Of a picture, whose bytes nobody reads, only its secrets."""
    from runbook.review.subject import Unclean

    raw = content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    raw = raw.replace("#\u200b", "#").replace("@\u200b", "@")  # as the press keeps marks from becoming links
    shown = to_text(raw)
    if shown != raw and b"\0" not in content:
        yield from (Unclean(file, line, "") for line, _ in _changed(raw.split("\n"), shown.split("\n")))
    cleaned = Door().clean(shown)
    if cleaned == shown:
        return
    for line, (before, after) in _changed(shown.split("\n"), cleaned.split("\n")):
        for kind, count in (_kinds(after) - _kinds(before)).items():
            yield Unclean(file, line, kind, count)


def unclean_journal(file: str, content: bytes) -> Iterator[Unclean]:
    """Places of a journal: what the texts inside each entry hold; a torn line is looked at as it is.

    The file as a whole goes first, and the entries on lines where that finds something are looked at text by text, as
    they were when they were recorded: beside the JSON around it, a harmless text can look like a secret.
    """
    from runbook.review.subject import Unclean

    suspects = {place.line for place in unclean_text(file, content)}
    door = Door()
    for number, line in enumerate(content.decode("utf-8", "backslashreplace").split("\n"), 1) if suspects else ():
        if number not in suspects:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            yield from (Unclean(file, number, found.kind, found.times) for found in unclean_text(file, line.encode()))
            continue
        kinds = _kinds(json.dumps(door.clean_value(entry))) - _kinds(json.dumps(entry))
        yield from (Unclean(file, number, kind, count) for kind, count in kinds.items())


def unclean_record(file: str, content: bytes, located: Located) -> Iterator[Unclean]:
    """Places of a record: every text in it, under the name it has there.

    Looking at thousands of texts one by one takes seconds, and as a rule there is nothing: the file as a whole goes
    first, and only where that finds something, or holds escapes, is each text looked at as it was when it was filed.
    """
    from runbook.review.subject import Unclean

    # `kind:` is our own word here, and to the door the beginning of a Kubernetes manifest, which it reads slowly.
    whole = content.replace(b"\n  kind: ", b"\n  sort: ")
    if _ESCAPES.search(content) is None and next(unclean_text(file, whole), None) is None:
        return
    cleaned = Door().clean_value(located.data)
    for path, before, after in _leaves((), located.data, cleaned):
        line = located.line(path) or 1
        kinds = _kinds(after) - _kinds(before)
        if not kinds:
            yield Unclean(file, line, "")
        yield from (Unclean(file, line, kind, count) for kind, count in kinds.items())


def _leaves(path: Path, before: Any, after: Any) -> Iterator[tuple[Path, str, str]]:
    """Texts that differ between two values of the same shape, with their paths."""
    if before == after:
        return
    if isinstance(before, dict):
        for (name, value), changed in zip(before.items(), after.values(), strict=False):
            yield from _leaves((*path, name), value, changed)
    elif isinstance(before, list):
        for index, (value, changed) in enumerate(zip(before, after, strict=False)):
            yield from _leaves((*path, index), value, changed)
    elif isinstance(before, str):
        yield path, before, str(after)


def _kinds(text: str) -> Counter[str]:
    return Counter(match["kind"] for match in MARK.finditer(text)) if "[redacted:" in text else Counter()


def _changed(before: list[str], after: list[str]) -> Iterator[tuple[int, tuple[str, str]]]:
    """(1-based line, (text before, text after)) of every stretch that differs."""
    if len(before) == len(after):
        yield from ((n, pair) for n, pair in enumerate(zip(before, after, strict=True), 1) if pair[0] != pair[1])
        return
    begin = next((n for n, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), 0)
    if len(before) - begin > MAX_COMPARED:
        yield begin + 1, ("\n".join(before[begin:]), "\n".join(after[begin:]))
        return
    matcher = difflib.SequenceMatcher(None, before[begin:], after[begin:], autojunk=False)
    for tag, one, two, three, four in matcher.get_opcodes():
        if tag != "equal":
            yield (
                begin + one + 1,
                ("\n".join(before[begin + one : begin + two]), "\n".join(after[begin + three : begin + four])),
            )
