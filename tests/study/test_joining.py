"""Points of different shapes become one Dataset that says what is missing."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import xarray as xr

from hopphys import dataset
from hopphys.study import Study
from hopphys.study.items import items
from hopphys.study.joining import join

LABEL = {"long_name": "x", "units": "1"}


@dataclass(frozen=True)
class Config:
    points: tuple


@dataclass(frozen=True)
class Point:
    size: int = field(metadata={"long_name": "size $N$", "units": "sites"})
    load: float | None = None
    open: bool = False
    rule: str = "hebb"
    beta: tuple[float, ...] = ()


@dataclass(frozen=True)
class Other:
    """Points of another kind: without `load` and `open`, with `rules`, `count` and `settled` of their own."""

    size: int
    rule: str = "hebb"
    rules: tuple[str, ...] = ("a", "b")
    count: int = field(default=3, metadata={"long_name": "how many", "units": "1"})
    settled: bool = True
    name: str = "other"


STUDY = Study("s", "S", "?", Config, lambda config: config.points, lambda *_: None, *[print] * 2)


def joined(*pairs):
    work = items(STUDY, Config(tuple(point for point, _ in pairs)), 1)
    parts = [dataset.stamp(ds, seed=item.seed, config={}) for item, (_, ds) in zip(work, pairs, strict=True)]
    return join(STUDY, work, parts, {"seed": 1, "config": ""})


def column(*values, dim="disorder", **coords):
    return xr.Dataset({"x": (dim, np.array(values), LABEL)}, {k: (k, v, LABEL) for k, v in coords.items()})


def test_values_of_points_are_labelled_coordinates():
    ds = joined((Point(3, 0.1), column(1.0)), (Point(4, None, True, "projection", (1.0,)), column(2.0)))
    assert ds.sizes["point"] == 2 and list(ds["size"].values) == [3, 4] and ds["size"].attrs["units"] == "sites"
    assert ds["load"].attrs == {"long_name": "load", "units": "1"} and np.isnan(ds["load"][1])
    assert list(ds.open.values) == [False, True] and list(ds.rule.values) == ["hebb", "projection"]
    assert {"size", "load", "open", "rule"} <= set(ds.coords) and ds["size"].dtype.kind == "i"


def test_unequal_numbers_of_samples_are_filled_with_nan():
    ds = joined((Point(1), column(1.0, 2.0)), (Point(2), column(3.0)))
    assert ds.x.dims == ("point", "disorder") and np.array_equal(ds.x, [[1, 2], [3, np.nan]], equal_nan=True)
    assert "disorder" not in ds.coords


def test_coordinates_that_differ_are_united():
    a, b = column(1.0, 2.0, dim="sweep", sweep=[1, 2]), column(3.0, 4.0, dim="sweep", sweep=[2, 4])
    ds = joined((Point(1), a), (Point(2), b))
    assert np.array_equal(ds.x, [[1, 2, np.nan], [np.nan, 3, 4]], equal_nan=True) and list(ds.sweep) == [1, 2, 4]
    assert ds.sweep.attrs == LABEL


def test_bools_stay_bools_until_one_is_missing():
    assert joined((Point(1), column(True)), (Point(2), column(False))).x.dtype == bool
    assert np.array_equal(
        joined((Point(1), column(True, False)), (Point(2), column(True))).x, [[1, 0], [1, np.nan]], True
    )


def test_variable_that_one_point_lacks_is_nan_there():
    ds = joined((Point(1), column(1.0)), (Point(2), column(2.0).assign(y=("disorder", [True], LABEL))))
    assert np.isnan(ds.y[0]).all() and ds.y[1] == 1 and ds.y.attrs == LABEL


def test_coordinate_of_the_measurement_that_repeats_the_point_is_one_coordinate():
    ds = joined(*[(Point(n), column(1.0).assign_coords(size=((), n, LABEL))) for n in (1, 2)])
    assert ds["size"].dims == ("point",)


def test_value_called_like_a_dimension_leaves_the_dimension_alone():
    ds = joined(
        (Point(1, beta=(1.0, 2.0)), column(1.0, 2.0, dim="beta", beta=[1.0, 2.0])),
        (Point(2), column(1.0, dim="beta", beta=[2.0])),
    )
    assert ds.x.dims == ("point", "beta") and list(ds.beta) == [1, 2]


def test_points_of_two_kinds_have_the_values_of_both():
    """The first kind knows nothing of `count`; nothing is lost, whichever comes first."""
    one, two = (Point(3, 0.1, True), column(1.0, 2.0)), (Other(4), column(3.0))
    for pairs, here, there in (((one, two), 0, 1), ((two, one), 1, 0)):
        ds = joined(*pairs)
        assert {"size", "load", "open", "rule", "beta", "rules", "count", "settled", "name"} <= set(ds.coords)
        assert ds["size"].dtype.kind == "i" and ds["size"].attrs["long_name"] == "size $N$"
        assert ds["load"][here] == 0.1 and np.isnan(ds["load"][there]) and ds["count"][there] == 3
        assert np.isnan(ds["count"][here]) and ds["count"].attrs == {"long_name": "how many", "units": "1"}
        assert ds.open[here] == 1 and np.isnan(ds.open[there])  # no bool: a missing one would be False, or text
        assert ds.rules[here] == "" and ds.rules[there] == "('a', 'b')" and ds["name"][here] == ""


def test_a_value_that_is_there_for_every_point_is_joined_as_before():
    alike = joined((Point(3, None, True), column(1.0)), (Point(4, 0.2), column(2.0)))
    assert alike.open.dtype == bool and np.array_equal(alike["load"], [np.nan, 0.2], equal_nan=True)


def test_variables_along_a_dimension_of_one_kind_are_missing_at_the_other():
    measured = xr.Dataset(
        {"y": (("kind", "disorder"), np.ones((2, 3)), LABEL)}, {"kind": ("kind", ["hebb", "storkey"], LABEL)}
    )
    other = xr.Dataset({"y": (("kind", "disorder"), np.ones((1, 2)), LABEL)}, {"kind": ("kind", ["dream"], LABEL)})
    binned = column(1.0, 2.0).assign(z=("bin", [1.0, 2.0], LABEL)).assign_coords(bin=("bin", [0.5, 1.5], LABEL))
    ds = joined((Point(1), binned), (Other(2), measured), (Other(3), other))
    assert dict(ds.sizes) == {"point": 3, "disorder": 3, "kind": 3, "bin": 2}
    assert list(ds.bin) == [0.5, 1.5] and list(ds.z[0]) == [1, 2] and np.isnan(ds.z[1:]).all()
    assert np.isfinite(ds.y.sel(kind="storkey")[1]).all() and np.isnan(ds.y.sel(kind="storkey")[2]).all()
    assert np.isnan(ds.y[0]).all() and np.isnan(ds.x[1:]).all() and int(np.isfinite(ds.y).sum()) == 8


def test_a_value_of_one_kind_that_another_kind_measures_is_refused():
    with pytest.raises(ValueError, match="measures 'count', which is also a value of its points"):
        joined((Other(1), column(1.0)), (Point(2), column(1.0).rename(x="count")))


def test_attributes_that_all_points_share_stay():
    parts = [(Point(n), column(1.0).assign_attrs(note="no equilibrium law", size=n)) for n in (1, 2)]
    assert joined(*parts).attrs["note"] == "no equilibrium law" and "size" not in joined(*parts).attrs


def test_joined_dataset_survives_a_file(tmp_path):
    ds = joined((Point(1), column(1.0, 2.0)), (Point(2), column(3.0)))
    assert dataset.load(dataset.save(ds, tmp_path / "s.nc")).identical(ds)


def test_points_that_do_not_fit_say_so():
    with pytest.raises(ValueError, match="points of study s do not fit into one Dataset"):
        joined((Point(1), column(1.0, 2.0, disorder=[3, 3])), (Point(2), column(1.0, disorder=[4])))
