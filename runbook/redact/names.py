"""Which names mean that their value is a secret.

A name is read as words, whatever its style (``dbPassword``, ``DB_PASSWORD``, ``spring.datasource.password``,
``client-key-data``), and its last telling word decides: ``token_count`` counts, ``password_file`` points elsewhere,
``max_tokens`` limits; ``github_token`` is one. To teach the door a name, add a word to a table here.
"""

from __future__ import annotations

from functools import lru_cache

from runbook.model.lazy import lazy

PASSWORD, SECRET, TOKEN, KEY = "password", "secret", "token", "key"
COOKIE, SESSION, CREDENTIAL = "cookie", "session", "credential"

STRONG = frozenset({PASSWORD})
"""Kinds whose value is a secret whatever it looks like (``password=123``), unless it is a placeholder."""

_ENDINGS = {
    "password": PASSWORD, "passwd": PASSWORD, "passphrase": PASSWORD, "passwort": PASSWORD, "kennwort": PASSWORD,
    "passcode": PASSWORD, "pwd": PASSWORD, "mdp": PASSWORD, "requirepass": PASSWORD, "masterauth": PASSWORD,
    "userpw": PASSWORD, "rootpw": PASSWORD, "bindpw": PASSWORD, "adminpw": PASSWORD, "dbpw": PASSWORD,
    "secret": SECRET, "mnemonic": SECRET, "psk": SECRET, "passkey": SECRET, "wpapsk": SECRET,
    "token": TOKEN, "jwt": TOKEN, "bearer": TOKEN, "authtoken": TOKEN, "otp": TOKEN, "totp": TOKEN, "cvv": TOKEN,
    "apikey": KEY, "secretkey": KEY, "accesskey": KEY, "privatekey": KEY, "authkey": KEY, "masterkey": KEY,
    "signingkey": KEY, "encryptionkey": KEY, "accountkey": KEY, "sharedkey": KEY, "storagekey": KEY,
    "licensekey": KEY, "presharedkey": KEY, "sharedaccesskey": KEY, "sshkey": KEY, "appkey": KEY, "saskey": KEY,
    "jsessionid": SESSION, "phpsessid": SESSION, "sessionid": SESSION, "sessid": SESSION, "aspsessionid": SESSION,
    "creds": CREDENTIAL, "credential": CREDENTIAL, "credentials": CREDENTIAL,
}  # fmt: skip
"""Endings of a name's last word."""

_WHOLE = {"pass": PASSWORD, "pw": PASSWORD, "pat": TOKEN, "salt": SECRET, "pepper": SECRET, "cookie": COOKIE,
          "sid": SESSION, "sas": TOKEN, "pin": TOKEN, "storepass": PASSWORD, "keypass": PASSWORD}  # fmt: skip
"""Last words that count only as a whole."""

_PASS = frozenset([
    "db", "user", "my", "smtp", "ftp", "ssh", "bind", "root", "admin", "mail", "imap", "sql", "proxy", "http", "mysql",
    "app", "auth", "login",
])  # fmt: skip
"""``dbpass`` is one, ``bypass`` is not."""

_KEY_OF = frozenset([
    "api", "access", "secret", "private", "encryption", "encrypt", "decryption", "signing", "sign", "signature",
    "master", "account", "storage", "shared", "auth", "authentication", "admin", "deploy", "service", "license",
    "licence", "webhook", "unseal", "recovery", "session", "crypto", "cipher", "aes", "hmac", "jwt", "rsa", "gpg",
    "pgp", "ssh", "tls", "ssl", "client", "app", "application", "integration", "subscription", "ingest", "ingestion",
    "write", "function", "bot", "consumer", "wg", "wireguard", "psk", "preshared", "seed", "instrumentation", "backup",
    "vault", "restic", "query", "root", "server", "ed25519", "ecdsa", "vapid", "merchant", "oauth", "sas", "dkim",
])  # fmt: skip
"""What a key must be of to be a secret: a primary, public, cache or sort key is none."""

_PHRASE_OF = frozenset(["pass", "seed", "recovery", "backup", "mnemonic", "secret"])
_SESSION_OF = frozenset(["session", "sess", "connect", "sessions"])
_PAGING = frozenset(
    ["next", "page", "continuation", "sync", "cursor", "start", "paging", "pagination", "unexpected", "invalid", "eof"]
)
"""Tokens that only say where a listing goes on, or what a parser met."""

_TRAIL = frozenset([
    "value", "val", "b64", "base64", "encoded", "raw", "string", "str", "plain", "plaintext", "text", "prod",
    "production", "staging", "stage", "dev", "test", "live", "old", "new", "current", "previous", "prev", "next",
    "primary", "secondary", "default", "base", "data", "env", "v1", "v2", "a", "b",
])  # fmt: skip
"""Words that may follow the telling one without changing what it says."""

