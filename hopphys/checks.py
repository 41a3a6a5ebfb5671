"""Arguments checked at the public edge: each function returns the clean value or raises a ValueError in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np

from hopphys.types import Array, ArrayLike


def instead(wrong: str, known: Iterable[str]) -> str:
    """The way out of a misspelling: the nearest name, and all of them."""
    names = sorted(known)
    if not names:
        return "there is none"
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    every = ", ".join(names)
    return f"did you mean {near[0]!r}? Choose from {every}" if near else f"choose from {every}"


def finite(values: ArrayLike, name: str) -> Array:
    """A float array without NaN or infinity, or a ValueError that shows the first offender."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as cause:
        raise ValueError(f"{name} must be an array of numbers, but {cause}") from cause
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, but the shape is {array.shape}")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite, but {name}{list(place) or ''} = {array[place]}")
    return array


def positive(value: Any, name: str) -> float:
    """A positive finite number."""
    try:
        number = float("nan") if isinstance(value, (str, bool)) else float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0 < number < np.inf:
        raise ValueError(f"{name} must be positive and finite, but it is {value!r}")
    return number


def between(value: Any, name: str, low: float, high: float, ends: bool = False) -> float:
    """A number between two others; these themselves only where `ends` says so."""
    try:
        number = float("nan") if isinstance(value, (str, bool)) else float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not (low <= number <= high if ends else low < number < high):
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, but it is {value!r}")
    return number


def whole(value: Any, name: str, least: int) -> int:
    """A whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number from {least} on, but {name} = {value!r}")
    return int(value)


def progress_of(progress: Any) -> Any:
    """A function of the fraction done, or None."""
    if progress is not None and not callable(progress):
        raise ValueError(f"progress must be a function of the fraction done, such as print, but it is {progress!r}")
    return progress


def inverse_temperature(beta: Any, temperature: Any) -> Array:
    """beta from exactly one of the two, number or array. Raises ValueError for both, none, negative or NaN."""
    if beta is not None and temperature is not None:
        raise ValueError(f"give beta or temperature, not both, but beta = {beta!r} and temperature = {temperature!r}")
    if beta is None and temperature is None:
        raise ValueError("a temperature is needed: give beta= or temperature=")
    name, value = ("beta", beta) if temperature is None else ("temperature", temperature)
    try:
        values = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a non-negative number or array of them, but it is {value!r}") from None
    if values.size == 0 or not (values >= 0).all():
        shown = "empty" if values.size == 0 else values[~(values >= 0)].flat[0]
        raise ValueError(f"{name} must be a non-negative number or array of them, but it is {shown}")
    return values if name == "beta" else inverse(values)


def inverse(temperatures: Array) -> Array:
    """1 / T, infinity at T = 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / temperatures)


def one_beta(beta: Any, temperature: Any) -> float:
    """One inverse temperature from exactly one of the two, infinity at T = 0."""
    values = inverse_temperature(beta, temperature)
    if values.ndim:
        name, value = ("beta", beta) if temperature is None else ("temperature", temperature)
        raise ValueError(f"{name} must be one number, but it is {value!r}")
    return float(values)


def finite_beta(beta: Any, temperature: Any) -> float:
    """One finite inverse temperature from exactly one of the two: T = 0 is no law to sum over."""
    values = inverse_temperature(beta, temperature)
    if values.ndim or not np.isfinite(values):
        name, value = ("beta", beta) if temperature is None else ("temperature", temperature)
        wanted = "one finite number" if name == "beta" else "one number above 0"
        raise ValueError(f"{name} must be {wanted}, but it is {value!r}")
    return float(values)
