"""A directory of this machine as the place of tables: the one module that touches its files."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import socket
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.store import place
from transforms.store.place import LOCK, ROWS, TablesLocked

log = logging.getLogger("tollbook")


class Folder:
    """Tables under a directory, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def check(self) -> None:
        """Raises NotADirectoryError, PermissionError."""
        if self.root.exists() and not self.root.is_dir():
            raise NotADirectoryError(f"{self.root} is a file; --tables takes a directory")
        there = next(path for path in (self.root, *self.root.absolute().parents) if path.exists())
        for path in (there, self.root / LOCK, *(self.root.iterdir() if there == self.root else ())):
            if path.exists() and not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0)):
                raise PermissionError(f"{path} cannot be written; give this user the right to, or name other tables")

    # --- reading -------------------------------------------------------------------------------------------------------------------

    def stamps(self, table: str) -> dict[str, Hashable]:
        paths = sorted(path for path in (self.root / table).glob("*.parquet") if path.name[0] not in "._")
        states = {f"{table}/{path.name}": path.stat() for path in paths}
        return {path: (state.st_mtime_ns, state.st_ino, state.st_size) for path, state in states.items()}

    def strangers(self, table: str) -> list[str]:
        return sorted(f"{table}/{path.name}" for path in (self.root / table).glob("*") if path.suffix != ".parquet" or path.name[0] in "._")

    def parquet(self, path: str) -> pq.ParquetFile | None:
        try:
            return pq.ParquetFile(self.root / path)
        except FileNotFoundError:
            return None
        except (pa.ArrowInvalid, OSError) as error:
            raise OSError(f"{self.root / path} cannot be read ({error}); put back a copy of it") from error

    def text(self, path: str) -> str | None:
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except NotADirectoryError:
            raise NotADirectoryError(f"{self.root} is a file; --tables takes a directory") from None
        except FileNotFoundError:
            return None

    # --- writing: with the lock held -----------------------------------------------------------------------------------------------

    def found(self, table: str, path: str, rows: pa.Table) -> None:
        if (self.root / table).exists():
            return
        new = self.root / f".{table}.tmp"
        try:
            new.mkdir(exist_ok=True)
            pq.write_table(rows, new / Path(path).name, compression="zstd")
            _sync(new / Path(path).name)
            _sync(new)
            os.replace(new, self.root / table)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            raise
        _sync(self.root)

    def write(self, path: str, rows: pa.Table) -> None:
        pq.write_table(rows, self.root / path, compression="zstd", row_group_size=ROWS)
        _sync(self.root / path)

    def write_text(self, path: str, text: str) -> None:
        temporary = self.root / f".{path}.tmp"
        try:
            temporary.write_text(text, encoding="utf-8")
            _sync(temporary)
            os.replace(temporary, self.root / path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        _sync(self.root)

    def move(self, path: str, to: str) -> bool:
        if not (self.root / path).exists():
            return False
        os.replace(self.root / path, self.root / to)
        return True

    def remove(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)

    def keep(self, tables: set[str]) -> None:
        for table in sorted(tables):
            _sync(self.root / table)

    def clear(self) -> None:
        earlier = self.root.glob("datapackage.json.tmp")  # as earlier versions named it
        for path in [*self.root.glob("*/.*.tmp"), *self.root.glob(".*.tmp/*"), *self.root.glob(".*.tmp"), *earlier]:
            path.rmdir() if path.is_dir() else path.unlink()

    # --- one writer at a time ------------------------------------------------------------------------------------------------------

    @contextmanager
    def locked(self, wait: float) -> Iterator[None]:
        """The kernel drops the lock when the process ends, however it ends, so that none is left behind."""
        self.root.mkdir(parents=True, exist_ok=True)
        with open(self.root / LOCK, "a+", encoding="utf-8") as file:
            self._take(file, fcntl.LOCK_EX, wait)
            file.truncate(0)
            holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}
            file.write(json.dumps(holder))
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)

    def confirm(self) -> None:
        """Nobody takes a lock of this kind away."""

    @contextmanager
    def unchanged(self, wait: float) -> Iterator[None]:
        """Keeps writers out for as long."""
        if not (self.root / LOCK).exists():  # nobody has written yet, or the tables are a copy
            yield
            return
        with open(self.root / LOCK, encoding="utf-8") as file:
            self._take(file, fcntl.LOCK_SH, wait)
            yield

    def _take(self, file: IO[str], kind: int, wait: float) -> None:
        began, told = time.monotonic(), False
        while True:
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                waited = time.monotonic() - began
                if waited >= wait:
                    message = f"{self.root} is being written by {self._holder()}; waited {wait:g} seconds, try again later"
                    raise TablesLocked(message) from None
                if waited >= place.PATIENCE and not told:
                    log.info("%s is being written by %s; waiting up to %g seconds", self.root, self._holder(), wait)
                    told = True
                time.sleep(0.05)

    def _holder(self) -> str:
        try:
            holder = json.loads((self.root / LOCK).read_text(encoding="utf-8"))
            return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
        except (OSError, ValueError):
            return "another process"


def _sync(path: Path) -> None:
    """Have the kernel put a file, or a directory's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
