"""Single words that mean something only inside a team, whoever uses them: tickets, chat handles, parts of a cloud.

Every pattern is linear in a word. Formats:

- https://confluence.atlassian.com/adminjiraserver/changing-the-project-key-format-938847081.html (``OPS-1234``)
- https://docs.servicenow.com (numbers such as ``INC0012345``, ``CHG0030001``)
- https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html, and identifiers such as ``i-0abcd1234``
- https://www.itu.int/rec/T-REC-E.164 (telephone numbers have at most 15 digits)
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PHONE = re.compile(r"(?<![\w+])\+[1-9][0-9 ().\-/]{6,22}[0-9](?!\w)")
"""A telephone number with its country, blanks included; it is no single word."""
_LEAST_DIGITS, _MOST_DIGITS = 8, 15

_TICKET = re.compile(r"([A-Z][A-Z0-9]{1,9})-([0-9]{1,7})")
_SERVICE_DESK = re.compile(r"(?:INC|CHG|REQ|RITM|PRB|TASK|CTASK|SCTASK|CS)[0-9]{5,10}")
_NUMBER = re.compile(r"(?:[\w.-]+/[\w.-]+)?[#!][0-9]{2,8}")
_NO_TRACKER = frozenset(
    {"AES", "AMD", "ANSI", "AP", "ARM", "CA", "COVID", "CVE", "CWE", "DDR", "DES", "ECMA", "ES", "EU", "FIPS", "FY"}
    | {"GPT", "HTTP", "HTTPS", "IEC", "IEEE", "IPV", "ISO", "LEVEL", "LTE", "MD", "MPEG", "NIST", "PEP", "PHASE"}
    | {"RFC", "RSA", "SA", "SEV", "SHA", "SSL", "TIER", "TLS", "UCS", "US", "USB", "UTF"}
)
"""What looks like the key of a project in a tracker and is a standard, a region or a degree."""

_HANDLE = re.compile(r"@[^\W\d_][\w.-]*")
_CHANNEL = re.compile(r"#[^\W\d_][\w-]+")
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}")
_STYLES = frozenset({"@import", "@media", "@property", "@override", "@todo", "@param", "@latest"})
_MEMBER = re.compile(r"[UWC]0[A-Z0-9]{7,11}")

_QUAD = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9]|\.[0-9])")
_PATTERN = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){1,3}(?:[xX*](?:\.[xX*])*)(?![\w.])")
_IN_A_NAME = re.compile(r"\bip-[0-9]{1,3}(?:-[0-9]{1,3}){3}\b")
_SIX_BYTES = re.compile(r"(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}")
_CLOUD = re.compile(r"(?:ami|eni|i|igw|nat|rtb|sg|snap|subnet|vol|vpc)-[0-9a-f]{8,17}")
_GO_LINK = re.compile(r"go/[A-Za-z][\w-]+")
_POD = re.compile(r"[a-z0-9][a-z0-9-]*-[0-9a-f]{8,10}-[a-z0-9]{5}")
_CONTAINER = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+_[0-9]{1,3}")
_PORT = re.compile(r"([A-Za-z][\w-]*):[0-9]{4,5}")
_NO_SERVICE = frozenset(
    {"line", "port", "error", "code", "pid", "exit", "status", "count", "total", "localhost", "year"}
)


def is_ticket(word: str) -> bool:
    """``OPS-1234``, ``INC0012345``, ``#418``, ``acme/shop#418``, ``!77``."""
    if match := _TICKET.fullmatch(word):
        return match[1] not in _NO_TRACKER
    return bool(_SERVICE_DESK.fullmatch(word) or _NUMBER.fullmatch(word))


def is_chat(word: str) -> bool:
    """``@kim.lee``, ``#inc-payments``, ``U02ABCDEF``."""
    if _HANDLE.fullmatch(word):
        return word.casefold() not in _STYLES
    return bool((_CHANNEL.fullmatch(word) and not _COLOUR.fullmatch(word)) or _MEMBER.fullmatch(word))


