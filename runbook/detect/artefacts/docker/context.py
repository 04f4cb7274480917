"""Queries about the build context: what is sent, what is kept out, and what the copied files are like.

What lies beside the Dockerfile is asked only where it is on disk. The context need not be the Dockerfile's own folder,
so what is missing there may be somewhere else: such findings are marked as not certain.
"""

from __future__ import annotations

import posixpath
import re

from runbook.detect.artefacts.docker.places import Context, is_everything, sources_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.artefact import Folder, Reported
    from runbook.detect.artefacts.docker.syntax import Instruction, Stage

_PARENTS = ("", "../", "../../")
"""Folders that may be the context: a Dockerfile's own and the two above it."""

_OCTAL = re.compile(r"[0-7]{3,4}")
_ARTIFACTS = frozenset({"dist", "build", "out", "target", ".next", ".output", "_site"})
_SECRET_NAME = re.compile(
    r"(?i)\s*(?:export\s+)?(\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)\w*)"
    r"\s*=\s*[\"']?[^\s\"'<$]{4,}"
)
_WORKSPACES = (
    "packages",
    "apps",
    "services",
    "modules",
    "libs",
    "frontend",
    "backend",
    "client",
    "server",
    "web",
    "ui",
    "api",
)


def copies_from_outside(context: Context) -> Iterator[Reported]:
    """A source above the context, also in the exec form and on continued lines."""
    for instruction in context.file.instructions:
        for source in sources_of(instruction):
            if posixpath.normpath(source).startswith("../") or posixpath.normpath(source) == "..":
                yield context.at("copy-outside-context", instruction, source, path=source)


def no_dockerignore(context: Context) -> Iterator[Reported]:
    """Everything is copied and no ``.dockerignore`` is in reach."""
    folder = context.artefact.folder
    broad = _broad_copy(context)
    if folder is None or broad is None or ignore_file(context) is not None:
        return
    yield context.at("no-dockerignore", broad)


