"""A point is known by its values, and by nothing else."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from hopphys.study import Study
from hopphys.study.items import items


@dataclass(frozen=True)
class Config:
    points: tuple


@dataclass(frozen=True)
class Point:
    size: int
    load: float


def study(name="s"):
    return Study(name, "S", "?", Config, lambda config: config.points, test_no_points_are_refused, *[print] * 2)


def made(*points, seed=1, name="s"):
    return items(study(name), Config(points), seed)


def test_address_and_seed_depend_on_values_alone():
    (a,), (b,), (c,) = made(Point(10, 0.5)), made({"load": 0.5, "size": 10}), made({"size": np.int64(10), "load": 0.5})
    assert a.address == b.address == c.address and a.seed == b.seed == c.seed


def test_refining_a_grid_leaves_the_old_points_unchanged():
    coarse = {item.address: item.seed for item in made(Point(10, 0.1), Point(10, 0.3))}
    fine = {item.address: item.seed for item in made(Point(10, 0.3), Point(10, 0.2), Point(10, 0.1))}
    assert coarse.items() <= fine.items()


def test_seed_changes_with_value_root_and_study():
    seeds = [
        made(Point(10, 0.1))[0].seed,
        made(Point(10, np.nextafter(0.1, 1)))[0].seed,
        made(Point(11, 0.1))[0].seed,
        made(Point(10, 0.1), seed=2)[0].seed,
        made(Point(10, 0.1), name="t")[0].seed,
    ]
    assert len(set(seeds)) == len(seeds) and all(0 <= seed < 2**63 for seed in seeds)


def test_seeds_of_a_grid_are_all_different_and_spread():
    seeds = np.array([item.seed for item in made(*[Point(n, a / 100) for n in range(50) for a in range(50)])])
    assert len(set(seeds)) == 2500 and abs(seeds.astype(float).mean() / 2**63 - 0.5) < 4 / math.sqrt(12 * 2500)


def test_address_and_seed_are_the_same_on_every_machine():
    (item,) = made({"size": 10, "load": 0.1, "rule": "hebb", "open": True, "limit": None, "window": (0.5, 1)})
    assert (item.address, item.seed) == ("7ec3a519cab614ebe6b63cdc92e44d5b", 5412123904210273888)


@pytest.mark.parametrize("zero", [0.0, -0.0, np.float64(-0.0)])
def test_minus_zero_is_zero(zero):
    assert made(Point(1, zero))[0].address == made(Point(1, 0.0))[0].address


@pytest.mark.parametrize("value", [math.nan, np.arange(3), {1: 2}, object(), b"x", (1, [math.nan])], ids=repr)
def test_value_that_is_not_plain_is_refused(value):
    with pytest.raises(ValueError, match=r"load of a point is .*plain values"):
        made({"load": value})


def test_point_that_is_no_record_is_refused():
    with pytest.raises(ValueError, match="must be a frozen dataclass or a mapping"):
        made(3)


def test_two_points_alike_are_refused():
    with pytest.raises(ValueError, match=r"has the point \(size=10, load=0.1\) twice"):
        made(Point(10, 0.1), Point(9, 0.1), Point(10, 0.1))


def test_no_points_are_refused():
    with pytest.raises(ValueError, match="has no points"):
        made()


@pytest.mark.parametrize("seed", [-1, 1.5, True, "1"])
def test_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a non-negative integer"):
        made(Point(1, 0.1), seed=seed)


def test_point_of_many_values_is_told_by_its_first():
    few, many, long = made(
        {"size": 3, "load": 0.5}, {"size": 3, "loads": (0.1,) * 9, "w": (1.5,) * 99}, {"w": "x" * 300}
    )
    assert few.label == "size=3, load=0.5"
    assert many.label.startswith(f"size=3, loads={(0.1,) * 9}, w=(1.5, ") and many.label.endswith(", ...")
    assert len(many.label) <= 205 and long.label == f"w={'x' * 198}, ..."