def has_address(word: str) -> bool:
    """Whether an address of a network stands anywhere in a word: ``db:10.0.0.5``, ``10.0.0.5-10.0.0.9``, ``10.0.x``."""
    if _IN_A_NAME.search(word) or _SIX_BYTES.fullmatch(word) or _PATTERN.search(word):
        return True
    return any(map(_is_ours, _QUAD.findall(word)))


def _is_ours(quad: str) -> bool:
    try:
        address = ipaddress.ip_address(quad)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def in_a_cloud(word: str) -> str:
    """``address`` for an ARN or a link of a short-link service, ``host`` for a machine, a pod, a port of a service."""
    if word.startswith(("arn:aws", "urn:ocid", "ocid1.")) or _GO_LINK.fullmatch(word):
        return "address"
    if _CLOUD.fullmatch(word) or _CONTAINER.fullmatch(word) or any(map(_POD.fullmatch, re.split(r"[/:]", word))):
        return "host"
    port = _PORT.fullmatch(word)
    return "host" if port and port[1].casefold() not in _NO_SERVICE else ""


def phone_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers with a country stand in ``text``."""
    for match in PHONE.finditer(text):
        if _LEAST_DIGITS <= sum(map(str.isdigit, match[0])) <= _MOST_DIGITS:
            yield match.span()


def folded(text: str) -> str:
    """``text`` for a comparison: no case, no accents, single blanks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def logins(name: str) -> list[str]:
    """What accounts and handles are usually made of a name of two words or more: ``kim.lee``, ``k.lee``, ``klee``."""
    parts = [part for part in folded(name).split() if part.isascii() and part.isalpha()]
    if len(parts) < 2 or len(parts) != len(name.split()):
        return []
    first, last = parts[0], parts[-1]
    made = [f"{first}.{last}", f"{first}_{last}", f"{first}-{last}", f"{first}{last}", f"{first[0]}.{last}"]
    return made + ([first[0] + last] if len(last) > 2 else [])


_WITH_HOST = frozenset({"psql", "pg_dump", "pg_restore", "createdb", "dropdb", "mysql", "mysqldump", "mysqladmin"}
                       | {"redis-cli", "mongo", "mongosh", "clickhouse-client"})  # fmt: skip
_ITS_VALUE = frozenset(f"-{letter}" for letter in "bcDEeFIiLlmOopQRSWw")
_OF_CONTAINERS = frozenset(
    {"attach", "exec", "inspect", "kill", "logs", "restart", "rm", "start", "stats", "stop", "top"}
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?([\w.-]+)")
_REMOTE = re.compile(r"(?:[\w.-]+@)?([\w.-]+):[/~]")
_AT = re.compile(r"[\w.-]+@([\w.-]+)")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{2,}")


def hosts_named(commands: Iterable[str]) -> set[str]:
    """Machines and containers that command lines name where such a name must stand.

    That is ``ssh HOST``, ``psql -h HOST``, ``scp x HOST:/y``, ``docker logs NAME``, addresses of pages.
    """
    found: set[str] = set()
    for line in commands:
        words = [word.strip("'\"") for word in line.split()]
        programs = [word.rpartition("/")[2] for word in words]
        for index, word in enumerate(words):
            rest = words[index + 1 :]
            if programs[index] in {"ssh", "mosh"}:
                found |= set(_ssh(rest)[:1])
            elif programs[index] in {"docker", "podman"} and rest[:1] and rest[0] in _OF_CONTAINERS:
                found |= {name for name in rest[1:4] if re.search(r"[-_]", name[1:]) and name[0] not in "-/."}
            elif word in {"-h", "--host"} and rest and _WITH_HOST & set(programs[:index]):
                found.add(rest[0])
            elif word.startswith("--host="):
                found.add(word.partition("=")[2])
            found |= {match[1] for pattern in (_ADDRESS, _REMOTE, _AT) if (match := pattern.match(word))}
    names = {name.partition(":")[0].rstrip(".") for name in found}
    return {name for name in names if _NAME.fullmatch(name) and re.search(r"[A-Za-z]", name) and name != "localhost"}


def _ssh(words: list[str]) -> list[str]:
    """The words behind ``ssh`` that are no options and no values of options."""
    return [
        word.rpartition("@")[2]
        for before, word in zip(["", *words], words, strict=False)
        if not word.startswith("-") and before not in _ITS_VALUE
    ]
