"""Quotes around secrets: whatever form a name and its value are quoted in, the value goes and its neighbours stay."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook.model.marks import MARK
from runbook.redact.door import Door
from runbook.redact.samples import fill

FORMS = (
    '"-e POSTGRES_PASSWORD=«password»" on "docker run"',
    '"-e POSTGRES_PASSWORD=«{an:9}»" on "docker run"',
    "set it with `-e POSTGRES_PASSWORD=«{an:9}»` on `docker run`",
    "the `PASSWORD=«{an:9}»` (old) and `PASSWORD=«{an:9}»`.",
    "``-e PASSWORD=«{an:9}»`` on `docker`",
    'docker run -e "POSTGRES_PASSWORD=«{an:9}»" -d postgres',
    "docker run --env=POSTGRES_PASSWORD=«{an:9}» -d postgres",
    'docker run --env "POSTGRES_PASSWORD=«{an:9}»" -e "PGUSER=app" -d "postgres"',
    'docker run --env="POSTGRES_PASSWORD=«{an:6} {an:6} {an:4}»" -d "postgres"',
    "docker run -e POSTGRES_PASSWORD=«secret» -d postgres",
    'docker run -e "PASSWORD={0}Hun\\"ter2x9{1}" -d "postgres"',
    "docker run -e \"PASSWORD={0}Hun'ter2x9{1}\" -d 'postgres'",
    'docker run -e \'PASSWORD="«{an:9}»"\' -d "postgres"',
    "docker run -e PASSWORD='{0}abc'\"Hunter2x9\"{1} -d postgres",
    'docker run -e PASSWORD="{0}Hunter2x9"more{1} -d postgres',
    '"PGUSER=app PGPASSWORD=«{an:9}» PGHOST=db" then "psql"',
    'psql "host=db user=app password=«{an:9}» dbname=app" -c "select"',
    'psql "host=db user=app password=\'«{an:6} {an:3}»\' dbname=app" -c "select"',
    '"Server=db;Password=«{an:9}»;User=app" and "other"',
    'Environment="PASSWORD=«{an:6} {an:6}»" "PGUSER=app"',
    '["PASSWORD=«{an:6} {an:6}»", "PGUSER=app"]',
    'environment: ["POSTGRES_PASSWORD=«{an:9}»", "PGUSER=app"]',
    'command: ["sh", "-c", "PASSWORD=«{an:9}» psql app"]',
    "environment: {POSTGRES_PASSWORD: «{an:9}1», PGUSER: app}",
    "{user: app, password: «{an:9}1», host: db}",
    '- "POSTGRES_PASSWORD=«{an:9}»" # as in "docker run"',
    "- 'POSTGRES_PASSWORD=«{an:9}»' # don't \"change\" it",
    "environment: {'POSTGRES_PASSWORD': '{0}Hunter''2x9{1}', 'PGUSER': 'app'}",
    'curl -d \'{"password":"«{an:9}»","user":"app"}\' "http://x"',
    'curl -d "{\\"password\\":\\"«{an:9}»\\",\\"user\\":\\"app\\"}" "http://x"',
    'bash -c "export PASSWORD=\\"«{an:9}»\\"; psql" && echo "ok"',
    'bash -c \'PASSWORD="«{an:9}»" psql -c "select 1"\'',
    'ssh h "PGPASSWORD=\'«{an:9}»\' psql" || echo "failed"',
    'option "--password «{an:9}1»" on "docker run"',
    'psql -c "alter role x with password E\'«{an:9}»\'" "app"',
    "&quot;PASSWORD=«{an:9}»&quot; on &quot;docker run&quot;",
    'export TOKEN="«{an:20}»" USER="app"',
)
"""Text with its secrets in angle quotes (or between {0} and {1}, where a quote belongs to the secret)."""

NO_SECRET = (
    '"password=" is empty, "next" follows',
    '"password": is what "docker run" wants',
    '"password" on "docker run"',
    "'password' on 'docker run'",
    "`password` on `docker run`",
    'give "--password" on "docker run"',
    'use "--password=" or "-p" and "docker run"',
    'say "token=" on "run" here',
    'password="" and user="app"',
    '{"password":"","user":"app"}',
    'the variable "POSTGRES_PASSWORD" on "docker run"',
    '"-e POSTGRES_PASSWORD=$PW" on "docker run"',
    '"-e POSTGRES_PASSWORD=<password>" on "docker run"',
)


def expected(form: str, seed: int) -> tuple[str, list[str]]:
    """The filled-in text and what must be left of it around its marks."""
    template = form.replace("{0}", "«").replace("{1}", "»")
    sample = fill(template, random.Random(seed))
    left: list[str] = []
    at = 0
    for secret in sample.secrets:
        start = sample.text.index(secret, at)
        left.append(sample.text[at:start])
        at = start + len(secret)
    return sample.text, [*left, sample.text[at:]]


@pytest.mark.parametrize("form", FORMS)
def test_the_whole_secret_goes_and_nothing_else(form: str) -> None:
    for seed in range(3):
        text, left = expected(form, seed)
        cleaned = Door().clean(text)
        assert MARK.sub("\0", cleaned).split("\0") == left
        assert Door().clean(cleaned) == cleaned


@given(
    st.lists(st.sampled_from(FORMS), min_size=2, max_size=3), st.integers(0, 1000), st.sampled_from((" ", "\n", " | "))
)
@settings(max_examples=40, deadline=None)
def test_no_secret_stays_where_several_forms_meet(forms: list[str], seed: int, between: str) -> None:
    texts = [fill(form.replace("{0}", "«").replace("{1}", "»"), random.Random(seed)) for form in forms]
    cleaned = Door().clean(between.join(sample.text for sample in texts))
    for sample in texts:
        for secret in sample.secrets:
            assert len(secret) < 8 or secret in {"password", "secret"} or secret not in cleaned


@pytest.mark.parametrize("text", NO_SECRET)
def test_a_quote_that_closes_behind_a_name_begins_no_value(text: str) -> None:
    assert Door().clean(text) == text


def test_a_line_full_of_open_quotes_takes_no_longer_than_its_length() -> None:
    import time

    def cost(count: int) -> float:
        text = '"' + "password=a'b \"x " * count
        begun = time.process_time()
        Door().clean(text)
        return time.process_time() - begun

    cost(10)
    assert cost(3000) < 20 * cost(500)
