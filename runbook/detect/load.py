"""Signature files into signatures, every problem named by file, line and field. The cold path: YAML and pydantic."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import re2
from pydantic import ValidationError

from runbook.detect import literals
from runbook.detect.artefacts.artefact import DetectorMissingError
from runbook.detect.artefacts.registry import DETECTORS
from runbook.detect.nodes import Document, dotted, read_document
from runbook.detect.nodes import Path as FieldPath
from runbook.detect.registry import COMMAND_RULES, TIMELINE_RULES
from runbook.detect.table import SHELL_KINDS
from runbook.errors import BadInputError, StorageError
from runbook.model.signature import CommandPattern, Condition, Signature

if TYPE_CHECKING:
    from runbook.detect.artefacts.registry import Detector

MAX_PATTERN = 1000
MAX_STATES = 6000
MAX_NESTED = 200
SUFFIX = ".yaml"
_FORMS = ("rule", "pattern")
_PATTERNS = ("args", "not_args", "arg", "env", "input", "writes", "host", "folder")

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*")
_PLACEHOLDER = re.compile(r"(?<![$\\{%])\{([a-z][a-z0-9_]*)\}(?!\})")
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class Loaded:
    """One signature and where it came from.

    Attributes:
        signature: validated.
        file: its path as shown to a person.
        document: lines of its fields, for later complaints.
        sha256: of the file.
    """

    def __init__(self, signature: Signature, file: str, document: Document, sha256: str) -> None:
        self.signature = signature
        self.file = file
        self.document = document
        self.sha256 = sha256

    def problem(self, message: str, path: FieldPath, *, hint: str = "") -> BadInputError:
        """A complaint about one field of this file."""
        return BadInputError(
            message, file=self.file, line=self.document.line(path), field=dotted(path) or None, hint=hint
        )


def signature_files(folder: str) -> list[tuple[str, os.stat_result]]:
    """Every signature file below ``folder`` as (path relative to it, stat), in a stable order.

    Raises:
        BadInputError: there is no such folder.
    """
    found: list[tuple[str, os.stat_result]] = []
    try:
        areas = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise BadInputError(f"no signatures can be read there: {error.strerror}", file=folder) from None
    for area in areas:
        if area.name.startswith((".", "__")):
            continue
        if area.is_dir():
            with os.scandir(area.path) as entries:
                found.extend(
                    (f"{area.name}/{entry.name}", entry.stat())
                    for entry in sorted(entries, key=lambda entry: entry.name)
                    if entry.name.endswith((SUFFIX, ".yml")) and not entry.name.startswith(".")
                )
        elif area.name.endswith((SUFFIX, ".yml")):
            found.append((area.name, area.stat()))
    return found


def load_file(folder: str, relative: str) -> tuple[Loaded | None, list[BadInputError]]:
    """Read and validate one file.

    Returns:
        The signature, or None with at least one problem. Problems are never raised: a check wants all of them.
    """
    shown = os.path.join(folder, relative)
    try:
        raw = Path(shown).read_bytes()
    except OSError as error:
        return None, [BadInputError(f"cannot be read: {error.strerror}", file=shown)]
    identity = relative.removesuffix(SUFFIX)
    if not relative.endswith(SUFFIX) or not _ID.fullmatch(identity):
        wanted = "area/name.yaml in lower-case letters, digits and dashes"
        return None, [BadInputError(f"the path is the signature's id and must read {wanted}", file=shown)]
    try:
        document = read_document(raw, file=shown)
    except BadInputError as problem:
        return None, [problem]
    values = document.values
    if "id" in values:
        message = "the id is the file's path; take this key out"
        if values["id"] != identity:
            message = (
                f"the id {values['id']!r} differs from the file's path {identity!r}; the path counts, take this key out"
            )
        return None, [BadInputError(message, file=shown, line=document.line(("id",)), field="id")]
    try:
        signature = Signature.model_validate({"id": identity, **values})
    except ValidationError as error:
        details = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        return None, [_explain(detail, document, shown) for detail in details]  # a misspelt key explains a missing one
    loaded = Loaded(signature, shown, document, hashlib.sha256(raw).hexdigest())
    problems = list(_check(loaded))
    return (None if problems else loaded), problems


def load_folders(folders: list[str]) -> tuple[dict[str, Loaded], list[BadInputError]]:
    """Everything below ``folders``; a later folder's signature replaces an earlier one of the same id."""
    loaded: dict[str, Loaded] = {}
    problems: list[BadInputError] = []
    for folder in folders:
        for relative, _stat in signature_files(folder):
            one, wrong = load_file(folder, relative)
            problems += wrong
            if one is not None:
                loaded[one.signature.id] = one
    return dict(sorted(loaded.items())), problems


