"""A real Chromium without a window: what a page measures of itself, what it complains of, and whom it calls."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="needs chromium")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-default-browser-check"),
    *("--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=4000"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # the browser itself would call its maker
)
_RESULT = re.compile(r'<script type="application/json" id="result">(.*?)</script>', re.DOTALL)


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
  const requests = performance.getEntriesByType('resource').map(entry => entry.name);
  const script = document.createElement('script');
  script.type = 'application/json'; script.id = 'result';
  script.textContent = JSON.stringify({told, requests}).replace(/</g, '\\u003c');
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
        width: of the window, in pixels.
    """
    assert PROGRAM is not None
    page = folder / "page.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><body>{REPORT}{body}</body>', encoding="utf-8")
    dark_flag = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    done = subprocess.run(
        [PROGRAM, *_FLAGS, *dark_flag, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},1200",
         "--dump-dom", page.as_uri()],
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=120, check=False,
    )  # fmt: skip
    told = _RESULT.search(done.stdout)
    assert done.returncode == 0, done.stderr
    assert told, done.stderr
    found = json.loads(told[1])
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    requests = [url for url in found["requests"] if urlsplit(url).scheme not in {"data", "blob"}]
    return Seen(found["told"], console, requests)
