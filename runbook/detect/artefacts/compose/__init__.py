"""Compose files: the published schema, compose-lint, and questions of our own that neither asks."""
