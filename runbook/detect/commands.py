"""Command lines as commands, not as text: what would really run, on which host.

``echo "docker compose down"`` runs ``echo``; ``ssh web1 'cd /srv && sudo docker compose down'`` runs ``cd`` and
``docker compose down`` on ``web1``. It reads what people type and paste: operators, quotes, comments, substitutions,
wrappers such as ``sudo`` and ``bash -c``. It expands nothing and never fails: what it cannot read any further it
leaves as words.

:func:`simple_commands` is the seam for a full shell parser.
"""

from __future__ import annotations

import shlex

from runbook.detect.shellwords import Word, split_words

MAX_DEPTH = 5
"""Shells inside shells inside ssh: nobody types more, and a hostile line must not make us."""

MAX_COMMANDS = 200
MAX_WRAPPERS = 8
MAX_LINE = 64 * 1024


class SimpleCommand:
    """A program and its arguments, wrappers taken off. Treat as frozen.

    Attributes:
        program: without its folder: ``docker`` for ``/usr/bin/docker``.
        args: words without their quotes; substitutions as written.
        host: where ``ssh`` would run it, as typed after ``user@``; ``container NAME`` for an ``exec``; empty: here.
        folder: what a ``cd`` before it on the same line says; empty: the current one.
        env: assignments before it.
        writes: files it redirects its output to, ``>>`` included.
        sudo: whether it runs as another user.
        before: the operator in front of it: ``""``, ``&&``, ``||``, ``;``, ``|``, ``&``, ``$(``.
    """

    __slots__ = ("args", "before", "env", "folder", "host", "program", "sudo", "writes")

    def __init__(
        self,
        program: str,
        args: tuple[str, ...] = (),
        *,
        host: str = "",
        folder: str = "",
        env: tuple[str, ...] = (),
        writes: tuple[str, ...] = (),
        sudo: bool = False,
        before: str = "",
    ) -> None:
        self.program = program
        self.args = args
        self.host = host
        self.folder = folder
        self.env = env
        self.writes = writes
        self.sudo = sudo
        self.before = before

    @property
    def text(self) -> str:
        """Program and arguments as one line, quoted where that is needed to read it back."""
        return shlex.join((self.program, *self.args))

    def __repr__(self) -> str:
        return f"SimpleCommand({self.text!r}{f' on {self.host}' if self.host else ''})"


def simple_commands(line: str) -> list[SimpleCommand]:
    """Every command that ``line`` would run, in the order in which it is written.

    Args:
        line: one or several shell lines, at most 64 KiB (the rest is not looked at).
    """
    found: list[SimpleCommand] = []
    _read(line[:MAX_LINE], found, _Place("", "", sudo=False, depth=0), "")
    return found


_KEYWORDS = frozenset({"!", "{", "}", "then", "do", "else", "elif", "if", "while", "until", "fi", "done", "esac"})
_NO_COMMAND = frozenset({"for", "case", "select", "function"})
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish"})
_SUBSTITUTION = "$("

_WRAPPERS: dict[str, str] = {
    "sudo": "ughpCTRrtUDcN",
    "doas": "uC",
    "env": "uSC",
    "nohup": "",
    "time": "fo",
    "nice": "n",
    "ionice": "cnp",
    "setsid": "",
    "stdbuf": "ioe",
    "timeout": "ks",
    "xargs": "IiLlnPsadE",
    "command": "",
    "exec": "a",
    "builtin": "",
    "chronic": "",
    "caffeinate": "tw",
    "strace": "eopPsu",
    "flock": "wE",
    "watch": "nd",
}
"""Programs that run the rest of their line, and which of their short options take a value."""

_LEADING_WORDS = {"timeout": 1, "flock": 1}
"""Words of their own that stand between a wrapper's options and the command it runs."""

