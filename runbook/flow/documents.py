"""The documents somebody signs to have read, found where the deployment is made, with their digests."""

from __future__ import annotations

import hashlib
import os

from runbook.record.places import enclosing_repository

_CANDIDATES = {
    "README": ("README.md", "README.rst", "README.txt", "README"),
    "Dockerfile": ("Dockerfile", "docker/Dockerfile", "Containerfile"),
    "Compose file": ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"),
    "Build instructions": ("BUILD.md", "docs/BUILD.md", "docs/build.md", "Makefile", "package.json"),
}
"""Files that a name of :data:`runbook.model.checklists.DOCUMENTS` stands for, best first."""

DIGITS = 12
"""Of a digest; enough to see that a document has changed since."""


def documents_here() -> dict[str, str]:
    """By the name under which they are signed: path and digest of the documents in this folder or its repository.

    ``{"README": "README.md sha256:0f1e2d3c4b5a"}``; names without a file are left out.
    """
    here = os.getcwd()
    folders = dict.fromkeys(folder for folder in (here, enclosing_repository(here)) if folder is not None)
    found = {}
    for name, candidates in _CANDIDATES.items():
        for path in (os.path.join(folder, each) for folder in folders for each in candidates):
            digest = _digest(path)
            if digest:
                found[name] = f"{os.path.relpath(path, here)} sha256:{digest}"
                break
    return found


def _digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:DIGITS]
    except OSError:
        return ""
