"""The command line. A command imports what it needs when it runs: `tollbook extract` and `--help` must not wait for Prefect or pandas."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from transforms.article import Article, Record, Reject
    from transforms.claim import Claim
    from transforms.store.place import Place

EXIT_CODES = (
    "Exit status: 0 done, 1 something was rejected (ingest with --strict; extract where nothing could be read), failed (backfill) "
    "or is wrong (verify), 2 wrong usage or a path that does not exist, 3 the tables or the file cannot be written."
)
REJECTED, USAGE, TABLES = 1, 2, 3

# Of runs that nobody watches. A run by hand fails at once, for its user to see; these are handed on to it by the environment.
SCHEDULED = {"PREFECT_FLOWS_DEFAULT_RETRIES": "2", "PREFECT_FLOWS_DEFAULT_RETRY_DELAY_SECONDS": "60"}

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
TablesAt = Annotated[str, typer.Option("--tables", metavar="DIR", help="Where the tables are: a folder, or s3://bucket/prefix.")]
Processes = Annotated[int | None, typer.Option(metavar="N", min=1, help="Processes for large batches; without it one a core.")]
Scheduler = Annotated[str | None, typer.Option(metavar="URL", help="With --runner dask: its scheduler, such as tcp://host:8786.")]
Outlet = Annotated[str | None, typer.Option(metavar="NAME", help="Outlet of all articles; stands above theirs.")]


class Runner(StrEnum):
    local = "local"
    dask = "dask"


RunBy = Annotated[Runner, typer.Option("--runner", help="Who works on the batches: processes of this machine, or a dask cluster.")]


@app.command(epilog=EXIT_CODES)
def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders (walked) and globs.", show_default=False)],
    tables: TablesAt = "data/tables",
    published: Published = None,
    outlet: Outlet = None,
    manifest: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Columns file, published, outlet, url.")] = None,
    max_mb: Annotated[float, typer.Option(metavar="MB", min=0.001, max=100_000, help="Reject larger pages, texts and records.")] = 50,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 where anything was rejected.")] = False,
    processes: Processes = None,
    runner: RunBy = Runner.local,
    scheduler: Scheduler = None,
) -> None:
    """Read article files and put their articles and claims into the tables.

    Reads wire text, JSON, JSON Lines, CSV, Parquet, plain text, HTML and WARC, gzipped or not. What cannot be read is listed in the
    table rejects and stops nothing. Articles that the tables have already are passed over.
    """
    day = _day(published)
    _check_paths(paths, manifest)
    _check_tables(tables)
    _check_runner(runner, scheduler, processes)
    _start_prefect()
    from flows.ingest import Summary, summary_lines
    from flows.ingest import ingest as run_ingest

    told = (paths, tables, day, outlet, str(manifest) if manifest else None, strict, max_mb, processes, runner.value, scheduler)
    summary = _outcome(lambda: run_ingest(*told, return_state=True))
    assert isinstance(summary, Summary)
    typer.echo("\n".join(summary_lines(summary)))
    if strict and summary.rejects:
        raise typer.Exit(REJECTED)


@app.command(epilog=EXIT_CODES)
def serve(
    inbox: Annotated[Path, typer.Option(metavar="DIR", help="Folder of article files, walked whole.", show_default=False)],
    cron: Annotated[str, typer.Option(metavar="CRON", help="When: minute, hour, day, month, day of the week, in UTC.")] = "0 * * * *",
    tables: TablesAt = "data/tables",
) -> None:
    """Ingest what is new in a folder on a schedule, until stopped with Ctrl-C.

    Needs a Prefect server (prefect server start; PREFECT_API_URL), in whose UI the runs, their logs and summaries show. A run that fails
    is tried again twice, a minute apart.
    """
    if not inbox.is_dir():
        _stop(f"--inbox {inbox}: no such folder", USAGE)
    _check_paths([str(inbox)], None)
    _check_tables(tables)
    for name, value in SCHEDULED.items():
        os.environ.setdefault(name, value)
    from flows.serve import BadCron, serve_inbox
    from flows.server import missing_server

    if problem := missing_server():
        _stop(problem, USAGE)
    try:
        serve_inbox(inbox, tables, cron)
    except BadCron:
        _stop(f"--cron {cron}: not a cron line; write five fields such as '0 * * * *'", USAGE)


@app.command(epilog=EXIT_CODES)
def backfill(
    since: Annotated[str | None, typer.Option(metavar="DATE", help="First day of publication; without it all before --until.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day of publication; without it all after --since.")] = None,
    outlet: Annotated[str | None, typer.Option(metavar="NAME", help="Articles of this outlet alone.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the difference and write nothing.")] = False,
    tables: TablesAt = "data/tables",
    processes: Processes = None,
    runner: RunBy = Runner.local,
    scheduler: Scheduler = None,
) -> None:
    """Extract stored articles again with today's lexicons and code, month by month, and print what that changes.

    Articles whose claims were taken with these lexicons and this code already are passed over: a backfill that was stopped goes on where it
    was. Without --since and --until all articles are meant, also those without a day.
    """
    window = (_day(since, "--since"), _day(until, "--until"), outlet)
    if window[0] and window[1] and window[1] < window[0]:
        _stop(f"--until {until} is before --since {since}", USAGE)
    _check_there(tables)
    if not dry_run:
        _check_tables(tables)
    _check_runner(runner, scheduler, processes)
    _start_prefect()
    from flows.backfill import Backfilled, backfill_lines
    from flows.backfill import backfill as run_backfill

    done = _outcome(lambda: run_backfill(*window, tables, dry_run, processes, runner.value, scheduler, return_state=True))
    assert isinstance(done, Backfilled)
    typer.echo("\n".join(backfill_lines(done)))
    if not dry_run and (done.difference.added or done.difference.changed or done.difference.withdrawn):
        _tell_of_incidents(tables)
    if done.failed:
        raise typer.Exit(REJECTED)


def _start_prefect() -> None:
    """Make Prefect ready to run a flow by hand."""
    typer.echo("tollbook: starting Prefect", err=True)  # which takes some seconds, ten where no server runs
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")  # what goes wrong comes up here as an exception, and is told by the command
    from flows.server import tie_temporary_server

    tie_temporary_server()


def _outcome(run: Callable[[], Any]) -> Any:
    """What a flow gives; where it failed for a reason that a user can mend, that in one line and the exit status."""
    from flows.cluster import WorkersGone
    from transforms.store import NewerTables, TablesLocked

    try:
        result = run().result(raise_on_failure=False)
        if isinstance(result, BaseException):
            raise result
        return result
    except FileNotFoundError as error:
        _stop(str(error), USAGE)
    except (NewerTables, TablesLocked, OSError) as error:
        _stop(str(error), TABLES)
    except WorkersGone as error:
        _stop(str(error), USAGE)
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        _stop(f"{error}: Prefect's server is not there; start it (prefect server start), or unset PREFECT_API_URL", USAGE)


def _check_tables(tables: str) -> None:
    """Stop before Prefect starts where the tables could not be written in the end."""
    from transforms.store import NewerTables, ready

    try:
        ready(_place(tables))
    except (NewerTables, OSError) as error:
        _stop(str(error), TABLES)


def _check_runner(runner: Runner, scheduler: str | None, processes: int | None) -> None:
    """Stop where the batches could not be worked on."""
    if scheduler and runner is not Runner.dask:
        _stop("--scheduler is dask's: add --runner dask", USAGE)
    if scheduler and processes:
        _stop("--processes is for this machine, the workers of --scheduler are as many as were started: leave out one of the two", USAGE)
    if runner is Runner.dask:
        from flows.cluster import missing_cluster

        if problem := missing_cluster(scheduler):
            _stop(f"--runner dask: {problem}", USAGE)


def _check_there(tables: str) -> None:
    """Stop where there are no tables to work on."""
    from transforms.store import MARKER

    try:
        there = _place(tables).text(MARKER) is not None
    except OSError as error:
        _stop(str(error), TABLES)
    if not there:
        _stop(f"{tables} has no tables; name the folder that ingest was given as --tables", USAGE)


def _place(tables: str) -> Place:
    from transforms.store import place_of

    try:
        return place_of(tables)
    except ImportError as error:
        _stop(f'{tables}: {error}; install the extra for it: pip install "tollbook[s3]"', USAGE)


def _day(text: str | None, option: str = "--published") -> date | None:
    from transforms.published import YEARS

    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        _stop(f"{option} {text}: not a date; write it as YYYY-MM-DD", USAGE)
    if day and day.year not in YEARS:
        _stop(f"{option} {text}: a year from {YEARS[0]} to {YEARS[-1]} is wanted", USAGE)
    return day


def _check_paths(paths: list[str], manifest: Path | None) -> None:
    """Stop before anything starts where a path does not exist or the manifest is wrong."""
    from transforms.inbox import matches
    from transforms.readers.manifest import load_manifest

    try:
        for pattern in paths:
            matches(pattern)
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
    _check_there(str(tables))
    _start_prefect()
    from flows.incidents import IncidentSummary, summary_lines
    from flows.incidents import incidents as run_incidents

    summary = _outcome(lambda: run_incidents(str(tables), return_state=True))
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
    _start_prefect()
    from flows.report import Written
    from flows.report import report as run_report

    written = _outcome(lambda: run_report(str(tables), str(out), return_state=True))
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
    from transforms.ledger import behind
    from transforms.report import read_tables
    from transforms.store import NewerTables

    try:
        frames = {name: table.to_pandas() for name, table in read_tables(tables).items()}
        text = claims_csv(frames, with_quotes) if form is ExportFormat.csv else incidents_csv(frames, form.value)
    except FileNotFoundError as error:
        _stop(str(error), USAGE)
    except (NewerTables, OSError) as error:
        _stop(str(error), TABLES)
    except ValueError as error:
        _stop(f"{tables}: {error}", USAGE)
    try:
        size = write_whole(out, text)
    except OSError as error:
        _stop(f"{out}: {error.strerror}", TABLES)
    if form is not ExportFormat.csv and (said := behind(frames)):
        typer.echo(f"tollbook: {said}", err=True)
    typer.echo(f"export    {out}\nsize      {size / 1e6:.1f} MB")


@app.command(epilog=EXIT_CODES)
def extract(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An article file, or - for standard input.", show_default=False)],
    published: Published = None,
    outlet: Outlet = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list with the columns of the table claims.")] = False,
) -> None:
    """Print the claims of the articles in one file. Writes nothing."""
    from flows.listing import listing
    from transforms.claims import extract as extract_claims

    width = shutil.get_terminal_size((160, 24)).columns
    found: list[tuple[Article, list[Claim]]] = []
    for article in _articles(file, published, outlet):
        found.append((article, extract_claims(article)))
        if not as_json:
            typer.echo(listing(*found[-1], width))
    if as_json:
        typer.echo(_claims_json(found))


@app.command(epilog=EXIT_CODES)
def explain(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An article file, or - for standard input.", show_default=False)],
    published: Published = None,
    outlet: Outlet = None,
) -> None:
    """Print each claim with its sentence: count, harm, date and source marked, and the rule that read each. Writes nothing."""
    from flows.listing import explanation
    from transforms.claims import explain as explain_claims

    width = shutil.get_terminal_size((160, 24)).columns
    for article in _articles(file, published, outlet):
        typer.echo(explanation(article, explain_claims(article), width))


def _articles(file: str, published: str | None, outlet: str | None) -> Iterator[Article]:
    """The articles of a file; what cannot be read is told, and a file without any article ends the program."""
    from flows.listing import reject_line
    from transforms.article import Record, Reject, build_article
    from transforms.readers import read_bytes

    day, found = _day(published), False
    if file != "-" and not os.path.lexists(file):
        _stop(f"no such file: {file}", USAGE)
    for item in read_bytes(sys.stdin.buffer.read(), "-") if file == "-" else _read_any(Path(file)):
        article = build_article(item, told=day, outlet=outlet) if isinstance(item, Record) else item
        if isinstance(article, Reject):
            typer.echo(reject_line(article), err=True)
            continue
        found = True
        yield article
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


@app.command(epilog=EXIT_CODES)
def withdraw(
    articles: Annotated[list[str], typer.Argument(metavar="ARTICLE_ID...", help="Ids of articles; - reads them from standard input.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for those who read the history.")],
    tables: TablesAt = "data/tables",
) -> None:
    """Take articles that were read by mistake out of the claims, for good.

    Their claims go to claims_history with the reason. The articles stay, marked, so that no later run takes them up again.
    """
    import secrets
    from importlib.metadata import version

    from transforms.lexicon import lexicon_version
    from transforms.rules import code_version
    from transforms.store import NewerTables, TablesLocked, new_run, open_tables, record_run
    from transforms.store import withdraw as withdraw_articles

    began = datetime.now(UTC)
    if not (reason := " ".join(reason.split())):
        _stop("--reason says nothing; say why, in a few words", USAGE)
    _check_there(tables)
    _check_tables(tables)
    ids = [key for given in articles for key in (sys.stdin.read().split() if given == "-" else [given])]
    try:
        store = open_tables(tables)
        run = new_run(store, began, secrets.token_hex(2), lexicon_version(), code_version())
        done = withdraw_articles(store, run, list(dict.fromkeys(ids)), reason)
        if done.changed:
            counts = dict.fromkeys(("files", "articles_new", "articles_known", "articles_duplicate", "claims", "rejects"), 0)
            told = {"code_version": version("tollbook"), "paths": f"withdraw: {reason}", "articles_changed": done.changed}
            record_run(store, run, {"seconds": round((datetime.now(UTC) - began).total_seconds(), 3), **counts, **told})
    except KeyError as error:
        _stop(f"{error.args[0]}; the ids are in the column article_id, and nothing was withdrawn", USAGE)
    except (NewerTables, TablesLocked, OSError) as error:
        _stop(str(error), TABLES)
    typer.echo(f"withdrawn {done.changed:,} articles with {done.retracted:,} claims, which are in claims_history now")
    if done.retracted:
        _tell_of_incidents(tables)


def _tell_of_incidents(tables: str) -> None:
    """Claims have changed: where incidents were made of them before, these are behind."""
    if _place(tables).stamps("incident_claims"):
        typer.echo(f"incidents, tolls and estimates are still those of the claims before; run: tollbook incidents --tables {tables}")


@app.command("as-of", epilog=EXIT_CODES)
def as_of(
    when: Annotated[str, typer.Argument(metavar="DATE", help="A day (YYYY-MM-DD: its end in UTC), or a time (2026-03-01T12:00, in UTC).")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The Parquet file to write.")],
    tables: TablesAt = "data/tables",
) -> None:
    """Write the table claims as it stood at an earlier time, as one Parquet file."""
    from transforms.store import NewerTables, TablesLocked, write_as_of

    at = _time(when)
    _check_there(tables)
    if out.is_dir() or out.suffix != ".parquet":
        _stop(f"--out {out}: the name of a .parquet file is wanted", USAGE)
    if Path(tables).resolve() in out.resolve().parents:
        _stop(f"--out {out} is among the tables; name a file outside of {tables}", USAGE)
    try:
        rows = write_as_of(_place(tables), at, out)
    except (NewerTables, TablesLocked, OSError) as error:
        _stop(str(error), TABLES)
    typer.echo(f"{rows:,} claims as of {at:%Y-%m-%d %H:%M:%S} UTC in {out}")


def _time(text: str) -> datetime:
    """A time in UTC; a day alone stands for its last moment."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _stop(f"{text}: not a date or time; write it as YYYY-MM-DD or YYYY-MM-DDTHH:MM", USAGE)
    if len(text) == len("2026-03-01"):
        at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


@app.command(epilog=EXIT_CODES)
def verify(
    tables: TablesAt = "data/tables",
) -> None:
    """Check all of the tables: schema, ids, quotes, bounds, links, history. What is wrong is named with file, row and remedy."""
    from transforms.store import NewerTables, TablesLocked
    from transforms.store.verify import verify as problems_of

    problems = 0
    _place(tables)
    try:
        for problem in problems_of(tables):
            problems += 1
            typer.echo(str(problem))
    except (NewerTables, TablesLocked, OSError) as error:
        _stop(str(error), TABLES)
    if problems:
        typer.echo(f"tollbook: {problems:,} problems in {tables}", err=True)
        raise typer.Exit(REJECTED)
    typer.echo(f"{tables}: all is well")


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