def ignores_top_level_only(context: Context) -> Iterator[Reported]:
    """``node_modules`` in ``.dockerignore`` matches at the context's root; nested projects' are sent all the same."""
    folder = context.artefact.folder
    found = ignore_file(context)
    if folder is None or found is None:
        return
    root, text = found
    patterns = [line.strip().strip("/") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if "node_modules" not in patterns or any(each.startswith("**") and "node_modules" in each for each in patterns):
        return
    if "*" in patterns or "**" in patterns:
        return
    nested = _nested_project(folder, root)
    sent = next((each for each in context.file.instructions if sources_of(each)), None)
    if nested and sent is not None:
        yield context.at("ignore-top-level-only", _broad_copy(context) or sent, size="The nested node_modules folders")


def env_file_copied(context: Context) -> Iterator[Reported]:
    """``COPY . .`` with an ``.env`` that holds secrets in the context and nothing that keeps it out."""
    folder, final = context.artefact.folder, context.file.final
    if folder is None or final is None:
        return
    text = folder.text(".env")
    secret = next((found for line in (text or "").split("\n") if (found := _SECRET_NAME.match(line[:300]))), None)
    if secret is None or is_ignored(context, ".env"):
        return
    for instruction in final.lineage():
        if any(is_everything(source) for source in sources_of(instruction)):
            yield context.at("env-file-copied", instruction, name=f"{secret[1]} (in .env)")
            return


def artifact_not_built(context: Context) -> Iterator[Reported]:
    """A build's output is copied from the context, where it is not, or where ``.dockerignore`` hides it."""
    folder = context.artefact.folder
    if folder is None:
        return
    for instruction in context.file.instructions:
        for source in sources_of(instruction):
            parts = posixpath.normpath(source).split("/")
            if not _ARTIFACTS & set(parts) or any(char in source for char in "*?[$"):
                continue
            if is_ignored(context, source):
                yield context.at("artifact-ignored", instruction, source, path=source)
            elif not any(folder.holds(above + source) for above in _PARENTS):
                yield context.at("artifact-not-built", instruction, source, certain=False, path=source)


def scripts_that_cannot_start(context: Context) -> Iterator[Reported]:
    """A copied script that is called by its path: without its execute bit, with CRLF, or without its interpreter."""
    for stage in context.file.stages:
        copied: dict[str, tuple[Instruction, str]] = {}
        workdir, made_executable = "/", False
        for instruction in stage.lineage():
            if instruction.keyword == "WORKDIR" and instruction.words:
                workdir = posixpath.join(workdir, instruction.words[0])
            for path, source in _destinations(instruction, workdir):
                copied[path] = (instruction, source)
            made_executable |= any(
                command.program in {"chmod", "install", "dos2unix", "sed"} for command in instruction.commands
            )
            if instruction not in stage.body:
                continue
            for called in _called(instruction):
                found = _find(copied, called, workdir)
                if found is not None:
                    yield from _judge(context, stage, found, called, made_executable=made_executable)


def _judge(
    context: Context, stage: Stage, found: tuple[Instruction, str], called: str, *, made_executable: bool
) -> Iterator[Reported]:
    copy, source = found
    folder = context.artefact.folder
    mode = folder.mode(source) if folder is not None else None
    chmod = copy.flag("--chmod")
    if chmod is None and not made_executable:
        if mode is not None and not mode & 0o111:
            yield context.at("no-execute-bit", copy, source, path=called)
        elif mode is None and source.endswith((".sh", ".bash", ".py", ".pl", ".rb")):
            yield context.at("no-execute-bit", copy, source, certain=False, path=called)
    elif chmod is not None and not made_executable and _OCTAL.fullmatch(chmod) and not int(chmod, 8) & 0o111:
        yield context.at("no-execute-bit", copy, source, path=called)
    text = folder.text(source) if folder is not None else None
    first = text.split("\n", 1)[0] if text else ""
    if not first.startswith("#!"):
        return
    if first.endswith("\r") and not made_executable:
        yield context.at("script-with-crlf", copy, source, program=called)
    elif "bash" in first and _is_alpine(stage.base) and not _installs(stage, "bash"):
        yield context.at("interpreter-missing", copy, source, program=called)


def _is_alpine(image: str) -> bool:
    name, _colon, tag = image.rsplit("/", 1)[-1].partition(":")
    return name == "alpine" or "alpine" in tag.split("-")[-1] or "-alpine" in tag


def _installs(stage: Stage, program: str) -> bool:
    word = re.compile(rf"(?<![\w-]){re.escape(program)}(?![\w-])")
    return any(word.search(each.script) for each in stage.lineage() if each.keyword == "RUN")


def _called(instruction: Instruction) -> list[str]:
    """The programs that an instruction starts, as written."""
    if instruction.keyword in {"CMD", "ENTRYPOINT"}:
        return instruction.words[:1]
    if instruction.keyword != "RUN":
        return []
    from runbook.detect.commands import simple_commands  # noqa: PLC0415  only where a script was copied

    called = []
    for command in simple_commands(instruction.script):
        words = instruction.script[command.start : command.end].split()
        called += [word for word in words if "=" not in word][:1]
    return called


def _destinations(instruction: Instruction, workdir: str) -> Iterator[tuple[str, str]]:
    """(path in the image, path in the context) of each single file that is copied, as far as can be seen."""
    sources = sources_of(instruction)
    if not sources:
        return
    target = instruction.words[-1]
    for source in sources:
        if is_everything(source) or any(char in source for char in "*?[$"):
            continue
        name = posixpath.basename(source.rstrip("/"))
        into = (
            target.endswith("/") or len(sources) > 1 or target in {".", ".."} or "." not in posixpath.basename(target)
        )
        path = posixpath.join(workdir, target, name) if into and "." in name else posixpath.join(workdir, target)
        yield posixpath.normpath(path), posixpath.normpath(source)
        if into:
            yield posixpath.normpath(posixpath.join(workdir, target)), posixpath.normpath(source)


def _find(copied: dict[str, tuple[Instruction, str]], called: str, workdir: str) -> tuple[Instruction, str] | None:
    if "/" in called:
        return copied.get(posixpath.normpath(posixpath.join(workdir, called)))
    for folder in ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"):
        if f"{folder}/{called}" in copied:
            return copied[f"{folder}/{called}"]
    return None


def _broad_copy(context: Context) -> Instruction | None:
    return next(
        (each for each in context.file.instructions if any(is_everything(source) for source in sources_of(each))), None
    )


def ignore_file(context: Context) -> tuple[str, str] | None:
    """The ``.dockerignore`` that counts, as (folder relative to the Dockerfile's, text)."""
    folder = context.artefact.folder
    if folder is None:
        return None
    name = context.artefact.name
    names = (f"{name}.dockerignore", ".dockerignore") if name else (".dockerignore",)
    for above in _PARENTS:
        for each in names:
            text = folder.text(above + each)
            if text is not None:
                return above, text
        if folder.holds(above + ".git"):
            return None
    return None


def is_ignored(context: Context, path: str) -> bool:
    """Whether the ``.dockerignore`` beside the Dockerfile keeps ``path`` out; one further up says nothing certain."""
    found = ignore_file(context)
    if found is None or found[0]:
        return False
    import pathspec  # noqa: PLC0415  only where there is such a file

    patterns = []
    for line in found[1].splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            negated, bare = ("!", text[1:]) if text.startswith("!") else ("", text)
            patterns.append(f"{negated}/{posixpath.normpath(bare).lstrip('/')}")  # they match from the root only
    try:
        spec = pathspec.GitIgnoreSpec.from_lines(patterns)
    except ValueError:
        return False  # a pattern that is none
    return bool(spec.match_file(posixpath.normpath(path)))


def _nested_project(folder: Folder, root: str) -> bool:
    """Whether a folder below the context has a Node project of its own."""
    for name in _WORKSPACES:
        if folder.holds(f"{root}{name}/package.json"):
            return True
    return bool(folder.holds(f"{root}packages") and folder.holds(f"{root}package.json"))
