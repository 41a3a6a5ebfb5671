"""The tests of the engine import their list of Hamiltonians from this folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
