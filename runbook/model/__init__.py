"""The vocabulary every room shares. Nothing is imported here: the hot path needs only a few of these modules."""
