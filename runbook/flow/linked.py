"""Where the links of a report lead: files of the repository, and pages whose headings a link may name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PAGE = 4 * 1024 * 1024
"""Bytes of a page up to which its headings are looked for."""


def target_of(repository: str, folder: str, path: str) -> str | None:
    """The file or folder that a link leads to, or None where nothing is there or it leads out of the repository.

    Args:
        repository: its root; a path that begins with ``/`` starts there, as GitHub and GitLab read it.
        folder: of the report.
        path: as the link has it, without its fragment.
    """
    plain = unquote(path.partition("?")[0])
    root = os.path.normpath(repository)
    target = os.path.normpath(
        os.path.join(root, plain.lstrip("/")) if plain[:1] == "/" else os.path.join(folder, plain)
    )
    inside = os.path.commonpath((target, root)) == root
    return target if inside and os.path.exists(target) else None


def page_at(repository: str, folders: Iterable[str], path: str) -> str | None:
    """The text of a Markdown page that a link leads to, from the first of ``folders`` that has it; None elsewhere."""
    for folder in folders:
        target = target_of(repository, folder, path)
        if target is not None and target.endswith((".md", ".markdown")) and os.path.isfile(target):
            with open(target, "rb") as file:
                return file.read(MAX_PAGE).decode("utf-8", "replace")
    return None
