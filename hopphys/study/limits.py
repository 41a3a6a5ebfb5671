"""What the settings of a study must not fall below."""

from __future__ import annotations

from typing import Any


def at_least(config: Any, least: float, *names: str, why: str = "") -> None:
    """Refuses settings of a configuration that lie below `least`; for `__post_init__` of a study's dataclass.

    `names` are fields that hold a number or a tuple of numbers, each of which counts. Raises ValueError naming the
    first setting that is too small, its value, and `why` ("for an error").
    """
    reason = f", {why}," if why else ""
    for name in names:
        value = getattr(config, name)
        many = isinstance(value, tuple)
        for item in value if many else (value,):
            if not item >= least:
                either = "one" if many else "it"
                raise ValueError(f"{name} must be at least {least:g}{reason or ','} but {either} is {item:g}")
