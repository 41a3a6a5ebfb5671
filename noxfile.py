"""Every check of the project by name: `nox -l` lists them, `nox -s NAME` runs one in an environment of its own."""

import shutil
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")

nox.options.sessions = ["lint", "types", "tests", "build"]
nox.options.reuse_existing_virtualenvs = True

# Run inside the bare environment: everything comes from the installed wheel, and studies/ is nobody's top-level name.
FROM_THE_WHEEL = """
import importlib.util, pathlib, hopphys, hopphys.studies
for module in (hopphys, hopphys.studies):
    assert "site-packages" in pathlib.Path(module.__file__).parts, module.__file__
assert importlib.util.find_spec("studies") is None
"""


@nox.session
def lint(session: nox.Session) -> None:
    """Style of the code."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Strict type check of the package and the studies."""
    session.install("-e", ".", *nox.project.dependency_groups(PROJECT, "types"))
    session.run("mypy", "--strict", "hopphys", "studies")


@nox.session
def tests(session: nox.Session) -> None:
    """The fast tests; arguments after -- go to pytest."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """The fast tests with the lowest versions that pyproject.toml allows."""
    extras = PROJECT["project"]["optional-dependencies"]
    session.install(*(bound.replace(">=", "==") for bound in PROJECT["project"]["dependencies"] + extras["test"]))
    session.install("--no-deps", "-e", ".")
    session.run("pytest", *session.posargs)


@nox.session
def statistics(session: nox.Session) -> None:
    """The long comparisons with theory."""
    session.install("-e", ".[test]")
    session.run("pytest", "-m", "statistical", *session.posargs)


@nox.session
def studies(session: nox.Session) -> None:
    """Whole studies."""
    session.install("-e", ".[test]")
    session.run("pytest", "-m", "study", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Speed beside the peers, in an environment with all of them; rows and options after -- go to the runner."""
    session.install("-e", ".")
    # A peer that cannot be installed is told in words, and named in the results; the others are measured.
    session.run("python", "-m", "benchmarks", "install")
    session.run("python", "-m", "benchmarks", "run", *session.posargs, success_codes=[0, 1])
    session.run("python", "-m", "benchmarks", "table")
    session.run("python", "-m", "benchmarks", "figure")


@nox.session
def build(session: nox.Session) -> None:
    """Build a wheel, install it into a bare environment, and use it from an empty folder."""
    session.install("build")
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)
    # Without --wheel the wheel is made from the source archive, so that the archive is known to be complete.
    session.run("python", "-m", "build", "--outdir", str(folder), str(ROOT), silent=True)
    session.run("python", "-m", "venv", str(folder / "bare"))
    scripts = folder / "bare" / ("Scripts" if (folder / "bare" / "Scripts").exists() else "bin")
    (wheel,) = folder.glob("*.whl")
    session.run(str(scripts / "python"), "-m", "pip", "install", "--quiet", str(wheel), external=True)
    empty = folder / "empty"
    empty.mkdir()
    with session.chdir(empty):
        session.run(str(scripts / "python"), "-c", FROM_THE_WHEEL, external=True)
        for command in (["--help"], ["study", "list"], ["study", "run", "hypercube"]):
            session.run(str(scripts / "hopphys"), *command, external=True)
