"""The command line: commands parse, call one function and print what a person wants to know.

Nothing heavy is imported before a command runs, so that `--help` and completion are instant; and nothing at all before
a Ctrl-C would be understood.
"""

from hopphys.cli import interrupts


def main() -> None:
    """Run the command line and end the process, whose Ctrl-C it takes: one line on stderr and exit 130 at any time.

    Bad input is one line on stderr and exit 2 (HOPPHYS_TRACEBACK=1 shows where it arose).
    """
    interrupts.leave_at_once()
    from hopphys.cli import commands  # brings typer

    commands.run()
