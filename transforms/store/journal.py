"""How many files change as one. A commit writes every new file beside its target, notes in a journal which takes whose place, and only then
moves them one by one. A process killed before the journal stands has changed nothing; one killed later is finished by the next writer.
"""

from __future__ import annotations

import errno
import json
import logging
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from transforms.datapackage import datapackage
from transforms.schema import DERIVED, TABLES, TABLES_MARKER, VERSION, check, from_rows
from transforms.store.place import Place, TablesLocked, place_of
from transforms.store.rows import UNDATED, conform

MARKER, JOURNAL, PACKAGE = TABLES_MARKER, ".journal.json", "datapackage.json"
WAIT = 60.0  # seconds for a writer at work
MONTHLY = ("articles", "articles_history", "claims", "claims_history")

log = logging.getLogger("tollbook")


class NewerTables(ValueError):
    """The tables were written by a later version of tollbook than this one."""


@dataclass(slots=True)
class Changes:
    """Files that are written and wait beside those whose places they will take: temporary path by path.

    `token` is this writer's own, in the name of every file of it that waits: one whose lock was taken over can neither write over nor
    remove what the new holder has written.
    """

    place: Place
    waiting: dict[str, str] = field(default_factory=dict)
    token: str = field(default_factory=lambda: secrets.token_hex(4))

    def put(self, table: str, path: str, rows: pa.Table) -> None:
        """The file's new content, which is checked."""
        name = path.rpartition("/")[2]
        temporary, checked = path.removesuffix(name) + f".{name}.{self.token}.tmp", check(table, rows)
        self.waiting[path] = temporary  # before it is written: what a full disk leaves of it is to be removed as well
        self.place.write(temporary, checked)


def version_of(place: Place) -> int | None:
    """The version of the tables' layout, null where there are none yet. Raises NewerTables, and OSError for a broken marker."""
    text = place.text(MARKER)
    if text is None:
        return None
    try:
        version = int(json.loads(text)["version"])
    except (ValueError, KeyError, TypeError):
        raise OSError(f'{place}/{MARKER} is broken; write {{"version": {VERSION}}} into it, or name another place') from None
    if version > VERSION:
        raise NewerTables(f"{place} has table version {version}, this tollbook knows up to {VERSION}: install a newer tollbook")
    return version


def refuse_newer(root: str | Path) -> None:
    """Raise NewerTables where the tables were written by a later tollbook, OSError where their marker is broken."""
    version_of(place_of(root))


def refuse_unfinished(root: str | Path, wait: float = WAIT) -> None:
    """Raise OSError where a writer died while it put its files in place: some are new and others old. One at work is waited for.

    Raises TablesLocked where it does not end within `wait` seconds.
    """
    place = place_of(root)
    with place.unchanged(wait):
        finished(place)


def finished(place: Place) -> None:
    """Raise OSError where a journal stands, while no one writes."""
    if place.text(JOURNAL) is not None:
        what = "a run was stopped while it put its rows into the tables, which are partly those of before"
        raise OSError(f"{place}/{JOURNAL}: {what}; run tollbook ingest or tollbook backfill once, which finishes it, then this again")


def ready(place: Place) -> None:
    """Tell before any work is done why these tables could not be written in the end. Raises NewerTables and OSError."""
    place.check()
    version_of(place)


@contextmanager
def changing(place: Place, wait: float) -> Iterator[Changes]:
    """Hold the lock, with all that an earlier writer left finished or cleared away; in the end all of the changes are made, or none.

    Raises TablesLocked, NewerTables, and OSError where the disk refuses; the tables then are as they were.
    """
    version_of(place)
    with place.locked(wait):
        prepare(place)
        changes = Changes(place)
        try:
            yield changes
            _make(place, changes.waiting)
        except BaseException as error:
            if (journal := place.text(JOURNAL)) is not None and changes.token in journal:  # the next writer goes on from there
                raise
            for temporary in changes.waiting.values():
                place.remove(temporary)
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise OSError(error.errno, f"no space left to write {place}; the tables are as they were: make room, run again") from error
            raise


def prepare(place: Place) -> None:
    """Finish or clear what a dead writer left, and see to it that the tables are of this version and that each of them opens."""
    version = version_of(place)
    _finish_earlier(place)
    place.confirm()  # who has slept since the lock was taken must not clear away what its new holder writes
    place.clear()
    if version is not None and version < VERSION:
        _migrate(place, version)
    for table in TABLES:
        if table != "runs":
            place.found(table, f"{table}/{first_file(table)}.parquet", from_rows(table, []))
    if version != VERSION:
        place.write_text(MARKER, json.dumps({"version": VERSION}))


def first_file(table: str) -> str:
    """The name of the file that a table without rows has."""
    return UNDATED if table in MONTHLY else table


def _migrate(place: Place, version: int) -> None:
    """Version 1 knew no revised articles and not with what rules claims were taken: null now. Claims are counted, texts stay."""
    log.info("%s: bringing the tables from version %d to %d", place, version, VERSION)
    changes = Changes(place)
    for path in place.stamps("articles"):
        file = place.parquet(path)
        assert file is not None
        claims = place.parquet(path.replace("articles/", "claims/", 1))
        number_of = Counter(claims.read(columns=["article_id"])["article_id"].to_pylist() if claims is not None else ())
        rows = file.read()
        if "claims" not in rows.column_names:
            numbers = [number_of[key] for key in rows["article_id"].to_pylist()]
            rows = rows.append_column("claims", pa.array(numbers, pa.int64()))
        changes.put("articles", path, conform("articles", rows))
    _make(place, changes.waiting)
    log.info("%s: the tables have version %d now", place, VERSION)


def _make(place: Place, waiting: Mapping[str, str]) -> None:
    """Make the changes; once the journal stands they will all be made, by the next writer if not by this one."""
    if not waiting:
        return
    journal = json.dumps([{"move": temporary, "to": path} for path, temporary in waiting.items()])
    place.confirm()
    place.write_text(JOURNAL, journal)
    place.confirm()  # from here on, whoever takes the lock over meets the journal and makes these very changes
    for path, temporary in waiting.items():
        if not place.move(temporary, path):
            raise TablesLocked(f"{place}/{temporary} is gone: another writer has taken the tables over; run again")
    place.keep({path.split("/")[0] for path in waiting})
    _describe(place)
    if place.text(JOURNAL) == journal:
        place.remove(JOURNAL)
    place.keep({""})


def _describe(place: Place) -> None:
    """Keep datapackage.json true to the files that are there: a reader may meet an older one, never half of one.

    Done before the journal goes, so that the next writer does what a dead one could not.
    """
    described = json.dumps(datapackage({table: list(place.stamps(table)) for table in (*TABLES, *DERIVED)}))
    if place.text(PACKAGE) != described:
        place.write_text(PACKAGE, described)


def _finish_earlier(place: Place) -> None:
    """Take the steps of a dead writer's journal, each of which may have been taken already."""
    text = place.text(JOURNAL)
    if text is None:
        return
    steps = json.loads(text)
    for step in steps:
        if "remove" in step:  # of a journal of version 1
            place.remove(step["remove"])
        else:
            place.move(step["move"], step["to"])
    place.keep({(step.get("to") or step["remove"]).split("/")[0] for step in steps})
    _describe(place)
    place.remove(JOURNAL)
    place.keep({""})
