"""Whether a value that stands where a secret would stand is one: placeholders, references, code and prose are not."""

from __future__ import annotations

import re

from runbook.model.lazy import lazy
from runbook.redact import names

_WORDS_FOR_NOTHING = frozenset([
    "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "void", "nan", "required",
    "optional", "unset", "empty", "default", "disabled", "enabled", "redacted", "hidden", "masked", "removed",
    "omitted", "sensitive", "placeholder", "todo", "tbd", "fixme", "string", "str", "bytes", "text", "varchar", "char",
    "int", "integer", "number", "bool", "boolean", "any", "unknown", "never", "object", "array", "list", "dict", "map",
    "option", "secretstr", "unicode", "password", "passwd", "pwd", "token", "secret", "key", "value", "file", "path",
    "arg", "env", "prompt", "stdin", "ask", "auto", "inherit", "always", "prefer", "md5", "scram-sha-256", "trust",
    "peer", "ident", "plain", "login", "basic", "digest", "bearer", "jwt", "oauth", "oauth2", "oidc", "saml", "ldap",
    "include", "same-origin", "omit", "n/a", "na", "-", "--", "self", "this", "new", "await", "yield", "return", "not",
    "invalid", "missing", "expired", "incorrect", "wrong", "failed", "unexpected", "unauthorized", "denied", "rejected",
    "ok", "valid", "present", "absent", "set", "unchanged", "changed", "created", "deleted", "updated", "revoked",
    "rotated", "must", "should", "cannot", "can", "was", "is", "are", "has", "have", "will", "would", "does", "did",
    "and", "or", "for", "from", "to", "of", "in", "at", "by", "with", "without", "the", "a", "an", "it", "its", "your",
    "you", "my", "our", "their", "such", "found", "if", "when", "then", "than", "as", "be", "been", "only", "but", "so",
    "see", "use", "using", "used", "via", "flag", "flags", "options", "parameter", "argument", "instead", "got",
    "expected", "expects", "matches", "match", "mismatch", "requires", "require", "needed", "needs",
])  # fmt: skip
"""What stands after a name when no secret does: nothing, a type, a mode, or the next word of a sentence."""

