"""Programs that run the rest of their line, a text they are given, or what they read: which part of a command that is.

Options that take a value are named here, because the first word that is neither is the command.
"""

from __future__ import annotations

from runbook.detect.shelltext import Script, Word, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "mksh", "rbash"})

_WRAPPERS: dict[str, str] = {
    "sudo": "ughpCTRrtUDcN",
    "doas": "uC",
    "pkexec": "",
    "env": "uSC",
    "nohup": "",
    "time": "fo",
    "nice": "n",
    "ionice": "cnp",
    "taskset": "",
    "chrt": "",
    "setsid": "",
    "stdbuf": "ioe",
    "unbuffer": "",
    "timeout": "ks",
    "xargs": "IiLlnPsadE",
    "command": "",
    "exec": "a",
    "builtin": "",
    "noglob": "",
    "nocorrect": "",
    "coproc": "",
    "chronic": "",
    "ts": "",
    "caffeinate": "tw",
    "strace": "eopPsu",
    "ltrace": "eopnsu",
    "flock": "wE",
    "runuser": "ugG",
    "setpriv": "",
    "gosu": "",
    "su-exec": "",
    "chroot": "",
    "unshare": "",
    "nsenter": "tSGrwW",
    "systemd-run": "pEuGHM",
    "systemd-inhibit": "",
    "dbus-run-session": "",
    "busybox": "",
    "toybox": "",
    "faketime": "",
    "torsocks": "",
    "proxychains": "f",
    "proxychains4": "f",
    "firejail": "",
    "rlwrap": "",
    "dotenv": "ef",
    "direnv": "",
    "doppler": "",
    "sshpass": "pfe",
    "runbook": "",
}
"""Programs that run the rest of their line, and which of their short options take a value."""

_LONG_WITH_VALUE = frozenset(
    {
        *(
            "--user",
            "--group",
            "--chdir",
            "--host",
            "--signal",
            "--kill-after",
            "--adjustment",
            "--max-args",
            "--replace",
        ),
        *("--max-procs", "--max-lines", "--delimiter", "--arg-file", "--target", "--unit", "--property", "--interval"),
        *("--output", "--format", "--unset", "--prompt", "--close-from", "--class", "--jobs", "--setenv", "--slice"),
        *("--uid", "--gid", "--description", "--sshlogin", "--delay", "--joblog", "--colsep"),
    }
)
_LEADING_WORDS = {
    "timeout": 1,
    "flock": 1,
    "gosu": 1,
    "su-exec": 1,
    "chroot": 1,
    "taskset": 1,
    "chrt": 1,
    "faketime": 1,
    "direnv": 2,
    "doppler": 1,
    "runbook": 1,
}
"""Words of their own that stand between a wrapper's options and the command it runs."""

_ONLY_AFTER = {"runbook": "run", "direnv": "exec", "doppler": "run"}
"""Wrappers by one of their verbs only."""

_RUNS_TEXT = {"watch": "nq", "parallel": "jPaNLlnIEsSC", "entr": ""}
"""Programs that hand the rest of their line to a shell as text."""

AS_ROOT = frozenset({"sudo", "doas", "pkexec", "su", "runuser"})

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


def is_assignment(word: Word) -> bool:
    """Whether a word in front of a program sets a variable."""
    name, equals, _value = word.text.partition("=")
    return bool(equals) and name.rstrip("+").replace("_", "a").isalnum() and not name[0].isdigit()


def after_wrapper(program: str, words: list[Word]) -> list[Word]:
    """What a wrapper runs; empty if it is none or runs nothing that is named here."""
    with_value = _WRAPPERS.get(program)
    if with_value is None:
        return []
    only = _ONLY_AFTER.get(program)
    if only is not None and (not words or words[0].text != only):
        return []
    words = words[1:] if program == "runbook" else words
    at = 0
    while at < len(words):
        text = words[at].text
        if text == "--":
            return words[at + 1 :]
        if text.startswith("-") and len(text) > 1:
            at += 2 if _takes_value(text, with_value, program) else 1
        elif program in {"env", "sudo", "doas"} and is_assignment(words[at]):
            at += 1
        else:
            break
    if program == "command" and any(word.text in {"-v", "-V"} for word in words[:at]):
        return []  # it only says where the program is
    return words[at + (0 if program == "runbook" else _LEADING_WORDS.get(program, 0)) :]


def _takes_value(option: str, with_value: str, program: str) -> bool:
    if option.startswith("--"):
        return "=" not in option and option in _LONG_WITH_VALUE
    return option[-1] in with_value and (len(option) == 2 or program not in {"xargs", "nsenter", "nice", "ionice"})


