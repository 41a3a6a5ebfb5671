"""`hopphys recall` as a stranger types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import hopphys as hp
from hopphys import cli, dataset
from hopphys.cli import interrupts
from hopphys.cli.recall import parse_size
from hopphys.interop import images
from hopphys.study import recall


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    xi = hp.patterns.random(3, 256, seed=1)
    for name, spins in zip("abc", xi, strict=True):
        images.write(tmp_path / f"{name}.png", spins.reshape(16, 16))
    images.write(tmp_path / "damaged.png", hp.patterns.corrupt(xi[1], flip=0.2, seed=2).reshape(16, 16))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch, capsys, *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `hopphys recall WORDS`, in this process."""
    monkeypatch.setattr(sys, "argv", ["hopphys", "recall", *words])
    monkeypatch.setattr(interrupts, "leave_at_once", lambda *_: None)  # main takes the process's Ctrl-C
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_a_picture_is_restored_and_everything_is_written(folder, monkeypatch, capsys):
    words = ["a.png", "b.png", "c.png", "--probe", "damaged.png", "--size", "16", "--out", "out"]
    code, out, err = run(monkeypatch, capsys, *words)
    assert (code, err) == (0, "")
    assert "Found the memory b.png, exactly (overlap 1.000)." in out
    assert "threshold 127.5 of 255" in out and "load 3/256" in out
    assert max(map(len, out.splitlines())) <= 80
    assert images.pattern("out/restored.png", (16, 16))[0].tolist() == images.pattern("b.png", (16, 16))[0].tolist()
    assert dataset.load("out/recall.nc").attrs["verdict"] == "memory"
    assert sorted(path.name for path in Path("out").iterdir()) == ["recall.nc", "recall.png", "restored.png"]


def test_a_probe_like_no_picture_is_doubted(folder, monkeypatch, capsys):
    images.write("swapped.png", -images.pattern("b.png", (16, 16))[0])
    words = ["a.png", "b.png", "c.png", "--size", "16", "--model", "attention", "--out", "out"]
    _, out, _ = run(monkeypatch, capsys, *words, "--probe", "swapped.png")
    assert "are dark and light swapped" in " ".join(out.split())
    _, out, _ = run(monkeypatch, capsys, *words, "--probe", "damaged.png", "--force")
    assert "swapped" not in out and "most like b.png" in out and "and then" in out


def test_a_second_run_replaces_nothing_unless_it_is_told_to(folder, monkeypatch, capsys):
    words = ["a.png", "b.png", "--probe", "damaged.png", "--size", "16"]
    assert run(monkeypatch, capsys, *words)[0] == 0
    before = Path("hopphys-recall/recall.nc").read_bytes()
    code, out, err = run(monkeypatch, capsys, *words)
    assert (code, out) == (2, "") and "already holds" in err and "--force" in err
    assert Path("hopphys-recall/recall.nc").read_bytes() == before
    assert run(monkeypatch, capsys, *words, "--force", "--rule", "projection")[0] == 0
    assert dataset.load("hopphys-recall/recall.nc").attrs["rule"] == "projection"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.png", "--probe", "gone.png"], "there is no file gone.png"),
        (["a.png", "--probe", "."], "is a folder"),
        (["a.png", "--probe", "b.png", "--size", "abc"], "--size must be WIDTHxHEIGHT in pixels"),
        (["a.png", "--probe", "b.png", "--size", "0x5"], "it is 0 x 5"),
        (["a.png", "--probe", "b.png", "--size", "1"], "at least two pixels"),
        (["a.png", "--probe", "b.png", "--size", "999999999x999999999"], "would take"),
        (["a.png", "--probe", "b.png", "--sharpness", "3"], "sharpness belongs to attention"),
        (["a.png", "--probe", "b.png", "--model", "attention", "--sharpness", "-1"], "it is -1.0"),
        (["a.png", "--probe", "b.png", "--out", "a.png"], "is a file"),
        (["a.png", "a.png", "--probe", "b.png", "--rule", "projection"], "a.png and a.png are the same"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(words, message, folder, monkeypatch, capsys):
    before = sorted(folder.iterdir())
    code, out, err = run(monkeypatch, capsys, *words)
    assert (code, out) == (2, "")
    assert message in err and err.count("\n") == 1 and "Traceback" not in err
    assert sorted(folder.iterdir()) == before


def test_a_missing_probe_and_an_unknown_rule_are_usage_errors(folder, monkeypatch, capsys):
    assert run(monkeypatch, capsys, "a.png")[0] == 2
    assert run(monkeypatch, capsys, "a.png", "--probe", "b.png", "--rule", "storkey")[0] == 2


@pytest.mark.parametrize(
    ("text", "size"),
    [("64", (64, 64)), ("64x48", (64, 48)), ("64X48", (64, 48)), ("64×48", (64, 48)), (" 8 x 9 ", (8, 9))],
)
def test_sizes_are_read_as_people_write_them(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "64x", "x64", "-4", "6.5", "64x48x3", "9" * 5000, "64 48"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="--size must be"):
        parse_size(text)


def test_a_fresh_process_finds_the_same_bits(folder):
    words = ["a.png", "c.png", "--probe", "damaged.png", "--size", "16x16", "--out", "out"]
    command = [sys.executable, "-m", "hopphys", "recall", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "" and "Written into out: restored.png, recall.png, recall.nc" in done.stdout
    here = recall.restore(recall.Request((Path("a.png"), Path("c.png")), Path("damaged.png"), (16, 16)))
    assert dataset.load(folder / "out" / "recall.nc").drop_attrs().identical(here.drop_attrs())
