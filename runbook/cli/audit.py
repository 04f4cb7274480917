"""``runbook audit``: where a Compose project's environment comes from."""

from __future__ import annotations

import os

from runbook.cli.output import SEVERITY_COLOUR, add_format, clip, emit_json, note, paint, parser, safe, width
from runbook.errors import EXIT_FINDINGS, BadInputError
from runbook.flow import audit as flow
from runbook.flow import compose
from runbook.model.cells import wrap
from runbook.model.text import count_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from runbook.flow.audit import Drift
    from runbook.model.environment import EnvironmentAudit, Setting, Variable


def run(argv: list[str]) -> int:
    """Audit what the first word names."""
    arguments = parser(
        "audit",
        "What a Compose project's files and the shell say about it: its environment, what a second deployment beside\n"
        "it needs of its own, its configuration document. Nothing is started, and secrets are taken out.",
        epilog="examples:\n  runbook audit env --write\n"
        "  runbook audit compose docker-compose.yml docker-compose.pr.yml\n"
        "  runbook audit compose docker-compose.yml --write docker-compose.pr.yml\n  runbook audit config --write",
    )
    kinds = arguments.add_subparsers(dest="what", metavar="WHAT", required=True)
    _environment_options(kinds.add_parser("env", help="every variable: what wins, and why", allow_abbrev=False))
    _compose_options(kinds.add_parser("compose", help="what a second deployment needs of its own", allow_abbrev=False))
    _configuration_options(kinds.add_parser("config", help="the configuration document", allow_abbrev=False))
    options = arguments.parse_args(argv)
    return {"env": _environment, "compose": _compose, "config": _configuration}[options.what](options)


def _environment_options(to: argparse.ArgumentParser) -> None:
    to.add_argument("path", metavar="COMPOSE-FILE", nargs="?", help="or its folder (default: the one here)")
    to.add_argument("--env-file", action="append", default=[], metavar="FILE", help="as docker compose takes it")
    to.add_argument("-e", "--env", action="append", default=[], metavar="NAME[=VALUE]", help="as `run -e`")
    to.add_argument("--write", metavar="FILE", nargs="?", const="ENVIRONMENT.md", help="write the manifest")
    to.add_argument(
        "--check",
        metavar="FILE",
        nargs="?",
        const="ENVIRONMENT.md",
        help="compare with a manifest; exit 1 if it differs",
    )
    to.add_argument("--repo", metavar="PATH", help="the repository of reports")
    add_format(to)


def _environment(options: argparse.Namespace) -> int:
    path = flow.find_compose_file(options.path)
    audit = flow.clean_audit(flow.audit_environment(path, env_files=options.env_file, run=options.env))
    manifest = options.check or options.write
    drift = flow.drift(audit, manifest) if manifest else None
    if options.format == "json":
        emit_json(_as_json(audit, drift))
    else:
        _show(audit)
        if manifest:
            _show_drift(drift, manifest)
    if options.write:
        flow.write_manifest(audit, options.write, repo=options.repo)
        note(f"written to {options.write}")
    return EXIT_FINDINGS if options.check and (drift is None or drift) else 0


def _compose_options(to: argparse.ArgumentParser) -> None:
    to.add_argument("production", metavar="PRODUCTION-FILE", help="its Compose file")
    to.add_argument("trial", metavar="TRIAL-FILE", nargs="?", help="the other one's; exit 1 if they clash")
    to.add_argument("-p", "--project-name", metavar="NAME", help="the trial's project, as docker compose -p")
    to.add_argument("--write", metavar="FILE", help="make the trial's Compose file out of production's")
    to.add_argument("--suffix", default="pr", help="with --write: of every name (default: pr)")
    to.add_argument("--shift", type=int, default=1, metavar="N", help="with --write: ports move up by N")
    to.add_argument("--own-data", action="store_true", help="with --write: FOLDER-SUFFIX, not FOLDER read-only")
    add_format(to)


def _compose(options: argparse.Namespace) -> int:
    if options.write:
        return _write_parallel(options)
    if not options.trial:
        raise BadInputError("which file is the trial's?", hint="name it, or make one with --write FILE")
    found = compose.compare(options.production, options.trial, trial_name=options.project_name)
    if options.format == "json":
        emit_json([{name: getattr(each, name) for name in each.__slots__} for each in found])
        return EXIT_FINDINGS if found else 0
    for each in found:
        mark = paint(each.severity, SEVERITY_COLOUR[each.severity])
        print(f"{mark}  {safe(each.message)}")
        print(safe(f"      {each.place}   production: {each.other}"))
        print(safe(f"      fix  {each.fix}"))
    print("they can stand beside each other" if not found else f"{count_of(len(found), 'clash', 'clashes')}")
    return EXIT_FINDINGS if found else 0


