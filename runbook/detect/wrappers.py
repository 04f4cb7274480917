"""Programs that run the rest of their line, a text they are given, or what they read: which part of a command that is.

Options that take a value are named here, because the first word that is neither is the command.
"""

from __future__ import annotations

from runbook.detect.shelltext import Script, Word, joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    "screen": "SstTceph",
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
        if program == "systemd-run" and option == "--user":
            return False  # there it says whose manager, of others it is a name
        return "=" not in option and option in _LONG_WITH_VALUE
    return option[-1] in with_value and (len(option) == 2 or program not in {"xargs", "nsenter", "nice", "ionice"})


def script_given(program: str, words: list[Word]) -> Script | None:
    """The text that a program runs here: ``bash -c TEXT``, ``eval``, ``watch``, ``parallel``, ``env -S``."""
    if program in SHELLS:
        return _after_c(words)
    reader = _TEXT_READERS.get(program)
    if reader is not None:
        return reader(words)
    if program in _RUNS_TEXT:
        rest = words[after_options(words, _RUNS_TEXT[program]) :]
        for at, word in enumerate(rest):
            if word.text in {":::", "::::", ":::+"}:
                rest = rest[:at]
                break
        return joined(rest) if rest else None
    return None


def _split_by_env(words: list[Word]) -> Script | None:
    for at, word in enumerate(words):
        if word.text in {"-S", "--split-string"} and at + 1 < len(words):
            return joined(words[at + 1 :])
    return None


def _trapped(words: list[Word]) -> Script | None:
    return joined(words[:1]) if len(words) > 1 and not words[0].text.startswith("-") else None


def _shell_of_sudo(words: list[Word]) -> Script | None:
    """``sudo -s`` and ``sudo -i`` hand what follows to a shell."""
    at = after_options(words, _WRAPPERS["sudo"])
    asks = any(_is_bundle(word.text, "si") or word.text in {"--shell", "--login"} for word in words[:at])
    return joined(words[at:]) if asks and at < len(words) else None


def _is_bundle(option: str, letters: str) -> bool:
    """Whether one of these is among an option's letters: ``-iu`` has ``i``."""
    return option[:1] == "-" and option[1:2] != "-" and any(letter in option for letter in letters)


def _typed_by_tmux(words: list[Word]) -> Script | None:
    """What a new window of tmux runs, and what is typed into one that is there."""
    verb = words[0].text if words else ""
    if verb in {"send-keys", "send"}:
        at = after_options(words[1:], "tNc") + 1
        keys = [word for word in words[at:] if word.text not in {"Enter", "C-m", "C-j"}]
        return joined(keys) if keys else None
    if verb in {"new", "new-session", "new-window", "neww", "split-window", "splitw", "respawn-pane", "run-shell"}:
        at = after_options(words[1:], "sntcxyFelp") + 1
        return joined(words[at:]) if at < len(words) else None
    return None


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


def after_options(words: list[Word], with_value: str) -> int:
    """Where the first word stands that is no option; ``with_value``: the short options that take a value."""
    at = 0
    while at < len(words) and words[at].text.startswith("-") and words[at].text != "--":
        at += 2 if _takes_value(words[at].text, with_value, "") else 1
    return at + 1 if at < len(words) and words[at].text == "--" else at


def value_of(words: list[Word], names: tuple[str, ...]) -> Word | None:
    """The value of an option, by any of its names."""
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


def reads_script(program: str, words: list[Word]) -> bool:
    """Whether a shell without a text of its own, or ``at``, takes its commands from standard input."""
    texts = [word.text for word in words]
    if program in {"at", "batch"}:
        return not {"-f", "-l", "-r", "-c", "-d"}.intersection(texts)
    if program in {"source", "."}:
        return texts == ["/dev/stdin"]
    if program not in SHELLS:
        return program == "su"
    first = next((text for text in texts if text in _STDIN or not text.startswith(("-", "+"))), "-")
    return first in _STDIN


_STDIN = frozenset({"-s", "-", "/dev/stdin"})
_TEXT_READERS: dict[str, Callable[[list[Word]], Script | None]] = {
    "su": _after_c,
    "runuser": _after_c,
    "script": _after_c,
    "flock": _after_c,
    "eval": lambda words: joined(words) if words else None,
    "env": _split_by_env,
    "trap": _trapped,
    "sudo": _shell_of_sudo,
    "tmux": _typed_by_tmux,
}
"""Programs beside the shells that run a text, and how it is found among their words."""


def script_on_disk(args: Sequence[str]) -> str | None:
    """The file that a shell is given to run; None where it is given none."""
    at = 0
    while at < len(args) and args[at].startswith(("-", "+")):
        if args[at] in {"-s", "-", "-c"}:
            return None
        at += 2 if args[at] in {"-o", "+o", "-O", "+O", "--rcfile", "--init-file"} else 1
    return args[at] if at < len(args) else None
