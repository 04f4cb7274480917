"""docs/lint.md lists every rule as its own file says it. To renew the table: `python tests/test_docs_lint.py`."""

from __future__ import annotations

import re
from pathlib import Path

from runbook.model.settings import Lint, Words
from runbook.review.registry import all_rules

PAGE = Path(__file__).parent.parent / "docs" / "lint.md"
BEGIN = "<!-- rules: written by `python tests/test_docs_lint.py` from runbook/review/rules/ -->\n"
END = "<!-- /rules -->\n"


def table() -> str:
    rows = [f"| {rule.code} | {rule.name} | {rule.severity} | {rule.title} |" for rule in all_rules().values()]
    return "\n".join(["", "| code | name | severity | what is wrong |", "| --- | --- | --- | --- |", *rows, "", ""])


def renewed(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def test_the_table_of_rules_is_what_the_rules_say() -> None:
    page = PAGE.read_text("utf-8")
    assert BEGIN in page
    assert END in page
    assert page == renewed(page)


def test_rules_that_the_page_speaks_of_exist() -> None:
    mentioned = set(re.findall(r"\bRB\d{3}\b", PAGE.read_text("utf-8")))
    assert mentioned <= set(all_rules())


def test_every_setting_is_described() -> None:
    page = PAGE.read_text("utf-8")
    for name in (*Lint.model_fields, *Words.model_fields):
        assert re.search(rf"(^|[\[.]){name}\b", page, re.MULTILINE), name


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
