"""A summary as text of at most 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from hopphys.summaries.rows import Row

WIDTH = 80
LONGEST = 20  # rows of one scalar that are printed; the first and the last half of them where there are more
HEADS = ("tau", "ESS bulk", "tail", "R-hat", "status")


def table(title: str, rows: Sequence[Row], notes: Sequence[str]) -> str:
    lines = [_line(row) for row in _shown(rows)]
    chains = any(row.status for row in rows)
    heads = ("", "value", *(HEADS if chains else ()))
    cells = [heads, *(line[: len(heads)] for line in lines)]
    widths = _widths(cells)
    widths[0] = max(8, min(widths[0], WIDTH - sum(widths[1:])))
    body = [_joined(line, widths, chains) for line in cells]
    text = [*textwrap.wrap(title, WIDTH), "", *body, ""]
    for note in notes:
        text += textwrap.wrap(note, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(text).rstrip()


def _widths(cells: Sequence[tuple[str, ...]]) -> list[int]:
    """Width of each column, with the two blanks before it."""
    return [max(len(line[k]) for line in cells) + (2 if k else 0) for k in range(len(cells[0]))]


def _shown(rows: Sequence[Row]) -> list[Row | str]:
    """Rows with a heading where a scalar has several places, and a gap where it has many."""
    shown: list[Row | str] = []
    for name, group in groupby(rows, key=lambda row: row.name):
        some = list(group)
        if len(some) == 1 and not some[0].at:
            shown.append(some[0])
            continue
        shown.append(name)
        half = LONGEST // 2
        gap = [f"  ... {len(some) - LONGEST} more in to_dataset()"] if len(some) > LONGEST else []
        shown += [*some[:half], *gap, *some[-half:]] if gap else some
    return shown


def _line(row: Row | str) -> tuple[str, ...]:
    if isinstance(row, str):
        return (row, *[""] * 6)
    name = f"  {row.where}" if row.at else row.name
    word = row.status.split(":")[0]  # R-hat has a column of its own
    return (name, row.text, _number(row.tau), _count(row.bulk), _count(row.tail), _ratio(row.rhat), word)


def _joined(line: tuple[str, ...], widths: list[int], chains: bool) -> str:
    name = line[0] if len(line[0]) <= widths[0] or not any(line[1:]) else line[0][: widths[0] - 1] + "…"
    numbers = [text.rjust(width) for text, width in zip(line[1:6], widths[1:6], strict=False)]
    status = f"  {line[6]}" if chains else ""
    return "".join([name.ljust(widths[0]), *numbers, status]).rstrip()[:WIDTH]


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    return f"{value:.3g}" if value < 1e4 or np.isinf(value) else _count(value)


def _ratio(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2f}" if value < 1.995 else f"{value:.3g}"


def _count(value: float) -> str:
    """A count in at most five characters: 812, 12.3k, 640k, 1.2M."""
    if np.isnan(value):
        return ""
    for unit, text in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= (1e4 if text == "k" else unit * 0.9995):
            scaled = value / unit
            return f"{scaled:.3g}{text}" if scaled < 99.95 else f"{scaled:.0f}{text}"
    return f"{value:.0f}"
