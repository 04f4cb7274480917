"""Where templates come from, and the sandbox in which they run.

A team's ``templates/`` wins over the packaged ones, file by file. From a team's own template
``{% extends "runbook/incident.md.j2" %}`` reaches the packaged one, to replace one block and keep the rest.

Packaged templates are ours and run here. A team's come with a clone of somebody's repository, so they run in a process
of their own with a ceiling on memory, time and output: the sandbox keeps them from Python, not from ``'x' * 10**9``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from runbook.errors import BadInputError
from runbook.render.literal import comment_id
from runbook.render.values import bullet, cell, from_plain, to_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "runbook/"
SUFFIX = ".md.j2"
MAX_TEMPLATE_BYTES = 1_000_000
MAX_REPORT_BYTES = 20_000_000
MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 2
WALL_SECONDS = 10
_TOO_MUCH = "the template takes too much time or memory"
_FIX_IT = "look for a loop or a repetition that grows without end, or remove the file to use the packaged template"


class SourceLoader(jinja2.BaseLoader):
    """Templates from a dictionary. Each is compiled under its own name, so that a traceback names template and line."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """As Jinja asks for it."""
        del environment
        if template not in self.sources:
            raise jinja2.TemplateNotFound(template)
        return self.sources[template], template, lambda: True


class TemplateFailedError(Exception):
    """A template did not render.

    Args:
        message: what is wrong, without a full stop.
        name: the template, as the loader knows it.
        line: 1-based line in it, or None.
    """

    def __init__(self, message: str, name: str, line: int | None) -> None:
        super().__init__(message)
        self.message, self.name, self.line = message, name, line


def packaged_folder() -> Path:
    """The folder of the packaged templates: inside the package in a wheel, beside it in a checkout.

    An editable install copies the wheel's extra folders to where nothing looks, so a checkout's own are used.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / f"incident{SUFFIX}").is_file():
            return folder
    raise BadInputError("the packaged report templates are missing", hint="install incident-runbook again")


def render(name: str, context: Mapping[str, Any], folder: Path | None) -> str:
    """Render template ``name`` with ``context``.

    Args:
        name: file name, such as ``incident.md.j2``.
        context: plain values and those of :mod:`runbook.render.values`.
        folder: the team's templates, if the repository has any.

    Raises:
        BadInputError: a team's template is broken; names file and line.
    """
    packaged = _read_folder(packaged_folder(), trusted=True)
    team = _read_folder(folder, trusted=False) if folder is not None and folder.is_dir() else {}
    sources = {**{PREFIX + key: text for key, text in packaged.items()}, **packaged, **team}
    if not team:
        return _packaged_environment(tuple(sources.items())).get_template(name).render(context)
    try:
        return _render_apart(name, context, sources)
    except TemplateFailedError as error:
        file = str(folder / error.name) if folder is not None and error.name in team else error.name
        raise BadInputError(error.message, file=file, line=error.line, hint=_hint(error, context)) from None


@lru_cache(maxsize=1)
def _packaged_environment(sources: tuple[tuple[str, str], ...]) -> jinja2.Environment:
    """Templates are compiled once for all the documents that one process renders."""
    return environment(dict(sources))


def _hint(error: TemplateFailedError, context: Mapping[str, Any]) -> str:
    if error.message.startswith(_TOO_MUCH):
        return _FIX_IT
    if "undefined" in error.message:
        return f"a template may use: {', '.join(sorted(context))}"
    return 'correct the file; {% extends "runbook/incident.md.j2" %} and one {% block %} are enough to change a section'


def environment(sources: Mapping[str, str]) -> jinja2.Environment:
    """The sandbox: no escape to Python, no assignment to what it is given, an undefined name is an error."""
    made = ImmutableSandboxedEnvironment(
        loader=SourceLoader(sources),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # Markdown, not HTML; values escape themselves, see runbook.render.values
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["cell"] = cell
    made.filters["bullet"] = bullet
    made.filters["comment_id"] = comment_id
    return made


def _read_folder(folder: Path, *, trusted: bool) -> dict[str, str]:
    """Every template of a folder by its name. A team's may not lead out of the folder through a symbolic link."""
    sources: dict[str, str] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if not trusted and (path.is_symlink() or not path.is_file()):
            raise BadInputError(
                "a template must be a regular file", file=str(path), hint="copy the file it points to here"
            )
        try:
            if path.stat().st_size > MAX_TEMPLATE_BYTES:
                raise BadInputError("the template is larger than 1 MB", file=str(path))
            sources[path.name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise BadInputError(
                "the template is not UTF-8", file=str(path), line=line, hint="save it as UTF-8"
            ) from None
        except OSError as error:
            raise BadInputError(f"the template cannot be read: {error.strerror}", file=str(path)) from None
    return sources


def render_here(name: str, context: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """Render in this process.

    Raises:
        TemplateFailedError: whatever the template did wrong, with its line.
    """
    try:
        return environment(sources).get_template(name).render(context)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateFailedError(
            _sentence(error.message or "syntax error"), error.name or name, error.lineno
        ) from None
    except jinja2.TemplateNotFound as error:
        where, line = _place(error, sources, name)
        raise TemplateFailedError(f"there is no template {error.name or error.message!r}", where, line) from None
    except (MemoryError, RecursionError, OverflowError) as error:
        where, line = _place(error, sources, name)
        raise TemplateFailedError(_TOO_MUCH, where, line) from None
    except Exception as error:  # noqa: BLE001  a template can raise anything: a TypeError of a filter, a SecurityError
        where, line = _place(error, sources, name)
        raise TemplateFailedError(_sentence(str(error) or type(error).__name__), where, line) from None


def _sentence(message: str) -> str:
    return message.strip().rstrip(".")


def _place(error: BaseException, sources: Mapping[str, str], name: str) -> tuple[str, int | None]:
    """Template and line of the innermost frame that is one: Jinja maps its own code back to them."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in sources]
    return (frames[-1].filename, frames[-1].lineno) if frames else (name, None)


_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from runbook.render.child import main; main()"


def _render_apart(name: str, context: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    job = json.dumps({"name": name, "context": to_plain(context), "sources": sources})
    path = json.dumps([entry or str(Path.cwd()) for entry in sys.path])
    kept = {key: value for key, value in os.environ.items() if key in {"LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT"}}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-c", _BOOT, path],
            input=job.encode("utf-8", "backslashreplace"),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            env=kept,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        _give_up(name)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        _give_up(name)
    if "markdown" in answer:
        return str(answer["markdown"])
    raise TemplateFailedError(answer["message"], answer["name"], answer["line"])


def _give_up(name: str) -> NoReturn:
    raise TemplateFailedError(_TOO_MUCH, name, None)


def run_job(job: Mapping[str, Any]) -> dict[str, Any]:
    """What the child process does with one job: the answer that :func:`_render_apart` reads."""
    try:
        markdown = render_here(job["name"], from_plain(job["context"]), job["sources"])
    except TemplateFailedError as error:
        return {"message": error.message, "name": error.name, "line": error.line}
    if len(markdown) > MAX_REPORT_BYTES:
        return {"message": _TOO_MUCH, "name": job["name"], "line": None}
    return {"markdown": markdown}
