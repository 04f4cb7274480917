"""The library: what was filed, found again."""
