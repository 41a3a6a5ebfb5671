"""Imports point one way, studies stand on the public API, and what must be light is light."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import hopphys

ROOT = Path(__file__).resolve().parents[1]
# Lowest first; study and report stand side by side.
LAYERS = """
types kernels threads deferred
checks memory glyphs spaces separation softmax interactions features marginals
hamiltonian alphabets models lattices patterns learning interop
dynamics schedules observables dataset encoding provenance engine
exact theory statistics summaries scaling landscape
study report
cli __main__
"""
HEIGHT = {module: height for height, line in enumerate(LAYERS.strip().splitlines()) for module in line.split()}
HEAVY = {"numba", "xarray", "matplotlib"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((ROOT / "hopphys").rglob("*.py"))}
STUDIES = sorted((ROOT / "studies").glob("*.py"))


def imports(tree: ast.AST, module: str, is_package: bool) -> Iterator[str]:
    """Dotted names of everything imported anywhere in a module, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                kept = parents[: len(parents) - node.level + is_package]
                base = ".".join([*kept, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def resolve(name: str) -> str | None:
    """The module of this package that a dotted name lives in, or None."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or None


def import_graph() -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        names = imports(ast.parse(path.read_text()), module, path.name == "__init__.py")
        graph[module] = {found for name in names if (found := resolve(name)) and found != module}
    # The front page loads everything lazily: it is above all layers, and only its version may be asked for from below.
    graph.pop("hopphys")
    return {module: targets - {"hopphys"} for module, targets in graph.items()}


def height(module: str) -> int:
    part = module.split(".")[1]
    assert part in HEIGHT, f"hopphys.{part} is in no layer; add it to LAYERS"
    return HEIGHT[part]


def test_imports_have_no_cycle():
    try:
        TopologicalSorter(import_graph()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_imports_point_from_cli_down_to_kernels():
    upward = [f"{a} imports {b}" for a, targets in import_graph().items() for b in targets if height(b) > height(a)]
    assert not upward, "\n".join(upward)


def test_study_and_report_do_not_import_each_other_both_ways():
    pairs = {(a.split(".")[1], b.split(".")[1]) for a, targets in import_graph().items() for b in targets}
    assert not {("study", "report"), ("report", "study")} <= pairs


def test_package_asks_its_front_page_for_nothing_but_the_version():
    for module, path in MODULES.items():
        for name in imports(ast.parse(path.read_text()), module, path.name == "__init__.py"):
            if resolve(name) == "hopphys" and module != "hopphys":
                assert name == "hopphys.__version__", f"{module} imports {name}"


def test_kernels_import_numpy_and_numba_only():
    for module, path in MODULES.items():
        if module.startswith("hopphys.kernels"):
            roots = {name.split(".")[0] for name in imports(ast.parse(path.read_text()), module, False)}
            assert roots <= {"numpy", "numba", "llvmlite", "hopphys", *sys.stdlib_module_names}, module


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_studies_import_only_what_a_reader_could_import(path):
    allowed = {"hopphys", "numpy", "xarray", "matplotlib", "scipy", "__future__", *sys.stdlib_module_names}
    public = set(hopphys.__all__)
    for name in imports(ast.parse(path.read_text()), f"hopphys.studies.{path.stem}", path.name == "__init__.py"):
        root, *rest = name.split(".")
        assert root in allowed, name
        if root == "hopphys" and rest and rest[0] != "studies":
            assert rest[0] in public and not any(part.startswith("_") for part in rest), name


def loaded_by(code: str, folder: Path) -> set[str]:
    """Top-level modules in sys.modules after a fresh interpreter has run `code`."""
    script = f"import sys\ntry:\n {code}\nexcept SystemExit:\n pass\nprint('\\n' + ' '.join(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_import_is_light(tmp_path):
    assert not loaded_by("import hopphys", tmp_path) & {*HEAVY, "scipy", "numpy"}


def test_help_is_light(tmp_path):
    code = "sys.argv = ['hopphys', '--help']; from hopphys.cli import main; main()"
    assert not loaded_by(code, tmp_path) & HEAVY


def test_studies_are_the_package_hopphys_studies(tmp_path):
    code = "import hopphys.studies; from importlib.resources import files; print(files(hopphys.studies))"
    assert "studies" not in loaded_by(code, tmp_path)
