"""Energy landscapes of small systems, exactly: all corners of the hypercube, their minima and basins."""

from hopphys.landscape.census import KINDS, census
from hopphys.landscape.cube import corners
from hopphys.landscape.minima import descent, minima

__all__ = ["KINDS", "census", "corners", "descent", "minima"]
