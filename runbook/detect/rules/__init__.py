"""The timeline rules: functions over a :class:`runbook.detect.events.Story`, named as the rule with ``_`` for ``-``."""
