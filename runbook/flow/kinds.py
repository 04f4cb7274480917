"""As what a file is looked at, by its name. Cheap, because a scan of a little text begins with it."""

from __future__ import annotations

import os

KINDS = ("output", "command", "dockerfile", "compose", "shell", "config")
"""What ``--kind`` takes."""

ARTEFACT_KINDS = frozenset({"compose", "dockerfile", "shell", "config"})
"""Kinds that are looked at as whole files too; what is printed and typed is not."""

_CONFIG = (
    *(".env", ".ini", ".toml", ".conf", ".cfg", ".properties", ".yaml", ".yml"),
    *(".service", ".timer", ".socket", ".mount", ".automount", ".path", ".target", ".slice", ".swap"),
)
_JSON_CONFIG = frozenset(
    {
        *("package", "tsconfig", "jsconfig", "composer", "daemon", "settings", "config", "appsettings", ".eslintrc"),
        *(".babelrc", ".prettierrc", "renovate", "devcontainer", "angular", "vercel", "firebase", "launch", "tasks"),
        *("manifest", "nx", "turbo", "lerna", "deno", "biome", "nest-cli", "wrangler"),
    }
)
"""Beginnings of the names of JSON files that are settings; other JSON may as well be what a program printed."""

_MARKDOWN = (".md", ".markdown")
_NO_DOCKERFILE = (
    *(*_MARKDOWN, ".rst", ".adoc", ".html", ".dockerignore", ".containerignore", ".json", ".yaml", ".yml"),
    *(".svg", ".png", ".log", ".diff", ".patch"),
)
"""Endings of files that are about Dockerfiles: their exclusions, documentation, reports. ``Dockerfile.java`` is one."""
_SHELL = (".sh", ".bash", ".zsh", ".ksh")
_SHELL_NAMES = frozenset({".bashrc", ".profile", ".bash_profile", ".zshrc"})


def is_markdown(path: str) -> bool:
    """Whether a file is documentation in Markdown."""
    return path.lower().endswith(_MARKDOWN)


def guess_kind(path: str) -> str:
    """As what to look at a file, by its name: a Dockerfile, a compose file, a script, settings, else program output.

    ``markdown`` is for the shell in the fences of documentation, which is looked at as ``shell``; the prose is not.
    """
    name = os.path.basename(path).lower()
    settings = name.endswith(_CONFIG) or name.startswith(".env") or _is_json_config(name)
    if name.endswith((".dockerfile", ".containerfile")) or (
        name.startswith(("dockerfile", "containerfile")) and not name.endswith(_NO_DOCKERFILE)
    ):
        kind = "dockerfile"
    elif name.endswith((".yml", ".yaml")) and name.startswith(("compose", "docker-compose")):
        kind = "compose"
    elif name.endswith(_SHELL) or name in _SHELL_NAMES:
        kind = "shell"
    elif settings or "/sites-available/" in path or "/sites-enabled/" in path:
        kind = "config"
    else:
        kind = "markdown" if is_markdown(name) else "output"
    return kind


_HEAD = 4096
"""Bytes of a file that say what it is, where its name does not."""


def kind_of_file(path: str) -> str:
    """:func:`guess_kind`, and where the name says little, what the file begins with.

    A file without an ending that begins with a shell's ``#!`` is a script (git hooks, ``bin/deploy``); YAML whose
    ``services`` have an image or a build is a Compose file whatever its name (``stack.yml``, ``prod.yml``). Only
    regular files are opened, so that a named pipe loses nothing.
    """
    kind, name = guess_kind(path), os.path.basename(path).lower()
    yaml = kind == "config" and name.endswith((".yml", ".yaml")) and ".github" not in path
    bare = kind == "output" and "." not in name.lstrip(".")
    if path == "-" or not (yaml or bare) or not os.path.isfile(path):
        return kind
    try:
        with open(path, "rb", buffering=0) as file:
            head = file.read(_HEAD)
    except OSError:
        return kind  # whoever reads it says why not
    if yaml:
        return "compose" if b"services:" in head and _is_compose(head.decode("utf-8", "replace")) else kind
    return "shell" if head.startswith(b"#!") and _is_shell(head) else kind


def _is_shell(head: bytes) -> bool:
    import re

    return re.match(rb"#![^\n]{0,80}\b(?:ba|da|k|z|a|mk)?sh\b", head) is not None


def _is_compose(head: str) -> bool:
    import re

    nothing, rest = r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*", r"[ \t]*(?:#[^\n]*)?\r?\n"
    pattern = rf"(?m)^services:{rest}{nothing}[ \t]+[\w.-]+:{rest}{nothing}[ \t]+(?:{_SERVICE_KEYS}):"
    return re.search(pattern, head) is not None


_SERVICE_KEYS = (
    "image|build|container_name|extends|restart|env_file|environment|ports|command|depends_on|deploy|networks|volumes"
)


def _is_json_config(name: str) -> bool:
    stem, _dot, ending = name.rpartition(".")
    return ending in {"json", "jsonc"} and (stem in _JSON_CONFIG or stem.split(".")[0] in _JSON_CONFIG)
