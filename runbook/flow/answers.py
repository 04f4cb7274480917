"""Answers from a file, as reception reaches them."""

from __future__ import annotations

from runbook.capture.answers import load_answers, read_answers
from runbook.record.places import zone_name

__all__ = ["load_answers", "read_answers", "zone_name"]
