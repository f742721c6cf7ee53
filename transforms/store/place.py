"""Where tables are: what a directory and a bucket have in common. All that is written or read goes through here.

Paths are relative to the root and read `table/file.parquet`. Readers skip names that begin with a dot: what is not yet to be seen has one.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

LOCK = ".lock"
PATIENCE = 2.0  # seconds of waiting for another writer before it is said for whom
ROWS = 10_000  # a row group: what a reader that streams holds at once


class TablesLocked(TimeoutError):
    """Another process is writing the tables and did not finish within the wait."""


class Place(Protocol):
    """A root with files that are replaced whole, and a lock. `str()` names it as the user did."""

    # --- reading

    def check(self) -> None:
        """Tell before any work is done what would make it vain. Raises OSError: no directory, no right to write."""

    def stamps(self, table: str) -> dict[str, Hashable]:
        """The table's files in their order, each with a stamp that changes when the file is replaced."""

    def strangers(self, table: str) -> list[str]:
        """What is in the table's directory and none of its files."""

    def parquet(self, path: str) -> pq.ParquetFile | None:
        """The file, opened: what is read from it is of one state. None where it does not exist. Raises OSError for a broken one."""

    def text(self, path: str) -> str | None:
        """A small file's text; None where it does not exist."""

    # --- writing: with the lock held

    def found(self, table: str, path: str, rows: pa.Table) -> None:
        """Make the table with its first file in one stroke, where it does not exist: a reader never opens a directory of nothing."""

    def write(self, path: str, rows: pa.Table) -> None:
        """Write a file so that it outlasts a power cut."""

    def write_text(self, path: str, text: str) -> None:
        """Put a small file in its place, whole."""

    def move(self, path: str, to: str) -> bool:
        """Put a file in the place of another; whether it was there to be moved."""

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""

    def keep(self, tables: set[str]) -> None:
        """Have the moves in these tables outlast a power cut."""

    def clear(self) -> None:
        """Remove what a dead writer left half written."""

    # --- one writer at a time

    def locked(self, wait: float) -> AbstractContextManager[None]:
        """Hold the lock. Waits up to `wait` seconds, then raises TablesLocked, which names the holder."""

    def confirm(self) -> None:
        """See to it that the lock is still held. Raises TablesLocked."""

    def unchanged(self, wait: float) -> AbstractContextManager[None]:
        """What is read within is of one state; needs no right to write. Raises TablesLocked."""


def place_of(where: str | Path) -> Place:
    """The place that the user names: a directory, or `s3://bucket/prefix`. Raises ImportError where that needs the extra s3."""
    if str(where).startswith("s3://"):
        from transforms.store.bucket import Bucket

        return Bucket.at(str(where))
    from transforms.store.folder import Folder

    return Folder(Path(where))
