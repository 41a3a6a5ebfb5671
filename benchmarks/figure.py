"""The results as one figure: ratios with their targets, cost against size, distance to the limits of the machine."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.results import FOLDER
from benchmarks.table import distances, slope
from benchmarks.timing import best_peer, verdicts
from hopphys.study.style import COLOURS, MARKERS, PAGE_WIDTH, finish, letter, print_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURE = FOLDER.parent / "docs" / "benchmarks.png"
LINE = 0.165  # inches of a line of panel (a)
COLOUR = {
    "peer": COLOURS["ising"],
    "numpy": COLOURS["guide"],
    "variant": COLOURS["boltzmann"],
    "bound": COLOURS["theory"],
}
SHAPE = {"peer": "o", "numpy": "s", "variant": "D", "bound": "^"}
BESIDE: dict[str, Any] = {"xytext": (5, 0), "textcoords": "offset points", "va": "center", "fontsize": 7}
MEANING = {
    "peer": "peer",
    "numpy": "careful NumPy",
    "variant": "hopphys on one thread",
    "bound": "products alone, at the sgemm rate",
}


def draw(results: dict[str, Any]) -> Figure:
    """The figure, also of results in which rows are missing or failed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines, shares = ratio_lines(results), distances(results)
    heights = [max(1.2, LINE * len(lines)) + 0.9, 2.8, max(0.8, LINE * len(shares)) + 0.7]
    with print_style():
        figure = Figure(figsize=(PAGE_WIDTH, sum(heights)), layout="constrained")
        FigureCanvasAgg(figure)
        # Each of its own: the names of rows at the left of one panel must not narrow the others.
        top, middle, bottom = figure.subfigures(3, 1, height_ratios=heights)
        axes = [top.subplots(), *middle.subplots(1, 2), bottom.subplots()]
        finish(axes)
        _ratios(axes[0], lines)
        _costs(axes[1], results, ("L", "N", "P"), "size: $L$, $N$ or $P$", "cost against size")
        _costs(axes[2], results, ("R",), "replicas $R$", "cost against replicas")
        _distances(axes[3], results, shares)
        letter(axes)
    return figure


def ratio_lines(results: dict[str, Any]) -> list[dict[str, Any]]:
    """What panel (a) shows: for each row the best peer, NumPy, and whoever a target is about."""
    lines = []
    for row in results["rows"].values():
        if "error" in row:
            continue
        aims = {item["against"]: item["target"] for item in verdicts(row)}
        title = row["label"]
        for name, values in row["ratios"].items():
            known = [value for value in values if value]
            kind = row["entrants"][name]["kind"]
            if not known or not (name in aims or name == best_peer(row) or kind == "numpy"):
                continue
            same = all(check["agrees"] for check in row["checks"] if check["name"] == name)
            lines.append(
                {"title": title, "name": name, "kind": kind, "values": known, "target": aims.get(name), "same": same}
            )
            title = ""
    return lines


def _ratios(axis: Axes, lines: list[dict[str, Any]]) -> None:
    for y, line in enumerate(lines):
        middle, low, high = statistics.median(line["values"]), min(line["values"]), max(line["values"])
        colour = COLOUR[line["kind"]]
        axis.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt")
        face = colour if line["same"] else "white"
        axis.plot([middle], [y], SHAPE[line["kind"]], color=colour, markerfacecolor=face)
        if line["target"] is not None:
            axis.plot([line["target"]] * 2, [y - 0.42, y + 0.42], color=COLOURS["hopfield"], linewidth=1.8)
        wrong = "" if line["same"] else ", other work"
        right = max(high, line["target"] or 0)
        axis.annotate(f"{line['name']}{wrong}", (right, y), color=colour, **BESIDE)
        if line["title"] and y:
            axis.axhline(y - 0.5, color="#EEEEEE", linewidth=0.6, zorder=0)
    axis.axvline(1, color=COLOURS["theory"], linewidth=0.8)
    axis.set(xscale="log", xlabel="cost of a unit of work / cost to hopphys: median, smallest and largest")
    axis.set_yticks(range(len(lines)), [line["title"] for line in lines], fontsize=7.5)
    axis.tick_params(axis="y", length=0)
    axis.grid(False, axis="y")
    axis.set_ylim(len(lines) - 0.4, -0.6)
    if lines:
        most = max(max(max(line["values"]), line["target"] or 0) for line in lines)
        least = min(min(min(line["values"]), line["target"] or 1) for line in lines)
        axis.set_xlim(least / 1.5, most * 6)  # names stand to the right of the bars
    axis.set_title("cost of the same work beside hopphys", loc="left")
    _legend(axis, {line["kind"] for line in lines})


