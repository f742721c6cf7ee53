"""The command line. A command imports what it needs when it runs: `tollbook extract` and `--help` must not wait for Prefect or pandas."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from transforms.article import Article, Record, Reject
    from transforms.claim import Claim

EXIT_CODES = (
    "Exit status: 0 done, 1 something was rejected (ingest with --strict; extract where nothing could be read), "
    "2 wrong usage or a path that does not exist, 3 the tables or the file cannot be written."
)
REJECTED, USAGE, TABLES = 1, 2, 3

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Casualty claims from news articles, each with its source, dates and sentence, as Parquet tables.",
    epilog=EXIT_CODES,
)


def main() -> None:
    """The `tollbook` command."""
    app(prog_name="tollbook")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"tollbook {version('tollbook')}")
        raise typer.Exit


@app.callback()
def tollbook(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")] = False,
) -> None:
    """Casualty claims from news articles, each with its source, dates and sentence, as Parquet tables."""


Published = Annotated[str | None, typer.Option(metavar="DATE", help="Day of publication of all articles, YYYY-MM-DD; stands above theirs.")]
Outlet = Annotated[str | None, typer.Option(metavar="NAME", help="Outlet of all articles; stands above theirs.")]


@app.command(epilog=EXIT_CODES)
def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders (walked) and globs.", show_default=False)],
    tables: Annotated[Path, typer.Option(metavar="DIR", help="Where the tables are, or shall be.")] = Path("data/tables"),
    published: Published = None,
    outlet: Outlet = None,
    manifest: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Columns file, published, outlet, url.")] = None,
    max_mb: Annotated[float, typer.Option(metavar="MB", min=0.001, max=100_000, help="Reject larger pages, texts and records.")] = 50,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 where anything was rejected.")] = False,
) -> None:
    """Read article files and put their articles and claims into the tables.

    Reads wire text, JSON, JSON Lines, CSV, Parquet, plain text, HTML and WARC, gzipped or not. What cannot be read is listed in the
    table rejects and stops nothing. Articles that the tables have already are passed over.
    """
    day = _day(published)
    _check_paths(paths, manifest)
    typer.echo("tollbook: starting Prefect", err=True)  # which takes some seconds, ten where no server runs
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")  # what goes wrong comes up here as an exception, and is told below
    from flows.ingest import Summary, summary_lines
    from flows.ingest import ingest as run_ingest

    told = (paths, str(tables), day, outlet, str(manifest) if manifest else None, strict, max_mb)
    summary = _result_of(lambda: run_ingest(*told, return_state=True))
    assert isinstance(summary, Summary)
    typer.echo("\n".join(summary_lines(summary)))
    if strict and summary.rejects:
        raise typer.Exit(REJECTED)


def _day(text: str | None) -> date | None:
    from transforms.published import YEARS

    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        _stop(f"--published {text}: not a date; write it as YYYY-MM-DD", USAGE)
    if day and day.year not in YEARS:
        _stop(f"--published {text}: a year from {YEARS[0]} to {YEARS[-1]} is wanted", USAGE)
    return day


def _check_paths(paths: list[str], manifest: Path | None) -> None:
    """Stop before anything starts where a path does not exist or the manifest is wrong."""
    from transforms.readers import find_files
    from transforms.readers.manifest import load_manifest

    try:
        find_files(paths)
        if manifest:
            load_manifest(manifest)
    except (OSError, ValueError) as error:
        _stop(str(error), USAGE)


def _stop(message: str, status: int) -> NoReturn:
    typer.echo(f"tollbook: {message}", err=True)
    raise typer.Exit(status)


@app.command(epilog=EXIT_CODES)
def incidents(
    tables: Annotated[Path, typer.Option(metavar="DIR", help="Where the tables are.")] = Path("data/tables"),
) -> None:
    """Link the claims of all articles to incidents, and tell tolls by source, estimates, disagreements and running totals.

    Writes tables of their own beside articles and claims, which it does not touch. Run it after an ingest.
    """
    typer.echo("tollbook: starting Prefect", err=True)
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    from flows.incidents import IncidentSummary, summary_lines
    from flows.incidents import incidents as run_incidents

    summary = _result_of(lambda: run_incidents(str(tables), return_state=True))
    assert isinstance(summary, IncidentSummary)
    typer.echo("\n".join(summary_lines(summary)))


@app.command(epilog=EXIT_CODES)
def report(
    tables: Annotated[Path, typer.Option(metavar="DIR", help="Where the tables are.")] = Path("data/tables"),
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="The page to write; an older one is replaced.")] = Path("report.html"),
) -> None:
    """Write one HTML page about the tables: tolls by source, places, disagreement, news, rejects, and every claim with its sentence.

    The page needs no network and sends nothing. It quotes articles, which may name victims: think of them before you pass it on.
    """
    if not (tables / "claims").is_dir():
        _stop(f"{tables} has no tables; make them first: tollbook ingest PATH... --tables {tables}", USAGE)
    typer.echo("tollbook: starting Prefect", err=True)
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    from flows.report import Written
    from flows.report import report as run_report

    written = _result_of(lambda: run_report(str(tables), str(out), return_state=True))
    assert isinstance(written, Written)
    typer.echo(f"report    {written.out}\nclaims    {written.claims:,}\nsize      {written.bytes / 1e6:.1f} MB")


class ExportFormat(StrEnum):
    csv = "csv"
    hxl = "hxl"
    ucdp = "ucdp"
    acled_like = "acled-like"


@app.command(epilog=EXIT_CODES)
def export(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write; an older one is replaced.", show_default=False)],
    form: Annotated[ExportFormat, typer.Option("--format", help="csv: the claims; the others: the incidents.")] = ExportFormat.csv,
    tables: Annotated[Path, typer.Option(metavar="DIR", help="Where the tables are.")] = Path("data/tables"),
    with_quotes: Annotated[bool, typer.Option("--with-quotes", help="csv: keep sentences and private speakers' names.")] = False,
) -> None:
    """Write the claims as CSV, or the incidents with the columns of HXL, UCDP GED or ACLED.

    Sentences may name victims, so they are left out unless asked for. Text that a spreadsheet would run as a formula is defused.
    """
    from flows.files import write_whole
    from transforms.export import claims_csv, incidents_csv
    from transforms.report import read_tables
    from transforms.store import NewerTables

    try:
        frames = {name: table.to_pandas() for name, table in read_tables(tables).items()}
        text = claims_csv(frames, with_quotes) if form is ExportFormat.csv else incidents_csv(frames, form.value)
    except NewerTables as error:
        _stop(str(error), TABLES)
    except (FileNotFoundError, ValueError) as error:
        _stop(f"{tables}: {error}" if isinstance(error, ValueError) else str(error), USAGE)
    try:
        size = write_whole(out, text)
    except OSError as error:
        _stop(f"{out}: {error.strerror}", TABLES)
    typer.echo(f"export    {out}\nsize      {size / 1e6:.1f} MB")


def _result_of(flow_run: Callable[[], Any]) -> Any:
    """What a flow gave; where it failed for a reason that a user can mend, the reason and the exit status."""
    from transforms.store import NewerTables, TablesLocked

    try:
        result = flow_run().result(raise_on_failure=False)
        if isinstance(result, BaseException):
            raise result
        return result
    except FileNotFoundError as error:
        _stop(str(error), USAGE)
    except (NewerTables, TablesLocked, OSError) as error:
        _stop(str(error), TABLES)
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        _stop(f"{error}: Prefect's server is not there; start it (prefect server start), or unset PREFECT_API_URL", USAGE)


@app.command(epilog=EXIT_CODES)
def extract(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An article file, or - for standard input.", show_default=False)],
    published: Published = None,
    outlet: Outlet = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list with the columns of the table claims.")] = False,
) -> None:
    """Print the claims of the articles in one file. Writes nothing."""
    from flows.listing import listing, reject_line
    from transforms.article import Record, Reject, build_article
    from transforms.claims import extract as extract_claims
    from transforms.readers import read_bytes

    day = _day(published)
    if file != "-" and not os.path.lexists(file):
        _stop(f"no such file: {file}", USAGE)
    width = shutil.get_terminal_size((160, 24)).columns
    found: list[tuple[Article, list[Claim]]] = []
    for item in read_bytes(sys.stdin.buffer.read(), "-") if file == "-" else _read_any(Path(file)):
        article = build_article(item, told=day, outlet=outlet) if isinstance(item, Record) else item
        if isinstance(article, Reject):
            typer.echo(reject_line(article), err=True)
            continue
        found.append((article, extract_claims(article)))
        if not as_json:
            typer.echo(listing(*found[-1], width))
    if as_json:
        typer.echo(_claims_json(found))
    if not found:
        raise typer.Exit(REJECTED)


def _read_any(path: Path) -> Iterator[Record | Reject]:
    """A file's records; here a pipe will do as well, such as the shell's `<(curl ...)`."""
    from transforms.readers import read, read_bytes

    return read_bytes(path.read_bytes(), str(path)) if path.is_fifo() else read(path)


def _claims_json(found: list[tuple[Article, list[Claim]]]) -> str:
    """The claims as a JSON list of the rows that the table claims would have, without the run."""
    import json

    from transforms.lexicon import lexicon_version
    from transforms.schema import names

    columns = [name for name in names("claims") if name != "run_id"]
    rows: list[dict[str, Any]] = []
    for article, claims in found:
        about = {name: getattr(article, name) for name in ("article_id", "published", "outlet")} | {"lexicon_version": lexicon_version()}
        rows += [{name: about[name] if name in about else getattr(claim, name) for name in columns} for claim in claims]
    return json.dumps(rows, indent=2, ensure_ascii=False, default=str)


class DictionaryFormat(StrEnum):
    markdown = "markdown"
    csv = "csv"
    json = "json"


@app.command()
def dictionary(
    form: Annotated[DictionaryFormat, typer.Option("--format", help="How to print it.")] = DictionaryFormat.markdown,
) -> None:
    """Print the data dictionary: every table and column, what it means and what it may hold."""
    import csv
    import io
    import json

    from transforms.schema import dictionary as rows_of

    rows = rows_of()
    if form is DictionaryFormat.json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif form is DictionaryFormat.csv:
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        typer.echo(buffer.getvalue(), nl=False)
    else:
        typer.echo("| " + " | ".join(rows[0]) + " |\n|" + " --- |" * len(rows[0]))
        for row in rows:
            typer.echo("| " + " | ".join(cell.replace("|", "\\|") for cell in row.values()) + " |")


if __name__ == "__main__":
    main()
