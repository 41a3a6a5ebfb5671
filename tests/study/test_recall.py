"""Pictures are stored and a damaged one is restored; what came back is called what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hopphys as hp
from hopphys import dataset
from hopphys.interop import images
from hopphys.study import recall, recall_page
from hopphys.study.recall_verdict import verdict

SIZE = (12, 10)


@pytest.fixture
def xi() -> np.ndarray:
    return hp.patterns.random(4, SIZE[0] * SIZE[1], seed=1)


@pytest.fixture
def folder(xi, tmp_path: Path) -> Path:
    """Four unrelated pictures 0.png to 3.png, and damaged.png: the third with a sixth of its pixels turned over."""
    for index, spins in enumerate(xi):
        images.write(tmp_path / f"{index}.png", spins.reshape(SIZE[::-1]))
    images.write(tmp_path / "damaged.png", hp.patterns.corrupt(xi[2], flip=1 / 6, seed=2).reshape(SIZE[::-1]))
    return tmp_path


def request(folder: Path, count: int = 4, probe: str = "damaged.png", **settings) -> recall.Request:
    stored = tuple(folder / f"{index}.png" for index in range(count))
    return recall.Request(stored, folder / probe, SIZE, **settings)


WAYS = [{}, {"rule": "projection"}, {"model": "attention"}, {"model": "attention", "sharpness": 50.0}]


@pytest.mark.parametrize("settings", WAYS)
def test_a_damaged_picture_is_restored_exactly(settings, folder, xi):
    result = recall.restore(request(folder, **settings))
    assert np.array_equal(result.restored, xi[2])
    assert (result.attrs["verdict"], list(result.attrs["members"])) == ("memory", [2])
    assert result.converged.item() and result.period.item() == 1
    assert result.overlap.values[0] == pytest.approx(hp.patterns.overlap(result.probe.values, xi))
    assert result.overlap.values[-1, 2] == 1
    assert np.all(np.diff(result.energy.values) <= 1e-12)
    dataset.check(result)


@pytest.mark.parametrize("settings", WAYS)
def test_the_energies_are_those_of_the_network_at_both_ends(settings, folder, xi):
    result = recall.restore(request(folder, **settings))
    if settings.get("model") == "attention":
        network = hp.attention(xi / np.sqrt(xi.shape[-1]), result.attrs["sharpness"])
        ends = [result.probe.values / np.sqrt(xi.shape[-1]), result.state.values]
    else:
        network = hp.hopfield(xi, rule=hp.projection if settings else hp.hebb)
        ends = [result.probe.values, result.restored.values]
    assert network.energy(np.stack(ends)) == pytest.approx(result.energy.values[[0, -1]], abs=1e-9)


def test_the_seed_decides_the_order_and_nothing_else_does(folder):
    first, again = (recall.restore(request(folder, probe="0.png", seed=3)) for _ in range(2))
    assert first.drop_attrs().identical(again.drop_attrs())


def test_the_negative_is_called_the_negative(folder, xi):
    images.write(folder / "negative.png", -xi[1].reshape(SIZE[::-1]))
    result = recall.restore(request(folder, probe="negative.png"))
    assert (result.attrs["verdict"], list(result.attrs["members"])) == ("negative", [1])
    assert "NEGATIVE of 1.png exactly" in "\n".join(recall_page.lines(result))


def test_verdicts_name_what_a_state_is(xi):
    def named(state) -> tuple[str, list[int]]:
        found = verdict(state, xi)
        return found.kind, sorted(found.members)

    assert named(xi[3]) == ("memory", [3])
    assert named(-xi[3]) == ("negative", [3])
    assert named(hp.patterns.mixture(xi[:3])) == ("mixture", [0, 1, 2])
    assert named(hp.patterns.mixture(xi[1:], [1, -1, 1])) == ("mixture", [1, 2, 3])
    assert verdict(hp.patterns.random(1, xi.shape[-1], seed=9)[0], xi).kind == "spurious"


def test_of_a_picture_and_its_negative_the_one_that_is_there_is_named(xi):
    both = np.stack([xi[0], -xi[0]])
    assert (verdict(-xi[0], both).kind, verdict(-xi[0], both).members) == ("memory", (1,))


def test_twins_are_told_apart_by_half_of_what_differs(xi):
    twin = xi[0].copy()
    twin[:4] *= -1
    nearly, between = xi[0].copy(), xi[0].copy()
    nearly[:1] *= -1
    between[:3] *= -1
    pair = np.stack([xi[0], twin])
    assert verdict(nearly, pair).members == (0,) and verdict(nearly, pair).kind == "memory"
    assert verdict(between, pair).members == (1,) and verdict(between, pair).kind == "memory"


def test_sharpness_is_chosen_so_that_a_stored_picture_holds_all_the_weight(xi):
    alike = hp.patterns.correlated(6, 400, correlation=0.6, seed=4)
    k = recall.automatic_sharpness(alike)
    x = alike / 20.0
    weights = np.exp(k * (x @ x.T - 1))
    weights /= weights.sum(axis=-1, keepdims=True)
    assert np.all(np.diag(weights) > 1 - np.exp(-5))
    assert recall.automatic_sharpness(np.stack([xi[0], xi[0]])) > 0


def test_too_many_pictures_are_called_over_capacity_with_what_to_try(tmp_path):
    xi = hp.patterns.random(30, 100, seed=5)
    for index, spins in enumerate(xi):
        images.write(tmp_path / f"{index}.png", spins.reshape(10, 10))
    stored = tuple(tmp_path / f"{index}.png" for index in range(30))
    text = "\n".join(recall_page.lines(recall.restore(recall.Request(stored, stored[0], (10, 10)))))
    assert "load 30/100 = 0.3 (OVER CAPACITY, 0.138" in text
    assert "and 18 more" in text
    assert "--rule projection" in text and "--model attention" in text and "larger --size" in text


def test_pictures_that_are_alike_are_blended_by_hebb_and_not_by_projection(tmp_path):
    xi = hp.patterns.correlated(5, 400, correlation=0.7, seed=6)
    for index, spins in enumerate(xi):
        images.write(tmp_path / f"{index}.png", spins.reshape(20, 20))
    stored = tuple(tmp_path / f"{index}.png" for index in range(5))
    blended = recall.restore(recall.Request(stored, stored[0], (20, 20)))
    text = "\n".join(recall_page.lines(blended))
    assert blended.attrs["verdict"] == "mixture" and "blends what is alike" in text
    kept = recall.restore(recall.Request(stored, stored[0], (20, 20), rule="projection"))
    assert kept.attrs["verdict"] == "memory" and "5 of 5 pictures are fixed points" in "\n".join(
        recall_page.lines(kept)
    )


@pytest.mark.parametrize("settings", WAYS)
@pytest.mark.parametrize("count", [1, 4])
def test_every_line_fits_eighty_columns(count, settings, folder):
    long = folder / ("a very long name of a picture that somebody took on a holiday " * 3 + ".png")
    long.write_bytes((folder / "0.png").read_bytes())
    stored = (long, *(folder / f"{index}.png" for index in range(1, count)))
    lines = recall_page.lines(recall.restore(recall.Request(stored, long, SIZE, **settings)))
    assert max(map(len, lines)) <= 80, max(lines, key=len)
    assert all(line.isprintable() for line in lines)


def test_pictures_of_one_name_are_told_apart_by_their_folders():
    paths = [Path("/x/one/a.png"), Path("/x/two/a.png"), Path("/x/two/b.png")]
    assert recall.labels(paths) == ["one/a.png", "two/a.png", "two/b.png"]
    assert recall.labels([Path("a.png"), Path("a.png")]) == ["a.png", "a.png"]
    assert recall.labels([Path("a\n\udcff.png")]) == ["a??.png"]


def test_what_is_written_is_what_was_found(folder, xi):
    result = recall.restore(request(folder))
    written = recall_page.write(result, folder / "new" / "out")
    assert [path.name for path in written] == ["restored.png", "recall.png", "recall.nc"]
    assert sorted(path.name for path in (folder / "new" / "out").iterdir()) == sorted(recall_page.FILES)
    assert np.array_equal(images.pattern(written[0], SIZE)[0].ravel(), xi[2])
    assert images.read(written[1]).original[0] >= 1000
    assert dataset.load(written[2]).drop_attrs().identical(result.drop_attrs())


@pytest.mark.parametrize("name", ["$x$ and $.png", "_hidden.png", "図.png", "a\n\udcff.png"])
def test_any_file_name_can_be_drawn_and_saved(name, folder):
    odd = folder / name
    odd.write_bytes((folder / "0.png").read_bytes())
    result = recall.restore(recall.Request((odd, folder / "1.png"), odd, SIZE))
    recall_page.write(result, folder / "out")
    assert "\n".join(recall_page.lines(result)).encode()
