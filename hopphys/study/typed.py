"""A frozen dataclass filled from plain values, each checked against its annotation."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from hopphys.checks import instead

WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", type(None): "nothing"}


def from_table(config: type, table: Mapping[str, Any], owner: str) -> Any:
    """An instance of a config dataclass from plain values, checked against its annotations."""
    hints = typing.get_type_hints(config)
    fields = {field.name: field for field in dataclasses.fields(config) if field.init}
    if unknown := [key for key in table if key not in fields]:
        raise ValueError(f"{owner} has no key {unknown[0]!r}; {instead(unknown[0], fields)}")
    values = {key: coerce(value, hints[key], f"{key} in {owner}") for key, value in table.items()}
    # TOML has no None: where a field may be None and has no default, absence says so.
    optional = {key for key in fields if may_be_none(hints[key])}
    required = {key for key, field in fields.items() if _has_no_default(field)}
    if missing := sorted(required - optional - values.keys()):
        raise ValueError(f"{owner} lacks {', '.join(missing)}; give a value in the TOML file, or with --set")
    values.update(dict.fromkeys((required & optional) - values.keys()))
    try:
        return config(**values)
    except ValueError as error:
        raise ValueError(f"{owner}: {error}") from error


def to_table(config: Any) -> dict[str, Any]:
    """The plain values of a configuration, in the order of its fields."""
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}


def coerce(value: Any, kind: Any, where: str) -> Any:
    """`value` as the annotated type `kind`, or a ValueError that says what was expected and what came.

    A whole number is a number; nothing else turns into something else. Numbers that are not a number are refused.
    """
    if kind is Any:
        return value
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _one_of(value, arguments, where)
    if origin is typing.Literal:
        return _choice(value, arguments, where)
    if origin is tuple or kind is tuple:
        return _tuple(value, arguments or (Any, ...), where)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind or value != value:
        raise ValueError(f"{where} must be {WORDS.get(kind, kind)}, but it is {value!r}")
    return value


def _one_of(value: Any, kinds: Sequence[Any], where: str) -> Any:
    for kind in kinds:
        try:
            return coerce(value, kind, where)
        except ValueError:
            continue
    wanted = " or ".join(str(WORDS.get(kind, kind)) for kind in kinds)
    raise ValueError(f"{where} must be {wanted}, but it is {value!r}")


def _choice(value: Any, choices: Sequence[Any], where: str) -> Any:
    if value not in choices:
        raise ValueError(f"{where} must be one of {', '.join(map(str, choices))}, but it is {value!r}")
    return value


def _tuple(value: Any, kinds: Sequence[Any], where: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{where} must be a list, but it is {value!r}")
    endless = len(kinds) == 2 and kinds[1] is Ellipsis
    if not endless and len(value) != len(kinds):
        raise ValueError(f"{where} must have {len(kinds)} entries, but it has {len(value)}: {value!r}")
    each = [kinds[0]] * len(value) if endless else kinds
    return tuple(coerce(item, kind, f"each entry of {where}") for item, kind in zip(value, each, strict=True))


def may_be_none(kind: Any) -> bool:
    return type(None) in typing.get_args(kind)


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
