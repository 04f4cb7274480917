"""The door: every foreign text passes here before it is stored, shown, sent or committed.

Bytes become valid UTF-8, terminal escapes go, secrets become marks. Importing this costs next to nothing: the rules,
and the engine that runs them, are loaded when a text holds a word that could announce a secret.
"""

from __future__ import annotations

from runbook.model.marks import MARK, next_number, reserve, shown_mark, stored_mark
from runbook.redact.escapes import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from runbook.redact.stream import LineStream

HINTS = (
    "pass", "pwd", "pw", "secret", "token", "key", "cred", "auth", "cookie", "sess", "sid", "jwt", "bearer", "basic",
    "otp", "cvv", "psk", "salt", "pepper", "mnemonic", "phrase", "kennwort", "mdp", "pat", "sas", "pin", "sig", "code",
    "hmac", "assertion", "ticket", "identified", "insert", "literal", "login", "digest", "oauth", "hawk", "setuser",
    "data:", 'data"', "private", "mysql", "maria", "redis", "mongo", "ldap", "smb", "ftp", "zip", "7z", "rar", "sqlplus",
    "nmcli", "vault", "rclone", "freerdp", "skopeo", "gpg", "curl", "@", "<<<", "|", "[redacted:",
)  # fmt: skip
"""Unless one of these is in a text (in lower case), no rule about a place can find anything in it."""

SHORTEST = 14
"""No token is shorter: a text whose longest word is shorter holds none."""

_SHORT = 4096
"""Up to this many characters, looking for words costs less than loading the engine."""


class Door:
    """Takes secrets and terminal escapes out of texts, and remembers which secrets it has met.

    Args:
        key: gives the key that makes stored marks (``[redacted:password:1f0c9a3e]``); called when the first secret
            is found. Without it, marks are the shown ones (``[redacted:password#1]``), numbered by first sight.

    Attributes:
        counts: how many secrets were taken out so far, by kind.
    """

    def __init__(self, key: Callable[[], bytes] | None = None) -> None:
        self._key = key
        self._key_bytes: bytes | None = None
        self._numbers: dict[str, int] = {}
        self._session: bytes | None = None
        self.counts: dict[str, int] = {}

    def clean(self, data: str | bytes) -> str:
        """``data`` as text that may be kept and shown: no secrets, no controls but newline and tab, valid UTF-8."""
        text = to_text(data)
        return self.clean_text(text) if suspicious(text) else text

    def clean_text(self, text: str) -> str:
        """As :meth:`clean`, for text without controls, whatever the words in it."""
        from runbook.redact.lines import Lines  # noqa: PLC0415  only texts with something suspicious pay for the rules

        self.notice(text)
        return Lines(self.mark).feed(text.encode(), last=True).decode()

    def clean_value(self, value: Any) -> Any:
        """``value`` (JSON of any shape) with every text in it cleaned, keys included.

        A text under a key that announces a secret is cleaned together with that key.
        """
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {
                self.clean(name) if isinstance(name, str) else name: self._under(name, v) for name, v in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.clean_value(item) for item in value]
        return value

    def clean_line_stream(self) -> LineStream:
        """A stream that cleans what it is fed, in bounded memory; see :class:`runbook.redact.stream.LineStream`."""
        from runbook.redact.stream import LineStream  # noqa: PLC0415  not everybody streams

        return LineStream(self)

    def mark(self, kind: str, secret: bytes) -> bytes:
        """Count ``secret`` and make its mark; equal secrets get equal ones."""
        import hmac  # noqa: PLC0415  only where a secret was found

        self.counts[kind] = self.counts.get(kind, 0) + 1
        tag = hmac.digest(self._secret_key(), secret, "sha256")
        if self._key is not None:
            return stored_mark(kind, tag[:4].hex()).encode()
        name = tag.hex()
        if name not in self._numbers:
            self._numbers[name] = next_number(self._numbers)
        return shown_mark(kind, self._numbers[name]).encode()

    def notice(self, text: str) -> None:
        """Keep the numbers of marks that ``text`` already has from being given to other secrets."""
        if "[redacted:" in text:
            for match in MARK.finditer(text):
                reserve(match["number"], self._numbers)

    def _secret_key(self) -> bytes:
        if self._key_bytes is None:
            import os  # noqa: PLC0415  as hmac

            # Without a key nothing outlives this door, so a key of its own hides what it remembers.
            self._key_bytes = self._key() if self._key is not None else os.urandom(32)
        return self._key_bytes

    def _under(self, name: object, value: Any) -> Any:
        if not isinstance(value, str) or not isinstance(name, str) or not suspicious(name):
            return self.clean_value(value)
        from runbook.redact import judge, names  # noqa: PLC0415  only where a name could announce a secret

        text = self.clean(value)
        kind = names.kind_of(name)
        if kind and text == to_text(value) and judge.is_secret(text, kind, name, quoted=True):
            return self.mark(kind, text.encode()).decode()
        return text


def suspicious(text: str) -> bool:
    """Whether the rules must look at ``text``; says no only where none of them could find anything."""
    if len(text) > _SHORT:
        return True
    if len(text) < SHORTEST and text.isascii() and text.isidentifier():
        return False  # one word, neither a name with a value nor long enough for a token
    low = text.lower()
    if not text.isascii() and any((c >= "\u00ad" and not c.isalpha()) or c >= "\u200b" for c in text):
        return True
    if any(hint in low for hint in HINTS):
        return True
    if any(len(word) >= SHORTEST for word in text.split()):
        from runbook.redact import tokens  # noqa: PLC0415  a millisecond that words of a token's length pay

        return "%40" in low or low.count(":") >= 4 or tokens.possible(text)  # a URL in a URL, a line of .pgpass
    return False
