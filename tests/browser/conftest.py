"""A browser without a window: Chromium, driven by its command line alone."""

import json
import os
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
)
# Written into a copy of the page: what the layout came to, for --dump-dom of the frame around it to read back.
PROBE = """<script>
addEventListener("load", () => {
  const wide = document.documentElement.clientWidth;
  const out = [...document.body.querySelectorAll("*")].filter(e => {
    if (e.getBoundingClientRect().right <= wide + 0.5) return false;
    for (let p = e.parentElement; p; p = p.parentElement)
      if (p !== document.documentElement && getComputedStyle(p).overflowX === "auto") return false;
    return true;
  }).map(e => e.tagName + "." + e.className);
  const images = [...document.images].filter(i => !i.naturalWidth).length;
  parent.document.documentElement.dataset.probe = JSON.stringify({
    width: wide, scroll: document.documentElement.scrollWidth, out, images,
    ground: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
  });
});
</script>"""


@pytest.fixture(scope="session")
def browser():
    """A function that runs Chromium with arguments and gives what it printed."""
    program = os.environ.get("HOPPHYS_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(
            f"needs Chromium or Chrome on the path ({', '.join(NAMES)}), or its path in HOPPHYS_BROWSER; "
            "Debian and Ubuntu: apt-get install chromium"
        )

    def run(profile, *arguments):
        command = [program, *QUIET, f"--user-data-dir={profile}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    return run


@pytest.fixture
def layout(browser, tmp_path):
    """A function: what the layout of an HTML text came to, at a width in CSS pixels."""

    def measure(html, width, *arguments):
        assert "</head>" in html
        # A window is never narrower than 500 pixels; a frame may be, and is a viewport of its own to the page in it.
        framed = escape(html.replace("</head>", PROBE + "</head>"))
        frame = tmp_path / "frame.html"
        frame.write_text(
            f'<!DOCTYPE html><iframe width="{width}" height="900" frameborder="0" srcdoc="{framed}">', "utf-8"
        )
        dom = browser(tmp_path / "profile", "--window-size=1400,1000", *arguments, "--dump-dom", frame.as_uri())
        return json.loads(unescape(re.search(r'data-probe="([^"]*)"', dom)[1]))

    return measure


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The report of the toy study of tests/report."""
    from hopphys import dataset, report
    from hopphys.study import discovery

    toy = discovery.load_module(Path(__file__).parents[1] / "report" / "toy_study.py")
    folder = tmp_path_factory.mktemp("pages")
    (folder / "run" / "toy").mkdir(parents=True)
    dataset.save(toy.joined(), folder / "run" / "toy" / "toy.nc")
    report.build(folder / "run", folder / "report", [toy.STUDY])
    return folder / "report"
