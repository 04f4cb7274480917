"""Incident recorder, runbook and postmortem generator for the terminal."""

__version__ = "0.1.0"
