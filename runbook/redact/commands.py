"""Secrets on command lines: which flag of which program takes one, and which word it is.

``-p`` is a password for ``mysql``, a port for ``ssh`` and a project for ``docker compose``; so the program comes first.
Long flags whose name says what they take (``--api-token X``) need no program. To teach the door a program, add a line
to :data:`PROGRAMS`.
"""

from __future__ import annotations

import os.path
import re

from runbook.model.lazy import lazy
from runbook.redact import judge, names
from runbook.redact.rule import Hit, Span, compiled
from runbook.redact.values import Value, enclosing, end_of_string, read_word, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Program:
    """How a program takes secrets.

    Attributes:
        glued: short flags whose secret follows without a blank (``-pX``).
        apart: flags whose secret is the next word, or follows ``=``.
        pairs: flags whose next word is ``user:secret``, separated by one of ``:``, ``%`` or ``,``.
        after: words that must come first for the flags to mean this (``login``).
        positions: for a subcommand, which of the words after it are secrets, counted from 1 and without flags.
        assigns: subcommands after which every ``name=value`` is a secret.
        hits, misses: examples in the language of :mod:`runbook.redact.samples`.
    """

    __slots__ = ("after", "apart", "assigns", "glued", "hits", "misses", "pairs", "positions")

    def __init__(
        self,
        *,
        hits: tuple[str, ...],
        glued: str = "",
        apart: str = "",
        pairs: str = "",
        after: str = "",
        positions: dict[str, tuple[int, ...]] | None = None,
        assigns: str = "",
        misses: tuple[str, ...] = (),
    ) -> None:
        self.glued = tuple(glued.split())
        self.apart = frozenset(apart.split())
        self.pairs = frozenset(pairs.split())
        self.after = frozenset(after.split())
        self.positions = positions or {}
        self.assigns = frozenset(assigns.split())
        self.hits = hits
        self.misses = misses


_MYSQL = Program(
    glued="-p",
    apart="--password",
    hits=(
        "mysql -uroot -p«{an:12}» app",
        "docker exec db mysqldump -u root -p'«{pw:12}»' app > x.sql",
        "mysqladmin --password=«{an:9}» ping",
    ),
    misses=("mysql -u root -p app", "mysql -P 3306 -h db", "mysqldump -u root -p$PW app"),
)
_MONGO = Program(
    apart="-p --password",
    glued="-p",
    hits=("mongosh -u kim -p «{an:12}» db", "mongodump --password=«{an:12}»"),
    misses=("mongosh --port 27017 -p $PW",),
)
_LOGIN = Program(
    apart="-p --password",
    glued="-p",
    after="login",
    hits=("docker login -u kim -p «{pw:14}» r.example.org", "podman login --username kim --password=«{an:12}»"),
    misses=("docker run -p 8080:80 nginx", "docker login -u kim --password-stdin", "docker compose -p login up"),
)
_LDAP = Program(
    apart="-w", hits=("ldapsearch -x -D cn=admin -w «{pw:12}» -b dc=org",), misses=("ldapsearch -x -W -b dc=org",)
)
_ZIP = Program(apart="-P --password", glued="-P", hits=("unzip -P «{an:12}» x.zip",), misses=("unzip x.zip -d out",))

