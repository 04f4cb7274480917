"""The house rules a reviewer would otherwise have to remember: who may import whom, who prints, what loads when."""

from __future__ import annotations

import ast
import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Runbook

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "runbook"

ALLOWED: dict[str, set[str]] = {
    "model": set(),
    "redact": {"model"},
    "capture": {"model", "redact"},
    "record": {"model"},
    "detect": {"model"},
    "render": {"model"},
    "review": {"model"},
    "publish": {"model"},
    "archive": {"model"},
    "operate": {"model"},
    "flow": {
        "model",
        "redact",
        "capture",
        "record",
        "detect",
        "render",
        "review",
        "publish",
        "archive",
        "operate",
        "demo",
    },
    "cli": {"flow", "model"},
    "signatures": set(),
    "demo": set(),
    "errors": set(),
    "__init__": set(),
    "__main__": {"cli"},
}
"""Room -> the rooms it may import. Everybody may import ``runbook.errors`` and the version in ``runbook`` itself."""

OWNERS = {
    "git": ("publish/git.py",),
    "questionary": ("capture/prompter*.py",),
    "prompt_toolkit": ("capture/prompter*.py",),
    "jinja2": ("render/*.py",),
    "markdown_it": ("render/*.py", "detect/artefacts/fences.py"),
}
"""Libraries that one place holds for all."""

HEAVY = {"pydantic", "jinja2", "markdown_it", "git", "questionary", "prompt_toolkit", "yaml"}
"""What the verbs that are called dozens of times in an incident must not load."""

MAX_MODULE = 480  # the redaction rules carry their examples beside them
MAX_FUNCTION = 60


class Import(NamedTuple):
    """One imported module, and whether only the type checker sees the import."""

    module: str
    line: int
    checker_only: bool


MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def imports(path: Path) -> tuple[Import, ...]:
    """Every import of a module, those inside functions too."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[Import]:
    tree = tree_of(path)
    checker_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    package = ["runbook", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            # `from runbook import record` names a room only in its alias.
            found = [f"{module}.{alias.name}" for alias in node.names] if module == "runbook" else [module]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {
            "__import__",
            "import_module",
        }:
            argument = node.args[0] if node.args else None
            found = [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []
        else:
            continue
        yield from (Import(module, node.lineno, id(node) in checker_only) for module in found)


def test_every_room_is_known() -> None:
    """A new folder under runbook/ gets its line in ALLOWED, so that nothing grows beside the plan."""
    assert {room_of(path) for path in MODULES} <= set(ALLOWED)


def test_rooms_import_only_what_the_plan_allows() -> None:
    """No stage knows another, nothing below imports the command line; imports inside functions count too.

    What only the type checker sees is no edge: a verb may name the type of a value that flow hands it.
    """
    broken = []
    for path in MODULES:
        room = room_of(path)
        for module, line, checker_only in imports(path):
            parts = module.split(".")
            if parts[0] != "runbook" or len(parts) == 1 or checker_only:
                continue
            target = parts[1]
            if target in {room, "errors", "__version__"} or target in ALLOWED.get(room, set()):
                continue
            broken.append(f"runbook/{name_of(path)}:{line}: {room} imports {module}")
    assert broken == []


def test_libraries_are_imported_only_by_the_module_that_holds_them() -> None:
    """GitPython by publish/git.py, questionary by the prompter, and so on."""
    broken = [
        f"runbook/{name_of(path)}:{line}: {module}"
        for path in MODULES
        for module, line, _ in imports(path)
        if (library := module.split(".")[0]) in OWNERS
        and not any(path.relative_to(PACKAGE).match(owner) for owner in OWNERS[library])
    ]
    assert broken == []


def test_no_imports_go_in_circles() -> None:
    """Modules import each other in one direction; imports inside functions and for the type checker count less."""
    edges: dict[str, set[str]] = {}
    dotted = {".".join(["runbook", *path.relative_to(PACKAGE).with_suffix("").parts]): path for path in MODULES}
    for name, path in dotted.items():
        top = {node.lineno for node in tree_of(path).body if isinstance(node, ast.Import | ast.ImportFrom)}
        edges[name] = {found.module for found in imports(path) if found.line in top and found.module in dotted}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"in a circle: {' -> '.join((*trail[trail.index(name) :], name))}"
        if name not in done:
            for target in sorted(edges[name]):
                walk(target, (*trail, name))
            done.add(name)

    for name in sorted(edges):
        walk(name, ())


def test_only_the_command_line_prints() -> None:
    """``print``, ``sys.stdout`` and ``sys.stderr`` belong to reception; other rooms return what is to be said.

    The prompter and the recorder hold the terminal itself: what they draw and pass on is their work. A template's
    process answers its parent through its standard output.
    """
    terminal = (
        "render/child.py",
        "capture/prompter*.py",
        "capture/terminal.py",
        "capture/spawn.py",
        "capture/recorder.py",
        "capture/editor.py",
    )
    broken = []
    for path in MODULES:
        if room_of(path) == "cli" or any(path.relative_to(PACKAGE).match(pattern) for pattern in terminal):
            continue
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.expr):
                continue
            prints = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            writes = isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr"}
            if prints or writes:
                broken.append(f"runbook/{name_of(path)}:{node.lineno}: {ast.unparse(node)}")
    assert broken == []


def test_no_shell_is_asked_to_run_a_string() -> None:
    """No ``shell=True``, no ``os.system`` and the like: arguments are lists."""
    forbidden = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "commands.getoutput"}
    broken = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            shell = [word for word in node.keywords if word.arg == "shell" and ast.unparse(word.value) != "False"]
            if shell or ast.unparse(node.func) in forbidden:
                broken.append(f"runbook/{name_of(path)}:{node.lineno}: {ast.unparse(node)[:80]}")
    assert broken == []


def test_gitpython_is_only_a_way_to_run_git() -> None:
    """Its objects (``Repo``, ``index``) skip signing and attributes; only ``git.cmd.Git`` is used, in one module."""
    found = {
        (name_of(path), module) for path in MODULES for module, _, _ in imports(path) if module.split(".")[0] == "git"
    }
    assert found <= {("publish/git.py", "git.cmd")}


def test_no_module_is_a_drawer_for_leftovers() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [name_of(path) for path in MODULES if path.stem in drawers or path.parent.name in drawers] == []


def test_modules_and_functions_stay_small_enough_to_read() -> None:
    """At most 400 lines a module and 60 a function."""
    long = []
    for path in MODULES:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_MODULE:
            long.append(f"runbook/{name_of(path)}: {lines} lines")
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > MAX_FUNCTION:
                    long.append(f"runbook/{name_of(path)}:{node.lineno}: {node.name} has {size} lines")
    assert long == []


# --- what loads when

SHOW_MODULES = """
import json, sys
from runbook.cli.main import main
try:
    status = main(sys.argv[1:])
except SystemExit as end:
    status = end.code
finally:
    sys.stderr.write("\\nMODULES " + json.dumps([status or 0, sorted(sys.modules)]) + "\\n")
"""


@pytest.fixture
def recording(home: Path, runbook: Runbook) -> Path:
    """A folder with an incident under way, and its catalog cached as on any second call."""
    runbook("start", "Something is down", check=0)
    (home / "small.log").write_text(
        "hello\nBind for 0.0.0.0:4000 failed: port is already allocated\n", encoding="utf-8"
    )
    runbook("scan", home / "small.log", check=1)
    return home


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["log", "restarted the proxy"], 0),
        (["status"], 0),
        (["run", "--", "true"], 0),
        (["run", "--", "sh", "-c", "echo port is already allocated; exit 3"], 3),
        (["scan", "small.log"], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_verbs_of_the_hot_path_load_no_heavy_library(recording: Path, arguments: list[str], status: int) -> None:
    """What is called dozens of times in an incident starts without pydantic, Jinja, YAML, GitPython and the like."""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", SHOW_MODULES, *arguments], cwd=recording, capture_output=True, text=True, check=False
    )
    answer = done.stderr.rpartition("MODULES ")[2]
    assert answer, done.stderr
    ended, modules = json.loads(answer)
    assert ended == status, done.stdout + done.stderr
    assert {name for name in modules if name.split(".")[0] in HEAVY} == set()


def test_git_is_loaded_with_the_first_git_command_not_before() -> None:
    """Importing the post office costs nothing; GitPython (0.1 s) comes with the first question to git."""
    import subprocess

    rooms = "import sys, runbook.publish.commit, runbook.publish.repository, runbook.publish.message"
    script = f"{rooms}; print('git' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
