"""The press: turns a record into Markdown that renders the same everywhere."""
