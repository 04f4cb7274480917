"""Queries about layers: order, size, and what is left in the image that runs."""

from __future__ import annotations

from runbook.detect.artefacts.docker import installs
from runbook.detect.artefacts.docker.places import Context, is_everything, sources_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.artefact import Reported
    from runbook.detect.artefacts.docker.syntax import Instruction, Stage
    from runbook.detect.commands import SimpleCommand

_COMPILER_IMAGES = frozenset({"golang", "rust", "maven", "gradle", "gcc", "sbtscala/scala-sbt", "haskell", "swift"})


def dependencies_after_source(context: Context) -> Iterator[Reported]:
    """Everything is copied, then dependencies are installed: each change of any file installs them again."""
    for stage in context.file.stages:
        broad: Instruction | None = None
        managers: set[str] = set()
        for instruction in stage.lineage():
            if any(is_everything(source) for source in sources_of(instruction)):
                broad = broad or instruction
            for command in instruction.commands:
                manager = installs.dependencies_by(command)
                if manager and broad is not None and manager not in managers and instruction in stage.body:
                    yield context.at("dependencies-after-source", broad, command=command.text, manager=manager)
                managers.add(manager)


def update_apart(context: Context) -> Iterator[Reported]:
    """``apt-get update`` in a layer of its own: later builds install from the list of an earlier day."""
    for instruction in context.file.instructions:
        commands = instruction.commands
        updates = [each for each in commands if each.program in {"apt-get", "apt"} and "update" in each.args]
        uses = [each for each in commands if each.program in {"apt-get", "apt"} and "update" not in each.args]
        if updates and not uses and not any(each.program in {"pip", "curl", "wget"} for each in commands):
            yield context.at("update-apart", instruction, "update")


def single_stage_toolchain(context: Context) -> Iterator[Reported]:
    """Compilers in the stage that runs."""
    final = context.file.final
    if final is None or context.for_development or not _starts_something(final):
        return
    for instruction in final.lineage():
        commands = instruction.commands
        if any(installs.removes_packages(command) for command in commands):
            continue
        for command in commands:
            tools = [name for name in installs.system_packages(command) if installs.TOOLCHAIN.fullmatch(name)]
            if tools:
                yield context.at("single-stage-toolchain", instruction, tools[0], tool=tools[0])
                return
    image = final.base.rsplit("@", 1)[0].rsplit(":", 1)[0].removeprefix("docker.io/").removeprefix("library/")
    if image in _COMPILER_IMAGES or final.base.startswith("mcr.microsoft.com/dotnet/sdk"):
        yield context.at("single-stage-toolchain", final.start, final.image, tool=image)


def development_dependencies(context: Context) -> Iterator[Reported]:
    """Development packages in the stage that runs, installed there or copied from the stage that built."""
    final = context.file.final
    if final is None or context.for_development or not _is_run(final):
        return
    guilty = _development_install(final)
    if guilty is not None:
        instruction, command = guilty
        yield context.at("development-dependencies", instruction, command.program, command=command.text)
    for instruction in final.body:
        origin = instruction.flag("--from") if instruction.keyword == "COPY" else None
        if origin is None or not any("node_modules" in word or "/vendor" in word for word in instruction.words[:-1]):
            continue
        stage = _stage_called(context, origin)
        made = _development_install(stage) if stage is not None else None
        if made is not None:
            yield context.at("development-dependencies", instruction, "node_modules", command=made[1].text)


def _development_install(stage: Stage) -> tuple[Instruction, SimpleCommand] | None:
    """The last install of development packages that nothing takes back."""
    environment: dict[str, str] = {}
    found: tuple[Instruction, SimpleCommand] | None = None
    for instruction in stage.lineage():
        if instruction.keyword == "ENV":
            environment.update(pairs_of(instruction))
        for command in instruction.commands:
            if installs.prunes(command):
                found = None
            elif installs.dependencies_by(command):
                local = {**environment, **dict(each.partition("=")[::2] for each in command.env)}
                found = (instruction, command) if installs.with_development(command, local) else None
    return found


def _stage_called(context: Context, name: str) -> Stage | None:
    if name.isdigit() and int(name) < len(context.file.stages):
        return context.file.stages[int(name)]
    return next((stage for stage in context.file.stages if stage.name == name.lower()), None)


def _starts_something(stage: Stage) -> bool:
    return any(instruction.keyword in {"CMD", "ENTRYPOINT"} for instruction in stage.lineage())


def _is_run(stage: Stage) -> bool:
    """Whether the stage is there to be run: it starts something, or says as whom or on which port."""
    return any(each.keyword in {"CMD", "ENTRYPOINT", "USER", "EXPOSE", "HEALTHCHECK"} for each in stage.lineage())


def pairs_of(instruction: Instruction) -> dict[str, str]:
    """Names and values of an ``ENV`` or ``ARG``, both forms; an ``ARG`` without a value has ""."""
    words = instruction.words
    if instruction.keyword == "ENV" and words and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return {name: value for name, _equals, value in (word.partition("=") for word in words)}
