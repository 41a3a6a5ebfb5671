"""Points measured one after the other, in this process or in several, with the same bits."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hopphys.study import discovery
from hopphys.study.contract import Study
from hopphys.study.items import Item

if TYPE_CHECKING:
    import xarray as xr

# One thread a process: the processes fill the machine, and no sum is split in another order than in a single process.
SINGLE_THREADED = {
    "HOPPHYS_THREADS": "1",
    **{f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "NUMBA")},
}


def measured(study: Study, items: Sequence[Item], workers: int) -> Iterator[tuple[Item, xr.Dataset]]:
    """Each item with its Dataset, as they become ready. workers = 0: in this process, in order."""
    if workers == 0:
        return ((item, measure(study.measure, study.name, item)) for item in items)
    return _in_processes(study, items, workers)


def measure(function: Callable[[Any, int], xr.Dataset], name: str, item: Item) -> xr.Dataset:
    """Measure one point; whatever goes wrong says at which."""
    try:
        return function(item.point, item.seed)
    except ValueError as error:
        raise ValueError(f"study {name} at ({item.label}): {error}") from error
    except Exception as error:
        error.add_note(f"while study {name} measured ({item.label})")
        raise


def _in_processes(study: Study, items: Sequence[Item], workers: int) -> Iterator[tuple[Item, xr.Dataset]]:
    _must_travel(study, items)
    before = set(multiprocessing.active_children())
    # spawn: a fork of a process with threads (numba, BLAS) may hang, and is no longer the default anywhere.
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare, (_file(study),))
    try:
        # The longest first, so that no process is left alone with it at the end.
        longest_first = sorted(items, key=lambda item: -item.cost)
        with _quiet_children():
            futures = {pool.submit(measure, study.measure, study.name, item): item for item in longest_first}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        raise ChildProcessError(
            "a worker process died: killed, or out of memory? Finished points are kept; run the same command again, "
            "with fewer --workers if memory is short (a script of your own needs `if __name__ == '__main__':`)"
        ) from error
    finally:
        # Reached with work under way only after an error or Ctrl-C: nobody waits for what nobody wants.
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
            child.join()


def _must_travel(study: Study, items: Sequence[Item]) -> None:
    try:
        pickle.dumps((study.measure, [item.point for item in items]))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"study {study.name} cannot be sent to other processes ({error}); define `measure` and the points' class "
            "at the top of the module, or run without --workers"
        ) from error


def _file(study: Study) -> str | None:
    """The file that a worker has to load because no import would find it."""
    from_file = study.measure.__module__.startswith(discovery.FILE_PREFIX)
    return str(study.source) if from_file and study.source else None


def _prepare(file: str | None) -> None:
    """In a worker: end with the parent even when that is killed, and know the study's module."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if file:
        discovery.load_module(Path(file))


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _quiet_children() -> Iterator[None]:
    """Processes started inside inherit one thread each, and a Ctrl-C that is the parent's business alone."""
    old = {name: os.environ.get(name) for name in SINGLE_THREADED}
    os.environ.update(SINGLE_THREADED)
    can_block = sys.platform != "win32"
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if can_block else set()
    try:
        yield
    finally:
        for name, value in old.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
