"""python -m benchmarks run [names] | table | figure | list | references | install."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, told in (("run", "measure rows into results.json"), ("measure", "one row in this process (internal)")):
        command = commands.add_parser(name, help=told)
        command.add_argument("names", nargs="*" if name == "run" else 1, help="rows, or how they begin; all by default")
        command.add_argument("--turns", "--repeats", type=int, default=5, help="turns of everybody, 5 by default")
        command.add_argument("--quick", action="store_true", help="small sizes, for trying out")
        command.add_argument("--out", type=Path, help="another file than results.json")
    commands.add_parser("table", help="write docs/benchmarks.md")
    commands.add_parser("figure", help="write docs/benchmarks.png")
    commands.add_parser("list", help="names of all rows")
    commands.add_parser("references", help="best energies of long runs, for sk-target (some minutes)")
    commands.add_parser("install", help="install the peers into this environment, each on its own")
    return _do(parser.parse_args())


def _do(given: argparse.Namespace) -> int:
    if given.command == "run":
        return _run(given)
    if given.command == "measure":
        from benchmarks import runner

        told = runner.measure(given.names[0], given.turns, given.quick)
        given.out.write_text(json.dumps(told))
    elif given.command == "table":
        from benchmarks import results, table

        print(table.write(results.load()))
    elif given.command == "figure":
        from benchmarks import figure, results

        print(figure.write(results.load()))
    elif given.command == "list":
        from benchmarks import runner

        print(*runner.chosen([]), sep="\n")
    elif given.command == "references":
        from benchmarks.work.target import make_references

        make_references()
    else:
        from benchmarks import peers

        peers.install()
    return 0


def _run(given: argparse.Namespace) -> int:
    from benchmarks import results, runner

    if given.turns < 1:
        print(f"--turns must be a positive whole number, but it is {given.turns}", file=sys.stderr)
        return 2
    try:
        failed = runner.run(given.names, given.turns, given.quick, given.out or results.FILE)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
