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
    if name.startswith(("dockerfile", "containerfile")) or name.endswith((".dockerfile", ".containerfile")):
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


def _is_json_config(name: str) -> bool:
    stem, _dot, ending = name.rpartition(".")
    return ending in {"json", "jsonc"} and (stem in _JSON_CONFIG or stem.split(".")[0] in _JSON_CONFIG)
