"""One print style for every figure, and colours that readers of all kinds can tell apart."""

import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from hopphys.study import style

MODELS = [style.COLOURS[name] for name in ("ising", "hopfield", "boltzmann", "attention")]
# Viénot, Brettel & Mollon 1999: linear RGB as seen without the red (protan) and the green (deutan) cones.
PROTAN = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
DEUTAN = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])


def lab(colour, seen=None):
    """CIE L*a*b* of a colour, as seen with or without a deficiency."""
    c = np.array(to_rgb(colour))
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear if seen is None else seen @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    t = xyz / [0.9505, 1.0, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def closest(colours, seen=None):
    return min(np.linalg.norm(lab(a, seen) - lab(b, seen)) for a, b in itertools.combinations(colours, 2))


@pytest.mark.parametrize("seen", [None, PROTAN, DEUTAN], ids=["all cones", "no red cones", "no green cones"])
@pytest.mark.parametrize("colours", [MODELS, style.SERIES], ids=["models", "series"])
def test_colours_are_told_apart_by_every_reader(colours, seen):
    assert closest(colours, seen) > 15  # a difference of 2 can just be seen side by side


def test_red_and_green_of_equal_lightness_would_be_noticed():
    """The broken twin of the test above."""
    assert closest(["#C05A3C", "#7C7C1E"], DEUTAN) < 15


def test_no_series_wears_the_colour_of_a_model():
    assert min(np.linalg.norm(lab(a) - lab(b)) for a in MODELS for b in style.SERIES) > 15


@pytest.mark.parametrize(("rows", "columns", "shape"), [(1, 1, ()), (1, 3, (3,)), (2, 1, (2,)), (2, 2, (2, 2))])
def test_new_figure_gives_axes_of_the_shape_that_was_asked_for(rows, columns, shape):
    figure, axes = style.new_figure(rows, columns)
    assert np.shape(axes) == shape and len(figure.axes) == rows * columns
    width, height = figure.get_size_inches()
    assert 4 <= width <= style.PAGE_WIDTH and 2 <= height / rows <= 4


def test_new_figure_takes_a_size_and_refuses_no_panels():
    assert tuple(style.new_figure(size=(3, 2))[0].get_size_inches()) == (3, 2)
    with pytest.raises(ValueError, match="at least one panel"):
        style.new_figure(0, 2)


def test_style_ends_with_its_block_and_does_not_see_the_readers_own():
    with matplotlib.rc_context({"font.size": 33.0}):
        with style.print_style():
            assert matplotlib.rcParams["font.size"] == style.PRINT["font.size"]
        assert matplotlib.rcParams["font.size"] == 33.0


def test_figures_need_neither_pyplot_nor_a_window():
    code = "import sys; from hopphys.study import style; style.new_figure(); print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_shades_go_from_light_to_dark_around_the_colour_of_the_model():
    lightness = [lab(shade)[0] for shade in style.shades("hopfield", 5)]
    assert lightness == sorted(lightness, reverse=True)
    assert min(np.diff(lightness[::-1])) > 5 and lightness[0] < 80  # still seen on white
    assert style.shades("ising", 1) == [style.COLOURS["ising"].lower()]


def test_letters_number_panels_before_the_titles_they_have():
    _, axes = style.new_figure(1, 2)
    axes[0].set_title("overlap")
    style.letter(axes)
    assert [axis.get_title(loc="left") for axis in axes] == ["(a) overlap", "(b)"]
    assert axes[0].get_title(loc="center") == ""


def test_pictures_have_no_ticks_and_cover_the_grid():
    _, axis = style.new_figure()
    image = axis.imshow(np.eye(3))
    assert image.zorder > axis.xaxis.get_zorder()
    style.picture(axis)
    assert len(axis.get_xticks()) == len(axis.get_yticks()) == 0
