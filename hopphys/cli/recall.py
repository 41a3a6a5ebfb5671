"""`hopphys recall`: store pictures in a network and restore a damaged one."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Rule(str, Enum):  # noqa: UP042  -- typer shows the values of a StrEnum by their names in older versions
    """How a Hopfield network learns."""

    hebb = "hebb"
    projection = "projection"


class Model(str, Enum):  # noqa: UP042  -- as Rule
    """What the pictures are stored in."""

    hopfield = "hopfield"
    attention = "attention"


def recall(
    pictures: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Pictures to store: PNG, JPEG, GIF, BMP, ...")
    ],
    probe: Annotated[Path, typer.Option(metavar="IMAGE", help="The damaged picture to restore.")],
    size: Annotated[str, typer.Option(metavar="WxH", help="Pixels that are stored; 64 means 64x64.")] = "64x64",
    rule: Annotated[Rule, typer.Option(help="How a Hopfield network learns the pictures.")] = Rule.hebb,
    model: Annotated[Model, typer.Option(help="What the pictures are stored in.")] = Model.hopfield,
    sharpness: Annotated[
        float | None, typer.Option(help="Of attention; chosen from the pictures unless it is given.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the results go.")] = Path("hopphys-recall"),
    seed: Annotated[int, typer.Option(help="Of the order in which pixels are updated.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace the results that DIR holds.")] = False,
) -> None:
    """Store your own pictures and restore a damaged one.

    Every picture is scaled to fit the size with its proportions kept, and cut
    into dark (+1) and light (-1) at a threshold that is found automatically and
    shown. DIR receives restored.png, recall.png (the figure) and recall.nc.
    """
    from rich.console import Console

    from hopphys.study import recall as work
    from hopphys.study import recall_page as page

    request = work.Request(
        tuple(pictures), probe, parse_size(size), model.value, rule.value, sharpness=sharpness, seed=seed
    )
    page.check_folder(out, [*pictures, probe], force=force)
    with Console(stderr=True).status("storing and restoring"):  # silent unless stderr is a terminal
        result = work.restore(request)
        written = page.write(result, out)
    for line in page.lines(result):
        typer.echo(line)
    typer.echo()
    typer.echo(f"Written into {out}: {', '.join(path.name for path in written)}")


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) from 64x48, 64X48, 64×48 or 64; raises ValueError with the text."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*(?:[xX×]\s*(\d{1,9})\s*)?", text)
    if match is None:
        raise ValueError(f"--size must be WIDTHxHEIGHT in pixels, such as 64x48 or 64, but it is {text!r}")
    width = int(match[1])
    return width, int(match[2]) if match[2] else width
