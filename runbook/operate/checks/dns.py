"""Names: do they resolve, the way a program on this machine would resolve them."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from runbook.operate.checks import CheckFailedHere

if TYPE_CHECKING:
    from runbook.model.checks import DnsCheck


def look(check: DnsCheck) -> str:
    """Resolve, and hold the addresses against the given ones."""
    try:
        answers = socket.getaddrinfo(check.dns, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise CheckFailedHere(f"does not resolve: {error.strerror}") from None
    found = sorted({str(ipaddress.ip_address(str(answer[4][0]).partition("%")[0])) for answer in answers})
    wanted = {str(ipaddress.ip_address(address)) for address in check.address}
    if wanted and not wanted <= set(found):
        raise CheckFailedHere(f"resolves to {', '.join(found)}, not {', '.join(sorted(wanted - set(found)))}")
    return ", ".join(found)