def _write_parallel(options: argparse.Namespace) -> int:
    from pathlib import Path

    if os.path.exists(options.write):
        raise BadInputError("is there already", file=options.write, hint="name another file, or remove it")
    text = compose.parallel_text(
        options.production, suffix=options.suffix, shift=options.shift, own_data=options.own_data
    )
    flow.write_text(Path(options.write), text)
    note(f"written to {options.write}; start it with: docker compose -f {options.write} up -d")
    found = compose.compare(options.production, options.write)
    for each in found:
        note(f"  look at {each.place}: {each.message}")
    return EXIT_FINDINGS if found else 0


def _configuration_options(to: argparse.ArgumentParser) -> None:
    to.add_argument("path", metavar="COMPOSE-FILE", nargs="?", help="or its folder (default: the one here)")
    to.add_argument("--env-file", action="append", default=[], metavar="FILE", help="as docker compose takes it")
    to.add_argument("--write", metavar="FILE", nargs="?", const="CONFIGURATION.md", help="write it there")
    to.add_argument("--repo", metavar="PATH", help="the repository of reports")


def _configuration(options: argparse.Namespace) -> int:
    from pathlib import Path

    from runbook.flow.configuration import configuration_text

    text = configuration_text(flow.find_compose_file(options.path), env_files=options.env_file, repo=options.repo)
    if options.write:
        flow.write_text(Path(options.write), text)
        note(f"written to {options.write}")
    else:
        print(text, end="")
    return 0


def _show(audit: EnvironmentAudit) -> None:
    for service in audit.services:
        print(paint(safe(service.service), "bold"))
        for variable in service.variables:
            _show_variable(variable)
        if not service.variables:
            print("  nothing is set")
        if service.base_image:
            print(safe(f"  what {service.base_image} sets itself is not known here"))
        for _name, why in service.unread:
            print(paint(safe(f"  {why}"), "yellow"))
    for title, rows in (
        ("set by nobody, Compose puts nothing there", [f"{each.name}  {each.place}" for each in audit.unset]),
        ("in the env file, but reaching no container", [f"{name}  {place}" for name, place in audit.unused]),
    ):
        if rows:
            print(paint(title, "yellow"))
        for row in rows:
            print(safe(f"  {row}"))


def _show_variable(variable: Variable) -> None:
    value = "unset" if variable.value is None else variable.value or "(empty)"
    print(clip(f"  {variable.name}={value}" if variable.value else f"  {variable.name}  {value}", width()))
    for line in wrap(safe(f"{variable.winner.place}: {variable.why}"), max(width() - 8, 20)):
        print(f"      {line}")
    for setting in variable.shadowed:
        given = "unset" if setting.value is None else setting.value or "(empty)"
        print(paint(clip(f"      in vain: {setting.place} ({given})", width()), "dim"))


def _show_drift(drift: Drift | None, manifest: str) -> None:
    if drift is None:
        note(f"there is no {manifest} yet")
        return
    if not drift:
        note(f"as {manifest} says")
        return
    print(paint(f"differs from {manifest}", "yellow"))
    for service, name in drift.added:
        print(safe(f"  + {service}: {name}"))
    for service, name in drift.removed:
        print(safe(f"  - {service}: {name}"))
    for (service, name), (before, now) in drift.changed.items():
        print(safe(f"  ~ {service}: {name}  {before[0] or '(empty)'} ({before[1]}) → {now[0] or '(empty)'} ({now[1]})"))


def _as_json(audit: EnvironmentAudit, drift: Drift | None) -> dict[str, Any]:
    """The shape of docs/schema/environment.json."""
    return {
        "project": audit.project,
        "services": [
            {
                "service": service.service,
                "variables": [
                    {
                        "name": variable.name,
                        "value": variable.value,
                        "why": variable.why,
                        "winner": _setting(variable.winner),
                        "shadowed": [_setting(each) for each in variable.shadowed],
                    }
                    for variable in service.variables
                ],
                "base_image": service.base_image,
                "unread": [{"file": name, "why": why} for name, why in service.unread],
            }
            for service in audit.services
        ],
        "unset": [{"name": each.name, "place": each.place, "text": each.text} for each in audit.unset],
        "unused": [{"name": name, "place": place} for name, place in audit.unused],
        "drift": None
        if drift is None
        else {
            "added": [{"service": service, "name": name} for service, name in drift.added],
            "removed": [{"service": service, "name": name} for service, name in drift.removed],
            "changed": [
                {"service": service, "name": name, "before": before[0], "now": now[0]}
                for (service, name), (before, now) in drift.changed.items()
            ],
        },
    }


def _setting(each: Setting) -> dict[str, Any]:
    return {"layer": each.layer, "place": each.place, "value": each.value, "missing": list(each.missing)}
