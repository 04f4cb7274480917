"""The standard descriptors, as reception reaches them; cheap, because `run` begins with it."""

from __future__ import annotations

from runbook.capture.streams import reserve_standard_descriptors

__all__ = ["reserve_standard_descriptors"]
