"""Secrets that are recognisable by themselves: all rules of the token modules, tried behind their literals."""

from __future__ import annotations

import re

from runbook.model.lazy import lazy
from runbook.redact import tokens_cloud, tokens_code, tokens_services
from runbook.redact.rule import Rule, Span, compiled

RULES: tuple[Rule, ...] = (*tokens_code.RULES, *tokens_cloud.RULES, *tokens_services.RULES)
"""Every rule, in the order in which they are tried."""

LITERALS = tuple(sorted({literal for rule in RULES for literal in rule.literals}))
"""All literals, lower-case."""

TRIGGER = "|".join(sorted({rule.hint or "(?i:" + "|".join(map(re.escape, rule.literals)) + ")" for rule in RULES}))
"""One pattern that matches wherever a rule could."""


_PLAIN = 3
"""Shorter literals stand in ordinary words; rules that have one are told by their shape."""

_TELLING = tuple(literal for literal in LITERALS if len(literal) >= _PLAIN)
_SHAPES = lazy("|".join(rule.hint for rule in RULES if min(map(len, rule.literals)) < _PLAIN))


def possible(text: str) -> bool:
    """Whether any rule could find something in ``text``: a cheap look that needs no engine.

    It is for short texts, which are many: a host's name or a path, in front of every recorded command.
    """
    low = text.lower()
    return any(literal in low for literal in _TELLING) or _SHAPES.search(text) is not None


def find(line: bytes, low: bytes) -> list[Span]:
    """Every token in ``line``; ``low`` is the line in lower case."""
    from runbook.redact import judge  # noqa: PLC0415  whoever only asks what is possible needs no judge

    text = low.decode("utf-8", "replace")
    found: list[Span] = []
    for rule in RULES:
        if any(literal in text for literal in rule.literals):
            for match in compiled(rule.pattern).finditer(line):
                group = "s" if match.has("s") else 0
                if not judge.is_filler(match[group].decode("utf-8", "replace")):
                    found.append(Span(match.start(group), match.end(group), rule.kind))
    return found
