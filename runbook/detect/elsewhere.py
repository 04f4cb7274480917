"""Programs that run a text on another machine or in a container: ``ssh``, ``docker exec``, ``ansible`` and others."""

from __future__ import annotations

from runbook.detect.shelltext import Script, Word, joined
from runbook.detect.wrappers import after_options, quoted, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Fleet = Callable[[list[Word], list[str]], tuple[str, Script] | None]

_COMPOSE_WITH_VALUE = {
    *("-f", "--file", "-p", "--project-name", "--project-directory", "--profile", "--env-file", "--index"),
}
_ENGINE_WITH_VALUE = {"-e", "--env", "-u", "--user", "-w", "--workdir", "--env-file", "-H", "--host", "-c", "--context"}
_KUBE_WITH_VALUE = {"-n", "--namespace", "-c", "--container", "--context", "--kubeconfig"}
_COMPOSE_EXEC = frozenset(_COMPOSE_WITH_VALUE | {"-e", "--env", "-u", "--user", "-w", "--workdir"})
_CONTAINERS: dict[str, frozenset[str]] = {
    "docker": frozenset(_COMPOSE_WITH_VALUE | _ENGINE_WITH_VALUE),
    "docker-compose": _COMPOSE_EXEC,
    "podman-compose": _COMPOSE_EXEC,
    "podman": frozenset(_ENGINE_WITH_VALUE),
    "nerdctl": frozenset(_ENGINE_WITH_VALUE),
    "kubectl": frozenset(_KUBE_WITH_VALUE),
    "oc": frozenset(_KUBE_WITH_VALUE),
}
"""Programs whose ``exec`` runs the rest of the line in a container, and their options that take a value."""

_RUN_WITHOUT_VALUE = frozenset(
    {
        *("-d", "--detach", "-i", "--interactive", "-t", "--tty", "-it", "-ti", "-dit", "-itd", "--rm", "--init"),
        *(
            "--privileged",
            "--read-only",
            "-P",
            "--publish-all",
            "--no-healthcheck",
            "--oom-kill-disable",
            "-q",
            "--quiet",
        ),
        *("--sig-proxy", "--disable-content-trust", "-T", "--no-deps", "--service-ports", "--build", "--use-aliases"),
    }
)
"""Options of ``docker run`` that take no value; every other short or long one without ``=`` does."""

_MOUNTS = ("-v", "--volume", "--mount", "--privileged", "--volumes-from", "--device", "--pid")

_SSH_WITH_VALUE = "BbcDEeFIiJLlmOopQRSWw"


def elsewhere(program: str, words: list[Word]) -> tuple[str, Script] | None:
    """Host and text of what a program runs on another machine or in a container.

    The text is empty where the program opens a shell there that reads its commands.
    """
    if program in _CONTAINERS:
        return _contained(program, words)
    if program in {"ssh", "mosh", "autossh", "dbclient"}:
        at = 0
        while at < len(words) and words[at].text.startswith("-"):
            option = words[at].text
            at += 2 if len(option) == 2 and option[1] in _SSH_WITH_VALUE else 1
        if at >= len(words):
            return None
        rest = words[at + 1 :]
        if rest and rest[0].text == "--":
            rest = rest[1:]
        return _host(words[at].text), joined(rest)
    found = _FLEETS.get(program)
    return None if found is None else found(words, [word.text for word in words])


def _ansible(words: list[Word], texts: list[str]) -> tuple[str, Script] | None:
    text = value_of(words, ("-a", "--args"))
    if text is None or not texts or texts[0].startswith("-"):
        return None
    modules = {"-m", "--module-name"} & set(texts)
    shell = not modules or any(name in {"shell", "command", "raw", "script"} for name in texts)
    return (texts[0], Script(text.text, text.at)) if shell else None


def _vagrant(words: list[Word], texts: list[str]) -> tuple[str, Script] | None:
    text = value_of(words, ("-c", "--command")) if texts[:1] == ["ssh"] else None
    return ("vagrant", Script(text.text, text.at)) if text is not None else None


def _gcloud(words: list[Word], texts: list[str]) -> tuple[str, Script] | None:
    text = value_of(words, ("--command",)) if texts[:2] == ["compute", "ssh"] and len(texts) > 2 else None
    return (_host(texts[2]), Script(text.text, text.at)) if text is not None else None


