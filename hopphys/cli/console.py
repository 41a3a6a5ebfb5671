"""What the commands show: tables that fit 80 columns, and a progress bar on a terminal."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hopphys.study.runner import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from hopphys.study import Finding

WIDTH = 80
ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s+")


def console() -> Console:
    """Standard output, no wider than a page; plain text where it is not a terminal."""
    out = Console(highlight=False)
    out.width = min(out.width, WIDTH)
    return out


def flowing(text: str, width: int) -> str:
    """Paragraphs and items of lists broken anew at this width; other indented lines stay as their author broke them."""
    return "\n".join(_filled(part, width) for part in _parts(text))


def _parts(text: str) -> Iterator[str]:
    """The text in paragraphs, items with their indented lines, and lines that are to stay as they are."""
    part = ""
    for line in text.splitlines():
        item, indented = ITEM.match(line), line[:1].isspace() and bool(line.strip())
        if part and line.strip() and not item and not (indented and not ITEM.match(part)):
            part += f" {line.strip()}"
            continue
        if part:
            yield part
        part = line if line.strip() and (item or not indented) else ""
        if not part:
            yield line.rstrip()
    if part:
        yield part


def _filled(part: str, width: int) -> str:
    if not part or part[0].isspace():
        return part
    item = ITEM.match(part)
    hanging = " " * (len(item[0]) if item else 0)
    return fill(part, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], fixed: Sequence[int] = ()) -> Table:
    """Text in columns; those whose positions are `fixed` are never broken."""
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for position, heading in enumerate(headings):
        grid.add_column(heading, no_wrap=position in fixed, overflow="fold")
    for row in rows:
        # As Text, so that brackets in names and errors are not taken for markup.
        grid.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return grid


def findings_table(findings: Sequence[Finding]) -> Table:
    """Measured value with its error beside the reference, and whether they agree."""
    from hopphys.report import numbers

    rows = [
        (
            finding.name,
            f"{numbers.measured(finding.measured, finding.error, finding.reference)} {finding.unit}".strip(),
            "" if finding.reference is None else numbers.plain(finding.reference),
            _verdict(finding.agrees),
        )
        for finding in findings
    ]
    return table(("finding", "measured", "reference", "agrees"), rows, fixed=(2, 3))


def _verdict(agrees: bool | None) -> Text:
    return {None: Text("-"), True: Text("yes", style="green"), False: Text("NO", style="bold red")}[agrees]


class Shown(Progress):
    """Progress on stderr: a bar with the time left on a terminal, notes always."""

    def __init__(self) -> None:
        self.screen = Console(stderr=True, highlight=False)
        self.bar: Bar | None = None
        self.points = 0

    def begin(self, name: str, total: float, finished: float, points: int) -> None:
        if not self.screen.is_terminal or finished >= total:
            return
        self.bar = _bar(self.screen)
        self.bar.add_task(name, total=total)
        # Set, not advanced: points of an earlier run say nothing of how fast this one is.
        self.bar.tasks[0].completed = finished
        self.bar.start()

    def advance(self, cost: float) -> None:
        if self.bar:
            self.bar.advance(self.bar.task_ids[0], cost)

    def end(self) -> None:
        if self.bar:
            self.bar.stop()
        self.bar = None

    def note(self, text: str) -> None:
        self.screen.print(Text(f"hopphys: note: {text}"), soft_wrap=True)


def _bar(screen: Console) -> Bar:
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()]
    # Points take seconds to minutes: an estimate over rich's usual 30 seconds would forget all but the last.
    return Bar(
        *columns, TextColumn("left"), TimeRemainingColumn(), console=screen, transient=True, speed_estimate_period=3600
    )


@contextlib.contextmanager
def waiting(text: str) -> Iterator[None]:
    """A spinner on a terminal while something without points is under way."""
    screen = Console(stderr=True)
    with screen.status(text) if screen.is_terminal else contextlib.nullcontext():
        yield
