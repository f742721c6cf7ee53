"""Tables on disk: the only place that writes them; see README, "How a table is written".

    place.py     where tables are: files that are replaced whole, and a lock
    folder.py    a directory of this machine
    bucket.py    an S3 bucket
    journal.py   many files that change as one, and the version of their layout
    rows.py      articles and claims as rows
    known.py     what is known of each article without its text
    versions.py  which text of a revised article stands
    files.py     which article files were read, and what of them could not be
    writing.py   commits of all that, and runs
    history.py   what rows were before, and the tables as of an earlier time
    stored.py    stored articles to be extracted again
    derived.py   the tables that are made of the others
    verify.py    whether all of it holds together

A table is a flat directory of month files (`claims/2016-10.parquet`, the month of the article's `published`, or `undated.parquet`).
"""

from transforms.store.derived import month_files, replace_derived
from transforms.store.files import read_files
from transforms.store.history import Difference, claims_as_of, write_as_of
from transforms.store.journal import JOURNAL, MARKER, PACKAGE, NewerTables, ready, refuse_newer, refuse_unfinished
from transforms.store.known import METADATA, Tables, new_run, open_tables, settle
from transforms.store.place import TablesLocked, place_of
from transforms.store.rows import Extracted, Run, extracted, recorded_at, run_id_at
from transforms.store.writing import Committed, commit, record_run, withdraw

__all__ = [
    "JOURNAL",
    "MARKER",
    "METADATA",
    "PACKAGE",
    "Committed",
    "Difference",
    "Extracted",
    "NewerTables",
    "Run",
    "Tables",
    "TablesLocked",
    "claims_as_of",
    "commit",
    "extracted",
    "month_files",
    "new_run",
    "open_tables",
    "place_of",
    "read_files",
    "ready",
    "record_run",
    "recorded_at",
    "refuse_newer",
    "refuse_unfinished",
    "replace_derived",
    "run_id_at",
    "settle",
    "withdraw",
    "write_as_of",
]
