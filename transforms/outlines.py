"""Outlines of the countries in view, for a map that needs no network: Natural Earth at 1:50 million, as data/report/vendor has it."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from transforms.lexicon import DATA

Ring = list[list[float]]  # [longitude, latitude] points, the first again at the end

MARGIN = 0.25  # of the window, left free around the outermost points
SMALLEST = 3.0  # degrees: a single town is shown within its surroundings
STEPS = 2000  # points are told to this part of the window's width, about a pixel: finer ones would not be seen


class Window(NamedTuple):
    """A stretch of the map, in degrees."""

    west: float
    south: float
    east: float
    north: float


def window(points: list[tuple[float, float]]) -> Window:
    """The stretch that shows all points, given as (longitude, latitude), with room around them. There must be one at least.

    It is wider than high, as pages are.
    """
    (west, east), (south, north) = ((min(values), max(values)) for values in zip(*points, strict=True))
    across = max((east - west) * (0.5 + MARGIN), (north - south) * (0.5 + MARGIN), SMALLEST / 2)
    x, y = (west + east) / 2, (south + north) / 2
    half = min(max((north - south) * (0.5 + MARGIN), across * 0.6), 80.0)
    return Window(max(x - across, -180.0), max(y - half, -85.0), min(x + across, 180.0), min(y + half, 85.0))


def outlines(view: Window) -> dict[str, Any]:
    """The countries that reach into the window as a GeoJSON feature collection; each feature has the country's name."""
    step = max((view.east - view.west) / STEPS, 0.01)
    features = []
    for name, polygons in _countries():
        kept = [drawn for polygon in polygons if _reaches(polygon[0], view) and (drawn := _drawn(polygon, step))]
        if kept:
            geometry = {"type": "MultiPolygon", "coordinates": kept}
            features.append({"type": "Feature", "properties": {"name": name}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def _reaches(ring: Ring, view: Window) -> bool:
    xs, ys = [point[0] for point in ring], [point[1] for point in ring]
    return max(xs) >= view.west and min(xs) <= view.east and max(ys) >= view.south and min(ys) <= view.north


def _drawn(polygon: list[Ring], step: float) -> list[Ring]:
    """The polygon on a grid of that step, without rings of a few steps only: what is left of those may face the wrong way, and a
    ring that does is drawn as all the world but itself."""
    rings = [_gridded(ring, step) for ring in polygon]
    kept = [ring for ring in rings if len(ring) > 3 and abs(_area(ring)) > 4 * step * step]
    return kept if rings[0] in kept else []


def _gridded(ring: Ring, step: float) -> Ring:
    kept: Ring = []
    for x, y in ring:
        point = [round(round(x / step) * step, 3), round(round(y / step) * step, 3)]
        if not kept or point != kept[-1]:
            kept.append(point)
    return kept


def _area(ring: Ring) -> float:
    """In square degrees; its sign tells which way the ring goes round."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


@cache
def _countries() -> list[tuple[str, list[list[Ring]]]]:
    """Every country with its polygons, each an outer ring and its holes; see the TopoJSON format specification."""
    topology = json.loads((DATA / "report" / "vendor" / "countries-50m.json").read_text(encoding="utf-8"))
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:  # each point is told as its distance from the one before
            x, y = x + dx, y + dy
            points.append([x * sx + tx, y * sy + ty])
        arcs.append(points)
    found = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        parts = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(geometry["type"], [])
        found.append((geometry["properties"]["name"], [[_ring(ring, arcs) for ring in polygon] for polygon in parts]))
    return found


def _ring(numbers: list[int], arcs: list[Ring]) -> Ring:
    """Arcs put end to end; ~n is arc n backwards. The last point of an arc is the first of the next."""
    ring: Ring = []
    for number in numbers:
        points = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += points[1:] if ring else points
    return ring
