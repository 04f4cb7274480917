"""``runbook completion``: what the Tab key knows, for bash, zsh and fish."""

from __future__ import annotations

from runbook.cli.output import parser

SHELLS = ("bash", "zsh", "fish")
_NAMES = ("ids", "signatures")


def run(argv: list[str]) -> int:
    """Print a completion script; or, asked by such a script, the names that begin with a word."""
    if argv and argv[0] in _NAMES:
        return _names(argv[0], argv[1] if len(argv) > 1 else "")
    arguments = parser(
        "completion",
        "Print the completion script of a shell: verbs, options, their values, ids of\ndocuments and signatures.",
        epilog="bash:  runbook completion bash \\\n"
        "         >~/.local/share/bash-completion/completions/runbook\n"
        'zsh:   runbook completion zsh >"${fpath[1]}/_runbook"\n'
        "fish:  runbook completion fish >~/.config/fish/completions/runbook.fish",
    )
    arguments.add_argument("shell", choices=SHELLS)
    options = arguments.parse_args(argv)
    from runbook.cli import completion_scripts as scripts

    print({"bash": scripts.bash, "zsh": scripts.zsh, "fish": scripts.fish}[options.shell](), end="")
    return 0


def _names(what: str, prefix: str) -> int:
    from runbook.flow import names

    found = names.ids(prefix) if what == "ids" else names.signatures(prefix)
    print("".join(f"{name}\n" for name in found), end="")
    return 0
