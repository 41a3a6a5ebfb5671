"""All commands under one name, and what becomes of their errors."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from typing import Any

import typer
from typer.core import TyperGroup

from hopphys.cli import info, interrupts, recall, report, study

TRACEBACK = "HOPPHYS_TRACEBACK"


class Commands(TyperGroup):
    """A Ctrl-C within a command lets it clean up, and is told here: typer would end without a word."""

    def invoke(self, ctx: Any) -> Any:
        with interrupts.cleaned_up():
            return super().invoke(ctx)


app = typer.Typer(
    cls=Commands,
    help="Ising models, Hopfield networks, Boltzmann machines and attention under one Hamiltonian.",
    epilog="Exit codes: 0 done, 1 a finding disagrees (with --strict), 2 usage or input, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help is instant, and a program can read it
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(study.app, name="study")
app.add_typer(report.app, name="report")
app.command()(recall.recall)
app.command()(info.info)


def run() -> None:
    """Do what the command line says; bad input is one line on stderr and exit 2."""
    warnings.formatwarning = lambda message, *_, **__: f"hopphys: note: {one_line(message)}\n"
    try:
        app(prog_name="hopphys")
    except (ValueError, OSError, MemoryError) as error:
        if os.environ.get(TRACEBACK):
            raise
        typer.echo(f"hopphys: {told(error)}", err=True)
        sys.exit(2)
    except Exception as error:
        # A mistake in a study of one's own, or in hopphys: the line that failed is what its author needs first.
        if os.environ.get(TRACEBACK):
            raise
        typer.echo(f"hopphys: {mistake(error)}", err=True)
        sys.exit(2)


def told(error: BaseException) -> str:
    """What went wrong, in one line."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return one_line(error) or f"{type(error).__name__} (set {TRACEBACK}=1 to see where)"


def mistake(error: Exception) -> str:
    """The kind of error, its words, where it arose and what was going on; all of it in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
    words = [f"{type(error).__name__}: {error}{where}", *getattr(error, "__notes__", ())]
    return f"{one_line(', '.join(words))} (set {TRACEBACK}=1 to see the whole way there)"


def one_line(text: object) -> str:
    """Text without its line breaks."""
    return " ".join(str(text).split())
