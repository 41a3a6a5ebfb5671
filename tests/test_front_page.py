"""The names that a physicist imports: every promised one is there, lazily, and type checkers see the same list."""

import ast
from pathlib import Path

import pytest

import hopphys as hp


@pytest.mark.parametrize("name", hp.__all__)
def test_promised_name_is_there(name):
    assert getattr(hp, name) is not None


def test_type_checkers_see_the_names_that_are_there():
    tree = ast.parse(Path(hp.__file__).read_text())
    branch = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name for node in branch.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen | {"__version__"} == set(hp.__all__)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'isnig'"):
        _ = hp.isnig