def _many(with_value: str, hosts: tuple[str, ...]) -> Fleet:
    """A tool that runs the rest of its line on many machines."""

    def found(words: list[Word], _texts: list[str]) -> tuple[str, Script] | None:
        at = after_options(words, with_value)
        host = value_of(words, hosts)
        return (host.text if host else "many hosts", joined(words[at:])) if at < len(words) else None

    return found


def _salt(words: list[Word], texts: list[str]) -> tuple[str, Script] | None:
    if "cmd.run" not in texts:
        return None
    at = texts.index("cmd.run")
    return (texts[at - 1] if at else "*", joined(words[at + 1 :]))


def _machine(verb: str) -> Fleet:
    """A tool whose verb runs the words after a container's name inside that."""

    def found(words: list[Word], texts: list[str]) -> tuple[str, Script] | None:
        if texts[:1] != [verb] or len(texts) < 3:
            return None
        return (f"container {texts[1]}", quoted(words[3:] if texts[2] == "--" else words[2:]))

    return found


_FLEETS: dict[str, Fleet] = {
    "ansible": _ansible,
    "vagrant": _vagrant,
    "gcloud": _gcloud,
    "salt": _salt,
    "pdsh": _many("wlRfxXgtu", ("-w", "-g")),
    "clush": _many("wlRfxXgtu", ("-w", "-g")),
    "pssh": _many("hHlpoetOxX", ("-H", "-h")),
    "parallel-ssh": _many("hHlpoetOxX", ("-H", "-h")),
    "lxc": _machine("exec"),
    "incus": _machine("exec"),
    "multipass": _machine("exec"),
    "machinectl": _machine("shell"),
}
"""Tools that run a text on many machines, on one that they find, or in a system container."""


def _contained(program: str, words: list[Word]) -> tuple[str, Script] | None:
    """Container and command of ``docker exec``, ``kubectl exec``, and ``docker run`` with a part of the host."""
    with_value = _CONTAINERS[program]
    compose = program.endswith("-compose")
    at = _skip(words, with_value)
    if not compose and program not in {"kubectl", "oc"} and at < len(words) and words[at].text == "compose":
        compose, with_value = True, _COMPOSE_EXEC
        at = _skip(words, with_value, at + 1)
    if at < len(words) and words[at].text == "container" and not compose:
        at += 1
    verb = words[at].text if at < len(words) else ""
    if verb == "exec":
        at = _skip(words, with_value, at + 1)
        rest = words[at + 1 :]
        if program in {"kubectl", "oc"}:
            marks = [place for place, word in enumerate(rest) if word.text == "--"]
            rest = rest[marks[0] + 1 :] if marks else rest[_skip(rest, with_value) :]
    elif verb in {"rsh", "debug"} and program in {"kubectl", "oc"}:
        at = _skip(words, with_value, at + 1)
        marks = [place for place, word in enumerate(words) if word.text == "--"]
        rest = words[marks[0] + 1 :] if marks else words[at + 1 :] if verb == "rsh" else []
    elif verb == "run" and program not in {"kubectl", "oc"}:
        begin = at + 1
        at = _skip_run(words, begin)
        mounts = any(word.text.split("=", 1)[0].startswith(_MOUNTS) for word in words[begin:at])
        rest = words[at + 1 :] if compose or mounts else []
    else:
        return None
    return (f"container {words[at].text}", quoted(rest)) if rest else None


def runs_container(program: str, words: list[Word]) -> bool:
    """Whether it starts a container, which is something by itself, whatever runs inside."""
    return program in _CONTAINERS and any(word.text == "run" for word in words[:6])


def _skip_run(words: list[Word], at: int) -> int:
    while at < len(words) and words[at].text.startswith("-"):
        option = words[at].text
        bundle = not option.startswith("--") and len(option) > 2 and set(option[1:]) <= set("ditPq")
        at += 1 if "=" in option or option in _RUN_WITHOUT_VALUE or bundle or _is_glued(option) else 2
    return at


def _is_glued(option: str) -> bool:
    """``-p80:80``: a short option with its value in one word."""
    return not option.startswith("--") and len(option) > 2 and option[1] in "evpwulmh"


def _skip(words: list[Word], with_value: frozenset[str], at: int = 0) -> int:
    """Where the first word stands from ``at`` on that is neither an option nor an option's value."""
    while at < len(words) and words[at].text.startswith("-"):
        at += 2 if words[at].text in with_value else 1
    return at


def _host(target: str) -> str:
    host = target.rsplit("@", 1)[-1]
    if target.startswith("ssh://"):
        host = host.removeprefix("ssh://").split("/", 1)[0].split(":", 1)[0]
    return host
