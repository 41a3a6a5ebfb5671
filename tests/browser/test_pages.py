"""Pages as a reader sees them, on a phone and on a desk, by day and by night."""

import re

import pytest

pytestmark = pytest.mark.browser
PAGES = ["index.html", "toy/index.html"]
DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_of_the_page(layout, pages, name, width):
    found = layout((pages / name).read_text("utf-8"), width)
    assert found["width"] == width, "the browser did not take the width of the window"
    assert found["scroll"] <= width
    assert found["out"] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_embedded_picture_can_be_shown(layout, pages, name):
    assert layout((pages / name).read_text("utf-8"), 1280)["images"] == 0


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_text_stands_out_from_its_ground_by_day_and_by_night(layout, pages, scheme):
    found = layout((pages / "toy/index.html").read_text("utf-8"), 1280, scheme)
    ground, ink = (luminance(found[name]) for name in ("ground", "ink"))
    assert (ground > ink) == (scheme == LIGHT)
    assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) > 7  # WCAG AAA


def luminance(colour):
    channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_page_that_is_too_wide_is_noticed(layout):
    """The broken twin: the probe sees an element that sticks out."""
    found = layout("<!DOCTYPE html><html><head></head><body><p style='width: 900px'>wide</p></body></html>", 390)
    assert found["out"] == ["P."] and found["scroll"] > 390
