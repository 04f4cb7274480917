"""HTTP: the status, a text in the body, a value in its JSON."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from functools import cache
from typing import TYPE_CHECKING, Any

from runbook.operate.checks import CheckFailedHere, first_line

if TYPE_CHECKING:
    from runbook.model.checks import HttpCheck

_BODY = 1 << 20
"""Bytes of an answer that are read; a health endpoint says less."""

_LOOPBACK = ("localhost", "127.", "[::1]", "::1")


def look(check: HttpCheck) -> str:
    """Ask, and hold the answer against what it should be."""
    status, body = _ask(check)
    said = f"HTTP {status}"
    wanted = [check.status] if isinstance(check.status, int) else check.status
    if status not in wanted if wanted is not None else not 200 <= status < 300:
        expected = "2xx" if wanted is None else " or ".join(map(str, wanted))
        raise CheckFailedHere(f"{said}, not {expected}" + (f": {first_line(body)}" if body.strip() else ""))
    if check.contains and check.contains not in body:
        raise CheckFailedHere(f"{said}, but {check.contains!r} is not in the answer: {first_line(body)}")
    if check.json_:
        said += f", {_value(check, body)}"
    return said


def _ask(check: HttpCheck) -> tuple[int, str]:
    request = urllib.request.Request(  # noqa: S310  the settings' pattern allows http and https only
        check.http, method=check.method, headers={"User-Agent": "runbook-verify", **check.headers}
    )
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=_context(check.insecure))]
    if (urllib.parse.urlsplit(check.http).hostname or "").startswith(_LOOPBACK):
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy's loopback is another machine
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=check.timeout) as answer:
            return answer.status, answer.read(_BODY).decode("utf-8", "backslashreplace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(_BODY).decode("utf-8", "backslashreplace")
    except (TimeoutError, urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise CheckFailedHere(_why(error, check.timeout)) from None


@cache
def _context(insecure: bool) -> ssl.SSLContext:
    """One for all looks: it holds half a megabyte of certificates, and an opener is freed only as garbage."""
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _why(error: Exception, limit: float) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return f"no answer within {limit:g} s"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return first_line(str(reason)) or type(reason).__name__


def _value(check: HttpCheck, body: str) -> str:
    try:
        value: Any = json.loads(body)
    except ValueError:
        raise CheckFailedHere(f"the answer is no JSON: {first_line(body)}") from None
    for part in check.json_.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise CheckFailedHere(f"the answer has no {check.json_}") from None
    measured = len(value) if isinstance(value, (list, dict, str)) else value
    if "equals" in check.model_fields_set and value != check.equals:
        raise CheckFailedHere(f"{check.json_} is {first_line(json.dumps(value))}, not {json.dumps(check.equals)}")
    if check.at_least is not None:
        if isinstance(measured, bool) or not isinstance(measured, (int, float)):
            raise CheckFailedHere(f"{check.json_} is {first_line(json.dumps(value))}, no number")
        if measured < check.at_least:
            raise CheckFailedHere(f"{check.json_} is {measured:g}, less than {check.at_least:g}")
        return f"{check.json_} is {measured:g}"
    return f"{check.json_} is {first_line(json.dumps(value), 40)}"