PROGRAMS: dict[str, Program] = {
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlpump", "mysqlsh", "mysqlcheck"), _MYSQL),
    **dict.fromkeys(("mariadb", "mariadb-dump", "mariadb-admin", "mycli", "xtrabackup", "mysqlslap"), _MYSQL),
    **dict.fromkeys(
        ("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport", "mongostat"), _MONGO
    ),
    **dict.fromkeys(("docker", "podman", "nerdctl", "buildah", "skopeo", "helm", "oras", "crane", "az", "oc"), _LOGIN),
    **dict.fromkeys(("argocd", "cf", "jf", "jfrog", "twine", "gcloud", "npm-cli-login", "regctl"), _LOGIN),
    **dict.fromkeys(("ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami", "ldappasswd"), _LDAP),
    **dict.fromkeys(("zip", "unzip"), _ZIP),
    "redis-cli": Program(
        apart="-a --pass",
        positions={"AUTH": (1,), "auth": (1,)},
        hits=(
            "redis-cli -h cache -a «{pw:14}» ping",
            '["redis-cli", "-a", "«{an:12}»", "ping"]',
            "redis-cli --pass «{an:12}»",
        ),
        misses=("redis-cli -h cache ping", "redis-cli -a $REDIS_PASSWORD ping"),
    ),
    "curl": Program(
        pairs="-u --user -U --proxy-user",
        glued="",
        apart="--pass --proxy-pass --oauth2-bearer --tlspassword",
        hits=(
            "curl -u kim:«{pw:12}» https://example.org",
            "curl -sSu 'kim:«{pw:12}»' https://example.org",
            "curl --user=kim:«{an:9}» x",
        ),
        misses=(
            "curl -u kim https://example.org",
            "curl -u kim:$PW https://example.org",
            "curl -o user:x https://e.org",
        ),
    ),
    "wget": Program(
        apart="--password --http-password --ftp-password --proxy-password", hits=("wget --http-password=«{an:9}» x",)
    ),
    **dict.fromkeys(
        ("http", "https", "xh"),
        Program(pairs="-a --auth", hits=("http -a kim:«{an:12}» example.org",), misses=("http -a kim example.org",)),
    ),
    "sshpass": Program(
        apart="-p",
        glued="-p",
        hits=("sshpass -p '«{pw:12}»' ssh kim@h", "sshpass -p«{an:9}» scp a h:"),
        misses=("sshpass -e ssh -p 22 h",),
    ),
    "htpasswd": Program(
        positions={
            "-b": (2,),
            "-bc": (2,),
            "-cb": (2,),
            "-bB": (2,),
            "-Bb": (2,),
            "-nb": (2,),
            "-nbB": (2,),
            "-bBc": (2,),
            "-Bbn": (2,),
            "-cbB": (2,),
        },
        hits=("htpasswd -nbB kim «{an:12}»",),
        misses=("htpasswd -c .htpasswd kim",),
    ),
    "smbclient": Program(
        pairs="-U --user", hits=("smbclient -U kim%«{an:12}» //h/s",), misses=("smbclient -U kim //h/s",)
    ),
    "rpcclient": Program(pairs="-U --user", hits=("rpcclient -U kim%«{an:12}» h",)),
    "lftp": Program(pairs="-u", hits=("lftp -u kim,«{an:12}» ftp.example.org",)),
    "sqlcmd": Program(apart="-P", glued="-P", hits=("sqlcmd -S db -U sa -P «{pw:12}»",), misses=("sqlcmd -S db -E",)),
    "bcp": Program(apart="-P", glued="-P", hits=("bcp t out f -U sa -P«{an:12}»",)),
    "cqlsh": Program(apart="-p --password", hits=("cqlsh -u kim -p «{an:12}» h",)),
    "influx": Program(apart="-password --password -t --token -p", hits=("influx -username kim -password «{an:12}»",)),
    "clickhouse-client": Program(apart="--password", hits=("clickhouse-client --password «{an:12}»",)),
    "7z": Program(glued="-p", hits=("7z x -p«{an:12}» a.7z",)),
    "rar": Program(glued="-p -hp", hits=("rar a -hp«{an:12}» a.rar x",)),
    "gpg": Program(
        apart="--passphrase",
        hits=("gpg --batch --passphrase «{pw:12}» -d f",),
        misses=("gpg --passphrase-file f -d x",),
    ),
    "openssl": Program(
        apart="-k -K -passwd",
        hits=("openssl enc -d -aes-256-cbc -k «{an:12}» -in f",),
        misses=("openssl req -key k.pem",),
    ),
    "keytool": Program(
        apart="-storepass -keypass -srcstorepass -deststorepass -srckeypass -destkeypass -new",
        hits=("keytool -list -keystore k.jks -storepass «{an:10}»",),
    ),
    "jarsigner": Program(apart="-storepass -keypass", hits=("jarsigner -storepass «{an:10}» a.jar k",)),
    "rabbitmqctl": Program(
        positions={"add_user": (2,), "change_password": (2,), "authenticate_user": (2,)},
        hits=("rabbitmqctl add_user kim «{an:12}»",),
        misses=("rabbitmqctl list_users",),
    ),
    "vault": Program(
        positions={"login": (1,), "unseal": (1,)},
        assigns="put write patch",
        hits=(
            "vault login «{url:26}»",
            "vault kv put secret/app one=«{an:12}» two='«{pw:12}»'",
            "vault operator unseal «{b64:44}»",
        ),
        misses=("vault login -method=oidc", "vault kv get secret/app", "vault kv put secret/app @data.json"),
    ),
    "ipmitool": Program(apart="-P", hits=("ipmitool -H h -U kim -P «{an:12}» power status",)),
    "snmpwalk": Program(apart="-A -X -c", hits=("snmpwalk -v3 -u kim -A «{an:12}» -X «{an:12}» h",)),
    "etcdctl": Program(pairs="--user", hits=("etcdctl --user root:«{an:12}» get k",)),
    "sqlplus": Program(positions={}, hits=("sqlplus app/«{an:12}»@db",), misses=("sqlplus / as sysdba",)),
    "mc": Program(
        positions={"set": (4,), "add": (4,)},
        hits=("mc alias set m https://m.example.org ACCESS «{an:40}»",),
        misses=("mc ls m",),
    ),
    "rclone": Program(positions={"obscure": (1,)}, hits=("rclone obscure «{an:12}»",)),
    "nmcli": Program(
        apart="password wifi-sec.psk 802-11-wireless-security.psk",
        hits=("nmcli dev wifi connect lan password «{an:12}»",),
    ),
    "wpa_passphrase": Program(positions={"": (2,)}, hits=("wpa_passphrase lan «{an:12}»",)),
    "xfreerdp": Program(glued="/p:", hits=("xfreerdp /u:kim /p:«{an:12}» /v:h",)),
    "gh": Program(
        apart="--body -b",
        after="secret",
        hits=("gh secret set TOKEN --body «{an:24}»",),
        misses=("gh pr create --body text",),
    ),
    "useradd": Program(apart="-p --password", hits=("useradd -p «{an:13}» kim",)),
    "usermod": Program(apart="-p --password", hits=("usermod -p «{an:13}» kim",)),
    "svn": Program(apart="--password", hits=("svn co --username kim --password «{an:12}» u",)),
}
"""Programs by name. Which words follow the name and which come before it does not matter."""

