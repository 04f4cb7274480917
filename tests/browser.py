"""A real Chromium without a window: what a page becomes in it, what it measures, complains of, and whom it calls."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
_OPTIONS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--no-default-browser-check", "--enable-logging=stderr"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # the browser itself would call its maker
)
_ITS_OWN = re.compile(r"[a-z]+://[a-z0-9.-]+\.(?:google|googleapis|gstatic|gvt1)\.com[/:]")
"""Where a browser calls home by itself, whatever page is open; no page of ours names these."""
_RESULT = re.compile(r'<script type="application/json" id="result">(.*?)</script>', re.DOTALL)


@dataclass
class Visit:
    """What came of opening a page: the document as the browser has it, what it complained of, whom it asked."""

    dom: str
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def visit(page: Path, folder: Path, *more: str) -> Visit:
    """Open ``page`` from the disk.

    Args:
        page: an HTML file.
        folder: where the browser's profile and log go.
        more: options, such as ``--screenshot=…``, instead of ``--dump-dom``.
    """
    assert CHROMIUM is not None
    log = folder / "net.json"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [CHROMIUM, *_OPTIONS, *root, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}",
         *(more or ("--dump-dom",)), page.as_uri()],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    asked = re.findall(r'"url":"((?:https?|wss?|ftp):[^"]*)"', log.read_text(encoding="utf-8", errors="replace"))
    return Visit(
        done.stdout,
        [line for line in done.stderr.splitlines() if "CONSOLE" in line],
        sorted({url for url in asked if not _ITS_OWN.match(url)}),
    )


class Seen(NamedTuple):
    """What a look at a page gave.

    Attributes:
        result: what the page's script passed to ``report()``.
        console: messages of the console, errors and others.
        requests: addresses that it asked for.
    """

    result: Any
    console: list[str]
    requests: list[str]


REPORT = """
<script>
let told = null;
function report(value) { told = value; }
addEventListener('load', () => setTimeout(() => {
  const script = document.createElement('script');
  script.type = 'application/json'; script.id = 'result';
  script.textContent = JSON.stringify(told).replace(/</g, '\\u003c');
  document.body.append(script);
}, 50));
</script>
"""


def look(body: str, folder: Path, *, dark: bool = False, width: int = 900) -> Seen:
    """Open a page with this body and wait until it has called ``report(value)``, if it does.

    Args:
        body: HTML.
        folder: where the page and the browser's profile go.
        dark: whether the reader prefers dark.
        width: of the window, in pixels; the browser has none below 500.
    """
    page = folder / "page.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><body>{REPORT}{body}</body>', encoding="utf-8")
    dark_flag = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    options = (*dark_flag, "--virtual-time-budget=4000", f"--window-size={width},1200", "--dump-dom")
    seen = visit(page, folder, *options)
    told = _RESULT.search(seen.dom)
    assert told, seen.console
    return Seen(json.loads(told[1]), seen.console, seen.requests)


class Canary:
    """A server on loopback that remembers who asked. Nobody should."""

    def __init__(self) -> None:
        hits = self.hits = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hits.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_GET  # noqa: N815  the name http.server calls

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name http.server uses
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
