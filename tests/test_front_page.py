"""The names that a physicist imports: every promised one is there, lazily, and type checkers see the same list."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hopphys as hp

THEORY = sorted(path.stem for path in Path(hp.theory.__file__).parent.glob("[!_]*.py"))


def for_type_checkers(package):
    """The names that a package imports under TYPE_CHECKING."""
    tree = ast.parse(Path(package.__file__).read_text())
    branch = next(node for node in tree.body if isinstance(node, ast.If))
    return {alias.name for node in branch.body if isinstance(node, ast.ImportFrom) for alias in node.names}


@pytest.mark.parametrize("name", hp.__all__)
def test_promised_name_is_there(name):
    assert getattr(hp, name) is not None


def test_type_checkers_see_the_names_that_are_there():
    assert for_type_checkers(hp) | {"__version__"} == set(hp.__all__)
    assert for_type_checkers(hp.theory) == set(hp.theory.__all__)


def test_every_theory_is_promised_and_told_of():
    assert set(hp.theory.__all__) == {*THEORY, "Reference"}
    assert all(f"`{name}`:" in hp.theory.__doc__ for name in THEORY)


@pytest.mark.parametrize("name", THEORY)
def test_every_theory_is_there_after_one_import(name):
    # In a process of its own: here other tests may have imported the module themselves.
    code = f"import sys, hopphys as hp; hp.theory; assert 'scipy' not in sys.modules; print(hp.theory.{name}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == f"hopphys.theory.{name}", done.stderr


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'isnig'"):
        _ = hp.isnig
    with pytest.raises(AttributeError, match="no attribute 'gardener'; choose from Reference, ags"):
        _ = hp.theory.gardener
