"""Secrets that are recognisable by themselves: all rules of the token modules, tried behind their literals."""

from __future__ import annotations

import re

from runbook.redact import judge, tokens_cloud, tokens_code, tokens_services
from runbook.redact.rule import Rule, Span, compiled

RULES: tuple[Rule, ...] = (*tokens_code.RULES, *tokens_cloud.RULES, *tokens_services.RULES)
"""Every rule, in the order in which they are tried."""

SHORTEST = 14
"""No token is shorter: a text whose longest word is shorter holds none."""

LITERALS = tuple(sorted({literal for rule in RULES for literal in rule.literals}))
"""All literals, lower-case."""

TRIGGER = "|".join(sorted({rule.hint or "(?i:" + "|".join(map(re.escape, rule.literals)) + ")" for rule in RULES}))
"""One pattern that matches wherever a rule could."""


def find(line: bytes, low: bytes) -> list[Span]:
    """Every token in ``line``; ``low`` is the line in lower case."""
    text = low.decode("utf-8", "replace")
    found: list[Span] = []
    for rule in RULES:
        if any(literal in text for literal in rule.literals):
            for match in compiled(rule.pattern).finditer(line):
                group = "s" if match.has("s") else 0
                if not judge.is_filler(match[group].decode("utf-8", "replace")):
                    found.append(Span(match.start(group), match.end(group), rule.kind))
    return found
