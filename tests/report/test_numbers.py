"""Numbers with their errors, as they are printed."""

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopphys.report.numbers import deviation, measured, plain, typeset

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (1.2341, 0.0051, "1.234(5)"),
        (-1.10613, 0.00041, "-1.1061(4)"),
        (0.13812, 0.0012, "0.1381(12)"),  # an error that begins with a small digit keeps two
        (0.827, 0.0096, "0.827(10)"),
        (12.34, 1.4, "12.3(1.4)"),
        (12345, 120, "12340(120)"),
        (3.1, 120, "0(120)"),
        (0.0, 0.001, "0.0000(10)"),
        (-0.0001, 0.02, "0.000(20)"),  # never -0.000
        (1.0234e12, 3e10, "1.023(30)e12"),
        (-1e-9, 2e-10, "-1.00(20)e-9"),
        (1e300, 1e290, "1.00000000000(10)e300"),
    ],
)
def test_error_is_given_in_units_of_the_last_digit(value, error, shown):
    assert measured(value, error) == shown


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (0.25, None, "0.25"),
        (0.1 + 0.2, None, "0.3"),
        (123456789, None, "1.23457e8"),
        (3, 0, "3(0)"),
        (2.5e9, 0.0, "2.5e9(0)".replace("e9(0)", "(0)e9")),
        (0.25, NAN, "0.25(?)"),
        (0.25, INF, "0.25(?)"),
        (0.25, -1.0, "0.25(?)"),
        (NAN, 0.1, "nan"),
        (INF, 1.0, "inf"),
        (-INF, None, "-inf"),
    ],
)
def test_a_missing_or_meaningless_error_is_not_dressed_up(value, error, shown):
    assert measured(value, error) == shown


@pytest.mark.parametrize(
    ("value", "error", "reference", "shown"),
    [
        (1.57097e-14, None, 0.0, "0"),  # what rounding leaves of zero
        (-1.57097e-14, None, 0.0, "0"),
        (1.57097e-14, None, None, "2e-14"),  # nothing says that it is zero
        (1.57097e-14, None, 1.571e-14, "1.57097e-14"),  # small, and known to be
        (1.57097e-11, None, 0.0, "1.57097e-11"),  # too large for rounding
        (1.57e-14, 2e-15, 0.0, "1.57(20)e-14"),  # its error says what it is worth
        (0.1, 1.4e-17, 0.1, "0.1(0)"),  # the spread of equal numbers
    ],
)
def test_rounding_is_not_printed_to_six_digits(value, error, reference, shown):
    assert measured(value, error, reference) == shown


@given(st.floats(-1e250, 1e250), st.floats(1e-250, 1e250))
def test_printed_value_and_error_are_those_measured_to_the_digits_shown(value, error):
    if error < 1e-14 * abs(value):
        return  # more digits than a double has
    mantissa, digits, power = re.fullmatch(r"(-?[\d.]+)\(([\d.]+)\)(?:e(-?\d+))?", measured(value, error)).groups()
    scale = Decimal(10) ** int(power or 0)
    places = len(mantissa.partition(".")[2])
    unit = Decimal(10) ** (-places if places and "." not in digits else 0)
    assert abs(Decimal(digits) * unit * scale / Decimal(error) - 1) <= Decimal("0.15")
    assert abs(Decimal(mantissa) * scale - Decimal(value)) <= Decimal(error) * Decimal("0.501")


def test_typeset_numbers_have_a_true_minus_and_a_raised_power():
    assert typeset("-1.02(3)e-5") == "−1.02(3) × 10⁻⁵"
    assert typeset("nan") == "nan" and typeset("-inf") == "−inf" and typeset("0.25(?)") == "0.25(?)"


def test_plain_keeps_integers_and_drops_trailing_zeros():
    assert [plain(x) for x in (3.0, 0.1379, 1 / 3, 2.0e-7, 1e6)] == ["3", "0.1379", "0.333333", "2e-7", "1e6"]


def test_deviation_is_counted_in_standard_errors_and_only_where_there_is_one():
    assert deviation(1.3, 0.1, 1.0) == pytest.approx(3.0)
    assert [deviation(1.3, error, 1.0) for error in (None, 0.0, NAN)] == [None, None, None]
    assert deviation(1.3, 0.1, None) is None and deviation(NAN, 0.1, 1.0) is None
