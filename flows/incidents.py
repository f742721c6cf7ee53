"""The analysis: articles and claims in the tables -> incidents, tolls, estimates, disagreements and running totals beside them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows.progress import courtesy
from transforms.derive import Derived, derive
from transforms.schema import TABLES_MARKER
from transforms.store import replace_derived


@dataclass(slots=True)
class IncidentSummary:
    """What a run found. `changed` names the derived tables that are now otherwise than before."""

    tables: str
    incidents: int = 0
    shared: int = 0
    claims: int = 0
    independent: int = 0
    falls: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)
    seconds: float = 0.0


@flow(name="incidents", timeout_seconds=24 * 3600)
def incidents(tables: str = "data/tables") -> IncidentSummary:
    """Link the claims in the tables to incidents and write what follows from it. Claims and articles are not touched.

    Raises FileNotFoundError where no tables are, TablesLocked where another run does not stop writing.
    """
    began = time.monotonic()
    if not (Path(tables) / TABLES_MARKER).exists():
        raise FileNotFoundError(f"no tables in {tables}: run `tollbook ingest` first, or name another folder")
    derived = derive_tables(tables)
    summary = _summary(tables, derived)
    summary.changed = write_tables(tables, derived)
    summary.seconds = time.monotonic() - began
    lines = "\n".join(f"    {line}" for line in summary_lines(summary))
    courtesy(create_markdown_artifact, f"# Incidents\n\n{lines}\n", key="incidents-summary")
    return summary


@task(name="derive", cache_policy=NO_CACHE)
def derive_tables(tables: str) -> Derived:
    """Everything that follows from articles and claims, as tables."""
    return derive(Path(tables), datetime.now(UTC))


@task(name="write derived tables", cache_policy=NO_CACHE)
def write_tables(tables: str, derived: Derived) -> list[str]:
    """Put them in place, all or none; gives the names of those that changed."""
    return replace_derived(Path(tables), derived.tables)


def _summary(tables: str, derived: Derived) -> IncidentSummary:
    rows = derived.tables["incidents"].select(["articles", "claims", "independent_sources"]).to_pylist()
    return IncidentSummary(
        tables,
        incidents=len(rows),
        shared=sum(row["articles"] > 1 for row in rows),
        claims=sum(row["claims"] for row in rows),
        independent=sum(row["independent_sources"] > 1 for row in rows),
        falls=sum(derived.tables["series"]["falls"].to_pylist()),
        changes=Counter(change.change for change in derived.changes),
    )


def summary_lines(summary: IncidentSummary) -> list[str]:
    """The run in a few plain lines, for the terminal and for Prefect."""
    lines = [
        f"incidents {summary.incidents:,} of {summary.claims:,} claims",
        f"shared    {summary.shared:,} told by two articles or more, {summary.independent:,} by two independent sources or more",
    ]
    if summary.changes:
        changes = ", ".join(f"{number:,} {change}" for change, number in sorted(summary.changes.items()))
        lines.append(f"ids       {changes}; see incident_changes/")
    if summary.falls:
        lines.append(f"falls     {summary.falls:,} running totals below an earlier one; see series/")
    lines.append(f"seconds   {summary.seconds:.1f}")
    lines.append(f"tables    {summary.tables}" + ("" if summary.changed else ": nothing changed"))
    return lines
