"""A page on paper: a PDF made by a browser that is on the machine, or by WeasyPrint.

The browser finds no host and has an empty profile of its own; the page's policy forbids scripts.
Its options: https://developer.chrome.com/docs/chromium/headless
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from runbook.errors import BadInputError, NotFoundError

BROWSER = "RUNBOOK_BROWSER"
"""Environment variable: the browser to print with."""

_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "brave-browser"),
    *("microsoft-edge", "microsoft-edge-stable", "headless_shell", "chrome-headless-shell"),
)
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_OPTIONS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-extensions", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
    *("--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer"),
    "--generate-pdf-document-outline",
)
_SECONDS = 120
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "XDG_RUNTIME_DIR", "FONTCONFIG_PATH", "FONTCONFIG_FILE")


def find_browser() -> str | None:
    """The browser named by ``RUNBOOK_BROWSER``, else the first of the Chromium family that is installed, else None.

    Raises:
        NotFoundError: the one that was named is not there.
    """
    named = os.environ.get(BROWSER, "")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NotFoundError(f"there is no program {named}", field=BROWSER)
        return found
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in _MAC if os.access(path, os.X_OK)), None)


def pdf_of(html: str) -> bytes:
    """``html`` as a PDF.

    Raises:
        NotFoundError: there is nothing to print with.
        BadInputError: the browser did not write a PDF.
    """
    if browser := find_browser():
        return _by_browser(browser, html)
    if importlib.util.find_spec("weasyprint") is not None:
        return _by_weasyprint(html)
    raise NotFoundError(
        "there is no browser and no WeasyPrint to make a PDF with",
        hint="apt-get install chromium, or pip install weasyprint; "
        "or export --format html and print that page from any browser",
    )


def _by_browser(browser: str, html: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="runbook-pdf-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, pdf = folder / "page.html", folder / "page.pdf"
        page.write_text(html, encoding="utf-8")
        options = [*_OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # Chromium refuses root with a sandbox
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        try:
            done = subprocess.run(
                [browser, *options, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={pdf}", page.as_uri()],
                env={**environment, "HOME": str(folder)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        except subprocess.TimeoutExpired:
            said = [f"it took longer than {_SECONDS} s"]
        except OSError as error:
            said = [error.strerror or str(error)]
        content = pdf.read_bytes() if pdf.is_file() else b""
    if content.startswith(b"%PDF-"):
        return content
    raise BadInputError(
        f"{browser} wrote no PDF: {said[-1] if said else 'and said nothing'}",
        hint=f"name another browser with {BROWSER}=…, or export --format html and print that page",
    )


def _by_weasyprint(html: str) -> bytes:
    import weasyprint  # noqa: PLC0415  only if it is installed, and only for this

    def nothing(url: str, *_: object, **__: object) -> dict[str, object]:
        """A page of ours needs nothing but what is in it."""
        if url.startswith("data:"):
            return dict(weasyprint.default_url_fetcher(url))
        raise ValueError(f"not fetched: {url}")

    return bytes(weasyprint.HTML(string=html, url_fetcher=nothing).write_pdf())
