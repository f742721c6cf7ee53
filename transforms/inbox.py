"""Article files as they lie in folders, and which of them were read before.

    look(patterns)        files, folders and globs -> the files in them, with size and time
    is_read(found, ...)   whether the tables know a file just as it is, so that it need not be opened
    checksum(path)        the content's hash, for a file whose time alone has changed

What was read is a table, `files/`: there is no other memory of it.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from transforms.readers.source import file_name
from transforms.schema import TABLES_MARKER

UNFINISHED = {".part", ".tmp", ".crdownload", ".download"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it lies there: `path` opens it (a string: an inbox may hold a hundred thousand), `source_file` is its whole path as the
    tables name it, `modified_ns` its time of change since 1970."""

    path: str
    source_file: str
    bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read to its end, as the table `files` has it. `sha256` is null where its content could not be read."""

    source_file: str
    bytes: int
    modified_ns: int
    sha256: str | None
    told: str
    articles: int
    rejects: int
    rules_version: str


@dataclass(slots=True)
class Inbox:
    """The files to read, each once, and the paths of hidden and unfinished ones, which are left for a later look, and of linked folders.

    Among `files` is every folder that cannot be opened, which its reader will tell; `folders` are those that could be.
    """

    files: list[Found] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def look(patterns: list[str]) -> Inbox:
    """The files that the patterns name: a file as it is, a folder walked in order, a glob spread out.

    In a folder, hidden files, unfinished downloads (.part, .tmp) and links to folders are passed over; what is named outright is taken.
    So are tollbook's own tables: a run must not read what runs have written.
    Raises FileNotFoundError, naming the pattern, where a path does not exist or a glob matches nothing, ValueError where it names tables.
    """
    inbox = Inbox()
    found: dict[str, Found] = {}
    for pattern in patterns:
        for match in matches(pattern):
            for file in _walk(match, inbox) if match.is_dir() else [look_again(str(match), file_name(match))]:
                found.setdefault(file.source_file, file)
    inbox.files = list(found.values())
    return inbox


def matches(pattern: str) -> list[Path]:
    """The files and folders that one pattern names. Raises as `look` does."""
    path = Path(pattern)
    named = [path] if os.path.lexists(path) else [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]
    if not named:
        what = "no file matches" if glob.has_magic(pattern) else "no such file or folder:"
        raise FileNotFoundError(f"{what} {pattern}")
    named = [match for match in named if not _of_tables(match)]
    if not named:
        raise ValueError(f"{pattern} is of tollbook's own tables; name the article files")
    return named


def look_again(path: str, source_file: str) -> Found:
    """The file's size and time as they are now; zeros where it cannot be looked at, which its reader will tell."""
    try:
        state = os.stat(path)
    except OSError:
        return Found(path, source_file, 0, 0)
    return Found(path, source_file, state.st_size, state.st_mtime_ns)


def is_read(found: Found, earlier: ReadFile | None, told: str, rules_version: str) -> bool:
    """Whether this path was read with this size and time, and told the same: reading it again would tell nothing new."""
    return (
        earlier is not None
        and (earlier.bytes, earlier.modified_ns) == (found.bytes, found.modified_ns)
        and may_be_read(earlier, told, rules_version)
    )


def may_be_read(earlier: ReadFile | None, told: str, rules_version: str) -> bool:
    """Whether the same content need not be read again.

    It must where something else is told of the file, and where another version of code or words may read what was rejected. Articles
    that are in the tables are no reason: their text is there, and is extracted from anew without the file.
    """
    if earlier is None or earlier.sha256 is None or earlier.told != told:
        return False
    return not earlier.rejects or earlier.rules_version == rules_version


def touched(earlier: ReadFile, found: Found) -> ReadFile:
    """What is known of a file whose content is the same at another time."""
    return replace(earlier, bytes=found.bytes, modified_ns=found.modified_ns)


def checksum(path: str) -> str | None:
    """SHA-256 of the file's bytes in hex digits; null for what is no regular file or cannot be read."""
    try:
        if not os.path.isfile(path):
            return None  # a pipe would be waited for, for ever
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _of_tables(path: Path) -> bool:
    """Whether this is a folder of tables, one of its tables or a file of one."""
    return any(os.path.exists(at / TABLES_MARKER) for at in (path, *path.absolute().parents[:2]))


def _walk(folder: Path, inbox: Inbox) -> Iterator[Found]:
    """The files of a folder, then those of the folders in it, in the order of their names; a folder that cannot be opened as itself."""
    here = file_name(folder)
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        yield look_again(str(folder), here)
        return
    inbox.folders.append(here)
    if any(entry.name == TABLES_MARKER for entry in entries):
        return
    folders = []
    for entry in entries:
        try:
            is_folder = entry.is_dir()
        except OSError:  # a link in a folder that may be listed and not entered: its reader will tell
            yield look_again(entry.path, file_name(Path(entry.path)))
            continue
        if is_folder:
            if entry.name.startswith((".", "__pycache__")):
                continue
            if entry.is_symlink():  # it may lead round in a circle, or to what is walked anyway
                name = os.fsencode(entry.name).decode("utf-8", "backslashreplace")
                inbox.passed_over.append(f"{here.rstrip('/')}/{name}")
            else:
                folders.append(Path(entry.path))
        elif entry.name.startswith(".") or os.path.splitext(entry.name)[1].lower() in UNFINISHED:
            inbox.passed_over.append(file_name(Path(entry.path)))
        elif entry.is_file():
            yield _found(entry, here)
    for inner in folders:
        yield from _walk(inner, inbox)


def _found(entry: os.DirEntry[str], here: str) -> Found:
    """The file with its size and time, for one look at the disk."""
    if entry.is_symlink() or not entry.name.isascii():
        return look_again(entry.path, file_name(Path(entry.path)))
    source_file = f"{here.rstrip('/')}/{entry.name}"
    try:
        state = entry.stat()
    except OSError:
        return Found(entry.path, source_file, 0, 0)
    return Found(entry.path, source_file, state.st_size, state.st_mtime_ns)
