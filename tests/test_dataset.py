"""Datasets say where they come from, and a file gives back exactly what went in, or says that it is damaged."""

import os
import signal
import tomllib

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hopphys import dataset, encoding, provenance


def labelled(**attributes):
    ds = xr.Dataset(
        {
            "energy": (("replica", "sweep"), np.array([[1.0, np.nan, np.inf], [-0.0, 2.0, 3.0]])),
            "converged": ("replica", np.array([True, False])),
            "state": (("replica", "site"), np.array([[1, -1], [-1, 1]], dtype=np.int8)),
            "total": ((), 1.5),
            "model": ("replica", np.array(["ising", "hopfield"])),
        },
        coords={"sweep": [1, 2, 4], "label": ("replica", ["a", "bcd"])},
        attrs=attributes,
    )
    for name in ds.variables:
        ds[name].attrs.update(long_name=str(name), units="1")
    return ds


def stamped(seed=1, **config):
    return dataset.stamp(labelled(), seed=seed, config=config)


def with_sweeps(ds, sweeps):
    """The same Dataset measured after other numbers of sweeps."""
    return ds.drop_vars("sweep").assign_coords(sweep=("sweep", sweeps, ds.sweep.attrs))


def same(left, right):
    return left == right or (left != left and right != right)


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)
names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20).filter(
    lambda name: name not in encoding.RESERVED
)


@given(st.dictionaries(names, values, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_attributes_survive_a_round_trip(tmp_path, attributes):
    ds = labelled(**attributes)
    ds["energy"].attrs.update(attributes, long_name="energy")
    back = dataset.load(dataset.save(ds, tmp_path / "run.nc"))
    assert back.identical(ds)
    for name, value in attributes.items():
        assert type(back.attrs[name]) is type(value) and same(back.attrs[name], value)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (None, None),
        (True, True),
        ("", ""),
        ("json:null", "json:null"),
        ("a\0b", "a\0b"),
        ("\ud800", "\ud800"),
        (2**80, 2**80),
        (-(2**63), -(2**63)),
        ((1, (2, None)), [1, [2, None]]),
        (np.arange(3), [0, 1, 2]),
        (np.array([7]), [7]),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        ({}, {}),
        ({"a": {"b": [None, False]}}, {"a": {"b": [None, False]}}),
        ("x" * 200_000, "x" * 200_000),
    ],
    ids=repr,
)
def test_awkward_attribute_comes_back_as_the_plain_value_it_stands_for(tmp_path, given_value, expected):
    back = dataset.load(dataset.save(labelled(value=given_value), tmp_path / "run.nc")).attrs["value"]
    assert back == expected and type(back) is type(expected)


def test_variables_keep_values_types_and_order_of_bits(tmp_path):
    ds = labelled()
    back = dataset.load(dataset.save(ds, tmp_path / "run.nc"))
    assert back.identical(ds)
    assert {name: v.dtype for name, v in back.variables.items()} == {name: v.dtype for name, v in ds.variables.items()}
    assert np.signbit(back.energy.values[1, 0])


@given(st.sampled_from(["f4", "f8", "i1", "u2", "i8", "?", ">f8"]), st.lists(st.integers(0, 3), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arrays_of_every_type_and_shape_survive(tmp_path, kind, shape):
    data = np.random.default_rng(0).integers(0, 2, shape).astype(kind)
    ds = xr.Dataset({"x": ([f"d{axis}" for axis in range(len(shape))], data)})
    assert dataset.load(dataset.save(ds, tmp_path / "x.nc")).identical(ds)


def test_large_variables_are_compressed_and_equal(tmp_path):
    ds = xr.Dataset({"x": ("site", np.zeros(10**6))})
    path = dataset.save(ds, tmp_path / "x.nc")
    assert path.stat().st_size < 10**5 and dataset.load(path).identical(ds)


def test_units_of_time_do_not_turn_numbers_into_dates(tmp_path):
    ds = xr.Dataset(
        {"wait": ("site", [1.0, 2.0], {"units": "seconds"}), "age": ((), 3, {"units": "days since 2000-01-01"})}
    )
    assert dataset.load(dataset.save(ds, tmp_path / "x.nc")).identical(ds)


def test_leftover_encoding_does_not_change_values(tmp_path):
    ds = xr.Dataset({"x": ("site", [1.234, np.nan])})
    ds.x.encoding.update(scale_factor=0.5, dtype="int8", _FillValue=-1)
    assert dataset.load(dataset.save(ds, tmp_path / "x.nc")).identical(ds)


@pytest.mark.parametrize("name", ["", "a/b", "dtype", "_FillValue", "hopphys_digest", 3])
def test_attribute_name_that_netcdf_would_lose_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="rename it"):
        dataset.save(xr.Dataset(attrs={name: 1}), tmp_path / "x.nc")


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a": 1j}, b"bytes"], ids=repr)
def test_attribute_that_a_file_cannot_hold_is_refused_by_name(tmp_path, value):
    with pytest.raises(ValueError, match="'odd' of the Dataset"):
        dataset.save(xr.Dataset(attrs={"odd": value}), tmp_path / "x.nc")
    assert not list(tmp_path.iterdir())


def test_type_that_a_file_cannot_hold_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'z' has type complex128"):
        dataset.save(xr.Dataset({"z": ("site", [1j])}), tmp_path / "x.nc")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # h5netcdf drops a half-opened file
def test_every_flipped_byte_is_noticed_or_harmless(tmp_path):
    ds, path, broken = labelled(seed=3), tmp_path / "run.nc", tmp_path / "broken.nc"
    whole = dataset.save(ds, path).read_bytes()
    for place in np.random.default_rng(4).integers(0, len(whole), 100):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        broken.write_bytes(damaged)
        try:
            assert dataset.load(broken).identical(ds)
        except ValueError as error:
            assert str(broken) in str(error) and "damaged" in str(error)


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.99])
def test_truncated_file_is_named(tmp_path, keep, capfd):
    path = dataset.save(labelled(), tmp_path / "run.nc")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    with pytest.raises(ValueError, match=r"run\.nc is damaged"):
        dataset.load(path)
    assert capfd.readouterr() == ("", "")


