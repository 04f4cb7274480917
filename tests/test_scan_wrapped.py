"""``scan`` of logs wrapped in JSON: matched on their message, reported by the line of the file."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from runbook.detect.catalog import BUILTIN, load_catalog
from runbook.detect.engine import Scanner
from runbook.detect.wrapped import unwrapped

if TYPE_CHECKING:
    from conftest import Runbook

    from runbook.detect.catalog import Catalog

TAKEN = "Error: listen EADDRINUSE: address already in use :::3000"
MOMENT = "2024-05-01T12:00:00.123456789Z"
EPOCH = 1714564800  # the same moment


def docker(text: str, stream: str = "stderr", when: str = MOMENT) -> str:
    return json.dumps({"log": text, "stream": stream, "time": when}, separators=(",", ":"))


def journal(message: object) -> str:
    return json.dumps({"__CURSOR": "s=1;i=2", "__REALTIME_TIMESTAMP": str(EPOCH * 1_000_000), "MESSAGE": message})


def app(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False)


FORMS = {
    "docker": (docker("up\n"), docker(f"{TAKEN}\n"), True),
    "docker, in colour": (docker("up\n"), docker(f"\x1b[31mError: listen EADDR\x1b[0mINUSE{TAKEN[24:]}\n"), True),
    "docker around a program's JSON": (docker("up\n"), docker(app(level="fatal", msg=TAKEN) + "\n"), True),
    "journal": (journal("up"), journal(TAKEN), True),
    "journal, bytes": (journal(None), journal(list(f"\x1b[31m{TAKEN}".encode())), True),
    "journal, several": (journal(["up", "up"]), journal(["up", TAKEN]), True),
    "CRI": (f"{MOMENT} stdout F up", f"{MOMENT} stderr F {TAKEN}", True),
    "CRI around a program's JSON": (
        f"{MOMENT} stdout F " + app(msg="up"),
        f"{MOMENT} stderr F " + app(msg=f"\x1b[31m{TAKEN}"),
        True,
    ),
    "compose around a program's JSON": ("web-1  | " + app(msg="up"), "web-1  | " + app(time=MOMENT, msg=TAKEN), True),
    "msg": (app(msg="up"), app(ts=EPOCH, msg=TAKEN), True),
    "message": (app(message="up"), app(message=TAKEN), False),
    "error behind a message": (app(msg="up"), app(time=MOMENT, msg="cannot start", error=TAKEN), True),
    "error object": (app(msg="up"), app(time=EPOCH * 1000, msg="failed", err={"message": TAKEN}), True),
    "GELF": (
        app(short_message="up"),
        app(short_message="failed", full_message=f"{TAKEN}\nat x", timestamp=EPOCH),
        True,
    ),
    "structlog": (app(event="up"), app(event=TAKEN, timestamp=MOMENT), True),
    "Serilog": (app(**{"@mt": "up"}), app(**{"@t": MOMENT, "@mt": "failed", "@x": f"{TAKEN}\n   at A"}), True),
    "tracing": (app(fields={"message": "up"}), app(timestamp=MOMENT, fields={"message": "no", "error": TAKEN}), True),
    "Google Cloud": (app(jsonPayload={"message": "up"}), app(timestamp=MOMENT, jsonPayload={"message": TAKEN}), True),
    "Elastic, nested": (app(message="up"), app(**{"@timestamp": MOMENT, "error": {"message": TAKEN}}), True),
    "logfmt": ('level=info msg="up"', f'time="{MOMENT}" level=error msg="{TAKEN}"', True),
    "logfmt, quotes in a value": (
        'level=info msg="loaded \\"web\\""',
        f'time="{MOMENT}" level=fatal msg="cannot start \\"web\\"" error="{TAKEN}"',
        True,
    ),
    "stack": (app(msg="up"), app(time=MOMENT, msg="failed", stack=f"at main\n{TAKEN}\n    at listen"), True),
}


def findings(output: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(output)["findings"]
    return found


@cache
def catalog() -> Catalog:
    return load_catalog([BUILTIN], None)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_found_at_its_line(form: str) -> None:
    quiet, bad, timed = FORMS[form]
    scanner = Scanner(catalog())
    scanner.feed(f"{quiet}\n{quiet}\n{bad}\n{quiet}\n{bad}\n".encode())
    (found,) = (match for match in scanner.close() if match.signature == "net/port-already-in-use")
    assert (found.line, found.count, scanner.lines) == (3, 2, 5)
    assert bool(found.first_seen) is timed
    if timed:
        assert found.first_seen.startswith("2024-05-01T12:00:00")
    assert "EADDRINUSE" in found.excerpt
    if form != "CRI":
        assert not found.excerpt.startswith(("{", "2024", "web-1"))


def test_quotes_that_logfmt_escapes_hide_nothing(runbook: Runbook) -> None:
    """Docker's clients and Kubernetes log this way; patterns are written for the text that a person would see."""
    line = f'time="{MOMENT}" level=error msg="container \\"web\\" exited: exec: \\"/run.sh\\": permission denied"'
    found = findings(runbook("scan", "--kind", "output", "--format", "json", "-", input=f"up\n{line}\n").stdout)
    assert [(each["signature"], each["line"]) for each in found] == [("docker/entrypoint-permission-denied", 2)]


