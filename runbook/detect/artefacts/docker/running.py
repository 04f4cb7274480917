"""Queries about the container that runs: its user, its health check, its first process, the variables it sees."""

from __future__ import annotations

import re

from runbook.detect.artefacts.docker.layers import pairs_of
from runbook.detect.artefacts.docker.places import Context, sources_of
from runbook.detect.commands import simple_commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook.detect.artefacts.artefact import Reported
    from runbook.detect.artefacts.docker.syntax import Instruction, Stage

_DROPS_PRIVILEGES = frozenset(
    {
        *(
            "postgres",
            "mysql",
            "mariadb",
            "mongo",
            "redis",
            "valkey",
            "nginx",
            "httpd",
            "rabbitmq",
            "memcached",
            "traefik",
        ),
        *("haproxy", "caddy", "memcached", "elasticsearch", "opensearch", "keycloak", "grafana", "prometheus", "php"),
    }
)
"""Images whose own first process gives up root."""

_PLATFORM = frozenset(
    {
        *(
            "TARGETPLATFORM",
            "TARGETOS",
            "TARGETARCH",
            "TARGETVARIANT",
            "BUILDPLATFORM",
            "BUILDOS",
            "BUILDARCH",
            "BUILDVARIANT",
        ),
    }
)
_VARIABLE = re.compile(r"(?<![\\$])\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)([^}]*)\})")
_SECRET_WORD = re.compile(
    r"(?i)\b(\w*(?:api_?key|token|secret|password|(?:\b|[^o\W]|[^n\W]o)passwd|private_key|credentials?)\w*)\s*[=:]"
)
"""Not ``NOPASSWD:``, by which sudoers(5) says that none is asked for."""

