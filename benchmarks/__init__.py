"""Speed of hopphys beside its peers, measured in turn in one process tree: `python -m benchmarks --help`."""
