"""Pages as HTML text: the templates of this package, filled; no script, no network, one file a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from hopphys.report import document, prose, verdicts

if TYPE_CHECKING:
    from jinja2 import Environment

    from hopphys.report.document import Page


def study_page(page: Page) -> str:
    """The self-contained page of one study."""
    return _environment().get_template("study.html").render(page=page)


def index_page(pages: Sequence[Page]) -> str:
    """The comparison: every study in a line, every model with its score."""
    rows = [row for page in pages for row in page.rows]
    presets = {page.preset for page in pages}
    return _environment().get_template("index.html").render(
        title="Four models, one Hamiltonian: measured against theory",
        preset=presets.pop() if len(presets) == 1 else "",
        verdict=verdicts.verdict(rows),
        summary=verdicts.summary(rows, verdicts.places({page.name: page.rows for page in pages})),
        counts={page.name: verdicts.summary(page.rows, "marked here") for page in pages},
        models=document.model_lines(pages),
        pages=pages,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    # Everything is escaped unless it went through `prose`, which escapes by itself; a missing name is an error.
    environment = Environment(
        loader=PackageLoader("hopphys.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["prose"] = lambda text: Markup(prose.inline(text))
    environment.filters["blocks"] = lambda text: Markup(prose.to_html(text))
    return environment
