"""Configurations of studies: a preset of the TOML file beside the study, and `key=value` of the command line."""

from __future__ import annotations

import json
import tomllib
import typing
from collections.abc import Iterable
from typing import Any

from hopphys.checks import instead
from hopphys.study.contract import Study
from hopphys.study.typed import from_table, may_be_none
from hopphys.study.typed import to_table as to_table

STANDARD = ("quick", "full")


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
        raise ValueError(f"study {study.name} has no preset {preset!r}; {instead(preset, tables)}")
    changed = dict(_setting(study, text) for text in settings)
    owner = f"[{preset}] of study {study.name}"
    return from_table(study.config, {**tables[preset], **changed}, owner)


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


def _setting(study: Study, text: str) -> tuple[str, Any]:
    """One `key=value` of the command line, the value read as the field's type wants it."""
    key, equals, value = text.partition("=")
    key, hints = key.strip(), typing.get_type_hints(study.config)
    if not equals:
        raise ValueError(f"--set takes key=value, but it got {text!r}")
    if key not in hints:
        raise ValueError(f"study {study.name} has no key {key!r}; {instead(key, hints)}")
    return key, _read(value.strip(), hints[key])


def _read(text: str, kind: Any) -> Any:
    """Text as a TOML value, without the quotes and brackets that TOML would ask for."""
    if may_be_none(kind):
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


def _without_none(kind: Any) -> Any:
    return next(part for part in typing.get_args(kind) if part is not type(None))