def load_or_refuse(folders: list[str]) -> dict[str, Loaded]:
    """As :func:`load_folders`, where one broken file is reason enough to stop.

    Raises:
        BadInputError: the first problem; its hint says how to see all of them.
        StorageError: a folder cannot be read.
    """
    try:
        loaded, problems = load_folders(folders)
    except OSError as error:
        raise StorageError(f"signatures cannot be read: {error.strerror}", file=error.filename) from None
    if problems:
        first = problems[0]
        more = f"{len(problems) - 1} more problems; " if len(problems) > 1 else ""
        raise BadInputError(
            first.message,
            file=first.file,
            line=first.line,
            field=first.field,
            hint=f"{more}runbook signatures test {os.path.dirname(os.path.dirname(first.file or '')) or '.'}"
            + (f" ({first.hint})" if first.hint else ""),
        )
    return loaded


def compile_pattern(pattern: str) -> Any:
    """``pattern`` under RE2, silently.

    Raises:
        ValueError: RE2 refuses it; the message is RE2's, with a hint for what people try most. Or its counts multiply
            to so much that RE2 has to go through a megabyte of the worst text for more than a second.
    """
    try:
        compiled = re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        message = error.args[0] if error.args else "is no pattern"
        message = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
        if "invalid perl operator: (?" in message:
            message += " (RE2 has no look-around; use 'none' for what must not stand on the line)"
        raise ValueError(message) from None
    if compiled.programsize > MAX_STATES or literals.nested_counts(pattern) > MAX_NESTED:
        raise ValueError(
            "its counts make it too large to be fast on every text; use smaller ones, or * and + for any number"
        )
    return compiled


def _explain(detail: Any, document: Document, file: str) -> BadInputError:
    """Pydantic's complaint in our words."""
    path: FieldPath = _without_tags(detail["loc"])
    kind, field = detail["type"], str(path[-1]) if path else ""
    message, hint = detail["msg"].removeprefix("Value error, "), ""
    if kind == "extra_forbidden":
        known = _fields_beside(path)
        message = f"unknown key {field!r}{_nearest(field, known)}"
        hint = f"known here: {', '.join(known)}"
    elif kind == "missing":
        message = "is missing"
    elif kind == "literal_error":
        message = f"{detail['input']!r} is not allowed; one of {detail['ctx']['expected']}"
    elif kind in {"tuple_type", "list_type"}:
        message = "must be a list (lines that begin with '- ')"
    elif kind in {"dict_type", "model_type"}:
        message = "must be a mapping (key: value)"
    elif kind == "string_type":
        message = "must be text"
    elif kind == "too_short":
        message = "must not be empty"
    return BadInputError(message, file=file, line=document.line(path), field=dotted(path), hint=hint)


def _without_tags(path: FieldPath) -> FieldPath:
    """Pydantic names the form of a ``command``; the file does not."""
    return tuple(part for at, part in enumerate(path) if not (at and path[at - 1] == "command" and part in _FORMS))


