"""A value with its error, and how the pair is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopphys.types import Array


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error, arrays of one shape."""

    value: Array
    error: Array

    def __str__(self) -> str:
        """A single value with two digits of its error, -1.1065 ± 0.0011."""
        if np.ndim(self.value) or not (np.isfinite(self.error) and self.error > 0):
            return f"{self.value} ± {self.error}"
        decimals = max(0, 1 - int(np.floor(np.log10(self.error))))
        return f"{self.value:.{decimals}f} ± {self.error:.{decimals}f}"


LARGE, SMALL = 1e6, 1e-4  # beyond these a power of ten is written out


def parenthesis(value: float, error: float) -> str:
    """A value with two digits of its error in parentheses: -1.4153(12), 12.3(4.5), 1.230(45)e-10.

    The error is in units of the last digits; where it has a decimal point, 12.3(4.5), it is the error itself. An
    error that is infinite, unknown (NaN) or exactly 0 is written (inf), (?) or (0). Raises ValueError for a negative
    one.
    """
    value, error = float(value), float(error)
    if error < 0:
        raise ValueError(f"an error must be 0 or more, but it is {error:g}")
    if not np.isfinite(value) or not np.isfinite(error) or error == 0.0:
        return f"{value:.5g}({'?' if np.isnan(error) else f'{error:.2g}'})"
    power = _power(value, error)
    text = _fixed(value / 10.0**power, error / 10.0**power) if abs(power) < 300 else f"{value:.2g}({error:.2g})"
    return f"{text}e{power:+d}" if power and abs(power) < 300 else text


def _power(value: float, error: float) -> int:
    """The power of ten to take out: 0 where a plain number reads well."""
    largest = max(abs(value), error)
    return 0 if SMALL <= largest < LARGE else int(np.floor(np.log10(largest)))


def _fixed(value: float, error: float) -> str:
    mantissa, exponent = f"{error:.1e}".split("e")  # rounded first: 0.0996 is 0.10, not 0.100
    decimals = 1 - int(exponent)
    if decimals <= 0:
        unit = 10**-decimals
        return f"{round(value / unit) * unit}({round(error / unit) * unit})"
    digits = f"{float(mantissa) * 10:.0f}" if int(exponent) < 0 else f"{error:.{decimals}f}"
    return f"{value:.{decimals}f}({digits})"
