"""TLS: a certificate that is valid for its host, and for some days more."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

from runbook.operate.checks import CheckFailedHere
from runbook.operate.checks.tcp import connect

if TYPE_CHECKING:
    import socket

    from runbook.model.checks import TlsCheck

_DAY = 86400


def look(check: TlsCheck) -> str:
    """Shake hands and read the certificate's end."""
    context = ssl.create_default_context()
    if check.ca:
        try:
            context.load_verify_locations(check.ca)
        except OSError as error:
            raise CheckFailedHere(f"{check.ca} cannot be read: {error.strerror or error}") from None
    host = check.tls.rpartition(":")[0].strip("[]")
    with connect(check.tls, check.timeout) as plain:
        certificate = _certificate(plain, context, host, check.timeout)
    left = (ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()) / _DAY
    if left < check.days:
        raise CheckFailedHere(
            f"the certificate ends in {left:.0f} days ({certificate['notAfter']}), at least {check.days} wanted"
        )
    return f"{left:.0f} days left"


def _certificate(plain: socket.socket, context: ssl.SSLContext, host: str, limit: float) -> dict[str, object]:
    try:
        with context.wrap_socket(plain, server_hostname=host) as secure:
            return dict(secure.getpeercert() or {})
    except ssl.SSLCertVerificationError as error:
        raise CheckFailedHere(f"the certificate is not valid: {error.verify_message}") from None
    except TimeoutError:
        raise CheckFailedHere(f"no handshake within {limit:g} s") from None
    except (ssl.SSLError, OSError) as error:
        raise CheckFailedHere(f"no handshake: {error.strerror or error}") from None
