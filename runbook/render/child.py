"""The process in which a team's templates are rendered: a job on standard input, an answer on standard output.

It has no environment to speak of, and limits that the operating system enforces. See :mod:`runbook.render.environment`.
"""

from __future__ import annotations

import json
import resource
import sys

from runbook.render.environment import CPU_SECONDS, MEMORY_BYTES, run_job


def main() -> None:
    """Read the job, take away what rendering does not need, answer."""
    job = json.load(sys.stdin.buffer)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a pipe is no file: it may answer, and write nothing else
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(json.dumps(run_job(job)).encode())
