"""Build a report from a run folder, and check that a report still follows from its own data."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hopphys import dataset
from hopphys.report import document, files, rerun, template

if TYPE_CHECKING:
    from hopphys.report.document import Page
    from hopphys.study import Study

# Pictures redrawn by the same matplotlib differ by less than this (root mean square, of 1): fonts are hinted alike
# everywhere, but the last bit of a coordinate may fall differently on another processor.
SAME_PICTURE = 0.01


def build(run_dir: Path | str, out: Path | str, studies: Sequence[Study] = ()) -> Path:
    """Build the report of every finished study in `run_dir`; returns the path of its index page.

    Writes into `out`: index.html, and for each study <study>/index.html (self-contained), <study>/<figure>.png
    (200 dpi) and <study>/summary.nc, from which all the rest follows. Studies that `out` already has stay in it.
    `studies` are looked in before the installed ones; a run whose study neither has is left out, with a warning.

    Raises ValueError where `run_dir` has no finished study that is known, a file is damaged, or `out` cannot be
    written.
    """
    run_dir, out = Path(run_dir), Path(out)
    found = files.finished(run_dir)
    if not found:
        raise ValueError(
            f"{run_dir} has no finished study{_hint(run_dir)}; `hopphys study run NAME --out {run_dir}` makes one"
        )
    known = _known({**files.summaries(out), **found}, found, studies)
    files.require_own(out, known)
    # Every input is read before anything is written: a damaged file leaves the old report whole.
    loaded = {name: dataset.load(path) for name, path in found.items() if name in known}
    try:
        for name, ds in loaded.items():
            (out / name).mkdir(parents=True, exist_ok=True)
            dataset.save(ds, out / name / files.SUMMARY)
        return _publish(out, out, known)
    except OSError as error:
        raise ValueError(
            f"cannot write the report into {out}: {error.strerror or error}; give another folder"
        ) from error


def check(out: Path | str, studies: Sequence[Study] = ()) -> list[str]:
    """Rebuild a report from its summary files and name every difference; none means that it is true to its data.

    The text of every page is compared whole, and the PNG files by their pixels where the same version of matplotlib
    drew them: another version places and hints letters differently, so then only their presence is checked.

    Raises ValueError where `out` holds no report or a summary file is damaged.
    """
    out = Path(out)
    if not (summaries := files.summaries(out)):
        raise ValueError(
            f"{out} holds no report (no */{files.SUMMARY}); build one with `hopphys report build DIR --out {out}`"
        )
    with TemporaryDirectory(prefix="hopphys-report-") as folder:
        fresh = Path(folder)
        _publish(out, fresh, {name: rerun.study_of(name, studies) for name in summaries})
        return [*_pages_that_differ(out, fresh), *_figures_that_differ(out, fresh)]


def _known(paths: Mapping[str, Path], needed: Mapping[str, Path], studies: Sequence[Study]) -> dict[str, Study]:
    """The study of each file; one that is gone, as a file of somebody's own may be, costs no other its page."""
    known, reasons = {}, {}
    for name in paths:
        try:
            known[name] = rerun.study_of(name, studies)
        except ValueError as error:
            reasons[name] = error
    if not known.keys() & needed.keys():
        raise reasons[next(iter(needed))]
    for name, reason in reasons.items():
        warnings.warn(f"{paths[name]} is left out of the report: {reason}", stacklevel=3)
    return known


def _publish(source: Path, target: Path, known: Mapping[str, Study]) -> Path:
    """Pages and figures in `target` from the summary files in `source` whose study is known."""
    summaries = files.summaries(source)
    pages = [_page(known[name], path) for name, path in summaries.items() if name in known]
    for page in pages:
        for figure in page.figures:
            files.write(target / page.name / f"{figure.name}.png", figure.png)
        files.write(target / page.name / files.INDEX, template.study_page(page).encode())
    files.write(target / files.INDEX, template.index_page(pages).encode())
    return target / files.INDEX


def _page(study: Study, path: Path) -> Page:
    ds = dataset.load(path)
    try:
        return document.compose(study, ds, rerun.command(study, ds))
    except Exception as error:  # a study is somebody's program: whatever it raises is said with its name and its data
        raise ValueError(
            f"study {study.name!r} cannot read {path} ({type(error).__name__}: {_words(error)}); "
            "where another version of the study made it, run the study again"
        ) from error


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _hint(run_dir: Path) -> str:
    names = files.unfinished(run_dir)
    return f" ({', '.join(names)}: begun and not finished, run again to resume)" if names else ""


def _pages_that_differ(old: Path, new: Path) -> Iterator[str]:
    for page in sorted(new.rglob(files.INDEX)):
        name = page.relative_to(new)
        if not (old / name).is_file():
            yield f"{name}: missing"
        elif difference := _first_difference(_text(old / name), _text(page)):
            yield f"{name}: {difference}"


def _text(page: Path) -> list[str]:
    """The page without its embedded pictures, whose bytes depend on the version of matplotlib."""
    text = page.read_text(encoding="utf-8", errors="replace")
    return re.sub(r'src="data:[^"]*"|data-drawn-with="[^"]*"', "", text).splitlines()


def _first_difference(old: list[str], new: list[str]) -> str:
    for number, (before, after) in enumerate(zip_longest(old, new, fillvalue=""), start=1):
        if before != after:
            return f"line {number} says {_shown(before)}, its data say {_shown(after)}"
    return ""


def _shown(line: str) -> str:
    words = " ".join(unescape(re.sub(r"<[^>]*>", " ", line)).split()) or line.strip() or "nothing"
    return repr(words if len(words) <= 90 else f"{words[:87]}...")


def _figures_that_differ(old: Path, new: Path) -> Iterator[str]:
    from hopphys.report import figures

    fresh = {path.relative_to(new) for path in new.glob("*/*.png")}
    for name in sorted(fresh | {path.relative_to(old) for path in old.glob("*/*.png")}):
        if name not in fresh:
            yield f"{name}: not a figure of this study any more"
        elif not (old / name).is_file():
            yield f"{name}: missing"
        elif _same_matplotlib(old / name.parent / files.INDEX):
            apart = figures.difference((old / name).read_bytes(), (new / name).read_bytes())
            if apart > SAME_PICTURE:
                yield f"{name}: differs from the figure that its data give (by {apart:.1%} of full scale)"


def _same_matplotlib(page: Path) -> bool:
    from hopphys.report import figures

    return page.is_file() and f'data-drawn-with="{figures.drawn_with()}"' in page.read_text("utf-8", "replace")
