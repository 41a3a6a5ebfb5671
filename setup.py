"""All of the configuration is in pyproject.toml, except that no pattern there can find a package in a second folder."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["hopphys", "hopphys.*"]), "hopphys.studies"])
