"""Long text in the person's own editor.

The text goes into a file that only they can read, below one comment line that is taken out again. Whatever goes
wrong, the old text stays: no editor, an editor that fails, a file saved empty.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FALLBACKS = ("sensible-editor", "nano", "vim", "vi")
"""Tried in this order when neither ``VISUAL`` nor ``EDITOR`` is set."""
HEADER_START = "<!-- runbook: "
HEADER_END = " -->"
NO_EDITOR = "no editor found; set VISUAL or EDITOR, such as: export EDITOR=nano"


@dataclass(frozen=True)
class Edited:
    """What came back.

    Args:
        text: the new text, or the old one if nothing came of it.
        problem: why it is still the old one, for the person to read; empty if all went well.
    """

    text: str
    problem: str = ""


def find_editor(environ: Mapping[str, str] | None = None) -> list[str]:
    """The editor's command line: ``VISUAL``, else ``EDITOR``, else the first of ``FALLBACKS`` on ``PATH``; or []."""
    names = os.environ if environ is None else environ
    for name in ("VISUAL", "EDITOR"):
        if wish := names.get(name, "").strip():
            try:
                return shlex.split(wish)
            except ValueError:  # a quote left open
                return [wish]
    for name in FALLBACKS:
        if found := shutil.which(name, path=names.get("PATH")):
            return [found]
    return []


def edit(text: str, message: str = "", *, environ: Mapping[str, str] | None = None) -> Edited:
    """Opens ``text`` in the editor and waits.

    Args:
        text: what the file holds at first.
        message: the question, repeated in the comment line at the top.
        environ: where ``VISUAL``, ``EDITOR``, ``PATH`` and ``TMPDIR`` are looked up; the process's own by default.
    """
    command = find_editor(environ)
    if not command:
        return Edited(text, NO_EDITOR)
    folder = (os.environ if environ is None else environ).get("TMPDIR") or None
    try:
        handle, name = tempfile.mkstemp(prefix="runbook-", suffix=".md", dir=folder)  # mode 0600
    except OSError as refused:
        return Edited(text, f"no temporary file for the editor: {refused.strerror}")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(f"{_header(message)}\n{text}\n")
        if problem := _open(command, path, environ):
            return Edited(text, f"{problem}; the text is as it was")
        return _read_back(path, text)
    except OSError as failed:
        return Edited(text, f"the edited file could not be used: {failed.strerror}; the text is as it was")
    finally:
        path.unlink(missing_ok=True)


def _header(message: str) -> str:
    asked = " ".join(message.split()).replace("--", "- -") or "text"
    return f"{HEADER_START}{asked} (this line is taken out; an empty file keeps the old text){HEADER_END}"


def _read_back(path: Path, old: str) -> Edited:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if lines and lines[0].startswith(HEADER_START):
        del lines[0]
    new = "\n".join(lines).strip("\n")
    if not new.strip():
        return Edited(old, "the file came back empty; the text is as it was" if old else "")
    return Edited(new)


def _open(command: list[str], path: Path, environ: Mapping[str, str] | None) -> str:
    """Runs the editor on the terminal; returns what went wrong, or an empty string.

    Ctrl-C belongs to the editor meanwhile. The handler is a function, not ``SIG_IGN``, which the editor would inherit.
    """
    in_main = threading.current_thread() is threading.main_thread()
    before: Any = signal.signal(signal.SIGINT, lambda *_: None) if in_main else None
    try:
        done = subprocess.run([*command, str(path)], env=environ, check=False)
    except OSError as refused:
        return f"{command[0]} could not be started: {refused.strerror}"
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)
    if done.returncode < 0:
        return f"{command[0]} was stopped by signal {-done.returncode}"
    return f"{command[0]} ended with status {done.returncode}" if done.returncode else ""