def script_given(program: str, words: list[Word]) -> Script | None:
    """The text that a program runs here: ``bash -c TEXT``, ``eval``, ``watch``, ``parallel``, ``env -S``."""
    if program in SHELLS or program in {"su", "runuser", "script"}:
        return _after_c(words)
    if program == "eval" and words:
        return joined(words)
    if program == "env":
        for at, word in enumerate(words):
            if word.text in {"-S", "--split-string"} and at + 1 < len(words):
                return joined(words[at + 1 :])
    if program == "trap" and len(words) > 1 and not words[0].text.startswith("-"):
        return joined(words[:1])
    if program in _RUNS_TEXT:
        rest = words[_options(words, _RUNS_TEXT[program]) :]
        for at, word in enumerate(rest):
            if word.text in {":::", "::::", ":::+"}:
                rest = rest[:at]
                break
        return joined(rest) if rest else None
    return None


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
    return _fleet(program, words)


def _fleet(program: str, words: list[Word]) -> tuple[str, Script] | None:
    """Tools that run a text on many machines, or on one that they find."""
    texts = [word.text for word in words]
    if program == "ansible" and texts and not texts[0].startswith("-"):
        text = _value_of(words, ("-a", "--args"))
        modules = {"-m", "--module-name"} & set(texts)
        shell = not modules or any(name in {"shell", "command", "raw", "script"} for name in texts)
        return (texts[0], Script(text.text, text.at)) if text is not None and shell else None
    if program == "vagrant" and texts[:1] == ["ssh"]:
        text = _value_of(words, ("-c", "--command"))
        return ("vagrant", Script(text.text, text.at)) if text is not None else None
    if program == "gcloud" and texts[:2] == ["compute", "ssh"] and len(texts) > 2:
        text = _value_of(words, ("--command",))
        return (_host(texts[2]), Script(text.text, text.at)) if text is not None else None
    if program in {"pdsh", "clush"}:
        at = _options(words, "wlRfxXgtu")
        host = _value_of(words, ("-w", "-g"))
        return (host.text if host else program, joined(words[at:])) if at < len(words) else None
    if program == "salt" and "cmd.run" in texts:
        at = texts.index("cmd.run")
        return (texts[at - 1] if at else "*", joined(words[at + 1 :]))
    return None


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
            rest = rest[marks[0] + 1 :] if marks else []
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


def quoted(words: Sequence[Word]) -> Script:
    """Words as a script that splits into the same words again."""
    text: list[str] = []
    at: list[int] = []
    for word in words:
        plain = bool(word.text) and not any(char in " \t\n'\"\\$`|&;<>()*?[]#~{}!" for char in word.text)
        for piece, places in (
            (" " if text else "", [word.start]),
            ("" if plain else "'", [word.start]),
            (word.text, word.at),
            ("" if plain else "'", [max(word.end - 1, word.start)]),
        ):
            if piece is word.text and not plain and "'" in piece:
                for char, place in zip(piece, places, strict=True):
                    text.append("'\\''" if char == "'" else char)
                    at.extend([place] * len(text[-1]))
            elif piece:
                text.append(piece)
                at.extend(places)
    return Script("".join(text), at)


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


def _options(words: list[Word], with_value: str) -> int:
    at = 0
    while at < len(words) and words[at].text.startswith("-") and words[at].text != "--":
        at += 2 if _takes_value(words[at].text, with_value, "") else 1
    return at + 1 if at < len(words) and words[at].text == "--" else at


def _value_of(words: list[Word], names: tuple[str, ...]) -> Word | None:
    for at, word in enumerate(words):
        if word.text in names and at + 1 < len(words):
            return words[at + 1]
        for name in names:
            if name.startswith("--") and word.text.startswith(f"{name}="):
                return word.without(len(name) + 1)
    return None


def _after_c(words: list[Word]) -> Script | None:
    """The text after ``-c``, also as the last letter of a bundle (``-lc``)."""
    for at, word in enumerate(words):
        text = word.text
        if text == "--command" or (text.startswith("-") and not text.startswith("--") and text.endswith("c")):
            return Script(words[at + 1].text, words[at + 1].at) if at + 1 < len(words) else None
        if text.startswith("--command="):
            rest = word.without(len("--command="))
            return Script(rest.text, rest.at)
    return None


def _host(target: str) -> str:
    host = target.rsplit("@", 1)[-1]
    if target.startswith("ssh://"):
        host = host.removeprefix("ssh://").split("/", 1)[0].split(":", 1)[0]
    return host


def reads_script(program: str, words: list[Word]) -> bool:
    """Whether a shell without a text of its own takes its commands from standard input."""
    if program == "su":
        return True
    if program not in SHELLS:
        return False
    for word in words:
        if word.text in {"-s", "-", "/dev/stdin"}:
            return True
        if not word.text.startswith(("-", "+")):
            return False
    return True


def script_on_disk(args: Sequence[str]) -> str | None:
    """The file that a shell is given to run; None where it is given none."""
    at = 0
    while at < len(args) and args[at].startswith(("-", "+")):
        if args[at] in {"-s", "-", "-c"}:
            return None
        at += 2 if args[at] in {"-o", "+o", "-O", "+O", "--rcfile", "--init-file"} else 1
    return args[at] if at < len(args) else None