def _fields_beside(path: FieldPath) -> list[str]:
    """The keys that are known where an unknown one was met."""
    model: Any = Signature
    for part in path[:-1]:
        if isinstance(part, int):
            continue
        if part in ("command", "after", "unless"):
            model = CommandPattern
            continue
        annotation = model.model_fields[part].annotation
        arguments = getattr(annotation, "__args__", ())
        model = arguments[0] if arguments else annotation
    return [name for name in model.model_fields if name != "id"]


def _nearest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _check(loaded: Loaded) -> Any:
    """What a model cannot say: patterns, rule names, and kinds that fit the conditions."""
    signature = loaded.signature
    timeline = elsewhere = False
    for group in ("any", "all", "none"):
        for index, condition in enumerate(getattr(signature.match, group)):
            path: FieldPath = ("match", group, index)
            yield from _check_condition(loaded, condition, path)
            if group == "none" and condition.regex is None and condition.literal is None:
                yield loaded.problem("only regex and literal can stand under 'none'", path)
            timeline |= condition.timeline is not None
            elsewhere |= group != "none" and condition.timeline is None
    if timeline != ("timeline" in signature.applies_to):
        yield loaded.problem("must hold 'timeline' exactly if a condition names a timeline rule", ("applies_to",))
    elif elsewhere != bool(set(signature.applies_to) - {"timeline"}):
        yield loaded.problem("its kinds and the conditions under 'match' do not fit together", ("applies_to",))
    yield from _check_kinds(loaded)


def _check_kinds(loaded: Loaded) -> Any:
    signature = loaded.signature
    for index, name in enumerate(signature.applies_to):
        if name in signature.applies_to[:index]:
            yield loaded.problem(f"{name!r} stands twice", ("applies_to", index))
    for group in ("match", "no_match"):
        for index, example in enumerate(getattr(signature.examples, group)):
            if example.kind is not None and example.kind not in signature.applies_to:
                yield loaded.problem(f"{example.kind!r} is not under applies_to", ("examples", group, index, "kind"))


def _check_condition(loaded: Loaded, condition: Condition, path: FieldPath) -> Any:
    if condition.regex is not None:
        yield from _check_regex(loaded, condition.regex, (*path, "regex"))
    elif condition.literal is not None:
        yield from _check_literal(loaded, condition.literal, (*path, "literal"))
    for field, rules in (("timeline", TIMELINE_RULES), ("command", COMMAND_RULES)):
        name = getattr(condition, field)
        if isinstance(name, CommandPattern):
            yield from _check_pattern(loaded, name, (*path, field))
        elif name is not None and name not in rules:
            yield loaded.problem(
                f"there is no {field} rule {name!r}{_nearest(name, rules)}",
                (*path, field),
                hint=f"there are {', '.join(sorted(rules))}",
            )

    for field, detector in DETECTORS.items():
        value = getattr(condition, field)
        if value is not None:
            yield from _check_codes(loaded, detector, (value,) if isinstance(value, str) else value, (*path, field))


def _check_codes(loaded: Loaded, detector: Detector, codes: tuple[str, ...], path: FieldPath) -> Any:
    if not set(detector.kinds) & set(loaded.signature.applies_to):
        kinds = " or ".join(detector.kinds)
        yield loaded.problem(f"looks at {kinds}, which is not under applies_to", path)
    try:
        known = detector.codes()
    except DetectorMissingError:
        return  # what is not installed cannot say what it knows
    for code in codes:
        if known is not None and code not in known:
            yield loaded.problem(
                f"{detector.name} has no {code!r}{_nearest(code, known)}",
                path,
                hint=f"there are {', '.join(sorted(known))}",
            )


