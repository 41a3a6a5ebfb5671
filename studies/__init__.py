"""The studies that come with hopphys: one module each, read as the methods section of a paper, with a TOML beside it."""
