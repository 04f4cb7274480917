"""Compiled templates kept between runs: compiling is more than half of the time that a small report takes."""

from __future__ import annotations

import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from jinja2.bccache import Bucket


class CompiledTemplates(jinja2.BytecodeCache):
    """Code of the packaged templates in a folder of the user's own.

    Loading it is running it, so what somebody else could have put there is left alone. A cache that cannot be read or
    written is no failure: the template is compiled.

    Args:
        folder: made if absent, readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        # Code of one Jinja does not run under another; Python's own version is in the file's header.
        self._folder = folder / f"jinja-{version('jinja2')}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """As Jinja asks for it."""
        try:
            with self._path(bucket).open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_uid == os.getuid() and not status.st_mode & 0o022:
                    bucket.load_bytecode(file)
        except OSError:
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """As Jinja asks for it."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                bucket.write_bytecode(file)
            Path(name).replace(self._path(bucket))
        except OSError:
            pass

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.bin"
