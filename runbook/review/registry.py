"""All rules, found by their files. A file that is no rule is an error here, not a rule that never speaks."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from runbook.review import rules as package
from runbook.review.problem import SEVERITIES
from runbook.review.rule import Example, Rule

if TYPE_CHECKING:
    from types import ModuleType

UNREADABLE = "RB000"
"""The rule about records that cannot be read: whoever reads them says it, since no rule can be asked then."""
_FILE = re.compile(r"(rb[0-9]{3})_([a-z][a-z0-9_]*)")


class BrokenRuleError(Exception):
    """A file below ``rules/`` that does not hold a rule. A bug of ours: a test finds it before anybody else."""


@lru_cache(maxsize=1)
def all_rules() -> dict[str, Rule]:
    """Code -> rule, in order of the codes.

    Raises:
        BrokenRuleError: a file lacks something, or two have the same code.
    """
    found: dict[str, Rule] = {}
    for module in sorted(iter_modules(package.__path__), key=lambda info: info.name):
        rule = _read(import_module(f"{package.__name__}.{module.name}"), module.name)
        if rule.code in found:
            raise BrokenRuleError(f"{module.name}: {found[rule.code].name} has the code {rule.code} too")
        found[rule.code] = rule
    return found


def _read(module: ModuleType, file: str) -> Rule:
    parts = _FILE.fullmatch(file)
    if parts is None:
        raise BrokenRuleError(f"{file}: a rule's file is called like rb012_what_is_wrong.py")
    for name in ("TITLE", "SEVERITY", "REASON", "FIX", "BAD", "GOOD"):
        if not getattr(module, name, None):
            raise BrokenRuleError(f"{file}: {name} is missing")
    if module.SEVERITY not in SEVERITIES:
        raise BrokenRuleError(f"{file}: SEVERITY is one of {', '.join(SEVERITIES)}")
    check, after = getattr(module, "check", None), getattr(module, "after", None)
    if (check is None) == (after is None):
        raise BrokenRuleError(f"{file}: a rule has either check() or after()")
    for example in (*module.BAD, *module.GOOD):
        if not isinstance(example, Example):
            raise BrokenRuleError(f"{file}: BAD and GOOD hold Examples")
    return Rule(
        parts[1].upper(),
        parts[2].replace("_", "-"),
        module.TITLE,
        module.SEVERITY,
        module.REASON,
        module.FIX,
        tuple(module.BAD),
        tuple(module.GOOD),
        check,
        after,
    )
