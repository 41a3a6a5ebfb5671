"""Runs rows one after another, each in a process of its own with its number of threads, and keeps the results."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine, peers, results
from benchmarks.contest import Ladder, Row, describe

LIMITS = "limits"
ROOT = results.FOLDER.parent
# No row may hold up the rest for ever.
PATIENCE = 900


def run(names: Sequence[str], turns: int, quick: bool, file: Path = results.FILE) -> list[str]:
    """Measure the named rows, ladders and limits (all by default) into the file; the names of those that failed."""
    kept = results.of_this_machine(results.load(file), machine.facts())
    failed = []
    for name in chosen(names):
        start = time.perf_counter()
        print(f"{name} ...", flush=True)
        told = in_own_process(name, turns, quick)
        told["took"] = round(time.perf_counter() - start, 1)
        if "error" in told:
            failed.append(name)
        place(kept, name, told)
        results.save(kept, file)
        print(f"    {summary(name, told)} [{told['took']:.0f} s]", flush=True)
    return failed


def chosen(names: Sequence[str]) -> list[str]:
    """Names that were asked for, prefixes included ("attention" is all eight), in the order of the table; or all.

    Raises ValueError for a name that begins none.
    """
    from benchmarks import work

    known = [LIMITS, *work.rows(), *work.ladders()]
    for name in names:
        if not any(candidate.startswith(name) for candidate in known):
            raise ValueError(f"no benchmark is called {name!r}; there are {', '.join(known)}")
    return [candidate for candidate in known if not names or any(candidate.startswith(name) for name in names)]


def in_own_process(name: str, turns: int, quick: bool) -> dict[str, Any]:
    """What `measure` returns, from a child with its threads held; a child that dies is a row with its error."""
    threads = _threads(name)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "row.json"
        command = [sys.executable, "-m", "benchmarks", "measure", name, "--turns", str(turns), "--out", str(out)]
        try:
            done = subprocess.run(
                [*command, *(["--quick"] if quick else [])], env=machine.pinned(threads), cwd=ROOT, timeout=PATIENCE,
                stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"error": f"not finished after {PATIENCE} s"}
        if out.exists():
            return dict(json.loads(out.read_text()))
    last = done.stderr.strip().splitlines()[-1:] or [f"process ended with code {done.returncode}"]
    return {"error": last[0][:300]}


def measure(name: str, turns: int, quick: bool) -> dict[str, Any]:
    """One row, ladder or the limits, in this process."""
    from benchmarks import work
    from hopphys import provenance

    threads = _threads(name)
    held = {"threads": threads, "held_to_cores": machine.hold_to(threads)}
    stamp = results.stamp(provenance.commit(), quick, peers.versions())
    if name == LIMITS:
        return {**machine.limits(), **stamp, **held}
    rows, ladders = work.rows(), work.ladders()
    told = _row(rows[name], turns, quick) if name in rows else _ladder(ladders[name], turns, quick)
    return {**told, **stamp, **held}


def _row(row: Row, turns: int, quick: bool) -> dict[str, Any]:
    from benchmarks import timing

    told: dict[str, Any] = {"title": row.title, "label": row.label, "targets": dict(row.targets)}
    try:
        contest = row.prepare(quick)
        turns = min(turns, row.turns) if row.turns == 1 else max(turns, row.turns or 0)
        told |= timing.hold(contest, turns, 0.0 if row.alone else timing.LEAST)
    except Exception as error:
        return {**told, "error": describe(error)}
    told["absent"] = {**told["absent"], **peers.not_installed()} if told["absent"] else {}
    return told


def _ladder(ladder: Ladder, turns: int, quick: bool) -> dict[str, Any]:
    from benchmarks import timing

    sizes = ladder.quick_sizes if quick else ladder.sizes
    told: dict[str, Any] = {
        "title": ladder.title, "axis": ladder.axis, "unit": ladder.unit, "sizes": list(sizes), "promise": ladder.promise
    }  # fmt: skip
    try:
        # Three turns a size at most: the slope is drawn from all of them.
        told["costs"] = [
            timing.per_unit(ladder.prepare(size), min(turns, 3), 0.05, bool(ladder.promise)) for size in sizes
        ]
    except Exception as error:
        return {**told, "error": describe(error)}
    return told


def place(kept: dict[str, Any], name: str, told: dict[str, Any]) -> None:
    """Put a result where it belongs. A row that failed replaces the old one: an old figure would hide it."""
    from benchmarks import work

    if name == LIMITS:
        kept["limits"] = told
    else:
        group, known = ("rows", work.rows()) if name in work.rows() else ("ladders", work.ladders())
        found = {**kept[group], name: told}
        # In the order of the table, whatever was measured last; rows that no longer exist go.
        kept[group] = {known_name: found[known_name] for known_name in known if known_name in found}


def summary(name: str, told: dict[str, Any]) -> str:
    """One line for the person who waits."""
    from benchmarks import table

    if "error" in told:
        return f"FAILED: {told['error']}"
    if "ratios" in told:
        return "; ".join(table.short(told)) or "done"
    if "costs" in told:
        return f"{told['axis']} = {told['sizes']}: slope {table.slope(told['sizes'], told['costs']):.2f}"
    return ", ".join(f"{key} {told[key]:.3g}/s" for key in ("flops", "bytes", "cached_bytes", "words"))


def _threads(name: str) -> int:
    from benchmarks import work

    row = work.rows().get(name)
    return row.threads if row else 1
