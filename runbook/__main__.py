"""Lets ``python -m runbook`` do what the ``runbook`` command does."""

from runbook.cli.main import entry

if __name__ == "__main__":
    entry()
