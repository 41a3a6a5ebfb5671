"""Every Python block of the README and the guide runs as it stands, one after another."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("page", ["README.md", "docs/guide.md", "docs/memory.md"])
def test_examples_run_as_they_stand(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)


def test_study_of_the_guide_runs_from_its_file(tmp_path):
    text = (ROOT / "docs" / "guide.md").read_text()
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL) if "STUDY =" in block]
    (preset,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "pair.py").write_text(code)
    (tmp_path / "pair.toml").write_text(preset)
    command = [sys.executable, "-m", "hopphys", "study", "run", "./pair.py", "--out", "runs", "--strict"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (tmp_path / ended.stdout.splitlines()[-1]).is_file()