_PROGRAM = (
    r"(?:^|[\s\"'`(;|&/=@\[>])(?P<program>"
    + "|".join(map(re.escape, sorted(PROGRAMS, key=len, reverse=True)))
    + r")(?:\.exe)?[\"']?[\s,]"
)
TRIGGER = _PROGRAM.replace("?P<program>", "?:")
"""A program of :data:`PROGRAMS` called somewhere."""

LONG_FLAG = rf"(?i)(?:^|[\s\"'`,\[(=])(?P<flag>--?[A-Za-z0-9_.\-]*(?:{names.NAME_HINT})[A-Za-z0-9_.\-]*)(?P<close>\\*[\"']?,[ \t]*\\*[\"']|[ \t]+)"
"""A flag whose name could announce a secret, and what separates it from the next word."""

FLAG_TRIGGER = rf"(?i)--?[A-Za-z0-9_.\-]*(?:{names.NAME_HINT})[A-Za-z0-9_.\-]*(?:\\*[\"']?,|[ \t])"
_SEPARATORS = ":%,"
_METAVAR = lazy(r"[A-Z][A-Z_]+$|<.*|\[.*")
_DOCKER_SECRET = lazy(r"(?:id|type|source|src|target|env)=")


def find(line: bytes, low: bytes, carried: str = "") -> list[Span]:
    """Secrets that the commands in ``line`` are given.

    Args:
        line: one line.
        low: the same in lower case.
        carried: the program whose command line goes on from the line before, after a backslash.
    """
    found: list[Span] = []
    if carried:
        found += _of_program(line, 0, carried)
    for match in compiled(_PROGRAM).finditer(line):
        found += _of_program(line, match.end(), match["program"].decode())
    if b"-" in low:
        found += _long_flags(line)
    return found


def goes_on(line: bytes, carried: str = "") -> str:
    """The program whose command line goes on after this line, or an empty string."""
    if not line.rstrip().endswith(b"\\"):
        return ""
    last = carried
    for match in compiled(_PROGRAM).finditer(line):
        last = match["program"].decode()
    return last


def _of_program(line: bytes, at: int, name: str) -> Iterator[Span]:
    program = PROGRAMS[name]
    parts = words(line, at)
    texts = [line[part.start : part.end].decode("utf-8", "replace") for part in parts]
    if program.after and not any(text in program.after for text in texts[:4]):
        return
    if name == "sqlplus":
        yield from _sqlplus(parts, texts)
    yield from _assigned(line, program, parts, texts)
    yield from _positional(program, parts, texts)
    for index, (part, text) in enumerate(zip(parts, texts, strict=True)):
        flag, sign, inline = text.partition("=")
        following = parts[index + 1] if index + 1 < len(parts) else None
        if flag in program.apart or flag in program.pairs:
            value = _after_sign(part, flag) if sign and inline else following
            if value is not None:
                yield from _taken(line, value, pair=flag in program.pairs)
        elif program.pairs and re.match(r"-[a-zA-Z]{2,}$", text) and f"-{text[-1]}" in program.pairs and following:
            yield from _taken(line, following, pair=True)
        else:
            yield from _glued(line, program, part, text)


def _after_sign(part: Value, flag: str) -> Value:
    return Value(part.start + len(flag.encode()) + 1, part.end, part.after, quoted=False)


