"""What people outside the team need not read: names of persons, and addresses, hosts, paths and accounts inside.

Both sides rest on this: the press, which replaces such passages in a summary, and the editor, who looks for what
slipped through. Text is cut into words first and every word is judged by itself, so the time is linear in the text.
Standard library only.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from runbook.model.private_words import (
    folded,
    has_address,
    hosts_named,
    in_a_cloud,
    is_chat,
    is_ticket,
    logins,
    phone_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runbook.model.record import AnyDocument

_WORD = re.compile(r"[^\s<>()\[\]{}\"'`|,;…‘’“”„‚«»‹›]+")
_AROUND = ".:!?*_~\\"
_SAME = str.maketrans("‐‑−．：／＠＃" + "０１２３４５６７８９", "---.:/@#" + "0123456789")
"""Other characters for the same: a word is judged as if it were typed plainly."""
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_SHARE = re.compile(r"\\{1,2}[\w.-]+\\[\w$]")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_HANDLE_ENDS = re.compile(r"(?:[._-]*\w)*")
_MACHINE = re.compile(r"[\w.:-]*\w[\w.:-]*")
_PARTS = re.compile(r"[/+&–—→]|->|\.\.")
_OF_SOMEBODY = re.compile(r"(?:^|[/\\])(?:home|Users)[/\\][^/\\]|^~[A-Za-z]")
_UNSEEN = frozenset("\u00ad\u200b\u2060\ufeff")
"""What a reader does not see between two letters, such as what breaks a mention apart."""
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_MACHINES = frozenset({"alertmanager", "docker", "kubectl", "journalctl", "log"})
"""Sources of entries whose actor is a program."""

_ROLES = frozenset(
    {"admin", "administrator", "alerts", "bot", "ci", "cron", "database", "deploy", "deployer", "developer", "dev"}
    | {"docker", "monitoring", "nobody", "on-call", "oncall", "operations", "operator", "ops", "pagerduty", "root"}
    | {"runbook", "service", "sre", "support", "system", "team", "unknown", "user"}
)
"""Words that stand in the place of a name and are none."""

_ROOTS = frozenset(
    {"app", "backup", "backups", "bin", "boot", "config", "data", "dev", "etc", "export", "home", "lib", "media", "mnt"}
    | {"nix", "opt", "private", "proc", "root", "run", "sbin", "secrets", "snap", "srv", "sys", "tmp", "Users", "usr"}
    | {"var", "Volumes", "workspace", "www"}
)
"""First folders of a machine's paths; ``/v1/models`` begins with none of them and belongs to an interface."""

_INSIDE = frozenset(
    {"arpa", "consul", "corp", "cluster", "dmz", "home", "internal", "intra", "intranet", "lan", "loc", "local"}
    | {"localdomain", "localnet", "private", "prod", "production", "stage", "staging", "svc"}
)
_TOP = frozenset(
    {"ai", "app", "at", "au", "be", "biz", "br", "ca", "ch", "cloud", "cn", "co", "com", "cz", "de", "dev", "dk", "edu"}
    | {"es", "eu", "example", "fi", "fr", "gov", "ie", "in", "info", "int", "invalid", "io", "it", "jp", "kr", "mil"}
    | {"net", "nl", "no", "nz", "onion", "org", "pl", "pt", "ru", "se", "site", "systems", "tech", "test", "tv", "uk"}
    | {"us", "ae", "ar", "asia", "bg", "blog", "cl", "digital", "ee", "group", "gr", "hk", "hr", "hu", "id", "il", "is"}
    | {"live", "lt", "lu", "lv", "me", "mx", "my", "network", "online", "ro", "sa", "services", "sg", "shop", "si"}
    | {"sk", "solutions", "store", "team", "th", "tr", "tw", "ua", "vn", "world", "xyz", "za", "zone"}
)
"""Last labels by which a word with dots is a host, besides those of :data:`_INSIDE`; ``node.js`` and ``README.md`` are
files."""


