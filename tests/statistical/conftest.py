"""The same list of models as the exact chains, as a fixture."""

import importlib.util
from pathlib import Path

import pytest

path = Path(__file__).parents[1] / "exact" / "models.py"
spec = importlib.util.spec_from_file_location("hopphys_test_models", path)
models = importlib.util.module_from_spec(spec)
spec.loader.exec_module(models)


@pytest.fixture(params=models.BUILD)
def model(request):
    return models.build(request.param)


@pytest.fixture
def build():
    return models.build
