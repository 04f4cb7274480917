"""One file per rule. Its name is the rule's code and name; :mod:`runbook.review.registry` finds it."""
