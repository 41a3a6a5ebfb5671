"""Numbers as a physicist writes them: 1.234(5), with the error in units of the last digit shown."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

# Outside these magnitudes a number is written with a power of ten.
SMALLEST, LARGEST = 1e-4, 1e6
MANY_DIGITS = 12  # more zeros than this after the point say nothing: a power of ten takes over
# A number without an error that is nearer to zero than this is what sums of numbers of order one leave of zero; a
# finding that is compared with zero agrees within as much.
ROUNDING = 1e-12
RESOLUTION = Decimal(2) ** -52  # of a double, relative


def measured(value: float, error: float | None, reference: float | None = None) -> str:
    """A value with its standard error: `0.1381(5)`, `12.3(1.4)`, `1.02(3)e12`.

    The error has two digits when they begin with 10 to 35 and one digit otherwise (the rule of the Particle Data
    Group), written in units of the last digit, or with its own point where it is 1 or more.

    error None (none is claimed): the value alone, to six digits, but none of rounding: what is nearer to zero than
    1e-12 is `0` where the reference is zero, and has one digit where there is none. Error 0, or below the resolution
    of the value: `3(0)`; not finite or negative: `0.25(?)`.
    """
    value = float(value)
    if error is None and abs(value) < ROUNDING and not reference:
        return plain(value, digits=1) if reference is None else "0"
    if error is None or not math.isfinite(value):
        return plain(value)
    error = float(error)
    if not math.isfinite(error) or error < 0:
        return f"{plain(value)}(?)"
    return _with_error(Decimal(repr(value)), Decimal(repr(error)))


def plain(value: float, digits: int = 6) -> str:
    """A number to `digits` significant digits without trailing zeros; the integer itself where it is one."""
    value = float(value)
    if not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
    if value.is_integer() and abs(value) < LARGEST:
        return str(int(value))
    mantissa, _, power = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(power)}" if power else mantissa


def deviation(value: float, error: float | None, reference: float | None) -> float | None:
    """(value - reference) / error, in standard errors; None where one of them is missing or the error is not > 0."""
    if error is None or reference is None or not error > 0:
        return None
    ratio = (value - reference) / error
    return ratio if math.isfinite(ratio) else None


def typeset(text: str) -> str:
    """A number of this module with a true minus sign, a narrow gap and a raised power: `−1.02(3) × 10⁻⁵`."""
    mantissa, _, power = text.partition("e") if text[-1:].isdigit() else (text, "", "")
    raised = f" × 10{power.translate(_RAISED)}" if power else ""
    return mantissa.replace("-", "−") + raised


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _with_error(value: Decimal, error: Decimal) -> str:
    if error <= abs(value) * RESOLUTION:
        mantissa, _, exponent = plain(float(value)).partition("e")
        return f"{mantissa}(0)" + (f"e{exponent}" if exponent else "")
    power = _power(value, error)
    value, error = value.scaleb(-power), error.scaleb(-power)
    place = _place(error)
    shown = format(_rounded(value, place), "f")
    return f"{shown}({_error(error, place)})" + (f"e{power}" if power else "")


def _power(value: Decimal, error: Decimal) -> int:
    """The power of ten to take out: 0 for ordinary numbers."""
    largest = max(abs(value), error)
    ordinary = SMALLEST <= largest < LARGEST and error.adjusted() >= -MANY_DIGITS
    return 0 if ordinary else largest.adjusted()


def _place(error: Decimal) -> int:
    """The power of ten of the last digit to show."""
    leading = error.scaleb(-error.adjusted())
    return error.adjusted() - (1 if leading < Decimal("3.55") else 0)


def _rounded(number: Decimal, place: int) -> Decimal:
    rounded = number.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_EVEN)
    return abs(rounded) if rounded == 0 else rounded  # no "-0.00"


def _error(error: Decimal, place: int) -> str:
    rounded = _rounded(error, place)
    if place >= 0 or rounded >= 1:
        return format(rounded, "f")
    return str(int(rounded.scaleb(-place)))
