"""The studies that come with hopphys: modules read as the methods section of a paper, each with a TOML beside it."""