class Passage(NamedTuple):
    """A piece of text that should not leave the team.

    Attributes:
        start: offset of its first character.
        end: offset behind its last.
        kind: ``name``, ``address``, ``e-mail``, ``host``, ``path``, ``account``, ``ticket``, ``chat`` or ``phone``.
        text: the piece itself.
    """

    start: int
    end: int
    kind: str
    text: str


class Inside(NamedTuple):
    """What one record says about who and what is inside.

    Attributes:
        people: groups of names, each of one person, in the order in which the record names them.
        hosts: machines on which commands ran or that they name, and patterns of others.
        folders: folders in which they ran.
        public: shell-style patterns of addresses and hosts that anybody may read.
    """

    people: list[list[str]]
    hosts: frozenset[str]
    folders: frozenset[str]
    public: tuple[str, ...] = ()


def inside_of(document: AnyDocument, public: Iterable[str] = (), machines: Iterable[str] = ()) -> Inside:
    """Who and what ``document`` names.

    Args:
        document: the record.
        public: shell-style patterns of addresses and hosts that anybody may read.
        machines: shell-style patterns of more hosts that are ours.
    """
    public = tuple(public)
    ran_on = {command.host for command in document.commands if _MACHINE.fullmatch(command.host)}
    hosts = {host for host in ran_on if not host.isnumeric()} | set(machines)  # "0" is more often a number than a host
    hosts -= {"", "localhost", "*"}
    told = set(document.impact.systems) if document.document == "incident" else set()
    named = hosts_named(command.command for command in document.commands) - told
    hosts |= {name for name in named if not _matches((name,), public)}
    domains = {host.partition(".")[2] for host in hosts if "*" not in host and not host[-1:].isdigit()}
    hosts |= {f"*.{domain}" for domain in domains - {""}}
    folders = {command.cwd.rstrip("/") for command in document.commands if command.cwd.startswith("/")} - {""}
    return Inside(people_of(document), frozenset(hosts), frozenset(folders), public)


def people_of(document: AnyDocument) -> list[list[str]]:
    """The people of a record. ``Kim`` and ``Kim Lee`` are one person where nobody else is called Kim.

    A single character is no name: it would be found everywhere. Marks of Markdown in front of a name (``- kim``) belong
    to the place where it was typed: every item of a list would begin with them.
    """
    names: dict[str, str] = {}
    for name in _named(document):
        text = " ".join(name.split()).lstrip("-*+> ")
        told = len(text) > 1 and any(map(str.isalpha, text))
        if told and text.casefold() not in _ROLES and not text.endswith("[bot]"):
            names.setdefault(text.casefold(), text)
    whole = [name for name in names.values() if " " in name]
    groups = {name: [name] for name in names.values()}
    for name in list(groups):
        bearers = [
            full for full in whole if name.casefold() in (full.casefold().split()[0], full.casefold().split()[-1])
        ]
        if " " not in name and len(bearers) == 1:
            groups[bearers[0]].append(name)
            del groups[name]
    return list(groups.values())


def _named(document: AnyDocument) -> Iterator[str]:
    if document.document == "incident":
        yield document.lead
        yield from document.responders
        yield from (action.owner for action in document.actions)
        yield from (check.by for check in document.checklist)
    else:
        yield from (document.deployer, document.reviewer, document.sign_off.by)
        yield from (check.by for check in (*document.pre_checks, *document.practice_checks, *document.post_checks))
    yield from (entry.actor for entry in document.timeline if entry.source not in _MACHINES)
    yield from (command.actor for command in document.commands)


def private_passages(text: str, inside: Inside) -> list[Passage]:
    """What of ``text`` should not leave the team, in order, without overlaps."""
    if not _UNSEEN.isdisjoint(text):
        seen = [place for place, character in enumerate(text) if character not in _UNSEEN]
        return [
            Passage(start, end, kind, text[start:end])
            for first, last, kind, _ in private_passages("".join(text[place] for place in seen), inside)
            for start, end in ((seen[first], seen[last - 1] + 1),)
        ]
    found = [*_addresses(text.translate(_SAME), inside), *_names(text, inside.people)]
    found += [Passage(start, end, "phone", "") for start, end in phone_numbers(text)]
    found = [passage._replace(text=text[passage.start : passage.end]) for passage in found]
    found.sort(key=lambda passage: (passage.start, -passage.end))
    kept: list[Passage] = []
    for passage in found:
        if not kept or passage.start >= kept[-1].end:
            kept.append(passage)
    return kept


