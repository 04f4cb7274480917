"""Data: the real 48-hour incident this project exists to prevent, as it would have been recorded and answered.

``session.yaml`` is what was recorded, ``incident.yaml`` and ``deployment-*.yaml`` are the interview's answers, and
``evidence/`` is what programs printed. ``runbook demo`` replays them, and this project's own ``incidents/`` is made of
them.
"""
