"""Lines that speak of a failure and do not have it: what a signature leaves out by name, under ``not_in``.

The patterns are RE2's, for one line. They are wide on purpose: a program that prints its own source, or a table, while
it fails is rare; a repository that is scanned as a whole is full of both.
"""

from __future__ import annotations

from runbook.model.signature import Condition, Mention

_SOURCE_CODE = (
    r"^\s*(?://|/\*|#define\s|case\s|return\s+"
    r'"|throw\s+new\s|from\s+\S+\s+import\b|import\s+\S+\s*$|class\s+\w+\(|except\b.*:\s*$|raise\s+\w+|def\s+\w+\(|'
    r"(?:expect|warnx?|console\.\w+|ft_put\w+|\w+\.put|(?:await\s+)?assert[\w.]*!?)\(|\w+: String::from\()"
    r"|/\*.*\*/\s*$"
)
_STATEMENT = (
    r"^\s*(?:(?:\w+(?:\.|::|->))*(?:e?print\w*|fprintf|[Ll]og\w*|warn\w*|error|debug|info|fatal|fail\w*|\w*Fail|die|\w+f|assert\w*)!?\(|"
    r"with\s+\S+\(|(?:const|let|var)\s+\w+.*=|return\s.*[\"'(]|(?:\}\s*)?(?:else\s+|el)?if\b(?:\s*\(|\s+[\"']|.*\w\([\"'\x60]))"
    r"|^\s*# .*[\"'\x60][^\"'\x60]*[\"'\x60]|^\s+\"[a-z/ ]+\",\s*$"
    r'|"""'
)
_PASSED_TEST = r"^\s*(?:✓|✔|√|PASS|ok \d|--- PASS)|\.\.\. ok\s*$|\bPASSED\b"
_DOCUMENTATION = (
    r"(?i)\bif you (?:see|get|encounter)\b|\b(?:occurrences? of|errors? like|such as) [\x60" + "\"'" + r"]"
    r"|^\s*(?:#{2,6} |(?:[-*] )?\*\*[^*\s])"
    r"|^\s*(?:[-*•]|\d+\.) (?:symptoms?|problems?|issues?|causes?|fix|solutions?|examples?)\b"
    r"|[\"'\x60] (?:errors|exceptions|bugs)\b(?:[^=:]|$)"
)
_TABLE_ROW = r"^\s*\|.*\|\s*$"

MENTIONS: dict[Mention, str] = {
    "source-code": f"{_SOURCE_CODE}|{_STATEMENT}",  # a comment, a definition, a call or condition with the message
    "passed-test": _PASSED_TEST,  # the name of a test, reported by its runner
    "documentation": _DOCUMENTATION,  # a heading, or a sentence that leads up to the message
    "table-row": _TABLE_ROW,  # Markdown
}
"""Name of a sort of line -> what it looks like."""


def mentions(name: Mention) -> Condition:
    """The condition that holds on lines of this sort."""
    return Condition(regex=MENTIONS[name])