def _unquote(line: bytes, value: Value) -> Value:
    first = line[value.start : value.start + 1]
    if first in (b"'", b'"') and value.end - value.start > 2 and line[value.end - 1 : value.end] == first:
        return Value(value.start + 1, value.end - 1, value.after, quoted=True)
    return value


def _taken(line: bytes, value: Value, *, pair: bool) -> Iterator[Span]:
    value = _unquote(line, value)
    text = line[value.start : value.end].decode("utf-8", "replace")
    if pair:
        cut = next((at for at, sign in enumerate(text) if sign in _SEPARATORS), -1)
        if cut < 0:
            return
        value = Value(value.start + len(text[: cut + 1].encode()), value.end, value.after, quoted=value.quoted)
        text = text[cut + 1 :]
    if text and not text.startswith("-") and not _METAVAR.match(text) and not judge.is_placeholder(text):
        yield Span(value.start, value.end, names.PASSWORD)


def _glued(line: bytes, program: Program, part: Value, text: str) -> Iterator[Span]:
    for flag in program.glued:
        if (
            text.startswith(flag)
            and len(text) > len(flag)
            and text[len(flag)] not in "=-"
            and not text.startswith("--")
        ):
            yield from _taken(line, Value(part.start + len(flag), part.end, part.after, quoted=False), pair=False)


def _assigned(line: bytes, program: Program, parts: list[Value], texts: list[str]) -> Iterator[Span]:
    if not any(text in program.assigns for text in texts[:3]):
        return
    for part, text in zip(parts, texts, strict=True):
        name, sign, value = text.partition("=")
        if sign and value and not name.startswith("-") and not value.startswith("@"):
            yield from _taken(line, _after_sign(part, name), pair=False)


def _positional(program: Program, parts: list[Value], texts: list[str]) -> Iterator[Span]:
    for command, places in program.positions.items():
        if command and command not in texts[:4]:
            continue
        start = texts.index(command) + 1 if command else 0
        plain = [at for at in range(start, len(texts)) if not texts[at].startswith("-")]
        for place in places:
            if place <= len(plain) and not judge.is_placeholder(texts[plain[place - 1]]):
                part = parts[plain[place - 1]]
                yield Span(part.start, part.end, names.PASSWORD)


def _sqlplus(parts: list[Value], texts: list[str]) -> Iterator[Span]:
    for part, text in zip(parts, texts, strict=True):
        found = re.match(r"[\w$]+/([^@\s]+)(?:@|$)", text)
        if found and not judge.is_placeholder(found[1]):
            yield Span(part.start + found.start(1), part.start + found.end(1), names.PASSWORD)


def _long_flags(line: bytes) -> Iterator[Span]:
    search = compiled(LONG_FLAG).search
    at = 0
    while True:
        match = search(line, at)
        if match is None:
            return
        at = match.end()
        flag = match["flag"].decode()
        kind = names.kind_of(flag)
        if not kind:
            continue
        listed = match["close"].lstrip(b"\\")[:1] in (b'"', b"'", b",")
        value = _in_list(line, match) if listed else read_word(line, at)
        if value is None:
            continue
        value = _unquote(line, value)
        if not listed and not value.quoted and (marks := enclosing(line, match.start("flag"))):
            close = end_of_string(line, value.start, marks[-1])  # the string in which the flag stands may end there
            value = Value(value.start, min(value.end, close), min(value.after, close), quoted=False)
        text = line[value.start : value.end].decode("utf-8", "replace")
        if _is_argument(text, kind, flag, more=line[value.after :].strip(), dashes=flag[:2] == "--"):
            at = value.after
            yield Span(value.start, value.end, kind)


def _in_list(line: bytes, match: Hit) -> Value | None:
    end = match.end()
    quote = line[end - 1 : end]
    stop = line.find(quote, end)
    stop = len(line) if stop < 0 else stop
    while stop > end and line[stop - 1 : stop] == b"\\":
        stop -= 1
    return Value(end, stop, stop + 1, quoted=True)


def _is_argument(text: str, kind: str, flag: str, *, more: bytes, dashes: bool) -> bool:
    """Whether the word after a flag is its value, and not the next word of a help text or of a sentence."""
    if text.startswith("-") or _METAVAR.match(text) or _DOCKER_SECRET.match(text) or judge.is_prose(text):
        return False
    if not dashes and not judge.looks_random(text):
        return False
    if text.isalpha() and text.islower() and re.match(rb"[a-z]+ [a-z]+", more):
        return False
    return judge.is_secret(text, kind, flag.lstrip("-"), quoted=kind == names.PASSWORD and os.path.sep not in text)
