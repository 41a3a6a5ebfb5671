"""One finding as a line of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hopphys.report import numbers

if TYPE_CHECKING:
    from hopphys.study import Finding

MARKS = {True: ("yes", "✓ yes"), False: ("no", "✗ no"), None: ("open", "–")}
# Page and data may be compared on two machines whose sums differ in the last bits: six digits survive that.
DIGITS = 6


@dataclass(frozen=True)
class Row:
    """One line of the findings table; `measured`, `error`, `reference` as plain text for the machine, "" for none."""

    name: str
    value: str
    measured: str
    error: str
    unit: str
    reference: str
    reference_shown: str
    source: str
    verdict: str
    mark: str
    deviation: str
    note: str


def row_of(finding: Finding) -> Row:
    """The line of a finding."""
    distance = numbers.deviation(finding.measured, finding.error, finding.reference)
    shown = numbers.measured(finding.measured, finding.error, finding.reference)
    verdict, mark = MARKS[None if finding.agrees is None else bool(finding.agrees)]
    return Row(
        name=finding.name,
        value=numbers.typeset(shown),
        measured=shown if finding.error is None else _machine(finding.measured),
        error=_machine(finding.error),
        unit=finding.unit,
        reference=_machine(finding.reference),
        reference_shown="" if finding.reference is None else numbers.typeset(numbers.plain(finding.reference)),
        source=finding.source,
        verdict=verdict,
        mark=mark,
        deviation="" if distance is None else _sigmas(distance),
        note=finding.note,
    )


def _machine(value: float | None) -> str:
    return "" if value is None else numbers.plain(value, DIGITS)


def _sigmas(distance: float) -> str:
    if abs(distance) >= 1000:
        return f"{'−' if distance < 0 else '+'}>999 σ"
    shown = f"{distance:+.1f}"
    return f"{'0.0' if shown in ('+0.0', '-0.0') else shown.replace('-', '−')} σ"
