"""The corridor: the one place where the order of the stages is written."""
