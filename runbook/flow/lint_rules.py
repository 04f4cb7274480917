"""The rules of lint as a whole: which there are, what a code names, and how severe a team has made each."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING, Any

from runbook.errors import BadInputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runbook.model.settings import Settings
    from runbook.review.problem import Severity
    from runbook.review.rule import Example, Rule


def rules() -> dict[str, Rule]:
    """Code -> rule, all of them."""
    from runbook.review.registry import all_rules

    return all_rules()


def find_rule(code: str) -> Rule:
    """The rule with this code or name, in any case.

    Raises:
        NotFoundError: there is none.
    """
    wanted, known = code.strip(), rules()
    for rule in known.values():
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            return rule
    near = difflib.get_close_matches(wanted.upper(), known, n=1)
    raise NotFoundError(
        f"there is no rule {code}",
        hint=f"did you mean {near[0]}?" if near else "`runbook lint --explain` lists the rules",
    )


def show_example(example: Example) -> list[str]:
    """What an example holds, as lines of the files in which a person would find it."""
    from runbook.model.yamltext import dump_yaml

    lines: list[str] = []
    if example.record:
        nested: dict[str, object] = {}
        for path, value in example.record.items():
            inner: Any = nested
            *above, last = path.split(".")
            for name in above:
                inner = inner.setdefault(name, {})
            inner[last] = value
        lines += ["# record.yaml", *dump_yaml(nested).splitlines()]
    edits = [*example.replace.values(), *([example.append] if example.append else [])]
    files = [(name, text) for name, text in example.files.items() if text is not None]
    parts = [("report.md", text) for text in edits] + files
    parts += [("runbook.toml", example.settings), (f"templates/{example.document}.md.j2", example.template)]
    for name, text in parts:
        if text:
            shown = text.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e").strip("\n")
            lines += [f"# {name}", *shown.split("\n")]
    return lines


def severities_of(repository: str, settings: Settings) -> dict[str, Severity | None]:
    """Code -> severity as the team's settings say it; None: switched off.

    Raises:
        BadInputError: the settings name a rule or a section that there is none of, with file and line.
    """
    from runbook.flow.settings import settings_line
    from runbook.record.places import SETTINGS_FILE
    from runbook.review.inspect import severities_for
    from runbook.review.registry import UNREADABLE
    from runbook.review.required import known_sections

    def wrong(message: str, path: tuple[str, ...], name: str, known: Iterable[str]) -> BadInputError:
        near = difflib.get_close_matches(name.upper() if path[1] == "rules" else name, list(known), n=1)
        listed = "`runbook lint --explain` lists the rules" if path[1] == "rules" else f"it may be {', '.join(known)}"
        return BadInputError(
            message,
            file=os.path.join(repository, SETTINGS_FILE),
            line=settings_line(repository, path),
            field=".".join(path),
            hint=f"did you mean {near[0]}?" if near else listed,
        )

    for code in settings.lint.rules:
        if code not in rules():
            raise wrong(f"there is no rule {code}", ("lint", "rules", code), code, rules())
        if code == UNREADABLE and settings.lint.rules[code] != "error":
            raise wrong("what cannot be read is always an error", ("lint", "rules", code), "", ())
    for key, kind in (("required", "incident"), ("required_deployment", "deployment")):
        for name in getattr(settings.lint, key) or ():
            if name not in known_sections(kind):
                known = known_sections(kind)
                raise wrong(f"{name!r} is no section of a report", ("lint", key), name, known)
    return severities_for(dict(settings.lint.rules))