_NEUTRAL = frozenset([
    "file", "files", "path", "paths", "dir", "url", "uri", "link", "endpoint", "name", "names", "type", "length", "len",
    "size", "limit", "expiry", "expires", "expiration", "expire", "expired", "ttl", "age", "policy", "policies", "ref",
    "refs", "reference", "id", "ids", "required", "enabled", "disabled", "valid", "invalid", "status", "field",
    "fields", "format", "prefix", "suffix", "version", "hint", "algorithm", "alg", "hash", "provider", "manager",
    "store", "class", "service", "server", "host", "port", "user", "username", "usage", "used", "budget", "bucket",
    "per", "max", "min", "rotation", "reset", "changed", "change", "created", "updated", "issued", "at", "on", "index",
    "mode", "method", "methods", "authentication", "validation", "validator", "encoder", "generator", "source", "group",
    "mount", "volume", "rate", "issuer", "audience", "scope", "scopes", "header", "param", "parameter", "arg", "input",
    "label", "prompt", "tree", "stream", "set", "list", "map", "cache", "pool", "count", "counts", "num", "number",
    "total", "without", "no", "non", "has", "have", "is", "needs", "need", "use", "using", "with", "allow", "allowed",
    "force", "public", "pub", "primary", "foreign", "check", "checker", "verify", "command", "cmd", "stdin", "fd",
    "agent", "secrets", "tokens", "passwords", "keys", "plugin", "rule", "rules", "error", "errors", "message",
    "success", "fail", "failed", "failure", "ask", "auth", "lifetime", "retention", "backend", "engine", "key", "var",
    "variable", "column", "placeholder", "expression", "pattern", "regex", "regexp", "strength", "score",
])  # fmt: skip
"""Words that say the name is about a secret, not for one."""

_WORDS = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

NAME_HINT = (
    "pass|pwd|pw|secret|token|key|cred|cookie|sess|sid|jwt|bearer|otp|cvv|psk|salt|pepper|mnemonic|phrase|kennwort"
    "|mdp|pat|sas|masterauth|auth|pin"
)
"""Alternation of what every secret name contains somewhere, in lower case."""


@lru_cache(maxsize=4096)
def kind_of(name: str) -> str:
    """The kind of secret that ``name`` announces, or an empty string. At most 128 characters of it are looked at."""
    words = [word.lower() for word in _WORDS.findall(name[-128:])]
    while len(words) > 1 and (words[-1] in _TRAIL or words[-1].isdigit()):
        words.pop()
    if not words:
        return ""
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "nopasswd":
        return ""  # sudoers(5): that none is asked for
    if last == "key":
        return KEY if before in _KEY_OF else ""
    if last == "phrase":
        return SECRET if before in _PHRASE_OF else ""
    if last in {"id", "sid"} and before in _SESSION_OF:
        return SESSION
    kind = _by_last(last)
    if kind == TOKEN and before in _PAGING:
        return ""
    return kind


def _by_last(last: str) -> str:
    if last in _WHOLE:
        return _WHOLE[last]
    for ending, kind in _ENDINGS.items():
        if last.endswith(ending):
            return kind
    if last.endswith("pass") and last[:-4] in _PASS:
        return PASSWORD
    return ""


@lru_cache(maxsize=4096)
def hints_at(name: str) -> str:
    """The kind for names whose telling word does not come last, such as ``TOKEN_GITHUB``; else an empty string.

    Such a value must look like a secret as well (see :func:`runbook.redact.judge.looks_random`).
    """
    words = [word.lower() for word in _WORDS.findall(name[-128:])]
    if not words or any(word in _NEUTRAL for word in words[1:]) or words[0] in {"no", "is", "has", "max", "min"}:
        return ""
    return next((kind for kind in map(_by_last, words[:-1]) if kind in {PASSWORD, SECRET, TOKEN}), "")


QUERY_NAMES = {
    "sig": "signature", "signature": "signature", "x-amz-signature": "signature", "x-goog-signature": "signature",
    "x-amz-security-token": TOKEN, "code": "authorization-code", "key": KEY, "auth": CREDENTIAL, "hmac": "signature",
    "assertion": TOKEN, "client_assertion": TOKEN, "samlresponse": TOKEN, "ticket": TOKEN, "st": TOKEN,
    "se": "", "sv": "",
}  # fmt: skip
"""Names that mean a secret only as a parameter of a URL, and only with a value of 16 characters or more."""