def _check_pattern(loaded: Loaded, pattern: CommandPattern, path: FieldPath) -> Any:
    if not set(loaded.signature.applies_to) & set(SHELL_KINDS):
        yield loaded.problem(
            f"commands are looked for in {', '.join(SHELL_KINDS)} only; none is under applies_to", path
        )
    for name, regex in pattern.options.items():
        yield from _check_compiles(loaded, regex, (*path, "options", name))
    for field in _PATTERNS:
        regex = getattr(pattern, field)
        if regex is not None:
            yield from _check_compiles(loaded, regex, (*path, field))
    for field in ("flags", "without"):
        for index, names in enumerate(getattr(pattern, field)):
            if not all(re.fullmatch(r"--?[A-Za-z0-9][\w.-]*", name) for name in names.split("|")):
                yield loaded.problem(f"{names!r} is no option; write --name, -n or -n|--name", (*path, field, index))
    for field in ("after", "unless"):
        for index, earlier in enumerate(getattr(pattern, field)):
            yield from _check_pattern(loaded, earlier, (*path, field, index))


def _check_compiles(loaded: Loaded, pattern: str, path: FieldPath) -> Any:
    if len(pattern) > MAX_PATTERN:
        yield loaded.problem(f"is {len(pattern)} characters long; at most {MAX_PATTERN}", path)
        return
    try:
        compile_pattern(pattern)
    except ValueError as error:
        yield loaded.problem(str(error), path)


def _check_literal(loaded: Loaded, text: str, path: FieldPath) -> Any:
    if len(text) < literals.MIN_LITERAL or "\n" in text:
        yield loaded.problem(f"must be at least {literals.MIN_LITERAL} characters on one line", path)


def _check_regex(loaded: Loaded, pattern: str, path: FieldPath) -> Any:
    if len(pattern) > MAX_PATTERN:
        yield loaded.problem(f"is {len(pattern)} characters long; at most {MAX_PATTERN}", path)
        return
    if "\n" in pattern or re.search(r"(?<!\\)(\\\\)*\\n", pattern):
        yield loaded.problem("names a line break; a pattern is matched within one line", path)
        return
    try:
        compiled = compile_pattern(pattern)
    except ValueError as error:
        yield loaded.problem(str(error), path)
        return
    if compiled.search("") is not None or literals.can_match_nothing(pattern):
        yield loaded.problem("can match without taking a character, so it would match every line", path)


def dangling(loaded: dict[str, Loaded]) -> list[BadInputError]:
    """Every ``related`` that names no signature. A check's business: it must not stop a scan in an incident."""
    return [
        one.problem(f"there is no signature {related!r}{_nearest(related, loaded)}", ("related", index))
        for one in loaded.values()
        for index, related in enumerate(one.signature.related)
        if related not in loaded
    ]


def _names_in(condition: Condition) -> set[str]:
    """What a condition on commands can capture."""
    if condition.command is None:
        return set()
    if isinstance(condition.command, str):
        return {"command", "destroys", "safer", "folder"}
    pattern = condition.command
    texts = [
        *pattern.options.values(),
        *(getattr(pattern, field) for field in ("args", "arg", "env", "input", "writes", "host")),
    ]
    return {"command", *(name for text in texts if text for name in compile_pattern(text).groupindex)}


def warnings_of(loaded: Loaded) -> list[BadInputError]:
    """What is allowed and yet worth a second look: slow patterns, placeholders that nothing fills."""
    signature = loaded.signature
    found: list[BadInputError] = []
    names: set[str] = set(signature.captures)
    for group in ("any", "all"):
        for index, condition in enumerate(getattr(signature.match, group)):
            names.update(_names_in(condition))
            if condition.regex is None:
                continue
            names.update(compile_pattern(condition.regex).groupindex)
            if literals.required_literals(condition.regex) is None:
                message = f"no text of {literals.MIN_LITERAL} letters must stand on the line, so every line is tried"
                found.append(loaded.problem(message, ("match", group, index, "regex")))
    texts: list[tuple[FieldPath, str]] = [(("fix", "text"), signature.fix.text)]
    texts += [(("verify", index), text) for index, text in enumerate(signature.verify)]
    for path, text in texts:
        found += [
            loaded.problem(f"{{{name}}} is filled by no capture", path)
            for name in _PLACEHOLDER.findall(text)
            if names and name not in names
        ]
    return found