_COMPOSE_WITH_VALUE = {
    "-f",
    "--file",
    "-p",
    "--project-name",
    "--project-directory",
    "--profile",
    "--env-file",
    "--index",
}
_ENGINE_WITH_VALUE = {"-e", "--env", "-u", "--user", "-w", "--workdir", "--env-file", "-H", "--host", "-c", "--context"}
_KUBE_WITH_VALUE = {"-n", "--namespace", "-c", "--container", "--context", "--kubeconfig"}
_CONTAINERS: dict[str, frozenset[str]] = {
    "docker": frozenset(_COMPOSE_WITH_VALUE | _ENGINE_WITH_VALUE),
    "docker-compose": frozenset(_COMPOSE_WITH_VALUE | {"-e", "--env", "-u", "--user", "-w", "--workdir"}),
    "podman": frozenset(_ENGINE_WITH_VALUE),
    "kubectl": frozenset(_KUBE_WITH_VALUE),
    "oc": frozenset(_KUBE_WITH_VALUE),
}
"""Programs whose ``exec`` runs the rest of the line in a container, and their options that take a value."""

_SSH_WITH_VALUE = "BbcDEeFIiJLlmOopQRSWw"


class _Place:
    """Where a command would run."""

    __slots__ = ("depth", "folder", "host", "sudo")

    def __init__(self, host: str, folder: str, *, sudo: bool, depth: int) -> None:
        self.host = host
        self.folder = folder
        self.sudo = sudo
        self.depth = depth

    def within(self, *, host: str | None = None) -> _Place:
        """One level further in; on another host a new folder counts."""
        if host is None:
            return _Place(self.host, self.folder, sudo=self.sudo, depth=self.depth + 1)
        return _Place(host, "", sudo=False, depth=self.depth + 1)


def _read(text: str, found: list[SimpleCommand], place: _Place, before: str) -> None:
    """Split ``text`` at its operators and read each command."""
    words: list[Word] = []
    outside: list[str] = []
    for word in (*split_words(text), Word("\n", operator=True)):
        if not word.operator:
            words.append(word)
            continue
        if words:
            _read_one(words, found, place, before)
            words = []
        if word.text == "(":
            outside.append(place.folder)
        elif word.text == ")":
            place.folder = outside.pop() if outside else place.folder  # a subshell's cd ends with it
        else:
            before = word.text


def _read_one(words: list[Word], found: list[SimpleCommand], place: _Place, before: str) -> None:
    """One command: what it substitutes, then itself without redirections, assignments and wrappers."""
    plain, writes = _without_redirections(words)
    if place.depth < MAX_DEPTH:
        for word in words:
            for inner in word.inner:
                _read(inner, found, place.within(), _SUBSTITUTION)
    env: list[str] = []
    sudo = place.sudo
    for _wrapper in range(MAX_WRAPPERS):
        plain = _after_assignments(plain, env)
        if not plain or not plain[0].text or plain[0].text in _NO_COMMAND:
            return
        program = plain[0].text.rsplit("/", 1)[-1] or plain[0].text
        rest = _after_wrapper(program, plain[1:]) if program in _WRAPPERS else []
        if not rest:
            break
        sudo |= program in {"sudo", "doas"}
        plain = rest
    arguments = tuple(word.text for word in plain[1:])
    if program in {"cd", "pushd"}:
        place.folder = _joined(place.folder, next((each for each in arguments if not each.startswith("-")), "~"))
    inside = _inside(program, arguments, place) if place.depth < MAX_DEPTH else None
    if inside is not None:
        inside[0].sudo |= sudo
        _read(inside[1], found, inside[0], before)
        return
    if len(found) < MAX_COMMANDS:
        found.append(
            SimpleCommand(
                program,
                arguments,
                host=place.host,
                folder=place.folder,
                env=tuple(env),
                writes=tuple(writes),
                sudo=sudo,
                before=before,
            )
        )


def _after_assignments(plain: list[Word], env: list[str]) -> list[Word]:
    """Without the reserved words and assignments in front; the assignments go into ``env``."""
    at = 0
    while at < len(plain) and not plain[at].quoted and plain[at].text in _KEYWORDS:
        at += 1
    while at < len(plain) and _is_assignment(plain[at]):
        env.append(plain[at].text)
        at += 1
    return plain[at:]