_NETRC = re.compile(r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+\S")
"""A line of netrc(5)."""

_SLIM = re.compile(
    r"^(?:node|python|ruby|rust|perl|openjdk|golang)(?::[\w.-]*slim[\w.-]*)$|^(?:debian|ubuntu)(?::[\w.-]+)?$"
)
_ALPINE = re.compile(
    r"^(?:alpine(?::[\w.-]+)?|(?:node|python|ruby|golang|oven/bun|rust|eclipse-temurin)(?::[\w.-]*alpine[\w.-]*))$"
)
_HOME = re.compile(r"(?:/home/([a-z_][\w-]*)|/Users/([A-Za-z][\w.-]*))(?:/[\w.-]+)+")
_PATH = re.compile(r"(?<![\w$}{./:-])/(?!proc|sys|dev|etc|usr|bin|var/lib/apt|tmp|root|run)[\w.-]+(?:/[\w.-]+)+")
MAX_TEXT = 2000
"""Characters of an instruction that patterns are tried on."""

_REPEATED = 4
"""So many instructions that spell one path out make it worth a variable."""


def runs_as_root(context: Context) -> Iterator[Reported]:
    """No ``USER``, or ``USER root``, in the stage that runs."""
    final = context.file.final
    if final is None:
        return
    lineage = final.lineage()
    starts = [each for each in lineage if each.keyword in {"CMD", "ENTRYPOINT"}]
    if not starts or any(re.search(r"\b(?:gosu|su-exec|setpriv|s6-setuidgid|chroot)\b", each.text) for each in lineage):
        return
    users = [each for each in lineage if each.keyword == "USER" and each.words]
    if users:
        if users[-1].words[0].split(":")[0] in {"root", "0"}:
            yield context.at("runs-as-root", users[-1])
        return
    image = final.base.lower()
    if re.search(r"nonroot|unprivileged|rootless|chainguard|bitnami", image) or _short(image) in _DROPS_PRIVILEGES:
        return
    yield context.at("runs-as-root", starts[-1])


def _short(image: str) -> str:
    return image.split("@", maxsplit=1)[0].rsplit("/", 1)[-1].split(":", maxsplit=1)[0]


def latest_image(context: Context) -> Iterator[Reported]:
    """An image without a tag, or with ``latest``, also as a source of ``COPY --from``."""
    names = {stage.name for stage in context.file.stages if stage.name}
    for instruction in context.file.instructions:
        image = (
            instruction.words[0] if instruction.keyword == "FROM" and instruction.words else instruction.flag("--from")
        )
        image = _with_defaults(image or "", context)
        if not image or image.lower() in names or image == "scratch" or image.isdigit() or "$" in image or "@" in image:
            continue
        tag = image.rsplit("/", 1)[-1].partition(":")[2]
        if tag == "latest" or (not tag and instruction.keyword == "FROM"):
            yield context.at("latest-image", instruction, image, image=image)


def _with_defaults(image: str, context: Context) -> str:
    """``image`` as a build without arguments sees it: with the defaults of the ``ARG`` before the first ``FROM``."""
    if "$" not in image:
        return image
    defaults = {name: value for each in context.file.globals for name, value in pairs_of(each).items() if value}

    def value(found: re.Match[str]) -> str:
        given = found[3][2:] if found[3] and found[3].startswith(":-") else ""
        return defaults.get(found[1] or found[2]) or given or found[0]

    return _VARIABLE.sub(value, image)


def argument_out_of_scope(context: Context) -> Iterator[Reported]:
    """A variable of the lines before ``FROM`` that a stage uses without declaring it again: it is empty there."""
    outer = {name for each in context.file.globals for name in pairs_of(each)} | _PLATFORM
    for stage in context.file.stages:
        known: set[str] = set()
        told: set[str] = set()
        for instruction in stage.lineage():
            if instruction in stage.body:
                for name in _uses(instruction, outer - known - told):
                    told.add(name)
                    needle = f"${name}" if f"${name}" in instruction.text else f"${{{name}"
                    yield context.at("argument-out-of-scope", instruction, needle, name=name)
            if instruction.keyword in {"ARG", "ENV"}:
                known.update(pairs_of(instruction))


def _uses(instruction: Instruction, names: set[str]) -> list[str]:
    if not names or instruction.keyword in {"CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD", "SHELL"}:
        return []  # those see the container's environment, not the build's
    text = instruction.script if instruction.keyword == "RUN" else instruction.text
    if instruction.keyword == "RUN" and instruction.exec_form:
        return []
    text = re.sub(r"'[^']*'", "''", text[: 8 * MAX_TEXT])
    found = []
    for match in _VARIABLE.finditer(text):
        name = match[1] or match[2]
        if name in names and not (match[3] or "").startswith((":-", "-", ":+", "+")) and name not in found:
            assigned = instruction.keyword == "RUN" and re.search(
                rf"(?:\b{name}=|\b(?:for|read(?: -r)?) {name}\b)", text
            )
            if not assigned:
                found.append(name)
    return found


def secret_written(context: Context) -> Iterator[Reported]:
    """A ``RUN`` that writes a secret into a file of the image."""
    for instruction in context.file.instructions:
        commands = instruction.commands
        mounted = any(flag == "--mount" and "type=secret" in value for flag, value in instruction.flags)
        removed = {name for each in commands if each.program == "rm" for name in each.args}
        for command in commands:
            files = [name for name in command.writes if not name.startswith(("/dev/", "/proc/", "/run/", "&"))]
            kept = [name for name in files if name not in removed]
            if not kept:
                continue
            text = " ".join(command.args)[:MAX_TEXT]
            named = _SECRET_WORD.search(text) if command.program in {"echo", "printf"} else None
            if named is not None and not text.rstrip("\"' ").endswith(("=", ":")):
                yield context.at("secret-written", instruction, kept[-1], name=named[1])
                break
            if _NETRC.search(text) and command.program in {"echo", "printf"}:
                yield context.at("secret-written", instruction, kept[-1], name=kept[-1])
                break
            if mounted and command.program in {"cat", "cp", "tee"} and "/run/secrets" in text:
                yield context.at("secret-written", instruction, kept[-1], name=kept[-1])
                break


def health_check_program(context: Context) -> Iterator[Reported]:
    """A health check that calls a program the base image is known not to have."""
    for stage in context.file.stages:
        for instruction in stage.body:
            if instruction.keyword != "HEALTHCHECK":
                continue
            for command in simple_commands(_check_text(instruction)):
                if command.program in _lacking(stage.base) and not _brought(stage, command.program):
                    yield context.at("healthcheck-program", instruction, command.program, program=command.program)
                    break


def _lacking(image: str) -> frozenset[str]:
    bare = image.lower().split("@")[0].removeprefix("docker.io/").removeprefix("library/")
    if _ALPINE.match(bare):
        return frozenset({"curl", "bash"})
    if _SLIM.match(bare):
        return frozenset({"curl", "wget", "nc"})
    if bare.startswith("gcr.io/distroless/") or bare == "scratch":
        return frozenset({"curl", "wget", "nc", "sh", "bash"})
    return frozenset()


def _brought(stage: Stage, program: str) -> bool:
    """Whether an earlier instruction names the program: installs it, copies it."""
    word = re.compile(rf"(?<![\w-]){re.escape(program)}(?![\w-])")
    return any(
        word.search(each.script if each.keyword == "RUN" else each.text)
        for each in stage.lineage()
        if each.keyword in {"RUN", "COPY", "ADD"}
    )


def _check_text(instruction: Instruction) -> str:
    """The command of a ``HEALTHCHECK``."""
    keyword, _blank, rest = instruction.text.partition(" ")
    if keyword.upper() != "CMD":
        return ""
    from runbook.detect.artefacts.docker.syntax import exec_form  # noqa: PLC0415  health checks are rare

    items = exec_form(rest.strip())
    if items is None:
        return rest.strip()
    from shlex import join  # noqa: PLC0415

    return join(items)


def check_cannot_fail(context: Context) -> Iterator[Reported]:
    """A health check whose last word is always success, or that takes an HTTP error for one."""
    for instruction in context.file.instructions:
        if instruction.keyword != "HEALTHCHECK":
            continue
        text = _check_text(instruction)
        swallowed = re.search(r"(?:\|\|\s*(?:true|:|exit 0|echo\b[^|;&]*)|;\s*(?:true|exit 0))\s*[\"']?\s*$", text)
        if swallowed:
            yield context.at("check-cannot-fail", instruction, swallowed[0].strip(), check=swallowed[0].strip())
            continue
        for command in simple_commands(text):
            if command.program == "curl" and "|" not in text and not _fails_on_errors(command.args):
                yield context.at("check-cannot-fail", instruction, "curl", certain=False, check="curl without --fail")


def _fails_on_errors(arguments: tuple[str, ...]) -> bool:
    return any(
        each in {"--fail", "--fail-with-body"}
        or re.fullmatch(r"-[a-zA-Z]*f[a-zA-Z]*", each)
        or each in {"-w", "--write-out"}
        for each in arguments
    )


def no_graceful_stop(context: Context) -> Iterator[Reported]:
    """A first process that never sees SIGTERM: started by a shell, or told to stop with SIGKILL."""
    final = context.file.final
    for instruction in final.lineage() if final else []:
        if (
            instruction.keyword == "STOPSIGNAL"
            and instruction.words[:1]
            and instruction.words[0].upper() in {"SIGKILL", "KILL", "9"}
        ):
            yield context.at("stop-by-kill", instruction, container="CONTAINER")
        elif _is_shell_form(instruction) and not re.search(r"(?:^|[;&|]\s*)exec\s", instruction.text[:MAX_TEXT]):
            yield context.at("shell-form", instruction, certain=False, container="CONTAINER")


def _is_shell_form(instruction: Instruction) -> bool:
    return instruction.keyword in {"CMD", "ENTRYPOINT"} and bool(instruction.words) and not instruction.exec_form


def hardcoded_path(context: Context) -> Iterator[Reported]:
    """A path of somebody's own machine, or one path spelt out again and again."""
    owned = " ".join(each.text for each in context.file.instructions if each.keyword in {"RUN", "USER", "ARG"})
    seen: dict[str, list[Instruction]] = {}
    for instruction in context.file.instructions:
        if instruction.keyword in {"FROM", "LABEL", "HEALTHCHECK", "EXPOSE", "ARG"}:
            continue
        for match in _HOME.finditer(instruction.text[:MAX_TEXT]):
            user = match[1] or match[2]
            made = re.search(rf"(?:adduser|useradd|^|\s|USER\s){re.escape(user)}(?:\s|:|$)", owned)
            if match[2] or (
                not made and user not in context.file.stages[0].image and user not in {"app", "vscode", "jovyan"}
            ):
                yield context.at("hardcoded-path", instruction, match[0], path=match[0])
        for path in {_base(match[0]) for match in _PATH.finditer(instruction.text[:MAX_TEXT])}:
            seen.setdefault(path, []).append(instruction)
    for path, instructions in seen.items():
        if len(instructions) >= _REPEATED:
            yield context.at("hardcoded-path", instructions[0], path, path=path)


def _base(path: str) -> str:
    return "/".join(path.rstrip("/.").split("/")[:3])


def remote_add(context: Context) -> Iterator[Reported]:
    """``ADD`` of an address without a checksum."""
    for instruction in context.file.instructions:
        if instruction.keyword != "ADD" or instruction.flag("--checksum") is not None:
            continue
        for source in sources_of(instruction):
            if source.startswith(("http://", "https://")) and not source.endswith(".git"):
                yield context.at("remote-add", instruction, source, source=source)
