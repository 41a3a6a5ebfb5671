"""Typed configurations: a frozen dataclass filled from a TOML table and from `key=value` on the command line."""

from __future__ import annotations

import dataclasses
import difflib
import json
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hopphys.study.contract import Study

STANDARD = ("quick", "full")
WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", type(None): "nothing"}


def presets(study: Study) -> dict[str, dict[str, Any]]:
    """The tables of the TOML file beside the study; without a file, quick and full are the dataclass's defaults."""
    path = study.source and study.source.with_suffix(".toml")
    if path is None or not path.is_file():
        return {name: {} for name in STANDARD}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from error
    if loose := [name for name, table in tables.items() if not isinstance(table, dict)]:
        raise ValueError(f"{path}: {loose[0]!r} stands outside a table; put it under [quick], [full] or another preset")
    return tables


def build(study: Study, preset: str = "quick", settings: Iterable[str] = ()) -> Any:
    """The configuration of a preset with `key=value` settings over it.

    Raises ValueError for an unknown preset or key (with the nearest known one), a value of another type, and what the
    dataclass itself refuses.
    """
    tables = presets(study)
    if preset not in tables:
        raise ValueError(f"study {study.name} has no preset {preset!r}; {_instead(preset, tables)}")
    changed = dict(_setting(study, text) for text in settings)
    owner = f"[{preset}] of study {study.name}"
    return from_table(study.config, {**tables[preset], **changed}, owner)


def from_table(config: type, table: Mapping[str, Any], owner: str) -> Any:
    """An instance of a config dataclass from plain values, checked against its annotations."""
    hints = typing.get_type_hints(config)
    fields = {field.name: field for field in dataclasses.fields(config) if field.init}
    if unknown := [key for key in table if key not in fields]:
        raise ValueError(f"{owner} has no key {unknown[0]!r}; {_instead(unknown[0], fields)}")
    values = {key: coerce(value, hints[key], f"{key} in {owner}") for key, value in table.items()}
    # TOML has no None: where a field may be None and has no default, absence says so.
    optional = {key for key in fields if _may_be_none(hints[key])}
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


def differences(study: Study, preset: str, config: Any) -> list[str]:
    """The `key=value` settings that turn a preset (quick, where it is none) into this configuration."""
    tables = presets(study)
    try:
        base = to_table(build(study, preset if preset in tables else STANDARD[0]))
    except ValueError:  # the preset alone lacks something, so everything is said
        base = {}
    return [f"{key}={_written(value)}" for key, value in to_table(config).items() if base.get(key, ...) != value]


def _written(value: Any) -> str:
    """A value as `--set` reads it."""
    if isinstance(value, tuple):
        numbers = all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in value)
        return ",".join(map(repr, value)) if numbers else json.dumps(value)
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return str(value)


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


def _setting(study: Study, text: str) -> tuple[str, Any]:
    """One `key=value` of the command line, the value read as the field's type wants it."""
    key, equals, value = text.partition("=")
    key, hints = key.strip(), typing.get_type_hints(study.config)
    if not equals:
        raise ValueError(f"--set takes key=value, but it got {text!r}")
    if key not in hints:
        raise ValueError(f"study {study.name} has no key {key!r}; {_instead(key, hints)}")
    return key, _read(value.strip(), hints[key])


def _read(text: str, kind: Any) -> Any:
    """Text as a TOML value, without the quotes and brackets that TOML would ask for."""
    if _may_be_none(kind):
        return None if text.lower() == "none" else _read(text, _without_none(kind))
    if kind is str or (typing.get_origin(kind) is typing.Literal and str in map(type, typing.get_args(kind))):
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    if typing.get_origin(kind) is tuple and not text.startswith("["):
        return [_read(item.strip(), typing.get_args(kind)[0]) for item in text.split(",") if item.strip()]
    try:
        table = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return table["value"] if len(table) == 1 else text


def _instead(wrong: str, known: Iterable[str]) -> str:
    """The way out of a misspelling: the nearest name, and all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    return (f"did you mean {near[0]!r}? " if near else "") + f"There is {', '.join(names) or 'none'}"


def _may_be_none(kind: Any) -> bool:
    return type(None) in typing.get_args(kind)


def _without_none(kind: Any) -> Any:
    return next(part for part in typing.get_args(kind) if part is not type(None))


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
