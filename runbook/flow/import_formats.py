"""The names of the import formats, as reception reaches them."""

from __future__ import annotations


def format_names() -> list[str]:
    """Every format that ``runbook import`` knows, other distributions' included."""
    from runbook.capture.import_formats import all_importers

    return sorted(all_importers()[0])
