"""Verdicts in words: how many findings agree with their reference, and by name those that do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hopphys.report.rows import Row


def verdict(rows: Sequence[Row]) -> str:
    """ "no" where any finding disagrees, "yes" where some agree and none disagrees, "open" where none is compared."""
    found = {row.verdict for row in rows}
    return "no" if "no" in found else "yes" if "yes" in found else "open"


def summary(rows: Sequence[Row], where: str = "") -> str:
    """The verdict in words, disagreement by name, or in the words of `where` that send a reader to the names."""
    compared = [row for row in rows if row.verdict != "open"]
    against = [row for row in compared if row.verdict == "no"]
    rest = len(rows) - len(compared)
    if not compared:
        return (
            f"{_count(rest, 'finding')}, none of them compared with a reference." if rest else "No findings are stated."
        )
    parts = [_agreement(len(compared), len(against))]
    if against:
        names = "; ".join(row.name + _bracket(row.deviation) for row in against)
        parts.append(f"In disagreement: {where or names}.")
    if rest:
        parts.append(f"{_count(rest, 'further finding')} without a reference.")
    return " ".join(parts)


def places(studies: Mapping[str, Sequence[Row]]) -> str:
    """How many findings of which study disagree."""
    counts = [(name, sum(row.verdict == "no" for row in rows)) for name, rows in studies.items()]
    return ", ".join(f"{count} in {name}" for name, count in counts if count) + "; each is marked below"


def _agreement(compared: int, against: int) -> str:
    if not against:
        everything = "The one finding" if compared == 1 else f"All {compared} findings"
        return f"{everything} with a reference {_verb(compared)} with it."
    return (
        f"{compared - against} of {_count(compared, 'finding')} with a reference {_verb(compared - against)} with it."
    )


def _verb(count: int) -> str:
    return "agrees" if count == 1 else "agree"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _bracket(text: str) -> str:
    return f" ({text})" if text else ""