_PLACEHOLDER = lazy(
    r"""(?x)
      <[^<>]*>$ | <[^<>]*$                                # <password>, also cut by a quote
    | \$\{[^{}]*\}$ | \$\{\{.*$ | \$\(.*$ | `.*           # ${X}, ${{ secrets.X }}, $(pass db), `cmd`
    | \$[A-Za-z_][A-Za-z_]*$ | \$[A-Z_][A-Z0-9_]*$ | \$[0-9@*?#!$]$   # $password, $DB_PASSWORD2, $1
    | \$(?:env|using|script|global|private|local):\w+ | \$\w+(?:->|\[|\.|::)
    | %[A-Za-z_][A-Za-z0-9_]*%$ | %(?:\([^)]*\))?[-0-9.]*[sdrvqfx]$ | %[{].*
    | \{\{.*  | \{%.* | \{[A-Za-z_][A-Za-z0-9_.\[\]]*(?:![rs])?(?::[^{}]*)?\}$ | \{[0-9]*\}$ | \#\{.* | @\{.* | \{\}.*
    | @@.*@@$ | __[A-Za-z0-9_]+__$ | @[A-Z_]+@$
    | \[[A-Za-z _*.-]*\]?$ | \([A-Za-z _*.-]*\)?$         # [REDACTED], (sensitive value)
    | [*xX.•_#?=-]{3,}$ | \*+$ | …+$ | .*\*{3,}.* | .*•{2,}.* | .*(?:xxxx|XXXX).* | \.{3}.*$
    | !(?:Ref|Sub|GetAtt|ImportValue|secret|vault|env|ENV|reference|literal)\b.* | !$ | &\w+$ | \*\w+$
    | (?:ENC|enc)[\[(].* | vault:.* | ref\+.* | op://.* | arn:[a-z-]+:.* | projects/.*/secrets/.* | secretsmanager:.*
    | (?:file|env|ssm|kms|keyring|keychain|gsm|awssm|akv|secret|config|classpath):.* | sha(?:1|224|256|384|512)[:-].*
    | (?:/|~/|\./|\.\./)[\w.@+-]+(?:/[\w.@+-]+)*/?$ | [A-Za-z]:\\[\w.\\ -]+$       # a path
    | [\w.-]+/[\w./-]+\.(?:pem|key|txt|crt|json|ya?ml|env|jks|p12|pfx|conf|cfg|ini|pub)$
    | (?i:(?:my|the|an?|some|this[-_]is[-_]an?)?[-_ ]?(?:example|sample|dummy|fake)[-_ ]?
        (?:password|passwd|token|key|secret|api[-_]?key|value)?[0-9]{0,3})$
    | (?i:.*example(?:key)?)$
    | (?i:(?:.*[-_./ ])?(?:your|insert|enter|put|add|replace|replace[-_]?with)[-_ ]?
        (?:own|new|real|the|me|here|api|app|auth|access|secret|client|db|database|user|bot|github|gitlab|slack|password
        |passwd|token|key)(?:[-_ ]?[a-z]+)*)$
    | (?i:(?:(?:the|some|api|secret|token|key|password|value)[-_])+(?:goes[-_])?here)$
    | (?i:replace[-_]?me|insert[-_]?me|fill[-_]?me[-_]?in|to[-_]?be[-_]?(?:set|filled|done|defined))$
    """
)
_CALL = lazy(r"(?:await |new |new\s)?[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*)*[(\[{<]")
_MEMBER = lazy(r"[A-Za-z_$][A-Za-z_$]*(?:\d{0,2})(?:(?:\??\.|::|->)[A-Za-z_$][A-Za-z_$]*\d{0,2})+$")
_OWNERS = frozenset([
    "self", "this", "os", "process", "config", "conf", "cfg", "settings", "req", "request", "ctx", "context", "args",
    "opts", "options", "env", "var", "local", "data", "module", "user", "kwargs", "props", "state", "params", "secrets",
    "github", "vault", "app", "event", "body", "form", "session", "response", "res", "resp", "result", "c", "r", "p",
    "u", "s", "m", "obj", "model", "input", "output", "each", "item", "values", "values_", "environ", "import", "std",
    "sys", "java", "javax", "account", "credentials", "creds", "login", "auth", "client", "server", "db", "database",
    "api", "aws", "gcp", "azure", "random", "string", "secret", "token", "password", "random_password",
])  # fmt: skip
_IDENTIFIER = lazy(r"[A-Za-z_][A-Za-z_]*$")
_KEBAB = lazy(r"[a-z]+(?:[-.][a-z]+)+(?:-[0-9]{1,2})?$|[a-z]+(?:_[a-z]+)+$")
_UUID = lazy(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")
_NUMBER = lazy(r"[-+]?[0-9][0-9_,.]*(?:[a-zA-Z]{1,2}|%)?$")
_SCHEME = lazy(r"[a-z][a-z0-9+.-]{1,15}:/")
_PUBLIC = lazy(r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-|AAAA[BCE]3NzaC1|-----BEGIN (?:PUBLIC|CERT|RSA PUBLIC)|age1)")
_MARK = "\x01"


def is_placeholder(value: str) -> bool:
    """Whether ``value`` stands for a secret instead of being one: a variable, a template, a reference, a mask."""
    if not value or _MARK in value:
        return True
    if len(value) > 512:
        return False
    return value.lower() in _WORDS_FOR_NOTHING or _PLACEHOLDER.match(value) is not None


def is_prose(word: str) -> bool:
    """Whether ``word``, met after a name and a colon, goes on a sentence."""
    return word.rstrip(".,;:!?)").lower() in _WORDS_FOR_NOTHING


def is_filler(token: str) -> bool:
    """Whether something in a vendor's format is documentation: ``ghp_xxxxxxxx``, ``AKIA…EXAMPLE``."""
    if len(token) > 512:
        return False
    low = token.lower()
    last = low[4:].rpartition("_")[2].rpartition("-")[2]
    return (
        "xxxxx" in low or "example" in low or "your_" in low or "your-" in low or "*****" in low or "....." in low
        or (len(last) >= 6 and len(set(last)) == 1)
    )  # fmt: skip


def is_code(value: str, name: str) -> bool:
    """Whether an unquoted ``value`` is an expression of a program: a call, a member, a variable of the same name."""
    if len(value) > 200:
        return False
    if _CALL.match(value):
        head = re.match(r"[A-Za-z_$.]+", value)
        return head is None or value[head.end() :].startswith(("(", "[", "{", "<")) or ")" in value
    if _MEMBER.match(value):
        owner = re.split(r"\W", value.lower(), maxsplit=1)[0]
        return owner in _OWNERS or bool(names.kind_of(value))
    if _IDENTIFIER.match(value):
        tail = re.split(r"[^A-Za-z0-9]", name)[-1].lower()
        shaped = "_" in value.strip("_") or (value != value.lower() and value != value.upper())
        return value.lower() in {name.lower(), tail} or (shaped and bool(names.kind_of(value)))
    return False


def looks_random(value: str) -> bool:
    """Whether ``value`` has the mixture of characters that secrets have and words do not."""
    if len(value) < 6 or _NUMBER.match(value) or _SCHEME.match(value) or _KEBAB.match(value):
        return False
    letters = any(c.isalpha() for c in value)
    digits = any(c.isdigit() for c in value)
    signs = any(c in "!@#$%^&*+=~?" for c in value)
    return (letters and digits) or (signs and letters) or len(value) >= 32


def is_secret(value: str, kind: str, name: str = "", *, quoted: bool = False) -> bool:
    """Whether ``value``, given to something called ``name`` of this kind, must be taken out.

    Args:
        value: without its quotes. The sentinel ``\\x01`` in it stands for a mark.
        kind: what the name announces; a kind in :data:`runbook.redact.names.STRONG` needs no further sign.
        name: as written; a variable of the same name is no secret.
        quoted: whether it stood in quotes, so that it cannot be an expression.
    """
    if is_placeholder(value) or (not quoted and is_code(value, name)):
        return False
    if _PUBLIC.match(value):
        return False
    if name.lower() == "pass" and (value.startswith(("{", "[")) or (value.isdigit() and len(value) < 5)):
        return False  # a count of tests that passed, or what is to be done when a check does
    if kind in names.STRONG:
        return not (_SCHEME.match(value) and "@" not in value and len(value) > 8)
    if len(value) < (8 if kind in {names.SESSION, names.COOKIE, names.CREDENTIAL, "signature"} else 3):
        return False
    if kind == names.SESSION and _UUID.match(value):
        return False
    if _NUMBER.match(value):
        return len(value) >= 4 and value.isdigit() if name.lower()[-3:] in {"otp", "pin", "cvv"} else len(value) >= 8
    if _SCHEME.match(value) or _KEBAB.match(value):
        return False
    if kind in {names.CREDENTIAL, names.SESSION, names.COOKIE}:
        return looks_random(value)
    return any(c.isalnum() for c in value)
