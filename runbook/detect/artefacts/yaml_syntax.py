"""What makes a YAML file unreadable, or read otherwise than it was meant: tabs, indentation, keys that stand twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook.detect.artefacts.artefact import Reported
from runbook.detect.artefacts.config.flavour import is_template, is_yaml
from runbook.detect.artefacts.yamltree import Tree, read_tree

if TYPE_CHECKING:
    from runbook.detect.artefacts.artefact import Artefact

NAME = "yaml"
_MARKED = "https://yaml.org/spec/1.2.2/#61-indentation-spaces"
CODES = frozenset({"tab", "indentation", "syntax", "too-much", "duplicate-key"})


def check(artefact: Artefact) -> list[Reported]:
    """Problems of the text as YAML, by place; nothing for settings that are no YAML, or templates that become YAML."""
    if artefact.kind == "config" and not is_yaml(artefact):
        return []
    tree = tree_of(artefact)
    if tree.problem is not None and artefact.kind == "config" and is_template(artefact):
        return []
    found = [
        Reported(
            NAME,
            "duplicate-key",
            line=twice.key.line,
            column=twice.key.column,
            end_column=twice.key.end_column,
            message=f"the key {twice.key.text} stands twice in one map, first in line {twice.first_line}",
            severity="high",
            captures={"key": twice.key.text, "first": str(twice.first_line)},
        )
        for twice in tree.twice
    ]
    if tree.problem is not None:
        large = tree.problem.message.startswith("comes to more")  # programs write such files for programs
        found.append(
            Reported(
                NAME,
                tree.problem.code,
                line=min(tree.problem.line, len(artefact.lines)),
                column=tree.problem.column,
                message=f"cannot be read as YAML: {tree.problem.message}",
                link=_MARKED if tree.problem.code in {"tab", "indentation"} else "",
                severity="info" if large and artefact.kind == "config" else "high",
                captures={"line": str(tree.problem.line), "problem": tree.problem.message},
            )
        )
    return found


def codes() -> frozenset[str]:
    """``tab``, ``indentation``, ``syntax``, ``too-much`` and ``duplicate-key``."""
    return CODES


def tree_of(artefact: Artefact) -> Tree:
    """The file as YAML, read once for all detectors."""
    kept = artefact.kept()
    found = kept.get("yaml")
    if not isinstance(found, Tree):
        found = kept["yaml"] = read_tree(artefact.text)
    return found
