"""The hands: what touches running systems, and what keeps a hand from the wrong thing."""
