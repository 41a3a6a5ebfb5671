"""A study that needs no engine: random numbers, slow on request, and what a study can do wrong."""

import os
import time
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from hopphys.study import Finding, Study


@dataclass(frozen=True)
class Config:
    """Sizes of samples; `trouble` is what happens at the second point."""

    sizes: tuple[int, ...] = (3, 1, 4, 2, 5)
    noise: float = 1.0
    trouble: str = ""

    def __post_init__(self):
        if self.noise < 0:
            raise ValueError(f"noise must be 0 or more, but it is {self.noise}")


@dataclass(frozen=True)
class Point:
    """One sample."""

    size: int = field(metadata={"long_name": "number of samples $n$", "units": "samples"})
    noise: float = 1.0
    trouble: str = ""


def points(config):
    return [Point(size, config.noise, config.trouble if place == 1 else "") for place, size in enumerate(config.sizes)]


def measure(point, seed):
    time.sleep(float(os.environ.get("TOY_WAIT", 0)))
    if point.trouble == "value":
        raise ValueError("the sample is empty")
    if point.trouble == "bug":
        raise ZeroDivisionError("a mistake in the study")
    if point.trouble == "die":
        os.kill(os.getpid(), 9)
    sample = point.noise * np.random.default_rng(seed).normal(size=point.size)
    label = {"long_name": "sample", "units": "J"}
    ds = xr.Dataset({"sample": ("disorder", sample, label), "positive": ("disorder", sample > 0, label)})
    return ds.rename(disorder="chain") if point.trouble == "schema" else ds


def findings(ds):
    mean, error = float(ds["sample"].mean()), 1 / np.sqrt(float(ds["sample"].count()))
    return [
        Finding.compare("mean", mean, error, 0.0, "normal law"),
        Finding.compare("mean, taken for [exact] by a long name that has to be broken", mean, 1e-6, 9.0, "nobody"),
    ]


def figures(ds):
    return {}


STUDY = Study(
    name="toy",
    title="A toy",
    question="Is the mean zero?",
    config=Config,
    points=points,
    measure=measure,
    findings=findings,
    figures=figures,
    cost=lambda point: float(point.size),
)
