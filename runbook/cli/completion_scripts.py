"""The completion scripts, made from :data:`runbook.cli.main.VERBS` and from each verb's own argument parser.

Nothing about a verb is written down twice: an option that is added to a verb is completed with the next script.
"""

from __future__ import annotations

import argparse
import sys
from typing import NamedTuple, NoReturn

from runbook.cli.main import VERBS
from runbook.errors import RunbookError

_FILES = ("PATH", "FILE", "FOLDER")
_TAKES_A_COMMAND = ("run", "guard")


class Word(NamedTuple):
    """An option or a place of a verb.

    Attributes:
        flags: its spellings; empty for a place.
        takes: ``""`` nothing, ``ids``, ``signatures``, ``files``, ``words`` (one of ``words``) or ``text``.
        words: what it can be.
        help: one line.
        many: a place that takes any number.
    """

    flags: tuple[str, ...]
    takes: str
    words: tuple[str, ...]
    help: str
    many: bool = False


class Verb(NamedTuple):
    """A verb, or one word below a verb."""

    name: str
    help: str
    words: tuple[Word, ...]
    below: tuple[Verb, ...] = ()


class _StoppedError(BaseException):
    """Carries a verb's parser out of the verb, before it parses anything. No ``Exception``: no verb may catch it."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def verbs() -> list[Verb]:
    """Every verb with what it takes."""
    return [_describe(name, help_, _parser_of(name)) for name, (_, help_) in VERBS.items()]


def _parser_of(verb: str) -> argparse.ArgumentParser:
    """A verb builds its parser when it is called, to start fast; so it is called, and stopped where it would parse."""

    def stop(self: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        raise _StoppedError(self)

    module = f"runbook.cli.{verb.replace('-', '_')}"
    __import__(module)
    before = argparse.ArgumentParser.parse_args
    setattr(argparse.ArgumentParser, "parse_args", stop)  # noqa: B010  mypy takes no assignment to a method
    try:
        sys.modules[module].run([])
    except _StoppedError as stopped:
        return stopped.parser
    except RunbookError:
        pass
    finally:
        setattr(argparse.ArgumentParser, "parse_args", before)  # noqa: B010  as above
    raise AssertionError(f"the verb {verb} did not come to its arguments")


def _describe(name: str, help_: str, parser: argparse.ArgumentParser) -> Verb:
    words: list[Word] = []
    below: list[Verb] = []
    for action in parser._actions:  # noqa: SLF001  argparse has no other way to ask what it takes
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  as above
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001  as above
            below += [_describe(each, helps.get(each, ""), inner) for each, inner in action.choices.items()]
        elif action.help != argparse.SUPPRESS:
            words.append(_word(action))
    return Verb(name, help_, tuple(words), tuple(below))


def _word(action: argparse.Action) -> Word:
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    choices = tuple(str(choice) for choice in action.choices or ())
    if action.nargs == 0:
        takes = ""
    elif choices:
        takes = "words"
    elif metavar == "ID" or action.dest == "id":
        takes = "ids"
    elif metavar == "SIGNATURE":
        takes = "signatures"
    elif any(word in metavar for word in _FILES):
        takes = "files"
    else:
        takes = "text"
    many = action.nargs in {"*", "+", argparse.REMAINDER}
    return Word(tuple(action.option_strings), takes, choices, " ".join((action.help or "").split()), many)


# --- bash

_BASH = """\
# bash completion for runbook, made by `runbook completion bash`
_runbook() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} verb=${{COMP_WORDS[1]}} at=1
    local options="" kind="" words="" word
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "{verbs} --help --version" -- "$cur")
        return
    fi
    for word in "${{COMP_WORDS[@]:2:COMP_CWORD-2}}"; do
        [[ $word == -- ]] && return  # what follows is a command or a text of its own
    done
    case $verb in
        {nested}) ((COMP_CWORD > 2)) && verb="$verb ${{COMP_WORDS[2]}}" ;;
    esac
    case $verb in
{cases}
    esac
    [[ $cur == -* ]] && kind=words words=$options
    case $kind in
        words) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;
        ids | signatures) mapfile -t COMPREPLY < <(command runbook completion "$kind" "$cur" 2>/dev/null) ;;
        files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    esac
}}
complete -F _runbook runbook
"""


def bash() -> str:
    """The script for bash 4 and newer."""
    known = verbs()
    cases = [line for verb in known for line in _bash_cases(verb)]
    nested = " | ".join(verb.name for verb in known if verb.below) or "-"
    return _BASH.format(verbs=" ".join(verb.name for verb in known), nested=nested, cases="\n".join(cases))


def _bash_cases(verb: Verb, prefix: str = "") -> list[str]:
    name = f"{prefix}{verb.name}"
    flags = " ".join(flag for word in verb.words for flag in word.flags)
    lines = [f'        "{name}")', f'            options="{flags}"', *_bash_kind("            ", _place(verb))]
    valued = [word for word in verb.words if word.flags and word.takes]
    if valued:
        lines.append("            case $prev in")
        for word in valued:
            lines.append(f"                {' | '.join(word.flags)})")
            lines += _bash_kind("                    ", word)
            lines.append("                    ;;")
        lines.append("            esac")
    lines.append("            ;;")
    return lines + [line for inner in verb.below for line in _bash_cases(inner, f"{name} ")]


def _bash_kind(indent: str, word: Word | None) -> list[str]:
    if word is None:
        return []
    if word.takes == "words":
        return [f'{indent}kind=words words="{" ".join(word.words)}"']
    return [f"{indent}kind={word.takes}"]


def _place(verb: Verb) -> Word | None:
    """What stands in a verb's place: the words below it, or its first argument that is no option."""
    if verb.below:
        return Word((), "words", tuple(inner.name for inner in verb.below), "")
    return next((word for word in verb.words if not word.flags), None)


