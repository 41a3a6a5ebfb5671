"""The one list of models as a fixture."""

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("hopphys_test_models", Path(__file__).with_name("models.py"))
models = importlib.util.module_from_spec(spec)
spec.loader.exec_module(models)


@pytest.fixture(params=models.BUILD)
def model(request):
    return models.build(request.param)


@pytest.fixture
def build():
    return models.build