def person_at(name: str, people: Iterable[list[str]]) -> list[str] | None:
    """The group of names to which a passage of kind ``name`` belongs."""
    seen = "".join(character for character in name if character not in _UNSEEN)
    wanted = folded(seen.lstrip("@").replace("’", "'"))
    groups = list(people)
    ways = (lambda known: [folded(known)], logins, lambda known: folded(known).split())
    for spellings in ways:
        for group in groups:
            if any(wanted in spellings(known) for known in group):
                return group
    if wanted.endswith("s"):
        return person_at(wanted[:-1], groups)
    begun = re.match(r"[^._-]+", wanted)  # a handle that begins with a name
    return person_at(begun[0], groups) if begun and begun[0] != wanted else None


def _names(text: str, people: Iterable[list[str]]) -> Iterator[Passage]:
    """Whole names in any case, and the accounts usually made of them.

    Single words of longer names only as they are written, since ``Mark`` is also a verb.
    """
    anyhow: set[str] = set()
    exactly: set[str] = set()
    for group in people:
        for name in group:
            (anyhow if len(name) > 2 else exactly).add(name)
            anyhow.update(logins(name))
            parts = {part for part in name.split() if " " in name and len(part) > 2 and part[:1].isupper()}
            anyhow |= {part for part in parts if not part.isascii() or not part.isalpha()}  # no word is written so
            exactly |= parts
    for names, flags in ((anyhow, re.IGNORECASE), (exactly - anyhow, 0)):
        spelled = {spelling for name in names for spelling in _spellings(name)}
        if spelled:
            choices = "|".join(_bounded(name) for name in sorted(spelled, key=len, reverse=True))
            for match in re.finditer(choices, text, flags):
                start, end = match.span()
                if text[start - 1 : start] == "@" and not text[start - 2 : start - 1].isalnum():
                    start, end = start - 1, _HANDLE_ENDS.match(text, end).end()  # type: ignore[union-attr]
                yield Passage(start, end, "name", text[start:end])


def _spellings(name: str) -> set[str]:
    """A name as different programs store its accents, and as people type it who have no key for them."""
    forms = {unicodedata.normalize(form, name) for form in ("NFC", "NFD")}
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return {form for form in (*forms, plain) if len(form) > 1}


def _bounded(name: str) -> str:
    """A pattern for the name as a word of its own; writing without blanks between words has no such bounds."""
    before = "" if _runs_on(name[0]) else r"(?<![^\W_])"
    after = "" if _runs_on(name[-1]) else ("s?" if len(name) > 2 else "") + r"(?![^\W_])"  # `Kims`, in some languages
    words = (re.escape(word).replace("'", "['’]") for word in name.replace("’", "'").split())
    return before + r"\s+".join(words) + after


