"""The hands: backups, rollback, checks, runbooks, the environment audit."""