# --- zsh

_ZSH = """\
#compdef runbook
# zsh completion for runbook, made by `runbook completion zsh`
_runbook_ids() {{
    local -a found
    found=(${{(f)"$(_call_program ids runbook completion ids ${{(q)PREFIX}} 2>/dev/null)"}})
    compadd -M 'm:{{a-z}}={{A-Z}}' -a found
}}
_runbook_signatures() {{
    local -a found
    found=(${{(f)"$(_call_program signatures runbook completion signatures ${{(q)PREFIX}} 2>/dev/null)"}})
    _multi_parts / found
}}
_runbook() {{
    local curcontext=$curcontext state line
    local -a verbs
    verbs=(
{verbs}
    )
    _arguments -C '(- *)'{{-h,--help}}'[how to use it]' '(- *)'{{-V,--version}}'[the version]' \\
        '1: :->verb' '*:: :->rest'
    case $state in
        verb) _describe verb verbs ;;
        rest)
            case $words[1] in
{cases}
            esac
            ;;
    esac
}}
if [[ $funcstack[1] == _runbook ]]; then _runbook "$@"; else compdef _runbook runbook; fi
"""


def zsh() -> str:
    """The script for zsh: to be sourced, or put into a folder of ``fpath`` as ``_runbook``."""
    known = verbs()
    shown = "\n".join(f"        {_quoted(f'{verb.name}:{verb.help}')}" for verb in known)
    cases = "\n".join(_zsh_case(verb, " " * 16) for verb in known)
    return _ZSH.format(verbs=shown, cases=cases)


def _zsh_case(verb: Verb, indent: str) -> str:
    inner = indent + "    "
    if verb.below:
        names = " ".join(_quoted(f"{each.name}:{each.help}") for each in verb.below)
        cases = "\n".join(_zsh_case(each, inner + "        ") for each in verb.below)
        return (
            f"{indent}{verb.name})\n{inner}if ((CURRENT == 2)); then\n"
            f"{inner}    local -a below; below=({names}); _describe word below\n{inner}else\n"
            f"{inner}    shift words; ((CURRENT--))\n{inner}    case $words[1] in\n{cases}\n{inner}    esac\n"
            f"{inner}fi\n{inner};;"
        )
    specs = [spec for word in verb.words for spec in _zsh_specs(word)]
    if verb.name in _TAKES_A_COMMAND:
        specs += ["'(-):command: _command_names -e'", "'*::argument: _normal'"]
    listed = f" \\\n{inner}    ".join(specs)
    return f"{indent}{verb.name})\n{inner}_arguments -s {listed}\n{inner};;"


def _zsh_specs(word: Word) -> list[str]:
    action = {
        "words": f"({' '.join(word.words)})",
        "ids": "_runbook_ids",
        "signatures": "_runbook_signatures",
        "files": "_files",
        "text": " ",
    }.get(word.takes, "")
    told = word.help.replace("[", "(").replace("]", ")").replace(":", "\\:")
    if not word.flags:
        return [_quoted(f"{'*' if word.many else ''}:{told.split(',')[0] or 'argument'}:{action}")]
    value = f":value:{action}" if word.takes else ""
    alone = f"({' '.join(word.flags)})" if len(word.flags) > 1 else ""
    return [_quoted(f"{alone}{flag}[{told}]{value}") for flag in word.flags]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# --- fish

_FISH = """\
# fish completion for runbook, made by `runbook completion fish`
function __runbook_verb
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = "$argv[1]"; and not contains -- -- $words
end
function __runbook_below
    set -l words (commandline -opc)
    test (count $words) -ge 3; and test "$words[2]" = "$argv[1]"; and test "$words[3]" = "$argv[2]"
end
function __runbook_no_verb
    test (count (commandline -opc)) -eq 1
end
function __runbook_names
    command runbook completion $argv[1] (commandline -ct) 2>/dev/null
end
complete -c runbook -f -n __runbook_no_verb
complete -c runbook -n __runbook_no_verb -s h -l help -d 'how to use it'
complete -c runbook -n __runbook_no_verb -s V -l version -d 'the version'
"""


def fish() -> str:
    """The script for fish."""
    lines = []
    for verb in verbs():
        lines.append(f"complete -c runbook -f -n __runbook_no_verb -a {verb.name} -d {_fish_quoted(verb.help)}")
        condition = f"'__runbook_verb {verb.name}'"
        lines += _fish_words(verb, condition)
        for inner in verb.below:
            first = f"'__runbook_verb {verb.name}; and test (count (commandline -opc)) -eq 2'"
            lines.append(f"complete -c runbook -f -n {first} -a {inner.name} -d {_fish_quoted(inner.help)}")
            lines += _fish_words(inner, f"'__runbook_below {verb.name} {inner.name}'")
    return _FISH + "\n".join(lines) + "\n"


def _fish_words(verb: Verb, condition: str) -> list[str]:
    lines = []
    for word in verb.words:
        values = {
            "words": f" -x -a {_fish_quoted(' '.join(word.words))}",
            "ids": " -x -a '(__runbook_names ids)'",
            "signatures": " -x -a '(__runbook_names signatures)'",
            "files": " -r -F",
            "text": " -x",
        }.get(word.takes, " -f")
        if word.flags:
            spelled = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in word.flags)
            lines.append(f"complete -c runbook -n {condition} {spelled}{values} -d {_fish_quoted(word.help)}")
        elif word.takes not in {"text", "files"}:
            lines.append(f"complete -c runbook -n {condition}{values.replace(' -x', ' -f')}")
    return lines


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
