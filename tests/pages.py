"""A page as a browser reads it: parsed strictly, and opened in a real Chromium that tells what it did."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
OPTIONS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps"),
    *("--disable-dev-shm-usage", "--hide-scrollbars"),
)
_ITS_OWN = re.compile(r"[a-z]+://[a-z0-9.-]+\.(?:google|googleapis|gstatic|gvt1)\.com[/:]")
"""Where a browser calls home by itself, whatever page is open; no page of ours names these."""

VOID = {"meta", "br", "hr", "img", "link", "input"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "nav", "main", "section", "footer", "ol", "ul", "li"),
    *("a", "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "s"),
    *("code", "pre", "blockquote", "details", "summary", "br", "hr", "span", "img", "b"),
}
"""Every tag that a page of ours may hold."""


class Page(HTMLParser):
    """Fails on a tag, an attribute or an address that a page of ours does not hold, and on what does not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.seen: set[str] = set()
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, f"<{tag}> in the page"
        self.seen.add(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"{name}={value}"
            assert name != "style", value
            if name == "href":
                assert (value or "").startswith(("#", "http://", "https://", "mailto:")), value
                self.links.append(value or "")
            if name == "src":
                assert (value or "").startswith("data:image/svg+xml;base64,"), value
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> does not nest"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@dataclass
class Visit:
    """What came of opening a page: the document as the browser has it, what it complained of, whom it asked."""

    dom: str
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def visit(page: Path, folder: Path, *more: str) -> Visit:
    """Open ``page`` from the disk; ``more`` are options, such as ``--screenshot=…``."""
    assert CHROMIUM is not None
    log = folder / "net.json"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [CHROMIUM, *OPTIONS, *root, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}",
         "--enable-logging=stderr", *(more or ("--dump-dom",)), page.as_uri()],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    asked = re.findall(r'"url":"((?:https?|wss?|ftp):[^"]*)"', log.read_text(encoding="utf-8", errors="replace"))
    return Visit(
        done.stdout,
        [line for line in done.stderr.splitlines() if "CONSOLE" in line],
        sorted({url for url in asked if not _ITS_OWN.match(url)}),
    )


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
