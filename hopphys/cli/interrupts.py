"""Ctrl-C is one line on stderr and exit code 130, whenever it comes. Needed first, it imports next to nothing."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LINE = "hopphys: interrupted"


def leave_at_once(line: str = LINE) -> None:
    """From now on Ctrl-C ends the process there and then, whatever it is doing.

    Where it imports, a KeyboardInterrupt would be a page of somebody else's lines; where it samples, it would first
    wait for the engine's threads to finish their rows, which may take minutes.
    """

    def leave(*_: object) -> None:
        # Written past Python's buffers, which a signal may find half full; a progress bar has hidden the cursor.
        os.write(2, (f"\n\x1b[?25h{line}\n" if sys.stderr.isatty() else f"{line}\n").encode())
        os._exit(130)

    _take(leave)


@contextmanager
def at_once(line: str = LINE) -> Iterator[None]:
    """Inside, Ctrl-C ends the process there and then. For what loses nothing by it: files are renamed into place."""
    before = signal.getsignal(signal.SIGINT)
    leave_at_once(line)
    try:
        yield
    finally:
        _take(before)


@contextmanager
def cleaned_up(line: str = LINE) -> Iterator[None]:
    """Inside, Ctrl-C is a KeyboardInterrupt, so that temporary files and processes go before this one does."""
    import typer

    before = signal.getsignal(signal.SIGINT)
    try:
        _take(signal.default_int_handler)
        yield
    except KeyboardInterrupt:
        _take(before)
        typer.echo(line, err=True)
        raise typer.Exit(130) from None
    finally:
        _take(before)


def _take(handler: Callable[..., object] | int | None) -> None:
    """Handle Ctrl-C so, unless the process was started to ignore it, as `nohup` and `&` of a script do."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        with suppress(ValueError, TypeError):  # not in the main thread, which alone hears signals; or not Python's
            signal.signal(signal.SIGINT, handler)