def _inside(program: str, arguments: tuple[str, ...], place: _Place) -> tuple[_Place, str] | None:
    """The script that a program runs somewhere: in another shell, on another host, in a container."""
    if program in _SHELLS or program == "su":
        script = _script_of(arguments)
        return None if script is None else (place.within(), script)
    if program == "eval" and arguments:
        return place.within(), " ".join(arguments)
    if program == "ssh":
        remote = _remote_of(arguments)
        return None if remote is None else (place.within(host=remote[0]), remote[1])
    if program in _CONTAINERS:
        contained = _contained(program, arguments)
        return None if contained is None else (place.within(host=contained[0]), shlex.join(contained[1]))
    return None


def _contained(program: str, arguments: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """Container and command of ``docker exec``, ``docker compose exec`` and ``kubectl exec``."""
    with_value = _CONTAINERS[program]
    if program == "docker" and arguments[:1] == ("compose",):
        arguments = arguments[1:]
    at = _skip_options(arguments, with_value)
    if arguments[at : at + 1] != ("exec",):
        return None
    at = _skip_options(arguments, with_value, at + 1)
    rest = arguments[at + 1 :]
    if program in {"kubectl", "oc"}:
        if "--" not in rest:
            return None
        rest = rest[rest.index("--") + 1 :]
    return (f"container {arguments[at]}", rest) if rest else None


def _skip_options(arguments: tuple[str, ...], with_value: frozenset[str], at: int = 0) -> int:
    """Where the first word stands from ``at`` on that is neither an option nor an option's value."""
    while at < len(arguments) and arguments[at].startswith("-"):
        at += 2 if arguments[at] in with_value else 1
    return at


def _joined(folder: str, change: str) -> str:
    return change if change.startswith(("/", "~", "$")) or not folder else f"{folder.rstrip('/')}/{change}"


def _is_assignment(word: Word) -> bool:
    name, equals, _value = word.text.partition("=")
    return bool(equals) and name.replace("_", "a").isalnum() and not name[0].isdigit()


def _without_redirections(words: list[Word]) -> tuple[list[Word], list[str]]:
    plain: list[Word] = []
    writes: list[str] = []
    target_next = ""
    for word in words:
        if target_next:
            if target_next == ">":
                writes.append(word.text)
            target_next = ""
            continue
        text = word.text
        if word.quoted or not any(char in text for char in "<>"):
            plain.append(word)
            continue
        body = text.lstrip("0123456789&")
        if not body.startswith(("<", ">")):
            plain.append(word)
            continue
        target = body.lstrip("<>|")
        way = ">" if body.startswith(">") else "<"
        if not target:
            target_next = way
        elif way == ">" and not target.startswith("&"):
            writes.append(target)
    return plain, writes


def _after_wrapper(program: str, words: list[Word]) -> list[Word]:
    """What a wrapper runs; empty if it runs nothing that is named here."""
    with_value, at = _WRAPPERS[program], 0
    while at < len(words):
        text = words[at].text
        if text == "--":
            at += 1
            break
        if text.startswith("-") and len(text) > 1:
            takes = not text.startswith("--") and text[-1] in with_value and (len(text) == 2 or program != "xargs")
            at += 2 if takes else 1
        elif program in {"env", "sudo"} and _is_assignment(words[at]):
            at += 1
        else:
            break
    return words[at + _LEADING_WORDS.get(program, 0) :]


def _script_of(arguments: tuple[str, ...]) -> str | None:
    """The text after ``-c``, also as the last letter of a bundle (``-lc``)."""
    for at, argument in enumerate(arguments):
        if argument.startswith("-") and not argument.startswith("--") and argument.endswith("c"):
            return arguments[at + 1] if at + 1 < len(arguments) else None
    return None


def _remote_of(arguments: tuple[str, ...]) -> tuple[str, str] | None:
    """Host and command of an ``ssh`` line that names a command."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-"):
        at += 2 if len(arguments[at]) == 2 and arguments[at][1] in _SSH_WITH_VALUE else 1
    if at + 1 >= len(arguments):
        return None
    rest = arguments[at + 1 :]
    return arguments[at].rsplit("@", 1)[-1], " ".join(rest[1:] if rest[0] == "--" else rest)