def _legend(axis: Axes, kinds: set[str]) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=COLOUR[kind], marker=SHAPE[kind], label=MEANING[kind]) for kind in SHAPE if kind in kinds
    ]
    marks.append(Line2D([], [], color=COLOURS["hopfield"], linewidth=1.8, label="target"))
    axis.legend(handles=marks, loc="lower right", fontsize=7)


def _costs(axis: Axes, results: dict[str, Any], letters: tuple[str, ...], label: str, title: str) -> None:
    colours = ("ising", "hopfield", "boltzmann", "attention")
    attempts = [item for item in results["ladders"].values() if "error" not in item and item["unit"] == "attempt"]
    drawn = [item for item in attempts if item["axis"] in letters]
    for ladder, colour, marker in zip(drawn, colours, MARKERS, strict=False):
        sizes, costs = ladder["sizes"], [[1e9 * value for value in cost] for cost in ladder["costs"]]
        middle = [statistics.median(cost) for cost in costs]
        spread = [
            [m - min(c) for m, c in zip(middle, costs, strict=True)],
            [max(c) - m for m, c in zip(middle, costs, strict=True)],
        ]
        power = slope(sizes, ladder["costs"])
        told = f"{ladder['title']}: ${ladder['axis']}^{{{power:.2f}}}$"
        axis.errorbar(sizes, middle, spread, fmt=marker, color=COLOURS[colour], label=told)
        fitted = _line(sizes, middle, power)
        axis.plot(sizes, fitted, color=COLOURS[colour], linewidth=0.9, linestyle="--")
    axis.set(xscale="log", yscale="log", xlabel=label, ylabel="ns / attempt")
    axis.set_title(title, loc="left")
    if drawn:
        low, high = axis.get_ylim()
        axis.set_ylim(low, high * (high / low) ** 0.45)
        axis.legend(loc="upper left", fontsize=7)


def _line(sizes: list[float], costs: list[float], power: float) -> list[float]:
    """The fitted power law through the geometric means."""
    x, y = (statistics.fmean(math.log(value) for value in values) for values in (sizes, costs))
    return [math.exp(y + power * (math.log(size) - x)) for size in sizes]


def _distances(axis: Axes, results: dict[str, Any], shares: dict[str, tuple[float, str, float]]) -> None:
    for y, (_, kind, share) in enumerate(shares.values()):
        axis.barh(y, 100 * share, color=COLOURS["ising"], height=0.6)
        axis.annotate(f"{share:.0%} of {kind}", (100 * share, y), **BESIDE)
    axis.axvline(100, color=COLOURS["theory"], linewidth=0.8)
    axis.set_yticks(range(len(shares)), [results["rows"][name]["label"] for name in shares], fontsize=7.5)
    axis.set(xlabel="least time at the machine's rate / time measured, in % (one thread)", xlim=(0, 135))
    axis.tick_params(axis="y", length=0)
    axis.grid(False, axis="y")
    axis.set_ylim(max(len(shares), 1) - 0.4, -0.6)
    axis.set_title("distance to the machine", loc="left")


def write(results: dict[str, Any], file: Path = PICTURE) -> Path:
    draw(results).savefig(file, dpi=160)
    return file