def test_the_excerpt_and_the_column_are_those_of_the_message(runbook: Runbook) -> None:
    answer = runbook("scan", "-", "--format", "json", input=docker(f'say "no": {TAKEN}\n') + "\n", check=1)
    found = next(one for one in findings(answer.stdout) if one["signature"] == "net/port-already-in-use")
    assert found["excerpt"] == f'say "no": {TAKEN}'
    assert 1 < found["column"] <= len(found["excerpt"])


def test_since_takes_the_time_of_the_record(runbook: Runbook) -> None:
    log = f"{journal(TAKEN)}\n{docker(TAKEN, when='2024-05-02T12:00:00Z')}\n"
    command = ["scan", "-", "--only", "net/port-already-in-use", "--format", "json", "--since"]
    (found,) = findings(runbook(*command, "2024-05-02T00:00:00Z", input=log, check=1).stdout)
    assert (found["line"], found["count"]) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        '{"log":"listen EADDRINUSE',
        "{",
        "{}",
        "[1, 2]",
        '"a text"',
        '{"name": "web", "version": 3}',
        '{"message": {"text": "up"}}',
        "{" * 100_000,
        "{" * 50_000 + "}" * 50_000,
        '{"msg": ' + "[" * 100_000 + "}",
        "plain {text}",
        "",
    ],
)
def test_what_is_no_record_is_looked_at_as_it_is(text: str) -> None:
    assert unwrapped(text) == ("", None)


def test_other_fields_are_still_found(runbook: Runbook) -> None:
    log = app(msg="request failed", cause="connect EADDRINUSE: address already in use 0.0.0.0:80") + "\n"
    answer = runbook("scan", "-", "--only", "net/port-already-in-use", "--format", "json", input=log)
    assert [one["line"] for one in findings(answer.stdout)] == [1]


def test_of_an_envelope_only_the_message_counts(runbook: Runbook) -> None:
    log = (
        json.dumps({"__CURSOR": "c", "__REALTIME_TIMESTAMP": "1", "MESSAGE": None, "_CMDLINE": f"echo {TAKEN}"}) + "\n"
    )
    assert runbook("scan", "-", "--format", "json", input=log, check=0).stdout


def test_a_long_record_is_looked_at_as_it_is(runbook: Runbook) -> None:
    """Lines over 64 KiB go by in pieces; what stands in them is found all the same."""
    log = app(msg="x" * 100_000, cause=TAKEN) + "\n" + docker(TAKEN) + "\n"
    (found,) = findings(
        runbook("scan", "-", "--only", "net/port-already-in-use", "--format", "json", input=log, check=1).stdout
    )
    assert (found["line"], found["count"]) == (1, 2)
