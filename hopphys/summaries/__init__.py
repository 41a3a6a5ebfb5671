"""One table that says what a run measured, how well, and whether to believe it."""

from hopphys.summaries.describing import Summary, summary
from hopphys.summaries.rows import Row

__all__ = ["Row", "Summary", "summary"]