def _runs_on(character: str) -> bool:
    """Whether a character is of a script without blanks between words, or that adds endings to a name (Korean)."""
    return unicodedata.name(character, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"))


def _addresses(text: str, inside: Inside) -> Iterator[Passage]:
    for match in _WORD.finditer(text):
        start, word = match.start(), match[0].rstrip(_AROUND)
        name, equals, value = word.partition("=")
        if equals and "/" not in name:  # `URL=https://…`: what is assigned is judged by itself
            if kind := _kind(name, inside):
                yield Passage(start, start + len(name), kind, name)
            start, word = start + len(name) + 1, value
        bare = word.lstrip("*_!?=" if word.startswith("::") else "*_:!?=")  # `::` begins an address
        start, word = start + len(word) - len(bare), bare
        if word and (kind := _kind(word, inside)):
            yield Passage(start, start + len(word), kind, word)


def _kind(word: str, inside: Inside) -> str:
    """What a word is that should not be read outside; empty if it may be."""
    scheme, colons, rest = word.partition("://")
    if colons and scheme:
        name = rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest
        name = re.split(r"[/:?#]", name, maxsplit=1)[0]
        return "" if _is_public(name, word, inside) else "address"
    if _is_path(word, inside.folders):
        return "path"
    if "@" in word[1:]:
        return _mailbox(word, inside)
    parts = _PARTS.split(word)
    if _MAC.fullmatch(word) or has_address(word) or any(_is_ip(part) for part in parts):
        return "address"
    return _kind_of_name(word, parts, inside)


def _kind_of_name(word: str, parts: list[str], inside: Inside) -> str:
    names = [name for part in (*parts, word.replace("–", "-")) for name in part.split(":")]
    if any(_is_known(name, inside.hosts) for name in names):
        return "host"
    if _is_public(word, word, inside):
        return ""
    if any(map(is_ticket, (word, *parts))):
        return "ticket"
    if is_chat(word):
        return "name" if person_at(word, inside.people) else "chat"
    if any(_is_host(name) and not _is_public(name, word, inside) for name in names):
        return "host"
    return in_a_cloud(word)


def _is_known(name: str, hosts: frozenset[str]) -> bool:
    """Whether a name is one of our machines', or that of a sister: ``edge-2`` where ``edge-1`` is one."""
    plain = _numberless(name)
    if name.endswith("-") and any(_numberless(host) == plain + "0" for host in hosts):
        return True  # what is left of `edge-[1-3]`
    return any(
        name.casefold() == host.casefold()
        or (any(map(str.isdigit, host)) and plain == _numberless(host))
        or ("*" in host and fnmatch.fnmatchcase(name.casefold(), host.casefold()))
        for host in hosts
    )


def _numberless(name: str) -> str:
    return re.sub(r"\d+", "0", name.casefold().replace("_", "-"))


def _is_path(word: str, folders: frozenset[str]) -> bool:
    if word.startswith(("~/", "file:/")) or _DRIVE.match(word) or _SHARE.match(word) or _OF_SOMEBODY.search(word):
        return True
    if not word.startswith("/"):
        # A path behind a name, such as `host:/srv/data` or `user@host:/srv`.
        word = word.partition(":")[2]
    if not word.startswith("/"):
        return False
    first = word[1:].partition("/")[0]
    inside = any(word == folder or word.startswith(folder + "/") for folder in folders)
    return inside or (first in _ROOTS and word.count("/") > 1)


def _mailbox(word: str, inside: Inside) -> str:
    """``kim@example.net`` is a mailbox, ``user@10.0.0.1`` an account, ``react@18.2.0`` and ``checkout@v4`` versions."""
    local, _, domain = word.rpartition("@")
    domain = re.split(r"[/:]", domain, maxsplit=1)[0]
    if _is_ip(domain) or _is_known(domain, inside.hosts):
        return "account"
    if not local or "/" in local or re.fullmatch(r"v?\d[\w.-]*|latest|next|sha256", domain):
        return ""
    if "." in domain:
        return "" if _is_public(domain, word, inside) else "e-mail"
    return "account" if _LABEL.fullmatch(domain) and all(map(_LABEL.fullmatch, local.split("."))) else ""


def _is_ip(word: str) -> bool:
    candidate = word.rpartition(":")[0] if re.fullmatch(r"[\d.]+:\d+", word) else word
    if not (candidate.count(".") == 3 or candidate.count(":") > 1):
        return False
    try:
        address = ipaddress.ip_address(candidate.partition("%")[0])
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _is_host(name: str) -> bool:
    labels = name.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    last = labels[-1].casefold()
    return last in _INSIDE or (last in _TOP and not labels[0].isdigit())


def _is_public(name: str, word: str, inside: Inside) -> bool:
    return _matches((name, word), inside.public)


def _matches(candidates: Iterable[str], patterns: tuple[str, ...]) -> bool:
    return any(
        fnmatch.fnmatchcase(candidate.casefold(), pattern.casefold())
        for candidate in candidates
        for pattern in patterns
    )
