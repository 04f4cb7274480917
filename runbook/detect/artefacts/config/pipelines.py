"""What a pipeline starts for its tests and throws away with the job: passwords that guard nothing.

The manuals of the CI systems themselves show ``POSTGRES_PASSWORD: postgres`` and
``POSTGRES_HOST_AUTH_METHOD: trust`` for the databases of a job
(https://docs.github.com/en/actions/tutorials/use-containerized-services/create-postgresql-service-containers,
https://docs.gitlab.com/ci/services/postgres/). Such a line is worth a hint, not an alarm.
"""

from __future__ import annotations

import re

from runbook.detect.artefacts.config.flavour import flavour

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.artefacts.artefact import Artefact

THROWAWAY = frozenset({"compose/security-disabled", "db/hardcoded-credentials"})
"""Signatures whose findings are a hint where a pipeline's own services are meant."""

_PATH = re.compile(
    r"(?:^|/)(?:\.github/workflows/.*|\.circleci/.*|\.buildkite/.*|\.woodpecker/.*|\.forgejo/workflows/.*|\.gitea/workflows/.*|"
    r"\.(?:drone|travis|woodpecker|cirrus|appveyor)|[\w.-]*gitlab-ci|bitbucket-pipelines|azure-pipelines[\w.-]*|appveyor)\.ya?ml$"
)
_LINE = re.compile(
    r"\b(?:PGPASSWORD|POSTGRES_PASSWORD|POSTGRES_HOST_AUTH_METHOD|(?:MYSQL|MARIADB)_(?:ROOT_)?PASSWORD|MSSQL_SA_PASSWORD"
    r"|MONGO_INITDB_ROOT_PASSWORD|\w*ALLOW_EMPTY_(?:ROOT_)?PASSWORD|DISABLE_SECURITY_PLUGIN)\b|security\.(?:enabled|disabled)"
    r"|://[^\s@/]*@(?:localhost|127\.0\.0\.1|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|rabbitmq|db|database)[:/]"
)


def is_pipeline(path: str) -> bool:
    """Whether a path is one that a CI system reads its jobs from."""
    return _PATH.search(path.replace("\\", "/").lower()) is not None


def without_throwaway(artefact: Artefact) -> str | None:
    """The text of a pipeline with empty lines for what lives as long as a job; None where nothing is left out."""
    if not is_pipeline(artefact.path) and flavour(artefact) not in {"github-workflow", "gitlab-ci"}:
        return None
    lines = ["" if _LINE.search(line) else line for line in artefact.lines]
    return "\n".join(lines) if lines != artefact.lines else None
