"""A manifest: a CSV table `file, published, outlet, url` of what the article files themselves do not say."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from transforms.article import clean_line
from transforms.published import YEARS

COLUMNS = ("file", "published", "outlet", "url")


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """What the manifest says of one file; null where the cell is empty. `published` counts as told by the user."""

    file: str
    published: date | None = None
    outlet: str | None = None
    url: str | None = None


def load_manifest(path: Path) -> dict[str, ManifestRow]:
    """The manifest's rows by `file` as written (with `/`): a name, or the end of a path such as `2016/dispatch.txt`.

    `file` and at least one other column are needed; cells may be empty. Raises ValueError, naming file, line and remedy, for wrong
    columns, a date that is not YYYY-MM-DD, a row without a file or a file named twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _rows(csv.DictReader(lines), path)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not in UTF-8 ({error.reason} at byte {error.start:,}); save it as CSV UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{path}: no valid CSV ({error}); put cells with commas or quotes in double quotes") from None


def _rows(reader: csv.DictReader[str], path: Path) -> dict[str, ManifestRow]:
    rows: dict[str, ManifestRow] = {}
    names = [name.strip().lower() for name in reader.fieldnames or []]
    if len(set(names)) < len(names):
        raise ValueError(f"{path}, line 1: a column stands twice in {', '.join(names)}; keep one of each")
    unknown = [name for name in names if name not in COLUMNS]
    if "file" not in names or unknown or len(names) < 2:
        raise ValueError(f"{path}, line 1: the columns are {', '.join(names) or 'none'}; write a header of {', '.join(COLUMNS)}")
    reader.fieldnames = names
    for cells in reader:
        row = _row(cells, f"{path}, line {reader.line_num}")
        if row.file in rows:
            raise ValueError(f"{path}, line {reader.line_num}: {row.file} is named twice; keep one row, or write more of the path")
        rows[row.file] = row
    return rows


def lookup(manifest: dict[str, ManifestRow], source_file: str) -> ManifestRow | None:
    """The row for a file: the longest `file` that is its whole path, or the end of it from a `/` on; null where there is none."""
    if not manifest:
        return None
    parts = PurePosixPath(source_file).parts
    for start in range(len(parts)):
        row = manifest.get(str(PurePosixPath(*parts[start:])))
        if row:
            return row
    return None


def _row(cells: dict[str | None, str | list[str] | None], where: str) -> ManifestRow:
    if None in cells or None in cells.values():
        raise ValueError(f"{where}: not as many cells as columns; write one cell a column, in double quotes where it holds a comma")
    values = {str(name): str(cell).strip() for name, cell in cells.items()}
    file = values["file"].replace("\\", "/").removeprefix("./")
    if not file:
        raise ValueError(f"{where}: no file named; fill the column `file` or delete the line")
    published = values.get("published") or None
    try:
        day = date.fromisoformat(published) if published else None
    except ValueError:
        raise ValueError(f"{where}: published is {published!r}; write it as YYYY-MM-DD, or leave it empty") from None
    if day and day.year not in YEARS:
        raise ValueError(f"{where}: published is {published}; a year from {YEARS[0]} to {YEARS[-1]} is wanted")
    return ManifestRow(file, day, clean_line(values.get("outlet")), clean_line(values.get("url")))
