"""The detector ``dockerfile``: queries for what hadolint does not say, or says without its context."""

from __future__ import annotations

from runbook.detect.artefacts.artefact import Artefact, Reported
from runbook.detect.artefacts.docker import context as sent
from runbook.detect.artefacts.docker import layers, running
from runbook.detect.artefacts.docker.places import DETECTOR, Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_QUERIES: tuple[Callable[[Context], Iterator[Reported]], ...] = (
    layers.dependencies_after_source,
    layers.update_apart,
    layers.single_stage_toolchain,
    layers.development_dependencies,
    sent.copies_from_outside,
    sent.no_dockerignore,
    sent.ignores_top_level_only,
    sent.env_file_copied,
    sent.artifact_not_built,
    sent.scripts_that_cannot_start,
    running.runs_as_root,
    running.latest_image,
    running.argument_out_of_scope,
    running.secret_written,
    running.health_check_program,
    running.check_cannot_fail,
    running.no_graceful_stop,
    running.hardcoded_path,
    running.remote_add,
)

_CODES = frozenset(
    {
        *("dependencies-after-source", "update-apart", "single-stage-toolchain", "development-dependencies"),
        *("copy-outside-context", "no-dockerignore", "ignore-top-level-only", "env-file-copied", "artifact-ignored"),
        *("artifact-not-built", "no-execute-bit", "script-with-crlf", "interpreter-missing", "runs-as-root"),
        *("latest-image", "argument-out-of-scope", "secret-written", "healthcheck-program", "check-cannot-fail"),
        *("stop-by-kill", "shell-form", "hardcoded-path", "remote-add", "invalid-pairs", "syntax"),
    }
)


def codes() -> frozenset[str]:
    """The names of all queries."""
    return _CODES


def check(artefact: Artefact) -> list[Reported]:
    """What the queries find, in the order of the queries."""
    context = Context(artefact)
    found = list(_problems(context))
    if context.file.stages:
        for query in _QUERIES:
            found += query(context)
    return found


def _problems(context: Context) -> Iterator[Reported]:
    """What a builder would stop at."""
    for problem in context.file.problems:
        if problem.what in {"no-from", "before-from"} and not context.artefact.path:
            continue  # a few pasted lines need not begin with FROM
        line = context.lines[problem.line - 1]
        start = line.find(problem.word) if problem.word else -1
        column = start + 1 if start >= 0 else len(line) - len(line.lstrip()) + 1
        yield Reported(
            DETECTOR,
            "invalid-pairs" if problem.what == "pairs" else "syntax",
            line=problem.line,
            column=column,
            end_column=column + len(problem.word) if start >= 0 else 0,
            message=problem.message,
            captures={"word": problem.word, "problem": problem.message},
        )
