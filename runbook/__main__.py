"""Lets ``python -m runbook`` do what the ``runbook`` command does."""

from runbook.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
