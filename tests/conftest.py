"""What every test relies on: one BLAS thread, compiled kernels that belong to this source, and repeatable examples."""

import hashlib
import os
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]


def _kernel_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / "hopphys" / "kernels").rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


# numba's cache does not notice that a function changed which a kernel calls from another file: a folder for each
# version of the kernels does. Both settings must be in place before numba and the BLAS are loaded, and in subprocesses.
os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".pytest_cache" / f"numba-{_kernel_digest()}")
for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

settings.register_profile("hopphys", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("hopphys")
