"""The tables -> a page to look at, and its figures in Prefect's UI."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.files import write_whole
from flows.progress import courtesy
from transforms.report import Page, Report, make_page, read_tables


@dataclass(frozen=True, slots=True)
class Written:
    """The file that was written."""

    out: str
    claims: int
    bytes: int


@flow(name="report", timeout_seconds=3600)
def report(tables: str = "data/tables", out: str = "report.html") -> Written:
    """Write one HTML file about the tables, whole or not at all, and publish its figures as artifacts.

    Raises FileNotFoundError where there are no tables, OSError where `out` cannot be written.
    """
    page, claims = draw_page(tables)
    size = write_whole(Path(out), page.html)
    _publish(page.report, out)
    return Written(out, claims, size)


@task(name="draw page", cache_policy=NO_CACHE, persist_result=False)
def draw_page(tables: str) -> tuple[Page, int]:
    """The page of the tables, and the number of claims in it."""
    read = read_tables(Path(tables))
    return make_page(read), read["claims"].num_rows


def _publish(shown: Report, out: str) -> None:
    figures = [{"what": figure.label, "number": figure.value, "note": figure.note} for figure in shown.figures]
    courtesy(create_table_artifact, figures, key="report-figures", description=shown.title)
    for harm in shown.timeline.harms[:1]:
        rows = [
            {"source": panel.name, shown.timeline.unit: point.label, "low": point.low, "high": point.high, shown.timeline.counted: point.n}
            for panel in harm.panels
            for point in panel.points
        ]
        courtesy(create_table_artifact, rows, key="report-toll", description=f"{shown.timeline.measure}: {harm.harm}")
    if shown.pairs:
        pairs = [
            {"more": p.more, "less": p.less, "harm": p.harm, "median ratio": p.ratio, "incidents": p.n, "agree in": p.agree}
            for p in shown.pairs
        ]
        courtesy(create_table_artifact, pairs, key="report-disagreement", description=shown.pairs_caption)
    if shown.rejects:
        rejects = [{"reason": row.name, "meaning": row.kind, "rejected": row.n} for row in shown.rejects]
        courtesy(create_table_artifact, rejects, key="report-rejects", description=shown.rejected)
    news = f"\n\n{shown.news.sentence}" if shown.news else ""
    courtesy(create_markdown_artifact, f"# {shown.title}\n\n{shown.standfirst}{news}\n\n`{out}`\n", key="report-summary")
