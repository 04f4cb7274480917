"""What this machine knows of a document that it sent to review: a small file beside the running documents.

Losing it costs nothing but a question: without it, publish cannot tell an edit of ours from one of somebody else's.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from runbook.record.places import state_root
from runbook.record.store import write_file


class Published(NamedTuple):
    """The last time.

    Attributes:
        branch: the review branch.
        commit: what we committed there.
        work: SHA-256 of the ``record.yaml`` that the work tree had then; empty where it had none.
        link: of the request, where a forge told it.
    """

    branch: str
    commit: str
    work: str
    link: str = ""


def read_published(key: str, ulid: str) -> Published | None:
    """What is known of the document with that ULID; None where nothing is.

    Args:
        key: the repository's folder name under the state root.
        ulid: the document's identity, which stays when it is renumbered.
    """
    try:
        raw = json.loads(_path(key, ulid).read_text(encoding="utf-8"))
        return Published(*(str(raw[name]) for name in Published._fields))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_published(key: str, ulid: str, published: Published) -> None:
    """Remember it.

    Raises:
        StorageError: the disk refused.
    """
    write_file(_path(key, ulid), json.dumps(published._asdict()).encode(), mode=0o600)


def _path(key: str, ulid: str) -> Path:
    return Path(os.path.join(state_root(), key, "published", f"{ulid}.json"))
