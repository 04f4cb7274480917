"""Whole files, as the field's own parsers and linters see them: Compose files, Dockerfiles, scripts, manifests.

A detector is one module with ``check(artefact) -> list[Reported]``; :mod:`~runbook.detect.artefacts.registry` names it
and :mod:`~runbook.detect.artefacts.examine` turns what it reports into findings.
"""
