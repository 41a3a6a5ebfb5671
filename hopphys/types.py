"""The one array type of the public signatures."""

from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
ArrayLike = npt.ArrayLike

__all__ = ["Array", "ArrayLike"]
