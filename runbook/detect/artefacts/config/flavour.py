"""What a settings file is: told by its name, else by what stands in it."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.artefacts.artefact import Artefact

_NAMES = {
    "env": re.compile(r"/\.env(?:\.[^/]+)?$|\.env$"),
    "yaml": re.compile(r"\.ya?ml$"),
    "json": re.compile(r"\.jsonc?$"),
    "toml": re.compile(r"\.toml$"),
    "systemd": re.compile(
        r"\.(?:service|timer|socket|mount|automount|path|target|slice|scope|swap|network|netdev|link|nspawn)$|"
        r"\.(?:service|timer|socket|mount|path|target)\.d/[^/]+\.conf$"
    ),
    "nginx": re.compile(r"/nginx\.conf$|/nginx/.*\.conf$"),
    "perhaps-nginx": re.compile(r"\.conf$|/sites-(?:available|enabled)/"),
}
"""What a path says; the first that fits."""

_UNIT_SECTION = re.compile(r"(?m)^\[(?:Unit|Service|Install|Timer|Socket|Mount)\][ \t]*$")
_NGINX_BLOCK = re.compile(
    r"(?m)^[ \t]*(?:(?:http|events|server|stream)|(?:upstream|location)[ \t][^{\n]{1,200})[ \t]*\{"
)
_MANIFEST = (re.compile(r"(?m)^apiVersion:\s*\S"), re.compile(r"(?m)^kind:\s*[\"']?[A-Z]\w+"))
_WORKFLOW = (re.compile(r"(?m)^[\"']?on[\"']?:"), re.compile(r"(?m)^jobs:"))
_TEMPLATE = re.compile(r"\{\{[^{}\n]{0,300}\}\}|\{%[^%\n]{0,300}%\}|<%[^%\n]{0,300}%>")
_WORKFLOW_PATH = re.compile(r"\.github/workflows/[^/]+$")
"""GitHub reads no folders below it; teams keep settings of their actions there."""

_PIPELINE = (
    re.compile(r"(?m)^stages:"),
    re.compile(r"(?m)^(?: {2}| {4}|\t)stage:[ \t]*\S"),
    re.compile(r"(?m)^(?: {2}| {4})script:"),
)
_OTHER_PIPELINE = re.compile(r"(?m)^(?:language|pool|trigger|dist|jobs|pipeline|apiVersion):|^[ \t]*- stage:|runs-on:")
"""Travis and Azure have stages and scripts as well."""

_ENV_LINE = re.compile(r"\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=")
_FORGOTTEN = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+[ \t:]+[^\s=]+\s*$")
"""A line that lacks its ``=``; one of them leaves a file what the others say."""


def flavour(artefact: Artefact) -> str:
    """One of ``env json toml nginx systemd github-workflow gitlab-ci kubernetes yaml``, or "" for anything else."""
    kept = artefact.kept()
    if "flavour" not in kept:
        change = artefact.name.lower().endswith((".patch", ".diff", ".orig", ".rej"))
        kept["flavour"] = "" if change else _by_name(artefact) or _by_text(artefact)
    return str(kept["flavour"])


def is_yaml(artefact: Artefact) -> bool:
    """Whether the file is YAML of any kind."""
    return flavour(artefact) in {"yaml", "kubernetes", "github-workflow", "gitlab-ci"}


def is_template(artefact: Artefact) -> bool:
    """Whether a template engine makes the file that is meant: Helm, Jinja, ERB. As it is, it need not be valid."""
    return _TEMPLATE.search(artefact.text) is not None


def _by_name(artefact: Artefact) -> str:
    path, name = f"/{artefact.path}".replace("\\", "/").lower(), artefact.name.lower()
    found = next((kind for kind, names in _NAMES.items() if names.search(path)), "")
    if found == "yaml":
        return _yaml_kind(artefact, path, name)
    if found == "perhaps-nginx":
        return "nginx" if _looks_like_nginx(artefact.text) else ""
    return found


def _yaml_kind(artefact: Artefact, path: str, name: str) -> str:
    if _WORKFLOW_PATH.search(path):
        return "github-workflow"
    if name in {".gitlab-ci.yml", ".gitlab-ci.yaml"} or name.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml")):
        return "gitlab-ci"
    return _yaml_by_text(artefact.text)


def _yaml_by_text(text: str) -> str:
    if all(pattern.search(text) for pattern in _MANIFEST):
        return "kubernetes"
    if all(pattern.search(text) for pattern in _WORKFLOW) and "runs-on:" in text:
        return "github-workflow"
    return "yaml"


def _by_text(artefact: Artefact) -> str:
    """For text from a pipe, and for names that say nothing."""
    text = artefact.text.lstrip("\ufeff \n\t")
    if artefact.name:
        found = ""
    elif text.startswith("{"):
        found = "json"
    elif _UNIT_SECTION.search(text):
        found = "systemd"
    elif _looks_like_nginx(text):
        found = "nginx"
    elif all(pattern.search(text) for pattern in _PIPELINE) and not _OTHER_PIPELINE.search(text):
        found = "gitlab-ci"
    else:
        found = _yaml_by_text(text)
    return found if found != "yaml" else _plain(artefact.lines)


def _plain(lines: list[str]) -> str:
    """``env`` or ``yaml``, told by how the lines begin; "" for neither."""
    begun = [line[:200] for line in lines if line.strip() and not line.lstrip().startswith("#")]
    others = [line for line in begun if not _ENV_LINE.match(line)]
    if begun and (not others or (len(others) == 1 and len(begun) > 3 and _FORGOTTEN.match(others[0]))):
        return "env"
    return "yaml" if any(re.match(r"\s*(?:- )?[\w.\"'-]+:(?:\s|$)", line) for line in begun) else ""


def _looks_like_nginx(text: str) -> bool:
    return _NGINX_BLOCK.search(text) is not None and re.search(r"(?m);[ \t]*(?:#.*)?$", text) is not None
