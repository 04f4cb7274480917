"""Dockerfiles: a reader that keeps line numbers, and queries for what hadolint does not say."""
