"""TCP: does somebody accept a connection."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from runbook.operate.checks import CheckFailedHere

if TYPE_CHECKING:
    from runbook.model.checks import TcpCheck


def look(check: TcpCheck) -> str:
    """Connect and hang up."""
    connect(check.tcp, check.timeout).close()
    return "accepts connections"


def connect(target: str, limit: float) -> socket.socket:
    """A connection to ``host:port``.

    Raises:
        CheckFailedHere: nobody accepts it.
    """
    host, _, port = target.rpartition(":")
    try:
        return socket.create_connection((host.strip("[]"), int(port)), timeout=limit)
    except TimeoutError:
        raise CheckFailedHere(f"no answer within {limit:g} s") from None
    except socket.gaierror as error:
        raise CheckFailedHere(f"{host} does not resolve: {error.strerror}") from None
    except (OSError, OverflowError) as error:
        raise CheckFailedHere((getattr(error, "strerror", None) or str(error)).lower()) from None