def test_missing_file_is_not_called_damaged(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*run\.nc"):
        dataset.load(tmp_path / "run.nc")


def test_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    path = dataset.save(stamped(1), tmp_path / "run.nc")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        dataset.save(stamped(2), path)
    assert dataset.load(path).attrs["seed"] == 1 and list(tmp_path.iterdir()) == [path]


def test_folder_that_is_not_there_gives_the_systems_own_message(tmp_path):
    with pytest.raises(FileNotFoundError, match="No such file"):
        dataset.save(labelled(), tmp_path / "nowhere" / "run.nc")


def test_file_of_another_program_is_read(tmp_path):
    labelled().to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    assert dataset.load(tmp_path / "other.nc").energy.shape == (2, 3)


def test_stamp_says_who_computed_it():
    ds = stamped(
        7, beta=[0.5, 1.0], temperature=None, nested={"x": None, "y": True}, update=np.mean, cue=np.zeros((30, 30))
    )
    assert ds.attrs["seed"] == 7 and ds.attrs["versions"]["numpy"] == np.__version__
    assert ds.attrs["commit"] is None or len(ds.attrs["commit"].removesuffix("+changes")) == 40
    config = tomllib.loads(ds.attrs["config"])
    assert config["beta"] == [0.5, 1.0] and config["nested"] == {"y": True} and config["update"] == "mean"
    assert "temperature" not in config and config["cue"].startswith("float64 (30, 30) blake2b:")
    dataset.check(ds)


def test_package_in_an_untracked_folder_has_no_commit(tmp_path):
    assert provenance.commit(tmp_path) is None


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda ds: ds.attrs.pop("seed"), "attribute 'seed' is missing"),
        (lambda ds: ds.attrs.pop("commit"), "attribute 'commit' is missing"),
        (lambda ds: ds.energy.attrs.pop("units"), "variable 'energy' has no units"),
        (lambda ds: ds.sweep.attrs.pop("long_name"), "variable 'sweep' has no long_name"),
        (lambda ds: ds.update({"odd": ("chain", [1], {"long_name": "", "units": ""})}), "dimension 'chain' is none of"),
        (lambda ds: ds.update(ds.assign_coords(beta=((), np.nan, ds.energy.attrs))), "'beta' must be inverse"),
    ],
)
def test_check_names_every_violation(spoil, complaint):
    ds = stamped()
    spoil(ds)
    with pytest.raises(ValueError, match=complaint):
        dataset.check(ds)


@pytest.mark.parametrize("sweeps", [[1, 2, 2], [2, 1, 3], [-1, 0, 1], [0.5, 1.0, 1.5]])
def test_sweeps_are_rising_counts(sweeps):
    with pytest.raises(ValueError, match="'sweep' must be rising counts"):
        dataset.check(with_sweeps(stamped(), sweeps))
    dataset.check(with_sweeps(stamped(), [0, 1, 10]))


def test_check_names_several_violations_at_once_and_lets_declared_dimensions_be():
    ds = stamped()
    ds["bias"] = ("bias", [0.0], {"long_name": "external field", "units": "J"})
    dataset.check(ds)
    del ds.attrs["seed"], ds["state"].attrs["units"]
    with pytest.raises(ValueError, match="'seed' is missing; variable 'state' has no units"):
        dataset.check(ds)


def test_interrupt_waits_until_the_file_is_whole(tmp_path, monkeypatch):
    ds = dataset.stamp(xr.Dataset(), seed=1, config={})
    whole = xr.Dataset.to_netcdf

    def interrupted(self, *arguments, **options):
        os.kill(os.getpid(), signal.SIGINT)
        return whole(self, *arguments, **options)

    monkeypatch.setattr(xr.Dataset, "to_netcdf", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dataset.save(ds, tmp_path / "run.nc")
    assert dataset.load(tmp_path / "run.nc").attrs["seed"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run.nc"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
